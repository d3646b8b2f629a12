internal import LinearAlgebra

/// Whether what is left of two rewards after shaping is the same, or the same up to a positive scale.
///
/// The one place where this is decided: for the order of all policies and for every narrower relation.
struct RemainderMatch {
  /// Whether it is.
  let holds: Bool
  /// ‖q₂ − k q₁‖ / ‖q₂‖ (over the larger of the two without a scale); 1 when exactly one of them is 0, and when only a
  /// negative k would come near.
  let residual: Double
  /// sin θ of the two remainders whatever the sign of their product; 0 when both are 0, 1 when exactly one is.
  let sine: Double
  /// k; 1 without a scale, or where both are 0.
  let scale: Double
  /// Whether the remainder of the first reward is 0.
  let isFirstTrivial: Bool
  /// Whether the remainder of the second reward is 0.
  let isSecondTrivial: Bool

  /// - Parameters:
  ///   - q1: what is left of the first reward.
  ///   - q2: what is left of the second.
  ///   - sizes: the norms of the rewards themselves: what is left may be rounding of these.
  ///   - isScaled: whether k may be other than 1.
  ///   - tolerance: the largest residual of a match.
  ///   - trivialityTolerance: a remainder of at most this fraction of its reward is 0.
  init(
    _ q1: [Double], _ q2: [Double], sizes: (first: Double, second: Double), isScaled: Bool, tolerance: Double,
    trivialityTolerance: Double
  ) {
    let (n1, n2) = (norm2(q1), norm2(q2))
    isFirstTrivial = n1 <= trivialityTolerance * sizes.first
    isSecondTrivial = n2 <= trivialityTolerance * sizes.second
    guard !isFirstTrivial, !isSecondTrivial else {
      let isBoth = isFirstTrivial && isSecondTrivial
      (holds, residual, sine, scale) = isBoth ? (true, 0, 0, 1) : (false, 1, 1, 1)
      return
    }
    // From the chords of the unit vectors, which lose no digits at small angles.
    var (chord, opposite) = (0.0, 0.0)
    for i in q1.indices {
      let (x, y) = (q1[i] / n1, q2[i] / n2)
      chord += (x - y) * (x - y)
      opposite += (x + y) * (x + y)
    }
    let sine = min(1, 2 * (chord * opposite).squareRoot() / (chord + opposite))
    self.sine = sine
    let cosine = (opposite - chord) / (opposite + chord)
    guard isScaled else {
      scale = 1
      let size = max(n1, n2)
      let wrong = norm2(q2.indices.map { q2[$0] - q1[$0] })
      residual = min(1, wrong / size)
      holds = wrong <= tolerance * size + 16 * .ulpOfOne * (sizes.first + sizes.second)
      return
    }
    var k = n2 / n1 * cosine
    if abs(k - 1) <= 4 * Double.ulpOfOne { k = 1 }
    scale = k
    residual = k > 0 ? sine : 1
    holds = k > 0 && sine * n2 <= tolerance * n2 + 16 * .ulpOfOne * (k * sizes.first + sizes.second)
  }
}
