internal import CLapack

/// The factorisation A P = Q R with column pivoting, by LAPACK's `dgeqp3`: decides the rank, solves least squares, and
/// projects onto the range.
///
/// The pivots |R₀₀| ≥ |R₁₁| ≥ … fall; the rank is the number above ``rankTolerance`` · |R₀₀|.
///
/// Source: Golub and Van Loan, Matrix Computations (2013), §5.4.2; Quintana-Ortí, Sun and Bischof, SIAM Journal on
/// Scientific Computing 19 (1998).
public struct PivotedQR: Sendable {
  /// The number of rows m.
  public let rowCount: Int
  /// The number of columns n.
  public let columnCount: Int
  /// Pivots at most this fraction of the largest one count as zero.
  public let rankTolerance: Double
  /// How many columns are independent, to within ``rankTolerance``.
  public let rank: Int
  /// |R₀₀|, |R₁₁|, …: min(m, n) of them.
  public let pivots: [Double]
  /// Column k of A P is column `columnOrder[k]` of A.
  public let columnOrder: [Int]
  /// LAPACK's compact form: column-major, R above and the reflectors below the diagonal.
  private let factors: [Double]
  private let reflectorScales: [Double]

  /// Factors `matrix`, of any shape.
  ///
  /// - Parameters:
  ///   - matrix: A, shape (m, n).
  ///   - rankTolerance: Pivots at most this fraction of the largest one count as zero; by default
  ///     max(m, n) · ulp(1), the size of rounding.
  /// - Throws: ``LinearAlgebraError/notFinite(of:row:column:value:)``
  /// - Complexity: O(m n min(m, n))
  public init(_ matrix: Matrix, rankTolerance: Double? = nil) throws(LinearAlgebraError) {
    try matrix.requireFinite("matrix")
    BLAS.prepare()
    let (m, n) = (matrix.rowCount, matrix.columnCount)
    let count = min(m, n)
    let tolerance = rankTolerance ?? Double(max(m, n)) * .ulpOfOne
    precondition(tolerance >= 0, "a tolerance is not negative")
    var factors = matrix.transposed.elements
    var scales = [Double](repeating: 0, count: count)
    var order = [LapackInt](repeating: 0, count: n)
    if count > 0 {
      let info = LAPACKE_dgeqp3(
        LAPACK_COL_MAJOR, LapackInt(m), LapackInt(n), &factors, LapackInt(m), &order, &scales)
      precondition(info == 0, "dgeqp3 refused argument \(-info)")
    } else {
      for j in 0..<n { order[j] = LapackInt(j + 1) }
    }
    let pivots = (0..<count).map { abs(factors[$0 * m + $0]) }
    let floor = tolerance * (pivots.first ?? 0)
    self.rowCount = m
    self.columnCount = n
    self.rankTolerance = tolerance
    self.rank = pivots.firstIndex { $0 <= floor } ?? count
    self.pivots = pivots
    self.columnOrder = order.map { Int($0) - 1 }
    self.factors = factors
    self.reflectorScales = scales
  }

  /// The smallest pivot that counts towards the rank, as a fraction of the largest: how far the rank is from being
  /// smaller. 1 for rank 0.
  public var smallestPivotRatio: Double { rank > 0 ? pivots[rank - 1] / pivots[0] : 1 }

  /// R, upper trapezoidal, shape (min(m, n), n); its columns are in ``columnOrder``.
  public var r: Matrix {
    var result = Matrix(rowCount: pivots.count, columnCount: columnCount)
    for i in 0..<pivots.count { for j in i..<columnCount { result[i, j] = factors[j * rowCount + i] } }
    return result
  }

  /// An orthonormal basis of the range of A: the first ``rank`` columns of Q, shape (m, rank).
  ///
  /// - Complexity: O(m rank²)
  public var rangeBasis: Matrix {
    var basis = Matrix(rowCount: rank, columnCount: rowCount)
    guard rank > 0 else { return basis.transposed }
    basis.elements = Array(factors[0..<(rank * rowCount)])
    let info = LAPACKE_dorgqr(
      LAPACK_COL_MAJOR, LapackInt(rowCount), LapackInt(rank), LapackInt(rank), &basis.elements, LapackInt(rowCount),
      reflectorScales)
    precondition(info == 0, "dorgqr refused argument \(-info)")
    return basis.transposed
  }

  /// Qᵀ b, with all of the m × m matrix Q.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when `b` does not have m entries,
  ///   ``LinearAlgebraError/notFinite(of:row:column:value:)``.
  /// - Complexity: O(m min(m, n))
  public func applyQTransposed(_ b: [Double]) throws(LinearAlgebraError) -> [Double] {
    try requireVector(b, "b", count: rowCount)
    return reflect(b, transposed: true)
  }

