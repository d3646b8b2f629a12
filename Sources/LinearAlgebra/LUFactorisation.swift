internal import CLapack

/// The factorisation P A = L U of a square matrix, by LAPACK's `dgetrf` with partial pivoting.
///
/// Factor once in O(n³); every further solve costs O(n²). Source: Golub and Van Loan, Matrix Computations (2013), §3.4.
public struct LUFactorisation: Sendable {
  /// The order n of the matrix.
  public let order: Int
  private let factors: [Double]
  private let pivots: [LapackInt]

  /// Factors `matrix`.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when the matrix is not square,
  ///   ``LinearAlgebraError/notFinite(of:row:column:value:)``, or ``LinearAlgebraError/singular(pivot:)``.
  /// - Complexity: O(n³)
  public init(_ matrix: consuming Matrix) throws(LinearAlgebraError) {
    let order = matrix.rowCount
    guard matrix.columnCount == order else {
      throw .shape(of: "matrix", expected: [order, order], got: [order, matrix.columnCount])
    }
    try matrix.requireFinite("matrix")
    BLAS.prepare()
    var factors = matrix.elements
    var pivots = [LapackInt](repeating: 0, count: order)
    if order > 0 {
      let n = LapackInt(order)
      // LAPACK sees row-major A as Aᵀ; the solves below ask for the transpose in return.
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
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when `b` does not have n entries.
  /// - Complexity: O(n²)
  public func solve(_ b: [Double]) throws(LinearAlgebraError) -> [Double] {
    try solve(b, operation: "T")
  }

  /// Solves Aᵀ x = b.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when `b` does not have n entries.
  /// - Complexity: O(n²)
  public func solveTransposed(_ b: [Double]) throws(LinearAlgebraError) -> [Double] {
    try solve(b, operation: "N")
  }

  private func solve(_ b: [Double], operation: Unicode.Scalar) throws(LinearAlgebraError) -> [Double] {
    guard b.count == order else { throw .shape(of: "b", expected: [order], got: [b.count]) }
    guard order > 0 else { return [] }
    var x = b
    let n = LapackInt(order)
    let info = LAPACKE_dgetrs_work(
      LAPACK_COL_MAJOR, CChar(UInt8(ascii: operation)), n, 1, factors, n, pivots, &x, n)
    precondition(info == 0, "dgetrs refused argument \(-info)")
    return x
  }
}
