import LinearAlgebra
import MDPs
import RewardInvariance
import TestSupport
import Testing

@Suite("Shaping under other criteria than discounting") struct CriterionTests {
  @Test("finite horizon: harmless with a last potential of 0, named when it is not", arguments: [0.9, 1])
  func finiteHorizon(discount: Double) throws {
    for seed in 0..<4 {
      var generator = SeededGenerator(seed: seed)
      let mdp = try randomWorld(states: 5, actions: 2, discount: discount, using: &generator)
      let reward = try randomReward(mdp, using: &generator)
      let steps = [Reward](repeating: reward, count: 4)
      let potentials = (0...4).map { _ in Potentials.random(for: mdp, using: &generator) }
      let zero = [Double](repeating: 0, count: 5)
      let right = try DynamicShaping(potentials: potentials.dropLast() + [zero]).shaped(reward, in: mdp)
      let good = try CriterionCheck(.finiteHorizon(4)).run(mdp, from: steps, to: right)
      #expect(good.holds && abs(good.scale - 1) < 1e-9)
      for (found, given) in zip(good.potentials[1], potentials[1]) { #expect(abs(found - given) < 1e-9) }
      let wrong = try DynamicShaping(potentials: potentials).shaped(reward, in: mdp)
      let bad = try CriterionCheck(.finiteHorizon(4)).run(mdp, from: steps, to: wrong)
      #expect(!bad.holds && bad.residual > 1e-3)
      let named = try #require(bad.endPotential)
      // A constant at the end is paid whatever happens: the potential is known up to it.
      let shift = named[0] - potentials[4][0]
      for (found, given) in zip(named, potentials[4]) { #expect(abs(found - shift - given) < 1e-8) }
      // The shaping of discounted theory, without a look at the clock, changes the order over a finite horizon.
      let stationary = try reward.shaped(by: potentials[0], in: mdp)
      #expect(try !CriterionCheck(.finiteHorizon(4)).run(mdp, from: reward, to: stationary).holds)
      #expect(try CriterionCheck(.finiteHorizon(4)).run(mdp, from: reward, to: reward.scaled(by: 3)).holds)
    }
  }

  @Test("episodes: harmless with 0 at the end, named when it is not", arguments: [0.9, 1])
  func episodes(discount: Double) throws {
    // States 0, 1, 2 and the end 3; every policy ends.
    let rows: [[Double]] = [
      [0, 0.5, 0.5, 0], [0, 0, 1, 0], [0, 0, 0.5, 0.5], [0.25, 0, 0, 0.75], [0, 0, 0, 1], [0.5, 0, 0, 0.5],
      [0, 0, 0, 1], [0, 0, 0, 1],
    ]
    let mdp = try MDP(actionCount: 2, transitions: .dense(Matrix(rows: rows)), discount: discount)
    let reward = Reward(name: "R", values: .pair(try Matrix(rows: [[1, 2], [0, -1], [3, 1], [0, 0]])))
    let good = try reward.shaped(by: [0.5, -1, 2, 0], in: mdp)
    let finding = try CriterionCheck(.episodes).run(mdp, from: reward, to: good)
    #expect(finding.holds)
    for (x, y) in zip(finding.potentials[0], [0.5, -1, 2, 0]) { #expect(abs(x - y) < 1e-12) }
    let bad = try reward.adding(in: mdp) { s, _, t in
      s == 3 ? 0 : discount * [0.5, -1, 2, 5][t] - [0.5, -1, 2, 5][s]
    }
    let broken = try CriterionCheck(.episodes).run(mdp, from: reward, to: bad)
    if discount < 1 {
      #expect(!broken.holds)
      #expect(abs((try #require(broken.endPotential))[3] - 5) < 1e-9)
      let check = try InvarianceCheck(mdp, from: reward, to: bad)
      let fault = try #require(try check.terminalFault())
      #expect(fault.states == [3] && abs(fault.potential[3] - 5) < 1e-9)
      #expect(try InvarianceCheck(mdp, from: reward, to: good).terminalFault() == nil)
    } else {
      // With one terminal state a constant can be taken off at discount 1: every episode is paid the same.
      #expect(broken.holds)
    }
  }

  @Test("an episode that need not end is refused at discount 1") func endless() throws {
    let mdp = try MDP(
      actionCount: 2, transitions: .dense(Matrix(rows: [[1, 0], [0, 1], [0, 1], [0, 1]])), discount: 1,
      initialDistribution: [1, 0])
    let reward = Reward(name: "R", values: .pair(try Matrix(rows: [[1, 2], [0, 0]])))
    #expect(throws: RewardInvarianceError.endlessEpisode(state: 0)) {
      try CriterionCheck(.episodes).run(mdp, from: reward, to: reward)
    }
    #expect(throws: RewardInvarianceError.severalRecurrentClasses(states: [0, 1])) {
      try CriterionCheck(.average).run(mdp, from: reward, to: reward)
    }
    #expect(throws: RewardInvarianceError.horizon(0)) {
      try CriterionCheck(.finiteHorizon(0)).run(mdp, from: reward, to: reward)
    }
  }

