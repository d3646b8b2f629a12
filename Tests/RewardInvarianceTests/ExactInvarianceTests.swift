import LinearAlgebra
import MDPSolvers
import MDPs
import RewardDistances
import TestSupport
import Testing

@testable import RewardInvariance

/// Worlds and rewards whose numbers are binary fractions, so that every change of a reward is exact in doubles.
private struct DyadicCase {
  let mdp: MDP
  let first: Reward
  let states: Int
  let actions: Int
  private var random: SeededGenerator

  init(seed: Int) throws {
    var random = SeededGenerator(seed: seed)
    (states, actions) = (Int.random(in: 2...4, using: &random), Int.random(in: 2...3, using: &random))
    let count = states
    var matrix = Matrix(rowCount: count * actions, columnCount: count)
    for k in 0..<(count * actions) {
      let successors = seed % 2 == 0 ? 8 : 2
      for _ in 0..<successors { matrix[k, Int.random(in: 0..<count, using: &random)] += 1 / Double(successors) }
    }
    var start = [Double](repeating: 0, count: count)
    start[0] = 0.5
    start[1] = 0.5
    mdp = try MDP(
      actionCount: actions, transitions: .dense(matrix), discount: [0.5, 0.75, 0][seed % 3],
      initialDistribution: start)
    var values = Matrix(rowCount: count * actions, columnCount: count)
    for k in 0..<(count * actions) {
      for t in 0..<count { values[k, t] = Double(Int.random(in: -8...8, using: &random)) / 4 }
    }
    first = Reward(name: "first", values: .transition(values))
    self.random = random
  }

  mutating func potential() -> [Double] {
    (0..<states).map { _ in Double(Int.random(in: -8...8, using: &random)) / 2 }
  }

  /// k R + γ Φ(t) − Φ(s), and a nudge of one possible transition.
  func changed(scale: Double = 1, potential: [Double]? = nil, nudge: Double = 0) -> Reward {
    var values = Matrix(rowCount: states * actions, columnCount: states)
    for k in 0..<values.rowCount {
      for t in 0..<states {
        let value = scale * first.value(state: k / actions, action: k % actions, next: t, actionCount: actions)
        let shaping = potential.map { mdp.discount * $0[t] - $0[k / actions] } ?? 0
        values[k, t] = value + shaping
      }
    }
    if let t = (0..<states).first(where: { mdp.transitions[0, $0] > 0 }) { values[0, t] += nudge }
    return Reward(name: "second", values: .transition(values))
  }

  func check(_ second: Reward) throws -> ExactInvarianceCheck {
    try ExactInvarianceCheck(
      truth: RationalModel(mdp, reward: first, reading: .dyadic),
      proxy: RationalModel(mdp, reward: second, reading: .dyadic), first: first, second: second)
  }
}

