/// A dense real matrix, row-major: entry (i, j) is `elements[i * columnCount + j]`, as in C and NumPy.
///
/// A value over one `[Double]`, so a matrix moves to and from C or NumPy memory with no reordering, and a copy
/// costs nothing until one side is changed.
public struct Matrix: Sendable, Equatable {
  /// The number of rows.
  public let rowCount: Int
  /// The number of columns.
  public let columnCount: Int
  /// The entries, row after row; `rowCount * columnCount` of them.
  public internal(set) var elements: [Double]

  /// A matrix over entries given row after row.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when there are not `rowCount * columnCount` entries.
  public init(rowCount: Int, columnCount: Int, elements: [Double]) throws(LinearAlgebraError) {
    let (count, overflow) = rowCount.multipliedReportingOverflow(by: columnCount)
    guard rowCount >= 0, columnCount >= 0, !overflow, elements.count == count else {
      throw .shape(of: "elements", expected: [rowCount, columnCount], got: [elements.count])
    }
    self.rowCount = rowCount
    self.columnCount = columnCount
    self.elements = elements
  }

  /// A matrix with every entry equal to `value`.
  public init(rowCount: Int, columnCount: Int, repeating value: Double = 0) {
    precondition(rowCount >= 0 && columnCount >= 0, "a matrix has no negative size")
    self.rowCount = rowCount
    self.columnCount = columnCount
    self.elements = [Double](repeating: value, count: rowCount * columnCount)
  }

  /// A matrix from rows of equal length.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` naming the first row of another length.
  public init(rows: [[Double]]) throws(LinearAlgebraError) {
    let columnCount = rows.first?.count ?? 0
    for (i, row) in rows.enumerated() where row.count != columnCount {
      throw .shape(of: "row \(i)", expected: [columnCount], got: [row.count])
    }
    self.rowCount = rows.count
    self.columnCount = columnCount
    self.elements = Array(rows.joined())
  }

  /// The identity of order `order`.
  public static func identity(_ order: Int) -> Matrix {
    var result = Matrix(rowCount: order, columnCount: order)
    for i in 0..<order { result[i, i] = 1 }
    return result
  }

  /// The entry in row `i`, column `j`.
  public subscript(i: Int, j: Int) -> Double {
    get {
      precondition(j >= 0 && j < columnCount, "column out of range")
      return elements[i * columnCount + j]
    }
    set {
      precondition(j >= 0 && j < columnCount, "column out of range")
      elements[i * columnCount + j] = newValue
    }
  }

  /// Row `i`, without a copy.
  public func row(_ i: Int) -> ArraySlice<Double> {
    elements[(i * columnCount)..<((i + 1) * columnCount)]
  }

  /// A copy of column `j`.
  public func column(_ j: Int) -> [Double] {
    precondition(j >= 0 && j < columnCount, "column out of range")
    return (0..<rowCount).map { elements[$0 * columnCount + j] }
  }

  /// Gives `body` the entries, row after row, to change in place; their number is fixed.
  public mutating func withUnsafeMutableElements<Result, Failure: Error>(
    _ body: (UnsafeMutableBufferPointer<Double>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try elements.withUnsafeMutableBufferPointer { buffer throws(Failure) in try body(buffer) }
  }

  /// ‖A‖₁, the largest sum of |aᵢⱼ| over a column; 0 without entries.
  public var norm1: Double {
    var sums = [Double](repeating: 0, count: columnCount)
    let n = columnCount
    sums.withUnsafeMutableBufferPointer { sums in
      elements.withUnsafeBufferPointer { elements in
        for i in 0..<rowCount {
          let row = i &* n
          for j in 0..<n { sums[j] += abs(elements[row &+ j]) }
        }
      }
    }
    return LinearAlgebra.normInfinity(sums)
  }

  /// ‖A‖∞, the largest sum of |aᵢⱼ| over a row; 0 without entries.
  public var normInfinity: Double {
    LinearAlgebra.normInfinity((0..<rowCount).map { i in row(i).reduce(0) { $0 + abs($1) } })
  }

  /// ‖A‖_F, the root of the sum of squares; 0 without entries.
  public var frobeniusNorm: Double { norm2(elements) }

  /// The matrix with rows and columns exchanged.
  public var transposed: Matrix {
    var result = Matrix(rowCount: columnCount, columnCount: rowCount)
    let (m, n) = (rowCount, columnCount)
    result.elements.withUnsafeMutableBufferPointer { out in
      elements.withUnsafeBufferPointer { source in
        for i in 0..<m { for j in 0..<n { out[j * m + i] = source[i * n + j] } }
      }
    }
    return result
  }

  /// The matrix is square with finite entries, or the error that says otherwise.
  func requireSquareAndFinite() throws(LinearAlgebraError) {
    try requireSquare()
    try requireFinite("matrix")
  }

  /// The matrix is square, or the error that says otherwise.
  func requireSquare() throws(LinearAlgebraError) {
    guard rowCount == columnCount else {
      throw .shape(of: "matrix", expected: [rowCount, rowCount], got: [rowCount, columnCount])
    }
  }

  /// The first entry that is NaN or infinite, as an error that names it.
  func requireFinite(_ name: String) throws(LinearAlgebraError) {
    if let k = firstNotFinite(elements) {
      throw .notFinite(of: name, row: k / columnCount, column: k % columnCount, value: elements[k])
    }
  }
}
