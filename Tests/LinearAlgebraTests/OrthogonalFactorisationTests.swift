import LinearAlgebra
import Testing

/// Qᵀ Q − I for a matrix with orthonormal columns.
private func orthogonality(_ q: Matrix) throws -> Double {
  distance(try q.transposeMultiplied(by: q), .identity(q.columnCount))
}

private let shapes = [(0, 0), (0, 3), (3, 0), (1, 1), (5, 3), (3, 5), (40, 25), (60, 60)]

@Suite("Pivoted QR") struct PivotedQRTests {
  @Test("Q R gives back A P", arguments: shapes) func reconstruct(m: Int, n: Int) throws {
    var random = TestRandom(seed: 31)
    let a = random.matrix(m, n)
    let qr = try PivotedQR(a)
    #expect(qr.rank == min(m, n))
    let r = qr.r
    for k in 0..<n {
      let column = (0..<m).map { $0 < r.rowCount ? r[$0, k] : 0 }
      // Higham (2002), theorem 19.4: columnwise error γ(m n) of the column's norm.
      let scale = Double((m + 1) * (n + 1)) * Double.ulpOfOne * norm2(a.column(qr.columnOrder[k]))
      #expect(distance(try qr.applyQ(column), a.column(qr.columnOrder[k])) <= scale)
      #expect(distance(try qr.applyQTransposed(a.column(qr.columnOrder[k])), column) <= scale)
    }
    #expect(try orthogonality(qr.rangeBasis) <= Double((m + 1) * (n + 1)) * .ulpOfOne)
    #expect(zip(qr.pivots, qr.pivots.dropFirst()).allSatisfy { $0 >= $1 })
  }

  @Test("a known rank is found, and the tolerance moves it", arguments: 0...6) func rank(r: Int) throws {
    var random = TestRandom(seed: 32)
    let a = try random.matrix(20, r).multiplied(by: random.matrix(r, 6))
    let qr = try PivotedQR(a)
    #expect(qr.rank == r)
    #expect(qr.smallestPivotRatio > 1e-6)
    #expect(qr.rangeBasis.columnCount == r)
    let graded = try PivotedQR(Matrix(rows: [[1, 0, 0], [0, 1e-5, 0], [0, 0, 1e-10]]), rankTolerance: 1e-7)
    #expect(graded.rank == 2 && graded.smallestPivotRatio == 1e-5)
  }

  @Test("projections split a vector orthogonally") func projections() throws {
    var random = TestRandom(seed: 33)
    let a = try random.matrix(30, 4).multiplied(by: random.matrix(4, 9))
    let qr = try PivotedQR(a)
    let b = random.vector(30)
    let inside = try qr.projectionOntoRange(of: b)
    let outside = try qr.projectionOntoComplement(of: b)
    let tolerance = 30 * 9 * Double.ulpOfOne * norm2(b)
    #expect(distance(zip(inside, outside).map { $0 + $1 }, b) <= tolerance)
    #expect(abs(dot(inside, outside)) <= tolerance * norm2(b))
    #expect(normInfinity(try a.transposeMultiplied(by: outside)) <= tolerance * a.norm1)
    #expect(distance(try qr.projectionOntoRange(of: inside), inside) <= tolerance)
    // What lies in the range leaves a rest of the size of rounding, and a small rest keeps its direction.
    let element = try a.multiplied(by: random.vector(9))
    #expect(norm2(try qr.projectionOntoComplement(of: element)) <= 30 * 9 * .ulpOfOne * norm2(element))
  }

