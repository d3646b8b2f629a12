import Foundation
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

/// A small random world with a random reward by transition, all numbers dyadic.
private struct RandomOutcomes {
  let mdp: MDP
  let reward: Reward
  let rewards: Matrix

  init(seed: Int, states S: Int, actions A: Int, discount: Double) throws {
    mdp = try RandomProblem(seed: seed, states: S, actions: A, successors: 3, discount: discount).mdp
    var random = SplitMix(seed + 1000)
    var matrix = Matrix(rowCount: S * A, columnCount: S)
    for k in 0..<(S * A) { for t in 0..<S { matrix[k, t] = Double(Int.random(in: -8...8, using: &random)) / 4 } }
    rewards = matrix
    reward = Reward(name: "r", values: .transition(matrix))
  }

  /// All policies that map the S states to actions.
  var policies: [[Int]] {
    (0..<mdp.stateCount).reduce([[]]) { list, _ in list.flatMap { p in (0..<mdp.actionCount).map { p + [$0] } } }
  }
}

@Suite("Entropic risk") struct EntropicRiskTests {
  @Test("one step: the closed form") func oneStep() throws {
    let mdp = try model(1, [[0, 0.25, 0.75], [0, 1, 0], [0, 0, 1]])
    let reward = Reward(
      name: "r", values: .transition(try Matrix(rows: [[0, 4, 0], [0, 0, 0], [0, 0, 0]])))
    for b in [-3, -0.5, 1e-12, 0.1, 2, 200] {
      let answer = try EntropicRisk(risk: b, horizon: 1).solve(mdp, reward: reward).solution
      let truth = b > 100 ? 4 + log(0.25) / b : log1p(0.25 * expm1(4 * b)) / b
      #expect(abs(answer.values[0] - truth) <= answer.guarantee.errorBound + 1e-15 * abs(truth), "\(b)")
      #expect(answer.guarantee.errorBound < 1e-13 && answer.objectiveBounds.contains(answer.objective))
    }
  }

