internal import RealModule
public import Simulation

/// Successive elimination with burn-in, for weighted tallying bandits (SE-WTB).
///
/// In epoch s every arm alive is played M − 1 times with the losses thrown away, so that the whole window holds that arm,
/// then n = n₁ 2^(s−1) times with the losses averaged. Arms whose mean exceeds the least by more than twice the radius
/// √(L / (2 n)) are dropped, L = ln(2 K S / δ). An arm left alone is played to the end; an epoch that is cut off drops
/// nothing. M = 1 is ordinary phased elimination.
///
/// Source: the idea is that of Malik, Igoe, Li, Singh, ICML 2023, arXiv 2305.02955; this concrete form and its bound
/// (`BanditBound.burnInElimination`) are this library's.
public struct BurnInElimination: EnumerablePolicy {
  /// What an epoch found.
  public struct Epoch: Sendable, Equatable {
    /// Counted from 1.
    public let number: Int
    /// Losses averaged for each arm.
    public let samples: Int
    /// The confidence radius.
    public let radius: Double
    /// The arms that were alive with their mean losses.
    public let means: [Int: Double]
    /// The arms alive afterwards, ascending.
    public let survivors: [Int]
    /// The steps made by its end.
    public let end: Int
  }

  /// M ≥ 1: plays after which an arm's tally is taken to be saturated.
  public let burnIn: Int
  /// n₁: losses averaged in the first epoch.
  public let firstSamples: Int
  /// S: the most epochs that can fit.
  public let epochLimit: Int
  /// L = ln(2 K S / δ).
  public let logTerm: Double
  /// What the completed epochs found.
  public private(set) var epochs: [Epoch] = []
  /// The arms alive.
  public private(set) var alive: [Int]

  private let armCount: Int
  private var samples: Int
  private var place = 0
  /// Losses seen of the arm at `place` in this epoch, burn-in included.
  private var seen = 0
  private var total = 0.0
  private var means: [Double]
  private var step = 0

  /// A fresh learner.
  ///
  /// - Parameters:
  ///   - armCount: K.
  ///   - horizon: T.
  ///   - burnIn: M ≥ 1.
  ///   - delta: δ in (0, 1), the probability of failure.
  ///   - firstSamples: n₁ ≥ 1; max(1, M) when nil.
  /// - Throws: ``BanditError/parameter(name:value:needed:)``.
  public init(
    armCount: Int, horizon: Int, burnIn: Int, delta: Double, firstSamples: Int? = nil
  ) throws(BanditError) {
    let first = firstSamples ?? max(1, burnIn)
    let constants = try BurnInConstants(
      armCount: armCount, horizon: horizon, burnIn: burnIn, delta: delta, firstSamples: first)
    self.armCount = armCount
    self.burnIn = burnIn
    self.firstSamples = first
    epochLimit = constants.epochLimit
    logTerm = constants.logTerm
    alive = Array(0..<armCount)
    samples = first
    means = [Double](repeating: 0, count: armCount)
  }

  /// The arm of the running block.
  public mutating func choose(using stream: inout RandomStream) -> Int { alive[place] }

  /// Counts the play and averages its loss after the burn-in.
  public mutating func learn(arm: Int, reward: Double, using stream: inout RandomStream) {
    step += 1
    // A late loss of an arm whose block is over tells nothing about the one that is played now.
    guard alive.count > 1, arm == alive[place] else { return }
    seen += 1
    if seen >= burnIn { total += 1 - reward }
    guard seen == burnIn - 1 + samples else { return }
    means[arm] = total / Double(samples)
    seen = 0
    total = 0
    place += 1
    if place == alive.count { endEpoch() }
  }

  private mutating func endEpoch() {
    let radius = (logTerm / (2 * Double(samples))).squareRoot()
    let least = alive.map { means[$0] }.min() ?? 0
    let survivors = alive.filter { means[$0] <= least + 2 * radius }
    epochs.append(
      Epoch(
        number: epochs.count + 1, samples: samples, radius: radius,
        means: Dictionary(uniqueKeysWithValues: alive.map { ($0, means[$0]) }), survivors: survivors, end: step))
    alive = survivors
    place = 0
    samples *= 2
  }

  /// All mass on the next arm.
  public func distribution() -> [Double] { (0..<armCount).map { $0 == alive[place] ? 1 : 0 } }
}

/// The numbers that successive elimination with burn-in and its bound share.
struct BurnInConstants {
  /// S = max(1, ⌈log₂(T / (K n₁) + 1)⌉)
  let epochLimit: Int
  /// L = ln(2 K S / δ)
  let logTerm: Double

  init(armCount: Int, horizon: Int, burnIn: Int, delta: Double, firstSamples: Int) throws(BanditError) {
    guard armCount >= 1 else { throw .noArms }
    guard horizon >= 0 else { throw .horizon(horizon) }
    guard burnIn >= 1 else { throw .parameter(name: "M", value: Double(burnIn), needed: "an integer of at least 1") }
    guard delta > 0, delta < 1 else { throw .parameter(name: "delta", value: delta, needed: "a number in (0, 1)") }
    guard firstSamples >= 1 else {
      throw .parameter(name: "n1", value: Double(firstSamples), needed: "an integer of at least 1")
    }
    let blocks = Double(horizon) / (Double(armCount) * Double(firstSamples)) + 1
    epochLimit = max(1, Int(Double.log2(blocks).rounded(.up)))
    logTerm = Double.log(2 * Double(armCount) * Double(epochLimit) / delta)
  }
}
