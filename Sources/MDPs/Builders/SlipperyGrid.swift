/// A square of cells without walls: each move goes astray to either side with probability 1/8; every step costs between 1
/// and 31/16, drawn by cell; the last cell is the end, absorbing and free.
///
/// Cell (x, y) is state y · size + x; actions 0 to 3 are north (y − 1), east, south, west. A move off the grid stays.
public struct SlipperyGrid: MDPBuilder, Equatable {
  /// The number of cells along each side.
  public let size: Int
  /// Which of the grids of this size.
  public let seed: UInt64

  /// A grid of this size.
  public init(size: Int, seed: UInt64) {
    self.size = size
    self.seed = seed
  }

  /// - Complexity: O(size²)
  public func build(discount: Double) throws(MDPError) -> (mdp: MDP, reward: Reward) {
    try require("the size of the grid", size, in: 1...20_000)
    let stateCount = size * size
    var rows = DyadicRows(stateCount: stateCount, actionCount: 4, denominatorBits: 3, entriesPerRow: 3)
    for state in 0..<stateCount {
      let cost = Double(16 + Int(RowStream.bits(seed: seed, row: state) & 15)) / 16
      for action in 0..<4 {
        if state == stateCount - 1 {
          rows.append([(state, 8)], reward: 0)
        } else {
          rows.append(
            [
              (neighbour(of: state, action), 6), (neighbour(of: state, (action + 1) % 4), 1),
              (neighbour(of: state, (action + 3) % 4), 1),
            ], reward: -cost)
        }
      }
    }
    return try rows.build(discount: discount)
  }

  private func neighbour(of state: Int, _ direction: Int) -> Int {
    let x = state % size + [0, 1, 0, -1][direction]
    let y = state / size + [-1, 0, 1, 0][direction]
    return x >= 0 && x < size && y >= 0 && y < size ? y * size + x : state
  }
}