  @Test("a horizon: the best of all policies that depend on time, path by path") func bruteForce() throws {
    for seed in 0..<4 {
      let random = try RandomOutcomes(seed: seed, states: 2, actions: 2, discount: 0.5)
      let (mdp, horizon) = (random.mdp, 3)
      for b in [-0.75, 0.5] {
        for direction in Direction.allCases {
          var best = [Double](repeating: -direction.sign * .infinity, count: 2)
          let plans = (0..<horizon).reduce([[[Int]]]([[]])) { list, _ in
            list.flatMap { plan in random.policies.map { plan + [$0] } }
          }
          for plan in plans {
            for start in 0..<2 {
              var sum = 0.0
              func walk(_ s: Int, _ t: Int, _ p: Double, _ gained: Double) {
                guard t < horizon else {
                  sum += p * exp(b * gained)
                  return
                }
                let k = mdp.pair(s, plan[t][s])
                mdp.transitions.forEachSuccessor(ofRow: k) { next, q in
                  walk(next, t + 1, p * q, gained + pow(0.5, Double(t)) * random.rewards[k, next])
                }
              }
              walk(start, 0, 1, 0)
              let value = log(sum) / b
              if direction.sign * value > direction.sign * best[start] { best[start] = value }
            }
          }
          let answer = try EntropicRisk(risk: b, horizon: horizon).solve(
            mdp, reward: random.reward, direction: direction)
          for (v, t) in zip(answer.solution.values, best) { #expect(abs(v - t) < 1e-12) }
          #expect(answer.phases.first?.firstStep == 0 && answer.tailPolicy == nil)
        }
      }
    }
  }

  @Test("for ever: between the bounds of Hoeffding, and the limit of horizons") func endless() throws {
    for seed in 0..<10 {
      let random = try RandomOutcomes(seed: seed, states: 5, actions: 3, discount: 0.75)
      for b in [-1.0, 1e-6, 0.5] {
        let answer = try EntropicRisk(risk: b).solve(random.mdp, reward: random.reward)
        let long = try EntropicRisk(risk: b, horizon: 150).solve(random.mdp, reward: random.reward)
        let neutral = try DiscountedProblem(random.mdp, reward: random.reward).solve()
        #expect(answer.solution.guarantee.isConverged && answer.tailPolicy != nil)
        let range = 4 / 0.25
        for s in 0..<5 {
          let (v, w) = (answer.solution.values[s], long.solution.values[s])
          #expect(abs(v - w) <= answer.solution.guarantee.errorBound + 1e-12)
          let gain = (v - neutral.values[s]) * (b > 0 ? 1 : -1)
          #expect(gain >= -2e-9 && gain <= abs(b) * range * range / 8 + 2e-9)
        }
      }
    }
  }

  @Test("parameters that mean nothing are refused") func parameters() throws {
    let mdp = try model(1, [[1]])
    let reward = Reward(name: "r", values: .state([1]))
    #expect(throws: SolverError.risk(0)) { try EntropicRisk(risk: 0, horizon: 1).solve(mdp, reward: reward) }
    #expect(throws: SolverError.horizon(-1)) { try EntropicRisk(risk: 1, horizon: -1).solve(mdp, reward: reward) }
    #expect(throws: SolverError.discountOutOfRange(discount: 1, largestRowSumDefect: 0)) {
      try EntropicRisk(risk: 1).solve(mdp, reward: reward)
    }
    let none = try EntropicRisk(risk: 1).solve(mdp.withDiscount(0), reward: reward).solution
    #expect(abs(none.values[0] - 1) <= none.guarantee.errorBound && none.policy == [0])
    let stopped = try EntropicRisk(risk: 1, horizon: 9, options: SolverOptions(progress: { _, _ in false })).solve(
      mdp, reward: reward)
    #expect(stopped.solution.guarantee.ending == .cancelled && stopped.solution.guarantee.errorBound == .infinity)
  }
}

