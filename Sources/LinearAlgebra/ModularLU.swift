internal import CFlint

/// The factors of a sparse matrix modulo a word-size prime, in a given order of rows and columns.
///
/// The order makes the matrix block lower triangular; only the diagonal blocks are factored, so that what lies to the
/// left of them causes no fill. Sums of products are kept in 128 bits and reduced once a row.
struct ModularLU: Sendable {
  /// Primes lie between 2⁵³ and 2⁵⁴: 2²⁰ products of two residues fit 128 bits.
  static let largestOrder = 1 << 20

  let prime: UInt
  private let inverse: UInt
  private let order: PivotOrder
  /// Minus the entries left of the diagonal block, minus L, minus U above the diagonal; columns are positions.
  private var outside = ModularRows()
  private var lower = ModularRows()
  private var upper = ModularRows()
  private var inverseDiagonal: [UInt] = []

  /// Factors the rows whose entries are `value(k)`, or `nil` when a pivot is zero modulo the prime.
  ///
  /// - Parameters:
  ///   - prime: Between 2⁵³ and 2⁵⁴.
  ///   - rowStarts: Where each row starts, n + 1 positions.
  ///   - columns: The column of each entry.
  ///   - order: Where each row and column goes.
  ///   - value: The entry at a position, modulo `prime`.
  init?(prime: UInt, rowStarts: [Int], columns: [Int], order: PivotOrder, value: (Int) -> UInt) {
    let n = order.rows.count
    precondition(n <= ModularLU.largestOrder, "sums would overflow")
    self.prime = prime
    self.order = order
    inverse = n_preinvert_limb(prime)
    var columnPosition = [Int](repeating: 0, count: n)
    for (position, column) in order.columns.enumerated() { columnPosition[column] = position }
    var sums = [UInt128](repeating: 0, count: n)
    // One bit a column that the current row has an entry in: the next column to eliminate is the next bit.
    var pattern = BitRow(count: n)
    for block in order.blocks {
      for i in block {
        for k in rowStarts[order.rows[i]]..<rowStarts[order.rows[i] + 1] {
          let (position, residue) = (columnPosition[columns[k]], value(k))
          guard residue != 0 else { continue }
          if position < block.lowerBound {
            outside.append(position, prime - residue)
          } else {
            guard position < block.upperBound else { return nil }
            sums[position] += UInt128(residue)
            pattern.insert(position)
          }
        }
        outside.endRow()
        var next = pattern.next(from: block.lowerBound)
        while let j = next, j < i {
          let residue = reduce(sums[j])
          sums[j] = 0
          pattern.remove(j)
          if residue != 0 {
            let factor = prime - multiply(residue, inverseDiagonal[j])
            lower.append(j, factor)
            // U is stored negated: minus factor times U is factor times what is stored, twice negated.
            let positive = UInt128(prime - factor)
            for k in upper.starts[j]..<upper.starts[j + 1] {
              sums[upper.columns[k]] += positive * UInt128(upper.values[k])
              pattern.insert(upper.columns[k])
            }
          }
          next = pattern.next(from: j + 1)
        }
        lower.endRow()
        let pivot = reduce(sums[i])
        guard pivot != 0 else { return nil }
        inverseDiagonal.append(n_invmod(pivot, prime))
        sums[i] = 0
        pattern.remove(i)
        var column = pattern.next(from: i + 1)
        while let j = column {
          let residue = reduce(sums[j])
          if residue != 0 { upper.append(j, prime - residue) }
          sums[j] = 0
          pattern.remove(j)
          column = pattern.next(from: j + 1)
        }
        upper.endRow()
      }
    }
  }

  /// The number of entries stored.
  var entryCount: Int { outside.values.count + lower.values.count + upper.values.count + inverseDiagonal.count }

  /// x with M x = b modulo the prime; `b` and x are in the order of the matrix.
  func solve(_ b: [UInt], into x: inout [UInt]) {
    // Pointers, because this runs once a digit of the answer.
    withUnsafeTemporaryAllocation(of: UInt.self, capacity: b.count) { y in
      for block in order.blocks {
        for i in block {
          var sum = UInt128(b[order.rows[i]])
          sum += outside.product(row: i, y)
          sum += lower.product(row: i, y)
          y.initializeElement(at: i, to: reduce(sum))
        }
        for i in block.reversed() {
          y[i] = multiply(reduce(UInt128(y[i]) + upper.product(row: i, y)), inverseDiagonal[i])
        }
      }
      for (position, column) in order.columns.enumerated() { x[column] = y[position] }
    }
  }

  @inline(__always)
  private func reduce(_ sum: UInt128) -> UInt {
    n_ll_mod_preinv(UInt(truncatingIfNeeded: sum >> 64), UInt(truncatingIfNeeded: sum), prime, inverse)
  }

  @inline(__always)
  private func multiply(_ x: UInt, _ y: UInt) -> UInt { reduce(UInt128(x) * UInt128(y)) }
}

/// An order of rows and columns that brings a matrix to block lower triangular form with pivots on the diagonal.
struct PivotOrder: Sendable {
  /// Row `rows[k]` of the matrix goes to position k.
  let rows: [Int]
  /// Column `columns[k]` of the matrix goes to position k.
  let columns: [Int]
  /// The positions of each diagonal block.
  let blocks: [Range<Int>]
}

/// Rows of residues, each a list of columns and values.
private struct ModularRows {
  var starts = [0]
  var columns: [Int] = []
  var values: [UInt] = []

  mutating func append(_ column: Int, _ value: UInt) {
    columns.append(column)
    values.append(value)
  }

  mutating func endRow() { starts.append(values.count) }

  @inline(__always)
  func product(row: Int, _ x: UnsafeMutableBufferPointer<UInt>) -> UInt128 {
    columns.withUnsafeBufferPointer { columns in
      values.withUnsafeBufferPointer { values in
        var sum: UInt128 = 0
        for k in starts[row]..<starts[row + 1] { sum &+= UInt128(values[k]) &* UInt128(x[columns[k]]) }
        return sum
      }
    }
  }
}

/// A set of columns that finds its next member 64 at a time.
private struct BitRow {
  private var words: [UInt]

  init(count: Int) { words = [UInt](repeating: 0, count: (count + 63) / 64) }

  mutating func insert(_ column: Int) { words[column >> 6] |= 1 << UInt(column & 63) }

  mutating func remove(_ column: Int) { words[column >> 6] &= ~(1 << UInt(column & 63)) }

  func next(from column: Int) -> Int? {
    var index = column >> 6
    guard index < words.count else { return nil }
    var word = words[index] & (~0 << UInt(column & 63))
    while word == 0 {
      index += 1
      guard index < words.count else { return nil }
      word = words[index]
    }
    return index << 6 + word.trailingZeroBitCount
  }
}
