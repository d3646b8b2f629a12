internal import CKLU
internal import Synchronization

/// Sparse direct factorisation of a square matrix by KLU: block triangular form, a fill-reducing order of each block,
/// partial pivoting within it.
///
/// Made for matrices that stay sparse; the fill of a random graph grows nearly as the square of the order, which
/// ``SparseAnalysis`` tells beforehand. A value may be solved with from several threads at once; the solves then take
/// turns, because KLU keeps its scratch memory in the factors.
///
/// Source: Davis and Palamadai Natarajan, ACM TOMS 37 (2010), algorithm 907.
public struct SparseLU: Sendable {
  /// The matrix that was factored.
  public private(set) var matrix: SparseRows
  /// The order found for its pattern.
  public let analysis: SparseAnalysis
  private var factors: Factors?

  /// Factors `matrix`.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when the matrix is not square,
  ///   ``LinearAlgebraError/notFinite(of:row:column:value:)``, ``LinearAlgebraError/singular(pivot:)``,
  ///   ``LinearAlgebraError/tooLarge(of:count:limit:)`` when the factors do not fit.
  public init(_ matrix: SparseRows) throws(LinearAlgebraError) {
    try self.init(matrix, analysis: SparseAnalysis(matrix))
  }

  /// Factors `matrix` in the order found for a matrix of the same pattern.
  ///
  /// - Throws: As ``init(_:)``; ``LinearAlgebraError/patternDiffers`` when `analysis` is of another pattern.
  public init(_ matrix: SparseRows, analysis: SparseAnalysis) throws(LinearAlgebraError) {
    guard analysis.isOf(matrix) else { throw .patternDiffers }
    try matrix.requireFinite("matrix")
    self.matrix = matrix
    self.analysis = analysis
    factors = try analysis.symbolic.map { symbolic throws(LinearAlgebraError) in
      try Factors(analysis, symbolic, matrix.values)
    }
  }

  /// The order n of the matrix.
  public var order: Int { matrix.rowCount }

  /// The number of entries stored in L, U and the blocks off the diagonal.
  public var entryCount: Int {
    factors?.withNumeric { $0.pointee.lnz.int + $0.pointee.unz.int + $0.pointee.nzoff.int } ?? 0
  }

  /// ``entryCount`` divided by the number of entries of the matrix; 1 without entries.
  public var fillRatio: Double { matrix.nonZeroCount > 0 ? Double(entryCount) / Double(matrix.nonZeroCount) : 1 }

  /// Factors another matrix of the same pattern in place, with the pivots of the last one: several times faster than
  /// anew. Falls back to a new choice of pivots when the old ones have become small.
  ///
  /// - Throws: As ``init(_:)``, and ``LinearAlgebraError/patternDiffers``; the old factors then stand.
  public mutating func refactor(_ matrix: SparseRows) throws(LinearAlgebraError) {
    guard analysis.isOf(matrix) else { throw .patternDiffers }
    try matrix.requireFinite("matrix")
    // Copies of this value share the factors: only an only owner may overwrite them.
    if isKnownUniquelyReferenced(&factors), let factors, factors.refactor(analysis, matrix.values) {
      self.matrix = matrix
    } else {
      do {
        self = try SparseLU(matrix, analysis: analysis)
      } catch {
        self = try SparseLU(self.matrix, analysis: analysis)
        throw error
      }
    }
  }

  /// Solves A x = b.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when `b` does not have n entries,
  ///   ``LinearAlgebraError/notFinite(of:row:column:value:)``.
  /// - Complexity: O(n + ``entryCount``)
  public func solve(_ b: [Double]) throws(LinearAlgebraError) -> [Double] {
    try requireVector(b, "b", count: order)
    var x = b
    factors?.solve(&x, count: 1, transposed: false)
    return x
  }

  /// Solves Aᵀ x = b.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when `b` does not have n entries,
  ///   ``LinearAlgebraError/notFinite(of:row:column:value:)``.
  /// - Complexity: O(n + ``entryCount``)
  public func solveTransposed(_ b: [Double]) throws(LinearAlgebraError) -> [Double] {
    try requireVector(b, "b", count: order)
    var x = b
    factors?.solve(&x, count: 1, transposed: true)
    return x
  }

