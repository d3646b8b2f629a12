internal import LinearAlgebra

/// Whether what is left of two rewards after shaping is the same, or the same up to a positive scale.
struct RemainderMatch {
  /// Whether it is.
  let holds: Bool
  /// ‖q₂ − k q₁‖ / ‖q₂‖ (over the larger of the two without a scale); 1 when exactly one of them is 0.
  let residual: Double
  /// k; 1 without a scale, or where both are 0.
  let scale: Double

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
    let (isTrivial1, isTrivial2) = (n1 <= trivialityTolerance * sizes.first, n2 <= trivialityTolerance * sizes.second)
    guard !isTrivial1 || !isTrivial2 else {
      (holds, residual, scale) = (true, 0, 1)
      return
    }
    var k = 1.0
    if isScaled, !isTrivial1, !isTrivial2 { k = dot(q1, q2) / (n1 * n1) }
    if abs(k - 1) <= 4 * Double.ulpOfOne { k = 1 }
    scale = k
    guard k > 0 else {
      (holds, residual) = (false, 1)
      return
    }
    let wrong = norm2(q2.indices.map { q2[$0] - k * q1[$0] })
    let rounding = 16 * Double.ulpOfOne * (k * sizes.first + sizes.second)
    let size = isScaled ? n2 : max(n1, n2)
    residual = size > 0 ? min(1, wrong / size) : 1
    holds = isTrivial1 == isTrivial2 && wrong <= tolerance * size + rounding
  }
}