@Suite("Nested CVaR") struct NestedCVaRTests {
  @Test("level 1 is the expectation, a small level the worst case of every step") func limits() throws {
    for seed in 0..<10 {
      let random = try RandomOutcomes(seed: seed, states: 5, actions: 3, discount: 0.75)
      for direction in Direction.allCases {
        let neutral = try DiscountedProblem(random.mdp, reward: random.reward, direction: direction).solve()
        let whole = try NestedCVaR(level: 1).solve(random.mdp, reward: random.reward, direction: direction)
        for (v, w) in zip(whole.values, neutral.values) { #expect(abs(v - w) < 3e-9) }
        let worst = try NestedCVaR(level: 1e-3).solve(random.mdp, reward: random.reward, direction: direction)
        var v = [Double](repeating: 0, count: 5)
        for _ in 0..<150 {
          v = (0..<5).map { s in
            let actions = (0..<3).map { a in
              var least = Double.infinity
              let k = random.mdp.pair(s, a)
              random.mdp.transitions.forEachSuccessor(ofRow: k) { t, _ in
                least = min(least, direction.sign * random.rewards[k, t] + 0.75 * v[t])
              }
              return least
            }
            return actions.max() ?? 0
          }
        }
        for s in 0..<5 { #expect(abs(worst.values[s] - direction.sign * v[s]) <= worst.guarantee.errorBound + 1e-12) }
        let own = try NestedCVaR(level: 1e-3).evaluate(
          worst.optimalPolicy, in: random.mdp, reward: random.reward, direction: direction)
        for s in 0..<5 { #expect(abs(own.values[s] - worst.values[s]) < 3e-9) }
      }
    }
  }

  @Test("levels outside (0, 1] are refused", arguments: [0, -0.5, 1.5, .nan]) func level(level: Double) throws {
    let mdp = try model(1, [[1]], discount: 0.5)
    #expect(throws: SolverError.self) {
      try NestedCVaR(level: level).solve(mdp, reward: Reward(name: "r", values: .state([1])))
    }
  }
}

@Suite("The worst reward along the path") struct WorstRewardTests {
  @Test("what is guaranteed is the best of all stationary policies") func guaranteed() throws {
    for seed in 0..<40 {
      let random = try RandomOutcomes(seed: seed, states: 4, actions: 2, discount: 1)
      for direction in Direction.allCases {
        var best = [Double](repeating: -.infinity, count: 4)
        for policy in random.policies {
          var w = [Double](repeating: .infinity, count: 4)
          for _ in 0...4 {
            w = (0..<4).map { s in
              var least = Double.infinity
              let k = random.mdp.pair(s, policy[s])
              random.mdp.transitions.forEachSuccessor(ofRow: k) { t, _ in
                least = min(least, direction.sign * random.rewards[k, t], w[t])
              }
              return least
            }
          }
          best = zip(best, w).map(max)
        }
        let answer = try GuaranteedReward(direction: direction).solve(random.mdp, reward: random.reward)
        #expect(answer.values == best.map { direction.sign * $0 } && answer.guarantee.level == .exactValue)
      }
    }
  }

  @Test("the expected minimum on states with a memory, swept to the end") func expected() throws {
    for seed in 0..<8 {
      let random = try RandomOutcomes(seed: seed, states: 4, actions: 2, discount: 1)
      for direction in Direction.allCases {
        let sign = direction.sign
        // The possible steps of each pair: next state, probability, and the place of the reward among all.
        var levels = Set<Double>()
        for k in 0..<8 {
          random.mdp.transitions.forEachSuccessor(ofRow: k) { t, _ in levels.insert(sign * random.rewards[k, t]) }
        }
        let order = levels.sorted()
        let steps = (0..<8).map { k in
          var list: [(next: Int, probability: Double, level: Int)] = []
          random.mdp.transitions.forEachSuccessor(ofRow: k) { t, p in
            list.append((t, p, order.firstIndex(of: sign * random.rewards[k, t]) ?? 0))
          }
          return list
        }
        // u[m · 4 + s]: the best expected final minimum from s when it is m now, from above until nothing moves.
        var u = order.flatMap { [Double](repeating: $0, count: 4) }
        for _ in 0..<100_000 {
          var change = 0.0
          for m in order.indices {
            for s in 0..<4 {
              var best = -Double.infinity
              for k in (2 * s)...(2 * s + 1) {
                var sum = 0.0
                for step in steps[k] { sum += step.probability * u[4 * min(m, step.level) + step.next] }
                best = max(best, sum)
              }
              change = max(change, u[4 * m + s] - best)
              u[4 * m + s] = best
            }
          }
          if change < 1e-15 { break }
        }
        let truth = u.suffix(4).map { $0 }
        let answer = try ExpectedMinimum(direction: direction).solve(random.mdp, reward: random.reward)
        #expect(answer.solution.guarantee.isConverged)
        let floor = try GuaranteedReward(direction: direction).solve(random.mdp, reward: random.reward)
        for s in 0..<4 {
          let v = answer.solution.values[s]
          #expect(abs(v - sign * truth[s]) <= answer.solution.guarantee.errorBound + 1e-9)
          #expect(sign * v >= sign * floor.values[s] - answer.solution.guarantee.errorBound)
        }
      }
    }
  }

  @Test("by hand: once the damage is done there is no reason to be careful") func memory() throws {
    // From 0: action 0 pays 5 and leads to 1 or 2 by halves, 2 having paid 1 before it returns for ever to itself at 4.
    let mdp = try model(1, [[0, 0.5, 0.5, 0], [0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 1]])
    let reward = Reward(name: "r", values: .state([5, 3, 1, 4]))
    let answer = try ExpectedMinimum().solve(mdp, reward: reward)
    for (v, t) in zip(answer.solution.values, [2.0, 3, 1, 4]) {
      #expect(abs(v - t) <= answer.solution.guarantee.errorBound)
    }
    #expect(answer.choices.contains(ExpectedMinimumSolution.Choice(state: 3, worst: 1, action: 0)))
    #expect(try GuaranteedReward().solve(mdp, reward: reward).values == [1, 3, 1, 4])
    #expect(throws: SolverError.tooManyStates(needed: 20, limit: 5)) {
      try ExpectedMinimum(stateLimit: 5).solve(mdp, reward: reward)
    }
  }
}

@Suite("Robust problems: evaluation and sides") struct RobustEvaluationTests {
  @Test("a policy against nature is worth what the best response leaves") func evaluation() throws {
    for seed in 0..<6 {
      let random = try RandomOutcomes(seed: seed, states: 5, actions: 3, discount: 0.875)
      for direction in Direction.allCases {
        for optimistic in [false, true] {
          let solver = RobustIteration(
            ambiguity: .intervals(around: random.mdp, halfWidth: 0.125), isOptimistic: optimistic)
          let best = try solver.solve(random.mdp, reward: random.reward, direction: direction)
          #expect(best.guarantee.isConverged)
          let own = try solver.evaluate(best.optimalPolicy, in: random.mdp, reward: random.reward, direction: direction)
          let uniform = try solver.evaluate(
            .uniform(for: random.mdp), in: random.mdp, reward: random.reward, direction: direction)
          for s in 0..<5 {
            #expect(abs(own.values[s] - best.values[s]) <= own.guarantee.errorBound + best.guarantee.errorBound + 1e-9)
            #expect(direction.sign * (best.values[s] - uniform.values[s]) >= -2e-9)
          }
          // Nature as a second player with the vertices of the intervals of one row as its actions does no better.
          let nominal = try PolicyEvaluation(of: best.optimalPolicy, in: random.mdp).evaluate(random.reward)
          for s in 0..<5 {
            let change = direction.sign * (own.values[s] - nominal.values[s])
            #expect(optimistic ? change >= -2e-9 : change <= 2e-9)
          }
        }
      }
    }
  }