  /// Q b, with all of the m × m matrix Q.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when `b` does not have m entries,
  ///   ``LinearAlgebraError/notFinite(of:row:column:value:)``.
  /// - Complexity: O(m min(m, n))
  public func applyQ(_ b: [Double]) throws(LinearAlgebraError) -> [Double] {
    try requireVector(b, "b", count: rowCount)
    return reflect(b, transposed: false)
  }

  /// The orthogonal projection of `b` onto the range of A.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when `b` does not have m entries,
  ///   ``LinearAlgebraError/notFinite(of:row:column:value:)``.
  /// - Complexity: O(m min(m, n))
  public func projectionOntoRange(of b: [Double]) throws(LinearAlgebraError) -> [Double] {
    var coordinates = try applyQTransposed(b)
    for i in rank..<rowCount { coordinates[i] = 0 }
    return reflect(coordinates, transposed: false)
  }

  /// The part of `b` that is orthogonal to the range of A, projected a second time so that what remains of the range is
  /// rounding of the part itself and not of `b`.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when `b` does not have m entries,
  ///   ``LinearAlgebraError/notFinite(of:row:column:value:)``.
  /// - Complexity: O(m min(m, n))
  public func projectionOntoComplement(of b: [Double]) throws(LinearAlgebraError) -> [Double] {
    try requireVector(b, "b", count: rowCount)
    var rest = b
    for _ in 0..<2 {
      rest = reflect(rest, transposed: true)
      for i in 0..<rank { rest[i] = 0 }
      rest = reflect(rest, transposed: false)
    }
    return rest
  }

  /// A least-squares solution with at most ``rank`` entries that are not zero (the basic solution), and what it misses.
  public struct LeastSquares: Sendable, Equatable {
    /// x, n entries; those of dependent columns are 0.
    public let solution: [Double]
    /// ‖A x − b‖₂ as the factorisation sees it.
    public let residualNorm: Double
  }

  /// Minimises ‖A x − b‖₂ over the independent columns.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when `b` does not have m entries,
  ///   ``LinearAlgebraError/notFinite(of:row:column:value:)``.
  /// - Complexity: O((m + n) min(m, n))
  public func leastSquares(_ b: [Double]) throws(LinearAlgebraError) -> LeastSquares {
    var coordinates = try applyQTransposed(b)
    let residual = norm2(Array(coordinates[rank...]))
    var x = [Double](repeating: 0, count: columnCount)
    if rank > 0 {
      cblas_dtrsv(
        CblasColMajor, CblasUpper, CblasNoTrans, CblasNonUnit, LapackInt(rank), factors, LapackInt(rowCount),
        &coordinates, 1)
      for k in 0..<rank { x[columnOrder[k]] = coordinates[k] }
    }
    return LeastSquares(solution: x, residualNorm: residual)
  }

  /// Minimises ‖A x − b‖₂ for many b at once.
  ///
  /// - Parameter rights: one right-hand side a row, shape (k, m).
  /// - Returns: one solution a row, shape (k, n), each as ``leastSquares(_:)`` gives it up to rounding.
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when a row does not have m entries,
  ///   ``LinearAlgebraError/notFinite(of:row:column:value:)``.
  /// - Complexity: O(k (m + n) min(m, n)), in products of matrices
  public func leastSquares(_ rights: Matrix) throws(LinearAlgebraError) -> Matrix {
    let count = rights.rowCount
    guard rights.columnCount == rowCount else {
      throw .shape(of: "right-hand sides", expected: [count, rowCount], got: [count, rights.columnCount])
    }
    try rights.requireFinite("right-hand sides")
    var result = Matrix(rowCount: count, columnCount: columnCount)
    guard rank > 0, count > 0 else { return result }
    // A row of right-hand sides is a column to LAPACK.
    var coordinates = reflect(rights.elements, transposed: true, count: count)
    cblas_dtrsm(
      CblasColMajor, CblasLeft, CblasUpper, CblasNoTrans, CblasNonUnit, LapackInt(rank), LapackInt(count), 1, factors,
      LapackInt(rowCount), &coordinates, LapackInt(rowCount))
    for i in 0..<count { for k in 0..<rank { result[i, columnOrder[k]] = coordinates[i * rowCount + k] } }
    return result
  }

  private func reflect(_ b: [Double], transposed: Bool, count: Int = 1) -> [Double] {
    var result = b
    guard !pivots.isEmpty else { return result }
    let info = LAPACKE_dormqr(
      LAPACK_COL_MAJOR, CChar(UInt8(ascii: "L")), CChar(UInt8(ascii: transposed ? "T" : "N")), LapackInt(rowCount),
      LapackInt(count),
      LapackInt(pivots.count), factors, LapackInt(rowCount), reflectorScales, &result, LapackInt(rowCount))
    precondition(info == 0, "dormqr refused argument \(-info)")
    return result
  }
}
