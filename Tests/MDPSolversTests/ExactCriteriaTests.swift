import LinearAlgebra
import MDPs
import TestSupport
import Testing

@testable import MDPSolvers

/// Exact answers against theory, brute force, and the floating-point methods against exact answers.
@Suite("Exact criteria") struct ExactCriteriaTests {
  private func model(_ random: RandomProblem, discount: Double? = nil) throws -> RationalModel {
    let mdp = try discount.map { try random.mdp.withDiscount($0) } ?? random.mdp
    let pairs = try Matrix(rowCount: mdp.stateCount, columnCount: mdp.actionCount, elements: random.reward)
    return try RationalModel(mdp, reward: Reward(name: "r", values: .pair(pairs)), reading: .dyadic)
  }

  private func rational(_ value: ExactValue) -> Rational {
    if case .finite(let number) = value { number } else { 0 }
  }

  @Test("backward induction is the recursion itself, for optima and for policies", arguments: 0..<12)
  func finiteHorizon(seed: Int) throws {
    let random = try RandomProblem(
      seed: seed, states: 4, actions: 3, successors: 3, discount: 0.75, masked: seed % 2 == 0)
    let model = try model(random, discount: seed % 3 == 0 ? 1 : 0.75)
    let mdp = model.mdp
    func q(_ s: Int, _ a: Int, _ v: [Rational]) -> Rational {
      var sum = model.rewards[s * 3 + a]
      mdp.transitions.forEachSuccessor(ofRow: s * 3 + a) { t, p in
        sum = sum + model.discount * (Rational(exactly: p) ?? 0) * v[t]
      }
      return sum
    }
    for direction in Direction.allCases {
      let exact = try ExactSolver().solve(FiniteHorizon(horizon: 5), model, direction: direction)
      let float = try FiniteHorizon(horizon: 5).solve(mdp, pairReward: random.reward, direction: direction)
      for h in 1...5 {
        for s in 0..<4 {
          let all = mdp.availableActions(in: s).map { q(s, $0, exact.values[h - 1]) }
          #expect(exact.values[h][s] == (direction == .maximise ? all.max() : all.min()))
          #expect(q(s, exact.policies[h - 1][s], exact.values[h - 1]) == exact.values[h][s])
          #expect(
            (Rational(exactly: float.values[h][s])! - exact.values[h][s]).magnitude <= Rational(
              exactly: float.errorBound)!)
        }
      }
      #expect(float.objectiveBounds.contains(exact.solution.objective.double))
    }
    let policy = RationalPolicy(Policy.uniform(for: mdp), actionCount: 3)
    let value = try ExactSolver().solve(FiniteHorizon(horizon: 3), model.induced(by: policy))
    for s in 0..<4 {
      let mean = (0..<3).reduce(Rational(0)) { sum, a in
        policy.probabilities[s * 3 + a].isZero ? sum : sum + policy.probabilities[s * 3 + a] * q(s, a, value.values[2])
      }
      #expect(value.values[3][s] == mean)
    }
    #expect(throws: SolverError.horizon(-1)) { try ExactSolver().solve(FiniteHorizon(horizon: -1), model) }
  }

  /// Random chains of every kind: a few successors make several classes and transient states.
  @Test("gain and bias meet both optimality equations exactly", arguments: 0..<60) func average(seed: Int) throws {
    let states = 3 + seed % 4
    let random = try RandomProblem(
      seed: 700 + seed, states: states, actions: 2, successors: 1 + seed % 3, discount: 0.5, masked: seed % 5 == 0)
    let model = try model(random, discount: 1)
    let mdp = model.mdp
    func expectation(_ k: Int, _ v: [Rational]) -> Rational {
      var sum = Rational(0)
      mdp.transitions.forEachSuccessor(ofRow: k) { t, p in sum = sum + (Rational(exactly: p) ?? 0) * v[t] }
      return sum
    }
    for direction in Direction.allCases {
      let exact = try ExactSolver().solve(AverageReward(direction: direction), model)
      let sign = Rational(direction == .maximise ? 1 : -1)
      for s in 0..<states {
        let actions = mdp.availableActions(in: s)
        let first = actions.map { sign * expectation(s * 2 + $0, exact.gain) }
        #expect(first.max() == sign * exact.gain[s])
        let second = zip(actions, first).filter { $0.1 == sign * exact.gain[s] }
          .map { sign * (model.rewards[s * 2 + $0.0] + expectation(s * 2 + $0.0, exact.bias)) }
        #expect(second.max() == sign * (exact.gain[s] + exact.bias[s]))
        let played = s * 2 + exact.solution.rounded.policy[s]
        #expect(expectation(played, exact.gain) == exact.gain[s])
        #expect(model.rewards[played] + expectation(played, exact.bias) == exact.gain[s] + exact.bias[s])
      }
      let float = try AverageReward(direction: direction).solve(mdp, pairReward: random.reward)
      let objective = exact.solution.objective.double
      #expect(float.objectiveBounds.lowerBound <= objective && objective <= float.objectiveBounds.upperBound)
      if float.guarantee.errorBound < .infinity {
        for s in 0..<states {
          #expect(abs(float.gain[s] - Double(exact.gain[s])) <= float.guarantee.errorBound + float.gain[s].ulp)
        }
      }
    }
  }

  @Test("a row off 1 has no average in rationals unless its defect is absorbed") func inexact() throws {
    let mdp = try MDP(
      actionCount: 1, transitions: .dense(Matrix(rows: [[0.1234567891234567, 0.8765432108765431], [1, 0]])), discount: 1
    )
    let reward = Reward(name: "r", values: .state([1, 0]))
    #expect(throws: SolverError.self) {
      try ExactSolver().solve(AverageReward(), RationalModel(mdp, reward: reward, reading: .dyadic))
    }
    let model = try RationalModel(mdp, reward: reward, reading: .absorb)
    #expect(model.source.contains("largest"))
    let exact = try ExactSolver().solve(AverageReward(), model)
    let p = try #require(Rational(exactly: 0.1234567891234567))
    #expect(exact.gain[0] == 1 / (2 - p))
  }

  @Test("constrained optima against mixtures of deterministic policies", arguments: 0..<40) func constrained(seed: Int)
    throws
  {
    let random = try RandomProblem(
      seed: 40 + seed, states: 3, actions: 2, successors: 2, discount: [0.5, 0.9375][seed % 2])
    let model = try model(random)
    var generator = SeededGenerator(seed: seed)
    let cost = random.reward.map { _ in Rational(Int.random(in: -8...8, using: &generator)) / 4 }
    var points: [(cost: Rational, gain: Rational)] = []
    for code in 0..<8 {
      let actions = (0..<3).map { code >> $0 & 1 }
      let d = try model.occupancy(of: RationalPolicy(actions: actions, actionCount: 2))
      points.append((product(d, cost), product(d, model.rewards)))
    }
    let low = points.map(\.cost).min() ?? 0
    let high = points.map(\.cost).max() ?? 0
    for limit in [low, high, (low + high) / 2, low + (high - low) / 7, low - Rational(1) / 1_000_000_000_000_000] {
      var best: Rational?
      for p in points where p.cost <= limit {
        best = max(best ?? p.gain, p.gain)
        for q in points where q.cost > limit {
          let share = (q.cost - limit) / (q.cost - p.cost)
          best = max(best ?? p.gain, share * p.gain + (1 - share) * q.gain)
        }
      }
      let constraint = RationalConstraint(name: "cost", cost: cost, atMost: limit)
      switch try Limited(constraint, model) {
      case .optimal(let found):
        #expect(found.objective == best)
        #expect(found.constraintReturns[0] <= limit && found.multipliers[0] >= 0)
        #expect(found.multipliers[0].isZero || found.constraintReturns[0] == limit)
        // The policy by itself attains what is claimed.
        let d = try model.occupancy(of: found.policy)
        #expect(product(d, model.rewards) == found.objective && product(d, cost) == found.constraintReturns[0])
        #expect(product(model.initialDistribution, found.values) == found.objective)
      case .impossible(let proof):
        #expect(best == nil)
        #expect(proof.leastCost > proof.allowedCost && proof.weights[0] > 0)
        // v ≤ λ c + γ P v for every action: anyone can check it by additions.
        for k in cost.indices {
          var sum = proof.weights[0] * cost[k] - proof.potential[k / 2]
          random.mdp.transitions.forEachSuccessor(ofRow: k) { t, p in
            sum = sum + model.discount * (Rational(exactly: p) ?? 0) * proof.potential[t]
          }
          #expect(sum >= 0)
        }
      }
    }
  }

  @Test("occupancies solve the flow equations exactly") func occupancy() throws {
    let random = try RandomProblem(seed: 3, states: 5, actions: 3, successors: 3, discount: 0.99, masked: true)
    let model = try model(random)
    let policy = RationalPolicy(Policy.uniform(for: random.mdp), actionCount: 3)
    let d = try model.occupancy(of: policy)
    #expect(d.reduce(0, +) == 100)
    let values = try ExactSolver().solve(model.induced(by: policy))
    #expect(product(d, model.rewards) == rational(values.objective))
    #expect(throws: SolverError.self) { try model.occupancy(of: RationalPolicy(actions: [0], actionCount: 3)) }
  }
}

/// What solving under one constraint gives: an optimum, or the proof that there is none.
enum Limited {
  case optimal(ExactConstrainedSolution)
  case impossible(ExactInfeasibility)

  init(_ constraint: RationalConstraint, _ model: RationalModel) throws {
    do {
      self = .optimal(try ExactSolver().solve(under: [constraint], model))
    } catch {
      guard case .infeasibleExactly(let proof) = error else { throw error }
      self = .impossible(proof)
    }
  }
}
