internal import LinearAlgebra

/// Entries (row, column, value) as a file lists them, in any order, on their way to compressed sparse rows.
struct EntryCollector {
  /// What to do with two entries at one place.
  enum Duplicates {
    /// They are a fault.
    case refused
    /// They are added up.
    case added
  }

  /// Two entries stand at one place, or one stands outside the matrix.
  enum Fault: Error {
    /// The place of entry number `position` is outside.
    case outside(position: Int, row: Int, column: Int)
    /// Entries number `first` and `second`, counted from 0, have the same place.
    case duplicate(first: Int, second: Int)
  }

  private(set) var rows: [Int32] = []
  private(set) var columns: [Int32] = []
  private(set) var values: [Double] = []

  /// The number of entries so far.
  var count: Int { values.count }

  /// No entries yet; room for `capacity`.
  init(capacity: Int = 0) {
    rows.reserveCapacity(capacity)
    columns.reserveCapacity(capacity)
    values.reserveCapacity(capacity)
  }

  /// Entries that are all read; nothing is copied.
  init(rows: [Int32], columns: [Int32], values: [Double]) {
    precondition(
      rows.count == values.count && columns.count == values.count, "an entry has a row, a column and a value")
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  /// Adds an entry; row and column are at most 2³¹ − 1.
  @inline(__always)
  mutating func append(row: Int32, column: Int32, value: Double) {
    rows.append(row)
    columns.append(column)
    values.append(value)
  }

  /// The rows with their columns ascending, and the entries in the order of the rows (nil when that is the order of the
  /// file). Under ``Duplicates/added`` entries at one place are summed in the order of the file.
  ///
  /// - Complexity: O(entries + rows) when the entries ascend; else O(entries log entries).
  consuming func build(
    rowCount: Int, columnCount: Int, duplicates: Duplicates
  ) throws(Fault) -> (rows: SparseRows, order: [Int]?) {
    var ascends = true
    for k in 0..<values.count {
      let (row, column) = (Int(rows[k]), Int(columns[k]))
      guard row >= 0, row < rowCount, column >= 0, column < columnCount else {
        throw .outside(position: k, row: row, column: column)
      }
      if k > 0, ascends { ascends = (rows[k - 1], columns[k - 1]) < (rows[k], columns[k]) }
    }
    guard !ascends else { return (Self.rows(rowCount, columnCount, rows, columns, values), nil) }
    let places = (rows, columns)
    let order = (0..<values.count).sorted {
      (places.0[$0], places.1[$0], $0) < (places.0[$1], places.1[$1], $1)
    }
    var (newRows, newColumns): ([Int32], [Int32]) = ([], [])
    var newValues: [Double] = []
    newRows.reserveCapacity(values.count)
    newColumns.reserveCapacity(values.count)
    newValues.reserveCapacity(values.count)
    var previous: Int?
    for k in order {
      if let previous, rows[previous] == rows[k], columns[previous] == columns[k] {
        guard case .added = duplicates else { throw .duplicate(first: previous, second: k) }
        newValues[newValues.count - 1] += values[k]
      } else {
        newRows.append(rows[k])
        newColumns.append(columns[k])
        newValues.append(values[k])
      }
      previous = k
    }
    return (Self.rows(rowCount, columnCount, newRows, newColumns, newValues), order)
  }

  /// Sparse rows over entries whose places ascend.
  private static func rows(
    _ rowCount: Int, _ columnCount: Int, _ rows: [Int32], _ columns: [Int32], _ values: [Double]
  ) -> SparseRows {
    var rowStarts = [Int](repeating: 0, count: rowCount + 1)
    for row in rows { rowStarts[Int(row) + 1] += 1 }
    for row in 0..<rowCount { rowStarts[row + 1] += rowStarts[row] }
    do {
      return try SparseRows(
        rowCount: rowCount, columnCount: columnCount, rowStarts: rowStarts, columns: columns, values: values)
    } catch {
      preconditionFailure("ascending entries within range are sparse rows: \(error)")
    }
  }
}
