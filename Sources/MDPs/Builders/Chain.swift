internal import LinearAlgebra

/// A chain of states that tempts to turn back: action 0 ("back") returns to the start and pays a little at once, action 1
/// ("forward") moves on and pays much, but only at the far end, where it stays. With probability ``slip`` the other action
/// happens instead.
///
/// Source: Strens, "A Bayesian framework for reinforcement learning", ICML 2000: length 5, slip 0.2, rewards 2 and 10.
public struct Chain: MDPBuilder, Equatable {
  /// The number of states.
  public let length: Int
  /// The probability that the other action happens, in [0, 1].
  public var slip: Double
  /// Paid whenever the start is returned to.
  public var backReward: Double
  /// Paid whenever a step forward happens at the far end.
  public var endReward: Double

  /// A chain of this length.
  public init(length: Int = 5, slip: Double = 0.2, backReward: Double = 2, endReward: Double = 10) {
    self.length = length
    self.slip = slip
    self.backReward = backReward
    self.endReward = endReward
  }

  /// - Complexity: O(length)
  public func build(discount: Double) throws(MDPError) -> (mdp: MDP, reward: Reward) {
    try requireSize(stateCount: length, actionCount: 2)
    guard slip >= 0, slip <= 1 else { throw .parameter(name: "slip", value: "\(slip)", needed: "between 0 and 1") }
    var rows = SparseRowsBuilder(columnCount: length, capacity: 4 * length)
    var rewards: [Double] = []
    for state in 0..<length {
      for forward in [slip, 1 - slip] {
        let next = min(state + 1, length - 1)
        if next == 0 {
          rows.append(column: 0, value: 1)
        } else {
          if forward < 1 { rows.append(column: 0, value: 1 - forward) }
          if forward > 0 { rows.append(column: Int32(next), value: forward) }
        }
        rows.endRow()
        rewards.append((1 - forward) * backReward + (state == length - 1 ? forward * endReward : 0))
      }
    }
    var initial = [Double](repeating: 0, count: length)
    initial[0] = 1
    let mdp = try MDP(
      actionCount: 2, transitions: .sparse(rows.build()), discount: discount, initialDistribution: initial,
      actionNames: ["back", "forward"])
    return (mdp, try Reward.pairs(rewards, stateCount: length, actionCount: 2))
  }
}
