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

  /// The chain of a policy on states with the least reward so far, in maximum form: its expected least reward from each of
  /// the first `count` nodes, exactly. In a closed class no new least reward can come, as it could not be closed else.
  private func expectedLeast(_ nodes: [Node], _ choice: [Int], count: Int) throws -> [Rational] {
    var reachable = nodes.indices.map { Set([$0]) }
    for i in nodes.indices {
      var pending = [i]
      while let n = pending.popLast() {
        for step in nodes[n].steps[choice[n]] where reachable[i].insert(step.next).inserted {
          pending.append(step.next)
        }
      }
    }
    let isClosed = nodes.indices.map { i in reachable[i].allSatisfy { reachable[$0].contains(i) } }
    // Gauss–Jordan in rationals on x(n) = Σ p x(next), x = the least reward where nothing changes any more.
    var rows = nodes.indices.map { i -> [Rational] in
      var row = [Rational](repeating: 0, count: nodes.count + 1)
      row[i] = 1
      guard !isClosed[i] else {
        row[nodes.count] = Rational(exactly: nodes[i].least) ?? 0
        return row
      }
      for step in nodes[i].steps[choice[i]] { row[step.next] = row[step.next] - step.probability }
      return row
    }
    for i in nodes.indices {
      let pivot = try #require((i..<nodes.count).first { !rows[$0][i].isZero })
      rows.swapAt(i, pivot)
      let scale = rows[i][i]
      rows[i] = rows[i].map { $0 / scale }
      for j in nodes.indices where j != i && !rows[j][i].isZero {
        let factor = rows[j][i]
        for k in i...nodes.count { rows[j][k] = rows[j][k] - factor * rows[i][k] }
      }
    }
    return (0..<count).map { rows[$0][nodes.count] }
  }

  /// A state with the least reward so far (infinite before the first) and where its actions lead.
  private struct Node {
    var state: Int
    var least: Double
    var steps: [[(next: Int, probability: Rational)]] = []
  }

  /// Random worlds of two or three states with few different rewards, some transitions of which are rare.
  private func smallWorld(_ seed: Int) throws -> (mdp: MDP, reward: Reward, paid: Matrix) {
    var random = SplitMix(seed)
    let stateCount = seed % 6 == 5 ? 3 : 2
    let count = stateCount == 3 ? 2 : 2 + seed % 2
    let levels = (0..<count).map { _ in Double(Int.random(in: -6...6, using: &random)) / 4 }
    let rare = [0.5, 0.25, 0x1p-10, 0x1p-20][seed % 4]
    var matrix = Matrix(rowCount: 2 * stateCount, columnCount: stateCount)
    var paid = matrix
    for k in 0..<(2 * stateCount) {
      let (t, u) = (Int.random(in: 0..<stateCount, using: &random), Int.random(in: 0..<stateCount, using: &random))
      matrix[k, t] = 1 - rare
      matrix[k, u] += rare
      let own = levels[Int.random(in: 0..<count, using: &random)]
      for t in 0..<stateCount { paid[k, t] = seed % 3 == 0 ? levels[Int.random(in: 0..<count, using: &random)] : own }
    }
    let mdp = try MDP(actionCount: 2, transitions: .dense(matrix), discount: 0.5)
    return (mdp, Reward(name: "r", values: .transition(paid)), paid)
  }

  @Test("the expected minimum is that of the best policy with a memory, all tried in rationals", arguments: 0..<18)
  func expected(seed: Int) throws {
    let (mdp, reward, paid) = try smallWorld(seed)
    let stateCount = mdp.stateCount
    for direction in Direction.allCases {
      var nodes = (0..<stateCount).map { Node(state: $0, least: .infinity) }
      var i = 0
      while i < nodes.count {
        for a in 0..<2 {
          var steps: [(next: Int, probability: Rational)] = []
          let k = mdp.pair(nodes[i].state, a)
          for t in 0..<stateCount {
            let p = Rational(exactly: mdp.transitions[k, t]) ?? 0
            guard !p.isZero else { continue }
            let least = min(nodes[i].least, direction.sign * paid[k, t])
            let known = nodes.firstIndex { $0.state == t && $0.least == least }
            if known == nil { nodes.append(Node(state: t, least: least)) }
            steps.append((known ?? nodes.count - 1, p))
          }
          nodes[i].steps.append(steps)
        }
        i += 1
      }
      var best: [Rational]?
      for code in 0..<(1 << nodes.count) {
        let own = try expectedLeast(nodes, nodes.indices.map { code >> $0 & 1 }, count: stateCount)
        best = best.map { zip($0, own).map(max) } ?? own
      }
      let truth = try #require(best)
      let answer = try ExpectedMinimum(direction: direction).solve(mdp, reward: reward).solution
      #expect(answer.guarantee.errorBound <= 1e-8)
      let bound = Rational(exactly: answer.guarantee.errorBound) ?? 0
      for s in 0..<stateCount {
        let value = Rational(exactly: direction.sign * answer.values[s]) ?? 0
        #expect((value - truth[s]).magnitude <= bound, "\(answer.values[s]) \(truth[s])")
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
