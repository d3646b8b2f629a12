import LinearAlgebra
import Testing

@Suite("Sparse LU") struct SparseLUTests {
  /// The residual of a backward stable solve: growth stays small, so the errors are those of n sums of at most n terms.
  static func close(_ residual: [Double], _ a: SparseRows, _ x: [Double], _ norm: Double) -> Bool {
    let n = Double(a.rowCount)
    return normInfinity(residual) <= 8 * n * .ulpOfOne * norm * normInfinity(x)
  }

  @Test("solves and transposed solves of discounted chains", arguments: [1, 2, 10, 200], [0.9, 0.9999])
  func chains(n: Int, discount: Double) throws {
    var random = TestRandom(seed: UInt64(n))
    let a = try random.chain(n, perRow: 3).identityMinus(scaledBy: discount)
    let b = random.vector(n)
    let lu = try SparseLU(a)
    let x = try lu.solve(b)
    #expect(Self.close(try a.residual(of: x, for: b), a, x, a.dense.normInfinity))
    let y = try lu.solveTransposed(b)
    #expect(Self.close(try a.transposeResidual(of: y, for: b), a, y, a.dense.norm1))
    let right = random.matrix(n, 9)
    let many = try lu.solve(right)
    for j in 0..<9 {
      #expect(
        Self.close(try a.residual(of: many.column(j), for: right.column(j)), a, many.column(j), a.dense.normInfinity))
    }
    #expect(lu.entryCount >= n && lu.fillRatio > 0)
    #expect(lu.analysis.blockCount >= 1 && lu.analysis.largestBlock <= n)
  }

  @Test("a matrix with zeros on its diagonal needs the pivoting") func pivoting() throws {
    var random = TestRandom(seed: 62)
    let shift = try SparseRows(
      rowCount: 50, columnCount: 50, triplets: (0..<50).map { .init(row: $0, column: ($0 + 1) % 50, value: 2) })
    let b = random.vector(50)
    #expect(try SparseLU(shift).solve(b) == (0..<50).map { b[($0 + 49) % 50] / 2 })
  }

  @Test("the condition estimate agrees with the dense one") func condition() throws {
    var random = TestRandom(seed: 63)
    let a = try random.chain(40, perRow: 4).identityMinus(scaledBy: 0.99)
    let inverse = try LUFactorisation(a.dense).solve(.identity(40))
    let truth = 1 / (a.dense.normInfinity * inverse.normInfinity)
    let estimate = try SparseLU(a).reciprocalCondition
    #expect(estimate >= truth * (1 - 1e-10) && estimate <= 3 * truth)
  }

  @Test("refactoring in place equals factoring anew, and copies keep the old factors") func refactor() throws {
    var random = TestRandom(seed: 64)
    let chain = try random.chain(80, perRow: 4)
    let (a, b) = (try chain.identityMinus(scaledBy: 0.9), try chain.identityMinus(scaledBy: 0.99))
    let right = random.vector(80)
    var lu = try SparseLU(a)
    let copy = lu
    let first = try lu.solve(right)
    try lu.refactor(b)
    #expect(try copy.solve(right) == first)
    try lu.refactor(a)
    try lu.refactor(b)
    let x = try lu.solve(right)
    #expect(Self.close(try b.residual(of: x, for: right), b, x, b.dense.normInfinity))
    #expect(lu.matrix == b)
    // Pivots that suited the old values vanish: new ones are chosen.
    let good = try SparseRows(Matrix(rows: [[1, 2], [2, 1]]))
    let swapped = try SparseRows(
      rowCount: 2, columnCount: 2, rowStarts: good.rowStarts, columns: good.columns, values: [2, 1e-30, 1e-30, 2])
    var small = try SparseLU(good)
    try small.refactor(swapped)
    #expect(distance(try small.solve([2, 2]), [1, 1]) <= 4 * .ulpOfOne)
    #expect(throws: LinearAlgebraError.patternDiffers) { try small.refactor(.identity(2)) }
    let singular = try SparseRows(
      rowCount: 2, columnCount: 2, rowStarts: good.rowStarts, columns: good.columns, values: [1, 1, 1, 1])
    #expect(throws: LinearAlgebraError.self) { try small.refactor(singular) }
    #expect(distance(try small.solve([2, 2]), [1, 1]) <= 4 * .ulpOfOne)
  }

  @Test("refinement reaches the last bit near γ = 1") func refinement() throws {
    var random = TestRandom(seed: 65)
    let a = try random.chain(60, perRow: 3).identityMinus(scaledBy: 1 - 1e-9)
    let b = random.vector(60)
    let lu = try SparseLU(a)
    for transposed in [false, true] {
      let solution =
        transposed ? try IterativeRefinement().solveTransposed(lu, b) : try IterativeRefinement().solve(lu, b)
      #expect(solution.converged)
      #expect(solution.residualNorm <= 480 * .ulpOfOne * .ulpOfOne * 2 * normInfinity(solution.values))
    }
  }

  @Test("one value serves several threads") func threads() throws {
    var random = TestRandom(seed: 66)
    let a = try random.chain(100, perRow: 3).identityMinus(scaledBy: 0.95)
    let lu = try SparseLU(a)
    let right = (0..<40).map { _ in random.vector(100) }
    let wanted = try right.map { try lu.solve($0) }
    forEachRange(of: 40, workers: 4) { range in
      for i in range { #expect((try? lu.solve(right[i])) == wanted[i]) }
    }
  }

  @Test("order 0 and bad input") func errors() throws {
    let empty = try SparseLU(.identity(0))
    #expect(try empty.solve([]) == [])
    #expect(empty.reciprocalCondition == 1 && empty.entryCount == 0)
    #expect(throws: LinearAlgebraError.shape(of: "matrix", expected: [2, 2], got: [2, 3])) {
      try SparseLU(SparseRows(Matrix(rowCount: 2, columnCount: 3)))
    }
    #expect(throws: LinearAlgebraError.singular(pivot: 1)) {
      try SparseLU(SparseRows(Matrix(rows: [[1, 1], [1, 1]])))
    }
    #expect(throws: LinearAlgebraError.self) { try SparseLU(SparseRows(Matrix(rows: [[1, 0], [0, 0]]))) }
    #expect(throws: LinearAlgebraError.notFinite(of: "matrix", row: 2, column: 2, value: .infinity)) {
      try SparseLU(
        SparseRows(rowCount: 3, columnCount: 3, rowStarts: [0, 1, 1, 2], columns: [0, 2], values: [1, .infinity]))
    }
    #expect(throws: LinearAlgebraError.shape(of: "b", expected: [2], got: [1])) {
      try SparseLU(.identity(2)).solve([1])
    }
  }
}
