/// A random problem of blocks that are all but closed: from each state a chance of 2⁻¹⁰ leads to the next block, the rest
/// stays within its own. Iterative methods mix slowly here.
public struct LeakyBlocks: MDPBuilder, Equatable {
  /// The number of blocks.
  public let blockCount: Int
  /// The number of states in a block.
  public let blockSize: Int
  /// A.
  public let actionCount: Int
  /// The number of successors within the block, at most its size.
  public let branching: Int
  /// Which of the problems of this size.
  public let seed: UInt64

  /// A problem of this size.
  public init(blockCount: Int, blockSize: Int, actionCount: Int, branching: Int, seed: UInt64) {
    self.blockCount = blockCount
    self.blockSize = blockSize
    self.actionCount = actionCount
    self.branching = branching
    self.seed = seed
  }

  /// - Complexity: O(S A branching²)
  public func build(discount: Double) throws(MDPError) -> (mdp: MDP, reward: Reward) {
    try require("the number of blocks", blockCount, in: 1...Int(Int32.max))
    try require("the size of a block", blockSize, in: 1...Int(Int32.max))
    let stateCount = blockCount * blockSize
    try requireSize(stateCount: stateCount, actionCount: actionCount)
    try require("branching", branching, in: 1...blockSize)
    var rows = DyadicRows(
      stateCount: stateCount, actionCount: actionCount, denominatorBits: 30, entriesPerRow: branching + 1)
    for row in 0..<(stateCount * actionCount) {
      let state = row / actionCount
      let base = state / blockSize * blockSize
      var stream = RowStream(seed: seed, row: row)
      let successors = stream.choose(branching, below: blockSize).map { base + $0 }
      let numerators = DyadicRows.quantise(successors.map { _ in stream.weight() }, total: 1 << 30 - 1 << 20)
      let reward = stream.reward()
      rows.append(Array(zip(successors, numerators)) + [((state + blockSize) % stateCount, 1 << 20)], reward: reward)
    }
    return try rows.build(discount: discount)
  }
}
