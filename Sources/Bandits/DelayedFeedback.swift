internal import RealModule
public import Simulation

/// A learner whose rewards arrive late.
public struct DelayedFeedback<Learner: BanditPolicy>: BanditPolicy {
  /// The learner, which sees every reward when it is due.
  public private(set) var learner: Learner
  private let delay: StochasticBandit.Delay
  private var clock: RandomStream
  /// Rewards on their way by the step at which they are due, in the order of their pulls.
  private var due: [Int: [(arm: Int, reward: Double)]] = [:]
  private var step = 0

  /// `learner` with rewards delayed by `delay`, random delays drawn from `clock`.
  public init(_ learner: Learner, delay: StochasticBandit.Delay, clock: RandomStream) {
    self.learner = learner
    self.delay = delay
    self.clock = clock
  }

  /// Shows the learner what is due, then lets it choose.
  public mutating func choose(using stream: inout RandomStream) -> Int {
    for (arm, reward) in due.removeValue(forKey: step) ?? [] { learner.learn(arm: arm, reward: reward, using: &stream) }
    return learner.choose(using: &stream)
  }

  /// Puts the reward on its way.
  public mutating func learn(arm: Int, reward: Double, using stream: inout RandomStream) {
    step += 1
    let wait: Int
    switch delay {
    case .none: wait = 0
    case .constant(let steps): wait = steps
    case .geometric(let mean):
      // P(wait ≥ n) = (mean / (1 + mean))^n.
      wait = mean > 0 ? Int(Double.log(clock.openUniform()) / Double.log(mean / (1 + mean))) : 0
    }
    due[step + wait, default: []].append((arm, reward))
  }
}
