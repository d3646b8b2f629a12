import LinearAlgebra
import Testing

@Suite("Exact linear systems") struct ExactLinearSolverTests {
  typealias Entry = ExactLinearSolver.Entry

  /// I − γ P for a random chain whose probabilities have denominators of about `bits` bits, and a right-hand side.
  static func discounted(
    _ n: Int, perRow: Int, bits: Int, seed: UInt64
  ) throws -> (rows: [[Entry]], right: [Rational]) {
    var random = TestRandom(seed: seed)
    var rows: [[Entry]] = []
    var right: [Rational] = []
    for i in 0..<n {
      let weights = (0..<perRow).map { _ in random.below(1 << bits) + 1 }
      let total = Integer(weights.reduce(0, +))
      var row = [Entry(column: i, value: 1)]
      for weight in weights {
        row.append(
          Entry(column: random.below(n), value: try Rational(Integer(-99 * weight), over: Integer(100) * total)))
      }
      rows.append(row)
      right.append(try Rational(Integer(random.below(2001) - 1000), over: Integer(random.below(12) + 1)))
    }
    return (rows, right)
  }

  static func dense(_ rows: [[Entry]]) throws -> RationalMatrix {
    var elements = [Rational](repeating: 0, count: rows.count * rows.count)
    for (i, row) in rows.enumerated() { for entry in row { elements[i * rows.count + entry.column] += entry.value } }
    return try RationalMatrix(rowCount: rows.count, columnCount: rows.count, elements: elements)
  }

  @Test("agrees with the dense solver and solves the system", arguments: [1, 2, 3, 10, 40], [2, 28])
  func random(n: Int, bits: Int) throws {
    let (rows, right) = try Self.discounted(n, perRow: 3, bits: bits, seed: UInt64(n * bits))
    let solution = try ExactLinearSolver(rows: rows).solve(right)
    let matrix = try Self.dense(rows)
    #expect(solution.method == .sparseLifting && solution.denominator.sign == 1)
    #expect(try matrix.multiplied(by: solution.values) == right)
    #expect(try matrix.solve(right) == solution.values)
  }

  @Test("one solver serves many right-hand sides, zero among them") func manyRightSides() throws {
    let (rows, right) = try Self.discounted(12, perRow: 4, bits: 10, seed: 91)
    let solver = try ExactLinearSolver(rows: rows)
    let zero = [Rational](repeating: 0, count: 12)
    #expect(try solver.solve(zero).values == zero)
    let once = try solver.solve(right)
    let twice = try solver.solve(right.map { $0 * 2 })
    #expect(twice.values == once.values.map { $0 * 2 })
    // 1 / (1 − γ) everywhere: a small answer needs few digits.
    let ones = try solver.solve([Rational](repeating: 1, count: 12))
    #expect(ones.values == [Rational](repeating: 100, count: 12) && ones.digitCount <= 3)
  }

  @Test("block triangular systems: a gambler's ruin and absorbing states") func ruin() throws {
    // x(k) = 1 + x(k − 1) / 2 + x(k + 1) / 2 between absorbing ends 0 and n: x(k) = k (n − k).
    let n = 40
    let half = try Rational(1, over: 2)
    let rows = (0...n).map { k in
      k == 0 || k == n
        ? [Entry(column: k, value: 1)]
        : [Entry(column: k - 1, value: -half), Entry(column: k, value: 1), Entry(column: k + 1, value: -half)]
    }
    let right = (0...n).map { Rational($0 == 0 || $0 == n ? 0 : 1) }
    let solution = try ExactLinearSolver(rows: rows).solve(right)
    #expect(solution.values == (0...n).map { Rational($0 * (n - $0)) })
  }

  @Test("doubles taken as dyadic numbers: the exact answer confirms refinement", arguments: [3, 6, 9, 11])
  func hilbertSystem(n: Int) throws {
    let a = hilbert(n)
    var random = TestRandom(seed: 92)
    let b = random.vector(n)
    let exact = try RationalMatrix(exactly: a)
    let right = b.compactMap(Rational.init(exactly:))
    let rows = (0..<n).map { i in (0..<n).map { Entry(column: $0, value: exact[i, $0]) } }
    let solution = try ExactLinearSolver(rows: rows).solve(right).values
    #expect(try exact.solve(right) == solution)
    let refined = try IterativeRefinement().solve(a, factors: LUFactorisation(a), b)
    #expect(refined.converged)
    for (value, truth) in zip(refined.values, solution) {
      #expect(abs(value - Double(truth)) <= Double(truth).ulp)
    }
  }

  @Test("a matrix that floating point takes to be singular is solved densely") func nearlySingular() throws {
    let tiny = try Rational(1, over: Integer(10).power(40))
    let rows = [
      [Entry(column: 0, value: 1), Entry(column: 1, value: 1)],
      [Entry(column: 0, value: 1), Entry(column: 1, value: 1 + tiny)],
    ]
    let solution = try ExactLinearSolver(rows: rows).solve([0, tiny])
    #expect(solution.values == [-1, 1])
    #expect(solution.method == .denseLifting)
  }

