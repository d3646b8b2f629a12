internal import LinearAlgebra
internal import MDPs

/// Which states reach a set with probability 0 or 1, found by graph search alone: exact, whatever the probabilities.
///
/// The target states count as absorbing; states that a path may not pass count as dead ends.
///
/// Source: de Alfaro, Formal verification of probabilistic systems (1997), §3; Forejt, Kwiatkowska, Norman and Parker,
/// Automated verification techniques for probabilistic systems (2011), §4.1.
struct ReachabilityGraph: Sendable {
  let stateCount: Int
  let actionCount: Int
  let rows: SparseRows
  /// The rows that may be played: available ones of states that are neither target nor dead end.
  let playable: [Bool]
  let target: [Bool]
  /// For each state the rows that lead to it, with repetition by state only.
  private let predecessorStarts: [Int]
  private let predecessors: [Int32]

  /// - Parameters:
  ///   - rows: shape (S·A, S).
  ///   - actionCount: A.
  ///   - available: which rows exist, shape (S·A).
  ///   - target: shape (S).
  ///   - passable: the states that a path may pass on its way; nil for all.
  init(_ rows: SparseRows, actionCount: Int, available: (Int) -> Bool, target: [Bool], passable: [Bool]?) {
    stateCount = rows.columnCount
    self.actionCount = actionCount
    self.rows = rows
    self.target = target
    playable = (0..<rows.rowCount).map { k in
      let s = k / actionCount
      return !target[s] && passable?[s] != false && available(k)
    }
    var starts = [Int](repeating: 0, count: rows.columnCount + 1)
    for k in 0..<rows.rowCount where playable[k] {
      for j in rows.positions(ofRow: k) where rows.values[j] > 0 { starts[Int(rows.columns[j]) + 1] += 1 }
    }
    for s in 0..<rows.columnCount { starts[s + 1] += starts[s] }
    predecessorStarts = starts
    var list = [Int32](repeating: 0, count: starts[rows.columnCount])
    for k in 0..<rows.rowCount where playable[k] {
      for j in rows.positions(ofRow: k) where rows.values[j] > 0 {
        let t = Int(rows.columns[j])
        list[starts[t]] = Int32(k)
        starts[t] += 1
      }
    }
    predecessors = list
  }

  /// The rows that may lead to a state, ascending.
  func rowsInto(_ s: Int) -> ArraySlice<Int32> { predecessors[predecessorStarts[s]..<predecessorStarts[s + 1]] }

  /// States from which some policy reaches `set` with positive probability, the set included, by the rows in `allowed`.
  func canReach(_ set: [Bool], by allowed: [Bool]? = nil) -> [Bool] {
    var reached = set
    var pending = (0..<stateCount).filter { set[$0] }
    while let t = pending.popLast() {
      for k in rowsInto(t) where allowed?[Int(k)] ?? true {
        let s = Int(k) / actionCount
        if !reached[s] {
          reached[s] = true
          pending.append(s)
        }
      }
    }
    return reached
  }

  /// States from which every policy reaches the target with positive probability.
  func mustReach() -> [Bool] {
    var open = [Int32](repeating: 0, count: stateCount)
    for k in playable.indices where playable[k] { open[k / actionCount] += 1 }
    var isHit = [Bool](repeating: false, count: rows.rowCount)
    var reached = target
    var pending = (0..<stateCount).filter { target[$0] }
    while let t = pending.popLast() {
      for k in rowsInto(t) where !isHit[Int(k)] {
        isHit[Int(k)] = true
        let s = Int(k) / actionCount
        open[s] -= 1
        if open[s] == 0, !reached[s] {
          reached[s] = true
          pending.append(s)
        }
      }
    }
    return reached
  }

  /// States from which every policy reaches the target with probability 1.
  func alwaysReaches() -> [Bool] {
    let avoidable = mustReach().map { !$0 }
    return canReach(avoidable).map { !$0 }
  }

  /// States from which some policy reaches the target with probability 1, the rows that keep to them, and for each state
  /// the row of such a policy: it moves nearer to the target with positive probability at every step.
  func canReachSurely() -> (states: [Bool], rows: [Bool], choice: [Int32]) {
    var inside = canReach(target)
    while true {
      let keeps = rowsKeeping(inside)
      let (reached, choice) = attract(by: keeps)
      if reached == inside { return (inside, keeps, choice) }
      inside = reached
    }
  }

  /// The playable rows all of whose successors are in `set`.
  func rowsKeeping(_ set: [Bool]) -> [Bool] {
    playable.indices.map { k in
      playable[k] && set[k / actionCount]
        && rows.positions(ofRow: k).allSatisfy { rows.values[$0] == 0 || set[Int(rows.columns[$0])] }
    }
  }

  /// Breadth-first search backwards from the target along `allowed` rows: the states found, and for each the row found
  /// first, which leads towards the target with positive probability.
  func attract(by allowed: [Bool]) -> (states: [Bool], choice: [Int32]) { attract(to: target, by: allowed) }

  /// As ``attract(by:)``, towards any set.
  func attract(to set: [Bool], by allowed: [Bool]) -> (states: [Bool], choice: [Int32]) {
    var reached = set
    var choice = [Int32](repeating: -1, count: stateCount)
    var layer = (0..<stateCount).filter { set[$0] }
    while !layer.isEmpty {
      var next: [Int] = []
      for t in layer {
        for k in rowsInto(t) where allowed[Int(k)] {
          let s = Int(k) / actionCount
          if !reached[s] {
            reached[s] = true
            choice[s] = k
            next.append(s)
          }
        }
      }
      layer = next
    }
    return (reached, choice)
  }
}
