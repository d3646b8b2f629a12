/// The quantities that the bounds of this field are functions of, checked once.
public struct BoundParameters: Sendable, Equatable {
  /// d: the dimension of the linear mixture, at least 1.
  public let dimension: Int
  /// S: the number of states, at least 1.
  public let stateCount: Int
  /// A: the number of actions, at least 1.
  public let actionCount: Int
  /// H: the number of steps of an episode, at least 1.
  public let horizon: Int
  /// ε: the accuracy asked for, positive. Unit: value, on the reward scale of the bound.
  public let accuracy: Double
  /// δ: the allowed probability of failure, in (0, 1).
  public let failureProbability: Double
  /// B: the bound on ‖θ‖₂, at least 1.
  public let parameterNorm: Double
  /// K: the number of episodes at which regret and suboptimality are evaluated, at least 1, not necessarily whole.
  public let episodes: Double

  /// Checks and keeps the quantities.
  ///
  /// - Throws: ``ExplorationError/parameter(name:value:needed:)`` naming the first one out of range.
  public init(
    dimension: Int, stateCount: Int, actionCount: Int, horizon: Int, accuracy: Double = 0.1,
    failureProbability: Double = 0.1, parameterNorm: Double = 1, episodes: Double = 1000
  ) throws(ExplorationError) {
    for (name, count) in [
      ("d", dimension), ("states", stateCount), ("actions", actionCount), ("horizon", horizon),
    ] where count < 1 {
      throw .parameter(name: name, value: Double(count), needed: "at least 1")
    }
    guard accuracy > 0, accuracy.isFinite else {
      throw .parameter(name: "epsilon", value: accuracy, needed: "positive and finite")
    }
    guard failureProbability > 0, failureProbability < 1 else {
      throw .parameter(name: "delta", value: failureProbability, needed: "strictly between 0 and 1")
    }
    guard parameterNorm >= 1, parameterNorm.isFinite else {
      throw .parameter(name: "B", value: parameterNorm, needed: "at least 1 and finite")
    }
    guard episodes >= 1, episodes <= 1e300 else {
      throw .parameter(name: "episodes", value: episodes, needed: "at least 1 and at most 1e300")
    }
    self.init(
      checked: dimension, stateCount, actionCount, horizon, accuracy, failureProbability, parameterNorm, episodes)
  }

  private init(
    checked dimension: Int, _ stateCount: Int, _ actionCount: Int, _ horizon: Int, _ accuracy: Double,
    _ failureProbability: Double, _ parameterNorm: Double, _ episodes: Double
  ) {
    self.dimension = dimension
    self.stateCount = stateCount
    self.actionCount = actionCount
    self.horizon = horizon
    self.accuracy = accuracy
    self.failureProbability = failureProbability
    self.parameterNorm = parameterNorm
    self.episodes = episodes
  }

  /// The same quantities with another horizon, at least 1.
  public func with(horizon: Int) -> BoundParameters {
    precondition(horizon >= 1, "an episode has at least one step")
    return BoundParameters(
      checked: dimension, stateCount, actionCount, horizon, accuracy, failureProbability, parameterNorm, episodes)
  }

  /// The same quantities with another dimension, at least 1.
  public func with(dimension: Int) -> BoundParameters {
    precondition(dimension >= 1, "the dimension is at least 1")
    return BoundParameters(
      checked: dimension, stateCount, actionCount, horizon, accuracy, failureProbability, parameterNorm, episodes)
  }
}
