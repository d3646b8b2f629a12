/// The actions that may still be optimal, state by state, with their values at the last sweep.
///
/// With v* − v in [lo, hi], action a of s is not optimal when
///
/// ```
/// q(s, a) + γ hi  <  (T v)(s) + γ lo
/// ```
///
/// An action that is not optimal leaves the fixed point v* as it is, so that bounds of sweeps over the rest hold for v*.
///
/// Source: MacQueen, A test for suboptimal actions in Markovian decision problems (1967).
struct RemainingActions: Sendable {
  /// How many actions of a state remain.
  private(set) var counts: [Int32]
  /// Those of state s, ascending, from `s * A` on.
  private(set) var actions: [Int32]
  /// q of each, in the same places.
  var values: [Double]
  private let actionCount: Int

  /// All actions that may be played.
  init(_ bellman: BellmanOperator) {
    actionCount = bellman.actionCount
    counts = [Int32](repeating: 0, count: bellman.stateCount)
    actions = [Int32](repeating: 0, count: bellman.rewards.count)
    values = [Double](repeating: 0, count: bellman.rewards.count)
    for s in counts.indices {
      for a in 0..<actionCount where bellman.rewards[s * actionCount + a] > -.infinity {
        actions[s * actionCount + Int(counts[s])] = Int32(a)
        counts[s] += 1
      }
    }
  }

  /// How many remain in all.
  var count: Int { counts.reduce(0) { $0 + Int($1) } }

  /// Removes the actions whose computed value is behind the best of its state by more than `margin`.
  mutating func removeWorse(than best: [Double], by margin: Double) {
    guard margin < .infinity else { return }
    for s in counts.indices where counts[s] > 1 {
      let first = s * actionCount
      var kept = first
      for i in first..<(first + Int(counts[s])) where (best[s] - values[i]).nextDown <= margin {
        actions[kept] = actions[i]
        kept += 1
      }
      counts[s] = Int32(kept - first)
    }
  }
}
