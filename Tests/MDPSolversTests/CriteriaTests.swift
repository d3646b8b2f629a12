import LinearAlgebra
import MDPs
import Testing

@testable import MDPSolvers

private func model(_ actionCount: Int, _ rows: [[Double]], discount: Double = 1) throws -> MDP {
  let matrix = try Matrix(rows: rows)
  return try MDP(
    actionCount: actionCount, transitions: .dense(matrix), discount: discount,
    initialDistribution: [1] + [Double](repeating: 0, count: matrix.columnCount - 1),
    availability: rows.map { $0.contains { $0 > 0 } })
}

@Suite("Average reward") struct AverageRewardTests {
  @Test("a periodic cycle has the mean of its rewards") func cycle() throws {
    let mdp = try model(1, [[0, 1], [1, 0]])
    let solution = try AverageReward().solve(mdp, pairReward: [1, 4])
    #expect(solution.gain == [2.5, 2.5] && solution.bias == [-0.75, 0.75])
    let relative = try RelativeValueIteration().solve(mdp, pairReward: [1, 4])
    #expect(abs(relative.objective - 2.5) <= relative.guarantee.errorBound && relative.guarantee.isConverged)
  }

  @Test("two classes have two gains, and the better one is sought") func multichain() throws {
    // From 0 one may go to 1 (gain 1) or 2 (gain 3), each by halves with staying.
    let mdp = try model(2, [[0.5, 0.5, 0], [0.5, 0, 0.5], [0, 1, 0], [0, 0, 0], [0, 0, 1], [0, 0, 0]])
    let reward: [Double] = [100, 0, 1, 0, 3, 0]
    let solution = try AverageReward().solve(mdp, pairReward: reward)
    #expect(solution.gain == [3, 1, 3] && solution.policy[0] == 1 && !solution.hasConstantGain)
    #expect(solution.guarantee.level == .bounded && solution.guarantee.errorBound < 1e-12)
    #expect(solution.structure.kind == .multichain)
    #expect(throws: SolverError.notUnichain(first: [1], second: [2])) {
      try RelativeValueIteration().solve(mdp, pairReward: reward)
    }
  }

  @Test("the best of all policies, and the limit of discounting") func bruteForce() throws {
    for seed in 0..<20 {
      let random = try RandomProblem(seed: seed, states: 4, actions: 2, successors: 3, discount: 0)
      let mdp = try random.mdp.withDiscount(1)
      let solution = try AverageReward().solve(mdp, pairReward: random.reward)
      let near = try DiscountedProblem(mdp.withDiscount(1 - 1e-7), pairReward: random.reward).solve()
      // v = g / (1 − γ) + h + O(1 − γ); |h| is at most some hundred here.
      for (g, v) in zip(solution.gain, near.values) { #expect(abs(g - v * 1e-7) < 1e-4) }
      if solution.hasConstantGain { #expect(solution.guarantee.errorBound < 1e-9) }
    }
  }
}

@Suite("Regularised problems") struct RegularisedTests {
  @Test("between the optimum and the optimum plus entropy") func enclosure() throws {
    for seed in 0..<10 {
      let random = try RandomProblem(seed: seed, states: 8, actions: 3, successors: 3, discount: 0.95)
      for direction in Direction.allCases {
        let problem = try DiscountedProblem(random.mdp, pairReward: random.reward, direction: direction)
        let hard = problem.solve()
        let soft = try RegularisedIteration(temperature: 0.1).solve(problem)
        #expect(soft.guarantee.isConverged)
        for (v, w) in zip(hard.values, soft.values) {
          let bonus = direction.sign * (w - v)
          #expect(bonus >= -1e-8 && bonus <= 0.1 * 1.0986122886681098 / 0.05 + 1e-8)
        }
      }
    }
  }

  @Test("one state: the closed form") func closedForm() throws {
    let mdp = try model(2, [[1], [1]], discount: 0.5)
    let problem = try DiscountedProblem(mdp, pairReward: [0, 0])
    let soft = try RegularisedIteration(temperature: 1).solve(problem)
    #expect(abs(soft.values[0] - 2 * 0.6931471805599453) <= soft.guarantee.errorBound + 1e-15)
    #expect(throws: SolverError.temperature(0)) { try RegularisedIteration(temperature: 0).solve(problem) }
  }
}

@Suite("Robust problems") struct RobustTests {
  @Test("nothing to choose is the nominal problem; more choice is worse") func order() throws {
    for seed in 0..<5 {
      let random = try RandomProblem(seed: seed, states: 8, actions: 3, successors: 3, discount: 0.9)
      let problem = try DiscountedProblem(random.mdp, pairReward: random.reward)
      let nominal = problem.solve()
      var previous = nominal.values
      for radius in [0, 0.1, 0.5, 2] {
        let robust = try RobustIteration(ambiguity: .ball(radius: radius)).solve(problem)
        let kind = try RobustIteration(ambiguity: .ball(radius: radius), isOptimistic: true).solve(problem)
        for s in 0..<8 {
          #expect(robust.values[s] <= previous[s] + 1e-8 && kind.values[s] >= nominal.values[s] - 1e-8)
        }
        if radius == 0 { for s in 0..<8 { #expect(abs(robust.values[s] - nominal.values[s]) < 1e-8) } }
        previous = robust.values
      }
    }
  }

  @Test("intervals by hand, and those that fit nothing") func intervals() throws {
    // From 0 to 1 (worth 0) or 2 (worth 1 for ever): nature gives state 2 its least, 1/4.
    let mdp = try model(1, [[0, 0.5, 0.5], [0, 1, 0], [0, 0, 1]], discount: 0.5)
    let problem = try DiscountedProblem(mdp, pairReward: [0, 0, 1])
    let robust = try RobustIteration(
      ambiguity: .intervals(lower: [0.25, 0.25, 1, 1], upper: [1, 1, 1, 1])
    ).solve(problem)
    #expect(abs(robust.values[0] - 0.25) <= robust.guarantee.errorBound)
    #expect(
      throws: SolverError.interval(
        state: 0, action: 0,
        reason: "no distribution fits, as the lower bounds sum to 0.5 and the upper ones to 0.75")
    ) {
      try RobustIteration(ambiguity: .intervals(lower: [0.25, 0.25, 1, 1], upper: [0.25, 0.5, 1, 1])).solve(problem)
    }
    #expect(throws: SolverError.radius(3)) { try RobustIteration(ambiguity: .ball(radius: 3)).solve(problem) }
  }
}

@Suite("Constraints and fronts") struct ConstraintTests {
  @Test("a budget is spent by mixing") func budget() throws {
    // One state: action 1 earns 1 and costs 1, action 0 nothing; a budget of half the horizon.
    let mdp = try model(2, [[1], [1]], discount: 0.5)
    let reward = Reward(name: "r", values: .pair(try Matrix(rows: [[0, 1]])))
    let cost = Reward(name: "c", values: .pair(try Matrix(rows: [[0, 1]])))
    let solution = try ConstrainedOptimisation(constraints: [ReturnConstraint(cost, atMost: 1)]).solve(
      mdp, reward: reward)
    #expect(abs(solution.objective - 1) < 1e-9 && abs(solution.multipliers[0] - 1) < 1e-9)
    #expect(solution.objectiveBounds.contains(1))
    #expect(abs(solution.policy.probability(of: 1, in: 0) - 0.5) < 1e-9)
    #expect(throws: SolverError.self) {
      try ConstrainedOptimisation(constraints: [ReturnConstraint(cost, atMost: -1)]).solve(mdp, reward: reward)
    }
  }

  @Test("the enclosure holds on random problems") func random() throws {
    for seed in 0..<10 {
      let random = try RandomProblem(seed: seed, states: 6, actions: 3, successors: 3, discount: 0.9)
      let other = try RandomProblem(seed: seed + 100, states: 6, actions: 3, successors: 3, discount: 0.9)
      let reward = Reward(
        name: "r", values: .pair(try Matrix(rowCount: 6, columnCount: 3, elements: random.reward)))
      let cost = Reward(name: "c", values: .pair(try Matrix(rowCount: 6, columnCount: 3, elements: other.reward)))
      let least = try DiscountedProblem(random.mdp, reward: cost, direction: .minimise).solve()
      let solution = try ConstrainedOptimisation(
        constraints: [ReturnConstraint(cost, atMost: least.objective + 1)]
      ).solve(random.mdp, reward: reward)
      #expect(solution.violation < 1e-7)
      #expect(solution.objectiveBounds.upperBound - solution.objectiveBounds.lowerBound < 1e-6)
      let free = try DiscountedProblem(random.mdp, reward: reward).solve()
      #expect(solution.objective <= free.objective + 1e-7)
      let front = try ParetoFront().solve(random.mdp, [reward, cost]).vertices.map(\.returns)
      #expect(abs((front.first?.first ?? 0) - free.objective) < 1e-6)
      for (a, b) in zip(front, front.dropFirst()) { #expect(a[0] > b[0] && a[1] < b[1]) }
    }
  }
}
