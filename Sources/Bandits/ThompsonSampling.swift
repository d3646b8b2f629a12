public import Simulation

/// Thompson sampling with a uniform prior on every mean: draws Beta(1 + S, 1 + N − S) for each arm and takes the largest.
///
/// A reward between 0 and 1 is first turned into 0 or 1 with its own probability.
///
/// Sources: Thompson (1933); Agrawal and Goyal, "Analysis of Thompson sampling for the multi-armed bandit problem", 2012.
public struct BetaThompson: BanditPolicy {
  /// The laws of Y and X, for X / (X + Y), one after the other for each arm: the shapes are 1 + N − S and 1 + S.
  @usableFromInline var laws: [GammaLaw]

  /// A fresh learner.
  public init(armCount: Int) { laws = [GammaLaw](repeating: GammaLaw(shape: 1), count: 2 * armCount) }

  /// The arm of the largest draw.
  @inlinable public mutating func choose(using stream: inout RandomStream) -> Int {
    stretch { $0.choose(using: &stream) }
  }

  /// Takes in the reward of a pull.
  @inlinable public mutating func learn(arm: Int, reward: Double, using stream: inout RandomStream) {
    stretch { $0.learn(arm: arm, reward: reward, using: &stream) }
  }

  /// The learner with its posteriors at hand.
  @inlinable @inline(__always) public mutating func stretch<Outcome>(_ body: (inout Stretch) -> Outcome) -> Outcome {
    laws.withUnsafeMutableBufferPointer { laws in
      var view = Stretch(laws: laws, table: Ziggurat.normal)
      return body(&view)
    }
  }

  /// The learner during a stretch of pulls.
  public struct Stretch: Chooser {
    // A pointer: an arm's draw takes ten nanoseconds, of which checks of arrays would be a good part.
    @usableFromInline let laws: UnsafeMutableBufferPointer<GammaLaw>
    @usableFromInline let table: Ziggurat

    @usableFromInline init(laws: UnsafeMutableBufferPointer<GammaLaw>, table: Ziggurat) {
      self.laws = laws
      self.table = table
    }

    /// The arm of the largest draw.
    @inlinable public mutating func choose(using stream: inout RandomStream) -> Int {
      var best = 0.0
      var arm = 0
      var drawing = stream
      for k in 0..<(laws.count / 2) {
        let x = drawing.gammaOfOneWord(laws[2 &* k &+ 1], table)
        let share = x / (x + drawing.gammaOfOneWord(laws[2 &* k], table))
        // Selections, no branch: which arm leads is too uncertain to be foreseen.
        arm = share > best ? k : arm
        best = share > best ? share : best
      }
      stream = drawing
      return arm
    }

    /// Takes in the reward of a pull.
    @inlinable public mutating func learn(arm: Int, reward: Double, using stream: inout RandomStream) {
      // 0 and 1 are told from the rest by one test that is always foreseen, and choose a place, not a branch.
      let outcome = reward * (1 - reward) == 0 ? Int(reward) : stream.bernoulli(reward) ? 1 : 0
      let place = 2 &* arm &+ outcome
      laws[place] = GammaLaw(shape: laws[place].shape + 1)
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
