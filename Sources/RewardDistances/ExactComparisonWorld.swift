public import LinearAlgebra
public import MDPSolvers
internal import MDPs

/// A world for comparing rewards in rational numbers: every answer is exact, with policies and returns that anyone can
/// check by hand.
///
/// ```swift
/// let truth = try RationalModel(mdp, reward: trueReward), proxy = try RationalModel(mdp, reward: proxyReward)
/// let world = try ExactComparisonWorld(truth)
/// let regret = try world.worstCaseRegret(of: proxy.rewards, truth: truth.rewards)
/// ```
///
/// Rewards are pair-shaped: r(s, a) = Σ_t P(t | s, a) R(s, a, t), index `s * A + a`, on all states of the model. Only the
/// states reachable from the start distribution count.
public struct ExactComparisonWorld: Sendable {
  /// The model as given; its own reward plays no part.
  public let model: RationalModel
  package let planner: ExactPlanner

  /// Prepares the world of `model`.
  ///
  /// - Throws: ``RewardDistanceError/solver(_:)`` for a discount of 1.
  public init(_ model: RationalModel) throws(RewardDistanceError) {
    self.model = model
    planner = try solver { () throws(SolverError) in try ExactPlanner(model) }
  }

  /// max J, min J and policies that reach them.
  ///
  /// - Complexity: two planning problems
  public func returnRange(of reward: [Rational]) throws(RewardDistanceError) -> ExactReturnRange {
    try ExactReturnRange(restricted(reward), in: self)
  }

  /// The exact distance in the range seminorm between the rewards scaled to range 1; see ``RewardDistance/range``.
  ///
  /// - Returns: a number in [0, 2]; a trivial reward scales to 0.
  /// - Complexity: six planning problems
  public func rangeDistance(_ first: [Rational], _ second: [Rational]) throws(RewardDistanceError) -> Rational {
    let (a, b) = (try normalised(restricted(first)), try normalised(restricted(second)))
    return try ExactReturnRange(zip(a, b).map { $0 - $1 }, in: self).value
  }

  /// The reward over its range, 0 for a trivial one; on the states that count.
  private func normalised(_ x: [Rational]) throws(RewardDistanceError) -> [Rational] {
    let range = try ExactReturnRange(x, in: self).value
    return range.isZero ? x.map { _ in 0 } : x.map { $0 / range }
  }

  /// The reward on the states that count.
  package func restricted(_ reward: [Rational]) throws(RewardDistanceError) -> [Rational] {
    let count = model.mdp.stateCount * model.mdp.actionCount
    guard reward.count == count else {
      throw .solver(.shape(of: "the reward", expected: count, got: reward.count))
    }
    return planner.restricted(reward)
  }

  /// The policy of an occupancy on the states that count, on all states of the model.
  package func lifted(_ occupancy: [Rational]) -> RationalPolicy {
    RationalPolicy(occupancy: occupancy, on: planner.states, of: model.mdp)
  }

  package func optimum(
    of x: [Rational], _ direction: Direction, allowed: [Bool]? = nil, from start: [Int]? = nil
  ) throws(RewardDistanceError) -> ExactPlanner.Play {
    try solver { () throws(SolverError) in
      try planner.optimum(of: x, direction: direction, allowed: allowed, from: start)
    }
  }
}

/// The exact range of returns of a reward: the range seminorm.
public struct ExactReturnRange: Sendable {
  /// max J
  public let maximum: Rational
  /// min J
  public let minimum: Rational
  /// A policy that reaches the maximum, on all states of the model.
  public let best: RationalPolicy
  /// A policy that reaches the minimum.
  public let worst: RationalPolicy
  package let bestPlay: ExactPlanner.Play
  package let worstPlay: ExactPlanner.Play

  /// max J − min J; 0 exactly for a trivial reward.
  public var value: Rational { maximum - minimum }

  /// d_best − d_worst
  package var difference: [Rational] { zip(bestPlay.occupancy, worstPlay.occupancy).map { $0 - $1 } }

  package init(
    _ x: [Rational], in world: ExactComparisonWorld, from start: ExactReturnRange? = nil
  ) throws(RewardDistanceError) {
    bestPlay = try world.optimum(of: x, .maximise, from: start?.bestPlay.policy)
    worstPlay = try world.optimum(of: x, .minimise, from: start?.worstPlay.policy)
    maximum = bestPlay.return(of: x)
    minimum = worstPlay.return(of: x)
    best = world.lifted(bestPlay.occupancy)
    worst = world.lifted(worstPlay.occupancy)
  }
}
