/// A store that orders each evening and meets a random demand the next day.
///
/// States are the stock 0…capacity, actions the order 0…largestOrder, of which only what fits is taken: larger orders are
/// exact duplicates of the one that fills the room, so the problem has many exact ties. Demand d < `demandCount` has weight
/// min(d + 1, demandCount − d). The reward is 8 a unit sold, less 4 a unit ordered, 16 an order and 1/8 a unit in stock.
public struct Inventory: MDPBuilder, Equatable {
  /// The most that can be in stock.
  public let capacity: Int
  /// The most that can be ordered.
  public let largestOrder: Int
  /// Demand lies below this.
  public let demandCount: Int

  /// A store of this size.
  public init(capacity: Int, largestOrder: Int, demandCount: Int) {
    self.capacity = capacity
    self.largestOrder = largestOrder
    self.demandCount = demandCount
  }

  /// - Complexity: O(capacity · largestOrder · demandCount)
  public func build(discount: Double) throws(MDPError) -> (mdp: MDP, reward: Reward) {
    try require("the capacity", capacity, in: 0...1_000_000)
    try require("the largest order", largestOrder, in: 0...1_000_000)
    try require("the number of demands", demandCount, in: 1...1_000_000)
    try requireSize(stateCount: capacity + 1, actionCount: largestOrder + 1)
    let demand = DyadicRows.quantise((0..<demandCount).map { min($0 + 1, demandCount - $0) }, total: 1 << 30)
    var rows = DyadicRows(
      stateCount: capacity + 1, actionCount: largestOrder + 1, denominatorBits: 30,
      entriesPerRow: min(demandCount, capacity + 1) / 2)
    for stock in 0...capacity {
      for order in 0...largestOrder {
        let taken = min(order, capacity - stock)
        let level = stock + taken
        var sold = 0
        var entries: [(successor: Int, numerator: Int)] = []
        entries.reserveCapacity(demandCount)
        for d in 0..<demandCount {
          sold += demand[d] * min(level, d)
          entries.append((max(level - d, 0), demand[d]))
        }
        let cost = (4 * taken + (taken > 0 ? 16 : 0)) << 30 + level << 27
        rows.append(entries, reward: Double(8 * sold - cost) / 0x1p30)
      }
    }
    return try rows.build(discount: discount)
  }
}
