import LinearAlgebra
import MDPs
import Testing

@testable import MDPSolvers

/// Puterman (2005), section 3.1: two states; for γ > 10/11 the closed form of example 6.2.1 holds.
@Suite("Puterman's two-state problem") struct PutermanTests {
  static func problem(_ g: Double, dense: Bool) throws -> DiscountedProblem {
    let rows = SparseRows(try Matrix(rows: [[0.5, 0.5], [0, 1], [0, 1], [0, 0]]))
    let mdp = try MDP(
      actionCount: 2, transitions: dense ? .dense(rows.dense) : .sparse(rows), discount: g,
      availability: [true, true, true, false])
    return try DiscountedProblem(mdp, pairReward: [5, 10, -1, .nan])
  }

  @Test("every method keeps its bound", arguments: [0.92, 0.95, 0.99, 0.9999], [false, true])
  func closedForm(g: Double, dense: Bool) throws {
    let problem = try Self.problem(g, dense: dense)
    let truth = [(5 - 5.5 * g) / ((1 - 0.5 * g) * (1 - g)), -1 / (1 - g)]
    let solvers: [any DiscountedSolver] = [
      PolicyIteration(), ValueIteration(), ModifiedPolicyIteration(), AutomaticSolver(), GaussSeidel(),
      PolicyIteration(linearMethod: .sparseLU), PolicyIteration(linearMethod: .krylov),
    ]
    for solver in solvers {
      let solution = solver.solve(problem)
      #expect(solution.guarantee.level >= .bounded)
      #expect(solution.guarantee.errorBound < 1e-6)
      #expect(solution.policy == [0, 0])
      for (v, t) in zip(solution.values, truth) {
        // The closed form itself is rounded a few times.
        #expect(abs(v - t) <= solution.guarantee.errorBound + 8 * abs(t).ulp / (1 - g))
      }
    }
  }
}

@Suite("Discounted problems") struct DiscountedTests {
  @Test("methods agree within their bounds", arguments: [0.0, 0.5, 0.9, 0.999, 0.999999], [false, true])
  func agreement(discount: Double, masked: Bool) throws {
    for seed in 0..<10 {
      for sparse in [true, false] {
        let random = try RandomProblem(
          seed: seed, states: 1 + seed * 3, actions: 1 + seed % 4, successors: 3, discount: discount, sparse: sparse,
          masked: masked)
        for direction in Direction.allCases {
          let problem = try DiscountedProblem(random.mdp, pairReward: random.reward, direction: direction)
          let best = PolicyIteration(options: SolverOptions(tolerance: .absolute(0))).solve(problem)
          #expect(best.guarantee.errorBound < 1e-8)
          let options = SolverOptions(tolerance: .absolute(1e-5))
          for other in [
            ValueIteration(options: options).solve(problem), ModifiedPolicyIteration(options: options).solve(problem),
            AutomaticSolver(options: options).solve(problem), GaussSeidel(options: options).solve(problem),
            PolicyIteration(options: options, linearMethod: .krylov).solve(problem),
            PolicyIteration(options: options, linearMethod: .sparseLU).solve(problem, from: best.policy),
          ] {
            #expect(other.guarantee.ending == .converged || discount > 0.99999)
            let allowed = best.guarantee.errorBound + other.guarantee.errorBound
            for (v, w) in zip(best.values, other.values) { #expect(abs(v - w) <= allowed) }
            let played = try PolicyEvaluation(of: other.optimalPolicy, in: random.mdp).evaluate(
              pairReward: random.reward)
            for (v, w) in zip(best.values, played.values) {
              let loss = direction.sign * (v - w)
              #expect(
                loss <= other.guarantee.policyLoss + best.guarantee.errorBound + played.guarantee.errorBound)
            }
          }
        }
      }
    }
  }

