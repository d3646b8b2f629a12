/// Residuals of linear systems, computed in double-double so that they are right even where x is: the difference of
/// nearly equal numbers keeps its digits. Each entry is off by at most about 2⁻⁵³ of itself plus k · 2⁻¹⁰⁴ of
/// Σ |aᵢⱼ xⱼ| + |bᵢ|, for k entries in the row.
extension Matrix {
  /// b − A (x + tail), shape (m).
  ///
  /// - Parameters:
  ///   - x: n entries.
  ///   - tail: A correction too small to be held in x, n entries; `nil` for none.
  ///   - b: m entries.
  /// - Returns: The residual, m entries.
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)``
  /// - Complexity: O(m n)
  public func residual(of x: [Double], tail: [Double]? = nil, for b: [Double]) throws(LinearAlgebraError) -> [Double] {
    try requireResidualShapes(rowCount, columnCount, x, tail, b)
    let n = columnCount
    return residuals(rowCount, work: n) { i in
      elements.withUnsafeBufferPointer { a in
        var sum = DoubleDouble(b[i])
        for j in 0..<n { sum -= DoubleDouble(exactProduct: a[i * n + j], x[j]) }
        guard let tail else { return sum.value }
        for j in 0..<n { sum = sum + -(a[i * n + j] * tail[j]) }
        return sum.value
      }
    }
  }

  /// b − Aᵀ (x + tail), shape (n).
  ///
  /// - Parameters:
  ///   - x: m entries.
  ///   - tail: A correction too small to be held in x, m entries; `nil` for none.
  ///   - b: n entries.
  /// - Returns: The residual, n entries.
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)``
  /// - Complexity: O(m n)
  public func transposeResidual(
    of x: [Double], tail: [Double]? = nil, for b: [Double]
  ) throws(LinearAlgebraError) -> [Double] {
    try requireResidualShapes(columnCount, rowCount, x, tail, b)
    let n = columnCount
    var sums = b.map { DoubleDouble($0) }
    for i in 0..<rowCount {
      for j in 0..<n { sums[j] -= DoubleDouble(exactProduct: elements[i * n + j], x[i]) }
      guard let tail else { continue }
      for j in 0..<n { sums[j] = sums[j] + -(elements[i * n + j] * tail[i]) }
    }
    return sums.map(\.value)
  }
}

extension SparseRows {
  /// b − A (x + tail), shape (m).
  ///
  /// - Parameters:
  ///   - x: n entries.
  ///   - tail: A correction too small to be held in x, n entries; `nil` for none.
  ///   - b: m entries.
  /// - Returns: The residual, m entries.
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)``
  /// - Complexity: O(m + entries)
  public func residual(of x: [Double], tail: [Double]? = nil, for b: [Double]) throws(LinearAlgebraError) -> [Double] {
    try requireResidualShapes(rowCount, columnCount, x, tail, b)
    return residuals(rowCount, work: nonZeroCount / max(1, rowCount)) { i in
      var sum = DoubleDouble(b[i])
      for k in positions(ofRow: i) {
        let j = Int(columns[k])
        sum -= DoubleDouble(exactProduct: values[k], x[j])
        if let tail { sum = sum + -(values[k] * tail[j]) }
      }
      return sum.value
    }
  }

  /// b − Aᵀ (x + tail), shape (n).
  ///
  /// - Parameters:
  ///   - x: m entries.
  ///   - tail: A correction too small to be held in x, m entries; `nil` for none.
  ///   - b: n entries.
  /// - Returns: The residual, n entries.
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)``
  /// - Complexity: O(m + n + entries)
  public func transposeResidual(
    of x: [Double], tail: [Double]? = nil, for b: [Double]
  ) throws(LinearAlgebraError) -> [Double] {
    try requireResidualShapes(columnCount, rowCount, x, tail, b)
    var sums = b.map { DoubleDouble($0) }
    for i in 0..<rowCount {
      for k in positions(ofRow: i) {
        let j = Int(columns[k])
        sums[j] -= DoubleDouble(exactProduct: values[k], x[i])
        if let tail { sums[j] = sums[j] + -(values[k] * tail[i]) }
      }
    }
    return sums.map(\.value)
  }
}

private func requireResidualShapes(
  _ rowCount: Int, _ columnCount: Int, _ x: [Double], _ tail: [Double]?, _ b: [Double]
) throws(LinearAlgebraError) {
  guard x.count == columnCount else { throw .shape(of: "x", expected: [columnCount], got: [x.count]) }
  if let tail, tail.count != columnCount { throw .shape(of: "tail", expected: [columnCount], got: [tail.count]) }
  guard b.count == rowCount else { throw .shape(of: "b", expected: [rowCount], got: [b.count]) }
}

/// One residual a row, on all cores; each row is summed in its own order, so the threads do not show.
private func residuals(_ rowCount: Int, work: Int, _ row: @Sendable (Int) -> Double) -> [Double] {
  [Double](unsafeUninitializedCapacity: rowCount) { out, count in
    count = rowCount
    // Each worker writes its own rows of `out`, which outlives the loop.
    nonisolated(unsafe) let out = out
    forEachRange(of: rowCount, minimumPerWorker: max(1, parallelGrain / 8 / max(1, work))) { rows in
      for i in rows { out.initializeElement(at: i, to: row(i)) }
    }
  }
}
