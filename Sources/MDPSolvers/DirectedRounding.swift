/// Arithmetic that errs to a known side: each result is at least the exact one.
///
/// Rounding to nearest is off by at most half a unit in the last place, so one step up covers it, overflow and underflow
/// included. Operands are upper bounds of what they stand for.
enum Up {
  static func sum(_ a: Double, _ b: Double) -> Double { (a + b).nextUp }
  static func sum(_ a: Double, _ b: Double, _ c: Double) -> Double { sum(sum(a, b), c) }
  static func product(_ a: Double, _ b: Double) -> Double { a == 0 || b == 0 ? 0 : (a * b).nextUp }
  /// a / b for b > 0.
  static func quotient(_ a: Double, _ b: Double) -> Double { a == 0 ? 0 : (a / b).nextUp }
}

/// Values up to this size leave room for their bounds, differences and sums over a row.
let largestValue = 0x1p1014

/// The unit roundoff of `Double`, 2⁻⁵³.
let unitRoundoff = 0x1p-53

/// k u / (1 − k u) rounded up: the relative error of k roundings (Higham, Accuracy and Stability (2002), lemma 3.1).
func accumulatedRoundoff(_ k: Int) -> Double {
  let ku = Double(k) * unitRoundoff
  return ku < 0.5 ? (ku / (1 - ku)).nextUp.nextUp : .infinity
}
