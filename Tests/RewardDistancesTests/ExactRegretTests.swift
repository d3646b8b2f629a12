import LinearAlgebra
import MDPSolvers
import MDPs
import TestSupport
import Testing

@testable import RewardDistances

/// Two rewards on a tiny world whose numbers are all simple fractions, with every deterministic policy's occupancy.
struct ExactCase {
  let truth: RationalModel
  let proxy: RationalModel
  let world: ExactComparisonWorld
  /// d_π of every deterministic policy, shape (S·A).
  let occupancies: [[Rational]]

  init(_ mdp: MDP, _ first: Reward, _ second: Reward) throws {
    truth = try RationalModel(mdp, reward: first)
    proxy = try RationalModel(mdp, reward: second)
    world = try ExactComparisonWorld(truth)
    var actions = [Int](repeating: 0, count: mdp.stateCount)
    var all: [[Rational]] = []
    while true {
      all.append(try truth.occupancy(of: RationalPolicy(actions: actions, actionCount: mdp.actionCount)))
      guard let s = actions.firstIndex(where: { $0 < mdp.actionCount - 1 }) else { break }
      for t in 0..<s { actions[t] = 0 }
      actions[s] += 1
    }
    occupancies = all
  }

  /// A random world with probabilities over 8, and rewards over 4; one in three proxies is the true reward disguised.
  static func random(seed: Int) throws -> ExactCase {
    var random = SeededGenerator(seed: seed)
    let (S, A) = (Int.random(in: 1...3, using: &random), Int.random(in: 1...3, using: &random))
    func distribution(_ count: Int) -> [Double] {
      var weights = [Double](repeating: 0, count: count)
      for _ in 0..<8 { weights[Int.random(in: 0..<count, using: &random)] += 0.125 }
      return weights
    }
    let rows = (0..<(S * A)).map { _ in distribution(S) }
    let discount = [0, 0.5, 0.75, 0.99][seed % 4]
    let mdp = try MDP(
      actionCount: A, transitions: .dense(Matrix(rows: rows)), discount: discount, initialDistribution: distribution(S))
    func number() -> Double { Double(Int.random(in: -8...8, using: &random)) / 4 }
    let first = (0..<(S * A)).map { _ in number() }
    var second = first.map { _ in number() }
    if seed % 3 == 0, discount != 0.99 {
      // k r + γ P Φ − Φ: dyadic, hence exact in doubles.
      let (k, phi) = (Double(Int.random(in: 1...4, using: &random)) / 2, (0..<S).map { _ in number() })
      second = first.indices.map { i in
        k * first[i] + discount * zip(rows[i], phi).reduce(0) { $0 + $1.0 * $1.1 } - phi[i / A]
      }
    }
    func reward(_ name: String, _ values: [Double]) throws -> Reward {
      Reward(name: name, values: .pair(try Matrix(rowCount: S, columnCount: A, elements: values)))
    }
    return try ExactCase(mdp, reward("true", first), reward("proxy", second))
  }

  func returns(_ reward: [Rational]) -> [Rational] { occupancies.map { product($0, reward) } }

  /// max − min over the deterministic policies.
  func range(_ reward: [Rational]) -> Rational {
    let all = returns(reward)
    return (all.max() ?? 0) - (all.min() ?? 0)
  }
}

@Suite("Exact regret") struct ExactRegretTests {
  private func exactExample(_ first: [[Double]], _ second: [[Double]]) throws -> ExactCase {
    let mdp = try WorkedExample.world().original
    func reward(_ rows: [[Double]]) throws -> Reward { Reward(name: "", values: .transition(try Matrix(rows: rows))) }
    return try ExactCase(mdp, reward(first), reward(second))
  }

  private func texts(_ numbers: [Rational]) -> [String] { numbers.map(\.description) }

