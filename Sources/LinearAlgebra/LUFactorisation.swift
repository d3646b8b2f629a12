internal import CLapack
internal import RealModule

/// The factorisation P A = L U of a square matrix, by LAPACK's `dgetrf` with partial pivoting.
///
/// Factor once in O(n³); every further solve costs O(n²). The computed x solves a nearby system exactly: relative error
/// at most about n ulp(1) / ``reciprocalCondition``, and close to ulp(1) after ``IterativeRefinement``.
///
/// Source: Golub and Van Loan, Matrix Computations (2013), §3.4.
public struct LUFactorisation: Sendable {
  /// The order n of the matrix.
  public let order: Int
  /// ‖A‖₁, the largest column sum of |A|.
  public let norm1: Double
  /// Row-major; LAPACK sees Aᵀ = P L U, so the lower triangle here holds Uᵀ and the upper one Lᵀ with a unit diagonal.
  private let factors: [Double]
  private let pivots: [LapackInt]

  /// Factors `matrix`.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when the matrix is not square,
  ///   ``LinearAlgebraError/notFinite(of:row:column:value:)``, or ``LinearAlgebraError/singular(pivot:)``.
  /// - Complexity: O(n³)
  public init(_ matrix: consuming Matrix) throws(LinearAlgebraError) {
    let order = matrix.rowCount
    try matrix.requireSquare()
    norm1 = matrix.norm1
    // A finite norm has finite entries; the search is needed only to name the culprit.
    if !norm1.isFinite { try matrix.requireFinite("matrix") }
    BLAS.prepare()
    var factors = matrix.elements
    var pivots = [LapackInt](repeating: 0, count: order)
    if order > 0 {
      let n = LapackInt(order)
      let info = LAPACKE_dgetrf_work(LAPACK_COL_MAJOR, n, n, &factors, n, &pivots)
      precondition(info >= 0, "dgetrf refused argument \(-info)")
      guard info == 0 else { throw .singular(pivot: Int(info) - 1) }
    }
    self.order = order
    self.factors = factors
    self.pivots = pivots
  }

  /// Solves A x = b.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when `b` does not have n entries,
  ///   ``LinearAlgebraError/notFinite(of:row:column:value:)``.
  /// - Complexity: O(n²)
  public func solve(_ b: [Double]) throws(LinearAlgebraError) -> [Double] {
    try solve(b, operation: "T")
  }

  /// Solves Aᵀ x = b.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when `b` does not have n entries,
  ///   ``LinearAlgebraError/notFinite(of:row:column:value:)``.
  /// - Complexity: O(n²)
  public func solveTransposed(_ b: [Double]) throws(LinearAlgebraError) -> [Double] {
    try solve(b, operation: "N")
  }

  /// Solves A X = B for all columns of B at once.
  ///
  /// - Parameters:
  ///   - right: B, shape (n, k).
  ///   - workers: The largest number of threads; the answer does not depend on it.
  /// - Returns: X, shape (n, k).
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when `right` does not have n rows,
  ///   ``LinearAlgebraError/notFinite(of:row:column:value:)``.
  /// - Complexity: O(n² k)
  public func solve(_ right: Matrix, workers: Int = processorCount) throws(LinearAlgebraError) -> Matrix {
    try solve(right, transposed: false, workers: workers)
  }

  /// Solves Aᵀ X = B for all columns of B at once.
  ///
  /// - Parameters:
  ///   - right: B, shape (n, k).
  ///   - workers: The largest number of threads; the answer does not depend on it.
  /// - Returns: X, shape (n, k).
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when `right` does not have n rows,
  ///   ``LinearAlgebraError/notFinite(of:row:column:value:)``.
  /// - Complexity: O(n² k)
  public func solveTransposed(_ right: Matrix, workers: Int = processorCount) throws(LinearAlgebraError) -> Matrix {
    try solve(right, transposed: true, workers: workers)
  }

