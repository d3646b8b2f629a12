/// A queue whose keeper chooses in every slot whether to admit customers and at which of eight rates to serve.
///
/// States are the lengths 0…capacity. Action a admits when a ≥ 8 and serves at rate c = a mod 8 + 1: a customer leaves
/// with probability c/16 and, when admitted and there is room, one arrives with probability 6/16. The reward is
/// (20 · 6 [if one may arrive] − length − c²) / 128.
public struct ServiceQueue: MDPBuilder, Equatable {
  /// The greatest length.
  public let capacity: Int

  /// A queue of this capacity.
  public init(capacity: Int) { self.capacity = capacity }

  /// - Complexity: O(capacity)
  public func build(discount: Double) throws(MDPError) -> (mdp: MDP, reward: Reward) {
    try require("the capacity", capacity, in: 1...(Int(Int32.max) / 16 - 1))
    var rows = DyadicRows(stateCount: capacity + 1, actionCount: 16, denominatorBits: 4, entriesPerRow: 3)
    for length in 0...capacity {
      for action in 0..<16 {
        let rate = action % 8 + 1
        let up = action >= 8 && length < capacity ? 6 : 0
        let down = length > 0 ? rate : 0
        rows.append(
          [(max(length - 1, 0), down), (length, 16 - up - down), (min(length + 1, capacity), up)],
          reward: Double(20 * up - length - rate * rate) / 128)
      }
    }
    return try rows.build(discount: discount)
  }
}
