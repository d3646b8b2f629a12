/// A bandit and how long it is played.
public struct BanditProblem: Sendable {
  /// The kinds of bandits.
  public enum Model: Sendable {
    /// Rewards from fixed laws.
    case stochastic(StochasticBandit)
    /// Losses that depend on recent plays, seen through noise.
    case tallying(TallyingBandit, noise: LossNoise)
  }

  /// What is played.
  public let model: Model
  /// T ≥ 0, the number of plays.
  public let horizon: Int

  /// `model` played `horizon` times.
  ///
  /// - Throws: ``BanditError/horizon(_:)`` when it is negative, ``BanditError/parameter(name:value:needed:)`` of the noise.
  public init(_ model: Model, horizon: Int) throws(BanditError) {
    guard horizon >= 0 else { throw .horizon(horizon) }
    if case .tallying(_, let noise) = model { try noise.validate() }
    self.model = model
    self.horizon = horizon
  }

  /// K, the number of arms.
  public var armCount: Int {
    switch model {
    case .stochastic(let bandit): bandit.armCount
    case .tallying(let bandit, _): bandit.armCount
    }
  }
}
