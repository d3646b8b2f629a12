/// A stochastic bandit: every pull of an arm draws a reward from the arm's law, independent of the past.
///
/// Two wrappers leave that ground: rewards that arrive late, and Bernoulli means that drift.
public struct StochasticBandit: Sendable, Equatable {
  /// When the reward of a pull is shown to the learner.
  public enum Delay: Sendable, Equatable {
    /// At once.
    case none
    /// After this many further pulls.
    case constant(Int)
    /// After a geometric number of further pulls with this mean.
    case geometric(mean: Double)
  }

  /// The laws of the arms, shape (K).
  public let arms: [RewardDistribution]
  /// When rewards are shown.
  public let delay: Delay
  /// The standard deviation of each step of the random walks that Bernoulli means make inside [0, 1] by reflection; 0
  /// for means that stay.
  public let drift: Double

  /// K, the number of arms.
  public var armCount: Int { arms.count }
  /// The expected reward of every arm (at the start, when they drift).
  public var means: [Double] { arms.map(\.mean) }

  /// A bandit of the given arms.
  ///
  /// - Parameters:
  ///   - arms: Their laws, at least one.
  ///   - delay: When rewards are shown.
  ///   - drift: Standard deviation of a step of the means; needs Bernoulli arms when it is not 0.
  /// - Throws: ``BanditError`` for the first thing that is wrong.
  public init(arms: [RewardDistribution], delay: Delay = .none, drift: Double = 0) throws(BanditError) {
    guard !arms.isEmpty else { throw .noArms }
    for (arm, law) in arms.enumerated() { try law.validate(arm: arm) }
    guard drift >= 0, drift.isFinite else {
      throw .parameter(name: "drift", value: drift, needed: "a number that is not negative")
    }
    switch delay {
    case .none: break
    case .constant(let steps):
      guard steps >= 0 else {
        throw .parameter(name: "delay", value: Double(steps), needed: "a number that is not negative")
      }
    case .geometric(let mean):
      guard mean >= 0, mean.isFinite else {
        throw .parameter(name: "delay", value: mean, needed: "a number that is not negative")
      }
    }
    self.arms = arms
    self.delay = delay
    self.drift = drift
    if drift > 0, !isBernoulli { throw .kind(question: "drift", needed: "Bernoulli arms") }
  }

  /// Arms with Bernoulli rewards of the given means.
  ///
  /// - Throws: ``BanditError/mean(arm:value:)`` for a mean outside [0, 1].
  public init(means: [Double]) throws(BanditError) { try self.init(arms: means.map { .bernoulli(mean: $0) }) }

  /// Whether all rewards are 0 or 1.
  public var isBernoulli: Bool {
    arms.allSatisfy { if case .bernoulli = $0 { true } else { false } }
  }

  /// Whether all rewards lie in [0, 1].
  public var isInUnitInterval: Bool { arms.allSatisfy(\.isInUnitInterval) }

  /// The largest expected reward.
  public var bestMean: Double { means.max() ?? 0 }
  /// How much less than the best every arm is expected to give.
  public var gaps: [Double] { means.map { bestMean - $0 } }

  /// The same arms as a tallying bandit of memory 1, whose losses are 1 − mean.
  ///
  /// - Throws: ``BanditError/loss(arm:parameter:value:)`` when a mean is outside [0, 1].
  public func asTallying() throws(BanditError) -> TallyingBandit {
    try TallyingBandit(losses: means.map { .constant(1 - $0) }, weights: .unit(memory: 1))
  }
}
