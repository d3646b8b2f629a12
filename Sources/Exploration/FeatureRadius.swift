/// ρ = max_{s, a} max_{V: S → [0, 1]} ‖φ_V(s, a)‖₂: the radii of the algorithms assume that it is at most 1.
public struct FeatureRadius: Sendable, Equatable {
  /// ρ, or an upper bound of it.
  public let value: Double
  /// Whether ``value`` is ρ itself.
  public let isExact: Bool

  /// The largest number of states whose 2^S subsets are enumerated.
  public static let enumerationLimit = 16
  /// How far ρ may be above 1 from rounding.
  public static let tolerance = 1e-9

  /// The radius of `features`.
  ///
  /// A norm is convex, so its maximum over [0, 1]^S is at an indicator of a subset; up to ``enumerationLimit`` states
  /// all subsets are visited in Gray-code order. Above it, the upper bound max_{s, a} Σ_t ‖φ[s, a, ·, t]‖₂.
  ///
  /// - Complexity: O(S A 2^S d) when enumerated, otherwise O(S² A d)
  public init(_ features: MixtureFeatures) {
    let (n, d) = (features.stateCount, features.dimension)
    var largest = 0.0
    isExact = n <= Self.enumerationLimit
    for pair in 0..<features.pairCount {
      let columns = (0..<n).map { features.transition(pair: pair, next: $0) }
      guard isExact else {
        largest = max(largest, columns.reduce(0) { $0 + squaredNorm($1).squareRoot() })
        continue
      }
      var sum = [Double](repeating: 0, count: d)
      var best = 0.0
      for code in 1..<max(2, 1 << n) {
        // Between two Gray codes the state of the lowest set bit of the counter enters or leaves.
        let t = code.trailingZeroBitCount
        let sign: Double = (code ^ code >> 1) >> t & 1 == 1 ? 1 : -1
        for i in 0..<d { sum[i] += sign * columns[t][i] }
        best = max(best, squaredNorm(sum))
      }
      largest = max(largest, best.squareRoot())
    }
    value = largest
  }
}

/// ‖x‖².
func squaredNorm(_ x: [Double]) -> Double {
  var sum = 0.0
  for value in x { sum += value * value }
  return sum
}