  @Test("bounds hold for slow discounts, and jumps shorten the way") func slow() throws {
    let random = try RandomOutcomes(seed: 3, states: 6, actions: 2, discount: 0.9990234375)
    let solver = RobustIteration(ambiguity: .ball(radius: 0.125))
    let answer = try solver.solve(random.mdp, reward: random.reward)
    #expect(answer.guarantee.errorBound < 1e-8)
    let tight = try RobustIteration(
      ambiguity: .ball(radius: 0.125), options: SolverOptions(tolerance: .absolute(0))
    ).solve(random.mdp, reward: random.reward)
    #expect(tight.guarantee.ending == .toleranceNotReached && tight.guarantee.errorBound < 1e-8)
    for (v, w) in zip(answer.values, tight.values) {
      #expect(abs(v - w) <= answer.guarantee.errorBound + tight.guarantee.errorBound)
    }
  }

  @Test("a prior policy: the penalty is its divergence") func prior() throws {
    let mdp = try model(2, [[1], [1]], discount: 0.5)
    let problem = try DiscountedProblem(mdp, pairReward: [0, 1])
    let prior = Policy.stochastic(try Matrix(rows: [[0.75, 0.25]]))
    let soft = try RegularisedIteration(temperature: 2, prior: prior).solve(problem)
    #expect(abs(soft.values[0] - 4 * log(0.75 + 0.25 * exp(0.5))) <= soft.guarantee.errorBound + 1e-15)
    // A prior that rules an action out leaves the other alone.
    let sure = try RegularisedIteration(temperature: 2, prior: .deterministic([0])).solve(problem)
    #expect(abs(sure.values[0]) <= sure.guarantee.errorBound)
  }
}
