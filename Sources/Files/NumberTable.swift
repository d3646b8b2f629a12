internal import LinearAlgebra

/// The rows of a matrix as they are read: dense at first, compressed once it shows that nearly all entries are 0, so that
/// a large table of zeros never lies in memory.
struct NumberTable {
  /// Rows of at least this many columns are worth compressing.
  private static let smallestSparseColumnCount = 64
  /// Compressed when at most one entry in this many is not 0: then a sweep over the entries is the quicker one.
  private static let sparseRatio = 4
  /// The first look at the share of zeros.
  private static let sampleSize = 1 << 18

  /// The length of the rows.
  let columnCount: Int
  /// The number of rows so far.
  private(set) var rowCount = 0
  private var dense: [Double] = []
  private var sparse: SparseRowsBuilder?
  private var nonZeroCount = 0

  /// A table of rows of `columnCount` numbers.
  init(columnCount: Int) { self.columnCount = columnCount }

  /// Adds a row.
  mutating func append(_ row: some RandomAccessCollection<Double>) {
    precondition(row.count == columnCount, "rows of a table have one length")
    rowCount += 1
    if sparse != nil {
      appendSparse(row)
      return
    }
    for value in row where value.bitPattern != 0 { nonZeroCount += 1 }
    dense.append(contentsOf: row)
    if dense.count >= Self.sampleSize, isSparse(of: dense.count) { compress() }
  }

  /// The table, dense or sparse as the numbers suggest.
  consuming func finish() -> Storage {
    if sparse == nil, isSparse(of: dense.count) { compress() }
    guard let sparse else {
      return .dense(dense)
    }
    let rows = sparse.build()
    return isSparse(of: rowCount * columnCount) ? .sparse(rows) : .dense(rows.dense.elements)
  }

  /// The numbers of a finished table.
  enum Storage {
    /// Row after row.
    case dense([Double])
    /// Compressed.
    case sparse(SparseRows)
  }

  private func isSparse(of count: Int) -> Bool {
    columnCount >= Self.smallestSparseColumnCount && nonZeroCount <= count / Self.sparseRatio
  }

  private mutating func compress() {
    sparse = SparseRowsBuilder(columnCount: columnCount, capacity: 2 * nonZeroCount)
    nonZeroCount = 0
    for start in stride(from: 0, to: dense.count, by: columnCount) {
      appendSparse(dense[start..<(start + columnCount)])
    }
    dense = []
  }

  private mutating func appendSparse(_ row: some RandomAccessCollection<Double>) {
    for (column, value) in row.enumerated() where value.bitPattern != 0 {
      sparse?.append(column: Int32(column), value: value)
      nonZeroCount += 1
    }
    sparse?.endRow()
  }
}