  /// Solves A X = B for all columns of B at once.
  ///
  /// - Parameter right: B, shape (n, k).
  /// - Returns: X, shape (n, k).
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when `right` does not have n rows,
  ///   ``LinearAlgebraError/notFinite(of:row:column:value:)``.
  /// - Complexity: O(k (n + ``entryCount``))
  public func solve(_ right: Matrix) throws(LinearAlgebraError) -> Matrix {
    guard right.rowCount == order else {
      throw .shape(of: "B", expected: [order, right.columnCount], got: [right.rowCount, right.columnCount])
    }
    try right.requireFinite("B")
    var columns = right.transposed
    factors?.solve(&columns.elements, count: right.columnCount, transposed: false)
    return columns.transposed
  }

  /// The order of rows and columns in which A was factored: block lower triangular, pivots on the diagonal.
  func pivotOrder() -> PivotOrder {
    guard let factors, let symbolic = analysis.symbolic?.pointer.pointee else {
      return PivotOrder(rows: [], columns: [], blocks: [])
    }
    // KLU was given Aᵀ, so that its columns are our rows and its upper blocks our lower ones.
    return factors.withNumeric { numeric in
      PivotOrder(
        rows: (0..<order).map { symbolic.Q[$0].int }, columns: (0..<order).map { numeric.pointee.Pnum[$0].int },
        blocks: (0..<symbolic.nblocks.int).map { symbolic.R[$0].int..<symbolic.R[$0 + 1].int })
    }
  }

  /// An estimate of 1 / (‖A‖∞ ‖A⁻¹‖∞), 1 for order 0. Hardly ever more than three times too large.
  ///
  /// Source: Higham, ACM TOMS 14 (1988), algorithm 674.
  ///
  /// - Complexity: O(n + ``entryCount``)
  public var reciprocalCondition: Double {
    factors?.reciprocalCondition(analysis, matrix.values) ?? 1
  }
}

/// The fill-reducing order of a sparse square matrix, found from its pattern alone.
public struct SparseAnalysis: Sendable {
  /// How many entries L and U are expected to have together, should no pivot have to be moved.
  public let expectedEntryCount: Double
  /// How many multiplications the factorisation is expected to take.
  public let expectedOperationCount: Double
  /// The number of diagonal blocks of the block triangular form: the strong components of the graph.
  public let blockCount: Int
  /// The order of the largest of these blocks.
  public let largestBlock: Int
  fileprivate let rowStarts: [Int32]
  fileprivate let columns: [Int32]
  fileprivate let symbolic: Symbolic?

  /// Analyses the pattern of `matrix`.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when the matrix is not square,
  ///   ``LinearAlgebraError/tooLarge(of:count:limit:)`` when it has more than 2³¹ − 1 entries.
  public init(_ matrix: SparseRows) throws(LinearAlgebraError) {
    let n = matrix.rowCount
    guard matrix.columnCount == n else {
      throw .shape(of: "matrix", expected: [n, n], got: [n, matrix.columnCount])
    }
    guard matrix.nonZeroCount <= Int(Int32.max) else {
      throw .tooLarge(of: "entries of the matrix", count: matrix.nonZeroCount, limit: Int(Int32.max))
    }
    rowStarts = matrix.rowStarts.map { Int32($0) }
    columns = matrix.columns
    symbolic = try n == 0 ? nil : Symbolic(order: n, rowStarts: rowStarts, columns: columns)
    let found = symbolic?.pointer.pointee
    expectedEntryCount = (found?.lnz ?? 0) + (found?.unz ?? 0)
    expectedOperationCount = found?.est_flops ?? 0
    blockCount = found?.nblocks.int ?? 0
    largestBlock = found?.maxblock.int ?? 0
  }

  func isOf(_ matrix: SparseRows) -> Bool {
    matrix.rowCount == rowStarts.count - 1 && matrix.columnCount == matrix.rowCount && columns == matrix.columns
      && zip(rowStarts, matrix.rowStarts).allSatisfy { $0.int == $1 }
  }
}

