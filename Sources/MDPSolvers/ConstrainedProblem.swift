internal import LinearPrograms
public import MDPs

/// A bound on a second expected discounted return: μ₀ᵀ v_π(cost) ≤ `limit`.
public struct ReturnConstraint: Sendable {
  /// The cost.
  public let cost: Reward
  /// The most that may be spent.
  public let limit: Double

  /// The constraint that the expected return of `cost` is at most `limit`.
  public init(_ cost: Reward, atMost limit: Double) {
    self.cost = cost
    self.limit = limit
  }
}

/// The best policy from the start distribution under bounds on other returns, by the linear program of occupancies:
///
/// ```
/// max Σ x r   subject to   Σ_a x(t, a) − γ Σ p(t | s, a) x(s, a) = μ₀(t),   Σ x c_i ≤ d_i,   x ≥ 0
/// ```
///
/// A basic optimum randomises in at most as many states as there are active constraints. The answer is enclosed: from
/// below by the evaluated policy, from above by the Lagrangian max_π (r − Σ λ c) + λ d, itself solved with proof.
///
/// Source: Altman, Constrained Markov Decision Processes (1999), ch. 3; Puterman (1994), §6.9.
public struct ConstrainedOptimisation: Sendable {
  /// The bounds.
  public var constraints: [ReturnConstraint]
  /// Tolerance, limits, threads.
  public var options: SolverOptions

  /// The best policy under `constraints`.
  public init(constraints: [ReturnConstraint], options: SolverOptions = SolverOptions()) {
    self.constraints = constraints
    self.options = options
  }

  /// Solves for a reward that is to be as large, or as small, as possible.
  ///
  /// - Throws: ``SolverError/infeasible(multipliers:)`` with a certificate, ``SolverError/linearProgram(_:)``, and what
  ///   ``DiscountedProblem/init(_:reward:direction:allowed:)`` throws.
  public func solve(
    _ mdp: MDP, reward: Reward, direction: Direction = .maximise
  ) throws(SolverError) -> ConstrainedSolution {
    let problem = try DiscountedProblem(mdp, reward: reward, direction: direction)
    var costs: [[Double]] = []
    for constraint in constraints {
      do { costs.append(try constraint.cost.expected(in: mdp)) } catch { throw .model(error) }
    }
    let bellman = problem.bellman
    let pairs = bellman.rewards.indices.filter { bellman.rewards[$0] > -.infinity }
    // The simplex method wants numbers of ordinary size, and its tolerance is absolute: rewards and costs are divided by
    // their largest.
    let scale = bellman.rewardMagnitude > 0 ? bellman.rewardMagnitude : 1
    let units = costs.map { cost in
      let largest = pairs.reduce(0.0) { max($0, abs(cost[$1])) }
      return largest > 0 ? largest : 1
    }
    // No policy spends more than c / (1 − γ), so that a limit beyond it, or below minus that, may be drawn in.
    let most = 2 / bellman.slack
    let solution: LinearProgramSolution
    do {
      var program = LinearProgram(.maximise)
      for p in mdp.initialDistribution { try program.addRow(.equal(p)) }
      for (constraint, unit) in zip(constraints, units) {
        try program.addRow(.atMost(max(-most, min(most, constraint.limit / unit))))
      }
      for k in pairs {
        var entries = bellman.flow(ofPair: k).map { (row: $0.0, value: $0.1) }
        for (i, cost) in costs.enumerated() { entries.append((mdp.stateCount + i, cost[k] / units[i])) }
        try program.addColumn(cost: bellman.rewards[k] / scale, entries: entries)
      }
      solution = try program.solve()
    } catch {
      throw .linearProgram("\(error)")
    }
    if case .farkas(let multipliers, _)? = solution.certificate {
      throw .infeasible(
        multipliers: zip(multipliers.suffix(constraints.count), units).map {
          max(-.greatestFiniteMagnitude, min($0 / $1, .greatestFiniteMagnitude))
        })
    }
    guard solution.status == .optimal else { throw .linearProgram("the solver stopped at \(solution.status)") }
    var visits = [Double](repeating: 0, count: bellman.rewards.count)
    for (k, x) in zip(pairs, solution.primal) { visits[k] = x }
    let occupancy = OccupancyMeasure(values: visits, actionCount: mdp.actionCount)
    let policy = occupancy.policy(for: mdp)
    let evaluation = try PolicyEvaluation(of: policy, in: mdp)
    let own = try evaluation.evaluate(reward, tolerance: options.tolerance)
    var spent: [PolicyValue] = []
    for constraint in constraints {
      spent.append(try evaluation.evaluate(constraint.cost, tolerance: options.tolerance))
    }
    // The Lagrangian bounds the optimum from the other side, whatever the multipliers.
    let multipliers = zip(solution.dual.suffix(constraints.count), units).map {
      max(0, min($0 * (scale / $1), .greatestFiniteMagnitude))
    }
    var relaxed = bellman.rewards.map { $0 > -.infinity ? $0 : 0 }
    var sizes = relaxed.map { abs($0) }
    for (cost, weight) in zip(costs, multipliers) {
      for k in pairs {
        relaxed[k] -= weight * cost[k]
        sizes[k] += abs(weight * cost[k])
      }
    }
    let bound = try DiscountedProblem(mdp, pairReward: relaxed).solve(using: AutomaticSolver(options: options))
    // Mixing the rewards was rounded as well.
    let mixing = Up.product(accumulatedRoundoff(2 * costs.count + 2), sizes.largestMagnitude.nextUp)
    var other = Up.sum(bound.objectiveBounds.upperBound, Up.quotient(mixing, bellman.slack))
    for (weight, constraint) in zip(multipliers, constraints) {
      other = Up.sum(other, (weight * constraint.limit).nextUp)
    }
    let violation = zip(spent, constraints).reduce(0.0) { max($0, $1.0.expectedReturn - $1.1.limit) }
    let sign = direction.sign
    let attained = sign > 0 ? own.expectedReturnBounds.lowerBound : -own.expectedReturnBounds.upperBound
    let enclosure = min(attained, other)...max(attained, other)
    return ConstrainedSolution(
      policy: policy, values: own.values, objective: own.expectedReturn,
      objectiveBounds: sign > 0 ? enclosure : -enclosure.upperBound ... -enclosure.lowerBound,
      constraintReturns: spent.map(\.expectedReturn), multipliers: multipliers, violation: violation,
      errorBound: own.guarantee.errorBound, iterations: solution.iterations)
  }
}

/// The best policy under constraints.
public struct ConstrainedSolution: Sendable, Equatable {
  /// The policy; it randomises in at most as many states as constraints are active.
  public let policy: Policy
  /// Its values, shape (S).
  public let values: ValueFunction
  /// Its return from the start distribution.
  public let objective: Double
  /// Where the constrained optimum lies: between the policy's return and the Lagrangian bound.
  public let objectiveBounds: ClosedRange<Double>
  /// What the policy spends, one number a constraint.
  public let constraintReturns: [Double]
  /// λ ≥ 0: what one unit more of each limit is worth.
  public let multipliers: [Double]
  /// By how much the policy exceeds a limit, at most; rounding of the linear program.
  public let violation: Double
  /// The proven error of `values`.
  public let errorBound: Double
  /// Pivots of the linear program.
  public let iterations: Int
}
