internal import RealModule
public import Simulation

/// UCB-V: the empirical variance narrows the confidence bound.
///
/// ```
/// mean + √(2 V ζ ln t / N) + 3 ζ ln t / N,   V = Σ (reward − mean)² / N
/// ```
///
/// for rewards in [0, 1]; every arm once in order first, ties to the lowest arm within 1e-12.
///
/// Source: Audibert, Munos, Szepesvári, "Exploration-exploitation tradeoff using variance estimates in multi-armed
/// bandits", 2009.
public struct UCBVariance: EnumerablePolicy {
  /// ζ > 0, the factor of ln t.
  public let zeta: Double
  private var statistics: ArmStatistics
  /// The sum of each arm's squared rewards.
  private var squares: [Double]
  private var time = 0

  /// A fresh learner.
  public init(armCount: Int, zeta: Double = 1) {
    self.zeta = zeta
    statistics = ArmStatistics(armCount: armCount)
    squares = [Double](repeating: 0, count: armCount)
  }

  private var next: Int {
    let armCount = squares.count
    if time < armCount { return time }
    // An arm whose first reward is late is tried again.
    if let unseen = statistics.pulls.firstIndex(of: 0) { return unseen }
    let exploration = zeta * Double.log(Double(time))
    let indices = (0..<armCount).map { arm in
      let n = statistics.pulls[arm], mean = statistics.means[arm]
      let variance = max(0, squares[arm] / n - mean * mean)
      return mean + (2 * variance * exploration / n).squareRoot() + 3 * exploration / n
    }
    let best = indices.max() ?? 0
    return indices.firstIndex { $0 >= best - TieRule.tolerance } ?? 0
  }

  /// The arm of the largest index.
  public mutating func choose(using stream: inout RandomStream) -> Int {
    let arm = next
    time += 1
    return arm
  }

  /// Takes in the reward of a pull.
  public mutating func learn(arm: Int, reward: Double, using stream: inout RandomStream) {
    statistics.add(reward, arm: arm)
    squares[arm] += reward * reward
  }

  /// All mass on the next arm.
  public func distribution() -> [Double] {
    let next = next
    return squares.indices.map { $0 == next ? 1 : 0 }
  }
}
