public import LinearAlgebra

/// The transition probabilities of a model: one row a state-action pair, row `state * actionCount + action`, one column
/// a next state.
///
/// Dense rows are NumPy's array of shape (S, A, S) as it lies in memory; sparse rows hold only the possible
/// successors. Every algorithm takes both; the data chooses.
public enum Transitions: Sendable, Equatable {
  /// A matrix of shape (S·A, S).
  case dense(Matrix)
  /// Compressed sparse rows of shape (S·A, S).
  case sparse(SparseRows)

  /// The number of rows, S·A.
  public var rowCount: Int {
    switch self {
    case .dense(let matrix): matrix.rowCount
    case .sparse(let rows): rows.rowCount
    }
  }

  /// The number of columns, S.
  public var columnCount: Int {
    switch self {
    case .dense(let matrix): matrix.columnCount
    case .sparse(let rows): rows.columnCount
    }
  }

  /// The number of entries that a sweep touches: all of a dense matrix, the stored ones of sparse rows.
  public var storedCount: Int {
    switch self {
    case .dense(let matrix): matrix.elements.count
    case .sparse(let rows): rows.nonZeroCount
    }
  }

  /// The probability in row `row`, column `next`.
  public subscript(row: Int, next: Int) -> Double {
    switch self {
    case .dense(let matrix): matrix[row, next]
    case .sparse(let rows): rows[row, next]
    }
  }

  /// Calls `body` with each next state of positive probability in row `row`, in ascending order.
  @inlinable public func forEachSuccessor(ofRow row: Int, _ body: (_ next: Int, _ probability: Double) -> Void) {
    switch self {
    case .dense(let matrix):
      let start = row * matrix.columnCount
      for t in 0..<matrix.columnCount {
        let p = matrix.elements[start + t]
        if p > 0 { body(t, p) }
      }
    case .sparse(let rows):
      for k in rows.positions(ofRow: row) where rows.values[k] > 0 { body(Int(rows.columns[k]), rows.values[k]) }
    }
  }

  /// The same probabilities as compressed sparse rows; no copy when they already are.
  public var sparseRows: SparseRows {
    switch self {
    case .dense(let matrix): SparseRows(matrix)
    case .sparse(let rows): rows
    }
  }

  /// Σ_t P[row, t] `values`[t] for every row, in the order of the columns.
  ///
  /// - Parameter values: one number a state, shape (S).
  /// - Returns: one number a row, shape (S·A).
  /// - Complexity: O(``storedCount``)
  public func expectation(of values: [Double]) -> [Double] {
    precondition(values.count == columnCount, "one value a state is needed")
    var result = [Double](repeating: 0, count: rowCount)
    switch self {
    case .dense(let matrix):
      let n = matrix.columnCount
      matrix.elements.withUnsafeBufferPointer { p in
        values.withUnsafeBufferPointer { v in
          for row in 0..<result.count {
            var sum = 0.0
            let start = row * n
            for t in 0..<n { sum += p[start + t] * v[t] }
            result[row] = sum
          }
        }
      }
    case .sparse(let rows):
      rows.values.withUnsafeBufferPointer { p in
        rows.columns.withUnsafeBufferPointer { column in
          values.withUnsafeBufferPointer { v in
            for row in 0..<result.count {
              var sum = 0.0
              for k in rows.positions(ofRow: row) { sum += p[k] * v[Int(column[k])] }
              result[row] = sum
            }
          }
        }
      }
    }
    return result
  }
}
