public import Simulation

/// Policies compared on one problem over many replicates.
///
/// Every draw is keyed by (seed, replicate, policy's name, purpose): adding a policy, changing the number of threads or
/// splitting the replicates over machines changes no other number.
public struct BanditExperiment: Sendable {
  /// What regret of a tallying bandit is measured against.
  public enum Benchmark: String, Sendable, CaseIterable {
    /// OPT_t, the optimal sequence: complete policy regret.
    case complete
    /// t μ*, the best saturated loss.
    case saturated
    /// The best constant sequence from the start.
    case constant
  }

  /// The problem.
  public let problem: BanditProblem
  /// The policies, with different names.
  public let policies: [PolicyChoice]
  /// The steps at which regret is recorded, increasing.
  public let checkpoints: [Int]
  /// The seed of all draws.
  public let seed: UInt64
  /// Whether the i-th reward of an arm is the same for all policies of a replicate.
  public let hasCommonRandomNumbers: Bool
  /// What regret is measured against; for stochastic bandits the best arm throughout.
  public let benchmark: Benchmark

  private let fresh: [FreshPolicy]
  /// The benchmark's total loss at each checkpoint.
  private let optimum: [Int: Double]
  /// The mean losses of a tallying bandit with unit weights, which all replicates share.
  private let losses: LossTable?

  /// The work, in edges of the recursion, up to which OPT_t is computed unless a benchmark is asked for.
  static let optimumWork = 2e9

  /// Sets up an experiment; everything that can be wrong is found here.
  ///
  /// - Parameters:
  ///   - problem: The problem.
  ///   - policies: The policies, at least one.
  ///   - checkpoints: When to record; the last recorded step is the horizon.
  ///   - seed: The seed.
  ///   - hasCommonRandomNumbers: Whether policies see the same rewards.
  ///   - benchmark: For tallying bandits; nil takes ``Benchmark/complete`` where OPT_t is cheap, else
  ///     ``Benchmark/saturated``.
  /// - Throws: ``BanditError``.
  public init(
    _ problem: BanditProblem, policies: [PolicyChoice], checkpoints: Checkpoints = .linear(count: 100), seed: UInt64,
    hasCommonRandomNumbers: Bool = false, benchmark: Benchmark? = nil
  ) throws(BanditError) {
    self.problem = problem
    self.policies = policies
    self.checkpoints = checkpoints.steps(horizon: problem.horizon)
    self.seed = seed
    self.hasCommonRandomNumbers = hasCommonRandomNumbers
    var fresh: [FreshPolicy] = []
    for policy in policies {
      if policy.horizon != nil {
        throw .unsuitablePolicy(
          policy: policy.name, reason: "T=... is for exact evaluation; a run takes the problem's T")
      }
      fresh.append(try policy.prepare(for: problem))
    }
    self.fresh = fresh
    switch problem.model {
    case .stochastic:
      self.benchmark = benchmark ?? .complete
      optimum = [:]
      losses = nil
    case .tallying(let bandit, _):
      let (chosen, totals) = try Self.totals(bandit, horizon: problem.horizon, at: self.checkpoints, benchmark)
      self.benchmark = chosen
      optimum = totals
      losses = LossTable(bandit, horizon: problem.horizon)
    }
  }

  /// The benchmark's totals at the checkpoints.
  private static func totals(
    _ bandit: TallyingBandit, horizon: Int, at checkpoints: [Int], _ wanted: Benchmark?
  ) throws(BanditError) -> (Benchmark, [Int: Double]) {
    func table(_ total: (Int) -> Double) -> [Int: Double] {
      Dictionary((checkpoints + [horizon]).map { ($0, total($0)) }, uniquingKeysWith: { a, _ in a })
    }
    switch wanted {
    case .complete, nil:
      do throws(BanditError) {
        let budget = Int(optimumWork / Double(max(1, horizon * bandit.armCount)))
        let totals = try bandit.optimalTotals(
          horizon: horizon, stateBudget: wanted == nil ? budget : TallyingOptimum.defaultStateBudget)
        return (.complete, table { totals[$0] })
      } catch {
        if wanted == .complete { throw error }
        return try Self.totals(bandit, horizon: horizon, at: checkpoints, .saturated)
      }
    case .saturated:
      let best = bandit.bestSaturated.loss
      return (.saturated, table { Double($0) * best })
    case .constant:
      return (
        .constant, table { t in (0..<bandit.armCount).map { bandit.constantLoss(of: $0, horizon: t) }.min() ?? 0 }
      )
    }
  }

  /// How many numbers a replicate's row holds: for each policy the regrets, the realised regrets and the pulls.
  public var rowWidth: Int { policies.count * policyWidth }
  private var policyWidth: Int { 2 * checkpoints.count + problem.armCount }

  /// One replicate as a row of numbers.
  public func row(_ replicate: Int) -> [Double] {
    var row: [Double] = []
    row.reserveCapacity(rowWidth)
    for (policy, start) in zip(policies, fresh) {
      let run = play(start, stream: RandomStream.identifier(of: policy.name), replicate: replicate)
      row += run.regret
      row += run.realisedRegret
      row += run.pulls.map(Double.init)
    }
    return row
  }

