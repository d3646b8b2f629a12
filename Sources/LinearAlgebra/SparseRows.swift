/// A sparse real matrix in compressed sparse rows: row i holds the entries
/// `columns[k]`, `values[k]` for k in `rowStarts[i]..<rowStarts[i + 1]`.
///
/// Within a row the columns ascend strictly, so a stored entry is unique. Columns are 32-bit, which halves the memory
/// traffic of the hot loops; `columnCount` is therefore at most 2³¹ − 1.
public struct SparseRows: Sendable, Equatable {
  /// The number of rows.
  public let rowCount: Int
  /// The number of columns.
  public let columnCount: Int
  /// Where each row starts in `columns` and `values`; `rowCount + 1` ascending positions, the first 0.
  public let rowStarts: [Int]
  /// The column of each stored entry.
  public let columns: [Int32]
  /// The value of each stored entry.
  public let values: [Double]

  /// The number of stored entries.
  public var nonZeroCount: Int { values.count }

  /// Sparse rows over arrays as they are; the structure is checked.
  ///
  /// - Throws: ``LinearAlgebraError/malformedRows(array:position:reason:)`` when the starts do not ascend from 0 to the
  ///   number of entries, a column is out of range, or the columns of a row do not ascend strictly.
  /// - Complexity: O(rows + entries)
  public init(
    rowCount: Int, columnCount: Int, rowStarts: [Int], columns: [Int32], values: [Double]
  ) throws(LinearAlgebraError) {
    guard rowCount >= 0, columnCount >= 0, columnCount <= Int(Int32.max) else {
      throw .shape(of: "sparse rows", expected: [0, Int(Int32.max)], got: [rowCount, columnCount])
    }
    guard rowStarts.count == rowCount + 1 else {
      throw .shape(of: "rowStarts", expected: [rowCount + 1], got: [rowStarts.count])
    }
    guard columns.count == values.count else {
      throw .shape(of: "columns", expected: [values.count], got: [columns.count])
    }
    guard rowStarts[0] == 0 else {
      throw .malformedRows(array: "rowStarts", position: 0, reason: "it is \(rowStarts[0]), but must be 0")
    }
    guard rowStarts[rowCount] == values.count else {
      throw .malformedRows(
        array: "rowStarts", position: rowCount,
        reason: "it is \(rowStarts[rowCount]), but there are \(values.count) entries")
    }
    for i in 0..<rowCount {
      guard rowStarts[i] <= rowStarts[i + 1], rowStarts[i + 1] <= values.count else {
        throw .malformedRows(array: "rowStarts", position: i + 1, reason: "row starts must ascend")
      }
      var previous: Int32 = -1
      for k in rowStarts[i]..<rowStarts[i + 1] {
        guard columns[k] > previous else {
          throw .malformedRows(
            array: "columns", position: k, reason: "columns must ascend strictly within row \(i) and start at 0")
        }
        previous = columns[k]
      }
      guard Int(previous) < columnCount else {
        throw .malformedRows(
          array: "columns", position: rowStarts[i + 1] - 1, reason: "column \(previous) of \(columnCount)")
      }
    }
    self.rowCount = rowCount
    self.columnCount = columnCount
    self.rowStarts = rowStarts
    self.columns = columns
    self.values = values
  }

  /// Sparse rows over arrays that are sound by construction.
  init(unchecked rowCount: Int, columnCount: Int, rowStarts: [Int], columns: [Int32], values: [Double]) {
    self.rowCount = rowCount
    self.columnCount = columnCount
    self.rowStarts = rowStarts
    self.columns = columns
    self.values = values
  }

  /// The stored entries of a dense matrix that are not zero.
  public init(_ matrix: Matrix) {
    var builder = SparseRowsBuilder(columnCount: matrix.columnCount)
    for i in 0..<matrix.rowCount {
      for (j, value) in matrix.row(i).enumerated() where value != 0 { builder.append(column: Int32(j), value: value) }
      builder.endRow()
    }
    self = builder.build()
  }

  /// The positions of row `i` in `columns` and `values`.
  public func positions(ofRow i: Int) -> Range<Int> { rowStarts[i]..<rowStarts[i + 1] }

  /// The entry in row `i`, column `j`; 0 when it is not stored.
  ///
  /// - Complexity: O(log entries of the row)
  public subscript(i: Int, j: Int) -> Double {
    precondition(j >= 0 && j < columnCount, "column out of range")
    return position(row: i, column: j).map { values[$0] } ?? 0
  }

  /// Where the entry in row `i`, column `j` is stored; `nil` when it is not.
  ///
  /// - Complexity: O(log entries of the row)
  public func position(row i: Int, column j: Int) -> Int? {
    var low = rowStarts[i]
    var high = rowStarts[i + 1]
    while low < high {
      let middle = (low + high) / 2
      if columns[middle] < j { low = middle + 1 } else { high = middle }
    }
    return low < rowStarts[i + 1] && columns[low] == j ? low : nil
  }

  /// The matrix is square with finite entries, or the error that says otherwise.
  func requireSquareAndFinite() throws(LinearAlgebraError) {
    guard rowCount == columnCount else {
      throw .shape(of: "matrix", expected: [rowCount, rowCount], got: [rowCount, columnCount])
    }
    try requireFinite("matrix")
  }

  /// The first entry that is NaN or infinite, as an error that names it.
  func requireFinite(_ name: String) throws(LinearAlgebraError) {
    guard let k = firstNotFinite(values) else { return }
    // The last row that starts at or before entry k holds it: rows without entries start there too.
    let row = (rowStarts.firstIndex { $0 > k } ?? 1) - 1
    throw .notFinite(of: name, row: row, column: Int(columns[k]), value: values[k])
  }

  /// The same matrix with every entry stored. Needs `rowCount * columnCount` doubles: for small matrices.
  public var dense: Matrix {
    var result = Matrix(rowCount: rowCount, columnCount: columnCount)
    for i in 0..<rowCount { for k in positions(ofRow: i) { result[i, Int(columns[k])] = values[k] } }
    return result
  }
}