  @Test("brute force over all policies on tiny models") func bruteForce() throws {
    for seed in 0..<20 {
      let random = try RandomProblem(seed: seed, states: 4, actions: 3, successors: 2, discount: 0.9)
      let solution = try DiscountedProblem(random.mdp, pairReward: random.reward).solve()
      var best = [Double](repeating: -.infinity, count: 4)
      for code in 0..<81 {
        let actions = [code % 3, code / 3 % 3, code / 9 % 3, code / 27]
        let values = try PolicyEvaluation(of: .deterministic(actions), in: random.mdp).evaluate(
          pairReward: random.reward
        ).values
        for s in 0..<4 { best[s] = max(best[s], values[s]) }
      }
      for s in 0..<4 { #expect(abs(best[s] - solution.values[s]) <= 1e-11) }
    }
  }

  @Test("the same bytes on any number of threads") func determinism() throws {
    let random = try RandomProblem(seed: 3, states: 4000, actions: 4, successors: 8, discount: 0.97)
    let problem = try DiscountedProblem(random.mdp, pairReward: random.reward)
    let one = ModifiedPolicyIteration(options: SolverOptions(threads: 1)).solve(problem)
    let four = ModifiedPolicyIteration(options: SolverOptions(threads: 4)).solve(problem)
    #expect(one == four)
  }

  @Test("bad discounts are refused", arguments: [1.0])
  func discount(g: Double) throws {
    let mdp = try MDP(actionCount: 1, transitions: .dense(.identity(1)), discount: g)
    #expect(throws: SolverError.discountOutOfRange(discount: g, largestRowSumDefect: 0)) {
      try DiscountedProblem(mdp, pairReward: [1])
    }
  }

  @Test("bad rewards and masks are named") func badInput() throws {
    let mdp = try MDP(actionCount: 2, transitions: .dense(Matrix(rows: [[1], [1]])), discount: 0.5)
    #expect(throws: SolverError.reward(state: 0, action: 1, value: -.infinity)) {
      try DiscountedProblem(mdp, pairReward: [1, -.infinity])
    }
    #expect(throws: SolverError.noAllowedAction(state: 0)) {
      try DiscountedProblem(mdp, pairReward: [1, 1], allowed: [false, false])
    }
    #expect(throws: SolverError.shape(of: "pair reward", expected: 2, got: 1)) {
      try DiscountedProblem(mdp, pairReward: [1])
    }
  }

  @Test("discount 0: the best reward, the lowest tied action") func zeroDiscount() throws {
    let mdp = try MDP(actionCount: 3, transitions: .dense(Matrix(rows: [[1], [1], [1]])), discount: 0)
    for solver in [PolicyIteration(), ValueIteration(), ModifiedPolicyIteration()] as [any DiscountedSolver] {
      let problem = try DiscountedProblem(mdp, pairReward: [1, 2, 2])
      let solution = solver.solve(problem)
      #expect(solution.values == [2])
      #expect(solution.policy == [1])
      #expect(solution.ties(in: problem) == [[1, 2]])
    }
  }

  @Test("an unreachable tolerance is not claimed") func unreachable() throws {
    let random = try RandomProblem(seed: 5, states: 20, actions: 3, successors: 4, discount: 0.99)
    let problem = try DiscountedProblem(random.mdp, pairReward: random.reward)
    for solver in [
      PolicyIteration(options: SolverOptions(tolerance: .absolute(0))),
      ValueIteration(options: SolverOptions(tolerance: .absolute(0))),
      ModifiedPolicyIteration(options: SolverOptions(tolerance: .absolute(0))),
    ] as [any DiscountedSolver] {
      let guarantee = solver.solve(problem).guarantee
      #expect(guarantee.ending == .toleranceNotReached)
      #expect(guarantee.errorBound > 0 && guarantee.errorBound < 1e-9)
    }
  }

  @Test("a discount within 2⁻⁴⁰ of 1 ends with its true bound") func nearOne() throws {
    let random = try RandomProblem(seed: 6, states: 5, actions: 2, successors: 2, discount: 1 - 0x1p-44)
    let solution = try DiscountedProblem(random.mdp, pairReward: random.reward).solve()
    #expect(solution.guarantee.errorBound.isFinite)
  }

  @Test("limits and cancelling keep valid bounds") func limits() throws {
    let random = try RandomProblem(seed: 7, states: 30, actions: 3, successors: 4, discount: 0.99)
    let problem = try DiscountedProblem(random.mdp, pairReward: random.reward)
    let truth = problem.solve()
    let short = ValueIteration(options: SolverOptions(iterationLimit: 3)).solve(problem)
    #expect(short.guarantee.ending == .iterationLimit)
    let stopped = ValueIteration(options: SolverOptions(progress: { i, _ in i < 2 })).solve(problem)
    #expect(stopped.guarantee.ending == .cancelled && stopped.iterations == 2)
    for partial in [short, stopped] {
      for (v, w) in zip(truth.values, partial.values) {
        #expect(abs(v - w) <= partial.guarantee.errorBound + truth.guarantee.errorBound)
      }
    }
  }

  @Test("rewards of any scale", arguments: [1e300, 1e-300]) func scale(factor: Double) throws {
    let random = try RandomProblem(seed: 8, states: 12, actions: 3, successors: 3, discount: 0.95)
    let unit = try DiscountedProblem(random.mdp, pairReward: random.reward).solve()
    let options = SolverOptions(tolerance: .relative(1e-9))
    let scaled = PolicyIteration(options: options).solve(
      try DiscountedProblem(random.mdp, pairReward: random.reward.map { $0 * factor }))
    #expect(scaled.guarantee.isConverged)
    for (v, w) in zip(unit.values, scaled.values) { #expect(abs(w / factor - v) <= 1e-8 * max(1, abs(v))) }
  }
}

