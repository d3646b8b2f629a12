import LinearAlgebra
import MDPs
import TestSupport
import Testing

@testable import MDPSolvers

/// Every floating-point method against rationals, on instances that are hard for it.
@Suite("Bounds contain the truth") struct ExactBoundTests {
  /// What makes a small world hard.
  enum Family: CaseIterable {
    /// Two blocks that leak into each other with probability 2⁻ᵏ, or not at all.
    case blocks
    /// One successor a pair, or two of which one is nearly impossible: periods, end components, many closed classes.
    case slippery
    /// Half of all pairs stay where they are.
    case absorbing
  }

  /// Six states, two actions, rewards that tie, tie up to a unit in the last place, or differ clearly.
  private func hardProblem(
    _ seed: Int, discount: Double, family: Family = .blocks
  ) throws -> (MDP, [Double]) {
    var random = SeededGenerator(seed: 9000 + seed)
    let (S, A) = (6, 2)
    let leak = [0, 0x1p-10, 0x1p-30, 0x1p-45][seed % 4]
    var builder = SparseRowsBuilder(columnCount: S)
    var rewards: [Double] = []
    for s in 0..<S {
      let base = Double(Int.random(in: -16...16, using: &random)) / 8
      for a in 0..<A {
        var weights: [Int: Double] = [:]
        switch family {
        case .blocks:
          let block = s / 3
          for _ in 0..<4 { weights[block * 3 + Int.random(in: 0..<3, using: &random), default: 0] += 0.25 }
          if a == 0, leak > 0, let t = weights.keys.min() {
            weights[t, default: 0] -= leak
            weights[(1 - block) * 3, default: 0] += leak
          }
        case .slippery:
          weights[Int.random(in: 0..<S, using: &random)] = 1 - leak
          if leak > 0 { weights[Int.random(in: 0..<S, using: &random), default: 0] += leak }
        case .absorbing:
          let stays = Bool.random(using: &random)
          for _ in 0..<4 { weights[stays ? s : Int.random(in: 0..<S, using: &random), default: 0] += 0.25 }
        }
        for (t, w) in weights.sorted(by: { $0.key < $1.key }) { builder.append(column: Int32(t), value: w) }
        builder.endRow()
        rewards.append(seed % 3 == 0 ? base + Double(a) * base.ulp : base + Double(a) * Double(seed % 5) / 4)
      }
    }
    return (try MDP(actionCount: A, transitions: .sparse(builder.build()), discount: discount), rewards)
  }

  private func model(_ mdp: MDP, _ rewards: [Double]) throws -> RationalModel {
    let pairs = try Matrix(rowCount: mdp.stateCount, columnCount: mdp.actionCount, elements: rewards)
    let model = try RationalModel(mdp, reward: Reward(name: "r", values: .pair(pairs)), reading: .dyadic)
    // The discount as the double it is, whatever decimal it prints as.
    return RationalModel(
      mdp: mdp, rows: model.rows, probabilities: model.probabilities, rewards: model.rewards, like: model,
      start: mdp.initialDistribution.map { Rational(exactly: $0) ?? 0 }, source: model.source,
      discount: Rational(exactly: mdp.discount))
  }

  /// |value − truth| ≤ bound, in rationals.
  private func expectWithin(_ value: Double, _ truth: ExactValue, _ bound: Double, _ what: String) {
    guard case .finite(let exact) = truth, let float = Rational(exactly: value) else {
      #expect(value == truth.double, "\(what)")
      return
    }
    guard let limit = Rational(exactly: bound) else { return }
    #expect((float - exact).magnitude <= limit, "\(what): \(value), \(truth), \(bound)")
  }

  /// Every solver of discounted problems.
  private static func solvers(_ options: SolverOptions) -> [any DiscountedSolver] {
    [
      AutomaticSolver(options: options), PolicyIteration(options: options),
      PolicyIteration(options: options, linearMethod: .krylov), ValueIteration(options: options),
      ValueIteration(options: options, eliminatesActions: true), ModifiedPolicyIteration(options: options),
      ModifiedPolicyIteration(options: options, eliminatesActions: true), GaussSeidel(options: options),
      PrioritisedSweeping(options: options), TopologicalIteration(options: options),
      LinearProgramming(.primal, options: options), LinearProgramming(.dual, options: options),
    ]
  }