  @Test("the two-state example in rationals") func workedExample() throws {
    let (r1, r2) = (WorkedExample.r1, WorkedExample.r2)
    let r3 = zip(r1, r2).map { zip($0, $1).map { $0 + 2 * $1 } }
    let near = try exactExample(r1, r3)
    let range = try near.world.returnRange(of: near.truth.rewards)
    #expect(texts([range.maximum, range.minimum]) == ["34/9", "2/3"])
    let regret = try near.world.worstCaseRegret(of: near.proxy.rewards, truth: near.truth.rewards)
    #expect(texts([regret.normalised, regret.value, regret.multiplier]) == ["6/7", "8/3", "1/5"])
    #expect(texts(regret.witness.forgoneOccupancy) == ["1", "1/3", "0", "2/3"])
    #expect(texts(regret.witness.chosenOccupancy) == ["0", "2/3", "4/3", "0"])
    #expect(texts(regret.witness.trueReturns) == ["2/3", "10/3"])
    #expect(texts(regret.witness.proxyReturns) == ["14/3", "14/3"])
    #expect(texts(regret.witness.forgone.probabilities) == ["3/4", "1/4", "0", "1"])
    let back = try near.world.worstCaseRegret(of: near.truth.rewards, truth: near.proxy.rewards)
    #expect(texts([back.normalised, back.multiplier]) == ["240/343", "5/7"])
    #expect(try near.world.rangeDistance(near.truth.rewards, near.proxy.rewards).description == "51/49")
    let sameOptima = try near.world.optimalPolicyRegret(of: near.proxy.rewards, truth: near.truth.rewards)
    #expect(texts([sameOptima.best, sameOptima.worst]) == ["0", "0"])

    let far = try exactExample(r1, r2)
    #expect(try far.world.rangeDistance(far.truth.rewards, far.proxy.rewards).description == "88/49")
    for (a, b) in [(far.truth, far.proxy), (far.proxy, far.truth)] {
      #expect(try far.world.worstCaseRegret(of: b.rewards, truth: a.rewards).normalised == 1)
    }
    let losses = [
      try far.world.optimalPolicyRegret(of: far.proxy.rewards, truth: far.truth.rewards),
      try far.world.optimalPolicyRegret(of: far.truth.rewards, truth: far.proxy.rewards),
    ]
    #expect(Set(texts(losses.map(\.normalisedWorst))) == ["1", "7/27"])
  }

