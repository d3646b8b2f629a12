import LinearAlgebra
import Testing

@testable import LinearPrograms

/// A small generator for test data (SplitMix64).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

@Suite("Linear programs with known answers") struct KnownLinearProgramTests {
  /// Dantzig's product mix: maximise 3x + 5y, x ≤ 4, 2y ≤ 12, 3x + 2y ≤ 18; optimum 36 at (2, 6), prices (0, 3/2, 1).
  static func productMix() throws -> LinearProgram {
    var program = LinearProgram(.maximise)
    let x = try program.addColumn(cost: 3)
    let y = try program.addColumn(cost: 5)
    try program.addRow(.atMost(4), entries: [(x, 1)])
    try program.addRow(.atMost(12), entries: [(y, 2)])
    try program.addRow(.atMost(18), entries: [(x, 3), (y, 2)])
    return program
  }

  @Test(
    "the product mix has its textbook solution and prices",
    arguments: [
      SimplexMethod.Variant.automatic, .primal, .dual,
    ])
  func known(variant: SimplexMethod.Variant) throws {
    let solution = try SimplexMethod(variant: variant).solve(Self.productMix())
    #expect(solution.status == .optimal)
    #expect(abs(solution.objective - 36) < 1e-9)
    for (got, want) in zip(solution.primal, [2.0, 6]) { #expect(abs(got - want) < 1e-9) }
    for (got, want) in zip(solution.dual, [0, 1.5, 1]) { #expect(abs(got - want) < 1e-9) }
    for (got, want) in zip(solution.activities, [2.0, 12, 18]) { #expect(abs(got - want) < 1e-9) }
    #expect(solution.dualityGap < 1e-9)
    #expect(solution.primalResidual < 1e-9)
    #expect(solution.dualResidual < 1e-9)
    #expect(solution.certificate == nil)
    #expect(solution.basis.isBasic(column: 0) && solution.basis.isBasic(column: 1))
  }

  @Test("minimisation has the same sign rule: a price is the rise of the objective a unit of the bound") func minimise()
    throws
  {
    // minimise x + 2y, x + y ≥ 3, y ≥ 1 (as a bound), x ≤ 1.5: optimum 1.5 + 3 = 4.5.
    var program = LinearProgram(.minimise)
    let x = try program.addColumn(cost: 1, bounds: .init(0, 1.5))
    let y = try program.addColumn(cost: 2, bounds: .atLeast(1))
    try program.addRow(.atLeast(3), entries: [(x, 1), (y, 1)])
    let solution = try program.solve()
    #expect(solution.status == .optimal)
    #expect(abs(solution.objective - 4.5) < 1e-9)
    #expect(abs(solution.dual[0] - 2) < 1e-9)
    #expect(abs(solution.reducedCosts[0] + 1) < 1e-9)
    try program.setBounds(.atLeast(3.25), ofRow: 0)
    #expect(abs(try program.solve().objective - 5) < 1e-9)
    try program.setCost(3, ofColumn: y)
    #expect(abs(try program.solve().objective - (1.5 + 3 * 1.75)) < 1e-9)
    try program.setBounds(.init(0, 2), ofColumn: x)
    #expect(abs(try program.solve().objective - (2 + 3 * 1.25)) < 1e-9)
  }

  @Test("ranges, equations and free columns") func ranges() throws {
    // minimise |z| with z = x − y free, 1 ≤ x + y ≤ 2, x = 0.75 + y.
    var program = LinearProgram(.minimise)
    let x = try program.addColumn(cost: 0, bounds: .free)
    let y = try program.addColumn(cost: 0, bounds: .free)
    let t = try program.addColumn(cost: 1)
    try program.addRow(.init(1, 2), entries: [(x, 1), (y, 1)])
    try program.addRow(.equal(0.75), entries: [(x, 1), (y, -1)])
    try program.addRow(.atLeast(0), entries: [(t, 1), (x, -1), (y, 1)])
    try program.addRow(.atLeast(0), entries: [(t, 1), (x, 1), (y, -1)])
    let solution = try program.solve()
    #expect(solution.status == .optimal)
    #expect(abs(solution.objective - 0.75) < 1e-9)
  }

  @Test("a degenerate program that cycles under naive pivoting (Beale 1955) ends at −1/20") func degenerate() throws {
    var program = LinearProgram(.minimise)
    for cost in [-0.75, 150, -0.02, 6] { try program.addColumn(cost: cost) }
    try program.addRow(.atMost(0), entries: [(0, 0.25), (1, -60), (2, -0.04), (3, 9)])
    try program.addRow(.atMost(0), entries: [(0, 0.5), (1, -90), (2, -0.02), (3, 3)])
    try program.addRow(.atMost(1), entries: [(2, 1)])
    for variant in [SimplexMethod.Variant.primal, .dual] {
      let solution = try SimplexMethod(variant: variant).solve(program)
      #expect(solution.status == .optimal)
      #expect(abs(solution.objective + 0.05) < 1e-9)
    }
  }

  @Test("a sparse matrix makes the same program") func fromMatrix() throws {
    let matrix = try SparseRows(
      rowCount: 3, columnCount: 2, rowStarts: [0, 1, 2, 4], columns: [0, 1, 0, 1], values: [1, 2, 3, 2])
    let program = try LinearProgram(
      .maximise, costs: [3, 5], matrix: matrix, rows: [.atMost(4), .atMost(12), .atMost(18)])
    #expect(abs(try program.solve().objective - 36) < 1e-9)
    #expect(program.nonZeroCount == 4)
  }
}

@Suite("Linear programs without rows or columns") struct EmptyLinearProgramTests {
  @Test("nothing at all") func nothing() throws {
    let solution = try LinearProgram(.maximise).solve()
    #expect(solution.status == .optimal)
    #expect(solution.objective == 0)
    #expect(solution.primal.isEmpty && solution.dual.isEmpty)
  }

  @Test("columns alone rest at their better bound") func columnsAlone() throws {
    var program = LinearProgram(.maximise)
    try program.addColumn(cost: 2, bounds: .init(-1, 3))
    try program.addColumn(cost: -1, bounds: .init(-1, 3))
    let solution = try program.solve()
    #expect(solution.status == .optimal)
    #expect(solution.primal == [3, -1])
    #expect(solution.objective == 7)
  }

  @Test("rows alone: 0 must be allowed") func rowsAlone() throws {
    var program = LinearProgram(.minimise)
    try program.addRow(.init(-1, 1))
    #expect(try program.solve().status == .optimal)
    try program.addRow(.atLeast(1))
    let solution = try program.solve()
    #expect(solution.status == .infeasible)
    guard case .farkas(let multipliers, let margin) = solution.certificate else {
      Issue.record("no certificate")
      return
    }
    #expect(program.farkasMargin(of: multipliers) == margin)
    #expect(margin > 0)
  }

  @Test("an unbounded column without rows") func unboundedColumn() throws {
    var program = LinearProgram(.minimise)
    try program.addColumn(cost: 1, bounds: .free)
    let solution = try program.solve()
    #expect(solution.status == .unbounded)
    #expect(solution.certificate == .ray(direction: [-1], rate: 1))
  }
}

@Suite("Programs without an optimum carry a proof") struct CertificateTests {
  @Test(
    "contradictory rows: a Farkas certificate that the program's own numbers confirm",
    arguments: [
      SimplexMethod.Variant.automatic, .primal, .dual,
    ])
  func infeasible(variant: SimplexMethod.Variant) throws {
    var program = LinearProgram(.maximise)
    let x = try program.addColumn(cost: 1)
    let y = try program.addColumn(cost: 1, bounds: .init(0, 1))
    try program.addRow(.atMost(1), entries: [(x, 1), (y, 1)])
    try program.addRow(.atLeast(3), entries: [(x, 1), (y, 2)])
    let solution = try SimplexMethod(variant: variant).solve(program)
    #expect(solution.status == .infeasible)
    guard case .farkas(let multipliers, let margin) = solution.certificate else {
      Issue.record("no certificate")
      return
    }
    #expect(margin > 0)
    #expect(multipliers.allSatisfy { abs($0) <= 1 })
    #expect(program.farkasMargin(of: multipliers) == margin)
    // Useless multipliers prove nothing.
    #expect(program.farkasMargin(of: [0, 0]) == 0)
    #expect(program.farkasMargin(of: [1, 1]) == -.infinity)
  }

  @Test(
    "an unbounded program: a feasible point and a direction",
    arguments: [
      SimplexMethod.Variant.automatic, .primal, .dual,
    ])
  func unbounded(variant: SimplexMethod.Variant) throws {
    var program = LinearProgram(.maximise)
    let x = try program.addColumn(cost: 1)
    let y = try program.addColumn(cost: 1)
    try program.addRow(.atMost(1), entries: [(x, 1), (y, -1)])
    try program.addRow(.atLeast(2), entries: [(x, 1), (y, 1)])
    let solution = try SimplexMethod(variant: variant).solve(program)
    #expect(solution.status == .unbounded)
    #expect(solution.primalResidual < 1e-9)
    guard case .ray(let direction, let rate) = solution.certificate else {
      Issue.record("no certificate")
      return
    }
    #expect(program.improvement(along: direction) == rate)
    #expect(rate > 0)
    #expect(program.improvement(along: [1, 0]) == nil)
    #expect(program.improvement(along: [0, 1]) == 1)
  }

  @Test("both primal and dual infeasible counts as infeasible") func both() throws {
    var program = LinearProgram(.maximise)
    let x = try program.addColumn(cost: 1)
    let y = try program.addColumn(cost: 1)
    try program.addRow(.atMost(-1), entries: [(x, 1), (y, -1)])
    try program.addRow(.atMost(-1), entries: [(x, -1), (y, 1)])
    #expect(try program.solve().status == .infeasible)
  }

  @Test("random contradictions are all proven") func random() throws {
    var generator = SplitMix(state: 11)
    for _ in 0..<60 {
      // Rows a·x ≤ b, and one row that is their sum but must exceed Σ b + 1.
      let columns = Int.random(in: 1...6, using: &generator)
      let rows = Int.random(in: 1...6, using: &generator)
      var program = LinearProgram(.minimise)
      for _ in 0..<columns { try program.addColumn(cost: .random(in: -1...1, using: &generator), bounds: .free) }
      var sum = [Double](repeating: 0, count: columns)
      var bound = 0.0
      for _ in 0..<rows {
        let row = (0..<columns).map { _ in Double.random(in: -1...1, using: &generator) }
        let right = Double.random(in: -1...1, using: &generator)
        for j in 0..<columns { sum[j] += row[j] }
        bound += right
        try program.addRow(.atMost(right), entries: row.enumerated().map { ($0.offset, $0.element) })
      }
      try program.addRow(.atLeast(bound + 1), entries: sum.enumerated().map { ($0.offset, $0.element) })
      let solution = try program.solve()
      #expect(solution.status == .infeasible)
    }
  }
}

@Suite("The account of a solution does not rest on the library") struct DualityTests {
  @Test("strong duality on random programs, solved independently by their dual program") func dualProgram() throws {
    var generator = SplitMix(state: 3)
    for _ in 0..<80 {
      // max c x, A x ≤ b, x ≥ 0 with A, b, c ≥ 0 and no zero column: feasible and bounded; dual min b y, Aᵀ y ≥ c.
      let columns = Int.random(in: 1...8, using: &generator)
      let rows = Int.random(in: 1...8, using: &generator)
      let a = (0..<rows).map { _ in (0..<columns).map { _ in Double.random(in: 0.1...1, using: &generator) } }
      let b = (0..<rows).map { _ in Double.random(in: 0...2, using: &generator) }
      let c = (0..<columns).map { _ in Double.random(in: 0...2, using: &generator) }
      var primal = LinearProgram(.maximise)
      for cost in c { try primal.addColumn(cost: cost) }
      for i in 0..<rows { try primal.addRow(.atMost(b[i]), entries: (0..<columns).map { ($0, a[i][$0]) }) }
      var dual = LinearProgram(.minimise)
      for cost in b { try dual.addColumn(cost: cost) }
      for j in 0..<columns { try dual.addRow(.atLeast(c[j]), entries: (0..<rows).map { ($0, a[$0][j]) }) }
      let left = try primal.solve()
      let right = try dual.solve()
      #expect(left.status == .optimal && right.status == .optimal)
      #expect(abs(left.objective - right.objective) < 1e-8)
      #expect(left.dualityGap < 1e-8 && right.dualityGap < 1e-8)
      // Weak duality by hand, from the multipliers alone.
      #expect(left.dual.allSatisfy { $0 >= -1e-9 })
      let bound = zip(left.dual, b).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(abs(bound - left.objective) < 1e-7)
      for j in 0..<columns { #expect((0..<rows).reduce(0) { $0 + left.dual[$1] * a[$1][j] } >= c[j] - 1e-8) }
    }
  }

  @Test("a wrong point is found out") func wrongAccount() throws {
    let program = try KnownLinearProgramTests.productMix()
    let account = program.account(primal: [5, 7], dual: [-1, 0, 0])
    #expect(account.primalResidual == 11)
    #expect(account.dualResidual == 5)
    #expect(account.objective == 50)
  }
}

@Suite("Warm starts") struct WarmStartTests {
  /// Gilmore–Gomory cutting stock: patterns by column generation; widths 3, 5, 9 in rolls of 17, demands 25, 20, 18.
  @Test("column generation reaches the optimum over all columns") func cuttingStock() throws {
    let widths = [3, 5, 9]
    let demands = [25.0, 20, 18]
    var patterns: [[Int]] = []
    for a in 0...5 {
      for b in 0...3 { for c in 0...1 where a * 3 + b * 5 + c * 9 <= 17 { patterns.append([a, b, c]) } }
    }
    var full = LinearProgram(.minimise)
    for demand in demands { try full.addRow(.atLeast(demand)) }
    for pattern in patterns {
      try full.addColumn(cost: 1, entries: pattern.enumerated().map { ($0.offset, Double($0.element)) })
    }
    let truth = try full.solve()

    var master = LinearProgram(.minimise)
    for demand in demands { try master.addRow(.atLeast(demand)) }
    for i in widths.indices { try master.addColumn(cost: 1, entries: [(i, Double(17 / widths[i]))]) }
    var solution = try master.solve()
    var rounds = 0
    while rounds < 50 {
      let value = { (pattern: [Int]) in zip(pattern, solution.dual).reduce(0) { $0 + Double($1.0) * $1.1 } }
      guard let best = patterns.max(by: { value($0) < value($1) }), value(best) > 1 + 1e-9 else { break }
      try master.addColumn(cost: 1, entries: best.enumerated().map { ($0.offset, Double($0.element)) })
      solution = try master.solve(from: solution.basis)
      #expect(solution.status == .optimal)
      rounds += 1
    }
    #expect(rounds > 0 && rounds < 50)
    #expect(abs(solution.objective - truth.objective) < 1e-9)
  }

  @Test("cuts: rows added after a solve are met from the old basis") func cuts() throws {
    var program = try KnownLinearProgramTests.productMix()
    let first = try program.solve()
    try program.addRow(.atMost(7), entries: [(0, 1), (1, 1)])
    let second = try program.solve(from: first.basis)
    #expect(second.status == .optimal)
    #expect(abs(second.objective - 33) < 1e-9)
    #expect(abs(try program.solve().objective - 33) < 1e-9)
  }

  @Test("a solved program restarts without a pivot") func restart() throws {
    let program = try KnownLinearProgramTests.productMix()
    let first = try program.solve()
    #expect(try program.solve(from: first.basis).iterations == 0)
  }
}

@Suite("Determinism") struct DeterminismTests {
  static func random(_ seed: UInt64) throws -> LinearProgram {
    var generator = SplitMix(state: seed)
    var program = LinearProgram(.maximise)
    for _ in 0..<20 { try program.addColumn(cost: .random(in: 0...1, using: &generator)) }
    for _ in 0..<15 {
      let row = (0..<20).map { ($0, Double.random(in: 0...1, using: &generator)) }
      try program.addRow(.atMost(.random(in: 1...2, using: &generator)), entries: row)
    }
    return program
  }

  @Test("the same bytes alone and among many threads") func threads() async throws {
    let alone = try (0..<100).map { try Self.random(UInt64($0)).solve() }
    let together = try await withThrowingTaskGroup(of: (Int, LinearProgramSolution).self) { group in
      for k in 0..<100 { group.addTask { (k, try Self.random(UInt64(k)).solve()) } }
      var results: [Int: LinearProgramSolution] = [:]
      for try await (k, solution) in group { results[k] = solution }
      return results
    }
    for k in 0..<100 { #expect(together[k] == alone[k]) }
  }
}

@Suite("Bad linear programs are named") struct LinearProgramErrorTests {
  @Test("each error case") func cases() throws {
    var program = LinearProgram(.maximise)
    #expect(throws: LinearProgramError.crossedBounds(of: "column", index: 0, lower: 2, upper: 1)) {
      try program.addColumn(cost: 0, bounds: .init(2, 1))
    }
    #expect(throws: LinearProgramError.badBound(of: "column", index: 0, lower: .infinity, upper: .infinity)) {
      try program.addColumn(cost: 0, bounds: .init(.infinity, .infinity))
    }
    #expect(throws: LinearProgramError.badNumber(of: "cost of column", index: 0, value: .infinity)) {
      try program.addColumn(cost: .infinity)
    }
    #expect(throws: LinearProgramError.indexOutOfRange(of: "row", index: 0, count: 0)) {
      try program.addColumn(cost: 0, entries: [(0, 1)])
    }
    try program.addColumn(cost: 0)
    try program.addColumn(cost: 0)
    #expect(throws: LinearProgramError.duplicateEntry(of: "column", index: 0)) {
      try program.addRow(.atMost(1), entries: [(0, 1), (1, 1), (0, 2)])
    }
    #expect(throws: LinearProgramError.badNumber(of: "the coefficient in column", index: 1, value: 1e21)) {
      try program.addRow(.atMost(1), entries: [(0, 1), (1, 1e21)])
    }
    #expect(throws: LinearProgramError.crossedBounds(of: "row", index: 0, lower: 1, upper: 0)) {
      try program.addRow(.init(1, 0))
    }
    #expect(program.rowCount == 0 && program.columnCount == 2 && program.nonZeroCount == 0)
    let big = try LinearProgram(
      .maximise, costs: [1], matrix: SparseRows(Matrix(rowCount: 1, columnCount: 1)), rows: [.free])
    let basis = try {
      var larger = big; try larger.addColumn(cost: 0); return try larger.solve().basis
    }()
    #expect(throws: LinearProgramError.basisTooLarge(rows: 1, columns: 2)) { try big.solve(from: basis) }
    #expect(throws: LinearProgramError.shape(of: "costs", expected: 1, got: 2)) {
      try LinearProgram(
        .maximise, costs: [1, 1], matrix: SparseRows(Matrix(rowCount: 1, columnCount: 1)), rows: [.free])
    }
  }

  @Test("NaN is refused with its place") func nan() {
    var program = LinearProgram(.minimise)
    do {
      try program.addColumn(cost: .nan)
      Issue.record("NaN was accepted")
    } catch {
      #expect(error.description.contains("cost of column 0 is nan"))
    }
    #expect(throws: LinearProgramError.self) { try program.addRow(.atMost(.nan)) }
  }
}
