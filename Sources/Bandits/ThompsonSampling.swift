public import Simulation

/// Thompson sampling with a uniform prior on every mean: draws Beta(1 + S, 1 + N − S) for each arm and takes the largest.
///
/// A reward between 0 and 1 is first turned into 0 or 1 with its own probability.
///
/// Sources: Thompson (1933); Agrawal and Goyal, "Analysis of Thompson sampling for the multi-armed bandit problem", 2012.
public struct BetaThompson: BanditPolicy {
  /// What an arm's posterior is made of.
  @usableFromInline struct Arm: Sendable {
    /// 1 + S
    @usableFromInline var successes = 1.0
    /// 1 + N − S
    @usableFromInline var failures = 1.0
    /// The laws of X and Y, for X / (X + Y).
    @usableFromInline var x = GammaLaw(shape: 1)
    @usableFromInline var y = GammaLaw(shape: 1)

    @usableFromInline init() {}

    @inlinable mutating func learn(_ reward: Double, using stream: inout RandomStream) {
      if reward >= 1 || (reward > 0 && stream.bernoulli(reward)) {
        successes += 1
        x = GammaLaw(shape: successes)
      } else {
        failures += 1
        y = GammaLaw(shape: failures)
      }
    }
  }

  @usableFromInline var arms: [Arm]

  /// A fresh learner.
  public init(armCount: Int) { arms = [Arm](repeating: Arm(), count: armCount) }

  /// The arm of the largest draw.
  @inlinable public mutating func choose(using stream: inout RandomStream) -> Int {
    stretch { $0.choose(using: &stream) }
  }

  /// Takes in the reward of a pull.
  @inlinable public mutating func learn(arm: Int, reward: Double, using stream: inout RandomStream) {
    arms[arm].learn(reward, using: &stream)
  }

  /// The learner with its posteriors at hand.
  @inlinable @inline(__always) public mutating func stretch<Outcome>(_ body: (inout Stretch) -> Outcome) -> Outcome {
    arms.withUnsafeMutableBufferPointer { arms in
      var view = Stretch(arms: arms, table: Ziggurat.normal)
      return body(&view)
    }
  }

  /// The learner during a stretch of pulls.
  public struct Stretch: Chooser {
    // A pointer: an arm's draw takes ten nanoseconds, of which checks of arrays would be a good part.
    @usableFromInline let arms: UnsafeMutableBufferPointer<Arm>
    @usableFromInline let table: Ziggurat

    @usableFromInline init(arms: UnsafeMutableBufferPointer<Arm>, table: Ziggurat) {
      self.arms = arms
      self.table = table
    }

    /// The arm of the largest draw.
    @inlinable public mutating func choose(using stream: inout RandomStream) -> Int {
      // X / (X + Y) is the largest where X / Y is: compared crosswise, without a division.
      var best = (x: 0.0, y: 1.0)
      var arm = 0
      for k in 0..<arms.count {
        let x = stream.gamma(arms[k].x, table)
        let y = stream.gamma(arms[k].y, table)
        if x * best.y > best.x * y {
          best = (x, y)
          arm = k
        }
      }
      return arm
    }

    /// Takes in the reward of a pull.
    @inlinable public mutating func learn(arm: Int, reward: Double, using stream: inout RandomStream) {
      arms[arm].learn(reward, using: &stream)
    }
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