  @Test("least squares satisfies the normal equations", arguments: [(6, 6), (12, 5), (5, 12)])
  func leastSquares(m: Int, n: Int) throws {
    var random = TestRandom(seed: 34)
    let a = random.matrix(m, n)
    let b = random.vector(m)
    let answer = try PivotedQR(a).leastSquares(b)
    let residual = try a.residual(of: answer.solution, for: b)
    let scale = Double(m * n) * .ulpOfOne * (a.frobeniusNorm * norm2(answer.solution) + norm2(b))
    #expect(normInfinity(try a.transposeMultiplied(by: residual)) <= 8 * scale * a.frobeniusNorm)
    #expect(abs(norm2(residual) - answer.residualNorm) <= 8 * scale)
    #expect(answer.solution.filter { $0 != 0 }.count <= min(m, n))
  }

  @Test("bad input is named") func errors() throws {
    #expect(throws: LinearAlgebraError.notFinite(of: "matrix", row: 0, column: 1, value: .infinity)) {
      try PivotedQR(Matrix(rows: [[0, .infinity]]))
    }
    let qr = try PivotedQR(Matrix(rowCount: 3, columnCount: 2))
    #expect(qr.rank == 0 && qr.smallestPivotRatio == 1)
    #expect(throws: LinearAlgebraError.shape(of: "b", expected: [3], got: [2])) { try qr.leastSquares([1, 2]) }
    #expect(try qr.leastSquares([3, 0, 4]).solution == [0, 0] && qr.leastSquares([3, 0, 4]).residualNorm == 5)
    #expect(try qr.projectionOntoComplement(of: [1, 2, 3]) == [1, 2, 3])
  }
}

@Suite("Singular values") struct SingularValueDecompositionTests {
  @Test("U Σ Vᵀ gives back A", arguments: shapes) func reconstruct(m: Int, n: Int) throws {
    var random = TestRandom(seed: 41)
    let a = random.matrix(m, n)
    let svd = try SingularValueDecomposition(a)
    let tolerance = Double((m + 1) * (n + 1)) * Double.ulpOfOne * (a.frobeniusNorm + 1)
    #expect(
      distance(try svd.left.multiplied(by: svd.rightTransposed.scalingRows(by: svd.singularValues)), a) <= tolerance)
    #expect(try orthogonality(svd.left) <= tolerance)
    #expect(try orthogonality(svd.rightTransposed.transposed) <= tolerance)
    #expect(svd.rank() == min(m, n))
    #expect(zip(svd.singularValues, svd.singularValues.dropFirst()).allSatisfy { $0 >= $1 })
  }

  @Test("the least-norm solution is the pseudo-inverse's") func leastNorm() throws {
    // A = (1 1): A⁺ b = (b/2, b/2).
    let svd = try SingularValueDecomposition(Matrix(rows: [[1, 1]]))
    #expect(distance(try svd.leastSquares([4]), [2, 2]) <= 8 * .ulpOfOne)
    let dependent = try SingularValueDecomposition(Matrix(rows: [[1, 1], [1, 1], [1, 1]]))
    #expect(dependent.rank() == 1)
    #expect(distance(try dependent.leastSquares([1, 2, 3]), [1, 1]) <= 32 * .ulpOfOne)
    #expect(dependent.conditionNumber > 1e15)
    #expect(try SingularValueDecomposition(Matrix(rows: [[3, 0], [0, 4]])).conditionNumber == 4.0 / 3)
    #expect(throws: LinearAlgebraError.shape(of: "b", expected: [1], got: [2])) { try svd.leastSquares([1, 2]) }
  }
}

@Suite("Eigenvalues and Schur forms") struct EigenvalueTests {
  @Test("Q Λ Qᵀ gives back A", arguments: [0, 1, 2, 8, 50]) func symmetric(n: Int) throws {
    var random = TestRandom(seed: 51)
    let half = random.matrix(n, n)
    var a = half
    for i in 0..<n { for j in 0..<n { a[i, j] = half[i, j] + half[j, i] } }
    let eigen = try SymmetricEigendecomposition(a)
    let q = eigen.eigenvectorRows
    let tolerance = Double((n + 1) * (n + 1)) * Double.ulpOfOne * (a.frobeniusNorm + 1)
    #expect(distance(try q.transposeMultiplied(by: q.scalingRows(by: eigen.eigenvalues)), a) <= tolerance)
    #expect(try orthogonality(q) <= tolerance)
    #expect(zip(eigen.eigenvalues, eigen.eigenvalues.dropFirst()).allSatisfy { $0 <= $1 })
    let general = try a.eigenvalues().map(\.real).sorted()
    #expect(distance(general, eigen.eigenvalues) <= 4 * tolerance)
  }

