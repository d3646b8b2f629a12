internal import Simulation

/// A finite list of rewards of total at most 1: a readable report and the base of the adversary, never the worst case.
///
/// The planning error jumps where the planner's policy changes, so its supremum is not at the extreme points of the class:
/// on random tiny models lists like this one gave 0 where the supremum was up to 0.07 (measured).
public struct CanonicalRewards: Sendable, Equatable {
  /// In order: 1/H on each subset at all steps; for each dyadic step 1 on each subset at that step; random U(s, a)/H.
  public let rewards: [StepRewards]

  /// The largest number of states all of whose subsets are taken; above it singletons and their complements.
  public static let subsetLimit = 6

  /// The list for S states, A actions and horizon H.
  ///
  /// Subsets are proper and non-empty, in the order of binary numbers with state 0 the most significant bit; dyadic steps
  /// are 2, 4, 8, … < H and H. `randomCount` action-dependent rewards are drawn from the stream of `seed`.
  public init(horizon: Int, stateCount: Int, actionCount: Int, randomCount: Int = 4, seed: UInt64 = 12345) {
    let (n, actions) = (stateCount, actionCount)
    let subsets = Self.subsets(stateCount)
    func reward(_ value: (_ step: Int, _ state: Int, _ action: Int) -> Double) -> StepRewards {
      var result = StepRewards(horizon: horizon, stateCount: n, actionCount: actions)
      for step in 0..<horizon {
        for s in 0..<n { for a in 0..<actions { result.values[(step * n + s) * actions + a] = value(step, s, a) } }
      }
      return result
    }
    var list = subsets.map { subset in reward { _, s, _ in subset[s] / Double(horizon) } }
    for only in dyadicSteps(horizon: horizon) {
      list += subsets.map { subset in reward { step, s, _ in step == only ? subset[s] : 0 } }
    }
    var stream = SplitMix64(seed: seed)
    for _ in 0..<randomCount {
      let draws = (0..<(n * actions)).map { _ in stream.uniform() }
      list.append(reward { _, s, a in draws[s * actions + a] / Double(horizon) })
    }
    rewards = list
  }

  /// The proper non-empty subsets of the states as indicators; singletons and complements above ``subsetLimit``.
  static func subsets(_ stateCount: Int) -> [[Double]] {
    guard stateCount > 1 else { return [] }
    if stateCount <= subsetLimit {
      return (1..<((1 << stateCount) - 1)).map { code in
        (0..<stateCount).map { code >> (stateCount - 1 - $0) & 1 == 1 ? 1 : 0 }
      }
    }
    return (0..<stateCount).map { only in (0..<stateCount).map { $0 == only ? 1 : 0 } }
      + (0..<stateCount).map { only in (0..<stateCount).map { $0 == only ? 0 : 1 } }
  }
}
