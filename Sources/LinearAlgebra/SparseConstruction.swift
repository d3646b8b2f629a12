/// Sparse rows from other arrangements of the same entries.
extension SparseRows {
  /// One entry of a sparse matrix with its place.
  public struct Triplet: Sendable, Hashable {
    /// The row, from 0.
    public var row: Int
    /// The column, from 0.
    public var column: Int
    /// The value there.
    public var value: Double

    /// The entry `value` in `row`, `column`.
    public init(row: Int, column: Int, value: Double) {
      self.row = row
      self.column = column
      self.value = value
    }
  }

  /// Sparse rows from entries in any order; entries at the same place are added, in the order given.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` for a size out of range,
  ///   ``LinearAlgebraError/malformedRows(array:position:reason:)`` naming the first triplet outside the matrix.
  /// - Complexity: O(rows + columns + entries)
  public init(rowCount: Int, columnCount: Int, triplets: [Triplet]) throws(LinearAlgebraError) {
    guard rowCount >= 0, columnCount >= 0, columnCount <= Int(Int32.max) else {
      throw .shape(of: "sparse rows", expected: [0, Int(Int32.max)], got: [rowCount, columnCount])
    }
    for (k, entry) in triplets.enumerated() {
      guard entry.row >= 0, entry.row < rowCount else {
        throw .malformedRows(array: "triplets", position: k, reason: "row \(entry.row) of \(rowCount)")
      }
      guard entry.column >= 0, entry.column < columnCount else {
        throw .malformedRows(array: "triplets", position: k, reason: "column \(entry.column) of \(columnCount)")
      }
    }
    // Two stable counting sorts, by column and then by row, leave each row ascending with ties in the order given.
    let byColumn = SparseRows.order(triplets.count, buckets: columnCount) { triplets[$0].column }
    let byRow = SparseRows.order(triplets.count, buckets: rowCount) { triplets[byColumn[$0]].row }
    var rowStarts = [0]
    var columns: [Int32] = []
    var values: [Double] = []
    rowStarts.reserveCapacity(rowCount + 1)
    columns.reserveCapacity(triplets.count)
    values.reserveCapacity(triplets.count)
    var position = 0
    for row in 0..<rowCount {
      let start = values.count
      while position < byRow.count, triplets[byColumn[byRow[position]]].row == row {
        let entry = triplets[byColumn[byRow[position]]]
        if values.count > start, columns[values.count - 1] == Int32(entry.column) {
          values[values.count - 1] += entry.value
        } else {
          columns.append(Int32(entry.column))
          values.append(entry.value)
        }
        position += 1
      }
      rowStarts.append(values.count)
    }
    self.init(
      unchecked: rowCount, columnCount: columnCount, rowStarts: rowStarts, columns: columns, values: values)
  }

  /// The identity of order `order`, one stored entry a row.
  public static func identity(_ order: Int) -> SparseRows {
    precondition(order >= 0 && order <= Int(Int32.max), "an order is between 0 and 2³¹ − 1")
    return SparseRows(
      unchecked: order, columnCount: order, rowStarts: Array(0...order), columns: (0..<order).map { Int32($0) },
      values: [Double](repeating: 1, count: order))
  }

  /// The matrix with rows and columns exchanged.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when there are more than 2³¹ − 1 rows.
  /// - Complexity: O(rows + columns + entries)
  public func transposed() throws(LinearAlgebraError) -> SparseRows {
    guard rowCount <= Int(Int32.max) else {
      throw .shape(of: "sparse rows", expected: [Int(Int32.max), columnCount], got: [rowCount, columnCount])
    }
    var starts = [Int](repeating: 0, count: columnCount + 1)
    for column in columns { starts[Int(column) + 1] += 1 }
    for j in 0..<columnCount { starts[j + 1] += starts[j] }
    var next = starts
    var outColumns = [Int32](repeating: 0, count: nonZeroCount)
    var outValues = [Double](repeating: 0, count: nonZeroCount)
    for i in 0..<rowCount {
      for k in positions(ofRow: i) {
        let j = Int(columns[k])
        outColumns[next[j]] = Int32(i)
        outValues[next[j]] = values[k]
        next[j] += 1
      }
    }
    return SparseRows(
      unchecked: columnCount, columnCount: rowCount, rowStarts: starts, columns: outColumns, values: outValues)
  }

