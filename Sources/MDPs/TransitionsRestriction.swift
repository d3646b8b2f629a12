internal import LinearAlgebra

extension Transitions {
  /// The rows and columns of the given states, renumbered in their order.
  func restricted(to states: [Int], actionCount: Int) -> Transitions {
    switch self {
    case .dense(let matrix): .dense(matrix.restricted(to: states, actionCount: actionCount))
    case .sparse(let rows): .sparse(rows.restricted(to: states, actionCount: actionCount))
    }
  }
}

extension Matrix {
  /// Of a matrix with one row a state-action pair and one column a state: the part of the given states.
  func restricted(to states: [Int], actionCount: Int) -> Matrix {
    var result = Matrix(rowCount: states.count * actionCount, columnCount: states.count)
    for (i, s) in states.enumerated() {
      for a in 0..<actionCount {
        for (j, t) in states.enumerated() { result[i * actionCount + a, j] = self[s * actionCount + a, t] }
      }
    }
    return result
  }
}

extension SparseRows {
  /// Of sparse rows with one row a state-action pair and one column a state: the part of the given states.
  func restricted(to states: [Int], actionCount: Int) -> SparseRows {
    var number = [Int32](repeating: -1, count: columnCount)
    for (i, s) in states.enumerated() { number[s] = Int32(i) }
    var builder = SparseRowsBuilder(columnCount: states.count)
    for s in states {
      for a in 0..<actionCount {
        for k in positions(ofRow: s * actionCount + a) where number[Int(columns[k])] >= 0 {
          builder.append(column: number[Int(columns[k])], value: values[k])
        }
        builder.endRow()
      }
    }
    return builder.build()
  }
}
