/// Θ: the parameters that turn the features into a kernel, a polytope.
///
/// ```
/// Θ = { θ : φ[s, a, :, t] · θ ≥ 0 for all s, a, t;  (Σ_t φ[s, a, :, t]) · θ = 1 for all s, a }
/// ```
///
/// Equal rows (to 1e-13) are kept once and zero rows of inequalities dropped: a mixture of kernels has one equality, a
/// river with z zones z, a tabular model S · A. These constraints are exact knowledge that the papers do not use.
public struct ValidParameters: Sendable, Equatable {
  /// d: the number of features.
  public let dimension: Int
  /// The number of rows with right side 1 and equality; they come first.
  public let equalityCount: Int
  /// All rows, one after the other, each of length d; those after the equalities are at least 0.
  public let rows: [Double]

  /// The number of constraints.
  public var rowCount: Int { rows.count / dimension }

  /// The valid parameters of `features`; with `simplex` also θ ≥ 0, which is known for mixtures of kernels and is tighter
  /// in general.
  ///
  /// - Complexity: O(S² A d)
  public init(_ features: MixtureFeatures, simplex: Bool = false) {
    let (n, d) = (features.stateCount, features.dimension)
    dimension = d
    var rows: [Double] = []
    var seen: Set<[Double]> = []
    func keep(_ row: [Double]) {
      // Adding 0 makes −0 and 0 one key.
      if seen.insert(row.map { ($0 * 1e13).rounded() + 0 }).inserted { rows += row }
    }
    for pair in 0..<features.pairCount {
      keep(features.value(pair: pair, of: [Double](repeating: 1, count: n)))
    }
    equalityCount = rows.count / d
    seen = [[Double](repeating: 0, count: d)]
    for pair in 0..<features.pairCount {
      for t in 0..<n { keep(features.transition(pair: pair, next: t)) }
    }
    if simplex {
      for i in 0..<d { keep((0..<d).map { $0 == i ? 1 : 0 }) }
    }
    self.rows = rows
  }

  /// By how much `parameter` breaks the worst constraint; 0 when it is valid.
  public func violation(_ parameter: [Double]) -> Double {
    precondition(parameter.count == dimension, "one entry a feature is needed")
    var worst = 0.0
    for row in 0..<rowCount {
      var value = 0.0
      for i in 0..<dimension { value += rows[row * dimension + i] * parameter[i] }
      worst = max(worst, row < equalityCount ? abs(value - 1) : -value)
    }
    return worst
  }
}
