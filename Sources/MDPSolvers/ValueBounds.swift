/// Where v* lies, from one sweep: bounds of MacQueen with the rounding of the sweep included (level E2).
///
/// With d = T v − v and row sums in [1 − e, 1 + e], T is monotone and T(v + c) ≤ T v + γ (1 + e) c for c ≥ 0, so
///
/// ```
/// T v + c/(1 − c) · min d  ≤  v_greedy  ≤  v*  ≤  T v + c/(1 − c) · max d
/// ```
///
/// where c is γ (1 + e) when it multiplies a gain (max d ≥ 0 above, min d ≤ 0 below) and γ (1 − e) otherwise.
///
/// Source: MacQueen, A modified dynamic programming method for Markovian decision problems (1966); Porteus, Some bounds
/// for discounted sequential decision processes (1971).
struct ValueBounds: Sendable {
  /// v* and the value of the greedy policy lie in [computed T v + below, computed T v + above].
  let below: Double
  let above: Double
  /// v* − v lies in [`lowest`, `highest`], for the v that was swept.
  let lowest: Double
  let highest: Double
  /// At least the difference that v* − v can make between two actions of a state: γ (highest − lowest) when all rows sum
  /// to 1.
  let spread: Double
  /// The part of the half width that rounding causes: more sweeps do not help against it.
  let floor: Double

  /// - Parameters:
  ///   - bellman: the operator.
  ///   - change: what the sweep saw.
  ///   - magnitude: the largest |v(s)| that it started from.
  ///   - extraError: what a backup may be off beyond sums and products.
  init(
    _ bellman: BellmanOperator, _ change: BellmanOperator.Change, startMagnitude magnitude: Double,
    extraError: Double = 0
  ) {
    let error = Up.sum(bellman.backupError(valueMagnitude: magnitude), extraError)
    // Both the backup and the difference T v − v were rounded.
    let noise = Up.sum(
      error, Up.product(2 * unitRoundoff, Up.sum(magnitude, change.magnitude)))
    let largest = Up.sum(change.largest, noise)
    let least = -Up.sum(-change.least, noise)
    above = Up.sum(Self.tail(bellman, largest), error)
    below = -Up.sum(Self.tail(bellman, -least), error)
    highest = Up.sum(largest, Self.tail(bellman, largest))
    lowest = -Up.sum(-least, Self.tail(bellman, -least))
    spread = Up.sum(
      Up.product(bellman.contraction, Up.sum(highest, -lowest)),
      Up.product((bellman.contraction - bellman.weakContraction).nextUp, max(abs(highest), abs(lowest))))
    self.noise = noise
    self.bellman = bellman
    floor = Up.sum(Up.quotient(Up.product(bellman.contraction, noise), bellman.slack), error)
  }

  private let noise: Double
  private let bellman: BellmanOperator

  /// At least v* − v_π for a policy whose computed T_π v − v is nowhere below `least` and T_π v nowhere below T v.
  func loss(ofPolicyWithLeastChange least: Double) -> Double {
    Up.sum(above, Self.tail(bellman, Up.sum(-least, noise)), noise)
  }

  /// At least Σ_{k ≥ 1} of c^k · d.
  private static func tail(_ bellman: BellmanOperator, _ d: Double) -> Double {
    if d >= 0 { return Up.quotient(Up.product(bellman.contraction, d), bellman.slack) }
    let weak = bellman.weakContraction
    return weak == 0 ? 0 : (d * (weak / (1 - weak)) * (1 - 0x1p-50)).nextUp
  }

  var middle: Double { below + (above - below) / 2 }

  /// The error of computed T v + `middle`, whose largest magnitude is at most `magnitude`.
  func halfWidth(magnitude: Double) -> Double {
    let middle = middle
    let half = max(Up.sum(above, -middle), Up.sum(middle, -below))
    return Up.sum(half, Up.product(unitRoundoff, Up.sum(magnitude, abs(middle)).nextUp))
  }
}
