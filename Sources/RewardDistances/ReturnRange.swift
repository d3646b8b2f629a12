internal import MDPSolvers
internal import LinearAlgebra
internal import MDPs

/// max J − min J of a reward over all policies, with policies that reach both ends.
///
/// The range is a seminorm: 0 exactly for the rewards under which all policies are equally good, and therefore a norm on
/// canonical rewards. Two planning problems solve it.
public struct ReturnRange: Sendable, Equatable {
  /// max J
  public let maximum: Double
  /// min J
  public let minimum: Double
  /// max J − min J; 0 for a trivial reward.
  public let value: Double
  /// Where the range lies for certain.
  public let enclosure: ClosedRange<Double>
  /// A policy that reaches the maximum, one action a state of the reachable world.
  public let bestPolicy: [Int]
  /// A policy that reaches the minimum.
  public let worstPolicy: [Int]

  init(of reward: ComparedReward) throws(RewardDistanceError) {
    let projected = try reward.projected()
    let planner = try ReturnPlanner(reward.world)
    let shift =
      zip(reward.world.mdp.initialDistribution, projected.levelPotential).reduce(0) { $0 + $1.0 * $1.1 }
      + projected.shift
    if try reward.isTrivial() {
      let lowest = reward.world.mdp.lowestActions
      self.init(
        maximum: shift, minimum: shift, value: 0,
        enclosure: 0...(2 * norm1Bound(projected.values, discount: reward.world.mdp.discount)), bestPolicy: lowest,
        worstPolicy: lowest)
      return
    }
    let ends = try planner.extremes(of: projected.values, from: nil)
    let rounding = reward.projectionRounding(projected)
    self.init(
      maximum: ends.best.return(of: projected.values) + shift, minimum: ends.worst.return(of: projected.values) + shift,
      value: max(0, ends.best.return(of: projected.values) - ends.worst.return(of: projected.values)),
      enclosure: max(0, ends.lower - rounding)...(max(0, ends.upper) + rounding), bestPolicy: ends.best.policy,
      worstPolicy: ends.worst.policy)
  }

  private init(
    maximum: Double, minimum: Double, value: Double, enclosure: ClosedRange<Double>, bestPolicy: [Int],
    worstPolicy: [Int]
  ) {
    self.maximum = maximum
    self.minimum = minimum
    self.value = value
    self.enclosure = enclosure
    self.bestPolicy = bestPolicy
    self.worstPolicy = worstPolicy
  }
}

/// max |x| / (1 − γ): no return is larger.
private func norm1Bound(_ x: [Double], discount: Double) -> Double { normInfinity(x) / (1 - discount) }

extension ComparedReward {
  /// How far returns may move because the projection was computed in floating point: each entry is off by a few roundings
  /// of the terms that were added, and a difference of occupancies has mass at most 2 / (1 − γ).
  func projectionRounding(_ projected: ProjectedReward) -> Double {
    let spread = 2 * normInfinity(projected.levelPotential)
    return 16 * .ulpOfOne * (normInfinity(expected) + spread) / (1 - world.mdp.discount)
  }
}

extension MDP {
  /// How the systems of policies are solved: on large sparse worlds by iteration at once, because the search for a good
  /// elimination order would cost more than the solves.
  var linearMethod: LinearMethod {
    guard case .sparse = transitions, stateCount > 5000 else { return .automatic }
    return .krylov
  }

  /// The first available action of each state.
  var lowestActions: [Int] {
    (0..<stateCount).map { s in (0..<actionCount).first { isAvailable(s, $0) } ?? 0 }
  }
}

/// Finds the best and worst policies of one pair-shaped reward after another on one world.
struct ReturnPlanner: Sendable {
  /// A deterministic policy with its occupancy measure.
  struct Play: Sendable {
    let policy: [Int]
    let occupancy: OccupancyMeasure

    /// ⟨x, d⟩
    func `return`(of x: [Double]) -> Double {
      var sum = CompensatedSum()
      for (d, r) in zip(occupancy.values, x) { sum.add(d * r) }
      return sum.value
    }
  }

  /// The two ends of the range of returns.
  struct Extremes: Sendable {
    let best: Play
    let worst: Play
    /// ⟨x, d_best − d_worst⟩: the range is at least this.
    let lower: Double
    /// The proven upper bound of the range.
    let upper: Double

    /// d_best − d_worst
    var difference: [Double] { combine(1, best.occupancy.values, -1, worst.occupancy.values) }
  }

  let mdp: MDP
  let allowed: [Bool]?

  /// A planner on the world, with the actions `allowed` (all available ones when nil).
  init(_ world: ComparisonWorld, allowed: [Bool]? = nil) throws(RewardDistanceError) {
    try world.requireDiscounted("the range of returns")
    self.mdp = world.mdp
    self.allowed = allowed
  }

  /// A policy of largest (or least) return under `x`, and the proven bounds of that return.
  func optimum(
    of x: [Double], direction: Direction, from start: [Int]?
  ) throws(RewardDistanceError) -> (play: Play, bounds: ClosedRange<Double>) {
    let solution = try solver { () throws(SolverError) in
      try DiscountedProblem(mdp, pairReward: x, direction: direction, allowed: allowed).solve(
        using: AutomaticSolver(options: SolverOptions(tolerance: .relative(1e-11))), from: start)
    }
    let evaluation = try solver { () throws(SolverError) in
      try PolicyEvaluation(of: .deterministic(solution.policy), in: mdp, method: mdp.linearMethod)
    }
    return (Play(policy: solution.policy, occupancy: evaluation.occupancy()), solution.objectiveBounds)
  }

  /// The best and worst policies under `x`, started from those of a neighbouring reward.
  func extremes(of x: [Double], from start: Extremes?) throws(RewardDistanceError) -> Extremes {
    let best = try optimum(of: x, direction: .maximise, from: start?.best.policy)
    let worst = try optimum(of: x, direction: .minimise, from: start?.worst.policy)
    return Extremes(
      best: best.play, worst: worst.play, lower: best.play.return(of: x) - worst.play.return(of: x),
      upper: best.bounds.upperBound - worst.bounds.lowerBound)
  }
}
