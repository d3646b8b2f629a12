/// Products of sparse rows. Those in parallel give the same bytes for every number of `workers`.
/// Entries that are not finite spread as IEEE 754 says.
extension SparseRows {
  /// A x.
  ///
  /// - Parameters:
  ///   - x: `columnCount` entries.
  ///   - workers: The largest number of threads.
  /// - Returns: The product, a vector.
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)``
  /// - Complexity: O(rows + entries)
  public func multiplied(by x: [Double], workers: Int = processorCount) throws(LinearAlgebraError) -> [Double] {
    guard x.count == columnCount else { throw .shape(of: "x", expected: [columnCount], got: [x.count]) }
    return [Double](unsafeUninitializedCapacity: rowCount) { out, count in
      count = rowCount
      x.withUnsafeBufferPointer { x in multiply(x, into: out, workers: workers) }
    }
  }

  /// Aᵀ x, without forming Aᵀ; on one core. For many such products, ``transposed()`` once and multiply by that.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)``
  /// - Complexity: O(rows + columns + entries)
  public func transposeMultiplied(by x: [Double]) throws(LinearAlgebraError) -> [Double] {
    guard x.count == rowCount else { throw .shape(of: "x", expected: [rowCount], got: [x.count]) }
    var result = [Double](repeating: 0, count: columnCount)
    result.withUnsafeMutableBufferPointer { out in
      rowStarts.withUnsafeBufferPointer { starts in
        columns.withUnsafeBufferPointer { columns in
          values.withUnsafeBufferPointer { values in
            for i in 0..<rowCount {
              let weight = x[i]
              guard weight != 0 else { continue }
              for k in starts[i]..<starts[i + 1] { out[Int(columns[k])] += weight * values[k] }
            }
          }
        }
      }
    }
    return result
  }

  /// A B for a dense B.
  ///
  /// - Parameters:
  ///   - other: `columnCount` rows.
  ///   - workers: The largest number of threads.
  /// - Returns: The product.
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)``
  /// - Complexity: O((rows + entries) · other's columns)
  public func multiplied(by other: Matrix, workers: Int = processorCount) throws(LinearAlgebraError) -> Matrix {
    guard other.rowCount == columnCount else {
      throw .shape(
        of: "right factor", expected: [columnCount, other.columnCount], got: [other.rowCount, other.columnCount])
    }
    var result = Matrix(rowCount: rowCount, columnCount: other.columnCount)
    let n = other.columnCount
    let work = max(1, n * max(1, nonZeroCount / max(1, rowCount)))
    result.withUnsafeMutableElements { out in
      // Each worker writes its own rows of `out`, which outlives the loop.
      nonisolated(unsafe) let out = out
      forEachRange(of: rowCount, workers: workers, minimumPerWorker: max(1, parallelGrain / work)) { rows in
        other.elements.withUnsafeBufferPointer { b in
          columns.withUnsafeBufferPointer { columns in
            values.withUnsafeBufferPointer { values in
              for i in rows {
                let target = i * n
                for k in positions(ofRow: i) {
                  let weight = values[k]
                  let source = Int(columns[k]) * n
                  for j in 0..<n { out[target &+ j] += weight * b[source &+ j] }
                }
              }
            }
          }
        }
      }
    }
    return result
  }

  /// The kernel of A x. Pointers, because checked arrays cost a fifth of the speed of the gather loop.
  func multiply(_ x: UnsafeBufferPointer<Double>, into out: UnsafeMutableBufferPointer<Double>, workers: Int) {
    // Each worker writes its own rows of `out`; both buffers outlive the loop.
    nonisolated(unsafe) let (x, out) = (x, out)
    let work = max(1, nonZeroCount / max(1, rowCount))
    forEachRange(of: rowCount, workers: workers, minimumPerWorker: max(1, parallelGrain / work)) { rows in
      rowStarts.withUnsafeBufferPointer { starts in
        columns.withUnsafeBufferPointer { columns in
          values.withUnsafeBufferPointer { values in
            for i in rows {
              var sum = 0.0
              var k = starts[i]
              let end = starts[i &+ 1]
              while k < end {
                sum += values[k] * x[Int(columns[k])]
                k &+= 1
              }
              out.initializeElement(at: i, to: sum)
            }
          }
        }
      }
    }
  }
}
