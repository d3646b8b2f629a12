public import Simulation

/// One policy played once in one environment: what it cost by the checkpoints.
public struct BanditRun: Sendable, Equatable {
  /// Pseudo-regret at every checkpoint.
  public let regret: [Double]
  /// Regret in rewards that were really drawn, at every checkpoint.
  public let realisedRegret: [Double]
  /// How often each arm was pulled, shape (K).
  public let pulls: [Int]

  /// Plays `policy` in `environment`; nothing is kept but the checkpoints.
  ///
  /// - Parameters:
  ///   - policy: A fresh learner; afterwards what it has become.
  ///   - environment: A fresh world; afterwards what it has become.
  ///   - horizon: T, the number of pulls.
  ///   - checkpoints: Increasing steps in 1...`horizon`.
  ///   - policyStream: What the policy draws from.
  ///   - environmentStreams: One stream for all rewards, or one an arm: then the i-th reward of an arm is the same for every
  ///     policy that is given the same streams (common random numbers).
  /// - Returns: Regret and pulls.
  /// - Complexity: T steps of policy and environment; memory for the checkpoints only.
  @inlinable public static func play<Policy: BanditPolicy, Environment: BanditEnvironment>(
    _ policy: inout Policy, in environment: inout Environment, horizon: Int, checkpoints: [Int],
    policyStream: RandomStream, environmentStreams: [RandomStream]
  ) -> BanditRun {
    precondition(
      environmentStreams.count == 1 || environmentStreams.count == environment.armCount,
      "one stream for all rewards, or one an arm")
    var policyStream = policyStream
    var streams = environmentStreams
    var pulls = [Int](repeating: 0, count: environment.armCount)
    var regret: [Double] = []
    var realised: [Double] = []
    var reward = 0.0
    var step = 0
    for checkpoint in checkpoints + [horizon] {
      let length = checkpoint - step
      if length > 0 {
        let gained = policy.stretch { learner in
          environment.stretch { world in
            stretch(length, &learner, &world, &policyStream, &streams, &pulls)
          }
        }
        reward += gained
        step = checkpoint
      }
      if regret.count < checkpoints.count {
        regret.append(environment.regret(step: step, pulls: pulls))
        realised.append(environment.benchmark(step: step) - reward)
      }
    }
    return BanditRun(regret: regret, realisedRegret: realised, pulls: pulls)
  }

  /// The inner loop: `length` pulls without a look at the checkpoints; returns the sum of their rewards.
  ///
  /// Always inlined, so that a view of a few words lives in registers.
  @inlinable @inline(__always) static func stretch<Learner: Chooser, World: Pullable>(
    _ length: Int, _ learner: inout Learner, _ world: inout World, _ policyStream: inout RandomStream,
    _ streams: inout [RandomStream], _ pulls: inout [Int]
  ) -> Double {
    var gained = 0.0
    var choosing = policyStream
    // Pointers: a step may cost two nanoseconds, as much as one check that an array is not shared.
    pulls.withUnsafeMutableBufferPointer { pulls in
      streams.withUnsafeMutableBufferPointer { streams in
        // The stream in use is kept at hand; with one an arm it is exchanged when the arm changes.
        var current = 0
        var drawing = streams[0]
        // Counted down, since a range is compared twice a step.
        var left = length
        while streams.count == 1, left > 0 {
          left &-= 1
          let arm = chosen(&learner, &choosing, armCount: pulls.count)
          gained += step(arm, &learner, &world, &choosing, &drawing, pulls)
        }
        while left > 0 {
          left &-= 1
          let arm = chosen(&learner, &choosing, armCount: pulls.count)
          if arm != current {
            streams[current] = drawing
            drawing = streams[arm]
            current = arm
          }
          gained += step(arm, &learner, &world, &choosing, &drawing, pulls)
        }
        streams[current] = drawing
      }
    }
    policyStream = choosing
    return gained
  }

  /// What the learner chooses, checked.
  @inlinable @inline(__always) static func chosen<Learner: Chooser>(
    _ learner: inout Learner, _ choosing: inout RandomStream, armCount: Int
  ) -> Int {
    let arm = learner.choose(using: &choosing)
    precondition(UInt(bitPattern: arm) < UInt(bitPattern: armCount), "a policy chose an arm that does not exist")
    return arm
  }

  /// A pull and what is learnt from it; returns the reward.
  @inlinable @inline(__always) static func step<Learner: Chooser, World: Pullable>(
    _ arm: Int, _ learner: inout Learner, _ world: inout World, _ choosing: inout RandomStream,
    _ drawing: inout RandomStream, _ pulls: UnsafeMutableBufferPointer<Int>
  ) -> Double {
    let drawn = world.pull(arm, using: &drawing)
    learner.learn(arm: arm, reward: drawn, using: &choosing)
    pulls[arm] &+= 1
    return drawn
  }

  /// A record of what happened.
  @usableFromInline init(regret: [Double], realisedRegret: [Double], pulls: [Int]) {
    self.regret = regret
    self.realisedRegret = realisedRegret
    self.pulls = pulls
  }
}