  @Test("a bandit attains both constants of the range distance") func bandit() throws {
    let mdp = try MDP(actionCount: 3, transitions: .dense(Matrix(rows: [[1], [1], [1]])), discount: 0.5)
    func reward(_ values: [Double]) throws -> Reward { Reward(name: "", values: .pair(try Matrix(rows: [values]))) }
    let two = try ExactCase(mdp, reward([0, 0.4, 1]), reward([0, 0.9, 1]))
    #expect(
      try two.world.worstCaseRegret(of: two.proxy.rewards, truth: two.truth.rewards).normalised.description == "1/2")
    #expect(try two.world.rangeDistance(two.truth.rewards, two.proxy.rewards).description == "1/2")
    let opposite = try ExactCase(mdp, reward([0, 0.4, 1]), reward([0, -0.4, -1]))
    #expect(
      try opposite.world.worstCaseRegret(of: opposite.proxy.rewards, truth: opposite.truth.rewards).normalised == 1)
    #expect(try opposite.world.rangeDistance(opposite.truth.rewards, opposite.proxy.rewards) == 2)
  }

  @Test("primal and dual meet, over all deterministic policies", arguments: 0..<60) func duality(seed: Int) throws {
    let tiny = try ExactCase.random(seed: seed)
    let (r, q) = (tiny.truth.rewards, tiny.proxy.rewards)
    let regret = try tiny.world.worstCaseRegret(of: q, truth: r)
    func relaxed(_ multiplier: Rational) -> Rational { tiny.range(zip(r, q).map { $0 - multiplier * $1 }) }
    // The dual, and that no smaller multiplier does as well.
    #expect(relaxed(regret.multiplier) == regret.value)
    if regret.multiplier > 0 { #expect(relaxed(regret.multiplier * (1 - Rational(1) / 1_000_000_000)) > regret.value) }
    // The primal, by evaluating the two policies.
    func play(_ policy: RationalPolicy, _ reward: [Rational]) throws -> Rational {
      product(try tiny.truth.occupancy(of: policy), reward)
    }
    let (chosen, forgone) = (regret.witness.chosen, regret.witness.forgone)
    #expect(try play(forgone, r) - play(chosen, r) == regret.value)
    #expect(try play(chosen, q) >= play(forgone, q))
    #expect(try regret.witness.trueReturns == [play(chosen, r), play(forgone, r)])
    // Ranges, the optimal policies' regret, and the inequalities between the distance and the regret.
    let range = tiny.range(r)
    #expect(try tiny.world.returnRange(of: r).value == range)
    let loss = try tiny.world.optimalPolicyRegret(of: q, truth: r)
    let optima = zip(tiny.returns(q), tiny.returns(r)).filter { $0.0 == tiny.returns(q).max() }.map(\.1)
    if range > 0, let top = tiny.returns(r).max(), let high = optima.max(), let low = optima.min() {
      #expect(loss.best == top - high && loss.worst == top - low)
      #expect(loss.worst <= regret.value)
      let distance = try tiny.world.rangeDistance(r, q)
      #expect(regret.normalised <= distance)
      if tiny.range(q) > 0 { #expect(2 * regret.normalised >= distance) }
    }
  }

  @Test("the floating-point enclosures contain the exact regret", arguments: 0..<60) func enclosure(seed: Int) throws {
    let tiny = try ExactCase.random(seed: seed)
    let world = try ComparisonWorld(tiny.truth.mdp)
    func admit(_ model: RationalModel) throws -> ComparedReward {
      let (S, A) = (model.mdp.stateCount, model.mdp.actionCount)
      let pairs = try Matrix(rowCount: S, columnCount: A, elements: model.rewards.map { Double($0) })
      return try world.admit(Reward(name: "", values: .pair(pairs)))
    }
    let (truth, proxy) = (try admit(tiny.truth), try admit(tiny.proxy))
    let exact = try tiny.world.worstCaseRegret(of: tiny.proxy.rewards, truth: tiny.truth.rewards)
    let regret = try world.worstCaseRegret(of: proxy, truth: truth)
    // 0.99 is read as 99/100, half a unit in the last place away: d range / dγ ≤ 2 max |r| / (1 − γ)².
    let reading = tiny.truth.mdp.discount == 0.99 ? 4 * 0x1p-53 / 1e-4 : 0
    #expect(regret.lower - reading <= Double(exact.value) && Double(exact.value) <= regret.upper + reading)
    let range = try tiny.world.returnRange(of: tiny.truth.rewards).value
    let enclosure = try truth.returnRange().enclosure
    #expect(enclosure.lowerBound - reading <= Double(range) && Double(range) <= enclosure.upperBound + reading)
  }

  @Test("trivial rewards: nothing is lost, or everything may be") func trivial() throws {
    let mdp = try MDP(
      actionCount: 2, transitions: .dense(Matrix(rows: [[1, 0], [0, 1], [0.5, 0.5], [1, 0]])), discount: 0.75)
    let shaping = Reward(
      name: "", values: .transition(try Matrix(rows: [[-0.25, -1], [-0.25, -1], [0.75, 0], [0.75, 0]])))
    let plain = Reward(name: "", values: .pair(try Matrix(rows: [[1, 0], [0, 2]])))
    // γ Φ(t) − Φ(s) with Φ = (1, 0) is (−1/4, −1) from state 0 and (3/4, 0) from state 1.
    let one = try ExactCase(mdp, plain, shaping)
    #expect(try one.world.returnRange(of: one.proxy.rewards).value == 0)
    let lost = try one.world.worstCaseRegret(of: one.proxy.rewards, truth: one.truth.rewards)
    #expect(lost.normalised == 1 && lost.multiplier == 0)
    let nothing = try one.world.worstCaseRegret(of: one.truth.rewards, truth: one.proxy.rewards)
    #expect(nothing.value == 0 && nothing.normalised == 0 && nothing.multiplier == 0)
    #expect(throws: RewardDistanceError.self) { try one.world.returnRange(of: [1]) }
    let endless = try RationalModel(mdp.withDiscount(1), reward: plain)
    #expect(throws: RewardDistanceError.self) { try ExactComparisonWorld(endless) }
  }
}
