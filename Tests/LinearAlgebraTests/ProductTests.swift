import LinearAlgebra
import Testing

private let shapes = [(0, 0, 0), (1, 1, 1), (3, 0, 2), (2, 5, 3), (130, 70, 90), (300, 257, 200)]

@Suite("Products") struct ProductTests {
  @Test("A B and Aᵀ B against three loops", arguments: shapes) func dense(m: Int, k: Int, n: Int) throws {
    var random = TestRandom(seed: 1)
    let (a, b) = (random.matrix(m, k), random.matrix(k, n))
    let wanted = plainProduct(a, b)
    // Both sums are off by at most k ulp(1) Σ |aᵢₗ bₗⱼ| ≤ k² ulp(1).
    let tolerance = 2 * Double(k * k) * Double.ulpOfOne
    #expect(distance(try a.multiplied(by: b), wanted) <= tolerance)
    #expect(distance(try a.transposed.transposeMultiplied(by: b), wanted) <= tolerance)
  }

  @Test("A x and Aᵀ x against loops, dense and sparse", arguments: shapes) func vectors(m: Int, n: Int, _: Int) throws {
    var random = TestRandom(seed: 2)
    let a = random.matrix(m, n)
    let (x, y) = (random.vector(n), random.vector(m))
    let ax = (0..<m).map { i in (0..<n).reduce(0) { $0 + a[i, $1] * x[$1] } }
    let aty = (0..<n).map { j in (0..<m).reduce(0) { $0 + a[$1, j] * y[$1] } }
    let tolerance = 2 * Double(max(m, n) * max(m, n)) * Double.ulpOfOne
    let sparse = SparseRows(a)
    #expect(distance(try a.multiplied(by: x), ax) <= tolerance)
    #expect(distance(try sparse.multiplied(by: x), ax) <= tolerance)
    #expect(distance(try a.transposeMultiplied(by: y), aty) <= tolerance)
    #expect(distance(try sparse.transposeMultiplied(by: y), aty) <= tolerance)
    #expect(distance(try sparse.transposed().multiplied(by: y), aty) <= tolerance)
  }

  @Test("sparse times dense against three loops") func sparseDense() throws {
    var random = TestRandom(seed: 3)
    let a = try random.sparse(200, 150, perRow: 6)
    let b = random.matrix(150, 40)
    #expect(distance(try a.multiplied(by: b), plainProduct(a.dense, b)) <= 72 * .ulpOfOne)
  }

  @Test("the number of threads does not show in the bytes", arguments: [1, 2, 3, 7]) func threads(workers: Int) throws {
    var random = TestRandom(seed: 4)
    let (a, b) = (random.matrix(500, 300), random.matrix(300, 210))
    let x = random.vector(300)
    let y = random.vector(500)
    let s = try random.sparse(30_000, 300, perRow: 5)
    #expect(try a.multiplied(by: b, workers: workers) == a.multiplied(by: b, workers: 1))
    #expect(
      try a.transposed.transposeMultiplied(by: b, workers: workers)
        == a.transposed.transposeMultiplied(by: b, workers: 1))
    #expect(try a.multiplied(by: x, workers: workers) == a.multiplied(by: x, workers: 1))
    #expect(try a.transposeMultiplied(by: y, workers: workers) == a.transposeMultiplied(by: y, workers: 1))
    #expect(try s.multiplied(by: x, workers: workers) == s.multiplied(by: x, workers: 1))
    #expect(try s.multiplied(by: b, workers: workers) == s.multiplied(by: b, workers: 1))
    let square = random.matrix(210, 210)
    let factors = try LUFactorisation(square)
    let right = random.matrix(210, 300)
    #expect(try factors.solve(right, workers: workers) == factors.solve(right, workers: 1))
  }

  @Test("shapes that do not fit are named") func misfits() throws {
    let a = Matrix(rowCount: 2, columnCount: 3)
    let s = SparseRows(a)
    #expect(throws: LinearAlgebraError.shape(of: "x", expected: [3], got: [2])) { try a.multiplied(by: [1, 2]) }
    #expect(throws: LinearAlgebraError.shape(of: "x", expected: [3], got: [2])) { try s.multiplied(by: [1, 2]) }
    #expect(throws: LinearAlgebraError.shape(of: "x", expected: [2], got: [3])) {
      try a.transposeMultiplied(by: [1, 2, 3])
    }
    #expect(throws: LinearAlgebraError.shape(of: "x", expected: [2], got: [3])) {
      try s.transposeMultiplied(by: [1, 2, 3])
    }
    #expect(throws: LinearAlgebraError.shape(of: "right factor", expected: [3, 3], got: [2, 3])) {
      try a.multiplied(by: a)
    }
    #expect(throws: LinearAlgebraError.shape(of: "right factor", expected: [3, 3], got: [2, 3])) {
      try s.multiplied(by: a)
    }
    #expect(throws: LinearAlgebraError.shape(of: "right factor", expected: [2, 1], got: [3, 1])) {
      try a.transposeMultiplied(by: Matrix(rowCount: 3, columnCount: 1))
    }
    #expect(throws: LinearAlgebraError.shape(of: "factors", expected: [2], got: [1])) { try a.scalingRows(by: [1]) }
    #expect(throws: LinearAlgebraError.shape(of: "factors", expected: [2], got: [1])) { try s.scalingRows(by: [1]) }
  }

  @Test("residuals keep their digits where plain arithmetic has none") func residuals() throws {
    // 1e16 + 1 − 1e16 needs more than 53 bits.
    let a = try Matrix(rows: [[1e16, 1, -1e16]])
    #expect(try a.residual(of: [1, 1, 1], for: [0]) == [-1])
    #expect(try SparseRows(a).residual(of: [1, 1, 1], for: [0]) == [-1])
    #expect(try a.transposed.transposeResidual(of: [1, 1, 1], for: [0]) == [-1])
    #expect(try SparseRows(a.transposed).transposeResidual(of: [1, 1, 1], for: [0]) == [-1])
    #expect(try a.residual(of: [1, 1, 1], tail: [0, 0.5, 0], for: [0]) == [-1.5])
    #expect(throws: LinearAlgebraError.shape(of: "tail", expected: [3], got: [1])) {
      try a.residual(of: [1, 1, 1], tail: [0], for: [0])
    }
    #expect(throws: LinearAlgebraError.shape(of: "b", expected: [1], got: [2])) {
      try a.residual(of: [1, 1, 1], for: [0, 0])
    }
  }
}
