import LinearAlgebra

/// Numbers by seed for the tests of this module: splitmix64 (Steele, Lea and Flood, OOPSLA 2014).
struct TestRandom {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func bits() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// In [0, 1).
  mutating func uniform() -> Double { Double(bits() >> 11) * 0x1p-53 }

  mutating func below(_ bound: Int) -> Int { Int(bits() % UInt64(bound)) }

  /// Entries in [−1, 1).
  mutating func vector(_ count: Int) -> [Double] { (0..<count).map { _ in 2 * uniform() - 1 } }

  /// Entries in [−1, 1).
  mutating func matrix(_ rows: Int, _ columns: Int) -> Matrix {
    var result = Matrix(rowCount: rows, columnCount: columns)
    for i in 0..<rows { for j in 0..<columns { result[i, j] = 2 * uniform() - 1 } }
    return result
  }

  /// Each row has `perRow` entries in [−1, 1) at random columns.
  mutating func sparse(_ rows: Int, _ columns: Int, perRow: Int) throws -> SparseRows {
    var triplets: [SparseRows.Triplet] = []
    for i in 0..<rows {
      for _ in 0..<perRow {
        triplets.append(.init(row: i, column: below(columns), value: 2 * uniform() - 1))
      }
    }
    return try SparseRows(rowCount: rows, columnCount: columns, triplets: triplets)
  }

  /// A random stochastic matrix with `perRow` successors a row.
  mutating func chain(_ order: Int, perRow: Int) throws -> SparseRows {
    let weights = try sparse(order, order, perRow: perRow)
    var values = weights.values.map { abs($0) + 0.01 }
    for i in 0..<order {
      let sum = weights.positions(ofRow: i).reduce(0) { $0 + values[$1] }
      for k in weights.positions(ofRow: i) { values[k] /= sum }
    }
    return try SparseRows(
      rowCount: order, columnCount: order, rowStarts: weights.rowStarts, columns: weights.columns, values: values)
  }
}

/// Hᵢⱼ = 1 / (i + j + 1): condition about e^(3.5 n).
func hilbert(_ n: Int) -> Matrix {
  var result = Matrix(rowCount: n, columnCount: n)
  for i in 0..<n { for j in 0..<n { result[i, j] = 1 / Double(i + j + 1) } }
  return result
}

/// A B by three loops.
func plainProduct(_ a: Matrix, _ b: Matrix) -> Matrix {
  var result = Matrix(rowCount: a.rowCount, columnCount: b.columnCount)
  for i in 0..<a.rowCount {
    for j in 0..<b.columnCount {
      result[i, j] = (0..<a.columnCount).reduce(0) { $0 + a[i, $1] * b[$1, j] }
    }
  }
  return result
}

/// The largest |aᵢⱼ − bᵢⱼ|.
func distance(_ a: Matrix, _ b: Matrix) -> Double {
  precondition(a.rowCount == b.rowCount && a.columnCount == b.columnCount)
  return distance(a.elements, b.elements)
}

/// The largest |aᵢ − bᵢ|.
func distance(_ a: [Double], _ b: [Double]) -> Double {
  precondition(a.count == b.count)
  return normInfinity(zip(a, b).map { $0 - $1 })
}