@Suite("Policy evaluation and occupancy") struct PolicyEvaluationTests {
  @Test("the occupancy pairs with every reward", arguments: [0.5, 0.99])
  func occupancy(discount: Double) throws {
    for seed in 0..<10 {
      let random = try RandomProblem(
        seed: seed, states: 15, actions: 3, successors: 4, discount: discount, sparse: seed % 2 == 0)
      for policy in [Policy.uniform(for: random.mdp), .deterministic([Int](repeating: 1, count: 15))] {
        let evaluation = try PolicyEvaluation(of: policy, in: random.mdp)
        let occupancy = evaluation.occupancy()
        let value = try evaluation.evaluate(pairReward: random.reward)
        #expect(abs(occupancy.values.reduce(0, +) * (1 - discount) - 1) < 1e-13)
        #expect(abs(occupancy.expectedReturn(of: random.reward) - value.expectedReturn) < 1e-12 / (1 - discount))
        #expect(value.expectedReturnBounds.contains(value.expectedReturn))
      }
    }
  }
}

@Suite("Sensitivities") struct SensitivityTests {
  @Test("derivatives agree with differences") func differences() throws {
    for seed in 0..<5 {
      let random = try RandomProblem(seed: seed, states: 8, actions: 2, successors: 3, discount: 0.9)
      let policy = Policy.uniform(for: random.mdp)
      let found = try PolicyEvaluation(of: policy, in: random.mdp).sensitivities(pairReward: random.reward)
      let h = 1e-6
      func expectedReturn(_ mdp: MDP) throws -> Double {
        try PolicyEvaluation(of: policy, in: mdp).evaluate(pairReward: random.reward, tolerance: .absolute(0))
          .expectedReturn
      }
      let up = try expectedReturn(random.mdp.withDiscount(0.9 + h))
      let down = try expectedReturn(random.mdp.withDiscount(0.9 - h))
      // The central difference is off by h² times a third derivative of order 2 · 3! / (1 − γ)⁴, and by rounding / h.
      #expect(abs((up - down) / (2 * h) - found.returnByDiscount) < 1e-6)
      let sum = zip(found.occupancy.values, random.reward).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(abs(sum - (try expectedReturn(random.mdp))) < 1e-12)
    }
  }
}

@Suite("Finite horizon") struct FiniteHorizonTests {
  @Test("horizon 2 by hand") func byHand() throws {
    let mdp = try MDP(
      actionCount: 2, transitions: .dense(Matrix(rows: [[1, 0], [0, 1], [0, 1], [0, 1]])), discount: 1,
      initialDistribution: [1, 0])
    let solution = try FiniteHorizon(horizon: 2).solve(mdp, pairReward: [1, 0, 3, 2])
    #expect(solution.values == [[0, 0], [1, 3], [3, 6]])
    #expect(solution.policies == [[0, 0], [1, 0]])
    #expect(solution.objective == 3)
    #expect(throws: SolverError.horizon(-1)) { try FiniteHorizon(horizon: -1).solve(mdp, pairReward: [1, 0, 3, 2]) }
  }

  @Test("a long horizon comes near the discounted optimum") func limit() throws {
    let random = try RandomProblem(seed: 1, states: 10, actions: 3, successors: 3, discount: 0.5)
    let long = try FiniteHorizon(horizon: 60).solve(random.mdp, pairReward: random.reward)
    let best = try DiscountedProblem(random.mdp, pairReward: random.reward).solve()
    for (v, w) in zip(long.values[60], best.values) { #expect(abs(v - w) < 1e-12) }
  }
}
