/// The incomplete factorisation A ≈ L U of a sparse square matrix with no fill: L and U have the pattern of A.
///
/// A preconditioner for ``BiCGStab`` and ``GMRES``. It exists with positive pivots for every M-matrix, so for I − γ P
/// with γ < 1.
///
/// Source: Meijerink and van der Vorst, Mathematics of Computation 31 (1977); Saad, Iterative Methods for Sparse Linear
/// Systems (2003), algorithm 10.4.
public struct ILU0: Sendable {
  /// U and, below the diagonal, L without its unit diagonal.
  private let factors: SparseRows
  /// Where the diagonal entry of each row is stored.
  private let diagonals: [Int]
  private let inverseDiagonal: [Double]

  /// Factors `matrix`.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when the matrix is not square,
  ///   ``LinearAlgebraError/notFinite(of:row:column:value:)``, ``LinearAlgebraError/singular(pivot:)`` when a diagonal
  ///   entry is not stored or becomes zero.
  /// - Complexity: O(Σ over entries (i, k) of the entries in row k)
  public init(_ matrix: SparseRows) throws(LinearAlgebraError) {
    try matrix.requireSquareAndFinite()
    let n = matrix.rowCount
    var diagonals = [Int](repeating: 0, count: n)
    for i in 0..<n {
      guard let k = matrix.position(row: i, column: i) else { throw .singular(pivot: i) }
      diagonals[i] = k
    }
    var values = matrix.values
    var inverses = [Double](repeating: 0, count: n)
    // Where each column of the current row is stored, −1 for those that are not.
    var places = [Int](repeating: -1, count: n)
    for i in 0..<n {
      let row = matrix.positions(ofRow: i)
      for k in row { places[Int(matrix.columns[k])] = k }
      for k in row.lowerBound..<diagonals[i] {
        let above = Int(matrix.columns[k])
        let factor = values[k] * inverses[above]
        values[k] = factor
        for l in (diagonals[above] + 1)..<matrix.rowStarts[above + 1] {
          let place = places[Int(matrix.columns[l])]
          if place >= 0 { values[place] -= factor * values[l] }
        }
      }
      for k in row { places[Int(matrix.columns[k])] = -1 }
      let pivot = values[diagonals[i]]
      guard pivot != 0, (1 / pivot).isFinite else { throw .singular(pivot: i) }
      inverses[i] = 1 / pivot
    }
    factors = matrix.replacing(values: values)
    self.diagonals = diagonals
    inverseDiagonal = inverses
  }

  /// The order n of the matrix.
  public var order: Int { factors.rowCount }

  /// U⁻¹ L⁻¹ b.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when `b` does not have n entries.
  /// - Complexity: O(n + entries)
  public func solve(_ b: [Double]) throws(LinearAlgebraError) -> [Double] {
    guard b.count == order else { throw .shape(of: "b", expected: [order], got: [b.count]) }
    var x = b
    x.withUnsafeMutableBufferPointer { solve($0) }
    return x
  }

  /// x ← U⁻¹ L⁻¹ x. Pointers, because this is half the time of a Krylov step.
  func solve(_ x: UnsafeMutableBufferPointer<Double>) {
    let n = order
    factors.rowStarts.withUnsafeBufferPointer { starts in
      factors.columns.withUnsafeBufferPointer { columns in
        factors.values.withUnsafeBufferPointer { values in
          diagonals.withUnsafeBufferPointer { diagonals in
            inverseDiagonal.withUnsafeBufferPointer { inverses in
              for i in 0..<n {
                var sum = x[i]
                var k = starts[i]
                let end = diagonals[i]
                while k < end {
                  sum -= values[k] * x[Int(columns[k])]
                  k &+= 1
                }
                x[i] = sum
              }
              var i = n &- 1
              while i >= 0 {
                var sum = x[i]
                var k = diagonals[i] &+ 1
                let end = starts[i &+ 1]
                while k < end {
                  sum -= values[k] * x[Int(columns[k])]
                  k &+= 1
                }
                x[i] = sum * inverses[i]
                i &-= 1
              }
            }
          }
        }
      }
    }
  }
}