  @Test("discounted methods", arguments: [0, 0.5, 0.9, 0.9990234375, 0.9999999, 1 - 0x1p-35], Family.allCases)
  func discounted(discount: Double, family: Family) throws {
    for seed in 0..<8 {
      let (mdp, rewards) = try hardProblem(seed, discount: discount, family: family)
      let model = try model(mdp, rewards)
      for direction in Direction.allCases {
        let exact = try ExactSolver().solve(model, direction: direction)
        let problem = try DiscountedProblem(mdp, pairReward: rewards, direction: direction)
        let options = SolverOptions(tolerance: .absolute(1e-6), iterationLimit: 400)
        let solutions =
          Self.solvers(options).map { $0.solve(problem) } + [try PolicyEnumeration(problem).solve(options: options)]
        for solution in solutions {
          for s in 0..<mdp.stateCount {
            expectWithin(
              solution.values[s], exact.values[s], solution.guarantee.errorBound, "\(solution.method) \(seed)")
          }
          #expect(solution.guarantee.errorBound < .infinity, "\(solution.method)")
          #expect(solution.objectiveBounds.contains(exact.objective.double), "\(solution.method)")
          if solution.guarantee.level == .exactPolicy { #expect(solution.policy == exact.rounded.policy) }
        }
      }
    }
  }

  @Test("average methods, with several closed classes", arguments: 0..<24) func average(seed: Int) throws {
    for family in Family.allCases {
      let (mdp, rewards) = try hardProblem(seed, discount: 0.5, family: family)
      let model = try model(mdp.withDiscount(1), rewards)
      for direction in Direction.allCases {
        let exact = try ExactSolver().solve(AverageReward(direction: direction), model)
        for start in AverageReward.Start.allCases {
          let float = try AverageReward(direction: direction, start: start).solve(mdp, pairReward: rewards)
          for s in 0..<mdp.stateCount {
            expectWithin(
              float.gain[s], .finite(exact.gain[s]), float.guarantee.errorBound, "\(float.method) \(family) \(seed)")
          }
        }
        var relative = RelativeValueIteration()
        relative.options.iterationLimit = 2000
        guard let swept = try? relative.solve(mdp, pairReward: rewards, direction: direction) else { continue }
        for s in 0..<mdp.stateCount {
          expectWithin(swept.values[s], .finite(exact.gain[s]), swept.guarantee.errorBound, "relative \(seed)")
        }
      }
    }
  }

  @Test("reachability and total reward by every method, with end components", arguments: 0..<40)
  func undiscounted(seed: Int) throws {
    let random = try RandomProblem(
      seed: 3000 + seed, states: 7, actions: 2, successors: 1 + seed % 3, discount: 1, masked: seed % 4 == 0)
    let target = (0..<7).map { $0 == 6 }
    let gains = random.reward.map { abs($0) }
    for direction in Direction.allCases {
      let model = try model(random.mdp, gains)
      for method in StoppingMethod.allCases {
        var chance = Reachability(target: target, direction: direction)
        chance.method = method
        let exact = try ExactSolver().solve(Reachability(target: target, direction: direction), model)
        let float = try chance.solve(random.mdp)
        for s in 0..<7 {
          expectWithin(float.values[s], exact.values[s], float.guarantee.errorBound, "reach \(method) \(seed)")
        }
        var total = TotalReward(target: target, direction: direction)
        let exactTotal = try ExactSolver().solve(total, model)
        total.method = method
        let floatTotal = try total.solve(random.mdp, pairReward: gains)
        for s in 0..<7 {
          expectWithin(
            floatTotal.values[s], exactTotal.values[s], floatTotal.guarantee.errorBound, "total \(method) \(seed)")
        }
      }
    }
  }

  @Test("nested CVaR is robust to intervals from 0 to p / α", arguments: 0..<12) func cvar(seed: Int) throws {
    let (mdp, rewards) = try hardProblem(seed, discount: 0.9375, family: Family.allCases[seed % 3])
    let model = try model(mdp, rewards)
    let level = [1, 0.5, 0.125][seed % 3]
    let pairs = try Matrix(rowCount: mdp.stateCount, columnCount: mdp.actionCount, elements: rewards)
    let share = Rational(exactly: level) ?? 1
    for direction in Direction.allCases {
      let exact = try ExactSolver().solve(
        against: .intervals(
          lower: model.probabilities.map { _ in 0 }, upper: model.probabilities.map { min(1, $0 / share) }), model,
        direction: direction)
      let float = try NestedCVaR(level: level).solve(
        mdp, reward: Reward(name: "r", values: .pair(pairs)), direction: direction)
      for s in 0..<mdp.stateCount {
        expectWithin(float.values[s], exact.values[s], float.guarantee.errorBound, "cvar \(seed) \(level)")
      }
    }
  }

  @Test("rounding that stops a method near discount 1 ends it, with bounds that hold") func stalls() throws {
    // Two states in turn, and a third that joins them: the chain has a period, and its values are millions of changes.
    let rows = try Matrix(rows: [[0, 0, 1], [1, 0, 0], [1, 0, 0]])
    let mdp = try MDP(actionCount: 1, transitions: .dense(rows), discount: 1 - 0x1p-20)
    let rewards = [-0.875, 0.625, 0.5]
    let exact = try ExactSolver().solve(model(mdp, rewards))
    let problem = try DiscountedProblem(mdp, pairReward: rewards)
    let options = SolverOptions(tolerance: .absolute(0), iterationLimit: 200_000)
    let solvers: [any DiscountedSolver] = [
      ModifiedPolicyIteration(options: options), GaussSeidel(options: options), PrioritisedSweeping(options: options),
    ]
    for solver in solvers {
      let solution = solver.solve(problem)
      #expect(solution.guarantee.ending == .toleranceNotReached && solution.iterations < 100_000, "\(solution.method)")
      #expect(solution.guarantee.errorBound < 1e-2, "\(solution.method)")
      for s in 0..<3 {
        expectWithin(solution.values[s], exact.values[s], solution.guarantee.errorBound, solution.method)
      }
    }
  }

  @Test("robust optima meet their fixed point, and bounds contain them", arguments: 0..<16) func robust(seed: Int)
    throws
  {
    let (mdp, rewards) = try hardProblem(seed, discount: 0.9375)
    let model = try model(mdp, rewards)
    let radius = [0.25, 0.5, 2, 0][seed % 4]
    for direction in Direction.allCases {
      for isOptimistic in [false, true] {
        let exact = try ExactSolver().solve(
          against: .ball(radius: Rational(exactly: radius) ?? 0), model, direction: direction,
          isOptimistic: isOptimistic)
        let float = try RobustIteration(ambiguity: .ball(radius: radius), isOptimistic: isOptimistic).solve(
          DiscountedProblem(mdp, pairReward: rewards, direction: direction))
        for s in 0..<mdp.stateCount {
          expectWithin(float.values[s], exact.values[s], float.guarantee.errorBound, "robust \(seed) \(radius)")
        }
      }
    }
    // With the nominal row as the only choice it is the plain optimum; with everything open nature picks the worst state.
    let plain = try ExactSolver().solve(model)
    #expect(try ExactSolver().solve(against: .ball(radius: 0), model).values == plain.values)
    let exactRows = model.probabilities
    #expect(
      try ExactSolver().solve(against: .intervals(lower: exactRows, upper: exactRows), model).values == plain.values)
    #expect(throws: SolverError.radius(3)) { try ExactSolver().solve(against: .ball(radius: 3), model) }
    #expect(throws: SolverError.self) {
      try ExactSolver().solve(
        against: .intervals(lower: exactRows.map { $0 * 2 }, upper: exactRows.map { $0 * 3 }), model)
    }
  }

  @Test("constrained optima lie in their enclosures", arguments: 0..<20) func constrained(seed: Int) throws {
    let (mdp, rewards) = try hardProblem(seed, discount: 0.9375)
    let model = try model(mdp, rewards)
    let cost = rewards.indices.map { Double(($0 * 7 + seed) % 5) / 4 }
    let costs = try Matrix(rowCount: mdp.stateCount, columnCount: mdp.actionCount, elements: cost)
    let limit = 8.0
    let exactCost = cost.map { Rational(exactly: $0) ?? 0 }
    let constraint = RationalConstraint(name: "c", cost: exactCost, atMost: 8)
    switch try Limited(constraint, model) {
    case .optimal(let exact):
      let pairs = try Matrix(rowCount: mdp.stateCount, columnCount: mdp.actionCount, elements: rewards)
      let float = try ConstrainedOptimisation(
        constraints: [ReturnConstraint(Reward(name: "c", values: .pair(costs)), atMost: limit)]
      ).solve(mdp, reward: Reward(name: "r", values: .pair(pairs)))
      let truth = Double(exact.objective)
      // The policy may exceed the limit by rounding, and then be worth a little more.
      let slack = float.violation * Double(exact.multipliers[0]) * 2 + truth.ulp
      #expect(float.objectiveBounds.lowerBound <= truth + slack && truth <= float.objectiveBounds.upperBound)
    case .impossible(let proof):
      #expect(proof.leastCost > proof.allowedCost)
    }
  }
}
