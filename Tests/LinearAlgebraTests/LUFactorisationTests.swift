import LinearAlgebra
import Testing

@Suite("LU and refinement") struct LUFactorisationTests {
  @Test("solves, transposed solves and many right-hand sides", arguments: [1, 2, 5, 40, 150])
  func solves(n: Int) throws {
    var random = TestRandom(seed: UInt64(n))
    let a = random.matrix(n, n)
    let factors = try LUFactorisation(a)
    let b = random.vector(n)
    // The computed x solves (A + E) x = b with ‖E‖ ≤ 3 n ulp(1) ‖|L| |U|‖ ≤ 3 n² ulp(1) ‖A‖ while pivots grow little.
    func close(_ residual: [Double], _ x: [Double], _ norm: Double) -> Bool {
      normInfinity(residual) <= 3 * Double(n * n) * .ulpOfOne * norm * normInfinity(x)
    }
    let x = try factors.solve(b)
    #expect(close(try a.residual(of: x, for: b), x, a.normInfinity))
    let y = try factors.solveTransposed(b)
    #expect(close(try a.transposeResidual(of: y, for: b), y, a.norm1))
    let right = random.matrix(n, 70)
    let many = try factors.solve(right)
    let manyTransposed = try factors.solveTransposed(right)
    for j in 0..<70 {
      #expect(close(try a.residual(of: many.column(j), for: right.column(j)), many.column(j), a.normInfinity))
      #expect(
        close(
          try a.transposeResidual(of: manyTransposed.column(j), for: right.column(j)), manyTransposed.column(j), a.norm1
        )
      )
    }
  }

  @Test("determinants by hand") func determinant() throws {
    #expect(try LUFactorisation(Matrix(rows: [[0, 1], [1, 0]])).determinant == -1)
    #expect(try LUFactorisation(Matrix(rows: [[2, 1], [0, 3]])).determinant == 6)
    #expect(try LUFactorisation(Matrix.identity(0)).determinant == 1)
    let log = try LUFactorisation(Matrix(rows: [[2, 1], [0, 3]])).logAbsoluteDeterminant
    #expect(abs(log - 1.791759469228055) <= 4 * .ulpOfOne)
  }

  @Test("the condition estimate is within a factor 3 of the truth") func condition() throws {
    #expect(try LUFactorisation(.identity(6)).reciprocalCondition == 1)
    #expect(try LUFactorisation(.identity(0)).reciprocalCondition == 1)
    var random = TestRandom(seed: 8)
    for n in [2, 3, 7, 30] {
      let a = random.matrix(n, n)
      let factors = try LUFactorisation(a)
      let inverse = try factors.solve(.identity(n))
      let truth = 1 / (a.norm1 * inverse.norm1)
      #expect(factors.reciprocalCondition >= truth * (1 - 1e-10) && factors.reciprocalCondition <= 3 * truth)
    }
    let huge = try LUFactorisation(Matrix(rows: [[1e308, 1e307], [1e308, 1e308]]))
    #expect(huge.norm1 == .infinity && huge.reciprocalCondition == 0)
    // κ₁ of the 8 × 8 Hilbert matrix is 3.387e10 (Todd, 1954).
    #expect(abs(1 / (try LUFactorisation(hilbert(8)).reciprocalCondition) / 3.387e10 - 1) < 1e-3)
  }

  @Test("refinement makes Hilbert systems right to the last bit", arguments: 2...11) func refinement(n: Int) throws {
    let a = hilbert(n)
    // The right-hand side of x = (1, …, 1), rounded.
    let b = (0..<n).map { i in compensatedSum((0..<n).map { a[i, $0] }) }
    let factors = try LUFactorisation(a)
    for transposed in [false, true] {
      let solution =
        transposed
        ? try IterativeRefinement().solveTransposed(a, factors: factors, b)
        : try IterativeRefinement().solve(a, factors: factors, b)
      #expect(solution.converged)
      // A is symmetric. What remains: the tail is held to ulp(1)² relative to x, and the residual to its last bit.
      let bound = Double(n) * .ulpOfOne * .ulpOfOne * a.normInfinity * normInfinity(solution.values) + 0x1p-1022
      #expect(solution.residualNorm <= 4 * bound)
      #expect(zip(solution.values, solution.tail).allSatisfy { abs($1) <= $0.ulp / 2 })
    }
  }

  @Test("degenerate orders") func degenerate() throws {
    let empty = try LUFactorisation(.identity(0))
    #expect(try empty.solve([]) == [] && empty.solveTransposed([]) == [])
    #expect(try empty.solve(Matrix(rowCount: 0, columnCount: 2)) == Matrix(rowCount: 0, columnCount: 2))
    #expect(try LUFactorisation(Matrix(rows: [[4]])).solve([2]) == [0.5])
    #expect(try LUFactorisation(.identity(3)).solve(Matrix(rowCount: 3, columnCount: 0)).columnCount == 0)
    #expect(try IterativeRefinement().solve(.identity(0), factors: empty, []).converged)
  }

  @Test("bad input is named") func errors() throws {
    #expect(throws: LinearAlgebraError.shape(of: "matrix", expected: [2, 2], got: [2, 3])) {
      try LUFactorisation(Matrix(rowCount: 2, columnCount: 3))
    }
    #expect(throws: LinearAlgebraError.notFinite(of: "matrix", row: 1, column: 0, value: .infinity)) {
      try LUFactorisation(Matrix(rows: [[1, 2], [.infinity, 3]]))
    }
    #expect(throws: LinearAlgebraError.singular(pivot: 1)) { try LUFactorisation(Matrix(rows: [[1, 2], [2, 4]])) }
    let factors = try LUFactorisation(.identity(2))
    #expect(throws: LinearAlgebraError.shape(of: "b", expected: [2], got: [3])) { try factors.solve([1, 2, 3]) }
    #expect(throws: LinearAlgebraError.shape(of: "B", expected: [2, 1], got: [3, 1])) {
      try factors.solve(Matrix(rowCount: 3, columnCount: 1))
    }
    #expect(throws: LinearAlgebraError.notFinite(of: "b", row: 1, column: 0, value: -.infinity)) {
      try factors.solve([0, -.infinity])
    }
    #expect(throws: LinearAlgebraError.notFinite(of: "B", row: 0, column: 1, value: .infinity)) {
      try factors.solve(Matrix(rows: [[0, .infinity], [0, 0]]))
    }
    #expect(throws: LinearAlgebraError.shape(of: "matrix", expected: [2, 2], got: [3, 3])) {
      try IterativeRefinement().solve(.identity(3), factors: factors, [1, 2])
    }
  }
}
