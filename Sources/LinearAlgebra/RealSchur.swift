internal import CLapack
internal import RealModule

/// An eigenvalue of a real matrix; those that are not real come in conjugate pairs.
public struct Eigenvalue: Sendable, Hashable {
  /// The real part.
  public let real: Double
  /// The imaginary part.
  public let imaginary: Double

  /// The eigenvalue `real` + i · `imaginary`.
  public init(real: Double, imaginary: Double = 0) {
    self.real = real
    self.imaginary = imaginary
  }

  /// The absolute value.
  public var magnitude: Double { .hypot(real, imaginary) }
}

extension Matrix {
  /// The n eigenvalues of a square matrix, by LAPACK's `dgeev` after balancing; conjugate pairs side by side, the one
  /// with the positive imaginary part first.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when the matrix is not square,
  ///   ``LinearAlgebraError/notFinite(of:row:column:value:)``, ``LinearAlgebraError/notConverged(routine:count:)``.
  /// - Complexity: O(n³)
  public consuming func eigenvalues() throws(LinearAlgebraError) -> [Eigenvalue] {
    let n = rowCount
    try requireSquareAndFinite()
    guard n > 0 else { return [] }
    BLAS.prepare()
    var real = [Double](repeating: 0, count: n)
    var imaginary = real
    // A and Aᵀ, which LAPACK sees, have the same eigenvalues.
    let no = CChar(UInt8(ascii: "N"))
    let info = LAPACKE_dgeev(
      LAPACK_COL_MAJOR, no, no, LapackInt(n), &elements, LapackInt(n), &real, &imaginary, nil, 1, nil, 1)
    precondition(info >= 0, "dgeev refused argument \(-info)")
    guard info == 0 else { throw .notConverged(routine: "dgeev", count: Int(info)) }
    return zip(real, imaginary).map { Eigenvalue(real: $0, imaginary: $1) }
  }
}

/// The real Schur form A = Z T Zᵀ of a square matrix, by LAPACK's `dgees`: Z orthogonal, T upper triangular but for a
/// 2 × 2 block on the diagonal for each pair of conjugate eigenvalues.
///
/// Source: Golub and Van Loan, Matrix Computations (2013), §7.4.1 and §7.5.
public struct RealSchur: Sendable {
  /// Z, shape (n, n).
  public let orthogonal: Matrix
  /// T, shape (n, n), zero below the first subdiagonal.
  public let triangular: Matrix
  /// The eigenvalues in the order of the diagonal of T.
  public let eigenvalues: [Eigenvalue]

  /// Decomposes `matrix`.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when the matrix is not square,
  ///   ``LinearAlgebraError/notFinite(of:row:column:value:)``, ``LinearAlgebraError/notConverged(routine:count:)``.
  /// - Complexity: O(n³)
  public init(_ matrix: Matrix) throws(LinearAlgebraError) {
    let n = matrix.rowCount
    try matrix.requireSquareAndFinite()
    BLAS.prepare()
    var real = [Double](repeating: 0, count: n)
    var imaginary = real
    var triangular = matrix.transposed
    var orthogonal = Matrix(rowCount: n, columnCount: n)
    if n > 0 {
      var sorted: LapackInt = 0
      let info = LAPACKE_dgees(
        LAPACK_COL_MAJOR, CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "N")), nil, LapackInt(n), &triangular.elements,
        LapackInt(n), &sorted, &real, &imaginary, &orthogonal.elements, LapackInt(n))
      precondition(info >= 0, "dgees refused argument \(-info)")
      guard info == 0 else { throw .notConverged(routine: "dgees", count: Int(info)) }
    }
    self.triangular = triangular.transposed
    self.orthogonal = orthogonal.transposed
    eigenvalues = zip(real, imaginary).map { Eigenvalue(real: $0, imaginary: $1) }
  }
}
