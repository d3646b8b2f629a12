import LinearAlgebra
import MDPs
import RewardDistances
import Testing

/// Worlds beyond the sizes that are factored: sweeps, iterations, closed forms over sparse parts.
@Suite("Large sparse worlds") struct LargeWorldTests {
  static func rewards(_ mdp: MDP, _ first: Reward, seed: UInt64) throws -> (Reward, Reward) {
    // Another instance of the family on the same pairs: an independent reward of the same size.
    let other = try Garnet(stateCount: mdp.stateCount, actionCount: mdp.actionCount, branching: 1, seed: seed)
      .build(discount: 0.5).reward
    let (p, q) = (try first.expected(in: mdp), try other.expected(in: mdp))
    let mixed = Reward(
      name: "mixed",
      values: .pair(
        try Matrix(rowCount: mdp.stateCount, columnCount: mdp.actionCount, elements: zip(p, q).map { $0 + 0.5 * $1 })))
    return (other, mixed)
  }

  @Test(
    "regret is attained by its witness, enclosed tightly and within the bounds of the range distance",
    arguments: [0.9, 0.99]) func regret(discount: Double) throws
  {
    let (mdp, first) = try Garnet(stateCount: 5200, actionCount: 3, branching: 3, seed: 9).build(discount: discount)
    let (_, mixed) = try Self.rewards(mdp, first, seed: 10)
    let world = try ComparisonWorld(mdp)
    let (truth, proxy) = (try world.admit(first), try world.admit(mixed))
    let regret = try world.worstCaseRegret(of: proxy, truth: truth)
    let range = try truth.returnRange()
    let witness = regret.witness
    #expect(abs(witness.trueReturns[1] - witness.trueReturns[0] - regret.value) <= 1e-10 * range.value)
    #expect(witness.proxyReturns[0] >= witness.proxyReturns[1] - 1e-10 * range.value)
    #expect(regret.lower <= regret.value && regret.value <= regret.upper)
    #expect(regret.upper - regret.lower <= 1e-9 * range.value)
    #expect(range.enclosure.upperBound - range.enclosure.lowerBound <= 1e-9 * range.value)
    let distance = try world.distance(.range, truth, proxy).value
    #expect(regret.normalised <= distance + 1e-9 && regret.normalised >= distance / 2 - 1e-9)
    // The flow equations hold for both policies of the witness.
    for occupancy in [witness.chosenOccupancy, witness.forgoneOccupancy] {
      var inflow = mdp.initialDistribution
      for row in 0..<(mdp.stateCount * mdp.actionCount) where occupancy.values[row] > 0 {
        mdp.transitions.forEachSuccessor(ofRow: row) { t, p in inflow[t] += discount * p * occupancy.values[row] }
      }
      let worst = zip(inflow, occupancy.stateVisits).reduce(0) { max($0, abs($1.0 - $1.1)) }
      #expect(worst <= 1e-13 / (1 - discount))
    }
  }

  @Test("a disguise is recognised, and costs nothing") func disguise() throws {
    let (mdp, first) = try Garnet(stateCount: 5200, actionCount: 3, branching: 3, seed: 11).build(discount: 0.99)
    let world = try ComparisonWorld(mdp)
    let potential = (0..<mdp.stateCount).map { Double($0 % 17) - 8 }
    let shaped = try first.expected(in: mdp).enumerated().map { k, r in
      var next = 0.0
      mdp.transitions.forEachSuccessor(ofRow: k) { t, p in next += p * potential[t] }
      return 2 * r + 0.99 * next - potential[k / 3]
    }
    let truth = try world.admit(first)
    let proxy = try world.admit(
      Reward(name: "shaped", values: .pair(try Matrix(rowCount: mdp.stateCount, columnCount: 3, elements: shaped))))
    for name in ["VAL-2-2", "Projection-2-2", "MinimalL2-2-2", "range", "OptimalAdvantage-2-2"] {
      #expect(try world.distance(RewardDistance(name: name), truth, proxy).value < 1e-10, "\(name)")
    }
    #expect(try world.worstCaseRegret(of: proxy, truth: truth).normalised < 1e-11)
  }

  @Test("a ring that never mixes: sweeps give way to linear algebra") func ring() throws {
    let n = 5100
    var builder = SparseRowsBuilder(columnCount: n)
    for s in 0..<n {
      builder.append(column: Int32((s + 1) % n), value: 1)
      builder.endRow()
      builder.append(column: Int32((s + 2) % n), value: 1)
      builder.endRow()
    }
    let mdp = try MDP(actionCount: 2, transitions: .sparse(builder.build()), discount: 0.95)
    // Going slowly pays 1, going fast pays 0: max J = 20, min J = 0.
    let slow = Reward(
      name: "slow",
      values: .pair(try Matrix(rowCount: n, columnCount: 2, elements: (0..<(2 * n)).map { $0 % 2 == 0 ? 1 : 0 })))
    let world = try ComparisonWorld(mdp)
    let range = try world.admit(slow).returnRange()
    #expect(abs(range.maximum - 20) < 1e-9 && abs(range.minimum) < 1e-9)
  }

