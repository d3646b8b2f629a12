import LinearAlgebra
import MDPs
import Testing

@testable import MDPSolvers

/// Every way to solve a discounted problem, against the tightest answer and against exact rationals.
@Suite("Methods for discounted problems") struct MethodTests {
  private static func solvers(_ options: SolverOptions) -> [any DiscountedSolver] {
    [
      TopologicalIteration(options: options), PrioritisedSweeping(options: options),
      ModifiedPolicyIteration(options: options, eliminatesActions: true),
      ValueIteration(options: options, eliminatesActions: true), LinearProgramming(.primal, options: options),
      LinearProgramming(.dual, options: options), PolicyIteration(options: options, linearMethod: .krylov),
    ]
  }

  @Test("they agree within their bounds", arguments: [0.0, 0.5, 0.9, 0.999], [false, true])
  func agreement(discount: Double, masked: Bool) throws {
    for seed in 0..<8 {
      let random = try RandomProblem(
        seed: seed, states: 1 + seed * 3, actions: 1 + seed % 4, successors: 3, discount: discount,
        sparse: seed % 2 == 0, masked: masked)
      for direction in Direction.allCases {
        let problem = try DiscountedProblem(random.mdp, pairReward: random.reward, direction: direction)
        let best = PolicyIteration(options: SolverOptions(tolerance: .absolute(0))).solve(problem)
        for solver in Self.solvers(SolverOptions(tolerance: .absolute(1e-6))) {
          let other = solver.solve(problem)
          #expect(other.guarantee.ending == .converged, "\(other.method)")
          let allowed = best.guarantee.errorBound + other.guarantee.errorBound
          for (v, w) in zip(best.values, other.values) { #expect(abs(v - w) <= allowed, "\(other.method)") }
          let again = solver.solve(problem, from: best.policy)
          for (v, w) in zip(best.values, again.values) {
            #expect(abs(v - w) <= best.guarantee.errorBound + again.guarantee.errorBound, "\(other.method)")
          }
        }
      }
    }
  }

  @Test("their bounds contain the exact values", arguments: [0.9, 0.9999]) func exact(discount: Double) throws {
    for seed in 0..<12 {
      let random = try RandomProblem(
        seed: seed, states: 6, actions: 3, successors: 3, discount: discount, masked: seed % 2 == 0)
      let reward = Reward(
        name: "r", values: .pair(try Matrix(rowCount: 6, columnCount: 3, elements: random.reward)))
      let exact = try ExactSolver().solve(RationalModel(random.mdp, reward: reward))
      let reading = 2 * discount.ulp * 2 / ((1 - discount) * (1 - discount))
      let problem = try DiscountedProblem(random.mdp, reward: reward)
      for solver in Self.solvers(SolverOptions(tolerance: .absolute(1e-4))) {
        let solution = solver.solve(problem)
        for (v, t) in zip(solution.values, exact.values) {
          #expect(abs(v - t.double) <= solution.guarantee.errorBound + reading, "\(solution.method)")
        }
        if solution.guarantee.level == .exactPolicy { #expect(solution.policy == exact.rounded.policy) }
      }
    }
  }

  /// Blocks that lead only to later ones, so that there are many components of all sizes.
  private static func layered(seed: Int, discount: Double) throws -> (mdp: MDP, reward: [Double]) {
    var random = SplitMix(seed)
    let sizes = (0..<12).map { _ in Int.random(in: 1...6, using: &random) }
    let stateCount = sizes.reduce(0, +)
    var builder = SparseRowsBuilder(columnCount: stateCount)
    var reward: [Double] = []
    var first = 0
    for size in sizes {
      for _ in 0..<size {
        for _ in 0..<2 {
          var weights: [Int: Int] = [Int.random(in: first..<(first + size), using: &random): 3]
          weights[Int.random(in: first..<stateCount, using: &random), default: 0] += 1
          for (t, w) in weights.sorted(by: { $0.key < $1.key }) {
            builder.append(column: Int32(t), value: Double(w) / 4)
          }
          builder.endRow()
          reward.append(Double(Int.random(in: -8...8, using: &random)))
        }
      }
      first += size
    }
    return (try MDP(actionCount: 2, transitions: .sparse(builder.build()), discount: discount), reward)
  }

  @Test("components are solved sinks first, without errors adding up", arguments: [0.5, 0.99, 0.99999])
  func topological(discount: Double) throws {
    for seed in 0..<10 {
      let (mdp, reward) = try Self.layered(seed: seed, discount: discount)
      let problem = try DiscountedProblem(mdp, pairReward: reward)
      let best = PolicyIteration(options: SolverOptions(tolerance: .absolute(0))).solve(problem)
      let found = TopologicalIteration(options: SolverOptions(tolerance: .absolute(1e-9))).solve(problem)
      #expect(found.guarantee.errorBound <= 1e-8)
      #expect(found.method.contains("components"))
      for (v, w) in zip(best.values, found.values) {
        #expect(abs(v - w) <= best.guarantee.errorBound + found.guarantee.errorBound)
      }
    }
  }

  @Test("an action in doubt is never removed") func elimination() throws {
    // Two actions of the same value in every state, and one that is worse.
    let mdp = try MDP(
      actionCount: 3, transitions: .dense(Matrix(rows: [[0, 1], [0, 1], [1, 0], [1, 0], [1, 0], [0, 1]])),
      discount: 0.9)
    let problem = try DiscountedProblem(mdp, pairReward: [1, 1, 0, 2, 2, -5])
    let solution = ValueIteration(eliminatesActions: true).solve(problem)
    #expect(solution.policy == [0, 0])
    #expect(solution.method.contains("4 actions left"))
    #expect(solution.ties(in: problem) == [[0, 1], [0, 1]])
  }

  @Test("limits and cancelling keep valid bounds, within a sweep") func limits() throws {
    let random = try RandomProblem(seed: 7, states: 60, actions: 3, successors: 4, discount: 0.99)
    let problem = try DiscountedProblem(random.mdp, pairReward: random.reward)
    let truth = problem.solve()
    let cancelling = SolverOptions(tolerance: .absolute(1e-12), progress: { i, _ in i < 2 })
    let short = SolverOptions(tolerance: .absolute(1e-12), iterationLimit: 2)
    for options in [cancelling, short] {
      for solver in [
        TopologicalIteration(options: options), PrioritisedSweeping(options: options), GaussSeidel(options: options),
        ModifiedPolicyIteration(options: options, eliminatesActions: true), PolicyIteration(options: options),
      ] as [any DiscountedSolver] {
        let partial = solver.solve(problem)
        #expect(partial.iterations <= 4, "\(partial.method)")
        #expect(partial.guarantee.errorBound.isFinite, "\(partial.method)")
        for (v, w) in zip(truth.values, partial.values) {
          #expect(abs(v - w) <= partial.guarantee.errorBound + truth.guarantee.errorBound, "\(partial.method)")
        }
      }
    }
    let stopped = PrioritisedSweeping(options: cancelling).solve(problem)
    #expect(stopped.guarantee.ending == .cancelled)
  }

  @Test("rewards of any scale", arguments: [1e300, 1e-300]) func scale(factor: Double) throws {
    let random = try RandomProblem(seed: 8, states: 12, actions: 3, successors: 3, discount: 0.95)
    let unit = try DiscountedProblem(random.mdp, pairReward: random.reward).solve()
    let problem = try DiscountedProblem(random.mdp, pairReward: random.reward.map { $0 * factor })
    for solver in Self.solvers(SolverOptions(tolerance: .relative(1e-9))) {
      let scaled = solver.solve(problem)
      #expect(scaled.guarantee.isConverged, "\(scaled.method)")
      for (v, w) in zip(unit.values, scaled.values) {
        #expect(abs(w / factor - v) <= 1e-8 * max(1, abs(v)), "\(scaled.method)")
      }
    }
  }
}

@Suite("Enumeration of policies") struct PolicyEnumerationTests {
  @Test("every policy once, with its values; the best is optimal") func all() throws {
    for seed in 0..<6 {
      let random = try RandomProblem(
        seed: seed, states: 5, actions: 3, successors: 3, discount: 0.95, sparse: seed % 2 == 0, masked: seed > 2)
      for direction in Direction.allCases {
        let problem = try DiscountedProblem(random.mdp, pairReward: random.reward, direction: direction)
        let enumeration = try PolicyEnumeration(problem)
        var seen: Set<[Int]> = []
        enumeration.forEach { policy, values in
          seen.insert(policy)
          guard seen.count % 16 == 1 else { return }
          let truth = try? PolicyEvaluation(of: .deterministic(policy), in: random.mdp).evaluate(
            pairReward: random.reward
          ).values
          for (v, w) in zip(values, truth ?? []) { #expect(abs(v - w) < 1e-10) }
        }
        #expect(seen.count == enumeration.count)
        let best = enumeration.solve()
        let other = problem.solve()
        #expect(best.guarantee.isConverged)
        for (v, w) in zip(best.values, other.values) { #expect(abs(v - w) < 2e-9) }
      }
    }
  }

  @Test("too many are refused") func limit() throws {
    let random = try RandomProblem(seed: 1, states: 30, actions: 4, successors: 2, discount: 0.9)
    let problem = try DiscountedProblem(random.mdp, pairReward: random.reward)
    #expect(throws: SolverError.tooLarge("policies", count: 0x1p60, limit: 1000)) {
      try PolicyEnumeration(problem, limit: 1000)
    }
  }
}

@Suite("Derivatives of the optimum") struct DirectionalDerivativeTests {
  @Test("at a tie the two slopes differ") func tie() throws {
    // One state, two actions that pay 1: raising the second helps, lowering it costs nothing.
    let mdp = try MDP(actionCount: 2, transitions: .dense(Matrix(rows: [[1], [1]])), discount: 0.5)
    let gain = try DiscountedProblem(mdp, pairReward: [1, 1])
    let up = try gain.solve().derivative(along: .reward([0, 1]), in: gain)
    #expect(abs(up.right - 2) < 1e-9 && abs(up.left) < 1e-9)
    #expect(up.policyAfter == [1] && up.policyBefore == [0] && up.ties == [[0, 1]] && !up.isUnique)
    let cost = try DiscountedProblem(mdp, pairReward: [1, 1], direction: .minimise)
    let down = try cost.solve().derivative(along: .reward([0, 1]), in: cost)
    #expect(abs(down.right) < 1e-9 && abs(down.left - 2) < 1e-9)
  }

  @Test("elsewhere they agree with differences") func differences() throws {
    for seed in 0..<5 {
      let random = try RandomProblem(seed: seed, states: 8, actions: 3, successors: 3, discount: 0.9)
      let problem = try DiscountedProblem(random.mdp, pairReward: random.reward)
      let solution = problem.solve()
      let h = 1e-6
      func optimum(_ mdp: MDP, _ reward: [Double]) throws -> Double {
        try DiscountedProblem(mdp, pairReward: reward).solve(
          using: PolicyIteration(options: SolverOptions(tolerance: .absolute(0)))
        ).objective
      }
      let direction = random.reward.indices.map { Double($0 % 5) - 2 }
      let byReward = try solution.derivative(along: .reward(direction), in: problem)
      let change = zip(random.reward, direction).map { $0 + h * $1 }
      #expect(abs((try optimum(random.mdp, change) - solution.objective) / h - byReward.right) < 1e-4)
      let byDiscount = try solution.derivative(along: .discount, in: problem)
      let other = try optimum(random.mdp.withDiscount(0.9 + h), random.reward)
      #expect(abs((other - solution.objective) / h - byDiscount.right) < 1e-2)
      #expect(byDiscount.isUnique && abs(byDiscount.right - byDiscount.left) < 1e-6)
    }
  }

  @Test("a change of probabilities must keep their sum") func sums() throws {
    let mdp = try MDP(
      actionCount: 1, transitions: .dense(Matrix(rows: [[0.5, 0.5], [0, 1]])), discount: 0.5,
      initialDistribution: [1, 0])
    let problem = try DiscountedProblem(mdp, pairReward: [0, 1])
    let solution = problem.solve()
    let shift = SparseRows(try Matrix(rows: [[-1, 1], [0, 0]]))
    // v(1) = 2, v(0) = p / (1 − (1 − p) / 2) at p = 1/2: the derivative is γ x(0) (v(1) − v(0)).
    let found = try solution.derivative(along: .transitions(shift), in: problem)
    let v0 = 0.5 / 0.75
    #expect(abs(found.right - 0.5 * (1 / 0.75) * (2 - v0)) < 1e-8)
    #expect(throws: SolverError.direction(state: 0, action: 0, sum: 1)) {
      try solution.derivative(along: .transitions(SparseRows(Matrix(rows: [[0, 1], [0, 0]]))), in: problem)
    }
  }
}
