internal import RealModule
public import Simulation

/// Arms that can be pulled: a ``BanditEnvironment``, or its view for a stretch of pulls.
public protocol Pullable {
  /// Pulls `arm`; returns its reward.
  mutating func pull(_ arm: Int, using stream: inout RandomStream) -> Double
}

/// A world of arms: pulling one gives a reward and costs regret.
///
/// Conform a value type of your own and hand it to ``BanditRun/play(_:in:horizon:checkpoints:policyStream:environmentStreams:)``.
public protocol BanditEnvironment: Pullable, Sendable {
  /// What is pulled during a stretch of pulls: the world itself, or a view of its storage.
  associatedtype Stretch: Pullable = Self

  /// K, the number of arms.
  var armCount: Int { get }

  /// Hands `body` this world for a stretch of pulls, and keeps what it has become.
  ///
  /// The world itself unless it says otherwise; see ``BanditPolicy/stretch(_:)``.
  mutating func stretch<Outcome>(_ body: (inout Stretch) -> Outcome) -> Outcome

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

extension BanditEnvironment where Stretch == Self {
  /// The world itself.
  @inlinable @inline(__always) public mutating func stretch<Outcome>(_ body: (inout Self) -> Outcome) -> Outcome {
    body(&self)
  }
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
