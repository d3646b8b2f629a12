internal import CFlint

/// A dense matrix of rational numbers, row-major, with exact solves by FLINT.
///
/// For systems whose answer is sparse in structure, ``ExactLinearSolver`` is faster.
public struct RationalMatrix: Sendable {
  /// The number of rows.
  public let rowCount: Int
  /// The number of columns.
  public let columnCount: Int
  private let storage: Storage

  /// Owns FLINT's matrix. Unchecked, because it is never written after it is made.
  private final class Storage: @unchecked Sendable {
    var matrix = fmpq_mat_struct()
    init(_ rowCount: Int, _ columnCount: Int) { fmpq_mat_init(&matrix, rowCount, columnCount) }
    deinit { fmpq_mat_clear(&matrix) }
  }

  private init(_ storage: Storage) {
    rowCount = Int(storage.matrix.r)
    columnCount = Int(storage.matrix.c)
    self.storage = storage
  }

  /// A matrix over entries given row after row.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when there are not `rowCount * columnCount` entries.
  public init(rowCount: Int, columnCount: Int, elements: [Rational]) throws(LinearAlgebraError) {
    let (count, overflow) = rowCount.multipliedReportingOverflow(by: columnCount)
    guard rowCount >= 0, columnCount >= 0, !overflow, elements.count == count else {
      throw .shape(of: "elements", expected: [rowCount, columnCount], got: [elements.count])
    }
    let storage = Storage(rowCount, columnCount)
    for (k, value) in elements.enumerated() { value.read { fmpq_set(storage.matrix.entries + k, &$0) } }
    self.init(storage)
  }

  /// The values that the bits of a matrix of doubles stand for.
  ///
  /// - Throws: ``LinearAlgebraError/notFinite(of:row:column:value:)``
  public init(exactly matrix: Matrix) throws(LinearAlgebraError) {
    try matrix.requireFinite("matrix")
    try self.init(
      rowCount: matrix.rowCount, columnCount: matrix.columnCount,
      elements: matrix.elements.compactMap(Rational.init(exactly:)))
  }

  /// The identity of order `order`.
  public static func identity(_ order: Int) -> RationalMatrix {
    let storage = Storage(order, order)
    fmpq_mat_one(&storage.matrix)
    return RationalMatrix(storage)
  }

  /// The entry in row `i`, column `j`.
  public subscript(i: Int, j: Int) -> Rational {
    precondition(i >= 0 && i < rowCount && j >= 0 && j < columnCount, "index out of range")
    return Rational(copying: storage.matrix.entries + (i * columnCount + j))
  }

  /// The entries, row after row.
  public var elements: [Rational] {
    (0..<(rowCount * columnCount)).map { Rational(copying: storage.matrix.entries + $0) }
  }

  /// The doubles nearest to the entries.
  public var rounded: Matrix {
    var result = Matrix(rowCount: rowCount, columnCount: columnCount)
    for i in 0..<rowCount { for j in 0..<columnCount { result[i, j] = Double(self[i, j]) } }
    return result
  }

  /// The matrix with rows and columns exchanged.
  public var transposed: RationalMatrix {
    let result = Storage(columnCount, rowCount)
    withUnsafeHandle { fmpq_mat_transpose(&result.matrix, &$0) }
    return RationalMatrix(result)
  }

  /// A B.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)``
  public func multiplied(by other: RationalMatrix) throws(LinearAlgebraError) -> RationalMatrix {
    guard other.rowCount == columnCount else {
      throw .shape(
        of: "right factor", expected: [columnCount, other.columnCount], got: [other.rowCount, other.columnCount])
    }
    let result = Storage(rowCount, other.columnCount)
    withUnsafeHandle { a in other.withUnsafeHandle { b in fmpq_mat_mul(&result.matrix, &a, &b) } }
    return RationalMatrix(result)
  }

  /// A x.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)``
  public func multiplied(by x: [Rational]) throws(LinearAlgebraError) -> [Rational] {
    guard x.count == columnCount else { throw .shape(of: "x", expected: [columnCount], got: [x.count]) }
    return try multiplied(by: RationalMatrix(rowCount: columnCount, columnCount: 1, elements: x)).elements
  }

  /// Solves A X = B exactly, by p-adic lifting.
  ///
  /// Source: Dixon, Numerische Mathematik 40 (1982).
  ///
  /// - Parameter right: B, shape (n, k).
  /// - Returns: X, shape (n, k).
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)``; ``LinearAlgebraError/singular(pivot:)`` naming the first
  ///   column that depends on those before it.
  /// - Complexity: about O(n³) operations on words for numbers of a fixed size
  public func solve(_ right: RationalMatrix) throws(LinearAlgebraError) -> RationalMatrix {
    guard rowCount == columnCount else {
      throw .shape(of: "matrix", expected: [rowCount, rowCount], got: [rowCount, columnCount])
    }
    guard right.rowCount == rowCount else {
      throw .shape(of: "B", expected: [rowCount, right.columnCount], got: [right.rowCount, right.columnCount])
    }
    let result = Storage(rowCount, right.columnCount)
    guard rowCount > 0, right.columnCount > 0 else { return RationalMatrix(result) }
    let solved = withUnsafeHandle { a in
      right.withUnsafeHandle { b in fmpq_mat_solve_dixon(&result.matrix, &a, &b) }
    }
    guard solved != 0 else { throw .singular(pivot: firstDependentColumn) }
    return RationalMatrix(result)
  }

  /// Solves A x = b exactly, by p-adic lifting.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)``; ``LinearAlgebraError/singular(pivot:)`` naming the first
  ///   column that depends on those before it.
  public func solve(_ b: [Rational]) throws(LinearAlgebraError) -> [Rational] {
    guard b.count == rowCount else { throw .shape(of: "b", expected: [rowCount], got: [b.count]) }
    return try solve(RationalMatrix(rowCount: rowCount, columnCount: 1, elements: b)).elements
  }

  /// The determinant; 1 for order 0.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when the matrix is not square.
  public func determinant() throws(LinearAlgebraError) -> Rational {
    guard rowCount == columnCount else {
      throw .shape(of: "matrix", expected: [rowCount, rowCount], got: [rowCount, columnCount])
    }
    var result = Rational.zeroHandle
    withUnsafeHandle { fmpq_mat_det(&result, &$0) }
    return Rational(owning: result)
  }

  /// The number of independent columns.
  public var rank: Int { reduced.rank }

  /// The reduced row echelon form and the rank.
  private var reduced: (form: Storage, rank: Int) {
    let result = Storage(rowCount, columnCount)
    let rank = withUnsafeHandle { Int(fmpq_mat_rref(&result.matrix, &$0)) }
    return (result, rank)
  }

  /// In the echelon form, column j of a regular matrix has its 1 in row j.
  private var firstDependentColumn: Int {
    let form = RationalMatrix(reduced.form)
    return (0..<columnCount).first { form[$0, $0] != 1 } ?? 0
  }

  private func withUnsafeHandle<Result>(_ body: (inout fmpq_mat_struct) -> Result) -> Result {
    // FLINT only reads through the copy, whose words the storage keeps alive.
    var matrix = storage.matrix
    return withExtendedLifetime(storage) { body(&matrix) }
  }
}

extension RationalMatrix: Equatable {
  /// Whether both have the same shape and entries.
  public static func == (x: RationalMatrix, y: RationalMatrix) -> Bool {
    x.rowCount == y.rowCount && x.columnCount == y.columnCount
      && x.withUnsafeHandle { a in y.withUnsafeHandle { b in fmpq_mat_equal(&a, &b) != 0 } }
  }
}