  @Test("average reward: shaping at discount 1 and constants change nothing") func average() throws {
    for seed in 0..<5 {
      var generator = SeededGenerator(seed: seed)
      let mdp = try randomWorld(states: 6, actions: 2, discount: 1, using: &generator)
      let reward = try randomReward(mdp, using: &generator)
      let shaped = try reward.scaled(by: 2).shaped(by: Potentials.random(for: mdp, using: &generator), in: mdp).shifted(
        by: 0.75)
      let finding = try CriterionCheck(.average).run(mdp, from: reward, to: shaped)
      #expect(finding.holds && abs(finding.scale - 2) < 1e-9 && abs(finding.constant - 0.75) < 1e-9)
      // Shaping with a discount is not shaping of averages.
      let discounted = try reward.shaped(by: Potentials.random(for: mdp, using: &generator), in: mdp.withDiscount(0.5))
      #expect(try !CriterionCheck(.average).run(mdp, from: reward, to: discounted).holds)
    }
  }
}

@Suite("What shaping does to learning") struct ShapedLearningTests {
  @Test("shaping is an initialisation of action values", arguments: [0.3, 1]) func initialisation(stepSize: Double)
    throws
  {
    var generator = SeededGenerator(seed: 1)
    let mdp = try randomWorld(states: 6, actions: 3, discount: 0.9, using: &generator)
    let reward = try randomReward(mdp, using: &generator)
    let potential = Potentials.random(for: mdp, size: 2, using: &generator)
    let learning = ExpectedQLearning(stepSize: stepSize)
    let shaped = try learning.run(mdp, reward: reward.shaped(by: potential, in: mdp), steps: 60)
    let initialised = try learning.run(
      mdp, reward: reward, from: (0..<18).map { potential[$0 / 3] }, steps: 60)
    for (x, y) in zip(shaped, initialised) {
      for k in 0..<18 { #expect(abs(x[k] - (y[k] - potential[k / 3])) <= 1e-12) }
    }
  }

  @Test("the optimal value as potential needs one step of look-ahead and leaves no range") func horizon() throws {
    // A corridor: only the last step pays.
    var matrix = Matrix(rowCount: 12, columnCount: 6)
    for s in 0..<6 {
      matrix[2 * s, max(0, s - 1)] = 1
      matrix[2 * s + 1, min(5, s + 1)] = 1
    }
    let mdp = try MDP(actionCount: 2, transitions: .dense(matrix), discount: 0.9)
    let reward = Reward(name: "R", values: .state([0, 0, 0, 0, 0, 1]))
    let plain = try PlanningDifficulty(of: reward, in: mdp)
    #expect(plain.lookAhead == 6)
    let values = (0..<6).map { (s: Int) -> Double in
      var power = 10.0
      for _ in s..<5 { power *= 0.9 }
      return power
    }
    let shaped = try PlanningDifficulty(of: reward.shaped(by: values, in: mdp), in: mdp)
    #expect(shaped.lookAhead == 1)
    #expect(shaped.valueRange < 1e-12 && plain.valueRange > 4)
  }

  @Test("the gradient of the outer problem, and a harmful heuristic unlearned") func alignment() throws {
    var generator = SeededGenerator(seed: 7)
    let mdp = try randomWorld(states: 5, actions: 3, discount: 0.9, using: &generator)
    let truth = try randomReward(mdp, using: &generator)
    let harmful = Reward(
      name: "H", values: .pair(try Matrix(rows: try truth.expected(in: mdp).chunks(of: 3).map { $0.map { -2 * $0 } })))
    let alignment = BehaviourAlignment(temperature: 0.5, stepSize: 0.2, stepCount: 40)
    func value(_ w: Double) throws -> Double {
      try alignment.step(mdp, truth: truth, heuristic: harmful, weight: w).trueReturn
    }
    for w in [0.2, 1] {
      let point = try alignment.step(mdp, truth: truth, heuristic: harmful, weight: w)
      // Central difference: error of order h² times the third derivative, and rounding over h.
      let difference = (try value(w + 1e-4) - value(w - 1e-4)) / 2e-4
      #expect(abs(point.gradient - difference) <= 1e-5 * (1 + abs(difference)))
    }
    let path = try alignment.run(mdp, truth: truth, heuristic: harmful)
    let last = try #require(path.last)
    for (x, y) in zip(path, path.dropFirst()) { #expect(y.trueReturn >= x.trueReturn) }
    #expect(last.weight < 0.1)
    #expect(last.trueReturn > path[0].trueReturn + 1)
  }
}

extension Array where Element == Double {
  fileprivate func chunks(of size: Int) -> [[Double]] {
    stride(from: 0, to: count, by: size).map { Array(self[$0..<($0 + size)]) }
  }
}
