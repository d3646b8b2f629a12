internal import RealModule
public import Simulation

/// A world of arms: pulling one gives a reward and costs regret.
///
/// Conform a value type of your own and hand it to ``BanditRun/play(_:in:horizon:checkpoints:policyStream:environmentStreams:)``.
public protocol BanditEnvironment: Sendable {
  /// K, the number of arms.
  var armCount: Int { get }

  /// Pulls `arm`; returns its reward.
  mutating func pull(_ arm: Int, using stream: inout RandomStream) -> Double

  /// The pseudo-regret so far, in expected rewards given the pulls.
  ///
  /// - Parameters:
  ///   - step: How many pulls were made.
  ///   - pulls: How often each arm was pulled.
  /// - Returns: The regret, 0 before the first pull.
  func regret(step: Int, pulls: [Int]) -> Double

  /// The reward that a regret of 0 would have given in expectation, for the realised regret.
  func benchmark(step: Int) -> Double
}

/// Bernoulli arms of fixed means.
public struct BernoulliEnvironment: BanditEnvironment {
  @usableFromInline let means: [Double]
  private let gaps: [Double]
  private let best: Double

  /// Arms of the given means, in [0, 1].
  public init(means: [Double]) {
    self.means = means
    let best = means.max() ?? 0
    gaps = means.map { best - $0 }
    self.best = best
  }

  /// K.
  public var armCount: Int { means.count }
  /// 1 with the probability of the arm's mean, else 0.
  @inlinable public mutating func pull(_ arm: Int, using stream: inout RandomStream) -> Double {
    stream.uniform() < means[arm] ? 1 : 0
  }
  /// Σ pulls · gap
  public func regret(step: Int, pulls: [Int]) -> Double { zip(pulls, gaps).reduce(0) { $0 + Double($1.0) * $1.1 } }
  /// steps · best mean
  public func benchmark(step: Int) -> Double { Double(step) * best }
}

/// Arms of any laws.
public struct ArmsEnvironment: BanditEnvironment {
  private let arms: [RewardDistribution]
  private let gaps: [Double]
  private let best: Double

  /// The arms of `bandit`.
  public init(_ bandit: StochasticBandit) {
    arms = bandit.arms
    gaps = bandit.gaps
    best = bandit.bestMean
  }

  /// K.
  public var armCount: Int { arms.count }
  /// A draw of the arm's law.
  public mutating func pull(_ arm: Int, using stream: inout RandomStream) -> Double { arms[arm].draw(using: &stream) }
  /// Σ pulls · gap
  public func regret(step: Int, pulls: [Int]) -> Double { zip(pulls, gaps).reduce(0) { $0 + Double($1.0) * $1.1 } }
  /// steps · best mean
  public func benchmark(step: Int) -> Double { Double(step) * best }
}

/// Bernoulli arms whose means make reflected Gaussian random walks in [0, 1]; regret is against the best arm of each step.
public struct DriftingEnvironment: BanditEnvironment {
  private var means: [Double]
  private let sigma: Double
  private var walk: RandomStream
  private var regret = 0.0
  private var benchmark = 0.0

  /// Means that start at `means` and take steps of standard deviation `sigma`, drawn from `walk`: the same walk for every
  /// policy that is given the same stream.
  public init(means: [Double], sigma: Double, walk: RandomStream) {
    self.means = means
    self.sigma = sigma
    self.walk = walk
  }

  /// K.
  public var armCount: Int { means.count }

  /// A reward by the mean of this step; then all means move.
  public mutating func pull(_ arm: Int, using stream: inout RandomStream) -> Double {
    let best = means.max() ?? 0
    regret += best - means[arm]
    benchmark += best
    let reward: Double = stream.bernoulli(means[arm]) ? 1 : 0
    for k in means.indices {
      // Reflection at 0 and 1: the walk unfolded has period 2.
      let unfolded = (means[k] + sigma * walk.normal()).remainder(dividingBy: 2)
      means[k] = abs(unfolded)
    }
    return reward
  }

  /// What was lost against the best arm of each step.
  public func regret(step: Int, pulls: [Int]) -> Double { regret }
  /// The sum of the best means.
  public func benchmark(step: Int) -> Double { benchmark }
}

/// A weighted tallying bandit; rewards are 1 − loss, and the benchmark is a total loss known for every checkpoint.
struct TallyingEnvironment<History: TallyHistory>: BanditEnvironment {
  private var history: History
  private let losses: [LossFunction]
  private let noise: LossNoise
  private let table: LossTable
  private let optimum: [Int: Double]
  private var total = 0.0

  /// A fresh world; `optimum` is the total loss to compare with, by step.
  init(_ bandit: TallyingBandit, history: History, horizon: Int, noise: LossNoise, optimum: [Int: Double]) {
    self.history = history
    losses = bandit.losses
    self.noise = noise
    self.optimum = optimum
    table = LossTable(bandit, horizon: horizon, hasCounts: History.self == CountedPlays.self)
  }

  var armCount: Int { losses.count }

  @inline(__always) mutating func pull(_ arm: Int, using stream: inout RandomStream) -> Double {
    let tally = history.play(arm)
    let loss = table.values.isEmpty ? losses[arm](tally) : table[arm, Int(tally)]
    total += loss
    switch noise {
    case .bernoulli: return stream.uniform() < loss ? 0 : 1
    case .none: return 1 - loss
    default: return 1 - noise.draw(mean: loss, using: &stream)
    }
  }

  func regret(step: Int, pulls: [Int]) -> Double { total - (optimum[step] ?? 0) }
  func benchmark(step: Int) -> Double { Double(step) - (optimum[step] ?? 0) }
}
