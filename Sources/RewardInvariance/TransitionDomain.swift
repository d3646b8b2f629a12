internal import LinearAlgebra
internal import MDPs

/// The transitions on which an equation between rewards is asked for, as a list.
struct TransitionDomain: Sendable {
  /// The pair `s * A + a` of each transition.
  let row: [Int32]
  /// The state of each.
  let from: [Int32]
  /// The next state of each.
  let to: [Int32]

  /// The most transitions that are looked at.
  static let limit = 16_000_000

  var count: Int { row.count }

  /// The transitions of `mdp` that `mask` leaves.
  ///
  /// - Throws: ``RewardInvarianceError/tooLarge(question:size:limit:)`` when all transitions, possible or not, are asked
  ///   for and there are too many.
  init(_ mdp: MDP, mask: RewardTransformation.Mask, reachable: [Bool]) throws(RewardInvarianceError) {
    let (S, A) = (mdp.stateCount, mdp.actionCount)
    if mask == .none {
      let size = Double(S) * Double(A) * Double(S)
      guard size <= Double(Self.limit) else {
        throw .tooLarge(
          question: "a relation on all transitions, impossible ones included,", size: size, limit: Double(Self.limit))
      }
    }
    var (row, from, to): ([Int32], [Int32], [Int32]) = ([], [], [])
    let capacity = mask == .none ? S * A * S : min(mdp.transitions.storedCount, Self.limit)
    row.reserveCapacity(capacity)
    from.reserveCapacity(capacity)
    to.reserveCapacity(capacity)
    for s in 0..<S where mask != .unreachable || reachable[s] {
      for a in 0..<A where mdp.isAvailable(s, a) {
        let k = Int32(mdp.pair(s, a))
        if mask == .none {
          for t in 0..<S {
            row.append(k)
            from.append(Int32(s))
            to.append(Int32(t))
          }
        } else {
          mdp.transitions.forEachSuccessor(ofRow: Int(k)) { t, _ in
            row.append(k)
            from.append(Int32(s))
            to.append(Int32(t))
          }
        }
      }
    }
    (self.row, self.from, self.to) = (row, from, to)
  }

  /// The values of `reward` on the list.
  func values(of reward: Reward, in mdp: MDP) -> [Double] {
    switch reward.values {
    case .state(let r): return from.map { r[Int($0)] }
    case .pair(let r): return row.map { r.elements[Int($0)] }
    case .transition(let r):
      let n = r.columnCount
      return row.indices.map { r.elements[Int(row[$0]) * n + Int(to[$0])] }
    case .sparseTransition(let r):
      // Both the list and the stored entries ascend in rows and columns.
      var result = [Double](repeating: 0, count: count)
      var (position, current) = (0, Int32(-1))
      for i in 0..<count {
        if row[i] != current {
          current = row[i]
          position = r.rowStarts[Int(current)]
        }
        let end = r.rowStarts[Int(current) + 1]
        while position < end, r.columns[position] < to[i] { position += 1 }
        if position < end, r.columns[position] == to[i] { result[i] = r.values[position] }
      }
      return result
    }
  }
}
