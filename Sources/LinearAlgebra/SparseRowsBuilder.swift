/// Builds compressed sparse rows one row after another.
///
/// Append the entries of a row in ascending order of columns, then call ``endRow()``. The order is the caller's promise
/// (a precondition in debug builds), so that rows which are made in order cost no second pass.
public struct SparseRowsBuilder: Sendable {
  private let columnCount: Int
  private var rowStarts: [Int] = [0]
  private var columns: [Int32] = []
  private var values: [Double] = []

  /// A builder of rows with `columnCount` columns, with room for `capacity` entries.
  public init(columnCount: Int, capacity: Int = 0) {
    precondition(columnCount >= 0 && columnCount <= Int(Int32.max), "columns are 32-bit")
    self.columnCount = columnCount
    columns.reserveCapacity(capacity)
    values.reserveCapacity(capacity)
  }

  /// Adds an entry to the current row.
  public mutating func append(column: Int32, value: Double) {
    assert(column >= 0 && column < columnCount, "column out of range")
    assert(
      columns.count == rowStarts[rowStarts.count - 1] || columns[columns.count - 1] < column, "columns must ascend")
    columns.append(column)
    values.append(value)
  }

  /// Ends the current row; the next entry starts a new one.
  public mutating func endRow() { rowStarts.append(values.count) }

  /// The rows that have been ended so far.
  public func build() -> SparseRows {
    SparseRows(
      unchecked: rowStarts.count - 1, columnCount: columnCount, rowStarts: rowStarts, columns: columns, values: values)
  }
}
