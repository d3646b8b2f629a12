internal import LinearAlgebra

/// The features of all pairs seen through a Gram matrix: L⁻¹ Φ(s, a), so that ‖φ_V(s, a)‖_{Σ⁻¹} = ‖L⁻¹ Φ(s, a) V‖.
struct WhitenedFeatures: Sendable {
  let stateCount: Int
  let dimension: Int
  /// Entry (pair, i, t) at (pair · d + i) · S + t.
  private(set) var values: [Double]

  /// The features of `known` through the matrix of `factor`; with `centred` their columns lose their part along
  /// L⁻¹ Φ(s, a) 1, because model and truth agree on the total mass (derived): the norms become min_k ‖Φ (f − k 1)‖.
  init(_ known: StackedFeatures, in factor: CholeskyFactorisation, centred: Bool = false) throws(LinearAlgebraError) {
    let (n, d, pairs) = (known.stateCount, known.dimension, known.pairCount)
    (stateCount, dimension) = (n, d)
    let whitened = try factor.whitened(known.matrix)
    values = [Double](repeating: 0, count: pairs * d * n)
    let columns = pairs * n
    values.withUnsafeMutableBufferPointer { out in
      whitened.elements.withUnsafeBufferPointer { source in
        for pair in 0..<pairs {
          for i in 0..<d {
            for t in 0..<n { out[(pair &* d &+ i) &* n &+ t] = source[i &* columns &+ pair &* n &+ t] }
          }
        }
      }
    }
    if centred { for pair in 0..<pairs { centre(pair) } }
  }

  private mutating func centre(_ pair: Int) {
    let (n, d) = (stateCount, dimension)
    let mass = (0..<d).map { i in (0..<n).reduce(0) { $0 + values[(pair * d + i) * n + $1] } }
    let square = squaredNorm(mass)
    guard square > 0 else { return }
    for t in 0..<n {
      var along = 0.0
      for i in 0..<d { along += mass[i] * values[(pair * d + i) * n + t] }
      for i in 0..<d { values[(pair * d + i) * n + t] -= along / square * mass[i] }
    }
  }

  /// ‖φ_V(s, a)‖_{Σ⁻¹} for the pair and the values V at `function`, `stateCount` of them.
  @inline(__always) static func width(
    _ whitened: UnsafeBufferPointer<Double>, pair: Int, dimension d: Int, stateCount n: Int,
    of function: UnsafePointer<Double>
  ) -> Double {
    var square = 0.0
    var k = pair &* d &* n
    for _ in 0..<d {
      var sum = 0.0
      for t in 0..<n { sum += whitened[k &+ t] * function[t] }
      k &+= n
      square += sum * sum
    }
    return square.squareRoot()
  }
}

/// φ as one d × (S · A · S) matrix, column (s, a, t) the feature vector of a transition.
struct StackedFeatures: Sendable {
  let stateCount: Int
  let dimension: Int
  let pairCount: Int
  let matrix: Matrix

  init(_ features: MixtureFeatures) {
    let (n, d) = (features.stateCount, features.dimension)
    (stateCount, dimension, pairCount) = (n, d, features.pairCount)
    var matrix = Matrix(rowCount: d, columnCount: features.pairCount * n)
    for pair in 0..<features.pairCount {
      for i in 0..<d {
        for t in 0..<n { matrix[i, pair * n + t] = features.values[(pair * d + i) * n + t] }
      }
    }
    self.matrix = matrix
  }
}
