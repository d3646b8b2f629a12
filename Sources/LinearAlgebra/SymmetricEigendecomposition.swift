internal import CLapack

/// A = Q Λ Qᵀ for a symmetric matrix, by LAPACK's `dsyevd`. Only the lower triangle of the matrix is read.
///
/// Source: Golub and Van Loan, Matrix Computations (2013), §8.3 and §8.4.
public struct SymmetricEigendecomposition: Sendable {
  /// λ₀ ≤ λ₁ ≤ …, n of them.
  public let eigenvalues: [Double]
  /// Qᵀ: row k is the unit eigenvector of `eigenvalues[k]`.
  public let eigenvectorRows: Matrix

  /// Decomposes `matrix`, whose lower triangle is read.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when the matrix is not square,
  ///   ``LinearAlgebraError/notFinite(of:row:column:value:)``, ``LinearAlgebraError/notConverged(routine:count:)``.
  /// - Complexity: O(n³)
  public init(_ matrix: consuming Matrix) throws(LinearAlgebraError) {
    let n = matrix.rowCount
    try matrix.requireSquareAndFinite()
    BLAS.prepare()
    var values = [Double](repeating: 0, count: n)
    if n > 0 {
      // The lower triangle by rows is LAPACK's upper one by columns; its eigenvectors by columns are ours by rows.
      let info = LAPACKE_dsyevd(
        LAPACK_COL_MAJOR, CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "U")), LapackInt(n), &matrix.elements,
        LapackInt(n), &values)
      precondition(info >= 0, "dsyevd refused argument \(-info)")
      guard info == 0 else { throw .notConverged(routine: "dsyevd", count: Int(info)) }
    }
    eigenvalues = values
    eigenvectorRows = matrix
  }
}
