public import Simulation

/// Thompson sampling with a uniform prior on every mean: draws Beta(1 + S, 1 + N − S) for each arm and takes the largest.
///
/// A reward between 0 and 1 is first turned into 0 or 1 with its own probability.
///
/// Sources: Thompson (1933); Agrawal and Goyal, "Analysis of Thompson sampling for the multi-armed bandit problem", 2012.
public struct BetaThompson: BanditPolicy {
  @usableFromInline var successes: [Double]
  @usableFromInline var failures: [Double]

  /// A fresh learner.
  public init(armCount: Int) {
    successes = [Double](repeating: 1, count: armCount)
    failures = successes
  }

  /// The arm of the largest draw.
  @inlinable public mutating func choose(using stream: inout RandomStream) -> Int {
    var best = -1.0
    var arm = 0
    for k in 0..<successes.count {
      let draw = stream.beta(successes[k], failures[k])
      if draw > best {
        best = draw
        arm = k
      }
    }
    return arm
  }

  /// Takes in the reward of a pull.
  @inlinable public mutating func learn(arm: Int, reward: Double, using stream: inout RandomStream) {
    let success = reward >= 1 || (reward > 0 && stream.bernoulli(reward))
    if success { successes[arm] += 1 } else { failures[arm] += 1 }
  }
}

/// Thompson sampling for Gaussian rewards of known scale: after one pull each, draws N(mean, σ² / N) and takes the largest.
public struct GaussianThompson: BanditPolicy {
  /// σ, the standard deviation of rewards.
  public let sigma: Double
  var statistics: ArmStatistics
  var time = 0

  /// A fresh learner.
  public init(armCount: Int, sigma: Double) {
    self.sigma = sigma
    statistics = ArmStatistics(armCount: armCount)
  }

  /// The arm of the largest draw.
  public mutating func choose(using stream: inout RandomStream) -> Int {
    defer { time += 1 }
    if time < statistics.pulls.count { return time }
    var best = -Double.infinity
    var arm = 0
    for k in statistics.pulls.indices {
      // An arm whose first reward is late has an improper posterior: it is tried.
      guard statistics.pulls[k] > 0 else { return k }
      let draw = statistics.means[k] + sigma / statistics.pulls[k].squareRoot() * stream.normal()
      if draw > best {
        best = draw
        arm = k
      }
    }
    return arm
  }

  /// Takes in the reward of a pull.
  public mutating func learn(arm: Int, reward: Double, using stream: inout RandomStream) {
    statistics.add(reward, arm: arm)
  }
}