/// Owns KLU's symbolic object. Unchecked, because it is never written after it is made.
private final class Symbolic: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<klu_symbolic>

  init(order: Int, rowStarts: [Int32], columns: [Int32]) throws(LinearAlgebraError) {
    var common = klu_common()
    klu_defaults(&common)
    var (starts, columns) = (rowStarts, columns)
    guard let pointer = klu_analyze(Int32(order), &starts, &columns, &common) else {
      throw error(common)
    }
    self.pointer = pointer
  }

  deinit {
    var common = klu_common()
    klu_defaults(&common)
    var pointer: UnsafeMutablePointer<klu_symbolic>? = pointer
    klu_free_symbolic(&pointer, &common)
  }
}

/// Owns KLU's numeric object. Unchecked, because every use holds the lock.
private final class Factors: @unchecked Sendable {
  private let symbolic: Symbolic
  private var numeric: UnsafeMutablePointer<klu_numeric>
  private var common: klu_common
  private let lock = Mutex<Void>(())

  /// KLU reads columns, so that it is given Aᵀ: its transposed solve is our solve.
  init(_ analysis: SparseAnalysis, _ symbolic: Symbolic, _ values: [Double]) throws(LinearAlgebraError) {
    var common = klu_common()
    klu_defaults(&common)
    var (starts, columns, values) = (analysis.rowStarts, analysis.columns, values)
    guard let numeric = klu_factor(&starts, &columns, &values, symbolic.pointer, &common) else { throw error(common) }
    self.symbolic = symbolic
    self.numeric = numeric
    self.common = common
  }

  deinit {
    var pointer: UnsafeMutablePointer<klu_numeric>? = numeric
    klu_free_numeric(&pointer, &common)
  }

  func withNumeric<Result>(_ body: (UnsafeMutablePointer<klu_numeric>) -> Result) -> Result {
    lock.withLock { _ in body(numeric) }
  }

  /// Whether the old pivots still serve.
  func refactor(_ analysis: SparseAnalysis, _ values: [Double]) -> Bool {
    lock.withLock { _ in
      var (starts, columns, values) = (analysis.rowStarts, analysis.columns, values)
      guard klu_refactor(&starts, &columns, &values, symbolic.pointer, numeric, &common) == 1, common.status == KLU_OK
      else { return false }
      klu_rcond(symbolic.pointer, numeric, &common)
      guard common.rcond > 1e-10 else { return false }
      klu_rgrowth(&starts, &columns, &values, symbolic.pointer, numeric, &common)
      // A reciprocal growth this small loses three digits to the old pivots.
      return common.rgrowth > 1e-3
    }
  }

  func solve(_ x: inout [Double], count: Int, transposed: Bool) {
    lock.withLock { _ in
      let n = symbolic.pointer.pointee.n
      let done =
        transposed
        ? klu_solve(symbolic.pointer, numeric, n, Int32(count), &x, &common)
        : klu_tsolve(symbolic.pointer, numeric, n, Int32(count), &x, &common)
      precondition(done == 1 || count == 0, "klu_solve ended with status \(common.status)")
    }
  }

  func reciprocalCondition(_ analysis: SparseAnalysis, _ values: [Double]) -> Double {
    lock.withLock { _ in
      var (starts, values) = (analysis.rowStarts, values)
      let done = klu_condest(&starts, &values, symbolic.pointer, numeric, &common)
      precondition(done == 1, "klu_condest ended with status \(common.status)")
      return common.condest > 0 ? 1 / common.condest : 0
    }
  }
}

private func error(_ common: klu_common) -> LinearAlgebraError {
  switch common.status {
  case KLU_SINGULAR: .singular(pivot: max(0, common.singular_col.int))
  case KLU_OUT_OF_MEMORY: .tooLarge(of: "bytes of the factors", count: common.memusage, limit: nil)
  case KLU_TOO_LARGE: .tooLarge(of: "entries of the factors", count: nil, limit: Int(Int32.max))
  default: preconditionFailure("KLU ended with status \(common.status)")
  }
}

extension Int32 {
  fileprivate var int: Int { Int(self) }
}
