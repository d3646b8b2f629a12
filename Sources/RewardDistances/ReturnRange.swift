internal import LinearAlgebra
internal import MDPSolvers
internal import MDPs
internal import Synchronization

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
    let ends = try reward.extremes()
    let rounding = reward.projectionRounding(projected)
    self.init(
      maximum: ends.best.expectedReturn(of: projected.values) + shift,
      minimum: ends.worst.expectedReturn(of: projected.values) + shift, value: max(0, ends.lower),
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
  /// The two ends of the range of returns.
  struct Extremes: Sendable {
    let best: Play
    let worst: Play
    /// ⟨x, d_best − d_worst⟩: the range is at least this.
    let lower: Double
    /// An upper bound of the range.
    let upper: Double

    /// The ends of `factor` times the reward.
    func scaled(by factor: Double) -> Extremes {
      Extremes(
        best: best.scaled(by: factor), worst: worst.scaled(by: factor), lower: factor * lower, upper: factor * upper)
    }
  }

  let search: PlaySearch

  /// A planner on the world, with the actions `allowed` (all available ones when nil).
  init(_ world: ComparisonWorld, allowed: [Bool]? = nil) throws(RewardDistanceError) {
    try world.requireDiscounted("the range of returns")
    search = PlaySearch(world.mdp, allowed: allowed)
  }

  /// A policy of largest (or least) return under `x`.
  func optimum(of x: [Double], direction: Direction, from start: Play? = nil) throws(RewardDistanceError) -> Play {
    try solver { () throws(SolverError) in try search.optimum(of: x, direction: direction, from: start) }.play
  }

  /// The best and worst policies under `x`, started from those of a neighbouring reward.
  ///
  /// - Parameters:
  ///   - x: shape (S·A).
  ///   - start: the ends of a neighbouring reward.
  ///   - isTight: whether the upper bound is wanted as near as the solvers prove, not only as near as comes for nothing.
  /// - Returns: both ends.
  /// - Throws: ``RewardDistanceError/solver(_:)``
  func extremes(
    of x: [Double], from start: Extremes? = nil, isTight: Bool = true
  ) throws(RewardDistanceError) -> Extremes {
    let (best, worst) = try bothWays { direction throws(SolverError) in
      try search.optimum(of: x, direction: direction, from: direction == .maximise ? start?.best : start?.worst)
    }
    let lower = best.play.expectedReturn(of: x) - worst.play.expectedReturn(of: x)
    var upper = best.bounds.upperBound - worst.bounds.lowerBound
    if isTight, upper - lower > 1e-11 * lower {
      let (top, bottom) = try bothWays { direction throws(SolverError) in
        try search.provenBounds(
          of: x, direction: direction, near: direction == .maximise ? best.play : worst.play)
      }
      upper = min(upper, top.upperBound - bottom.lowerBound)
    }
    return Extremes(best: best.play, worst: worst.play, lower: lower, upper: upper)
  }

  /// What `body` gives for the largest and the least return; at the same time where each is single-threaded sweeps.
  func bothWays<Value: Sendable>(
    _ body: @Sendable (Direction) throws(SolverError) -> Value
  ) throws(RewardDistanceError) -> (Value, Value) {
    let kept = Mutex<[Result<Value, SolverError>?]>([nil, nil])
    forEachRange(of: 2, workers: search.isSwept ? 2 : 1) { range in
      for i in range {
        let result = Result { () throws(SolverError) in try body(i == 0 ? .maximise : .minimise) }
        kept.withLock { $0[i] = result }
      }
    }
    let results = kept.withLock { $0 }
    return try solver { () throws(SolverError) in
      guard let first = results[0], let second = results[1] else { preconditionFailure("both ranges were run") }
      return (try first.get(), try second.get())
    }
  }
}
