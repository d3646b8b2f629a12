import LinearAlgebra
import Testing

@testable import LinearPrograms

@Suite("Linear programs in rationals") struct RationalProgramTests {
  private func program(
    _ sense: LinearProgram.Sense, _ rows: [(RationalProgram.Relation, Rational)], costs: [Rational],
    _ matrix: [[Rational]]
  ) throws -> RationalProgram {
    var program = RationalProgram(sense, rows: rows.map { (relation: $0.0, rightSide: $0.1) })
    for (j, cost) in costs.enumerated() {
      try program.addColumn(cost: cost, entries: matrix.indices.map { (row: $0, value: matrix[$0][j]) })
    }
    return program
  }

  @Test("an optimum with its dual") func optimum() throws {
    let third = Rational(1) / 3
    let program = try program(
      .maximise, [(.atMost, 1), (.atMost, third)], costs: [2, 3], [[1, 2], [1, 0]])
    guard case .optimal(let found) = try program.solve() else {
      Issue.record("not optimal")
      return
    }
    #expect(found.primal.map(\.description) == ["1/3", "1/3"])
    #expect(found.objective.description == "5/3")
    #expect(program.isOptimal(primal: found.primal, dual: found.dual))
    #expect(!program.isOptimal(primal: found.primal, dual: [0, 0]))
    #expect(!program.isOptimal(primal: [third, 0], dual: found.dual))
  }

  @Test("a difference far below floating point decides") func tiny() throws {
    // x ≤ 1 and x ≥ 1 + 2⁻²⁰⁰ contradict each other; x ≥ 1 − 2⁻²⁰⁰ does not.
    let small = try Rational(2).power(-200)
    for (limit, isFeasible) in [(1 + small, false), (1 - small, true)] {
      let program = try program(.minimise, [(.atMost, 1), (.atLeast, limit)], costs: [1], [[1], [1]])
      switch try program.solve() {
      case .optimal(let found): #expect(isFeasible && found.objective == limit)
      case .infeasible(let multipliers):
        #expect(!isFeasible && program.isInfeasible(by: multipliers))
        #expect(!program.isInfeasible(by: multipliers.map { -$0 }))
      case .unbounded: Issue.record("unbounded")
      }
    }
  }

  @Test("equations, redundancy, no bound") func shapes() throws {
    let redundant = try program(.minimise, [(.equal, 1), (.equal, 2)], costs: [1, 1, 0], [[1, 1, 1], [2, 2, 2]])
    guard case .optimal(let found) = try redundant.solve() else {
      Issue.record("not optimal")
      return
    }
    #expect(found.objective == 0 && redundant.isOptimal(primal: found.primal, dual: found.dual))
    let contradictory = try program(.minimise, [(.equal, 1), (.equal, 3)], costs: [1, 1], [[1, 1], [2, 2]])
    guard case .infeasible(let multipliers) = try contradictory.solve() else {
      Issue.record("not infeasible")
      return
    }
    #expect(contradictory.isInfeasible(by: multipliers))
    #expect(try program(.maximise, [(.atLeast, 1)], costs: [1], [[1]]).solve() == .unbounded)
    var wrong = RationalProgram(.minimise, rows: [])
    #expect(throws: LinearProgramError.indexOutOfRange(of: "row", index: 0, count: 0)) {
      try wrong.addColumn(cost: 1, entries: [(row: 0, value: 1)])
    }
  }

  @Test("random programs prove their own answers", arguments: 0..<120) func random(seed: Int) throws {
    var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1
    func draw(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % count
    }
    let (m, n) = (1 + draw(4), 1 + draw(5))
    let rows: [(RationalProgram.Relation, Rational)] = (0..<m).map { _ in
      ([.equal, .atMost, .atLeast][draw(3)], Rational(draw(9) - 3) / Rational(1 + draw(3)))
    }
    let matrix = (0..<m).map { _ in (0..<n).map { _ in Rational(draw(7) - 3) } }
    let program = try program(
      seed % 2 == 0 ? .minimise : .maximise, rows, costs: (0..<n).map { _ in Rational(draw(7) - 3) }, matrix)
    switch try program.solve() {
    case .optimal(let found): #expect(program.isOptimal(primal: found.primal, dual: found.dual))
    case .infeasible(let multipliers): #expect(program.isInfeasible(by: multipliers))
    case .unbounded:
      // The floating-point solver must agree that nothing bounds it.
      var float = LinearProgram(program.sense)
      for (relation, side) in rows {
        try float.addRow(
          relation == .equal
            ? .equal(Double(side)) : relation == .atMost ? .atMost(Double(side)) : .atLeast(Double(side)))
      }
      for j in 0..<n {
        try float.addColumn(
          cost: Double(program.costs[j]), entries: (0..<m).map { (row: $0, value: Double(matrix[$0][j])) })
      }
      #expect(try float.solve().status == .unbounded)
    }
    // From the slacks alone, without a proposal of floating point, the verdict is the same.
    var cold = RationalSimplex(program, start: Array(n..<(n + m)))
    switch (try cold.run(), try program.solve()) {
    case (.optimal(let a), .optimal(let b)): #expect(a.objective == b.objective)
    case (.infeasible, .infeasible), (.unbounded, .unbounded): break
    case (let a, let b): Issue.record("\(a) against \(b)")
    }
  }
}
