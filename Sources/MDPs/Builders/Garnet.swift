internal import LinearAlgebra

/// A random problem without structure: every state-action pair leads to `branching` states drawn at random, with random
/// probabilities over 2³⁰ and a reward in [−1, 1) over 2²⁰.
///
/// With `branching` equal to the number of states the transitions are dense.
///
/// Source of the family: Archibald, McKinnon, Thomas, "On the generation of Markov decision processes", Journal of the
/// Operational Research Society 46 (1995); Bhatnagar et al., "Natural actor-critic algorithms", Automatica 45 (2009).
public struct Garnet: MDPBuilder, Equatable {
  /// S.
  public let stateCount: Int
  /// A.
  public let actionCount: Int
  /// The number of successors of each pair, at most S.
  public let branching: Int
  /// Which of the problems of this size.
  public let seed: UInt64

  /// A problem of this size.
  public init(stateCount: Int, actionCount: Int, branching: Int, seed: UInt64) {
    self.stateCount = stateCount
    self.actionCount = actionCount
    self.branching = branching
    self.seed = seed
  }

  /// - Complexity: O(S A branching²), or O(S² A) when dense.
  public func build(discount: Double) throws(MDPError) -> (mdp: MDP, reward: Reward) {
    try requireSize(stateCount: stateCount, actionCount: actionCount)
    try require("branching", branching, in: 1...stateCount)
    return branching == stateCount ? try dense(discount: discount) : try sparse(discount: discount)
  }

  private static let total = 1 << 30

  private func sparse(discount: Double) throws(MDPError) -> (mdp: MDP, reward: Reward) {
    var rows = DyadicRows(
      stateCount: stateCount, actionCount: actionCount, denominatorBits: 30, entriesPerRow: branching)
    for row in 0..<(stateCount * actionCount) {
      var stream = RowStream(seed: seed, row: row)
      let successors = stream.choose(branching, below: stateCount)
      let numerators = DyadicRows.quantise(successors.map { _ in stream.weight() }, total: Self.total)
      let reward = stream.reward()
      rows.append(Array(zip(successors, numerators)), reward: reward)
    }
    return try rows.build(discount: discount)
  }

  private func dense(discount: Double) throws(MDPError) -> (mdp: MDP, reward: Reward) {
    var elements: [Double] = []
    var rewards: [Double] = []
    elements.reserveCapacity(stateCount * actionCount * stateCount)
    for row in 0..<(stateCount * actionCount) {
      var stream = RowStream(seed: seed, row: row)
      let weights = (0..<stateCount).map { _ in stream.weight() }
      for numerator in DyadicRows.quantise(weights, total: Self.total) { elements.append(Double(numerator) / 0x1p30) }
      rewards.append(stream.reward())
    }
    do {
      let matrix = try Matrix(rowCount: stateCount * actionCount, columnCount: stateCount, elements: elements)
      let mdp = try MDP(actionCount: actionCount, transitions: .dense(matrix), discount: discount)
      return (mdp, try Reward.pairs(rewards, stateCount: stateCount, actionCount: actionCount))
    } catch let error as MDPError {
      throw error
    } catch {
      preconditionFailure("rows of equal length are a matrix: \(error)")
    }
  }
}