  @Test("the projection is orthogonal to shaping by either method", arguments: [false, true], [0.9, 1 - 1e-6])
  func projection(sparse: Bool, discount: Double) throws {
    // 160 states are iterated on, 140 are factored.
    for n in [140, 160] {
      let (mdp, reward) = try Garnet(stateCount: n, actionCount: 3, branching: sparse ? 4 : n, seed: UInt64(n))
        .build(discount: discount)
      let admitted = try ComparisonWorld(mdp).admit(reward)
      let projected = try admitted.projected()
      var flow = [Double](repeating: 0, count: n)
      var gap = 0.0
      for k in 0..<(3 * n) {
        flow[k / 3] += projected.values[k]
        var next = 0.0
        mdp.transitions.forEachSuccessor(ofRow: k) { t, p in
          flow[t] -= discount * p * projected.values[k]
          next += p * projected.levelPotential[t]
        }
        let shaping = projected.levelPotential[k / 3] - discount * next + (1 - discount) * projected.shift
        gap = max(gap, abs(admitted.expected[k] - projected.values[k] - shaping))
      }
      #expect(normInfinity(flow) < 1e-13 * Double(n).squareRoot())
      #expect(gap < 1e-12)
    }
  }

  @Test("DARD of a sparse reward by transition is that of its dense copy") func dard() throws {
    let (mdp, _) = try Garnet(stateCount: 30, actionCount: 2, branching: 3, seed: 5).build(discount: 0.9)
    guard case .sparse(let rows) = mdp.transitions else { return }
    let dense = try MDP(
      actionCount: 2, transitions: .dense(rows.dense), discount: 0.9, initialDistribution: mdp.initialDistribution)
    var builder = SparseRowsBuilder(columnCount: 30)
    for k in 0..<60 {
      builder.append(column: Int32(k % 15), value: Double(k % 7) - 3)
      builder.append(column: Int32(15 + k % 13), value: Double(k % 5))
      builder.endRow()
    }
    let table = builder.build()
    let thin = try ComparisonWorld(mdp).admit(Reward(name: "r", values: .sparseTransition(table)))
    let full = try ComparisonWorld(dense).admit(Reward(name: "r", values: .transition(table.dense)))
    expectEqual(try thin.canonical(.dard).dense.elements, try full.canonical(.dard).dense.elements, 1e-13)
  }

  @Test("sweeps over values and factored systems find the same regret, whatever the proxy", arguments: [0.9, 0.99])
  func sweptAndFactored(discount: Double) throws {
    let (mdp, first) = try Garnet(stateCount: 420, actionCount: 3, branching: 4, seed: 21).build(discount: discount)
    guard case .sparse(let rows) = mdp.transitions else { return }
    let dense = try MDP(
      actionCount: 3, transitions: .dense(rows.dense), discount: discount,
      initialDistribution: mdp.initialDistribution)
    let (other, mixed) = try Self.rewards(mdp, first, seed: 22)
    let (p, q) = (try first.expected(in: mdp), try other.expected(in: mdp))
    let potential = (0..<420).map { Double($0 % 17) - 8 }
    let next = mdp.transitions.expectation(of: potential)
    func reward(_ name: String, _ value: (Int) -> Double) throws -> Reward {
      Reward(
        name: name, values: .pair(try Matrix(rowCount: 420, columnCount: 3, elements: (0..<1260).map(value))))
    }
    let proxies = [
      other, mixed,
      try reward("shaped with noise") { 2 * p[$0] + discount * next[$0] - potential[$0 / 3] + 0.01 * q[$0] },
      try reward("nearly the same") { p[$0] + 1e-6 * q[$0] }, try reward("negated with noise") { 0.1 * q[$0] - p[$0] },
      try reward("sparse") { $0 % 97 == 0 ? 1 : 0 }, try reward("one state") { $0 / 3 == 7 ? 1 : 0 },
    ]
    let (thin, full) = (try ComparisonWorld(mdp), try ComparisonWorld(dense))
    let (truth, fullTruth) = (try thin.admit(first), try full.admit(first))
    let range = try truth.returnRange().value
    for proxy in proxies {
      let swept = try thin.worstCaseRegret(of: thin.admit(proxy), truth: truth)
      let factored = try full.worstCaseRegret(of: full.admit(proxy), truth: fullTruth)
      #expect(abs(swept.value - factored.value) <= 3e-11 * range, "\(proxy.name)")
      #expect(swept.upper - swept.lower <= 1e-10 * range, "\(proxy.name)")
      #expect(swept.lower <= factored.upper && factored.lower <= swept.upper, "\(proxy.name)")
      let witness = swept.witness
      #expect(abs(witness.trueReturns[1] - witness.trueReturns[0] - swept.value) <= 3e-11 * range, "\(proxy.name)")
      #expect(swept.evaluations <= 40, "\(proxy.name): \(swept.evaluations)")
      let back = try thin.worstCaseRegret(of: truth, truth: thin.admit(proxy))
      let fullBack = try full.worstCaseRegret(of: fullTruth, truth: full.admit(proxy))
      #expect(abs(back.normalised - fullBack.normalised) <= 3e-11, "\(proxy.name)")
    }
    // Constants beyond the size where they rest on first visits: weaker, and still bounds.
    let proxy = try thin.admit(mixed)
    let names = ["VAL-2-2", "VAL-inf-inf", "Projection-2-2", "Projection-2-angle", "MinimalL2-2-2", "VAL-1-1", "range"]
    var values: [DistanceValue] = []
    for name in names { values.append(try thin.distance(RewardDistance(name: name), truth, proxy)) }
    let bounds = try thin.regretBounds(of: values, truth, proxy)
    #expect(bounds.count == names.count)
    let regret = try thin.worstCaseRegret(of: proxy, truth: truth).normalised
    for bound in bounds {
      #expect(bound.lower > 0 && bound.lower <= regret && regret <= bound.upper, "\(bound)")
    }
  }
}
