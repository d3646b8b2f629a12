internal import LinearAlgebra

/// Builds rows whose probabilities are integers over a power of two, so that they sum to 1 without rounding, and rewards
/// that are integers over a power of two.
struct DyadicRows {
  private let denominator: Double
  private let stateCount: Int
  private let actionCount: Int
  private var builder: SparseRowsBuilder
  private var rewards: [Double] = []

  /// Rows for S states and A actions over 2^`denominatorBits`.
  init(stateCount: Int, actionCount: Int, denominatorBits: Int, entriesPerRow: Int) {
    denominator = Double(sign: .plus, exponent: denominatorBits, significand: 1)
    self.stateCount = stateCount
    self.actionCount = actionCount
    builder = SparseRowsBuilder(columnCount: stateCount, capacity: stateCount * actionCount * entriesPerRow)
    rewards.reserveCapacity(stateCount * actionCount)
  }

  /// Adds the row of the next state-action pair: zero entries are dropped, equal successors merged, the rest sorted.
  mutating func append(_ entries: [(successor: Int, numerator: Int)], reward: Double) {
    var previous = -1
    var sum = 0
    for (successor, numerator) in entries.sorted(by: { $0.successor < $1.successor }) where numerator != 0 {
      if successor != previous, previous >= 0 {
        builder.append(column: Int32(previous), value: Double(sum) / denominator)
        sum = 0
      }
      previous = successor
      sum += numerator
    }
    if previous >= 0 { builder.append(column: Int32(previous), value: Double(sum) / denominator) }
    builder.endRow()
    rewards.append(reward)
  }

  /// The problem of all rows.
  consuming func build(discount: Double) throws(MDPError) -> (mdp: MDP, reward: Reward) {
    let mdp = try MDP(actionCount: actionCount, transitions: .sparse(builder.build()), discount: discount)
    return (mdp, try Reward.pairs(rewards, stateCount: stateCount, actionCount: actionCount))
  }

  /// Integers in proportion to `weights` that sum to `total` exactly; the first takes what rounding leaves.
  static func quantise(_ weights: [Int], total: Int) -> [Int] {
    let sum = weights.reduce(0, +)
    var numerators = weights.map { $0 * total / sum }
    numerators[0] += total - numerators.reduce(0, +)
    return numerators
  }
}

extension Reward {
  /// A reward called `reward` over numbers of shape (S·A).
  static func pairs(_ values: [Double], stateCount: Int, actionCount: Int) throws(MDPError) -> Reward {
    do {
      return Reward(
        name: "reward",
        values: .pair(try Matrix(rowCount: stateCount, columnCount: actionCount, elements: values)))
    } catch {
      throw .shape(of: "reward", expected: [stateCount, actionCount], got: [values.count])
    }
  }
}
