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
    let solution: LinearProgramSolution
    do {
      var program = LinearProgram(.maximise)
      for p in mdp.initialDistribution { try program.addRow(.equal(p)) }
      for constraint in constraints { try program.addRow(.atMost(constraint.limit)) }
      for k in pairs {
        let s = k / mdp.actionCount
        var flow: [Int: Double] = [s: 1]
        bellman.transitions.forEachStored(ofRow: k) { t, p in flow[t, default: 0] -= mdp.discount * p }
        var entries = flow.sorted { $0.key < $1.key }.map { (row: $0.key, value: $0.value) }
        for (i, cost) in costs.enumerated() { entries.append((mdp.stateCount + i, cost[k])) }
        try program.addColumn(cost: bellman.rewards[k], entries: entries)
      }
      solution = try program.solve()
    } catch {
      throw .linearProgram("\(error)")
    }
    if case .farkas(let multipliers, _)? = solution.certificate {
      throw .infeasible(multipliers: Array(multipliers.suffix(constraints.count)))
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
    let multipliers = solution.dual.suffix(constraints.count).map { max(0, $0) }
    var relaxed = bellman.rewards.map { $0 > -.infinity ? $0 : 0 }
    for (cost, weight) in zip(costs, multipliers) { for k in relaxed.indices { relaxed[k] -= weight * cost[k] } }
    let bound = try DiscountedProblem(mdp, pairReward: relaxed).solve(using: AutomaticSolver(options: options))
    var other = bound.objectiveBounds.upperBound
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
      constraintReturns: spent.map(\.expectedReturn), multipliers: Array(multipliers), violation: violation,
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

/// The achievable pairs of two returns that no policy beats in both: vertices of the convex front.
///
/// The set of achievable returns is a projection of the occupancy polytope, hence convex, so weighted sums find every
/// vertex; the front between two neighbours is the line through them, by mixing. Found by bisection of the weights.
///
/// Source: Forejt, Kwiatkowska and Parker, Pareto curves for probabilistic model checking (2012).
public struct ParetoFront: Sendable {
  /// Returns that lie this near to a line count as on it.
  public var tolerance: Double
  /// Options of the weighted problems.
  public var options: SolverOptions

  /// A front found to `tolerance`.
  public init(tolerance: Double = 1e-9, options: SolverOptions = SolverOptions()) {
    self.tolerance = tolerance
    self.options = options
  }

  /// One vertex: a deterministic policy and its two returns.
  public struct Vertex: Sendable, Equatable {
    /// One action a state.
    public let policy: [Int]
    /// The return of the first reward.
    public let first: Double
    /// The return of the second reward.
    public let second: Double
  }

  /// The vertices from best in the first reward to best in the second; both are maximised from the start distribution.
  ///
  /// - Throws: what ``DiscountedProblem/init(_:pairReward:direction:allowed:)`` throws.
  public func solve(_ mdp: MDP, _ first: Reward, _ second: Reward) throws(SolverError) -> [Vertex] {
    let rewards: ([Double], [Double])
    do { rewards = (try first.expected(in: mdp), try second.expected(in: mdp)) } catch { throw .model(error) }
    func vertex(_ a: Double, _ b: Double, tieBreak: Bool) throws(SolverError) -> Vertex {
      let mixed = zip(rewards.0, rewards.1).map { a * $0 + b * $1 }
      let problem = try DiscountedProblem(mdp, pairReward: mixed)
      var best = problem.solve(using: AutomaticSolver(options: options))
      if tieBreak {
        // At the ends of the front the other reward decides among the optimal policies.
        let other = zip(rewards.0, rewards.1).map { b * $0 + a * $1 }
        best = try DiscountedProblem(mdp, pairReward: other, allowed: best.tiedActionMask(in: problem))
          .solve(using: AutomaticSolver(options: options))
      }
      let evaluation = try PolicyEvaluation(of: best.optimalPolicy, in: mdp)
      return Vertex(
        policy: best.policy, first: try evaluation.evaluate(pairReward: rewards.0).expectedReturn,
        second: try evaluation.evaluate(pairReward: rewards.1).expectedReturn)
    }
    let left = try vertex(1, 0, tieBreak: true)
    let right = try vertex(0, 1, tieBreak: true)
    var front = [left]
    var pending = [right]
    while let next = pending.last, let last = front.last {
      let (a, b) = (next.second - last.second, last.first - next.first)
      guard a > tolerance, b > tolerance else {
        pending.removeLast()
        if a > tolerance || b > tolerance { front.append(next) }
        continue
      }
      let scale = 1 / (a + b)
      let between = try vertex(a * scale, b * scale, tieBreak: false)
      let gain = a * scale * (between.first - last.first) + b * scale * (between.second - last.second)
      if gain > tolerance, between != next, between != last {
        pending.append(between)
      } else {
        front.append(next)
        pending.removeLast()
      }
    }
    return front
  }
}
