internal import LinearAlgebra
internal import MDPs

/// Intervals that the probabilities of a world may lie in, chosen anew by nature at every step: what the robust criterion
/// takes from a file.
public struct TransitionBounds: Sendable, Equatable {
  /// The least probability of each transition stored in `mdp.transitions.sparseRows`.
  public let lower: [Double]
  /// The most.
  public let upper: [Double]

  /// Bounds of the given transitions.
  public init(lower: [Double], upper: [Double]) {
    self.lower = lower
    self.upper = upper
  }

  /// Bounds from two tables that are shaped like the transitions; a table that is missing bounds by 0, or by 1.
  ///
  /// - Throws: ``BoundsFault`` where a table has a positive number for a transition of probability 0.
  init(lower: Reward?, upper: Reward?, for mdp: MDP) throws(BoundsFault) {
    let rows = mdp.transitions.sparseRows
    func aligned(_ table: Reward?, _ name: String, missing: Double) throws(BoundsFault) -> [Double] {
      guard let table else { return rows.values.map { $0 > 0 ? missing : 0 } }
      var values = [Double](repeating: 0, count: rows.nonZeroCount)
      for row in 0..<rows.rowCount {
        let (s, a) = (row / mdp.actionCount, row % mdp.actionCount)
        for j in rows.positions(ofRow: row) {
          values[j] = table.value(state: s, action: a, next: Int(rows.columns[j]), actionCount: mdp.actionCount)
        }
      }
      try table.forEachEntry { (row, column, value) throws(BoundsFault) in
        guard value == 0 || mdp.transitions[row, column] > 0 else {
          throw BoundsFault(
            reason: "\(name) has \(value) for action \(row % mdp.actionCount) in state \(row / mdp.actionCount) and "
              + "next state \(column), whose probability in transitions is 0; give it a positive one")
        }
      }
      return values
    }
    self.lower = try aligned(lower, "transitionsLower", missing: 0)
    self.upper = try aligned(upper, "transitionsUpper", missing: 1)
  }

  /// One of the two as a table by transition, for writers.
  func table(_ values: [Double], of mdp: MDP, name: String) -> Reward {
    let rows = mdp.transitions.sparseRows
    var builder = SparseRowsBuilder(columnCount: rows.columnCount, capacity: values.count)
    for row in 0..<rows.rowCount {
      for j in rows.positions(ofRow: row) { builder.append(column: rows.columns[j], value: values[j]) }
      builder.endRow()
    }
    return Reward(name: name, values: .sparseTransition(builder.build()))
  }
}

/// Bounds that do not fit the transitions.
struct BoundsFault: Error {
  let reason: String
}

extension Reward {
  /// Calls `body` with every stored number of a table by transition: row s · A + a, next state, number.
  fileprivate func forEachEntry<Failure>(_ body: (Int, Int, Double) throws(Failure) -> Void) throws(Failure) {
    switch values {
    case .transition(let matrix):
      for row in 0..<matrix.rowCount {
        for column in 0..<matrix.columnCount { try body(row, column, matrix[row, column]) }
      }
    case .sparseTransition(let rows):
      for row in 0..<rows.rowCount {
        for j in rows.positions(ofRow: row) { try body(row, Int(rows.columns[j]), rows.values[j]) }
      }
    case .state, .pair: break
    }
  }
}
