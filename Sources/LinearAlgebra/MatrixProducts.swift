internal import CLapack

/// Products of dense matrices. All are computed in parallel where it pays, in an order that does not depend on the
/// number of threads: the same bytes for every `workers`. Entries that are not finite spread as IEEE 754 says.
extension Matrix {
  /// A x.
  ///
  /// - Parameters:
  ///   - x: `columnCount` entries.
  ///   - workers: The largest number of threads.
  /// - Returns: The product, a vector.
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)``
  /// - Complexity: O(rows · columns)
  public func multiplied(by x: [Double], workers: Int = processorCount) throws(LinearAlgebraError) -> [Double] {
    guard x.count == columnCount else { throw .shape(of: "x", expected: [columnCount], got: [x.count]) }
    let n = columnCount
    return [Double](unsafeUninitializedCapacity: rowCount) { out, count in
      count = rowCount
      // Each worker writes its own rows of `out`, which outlives the loop.
      nonisolated(unsafe) let out = out
      forEachRange(of: rowCount, workers: workers, minimumPerWorker: max(1, parallelGrain / max(1, n))) { rows in
        elements.withUnsafeBufferPointer { a in
          x.withUnsafeBufferPointer { x in
            for i in rows {
              out.initializeElement(at: i, to: dot(UnsafeBufferPointer(rebasing: a[(i * n)..<((i + 1) * n)]), x))
            }
          }
        }
      }
    }
  }

  /// Σ_j A[i, j] B[i, j] for every row i.
  ///
  /// - Parameter other: B, of the shape of A.
  /// - Returns: one sum a row.
  /// - Complexity: O(rows · columns)
  public func rowDots(with other: Matrix) -> [Double] {
    precondition(other.rowCount == rowCount && other.columnCount == columnCount, "the matrices differ in shape")
    let n = columnCount
    return elements.withUnsafeBufferPointer { a in
      other.elements.withUnsafeBufferPointer { b in
        (0..<rowCount).map { i in
          let row = (i * n)..<((i + 1) * n)
          return dot(UnsafeBufferPointer(rebasing: a[row]), UnsafeBufferPointer(rebasing: b[row]))
        }
      }
    }
  }

  /// Aᵀ x, without forming Aᵀ.
  ///
  /// - Parameters:
  ///   - x: `rowCount` entries.
  ///   - workers: The largest number of threads.
  /// - Returns: The product, a vector.
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)``
  /// - Complexity: O(rows · columns)
  public func transposeMultiplied(by x: [Double], workers: Int = processorCount) throws(LinearAlgebraError) -> [Double]
  {
    guard x.count == rowCount else { throw .shape(of: "x", expected: [rowCount], got: [x.count]) }
    let (m, n) = (rowCount, columnCount)
    var result = [Double](repeating: 0, count: n)
    result.withUnsafeMutableBufferPointer { out in
      // Each worker adds to its own columns of `out`, which outlives the loop.
      nonisolated(unsafe) let out = out
      forEachRange(of: n, workers: workers, minimumPerWorker: max(8, parallelGrain / max(1, m))) { columns in
        elements.withUnsafeBufferPointer { a in
          for i in 0..<m {
            let weight = x[i]
            guard weight != 0 else { continue }
            let row = i * n
            for j in columns { out[j] += weight * a[row &+ j] }
          }
        }
      }
    }
    return result
  }

  /// A B.
  ///
  /// - Parameters:
  ///   - other: `columnCount` rows.
  ///   - workers: The largest number of threads.
  /// - Returns: The product.
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)``
  /// - Complexity: O(rows · columns · other's columns)
  public func multiplied(by other: Matrix, workers: Int = processorCount) throws(LinearAlgebraError) -> Matrix {
    guard other.rowCount == columnCount else {
      throw .shape(
        of: "right factor", expected: [columnCount, other.columnCount], got: [other.rowCount, other.columnCount])
    }
    return product(transposed: false, rows: rowCount, inner: columnCount, other: other, workers: workers)
  }

  /// Aᵀ B, without forming Aᵀ.
  ///
  /// - Parameters:
  ///   - other: `rowCount` rows.
  ///   - workers: The largest number of threads.
  /// - Returns: The product.
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)``
  /// - Complexity: O(rows · columns · other's columns)
  public func transposeMultiplied(by other: Matrix, workers: Int = processorCount) throws(LinearAlgebraError) -> Matrix
  {
    guard other.rowCount == rowCount else {
      throw .shape(
        of: "right factor", expected: [rowCount, other.columnCount], got: [other.rowCount, other.columnCount])
    }
    return product(transposed: true, rows: columnCount, inner: rowCount, other: other, workers: workers)
  }

  /// The matrix with row i multiplied by `factors[i]`.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)``
  public func scalingRows(by factors: [Double]) throws(LinearAlgebraError) -> Matrix {
    guard factors.count == rowCount else { throw .shape(of: "factors", expected: [rowCount], got: [factors.count]) }
    var result = self
    let n = columnCount
    result.withUnsafeMutableElements { out in
      for i in 0..<rowCount { for k in (i * n)..<((i + 1) * n) { out[k] *= factors[i] } }
    }
    return result
  }

  private func product(transposed: Bool, rows: Int, inner: Int, other: Matrix, workers: Int) -> Matrix {
    var result = Matrix(rowCount: rows, columnCount: other.columnCount)
    let n = other.columnCount
    guard rows > 0, inner > 0, n > 0 else { return result }
    BLAS.prepare()
    // Blocks of fixed height, so that what BLAS is asked does not depend on the number of threads.
    let height = 96
    let blocks = (rows + height - 1) / height
    let grain = max(1, parallelGrain / max(1, min(height, rows) * inner * n))
    let leading = LapackInt(transposed ? rows : inner)
    result.withUnsafeMutableElements { out in
      // Each worker writes its own blocks of rows of `out`, which outlives the loop.
      nonisolated(unsafe) let out = out
      forEachRange(of: blocks, workers: workers, minimumPerWorker: grain) { range in
        elements.withUnsafeBufferPointer { a in
          other.elements.withUnsafeBufferPointer { b in
            for block in range {
              let first = block * height
              let count = min(height, rows - first)
              guard let a = a.baseAddress, let b = b.baseAddress, let c = out.baseAddress else { return }
              cblas_dgemm(
                CblasRowMajor, transposed ? CblasTrans : CblasNoTrans, CblasNoTrans, LapackInt(count), LapackInt(n),
                LapackInt(inner), 1, a + (transposed ? first : first * inner), leading, b, LapackInt(n), 0,
                c + first * n,
                LapackInt(n))
            }
          }
        }
      }
    }
    return result
  }
}

/// Fewer multiplications than this a worker are not worth a thread: waking one costs about 10 µs.
let parallelGrain = 32_768