  private func play(_ policy: FreshPolicy, stream: UInt64, replicate: Int) -> BanditRun {
    func streams(_ stream: UInt64, _ purpose: RandomStream.Purpose) -> RandomStream {
      RandomStream(seed: seed, replicate: replicate, stream: stream, purpose: purpose)
    }
    func player<Environment: BanditEnvironment>(_ environment: Environment) -> Player<Environment> {
      Player(
        environment: environment, horizon: problem.horizon, checkpoints: checkpoints,
        policyStream: streams(stream, .policy),
        environmentStreams: hasCommonRandomNumbers
          ? (0..<problem.armCount).map { streams(UInt64($0), .environment) } : [streams(stream, .environment)])
    }
    switch problem.model {
    case .stochastic(let bandit):
      if bandit.isBernoulli, bandit.delay == .none, bandit.drift == 0 {
        return policy.open(player(BernoulliEnvironment(means: bandit.means)))
      }
      let player = player(
        bandit.drift > 0
          ? AnyEnvironment(DriftingEnvironment(means: bandit.means, sigma: bandit.drift, walk: streams(0, .drift)))
          : AnyEnvironment(ArmsEnvironment(bandit)))
      guard bandit.delay != .none else { return policy.open(player) }
      return policy.open(DelayedPlayer(player: player, delay: bandit.delay, clock: streams(stream, .delay)))
    case .tallying(let bandit, let noise):
      if let losses, noise == .bernoulli {
        return policy.open(player(CountingEnvironment<BernoulliLoss>(losses, optimum: optimum)))
      }
      if let losses, noise == .none {
        return policy.open(player(CountingEnvironment<ExactLoss>(losses, optimum: optimum)))
      }
      return policy.open(
        player(
          AnyEnvironment(TallyingEnvironment(bandit, horizon: problem.horizon, noise: noise, optimum: optimum))))
    }
  }

  /// Plays whatever policy it is given.
  private struct Player<Environment: BanditEnvironment>: FreshPolicy.User {
    let environment: Environment
    let horizon: Int
    let checkpoints: [Int]
    let policyStream: RandomStream
    let environmentStreams: [RandomStream]

    func use<Policy: BanditPolicy>(_ policy: Policy) -> BanditRun {
      var policy = policy
      var environment = environment
      return BanditRun.play(
        &policy, in: &environment, horizon: horizon, checkpoints: checkpoints, policyStream: policyStream,
        environmentStreams: environmentStreams)
    }
  }

  /// Plays whatever policy it is given with rewards that are late.
  private struct DelayedPlayer: FreshPolicy.User {
    let player: Player<AnyEnvironment>
    let delay: StochasticBandit.Delay
    let clock: RandomStream

    func use<Policy: BanditPolicy>(_ policy: Policy) -> BanditRun {
      player.use(DelayedFeedback(policy, delay: delay, clock: clock))
    }
  }

  /// What the statistics say of one policy.
  public struct Outcome: Sendable, Equatable {
    /// The policy's name.
    public let name: String
    /// The mean regret at every checkpoint.
    public let mean: [Double]
    /// The standard errors of those means.
    public let standardError: [Double]
    /// The standard deviations of the regret.
    public let standardDeviation: [Double]
    /// Quantiles at ``quantileProbabilities``, each at every checkpoint.
    public let quantiles: [[Double]]
    /// The mean regret in rewards really drawn.
    public let realisedMean: [Double]
    /// The standard errors of those.
    public let realisedStandardError: [Double]
    /// The mean number of pulls of each arm, shape (K).
    public let pulls: [Double]
  }

  /// The quantiles that are reported.
  public static let quantileProbabilities = [0.05, 0.25, 0.5, 0.75, 0.95]

  /// The outcomes in the order of the policies, from the statistics of the rows.
  public func outcomes(_ statistics: SampleStatistics) -> [Outcome] {
    let n = checkpoints.count
    return policies.enumerated().map { position, policy in
      let start = position * policyWidth
      let regret = start..<(start + n), realised = (start + n)..<(start + 2 * n)
      let quantiles = regret.map { statistics.quantiles($0, at: Self.quantileProbabilities) }
      return Outcome(
        name: policy.name, mean: Array(statistics.means[regret]), standardError: regret.map(statistics.standardError),
        standardDeviation: regret.map(statistics.standardDeviation),
        quantiles: Self.quantileProbabilities.indices.map { q in quantiles.map { $0[q] } },
        realisedMean: Array(statistics.means[realised]), realisedStandardError: realised.map(statistics.standardError),
        pulls: Array(statistics.means[(start + 2 * n)..<(start + policyWidth)]))
    }
  }

  /// The places in a row of every policy's regret at the horizon: what a precision target watches.
  public var finalRegrets: [Int] {
    checkpoints.isEmpty ? [] : policies.indices.map { $0 * policyWidth + checkpoints.count - 1 }
  }

  /// Runs the replicates.
  public func run(_ replicates: Replicates, recorded: [Int: [Double]] = [:]) -> Replicates.Result {
    replicates.run(width: rowWidth, recorded: recorded) { row($0) }
  }
}
