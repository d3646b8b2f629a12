internal import Simulation

/// A weighted tallying bandit as a world of arms: rewards are 1 − loss, and the benchmark is a total loss known for every
/// checkpoint.
struct TallyingEnvironment: BanditEnvironment {
  private var history: TallyHistory
  private let losses: [LossFunction]
  private let noise: LossNoise
  private let optimum: [Int: Double]
  private var total = 0.0

  /// A fresh world for at most `horizon` plays; `optimum` is the total loss to compare with, by step.
  init(_ bandit: TallyingBandit, horizon: Int, noise: LossNoise, optimum: [Int: Double]) {
    history = TallyHistory(bandit, horizon: horizon)
    losses = bandit.losses
    self.noise = noise
    self.optimum = optimum
  }

  var armCount: Int { losses.count }

  mutating func pull(_ arm: Int, using stream: inout RandomStream) -> Double {
    let loss = losses[arm](history.play(arm))
    total += loss
    // As in ``CountingEnvironment``, so that the way tallies are kept does not show in the draws.
    if noise == .bernoulli { return BernoulliLoss.reward(for: loss, using: &stream) }
    return 1 - noise.draw(mean: loss, using: &stream)
  }

  func regret(step: Int, pulls: [Int]) -> Double { total - (optimum[step] ?? 0) }
  func benchmark(step: Int) -> Double { Double(step) - (optimum[step] ?? 0) }
}

/// How a loss is seen: a type, so that a loop is compiled for each way.
protocol SeenLoss: Sendable {
  /// The reward for a play of mean loss `loss`.
  static func reward(for loss: Double, using stream: inout RandomStream) -> Double
}

/// A loss of 1 with the probability that the mean says, else 0.
enum BernoulliLoss: SeenLoss {
  @inline(__always) static func reward(for loss: Double, using stream: inout RandomStream) -> Double {
    stream.uniform() < loss ? 0 : 1
  }
}

/// The mean loss itself.
enum ExactLoss: SeenLoss {
  @inline(__always) static func reward(for loss: Double, using stream: inout RandomStream) -> Double { 1 - loss }
}

/// A tallying bandit with unit weights whose losses are looked up, and seen through Bernoulli noise or as they are: the
/// world of most experiments, at two nanoseconds a pull for any memory.
struct CountingEnvironment<Seen: SeenLoss>: BanditEnvironment {
  private var plays: CountedPlays
  private let losses: LossTable
  private let optimum: [Int: Double]
  private var total = 0.0

  /// A fresh world of the bandit and horizon that `losses` were made for.
  init(_ losses: LossTable, optimum: [Int: Double]) {
    plays = CountedPlays(armCount: losses.armCount, window: losses.window)
    self.losses = losses
    self.optimum = optimum
  }

  var armCount: Int { losses.armCount }

  mutating func pull(_ arm: Int, using stream: inout RandomStream) -> Double {
    stretch { $0.pull(arm, using: &stream) }
  }

  /// The world with its plays and losses at hand.
  struct Stretch: Pullable {
    var plays: CountedPlays.Stretch
    // A pointer: a look-up is half of a step, and counts lie in 1...window by construction.
    let losses: UnsafePointer<Double>
    let window: Int
    var total: Double

    @inline(__always) mutating func pull(_ arm: Int, using stream: inout RandomStream) -> Double {
      let loss = losses[arm &* window &+ plays.play(arm) &- 1]
      total += loss
      return Seen.reward(for: loss, using: &stream)
    }
  }

  @inline(__always) mutating func stretch<Outcome>(_ body: (inout Stretch) -> Outcome) -> Outcome {
    let (losses, before) = (losses, total)
    let (outcome, after) = plays.stretch { plays in
      losses.withPointer { pointer in
        var world = Stretch(plays: plays, losses: pointer, window: losses.window, total: before)
        let outcome = body(&world)
        plays = world.plays
        return (outcome, world.total)
      }
    }
    total = after
    return outcome
  }

  func regret(step: Int, pulls: [Int]) -> Double { total - (optimum[step] ?? 0) }
  func benchmark(step: Int) -> Double { Double(step) - (optimum[step] ?? 0) }
}

/// The mean losses of a tallying bandit with unit weights by arm and count.
struct LossTable: Sendable {
  /// How many plays are remembered.
  let window: Int
  /// K.
  let armCount: Int
  /// h_a(1), …, h_a(window) of each arm, row after row.
  private let values: [Double]

  /// The most losses that are kept: 64 MB of them.
  private static let limit = 1 << 23

  /// The losses of `bandit` for at most `horizon` plays; nil when tallies are no counts, or the table would be larger than
  /// its `uses` or too large.
  init?(_ bandit: TallyingBandit, horizon: Int, uses: Int = .max) {
    window = bandit.window(horizon: horizon)
    armCount = bandit.armCount
    guard bandit.hasCounts, window <= min(Self.limit, uses) / armCount else { return nil }
    let counts = 1...window
    values = bandit.losses.flatMap { h in counts.map { h(Double($0)) } }
  }

  /// Hands `body` the values.
  @inline(__always) func withPointer<Outcome>(_ body: (UnsafePointer<Double>) -> Outcome) -> Outcome {
    values.withUnsafeBufferPointer { values in
      guard let base = values.baseAddress else { preconditionFailure("a window holds at least one play") }
      return body(base)
    }
  }
}
