internal import RealModule

/// Relative entropy of Bernoulli laws and the upper confidence bound made of it.
public enum BernoulliDivergence {
  /// kl(p, q) = p ln(p/q) + (1−p) ln((1−p)/(1−q)), with 0 ln 0 = 0; infinite when q is 0 or 1 and p is not.
  ///
  /// - Parameters:
  ///   - p: In [0, 1].
  ///   - q: In [0, 1].
  /// - Returns: A number ≥ 0 or infinity.
  public static func kl(_ p: Double, _ q: Double) -> Double {
    var sum = 0.0
    if p > 0 { sum += q > 0 ? p * Double.log(p / q) : .infinity }
    if p < 1 { sum += q < 1 ? (1 - p) * Double.log((1 - p) / (1 - q)) : .infinity }
    return sum < 0 ? 0 : sum
  }

  /// The largest q in [p, 1] with kl(p, q) ≤ `level`, to full double precision.
  ///
  /// Newton's method from an upper bound (Pinsker's inequality, or the part of the divergence that is singular at 1);
  /// the divergence is convex in q, so the steps fall to the root and stop where rounding does.
  ///
  /// - Parameters:
  ///   - p: In [0, 1].
  ///   - level: A level below 0 counts as 0.
  /// - Returns: A number in [p, 1].
  public static func upperBound(_ p: Double, level: Double) -> Double {
    guard level > 0 else { return p }
    if p >= 1 { return 1 }
    if p <= 0 { return -Double.expMinusOne(-level) }
    let entropy = -p * Double.log(p) - (1 - p) * Double.log(1 - p)
    let complement = Double.exp(-(level + entropy) / (1 - p))
    var q = min(p + (level / 2).squareRoot(), 1 - complement)
    if q >= 1 { return 1 }
    for _ in 0..<100 {
      let excess = p * Double.log(p / q) + (1 - p) * Double.log((1 - p) / (1 - q)) - level
      guard excess > 0 else { break }
      let step = excess * q * (1 - q) / (q - p)
      let next = q - step
      guard next < q, next > p else { break }
      q = next
    }
    return q
  }
}
