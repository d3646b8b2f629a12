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

  /// The transitions of `mdp` that `mask` leaves, as far as `rewards` speak of them.
  ///
  /// A table gives a number to every transition, and so does a reward by state or pair. Sparse rewards speak of the
  /// possible transitions and of those that they store; where both are silent nothing is asked for.
  ///
  /// - Throws: ``RewardInvarianceError/tooLarge(question:size:limit:)`` when all transitions, possible or not, are asked
  ///   for and there are too many.
  init(
    _ mdp: MDP, mask: RewardTransformation.Mask, reachable: [Bool], rewards: [Reward]
  ) throws(RewardInvarianceError) {
    let (S, A) = (mdp.stateCount, mdp.actionCount)
    let lists = rewards.compactMap(\.storedTransitions)
    let hasTable = rewards.contains(where: \.isTable)
    let size = Double(S) * Double(A) * Double(S)
    let choice: Choice
    if mask != .none {
      choice = .possible
    } else if hasTable || (lists.isEmpty && size <= Double(Self.limit)) {
      guard size <= Double(Self.limit) else {
        throw .tooLarge(
          question: "a relation on all transitions (+impossible-masked asks for the possible ones alone)",
          size: size, limit: Double(Self.limit))
      }
      choice = .all
    } else {
      choice = lists.isEmpty ? .neighbours : .stored
    }
    var (row, from, to): ([Int32], [Int32], [Int32]) = ([], [], [])
    let capacity = choice == .all ? Int(size) : min(mdp.transitions.storedCount, Self.limit)
    row.reserveCapacity(capacity)
    from.reserveCapacity(capacity)
    to.reserveCapacity(capacity)
    for s in 0..<S where mask != .unreachable || reachable[s] {
      for a in 0..<A where mdp.isAvailable(s, a) {
        let k = mdp.pair(s, a)
        func append(_ t: Int) {
          row.append(Int32(k))
          from.append(Int32(s))
          to.append(Int32(t))
        }
        switch choice {
        case .all: for t in 0..<S { append(t) }
        case .possible: mdp.transitions.forEachSuccessor(ofRow: k) { t, _ in append(t) }
        case .neighbours:
          append(s)
          append((s + 1) % S)
        case .stored:
          var columns: [Int] = []
          mdp.transitions.forEachSuccessor(ofRow: k) { t, _ in columns.append(t) }
          let possibleCount = columns.count
          for list in lists {
            for i in list.positions(ofRow: k) where mdp.transitions[k, Int(list.columns[i])] == 0 {
              columns.append(Int(list.columns[i]))
            }
          }
          if columns.count > possibleCount { columns = Set(columns).sorted() }
          for t in columns { append(t) }
        }
      }
    }
    (self.row, self.from, self.to) = (row, from, to)
  }

  private enum Choice {
    case all
    case possible
    /// The possible ones and those that a sparse reward stores.
    case stored
    /// Two next states a pair: where rewards do not depend on the next state, shaping on these is shaping on all, because
    /// they force the potential to be constant.
    case neighbours
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

extension Reward {
  /// Whether it is a table over all transitions.
  var isTable: Bool { if case .transition = values { true } else { false } }

  /// The transitions that a sparse reward stores; nil when it is not sparse.
  var storedTransitions: SparseRows? { if case .sparseTransition(let rows) = values { rows } else { nil } }
}
