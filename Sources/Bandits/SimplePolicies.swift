public import Simulation

/// Every arm with the same probability.
public struct UniformPolicy: EnumerablePolicy {
  @usableFromInline let armCount: Int
  /// Among `armCount` arms.
  public init(armCount: Int) { self.armCount = armCount }
  /// Any arm.
  @inlinable public mutating func choose(using stream: inout RandomStream) -> Int { stream.index(below: armCount) }
  /// Learns nothing.
  @inlinable public mutating func learn(arm: Int, reward: Double, using stream: inout RandomStream) {}
  /// 1 / K each.
  public func distribution() -> [Double] { [Double](repeating: 1 / Double(armCount), count: armCount) }
}

/// A sequence fixed beforehand, whose last arm is repeated: one arm for ever, or an optimal sequence as an oracle.
public struct FixedSequence: EnumerablePolicy {
  let armCount: Int
  let arms: [Int]
  var step = 0

  /// Plays `arms`, at least one, in order.
  public init(_ arms: [Int], armCount: Int) {
    precondition(!arms.isEmpty, "a sequence has at least one play")
    self.arms = arms
    self.armCount = armCount
  }

  private var next: Int { arms[min(step, arms.count - 1)] }
  /// The next arm of the sequence.
  public mutating func choose(using stream: inout RandomStream) -> Int {
    defer { step += 1 }
    return next
  }
  /// Learns nothing.
  public mutating func learn(arm: Int, reward: Double, using stream: inout RandomStream) {}
  /// All mass on the next arm.
  public func distribution() -> [Double] { (0..<armCount).map { $0 == next ? 1 : 0 } }
}

/// Every arm once in order; then with probability ε a uniform arm (the best included), else the empirical best.
public struct EpsilonGreedy: EnumerablePolicy {
  /// ε in [0, 1].
  public let epsilon: Double
  private var statistics: ArmStatistics
  private var time = 0

  /// A fresh learner.
  public init(armCount: Int, epsilon: Double) {
    self.epsilon = epsilon
    statistics = ArmStatistics(armCount: armCount)
  }

  /// The next arm.
  public mutating func choose(using stream: inout RandomStream) -> Int {
    defer { time += 1 }
    if time < statistics.pulls.count { return time }
    return stream.bernoulli(epsilon) ? stream.index(below: statistics.pulls.count) : statistics.best
  }

  /// Takes in the reward of a pull.
  public mutating func learn(arm: Int, reward: Double, using stream: inout RandomStream) {
    statistics.add(reward, arm: arm)
  }

  /// ε / K each, and 1 − ε more on the best.
  public func distribution() -> [Double] {
    let armCount = statistics.pulls.count
    if time < armCount { return (0..<armCount).map { $0 == time ? 1 : 0 } }
    let best = statistics.best
    return (0..<armCount).map { epsilon / Double(armCount) + ($0 == best ? 1 - epsilon : 0) }
  }
}

/// Explores every arm the same number of times, then commits to the empirical best for ever (statistics frozen).
public struct ExploreThenCommit: EnumerablePolicy {
  /// How the exploring pulls are ordered.
  public enum Order: Sendable, Equatable {
    /// 0, 1, …, K − 1 over and over.
    case roundRobin
    /// All pulls of an arm together.
    case blocks
  }

  /// Pulls of each arm before committing, ≥ 1.
  public let pullsPerArm: Int
  /// Their order.
  public let order: Order
  private var statistics: ArmStatistics
  private var time = 0
  private var committed: Int?

  /// A fresh learner.
  public init(armCount: Int, pullsPerArm: Int, order: Order = .roundRobin) {
    self.pullsPerArm = pullsPerArm
    self.order = order
    statistics = ArmStatistics(armCount: armCount)
  }

  private var next: Int {
    if let committed { return committed }
    let armCount = statistics.pulls.count
    if time >= armCount * pullsPerArm { return statistics.best }
    return order == .roundRobin ? time % armCount : time / pullsPerArm
  }

  /// The next arm.
  public mutating func choose(using stream: inout RandomStream) -> Int {
    let arm = next
    if time >= statistics.pulls.count * pullsPerArm { committed = arm }
    time += 1
    return arm
  }

  /// Takes in the reward of an exploring pull.
  public mutating func learn(arm: Int, reward: Double, using stream: inout RandomStream) {
    if committed == nil { statistics.add(reward, arm: arm) }
  }

  /// All mass on the next arm.
  public func distribution() -> [Double] { statistics.pulls.indices.map { $0 == next ? 1 : 0 } }
}

/// Pulls all arms that are alive once a round and drops those that are clearly worse: radius √(2 ln T / n).
///
/// Source: Even-Dar, Mannor, Mansour, "Action elimination and stopping conditions", JMLR 2006.
public struct SuccessiveElimination: EnumerablePolicy {
  private let logHorizon: Double
  private var statistics: ArmStatistics
  private var alive: [Int]
  private var place = 0

  /// A fresh learner for `horizon` pulls.
  public init(armCount: Int, horizon: Int) {
    logHorizon = logarithm(Double(max(1, horizon)))
    statistics = ArmStatistics(armCount: armCount)
    alive = Array(0..<armCount)
  }

  /// The next arm of the round.
  public mutating func choose(using stream: inout RandomStream) -> Int {
    if place >= alive.count {
      place = 0
      let n = alive.map { statistics.pulls[$0] }.min() ?? 0
      if n > 0, alive.count > 1 {
        let radius = (2 * logHorizon / n).squareRoot()
        let best = alive.map { statistics.means[$0] }.max() ?? 0
        alive = alive.filter { statistics.means[$0] + radius >= best - radius }
      }
    }
    defer { place += 1 }
    return alive[place]
  }

  /// Takes in the reward of a pull.
  public mutating func learn(arm: Int, reward: Double, using stream: inout RandomStream) {
    statistics.add(reward, arm: arm)
  }

  /// All mass on the next arm.
  public func distribution() -> [Double] {
    var copy = self
    var unused = RandomStream(seed: 0)
    let next = copy.choose(using: &unused)
    return statistics.pulls.indices.map { $0 == next ? 1 : 0 }
  }
}
