import LinearAlgebra
import Testing

@Suite("Krylov methods and ILU(0)") struct KrylovTests {
  @Test("ILU(0) of a matrix whose LU has no fill is LU") func noFill() throws {
    var random = TestRandom(seed: 71)
    var triplets: [SparseRows.Triplet] = []
    for i in 0..<30 {
      triplets.append(.init(row: i, column: i, value: 3))
      if i > 0 { triplets.append(.init(row: i, column: i - 1, value: -random.uniform())) }
      if i < 29 { triplets.append(.init(row: i, column: i + 1, value: -random.uniform())) }
    }
    let a = try SparseRows(rowCount: 30, columnCount: 30, triplets: triplets)
    let b = random.vector(30)
    let x = try ILU0(a).solve(b)
    #expect(normInfinity(try a.residual(of: x, for: b)) <= 30 * 8 * .ulpOfOne * 5 * normInfinity(x))
  }

  @Test("L U agrees with A on its pattern") func pattern() throws {
    var random = TestRandom(seed: 72)
    let a = try random.chain(25, perRow: 4).identityMinus(scaledBy: 0.95)
    let ilu = try ILU0(a)
    // Columns of (L U)⁻¹, inverted, give L U.
    var inverse = Matrix(rowCount: 25, columnCount: 25)
    for j in 0..<25 {
      let column = try ilu.solve((0..<25).map { $0 == j ? 1 : 0 })
      for i in 0..<25 { inverse[i, j] = column[i] }
    }
    let product = try LUFactorisation(inverse).solve(.identity(25))
    for i in 0..<25 {
      for k in a.positions(ofRow: i) { #expect(abs(product[i, Int(a.columns[k])] - a.values[k]) <= 1e4 * .ulpOfOne) }
    }
  }

  @Test("both methods meet their target, with and without ILU(0)", arguments: [0.5, 0.99, 0.9999], [true, false])
  func chains(discount: Double, preconditioned: Bool) throws {
    var random = TestRandom(seed: 73)
    let a = try random.chain(2000, perRow: 5).identityMinus(scaledBy: discount)
    let b = random.vector(2000)
    let ilu = preconditioned ? try ILU0(a) : nil
    let target = ResidualTarget(relative: 1e-10)
    for solution in [
      try BiCGStab(target: target).solve(a, b, preconditioner: ilu),
      try GMRES(target: target).solve(a, b, preconditioner: ilu),
    ] {
      #expect(solution.converged)
      #expect(solution.residualNorm <= 1e-10 * norm2(b))
      #expect(solution.residualNorm == norm2(try a.residual(of: solution.values, for: b)))
    }
  }

  @Test("a warm start at the solution costs no iteration") func warm() throws {
    var random = TestRandom(seed: 74)
    let a = try random.chain(100, perRow: 3).identityMinus(scaledBy: 0.9)
    let b = random.vector(100)
    let x = try SparseLU(a).solve(b)
    let again = try BiCGStab(target: .init(relative: 1e-8)).solve(a, b, start: x)
    #expect(again.converged && again.iterations == 0 && again.values == x)
    let zero = try GMRES().solve(a, [Double](repeating: 0, count: 100))
    #expect(zero.converged && zero.values.allSatisfy { $0 == 0 } && zero.productCount == 0)
  }

  @Test("a target below rounding ends in stagnation with the best answer") func stagnation() throws {
    var random = TestRandom(seed: 75)
    let a = try random.chain(300, perRow: 4).identityMinus(scaledBy: 0.999)
    let b = random.vector(300)
    let target = ResidualTarget(relative: 0, absolute: 0)
    for solution in [
      try BiCGStab(target: target, iterationLimit: 100_000).solve(a, b),
      try GMRES(target: target, iterationLimit: 100_000).solve(a, b),
    ] {
      #expect(solution.outcome == .stagnation || solution.outcome == .breakdown)
      // Rounding of the residual: ulp(1) of the terms of a row, ‖A‖∞ ≤ 2, times √n for the Euclidean norm; a few steps' worth.
      #expect(solution.residualNorm <= 64 * .ulpOfOne * 300 * normInfinity(solution.values))
    }
  }

  @Test("a breakdown is reported, not thrown") func breakdown() throws {
    // BiCGStab divides by (r, A r) = 0 at once; GMRES without restarts solves this shift.
    let rotation = try SparseRows(Matrix(rows: [[0, 1], [-1, 0]]))
    let broken = try BiCGStab().solve(rotation, [1, 0])
    #expect(broken.outcome == .breakdown && broken.values == [0, 0] && broken.residualNorm == 1)
    let solved = try GMRES().solve(rotation, [1, 0])
    #expect(solved.converged && distance(solved.values, [0, 1]) <= 8 * .ulpOfOne)
    // A singular matrix and a right-hand side outside its range.
    let singular = try SparseRows(Matrix(rows: [[1, 0], [0, 0]]))
    let stuck = try GMRES().solve(singular, [1, 1])
    #expect(stuck.outcome == .breakdown)
    #expect(abs(stuck.residualNorm - 1) <= 4 * .ulpOfOne)
  }

  @Test("the iteration limit ends with the best answer so far") func limit() throws {
    var random = TestRandom(seed: 76)
    let a = try random.chain(500, perRow: 2).identityMinus(scaledBy: 0.999)
    let b = random.vector(500)
    let short = try GMRES(target: .init(relative: 1e-14), iterationLimit: 3).solve(a, b)
    #expect(short.outcome == .iterationLimit && short.iterations == 3 && short.residualNorm < norm2(b))
    let none = try BiCGStab(iterationLimit: 0).solve(a, b)
    #expect(none.outcome == .iterationLimit && none.iterations == 0 && none.residualNorm == norm2(b))
  }

  @Test("the number of threads does not show in the bytes") func threads() throws {
    var random = TestRandom(seed: 77)
    let a = try random.chain(30_000, perRow: 4).identityMinus(scaledBy: 0.99)
    let b = random.vector(30_000)
    let ilu = try ILU0(a)
    let method = BiCGStab(target: .init(relative: 1e-8))
    #expect(
      try method.solve(a, b, preconditioner: ilu, workers: 1) == method.solve(a, b, preconditioner: ilu, workers: 3))
  }

  @Test("order 0 and bad input") func errors() throws {
    #expect(try GMRES().solve(.identity(0), []).converged)
    #expect(try BiCGStab().solve(.identity(0), []).converged)
    let wide = SparseRows(Matrix(rowCount: 1, columnCount: 2))
    let shape = LinearAlgebraError.shape(of: "matrix", expected: [1, 1], got: [1, 2])
    #expect(throws: shape) { try ILU0(wide) }
    #expect(throws: shape) { try GMRES().solve(wide, [1]) }
    #expect(throws: shape) { try BiCGStab().solve(wide, [1]) }
    #expect(throws: LinearAlgebraError.singular(pivot: 1)) {
      try ILU0(SparseRows(Matrix(rows: [[1, 1], [1, 0]]))).solve([1, 1])
    }
    #expect(throws: LinearAlgebraError.singular(pivot: 1)) { try ILU0(SparseRows(Matrix(rows: [[1, 1], [1, 1]]))) }
    let identity = SparseRows.identity(2)
    #expect(throws: LinearAlgebraError.shape(of: "b", expected: [2], got: [1])) { try GMRES().solve(identity, [1]) }
    #expect(throws: LinearAlgebraError.shape(of: "start", expected: [2], got: [1])) {
      try BiCGStab().solve(identity, [1, 1], start: [1])
    }
    #expect(throws: LinearAlgebraError.shape(of: "preconditioner", expected: [2], got: [3])) {
      try BiCGStab().solve(identity, [1, 1], preconditioner: ILU0(.identity(3)))
    }
    #expect(throws: LinearAlgebraError.notFinite(of: "b", row: 1, column: 0, value: .infinity)) {
      try GMRES().solve(identity, [1, .infinity])
    }
  }
}
