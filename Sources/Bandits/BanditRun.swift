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
    var policyStream = policyStream
    var pulls = [Int](repeating: 0, count: environment.armCount)
    var regret: [Double] = []
    var realised: [Double] = []
    var reward = 0.0
    var step = 0
    func record() {
      regret.append(environment.regret(step: step, pulls: pulls))
      realised.append(environment.benchmark(step: step) - reward)
    }
    if environmentStreams.count == 1 {
      // The common case keeps its stream in registers.
      var stream = environmentStreams[0]
      for checkpoint in checkpoints + [horizon] {
        while step < checkpoint {
          let arm = policy.choose(using: &policyStream)
          let drawn = environment.pull(arm, using: &stream)
          policy.learn(arm: arm, reward: drawn, using: &policyStream)
          reward += drawn
          pulls[arm] &+= 1
          step &+= 1
        }
        if regret.count < checkpoints.count { record() }
      }
    } else {
      var streams = environmentStreams
      for checkpoint in checkpoints + [horizon] {
        while step < checkpoint {
          let arm = policy.choose(using: &policyStream)
          let drawn = environment.pull(arm, using: &streams[arm])
          policy.learn(arm: arm, reward: drawn, using: &policyStream)
          reward += drawn
          pulls[arm] &+= 1
          step &+= 1
        }
        if regret.count < checkpoints.count { record() }
      }
    }
    return BanditRun(regret: regret, realisedRegret: realised, pulls: pulls)
  }

  /// A record of what happened.
  @usableFromInline init(regret: [Double], realisedRegret: [Double], pulls: [Int]) {
    self.regret = regret
    self.realisedRegret = realisedRegret
    self.pulls = pulls
  }
}
