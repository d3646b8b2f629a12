import LinearAlgebra
import Testing

@Suite("Cholesky with rank-one changes") struct CholeskyFactorisationTests {
  /// B Bᵀ + I, positive definite.
  static func definite(_ n: Int, seed: UInt64) throws -> Matrix {
    var random = TestRandom(seed: seed)
    let b = random.matrix(n, n)
    var a = try b.multiplied(by: b.transposed)
    for i in 0..<n { a[i, i] += 1 }
    return a
  }

  @Test("L Lᵀ gives back A, and solves agree with LU", arguments: [0, 1, 2, 9, 60]) func factor(n: Int) throws {
    let a = try Self.definite(n, seed: 21)
    let factors = try CholeskyFactorisation(a)
    // Higham (2002), theorem 10.3: |L Lᵀ − A| ≤ γ(n+1) |L| |Lᵀ| ≤ (n + 1) ulp(1) · max aᵢᵢ.
    let rounding = Double(n + 1) * Double.ulpOfOne * normInfinity(a.elements)
    #expect(distance(factors.matrix, a) <= 2 * rounding)
    #expect(distance(plainProduct(factors.lower, factors.lower.transposed), a) <= 2 * rounding)
    var random = TestRandom(seed: 22)
    let b = random.vector(n)
    let x = try factors.solve(b)
    #expect(
      normInfinity(try a.residual(of: x, for: b)) <= 4 * Double(n * n) * .ulpOfOne * a.normInfinity * normInfinity(x))
    // All eigenvalues of A are at least 1, so x has error at most the residual.
    let form = try factors.inverseQuadraticForm(b)
    #expect(abs(form - dot(b, x)) <= 8 * Double(n * n) * .ulpOfOne * a.normInfinity * Double(n + 1))
    let right = random.matrix(n, 3)
    let many = try factors.solve(right)
    for j in 0..<3 {
      #expect(
        distance(many.column(j), try factors.solve(right.column(j))) <= 8 * Double(n * n) * .ulpOfOne * a.normInfinity)
    }
    let white = try factors.whitened(right)
    for j in 0..<3 {
      let form = try factors.inverseQuadraticForm(right.column(j))
      #expect(
        abs(dot(white.column(j), white.column(j)) - form) <= 8 * Double(n * n) * .ulpOfOne * a.normInfinity
          * Double(n + 1))
    }
    let logarithm = try n == 0 ? 0 : LUFactorisation(a).logAbsoluteDeterminant
    #expect(abs(factors.logDeterminant - logarithm) <= 8 * Double(n * n) * .ulpOfOne * a.normInfinity)
  }

  @Test("a thousand additions equal one factorisation of the sum", arguments: [1, 3, 20]) func additions(n: Int) throws
  {
    var random = TestRandom(seed: 23)
    var factors = try CholeskyFactorisation(order: n, identityTimes: 0.5)
    var sum = Matrix(rowCount: n, columnCount: n)
    for i in 0..<n { sum[i, i] = 0.5 }
    for k in 0..<1000 {
      let x = random.vector(n)
      let weight = k % 5 == 0 ? 0 : random.uniform()
      try factors.addOuterProduct(x, weight: weight)
      for i in 0..<n { for j in 0..<n { sum[i, j] += weight * x[i] * x[j] } }
    }
    // Each rotation adds at most about 6 ulp(1) of the norm of A, the plain sum one ulp(1): 1000 · 8 in all, of ‖A‖ ≤ tr A.
    let trace = (0..<n).reduce(0) { $0 + sum[$1, $1] }
    #expect(distance(factors.matrix, sum) <= 8000 * .ulpOfOne * trace)
  }

  @Test("subtracting what was added gives back the start", arguments: [1, 2, 7, 30]) func subtraction(n: Int) throws {
    let a = try Self.definite(n, seed: 24)
    var factors = try CholeskyFactorisation(a)
    var random = TestRandom(seed: 25)
    let vectors = (0..<20).map { _ in random.vector(n) }
    for x in vectors { try factors.addOuterProduct(x, weight: 2) }
    for x in vectors { try factors.subtractOuterProduct(x, weight: 2) }
    // Stewart (1979): each downdate is backward stable, so errors stay of the size ulp(1) ‖A after the additions‖.
    #expect(distance(factors.matrix, a) <= 40 * 8 * .ulpOfOne * Double(n) * (a.normInfinity + 40 * Double(n)))
    #expect((0..<n).allSatisfy { factors.lower[$0, $0] > 0 })
  }

  @Test("a difference that is not definite leaves the factors alone") func indefinite() throws {
    var factors = try CholeskyFactorisation(order: 2, identityTimes: 1)
    let before = factors.lower
    #expect(throws: LinearAlgebraError.notPositiveDefinite(pivot: 1)) { try factors.subtractOuterProduct([1, 0]) }
    #expect(throws: LinearAlgebraError.notPositiveDefinite(pivot: 1)) { try factors.subtractOuterProduct([3, 4]) }
    #expect(factors.lower == before)
    try factors.subtractOuterProduct([0.6, 0])
    #expect(abs(factors.lower[0, 0] - 0.8) <= 2 * .ulpOfOne)
  }

  @Test("only the lower triangle is read") func lowerTriangle() throws {
    let a = try Matrix(rows: [[4, 99], [2, 5]])
    #expect(try CholeskyFactorisation(a).lower == Matrix(rows: [[2, 0], [1, 2]]))
  }

  @Test("bad input is named") func errors() throws {
    #expect(throws: LinearAlgebraError.notPositiveDefinite(pivot: 1)) {
      try CholeskyFactorisation(Matrix(rows: [[1, 2], [2, 1]]))
    }
    #expect(throws: LinearAlgebraError.notPositiveDefinite(pivot: 0)) {
      try CholeskyFactorisation(order: 2, identityTimes: 0)
    }
    #expect(throws: LinearAlgebraError.shape(of: "matrix", expected: [1, 1], got: [1, 2])) {
      try CholeskyFactorisation(Matrix(rowCount: 1, columnCount: 2))
    }
    var factors = try CholeskyFactorisation(order: 2, identityTimes: 1)
    #expect(throws: LinearAlgebraError.shape(of: "x", expected: [2], got: [1])) { try factors.addOuterProduct([1]) }
    #expect(throws: LinearAlgebraError.shape(of: "x", expected: [2], got: [1])) {
      try factors.inverseQuadraticForm([1])
    }
    #expect(throws: LinearAlgebraError.shape(of: "b", expected: [2], got: [1])) { try factors.solve([1]) }
    #expect(throws: LinearAlgebraError.notFinite(of: "weight", row: 0, column: 0, value: .infinity)) {
      try factors.addOuterProduct([1, 1], weight: .infinity)
    }
    #expect(throws: LinearAlgebraError.notFinite(of: "x", row: 1, column: 0, value: .infinity)) {
      try factors.subtractOuterProduct([1, .infinity])
    }
  }
}