  @Test("the second difference has eigenvalues 2 − 2 cos(kπ/(n+1)), dense as given") func closedForm() throws {
    let a = try Matrix(rows: [[2, -1, 0], [-1, 2, -1], [0, -1, 2]])
    let root = 2.0.squareRoot()
    #expect(distance(try SymmetricEigendecomposition(a).eigenvalues, [2 - root, 2, 2 + root]) <= 16 * .ulpOfOne)
  }

  @Test("a rotation has eigenvalues ± i; a triangular matrix its diagonal") func general() throws {
    let rotation = try Matrix(rows: [[0, -1], [1, 0]]).eigenvalues()
    #expect(rotation.count == 2)
    #expect(abs(rotation[0].real) <= 4 * .ulpOfOne && abs(rotation[0].imaginary - 1) <= 4 * .ulpOfOne)
    #expect(rotation[1].imaginary == -rotation[0].imaginary)
    #expect(try Set(Matrix(rows: [[3, 5], [0, 7]]).eigenvalues()) == [Eigenvalue(real: 3), Eigenvalue(real: 7)])
    #expect(Eigenvalue(real: 3, imaginary: -4).magnitude == 5)
    #expect(try Matrix.identity(0).eigenvalues().isEmpty)
  }

  @Test("Z T Zᵀ gives back A, and T is nearly triangular", arguments: [0, 1, 2, 7, 40]) func schur(n: Int) throws {
    var random = TestRandom(seed: 52)
    let a = random.matrix(n, n)
    let schur = try RealSchur(a)
    let (z, t) = (schur.orthogonal, schur.triangular)
    let tolerance = Double((n + 1) * (n + 1)) * Double.ulpOfOne * (a.frobeniusNorm + 1)
    #expect(distance(try z.multiplied(by: t).multiplied(by: z.transposed), a) <= tolerance)
    #expect(try orthogonality(z) <= tolerance)
    for i in 0..<n { for j in 0..<max(0, i - 1) { #expect(t[i, j] == 0) } }
    for (i, value) in schur.eigenvalues.enumerated() {
      #expect(abs(t[i, i] - value.real) <= tolerance)
      if value.imaginary > 0 { #expect(t[i + 1, i] != 0) }
    }
  }

  @Test("a stochastic matrix has spectral radius 1") func stochastic() throws {
    var random = TestRandom(seed: 53)
    let chain = try random.chain(30, perRow: 4).dense
    let radius = try chain.eigenvalues().map(\.magnitude).max() ?? 0
    #expect(abs(radius - 1) <= 900 * .ulpOfOne)
  }

  @Test("bad input is named") func errors() {
    let wide = Matrix(rowCount: 1, columnCount: 2)
    let shape = LinearAlgebraError.shape(of: "matrix", expected: [1, 1], got: [1, 2])
    #expect(throws: shape) { try SymmetricEigendecomposition(wide) }
    #expect(throws: shape) { try wide.eigenvalues() }
    #expect(throws: shape) { try RealSchur(wide) }
    let infinite = Matrix(rowCount: 1, columnCount: 1, repeating: .infinity)
    let error = LinearAlgebraError.notFinite(of: "matrix", row: 0, column: 0, value: .infinity)
    #expect(throws: error) { try SymmetricEigendecomposition(infinite) }
    #expect(throws: error) { try infinite.eigenvalues() }
    #expect(throws: error) { try RealSchur(infinite) }
    #expect(throws: error) { try SingularValueDecomposition(infinite) }
  }
}
