import LinearAlgebra
import MDPSolvers
import MDPs
import RewardInvariance
import TestSupport
import Testing

@Suite("Changes of a reward") struct ShapingTests {
  static func returns(_ reward: Reward, _ policy: Policy, _ mdp: MDP) throws -> Double {
    try PolicyEvaluation(of: policy, in: mdp).occupancy().expectedReturn(of: reward.expected(in: mdp))
  }

  static func randomPolicy(_ mdp: MDP, using generator: inout SeededGenerator) -> Policy {
    var matrix = Matrix(rowCount: mdp.stateCount, columnCount: mdp.actionCount)
    for s in 0..<mdp.stateCount {
      let weights = (0..<mdp.actionCount).map { _ in 0.05 + generator.uniform() }
      for a in weights.indices { matrix[s, a] = weights[a] / weights.reduce(0, +) }
    }
    return .stochastic(matrix)
  }

  @Test("shaping lowers every return by the mean start potential", arguments: [0, 0.5, 0.9, 0.99], [false, true])
  func shaping(discount: Double, sparse: Bool) throws {
    for seed in 0..<10 {
      var generator = SeededGenerator(seed: seed)
      let mdp = try randomWorld(states: 6, actions: 3, discount: discount, sparse: sparse, using: &generator)
      let reward = try randomReward(mdp, using: &generator)
      let potential = Potentials.random(for: mdp, size: 5, using: &generator)
      let lowered = zip(mdp.initialDistribution, potential).reduce(0) { $0 + $1.0 * $1.1 }
      let forms = [
        try reward.shaped(by: potential, in: mdp), try reward.shapedInExpectation(by: potential, in: mdp),
        try reward.shaped(by: potential, in: mdp).redistributed(in: mdp) { Double($0 * 7 % 5 + $1) * Double($2) },
      ]
      let policy = Self.randomPolicy(mdp, using: &generator)
      let plain = try Self.returns(reward, policy, mdp)
      // Rounding: rewards up to 10, redistribution up to 40, mass 1/(1 − γ), a few hundred terms.
      let tolerance = 1e-11 / (1 - discount)
      for form in forms { #expect(abs(try Self.returns(form, policy, mdp) - (plain - lowered)) <= tolerance) }
    }
  }

  @Test("sparse and dense models are shaped alike where it counts") func representations() throws {
    var generator = SeededGenerator(seed: 3)
    let dense = try randomWorld(states: 7, actions: 2, discount: 0.9, using: &generator)
    let sparse = try MDP(
      actionCount: 2, transitions: .sparse(dense.transitions.sparseRows), discount: 0.9,
      initialDistribution: dense.initialDistribution)
    let table = try randomReward(dense, using: &generator)
    guard case .transition(let matrix) = table.values else { return }
    let potential = Potentials.random(for: dense, using: &generator)
    let byState = Reward(name: "R", values: .state((0..<7).map(Double.init)))
    for reward in [table, byState, Reward(name: "R", values: .sparseTransition(SparseRows(matrix)))] {
      let (a, b) = (try reward.shaped(by: potential, in: dense), try reward.shaped(by: potential, in: sparse))
      #expect(try a.expected(in: dense) == b.expected(in: sparse))
      for k in 0..<14 {
        dense.transitions.forEachSuccessor(ofRow: k) { t, _ in
          #expect(
            a.value(state: k / 2, action: k % 2, next: t, actionCount: 2)
              == b.value(state: k / 2, action: k % 2, next: t, actionCount: 2))
        }
      }
    }
  }

