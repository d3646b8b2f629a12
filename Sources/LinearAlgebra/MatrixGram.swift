internal import CLapack

extension Matrix {
  /// A Aᵀ: the inner products of all pairs of rows, shape (rows, rows), exactly symmetric.
  ///
  /// Half of the products are computed and mirrored, in blocks whose shape does not depend on the number of threads.
  ///
  /// - Parameter workers: The largest number of threads.
  /// - Returns: The Gram matrix of the rows.
  /// - Complexity: O(rows² · columns) / 2
  public func rowGram(workers: Int = processorCount) -> Matrix {
    let (m, n) = (rowCount, columnCount)
    var result = Matrix(rowCount: m, columnCount: m)
    guard m > 0, n > 0 else { return result }
    BLAS.prepare()
    let height = 192
    let blocks = (m + height - 1) / height
    result.withUnsafeMutableElements { out in
      // Each worker writes its own blocks of rows of `out`, which outlives the loop. Early blocks are wider: block b and
      // block blocks − 1 − b make a pair of constant work.
      nonisolated(unsafe) let out = out
      let pairs = (blocks + 1) / 2
      forEachRange(of: pairs, workers: workers, minimumPerWorker: max(1, parallelGrain / max(1, height * n))) { range in
        elements.withUnsafeBufferPointer { a in
          guard let a = a.baseAddress, let c = out.baseAddress else { return }
          for pair in range {
            for block in Set([pair, blocks - 1 - pair]).sorted() {
              let first = block * height
              cblas_dgemm(
                CblasRowMajor, CblasNoTrans, CblasTrans, LapackInt(min(height, m - first)), LapackInt(m - first),
                LapackInt(n), 1, a + first * n, LapackInt(n), a + first * n, LapackInt(n), 0, c + first * m + first,
                LapackInt(m))
            }
          }
        }
      }
      for i in 0..<m { for j in 0..<i { out[i * m + j] = out[j * m + i] } }
    }
    return result
  }
}
