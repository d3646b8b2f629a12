package import LinearAlgebra
internal import MDPs

/// The maximal end components of a part of a model: sets of states in which one may stay for ever, each with the actions
/// that stay.
///
/// Source: de Alfaro, Formal verification of probabilistic systems (1997), algorithm 3.1.
package struct EndComponents: Sendable {
  /// The number of the component of each state, −1 outside all.
  package let component: [Int32]
  /// Which rows stay in the component of their state, shape (S·A).
  package let stays: [Bool]
  /// The number of components.
  package let count: Int

  /// - Parameters:
  ///   - rows: shape (S·A, S).
  ///   - actionCount: A.
  ///   - allowed: the rows that may be used, shape (S·A).
  /// - Complexity: O(S · stored transitions) at worst; a few passes in practice.
  package init(_ rows: SparseRows, actionCount: Int, allowed: [Bool]) {
    let stateCount = rows.columnCount
    var stays = allowed
    var label = [Int32](repeating: 0, count: stateCount)
    while true {
      // A row stays only when all of its successors carry the label of its state.
      var changed = false
      var isAlive = [Bool](repeating: false, count: stateCount)
      for s in 0..<stateCount {
        for k in (s * actionCount)..<((s + 1) * actionCount) where stays[k] {
          let leaves =
            label[s] < 0
            || rows.positions(ofRow: k).contains { j in
              rows.values[j] > 0 && label[Int(rows.columns[j])] != label[s]
            }
          if leaves { stays[k] = false } else { isAlive[s] = true }
        }
      }
      let flags = stays
      let strong = StrongComponents(.sparse(rows), actionCount: actionCount) { flags[$0] }
      for s in 0..<stateCount {
        let next = isAlive[s] ? strong.component[s] : -1
        if next != label[s] { changed = true }
        label[s] = next
      }
      if !changed { break }
    }
    var number: [Int32: Int32] = [:]
    component = label.map { c in
      guard c >= 0 else { return -1 }
      if let known = number[c] { return known }
      let fresh = Int32(number.count)
      number[c] = fresh
      return fresh
    }
    count = number.count
    self.stays = stays
  }
}
