internal import CFlint

/// Sparse rows of integers: a rational matrix cleared of its denominators, row by row.
struct IntegerRows: Sendable {
  let rowStarts: [Int]
  let columns: [Int]
  let values: IntegerBuffer
  /// What each row was multiplied with.
  let rowScales: [Integer]
  /// The entries as words, when the absolute values of every row sum to less than 2⁶².
  let words: [Int]?

  init(_ rows: [[ExactLinearSolver.Entry]]) {
    var starts = [0]
    var columns: [Int] = []
    var entries: [Integer] = []
    var scales: [Integer] = []
    for row in rows {
      let ordered = row.sorted { $0.column < $1.column }
      var merged: [ExactLinearSolver.Entry] = []
      for entry in ordered {
        if let last = merged.last, last.column == entry.column {
          merged[merged.count - 1].value += entry.value
        } else {
          merged.append(entry)
        }
      }
      let scale = merged.reduce(Integer(1)) { $0.leastCommonMultiple(with: $1.value.denominator) }
      for entry in merged where !entry.value.isZero {
        columns.append(entry.column)
        entries.append((entry.value * Rational(scale)).numerator)
      }
      scales.append(scale)
      starts.append(columns.count)
    }
    rowStarts = starts
    self.columns = columns
    values = IntegerBuffer(entries)
    rowScales = scales
    let sumsFit = (0..<rows.count).allSatisfy { i in
      entries[starts[i]..<starts[i + 1]].reduce(Integer(0)) { $0 + $1.magnitude }.bitWidth < 62
    }
    words = sumsFit ? entries.compactMap(Int.init(exactly:)) : nil
  }

  /// The factors modulo the first of a few primes that divides no pivot.
  ///
  /// - Throws: ``LinearAlgebraError/singular(pivot:)`` when floating point finds no pivots, or none of the primes serves.
  func modularFactors() throws(LinearAlgebraError) -> ModularLU {
    let order = try SparseLU(rounded()).pivotOrder()
    var prime: UInt = 1 << 53
    for _ in 0..<4 {
      prime = n_nextprime(prime, 1)
      let factors = ModularLU(prime: prime, rowStarts: rowStarts, columns: columns, order: order) { k in
        fmpz_fdiv_ui(values.pointer + k, prime)
      }
      if let factors { return factors }
    }
    throw .singular(pivot: 0)
  }

  /// Doubles near the entries, each row scaled to a largest entry near 1, which changes no solvability.
  private func rounded() throws(LinearAlgebraError) -> SparseRows {
    var doubles = [Double](repeating: 0, count: columns.count)
    for i in 0..<(rowStarts.count - 1) {
      let row = rowStarts[i]..<rowStarts[i + 1]
      let widest = row.map { fmpz_bits(values.pointer + $0) }.max() ?? 0
      for k in row {
        var exponent = 0
        let mantissa = fmpz_get_d_2exp(&exponent, values.pointer + k)
        doubles[k] = mantissa * Double(sign: .plus, exponent: exponent - Int(widest), significand: 1)
      }
    }
    return try SparseRows(
      rowCount: rowStarts.count - 1, columnCount: rowStarts.count - 1, rowStarts: rowStarts,
      columns: columns.map { Int32($0) }, values: doubles)
  }
}

/// An array of FLINT's integers. Unchecked, because only its maker writes to it.
final class IntegerBuffer: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<fmpz>
  let count: Int

  /// `count` zeros.
  init(count: Int) {
    self.count = count
    // FLINT's own allocator gives no memory for no entries.
    pointer = _fmpz_vec_init(max(1, count))
  }

  convenience init(_ integers: [Integer]) {
    self.init(count: integers.count)
    for (k, integer) in integers.enumerated() { integer.read { fmpz_set(pointer + k, &$0) } }
  }

  deinit { _fmpz_vec_clear(pointer, max(1, count)) }
}