  /// The matrix with row i multiplied by `factors[i]`; the same structure.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)``
  /// - Complexity: O(rows + entries)
  public func scalingRows(by factors: [Double]) throws(LinearAlgebraError) -> SparseRows {
    guard factors.count == rowCount else { throw .shape(of: "factors", expected: [rowCount], got: [factors.count]) }
    var scaled = values
    for i in 0..<rowCount { for k in positions(ofRow: i) { scaled[k] *= factors[i] } }
    return replacing(values: scaled)
  }

  /// The rows of the given numbers, in that order; a number may come more than once.
  ///
  /// - Throws: ``LinearAlgebraError/malformedRows(array:position:reason:)`` naming the first number out of range.
  /// - Complexity: O(selected rows + their entries)
  public func selectingRows(_ rows: [Int]) throws(LinearAlgebraError) -> SparseRows {
    if let k = rows.firstIndex(where: { $0 < 0 || $0 >= rowCount }) {
      throw .malformedRows(array: "rows", position: k, reason: "row \(rows[k]) of \(rowCount)")
    }
    var starts = [0]
    starts.reserveCapacity(rows.count + 1)
    for row in rows { starts.append((starts.last ?? 0) + positions(ofRow: row).count) }
    var outColumns: [Int32] = []
    var outValues: [Double] = []
    outColumns.reserveCapacity(starts.last ?? 0)
    outValues.reserveCapacity(starts.last ?? 0)
    for row in rows {
      outColumns.append(contentsOf: columns[positions(ofRow: row)])
      outValues.append(contentsOf: values[positions(ofRow: row)])
    }
    return SparseRows(
      unchecked: rows.count, columnCount: columnCount, rowStarts: starts, columns: outColumns, values: outValues)
  }

  /// I − factor · A for a square A: the system of a discounted policy evaluation. The diagonal is always stored.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when the matrix is not square.
  /// - Complexity: O(rows + entries)
  public func identityMinus(scaledBy factor: Double) throws(LinearAlgebraError) -> SparseRows {
    guard rowCount == columnCount else {
      throw .shape(of: "matrix", expected: [rowCount, rowCount], got: [rowCount, columnCount])
    }
    var starts = [0]
    var outColumns: [Int32] = []
    var outValues: [Double] = []
    starts.reserveCapacity(rowCount + 1)
    outColumns.reserveCapacity(nonZeroCount + rowCount)
    outValues.reserveCapacity(nonZeroCount + rowCount)
    for i in 0..<rowCount {
      var diagonalStored = false
      for k in positions(ofRow: i) {
        if !diagonalStored, Int(columns[k]) >= i {
          diagonalStored = true
          outColumns.append(Int32(i))
          if Int(columns[k]) == i {
            outValues.append(1 - factor * values[k])
            continue
          }
          outValues.append(1)
        }
        outColumns.append(columns[k])
        outValues.append(-factor * values[k])
      }
      if !diagonalStored {
        outColumns.append(Int32(i))
        outValues.append(1)
      }
      starts.append(outValues.count)
    }
    return SparseRows(
      unchecked: rowCount, columnCount: columnCount, rowStarts: starts, columns: outColumns, values: outValues)
  }

  /// The same structure with other values, one for each stored entry.
  func replacing(values: [Double]) -> SparseRows {
    SparseRows(
      unchecked: rowCount, columnCount: columnCount, rowStarts: rowStarts, columns: columns, values: values)
  }

  /// The stable order of `0..<count` by `bucket`.
  private static func order(_ count: Int, buckets: Int, bucket: (Int) -> Int) -> [Int] {
    var starts = [Int](repeating: 0, count: buckets + 1)
    for k in 0..<count { starts[bucket(k) + 1] += 1 }
    for b in 0..<buckets { starts[b + 1] += starts[b] }
    var order = [Int](repeating: 0, count: count)
    for k in 0..<count {
      let b = bucket(k)
      order[starts[b]] = k
      starts[b] += 1
    }
    return order
  }
}
