internal import CLapack

/// The thin decomposition A = U Σ Vᵀ, by LAPACK's `dgesdd`; k = min(m, n) singular values.
///
/// Source: Golub and Van Loan, Matrix Computations (2013), §8.6; Gu and Eisenstat, SIAM Journal on Matrix Analysis 16
/// (1995).
public struct SingularValueDecomposition: Sendable {
  /// σ₀ ≥ σ₁ ≥ … ≥ 0, min(m, n) of them.
  public let singularValues: [Double]
  /// U, shape (m, k), orthonormal columns.
  public let left: Matrix
  /// Vᵀ, shape (k, n), orthonormal rows.
  public let rightTransposed: Matrix

  /// Decomposes `matrix`, of any shape.
  ///
  /// - Throws: ``LinearAlgebraError/notFinite(of:row:column:value:)``,
  ///   ``LinearAlgebraError/notConverged(routine:count:)``.
  /// - Complexity: O(m n min(m, n))
  public init(_ matrix: consuming Matrix) throws(LinearAlgebraError) {
    try matrix.requireFinite("matrix")
    BLAS.prepare()
    let (m, n) = (matrix.rowCount, matrix.columnCount)
    let k = min(m, n)
    var values = [Double](repeating: 0, count: k)
    var left = Matrix(rowCount: m, columnCount: k)
    var rightTransposed = Matrix(rowCount: k, columnCount: n)
    if k > 0 {
      // LAPACK sees Aᵀ = V Σ Uᵀ by columns; its V by columns is our Vᵀ by rows.
      let info = LAPACKE_dgesdd(
        LAPACK_COL_MAJOR, CChar(UInt8(ascii: "S")), LapackInt(n), LapackInt(m), &matrix.elements, LapackInt(n), &values,
        &rightTransposed.elements, LapackInt(n), &left.elements, LapackInt(k))
      precondition(info >= 0, "dgesdd refused argument \(-info)")
      guard info == 0 else { throw .notConverged(routine: "dgesdd", count: Int(info)) }
    }
    singularValues = values
    self.left = left
    self.rightTransposed = rightTransposed
  }

  /// How many singular values exceed `tolerance` · σ₀.
  ///
  /// - Parameter tolerance: By default max(m, n) · ulp(1), the size of rounding.
  /// - Returns: The rank to within the tolerance.
  public func rank(tolerance: Double? = nil) -> Int {
    let tolerance = tolerance ?? Double(max(left.rowCount, rightTransposed.columnCount)) * .ulpOfOne
    let floor = tolerance * (singularValues.first ?? 0)
    return singularValues.firstIndex { $0 <= floor } ?? singularValues.count
  }

  /// σ₀ / σₖ₋₁, infinite for a matrix without full rank; 1 for one without entries.
  public var conditionNumber: Double {
    guard let first = singularValues.first, let last = singularValues.last else { return 1 }
    return last > 0 ? first / last : .infinity
  }

  /// The x of least norm among those that minimise ‖A x − b‖₂: A⁺ b.
  ///
  /// - Parameters:
  ///   - b: m entries.
  ///   - tolerance: Singular values at most this fraction of the largest count as zero; see ``rank(tolerance:)``.
  /// - Returns: x, n entries.
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)``, ``LinearAlgebraError/notFinite(of:row:column:value:)``
  /// - Complexity: O((m + n) k)
  public func leastSquares(_ b: [Double], tolerance: Double? = nil) throws(LinearAlgebraError) -> [Double] {
    try requireVector(b, "b", count: left.rowCount)
    var coordinates = try left.transposeMultiplied(by: b)
    let rank = rank(tolerance: tolerance)
    for i in coordinates.indices { coordinates[i] = i < rank ? coordinates[i] / singularValues[i] : 0 }
    return try rightTransposed.transposeMultiplied(by: coordinates)
  }
}
