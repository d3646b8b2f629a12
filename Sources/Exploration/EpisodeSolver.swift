internal import RealModule

/// The smallest number of episodes K with `bound(K)` ≤ `accuracy`, for a bound that depends on K through 1/K, 1/√K and
/// logarithms.
///
/// Tests K = 1, doubles from 2 until the accuracy is met, then halves the bracket 200 times on doubles and rounds up.
/// A bound whose level count jumps with K is not exactly monotone; the answer is then the end of the last bracket.
///
/// - Returns: ``BoundValue/infinite`` when 1e300 episodes are not enough.
func smallestEpisodeCount(accuracy: Double, _ bound: (Double) -> Double) -> BoundValue {
  if bound(1) <= accuracy { return .finite(1) }
  var high = 2.0
  while !(bound(high) <= accuracy) {
    high *= 2
    if high > 1e300 { return .infinite }
  }
  var low = high / 2
  for _ in 0..<200 {
    let middle = low + (high - low) / 2
    if bound(middle) <= accuracy { high = middle } else { low = middle }
  }
  return .finite(high.rounded(.up))
}

/// ln(1 + x y) for positive factors, also where their product overflows.
func logOnePlus(_ x: Double, _ y: Double) -> Double {
  let product = x * y
  return product.isFinite ? .log(onePlus: product) : .log(x) + .log(y)
}