  /// An estimate of 1 / (‖A‖₁ ‖A⁻¹‖₁), by LAPACK's `dgecon`: 1 for the identity, 0 for a matrix that is singular to
  /// working precision. Hardly ever more than three times too large. 1 for order 0.
  ///
  /// - Complexity: O(n²)
  public var reciprocalCondition: Double {
    guard order > 0 else { return 1 }
    // Entries near the largest double, whose sums overflow: no statement can be made.
    guard norm1.isFinite else { return 0 }
    let n = LapackInt(order)
    var result = 0.0
    var work = [Double](repeating: 0, count: 4 * order)
    var integers = [LapackInt](repeating: 0, count: order)
    // ‖Aᵀ‖∞ = ‖A‖₁: LAPACK sees Aᵀ.
    let info = LAPACKE_dgecon_work(
      LAPACK_COL_MAJOR, CChar(UInt8(ascii: "I")), n, factors, n, norm1, &result, &work, &integers)
    precondition(info >= 0, "dgecon refused argument \(-info)")
    return result
  }

  /// The determinant; it may overflow or underflow where ``logAbsoluteDeterminant`` does not. 1 for order 0.
  ///
  /// - Complexity: O(n)
  public var determinant: Double {
    var result = 1.0
    for i in 0..<order {
      result *= factors[i * order + i]
      if Int(pivots[i]) != i + 1 { result = -result }
    }
    return result
  }

  /// ln |det A|; 0 for order 0.
  ///
  /// - Complexity: O(n)
  public var logAbsoluteDeterminant: Double {
    compensatedSum((0..<order).map { Double.log(abs(factors[$0 * order + $0])) })
  }

  private func solve(_ b: [Double], operation: Unicode.Scalar) throws(LinearAlgebraError) -> [Double] {
    try requireVector(b, "b", count: order)
    guard order > 0 else { return [] }
    var x = b
    let n = LapackInt(order)
    let info = LAPACKE_dgetrs_work(
      LAPACK_COL_MAJOR, CChar(UInt8(ascii: operation)), n, 1, factors, n, pivots, &x, n)
    precondition(info == 0, "dgetrs refused argument \(-info)")
    return x
  }

  private func solve(_ right: Matrix, transposed: Bool, workers: Int) throws(LinearAlgebraError) -> Matrix {
    guard right.rowCount == order else {
      throw .shape(of: "B", expected: [order, right.columnCount], got: [right.rowCount, right.columnCount])
    }
    try right.requireFinite("B")
    var x = right
    let k = right.columnCount
    guard order > 0, k > 0 else { return x }
    // Row-major right-hand sides stay where they are: triangular solves on blocks of columns of fixed width, so that
    // what BLAS is asked does not depend on the number of threads.
    let width = 64
    let blocks = (k + width - 1) / width
    x.withUnsafeMutableElements { out in
      // Each worker writes its own columns of `out`, which outlives the loop.
      nonisolated(unsafe) let out = out
      forEachRange(
        of: blocks, workers: workers, minimumPerWorker: max(1, parallelGrain / (order * order * min(width, k)))
      ) { range in
        for block in range {
          let first = block * width
          let count = min(width, k - first)
          guard let base = out.baseAddress else { return }
          if transposed {
            interchange(base + first, count: count, stride: k, forwards: true)
            triangularSolve(CblasUpper, CblasTrans, CblasUnit, base + first, count: count, stride: k)
            triangularSolve(CblasLower, CblasTrans, CblasNonUnit, base + first, count: count, stride: k)
          } else {
            triangularSolve(CblasLower, CblasNoTrans, CblasNonUnit, base + first, count: count, stride: k)
            triangularSolve(CblasUpper, CblasNoTrans, CblasUnit, base + first, count: count, stride: k)
            interchange(base + first, count: count, stride: k, forwards: false)
          }
        }
      }
    }
    return x
  }

  private func triangularSolve(
    _ half: CBLAS_UPLO, _ operation: CBLAS_TRANSPOSE, _ diagonal: CBLAS_DIAG, _ x: UnsafeMutablePointer<Double>,
    count: Int, stride: Int
  ) {
    cblas_dtrsm(
      CblasRowMajor, CblasLeft, half, operation, diagonal, LapackInt(order), LapackInt(count), 1, factors,
      LapackInt(order), x, LapackInt(stride))
  }

  private func interchange(_ x: UnsafeMutablePointer<Double>, count: Int, stride: Int, forwards: Bool) {
    for step in 0..<order {
      let i = forwards ? step : order - 1 - step
      let other = Int(pivots[i]) - 1
      if other != i { cblas_dswap(LapackInt(count), x + i * stride, 1, x + other * stride, 1) }
    }
  }
}