  @Test("pivots that vanish modulo the first prime") func unluckyPrime() throws {
    // 9007199254740997 is the first prime above 2⁵³.
    let prime = try Rational(parsing: "9007199254740997")
    let solution = try ExactLinearSolver(rows: [[Entry(column: 0, value: prime)]]).solve([1])
    #expect(solution.values == [1 / prime])
  }

  @Test("duplicates are added, and what cancels leaves no trace") func duplicates() throws {
    let rows = [
      [
        Entry(column: 1, value: 5), Entry(column: 0, value: 1), Entry(column: 1, value: -5), Entry(column: 0, value: 1),
      ],
      [Entry(column: 1, value: 3)],
    ]
    #expect(try ExactLinearSolver(rows: rows).solve([1, 1]).values == [Rational(1, over: 2), Rational(1, over: 3)])
  }

  @Test("order 0 and bad input") func errors() throws {
    #expect(try ExactLinearSolver(rows: []).solve([]).values.isEmpty)
    #expect(throws: LinearAlgebraError.malformedRows(array: "rows", position: 1, reason: "column 2 of 2")) {
      try ExactLinearSolver(rows: [[], [Entry(column: 2, value: 1)]])
    }
    let solver = try ExactLinearSolver(rows: [[Entry(column: 0, value: 1)]])
    #expect(throws: LinearAlgebraError.shape(of: "c", expected: [1], got: [0])) { try solver.solve([]) }
    let singular = [
      [Entry(column: 0, value: 1), Entry(column: 1, value: 2)],
      [Entry(column: 0, value: 2), Entry(column: 1, value: 4)],
    ]
    #expect(throws: LinearAlgebraError.self) { try ExactLinearSolver(rows: singular).solve([1, 1]) }
    #expect(throws: LinearAlgebraError.self) { try ExactLinearSolver(rows: [[], []]).solve([1, 1]) }
  }
}

@Suite("Rational matrices") struct RationalMatrixTests {
  @Test("the inverse of the Hilbert matrix has its known integer entries") func hilbertInverse() throws {
    let elements = try (0..<9).map { try Rational(1, over: Integer($0 / 3 + $0 % 3 + 1)) }
    let matrix = try RationalMatrix(rowCount: 3, columnCount: 3, elements: elements)
    let inverse = try matrix.solve(.identity(3))
    #expect(inverse.elements == [9, -36, 30, -36, 192, -180, 30, -180, 180])
    #expect(try matrix.multiplied(by: inverse) == .identity(3))
    #expect(try matrix.determinant() == Rational(1, over: 2160))
    #expect(matrix.rank == 3 && matrix.transposed == matrix)
  }

  @Test("products against the definition") func products() throws {
    let a = try RationalMatrix(exactly: Matrix(rows: [[1, 0.5], [0.25, -2]]))
    #expect(try a.multiplied(by: [2, 4]) == [4, Rational(exactly: -7.5) ?? 0])
    #expect(a.rounded == (try Matrix(rows: [[1, 0.5], [0.25, -2]])))
    #expect(a[1, 0] == (try Rational(1, over: 4)))
  }

  @Test("bad input is named") func errors() throws {
    let singular = try RationalMatrix(exactly: Matrix(rows: [[1, 2, 0], [2, 4, 1], [0, 0, 3]]))
    #expect(singular.rank == 2)
    #expect(try singular.determinant() == 0)
    #expect(throws: LinearAlgebraError.singular(pivot: 1)) { try singular.solve([1, 2, 3]) }
    #expect(throws: LinearAlgebraError.shape(of: "b", expected: [3], got: [1])) { try singular.solve([1]) }
    #expect(throws: LinearAlgebraError.shape(of: "elements", expected: [2, 2], got: [3])) {
      try RationalMatrix(rowCount: 2, columnCount: 2, elements: [1, 2, 3])
    }
    #expect(throws: LinearAlgebraError.notFinite(of: "matrix", row: 0, column: 0, value: .infinity)) {
      try RationalMatrix(exactly: Matrix(rows: [[.infinity]]))
    }
    let wide = try RationalMatrix(rowCount: 1, columnCount: 2, elements: [1, 2])
    #expect(throws: LinearAlgebraError.shape(of: "matrix", expected: [1, 1], got: [1, 2])) { try wide.determinant() }
    #expect(throws: LinearAlgebraError.shape(of: "matrix", expected: [1, 1], got: [1, 2])) { try wide.solve([1]) }
    #expect(throws: LinearAlgebraError.shape(of: "x", expected: [2], got: [1])) { try wide.multiplied(by: [1]) }
    #expect(try RationalMatrix.identity(0).solve([]) == [] && RationalMatrix.identity(0).determinant() == 1)
  }
}