  @Test("redistribution keeps every expected reward") func redistribution() throws {
    var generator = SeededGenerator(seed: 4)
    let mdp = try randomWorld(states: 5, actions: 3, discount: 0.9, using: &generator)
    let reward = try randomReward(mdp, using: &generator)
    let noise = try randomReward(mdp, using: &generator)
    let changed = try reward.redistributed(in: mdp) { noise.value(state: $0, action: $1, next: $2, actionCount: 3) }
    for (x, y) in zip(try reward.expected(in: mdp), try changed.expected(in: mdp)) { #expect(abs(x - y) <= 1e-14) }
    #expect(changed.values != reward.values)
    #expect(try reward.averaged(in: mdp).expected(in: mdp) == reward.expected(in: mdp))
  }

  @Test("look-ahead advice shifts the action values of its policy by the potential") func lookAhead() throws {
    var generator = SeededGenerator(seed: 5)
    let mdp = try randomWorld(states: 5, actions: 3, discount: 0.9, using: &generator)
    let reward = try randomReward(mdp, using: &generator)
    var potential = Matrix(rowCount: 5, columnCount: 3)
    for s in 0..<5 { for a in 0..<3 { potential[s, a] = generator.uniform() } }
    let policy = Self.randomPolicy(mdp, using: &generator)
    let advised = try LookAheadAdvice(potential: potential).reward(reward, against: policy, in: mdp)
    func actionValues(_ reward: Reward) throws -> [Double] {
      let r = try reward.expected(in: mdp)
      let v = try PolicyEvaluation(of: policy, in: mdp).values(pairReward: r)
      return zip(r, mdp.transitions.expectation(of: v)).map { $0 + 0.9 * $1 }
    }
    let (plain, shifted) = (try actionValues(reward), try actionValues(advised))
    for k in 0..<15 { #expect(abs(shifted[k] - (plain[k] - potential[k / 3, k % 3])) <= 1e-12) }
    let greedy = LookAheadAdvice(potential: potential).greedyActions(shifted, in: mdp)
    for s in 0..<5 {
      let own = Array(plain[(s * 3)..<(s * 3 + 3)])
      #expect(own[greedy[s]] == own.max())
    }
  }

  @Test("look-back advice leaves only the end") func lookBack() throws {
    let potential = try Matrix(rows: [[1, 2], [3, 5], [-4, 0.5]])
    let steps = [(state: 0, action: 1), (2, 0), (1, 1), (2, 1)]
    let bonuses = LookBackAdvice(potential: potential).bonuses(along: steps, discount: 0.5)
    var (sum, power) = (0.0, 1.0)
    for bonus in bonuses {
      sum += power * bonus
      power *= 0.5
    }
    #expect(sum == 0.125 * 0.5)
  }

  @Test("differences of step rewards telescope, clips do not") func steps() throws {
    let rewards = StepRewards([0.5, 0.25, 0.875, 0.125])
    #expect(rewards.differences().returnsToGo() == rewards.values)
    let split = try rewards.differences().split(by: [-0.5, -0.25, -0.875, -0.125, 0])
    #expect(split.remainder.values.allSatisfy { $0 == 0 })
    #expect(split.telescopedReturn == 0.5)
    let clipped = rewards.clipped(at: 0.375)
    #expect(clipped.values == [0, -0.125, 0, -0.25])
    // Three states visited twice in different order: differences of a function of the state are shaping, clips are not.
    let values = [0.5, 0.25, 0.875]
    func episode(_ states: [Int]) -> StepRewards { StepRewards(states.map { values[$0] }) }
    let walks: [[Int]] = [[0, 1, 2, 1, 0], [1, 0, 2, 2, 1]]
    let ends = [Bool](repeating: false, count: 3) + [true]
    let shaping = try StepRewards.bestPotential(
      episodes: walks.map { (episode($0).differences(), $0 + [3]) }, stateCount: 4, terminal: ends)
    #expect(shaping.largestRemainder <= 1e-14)
    for s in 0..<3 { #expect(abs(shaping.potential[s] + values[s]) <= 1e-14) }
    let bounded = try StepRewards.bestPotential(
      episodes: walks.map { (episode($0).clipped(at: 0.375), $0 + [3]) }, stateCount: 4, terminal: ends)
    #expect(bounded.largestRemainder > 0.03)
    #expect(throws: RewardInvarianceError.shape(of: "the potential of the steps", expected: 5, got: 2)) {
      try rewards.split(by: [0, 0])
    }
  }

  @Test("bad potentials and scales are refused") func refusals() throws {
    let (mdp, reward) = try bandit([0, 1])
    #expect(throws: RewardInvarianceError.shape(of: "the potential", expected: 1, got: 2)) {
      try reward.shaped(by: [0, 1], in: mdp)
    }
    #expect(throws: RewardInvarianceError.self) { try reward.shaped(by: [.nan], in: mdp) }
    #expect(throws: RewardInvarianceError.scale(-1)) { try reward.scaled(by: -1) }
    #expect(throws: RewardInvarianceError.horizon(0)) {
      try DynamicShaping(constant: [0], horizon: 0, correctsEnd: true)
    }
    #expect(throws: RewardInvarianceError.model(.shape(of: "reward \"R\"", expected: [1, 2], got: [1, 1]))) {
      try Reward(name: "R", values: .pair(Matrix(rowCount: 1, columnCount: 1))).shaped(by: [0], in: mdp)
    }
  }
}