@Suite("Invariance in rationals") struct ExactInvarianceTests {
  private func kind(_ name: String) throws -> RewardRelation { try #require(RewardRelation(name: name)) }

  @Test("changes are recognised with their parameters", arguments: 0..<24) func recognised(seed: Int) throws {
    var tiny = try DyadicCase(seed: seed)
    let phi = tiny.potential()
    let check = try tiny.check(tiny.changed(scale: 1.5, potential: phi))
    for name in ["scale+shaping", "scale+shaping+redistribution", "same-policy-order"] {
      let finding = try check.decide(kind(name))
      #expect(finding.holds, "\(name)")
      guard case .certificate(let scale, let potential) = finding.evidence else { continue }
      let isTrivial =
        try ExactComparisonWorld(RationalModel(tiny.mdp, reward: tiny.first, reading: .dyadic))
        .returnRange(of: RationalModel(tiny.mdp, reward: tiny.first, reading: .dyadic).rewards).value == 0
      if !isTrivial {
        #expect(scale.description == "3/2")
        if name == "scale+shaping" { #expect(potential.map { Double($0) } == phi) }
      }
    }
    #expect(try check.decide(kind("same-optimal-policies")).holds)
    #expect(try check.decide(kind("identical")).holds == false)
    let plain = try tiny.check(tiny.changed())
    for relation in RewardRelation.all {
      let finding = try plain.decide(relation)
      if case .undecided = finding.verdict { continue }
      #expect(finding.holds, "\(relation.name)")
    }
  }

  @Test("a change by one part in 2⁵⁰ is a change", arguments: 0..<24) func nearMiss(seed: Int) throws {
    var tiny = try DyadicCase(seed: seed)
    let check = try tiny.check(tiny.changed(potential: tiny.potential(), nudge: 0x1p-50))
    let order = try check.decide(.samePolicyOrder)
    #expect(try !check.decide(kind("shaping")).holds)
    guard case .order(let pair) = order.evidence else {
      // A nudge may be a shaping of its own where the state has one kind of transition; then the order is the same.
      #expect(order.holds)
      return
    }
    // The two policies show it, by their exact occupancies.
    let model = try RationalModel(tiny.mdp, reward: tiny.first, reading: .dyadic)
    let better = try product(model.occupancy(of: pair.better), model.rewards)
    let worse = try product(model.occupancy(of: pair.worse), model.rewards)
    #expect([better, worse] == pair.trueReturns)
    #expect(pair.trueReturns[0] >= pair.trueReturns[1] && pair.proxyReturns[0] <= pair.proxyReturns[1])
    #expect(pair.trueReturns[0] > pair.trueReturns[1] || pair.proxyReturns[0] < pair.proxyReturns[1])
  }

  @Test("agrees with the floating-point check on clear cases", arguments: 0..<30) func agrees(seed: Int) throws {
    var tiny = try DyadicCase(seed: seed)
    let second =
      switch seed % 4 {
      case 0: tiny.changed(scale: 2)
      case 1: tiny.changed(potential: tiny.potential())
      case 2: tiny.changed(scale: -1)
      default: tiny.changed(nudge: 0.5)
      }
    let exact = try tiny.check(second)
    let float = try InvarianceCheck(tiny.mdp, from: tiny.first, to: second)
    for relation in RewardRelation.all {
      let (a, b) = (try exact.decide(relation), try float.decide(relation))
      if case .undecided = a.verdict { continue }
      if case .undecided = b.verdict { continue }
      #expect(a.holds == b.holds, "\(relation.name)")
    }
  }

  @Test("agrees with the floating-point check where sparse rewards store impossible transitions", arguments: 0..<24)
  func sparse(seed: Int) throws {
    var tiny = try DyadicCase(seed: 2 * seed + 1)
    let second = seed % 3 == 0 ? tiny.changed(scale: 2) : tiny.changed(potential: tiny.potential())
    // Possible transitions are stored, of the impossible ones every other; there the second reward may differ.
    func stored(_ reward: Reward, offset: Double) throws -> Reward {
      var builder = SparseRowsBuilder(columnCount: tiny.states, capacity: 8)
      for k in 0..<(tiny.states * tiny.actions) {
        for t in 0..<tiny.states {
          let isPossible = tiny.mdp.transitions[k, t] > 0
          guard isPossible || (k + t) % 2 == 0 else { continue }
          let value = reward.value(
            state: k / tiny.actions, action: k % tiny.actions, next: t, actionCount: tiny.actions)
          builder.append(column: Int32(t), value: value + (isPossible ? 0 : offset))
        }
        builder.endRow()
      }
      return Reward(name: reward.name, values: .sparseTransition(builder.build()))
    }
    for offset in [0, 1.0] {
      let (u, v) = (try stored(tiny.first, offset: 0), try stored(second, offset: offset))
      let exact = try ExactInvarianceCheck(
        truth: RationalModel(tiny.mdp, reward: u, reading: .dyadic),
        proxy: RationalModel(tiny.mdp, reward: v, reading: .dyadic), first: u, second: v)
      let float = try InvarianceCheck(tiny.mdp, from: u, to: v)
      for relation in RewardRelation.all {
        let (a, b) = (try exact.decide(relation), try float.decide(relation))
        if case .undecided = a.verdict { continue }
        if case .undecided = b.verdict { continue }
        #expect(a.holds == b.holds, "\(relation.name), offset \(offset)")
      }
    }
  }

  @Test("potentials at the start and at the end") func bounded() throws {
    // State 2 is absorbing and pays nothing; state 0 is the start.
    let mdp = try MDP(
      actionCount: 2,
      transitions: .dense(Matrix(rows: [[0, 1, 0], [0, 0, 1], [1, 0, 0], [0, 0, 1], [0, 0, 1], [0, 0, 1]])),
      discount: 0.5, initialDistribution: [1, 0, 0])
    let first = Reward(name: "first", values: .pair(try Matrix(rows: [[1, 0], [0, 2], [0, 0]])))
    func shaped(_ phi: [Double]) throws -> ExactInvarianceCheck {
      var values = Matrix(rowCount: 6, columnCount: 3)
      for k in 0..<6 {
        for t in 0..<3 {
          values[k, t] = first.value(state: k / 2, action: k % 2, next: t, actionCount: 2) + 0.5 * phi[t] - phi[k / 2]
        }
      }
      let second = Reward(name: "second", values: .transition(values))
      return try ExactInvarianceCheck(
        truth: RationalModel(mdp, reward: first), proxy: RationalModel(mdp, reward: second), first: first,
        second: second)
    }
    let free = try shaped([1, 2, 3])
    #expect(try free.decide(kind("shaping")).holds && free.decide(kind("k-initial-shaping")).holds)
    #expect(try free.decide(kind("0-initial-shaping")).evidence == nil || !free.decide(kind("0-initial-shaping")).holds)
    #expect(try !free.decide(kind("terminal-shaping")).holds)
    #expect(try free.decide(kind("terminal-shaping")).evidence == .potential(state: 2, value: 3))
    #expect(try shaped([0, 2, 0]).decide(kind("0-initial-shaping")).holds)
    #expect(try shaped([1, 2, 0]).decide(kind("terminal-shaping")).holds)
  }

  @Test("everything at once on the two-state example") func comparison() throws {
    let mdp = try MDP(
      actionCount: 2, transitions: .dense(Matrix(rows: [[1, 0], [0.5, 0.5], [0, 1], [0.75, 0.25]])), discount: 0.5)
    func model(_ rows: [[Double]]) throws -> RationalModel {
      try RationalModel(mdp, reward: Reward(name: "", values: .transition(try Matrix(rows: rows))))
    }
    let comparison = try ExactComparison(
      truth: model([[1, 9], [0, 2], [-7, 0], [4, 0]]), proxy: model([[1, 9], [4, 2], [-7, 2], [4, 4]]))
    #expect(!comparison.order.isSame && comparison.optimal.sameFromStart && comparison.optimal.isProxySafe)
    #expect(comparison.order.isHackable)
    #expect(comparison.regret.normalised.description == "6/7")
    #expect(comparison.rangeDistance.description == "51/49")
    let pair = try #require(comparison.order.counterexample)
    #expect(pair.trueReturns[0] > pair.trueReturns[1] && pair.proxyReturns[0] < pair.proxyReturns[1])
  }
}
