internal import RealModule

/// Bayes-UCB: the quantile 1 − 1 / (t (ln T)^c) of the posterior Beta(1 + S, 1 + N − S).
///
/// Source: Kaufmann, Cappé, Garivier, "On Bayesian upper confidence bounds for bandit problems", AISTATS 2012; the proof
/// takes c = 5, practice c = 0.
public struct BayesUCBIndex: ArmIndex {
  /// (ln T)^c
  private let scale: Double

  /// The rule for a `horizon`, of which only ln T counts, and only when c > 0.
  public init(horizon: Int, c: Double = 0) {
    scale = max(1, Double.pow(max(1, Double.log(Double(max(1, horizon)))), c))
  }

  /// The probability beyond the quantile, 1 / (t (ln T)^c).
  public func moment(time: Int, bestMean: Double) -> Double { min(1, 1 / (Double(max(1, time)) * scale)) }

  /// The quantile.
  public func value(mean: Double, pulls: Double, at moment: Double) -> Double {
    let successes = min(max(mean, 0), 1) * pulls
    return BetaLaw(a: 1 + successes, b: 1 + pulls - successes).quantile(beyond: moment)
  }

  /// One tail instead of a root: whether the mass beyond `level` reaches the moment, with a margin far above rounding.
  public func mayReach(_ level: Double, mean: Double, pulls: Double, at moment: Double) -> Bool {
    let successes = min(max(mean, 0), 1) * pulls
    let tail = BetaLaw(a: 1 + successes, b: 1 + pulls - successes).tail(level - 1e-9)
    return tail >= moment * (1 - 1e-9)
  }
}

/// A beta law, for its tail and quantiles.
struct BetaLaw {
  let a: Double
  let b: Double
  /// ln B(a, b)
  private let logBeta: Double

  /// The law with parameters ≥ 1.
  init(a: Double, b: Double) {
    self.a = a
    self.b = b
    logBeta = Double.logGamma(a) + Double.logGamma(b) - Double.logGamma(a + b)
  }

  /// P(X > x), by the continued fraction on the side of the mean where it converges fast.
  func tail(_ x: Double) -> Double {
    if x <= 0 { return 1 }
    if x >= 1 { return 0 }
    let density = Double.exp(a * Double.log(x) + b * Double.log(onePlus: -x) - logBeta)
    if x < (a + 1) / (a + b + 2) { return 1 - density * Self.fraction(a, b, x) / a }
    return density * Self.fraction(b, a, 1 - x) / b
  }

  /// The x with P(X > x) = `probability`, by Newton's method inside a bracket, to a few units of rounding.
  func quantile(beyond probability: Double) -> Double {
    if probability >= 1 { return 0 }
    if probability <= 0 { return 1 }
    var low = 0.0, high = 1.0
    let mean = a / (a + b)
    var x = min(mean + 2 * (mean * (1 - mean) / (a + b + 1)).squareRoot(), (1 + mean) / 2)
    for _ in 0..<200 {
      let excess = tail(x) - probability
      if excess > 0 { low = x } else { high = x }
      let density = Double.exp((a - 1) * Double.log(x) + (b - 1) * Double.log(onePlus: -x) - logBeta)
      var next = x + excess / density
      // A step out of the bracket, or none at all where the density vanishes, is replaced by a halving.
      if !(next > low && next < high) { next = (low + high) / 2 }
      if abs(next - x) <= 2e-16 * x || next == low || next == high { return next }
      x = next
    }
    return x
  }

  /// The continued fraction of the incomplete beta function by Lentz's method.
  ///
  /// Source: Lentz (1976); DLMF 8.17.22.
  private static func fraction(_ a: Double, _ b: Double, _ x: Double) -> Double {
    let tiny = 1e-300
    func away(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
    var c = 1.0
    var d = 1 / away(1 - (a + b) * x / (a + 1))
    var result = d
    for step in 1...10_000 {
      let m = Double(step)
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      d = 1 / away(1 + even * d)
      c = away(1 + even / c)
      result *= d * c
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      d = 1 / away(1 + odd * d)
      c = away(1 + odd / c)
      let change = d * c
      result *= change
      if abs(change - 1) < 1e-16 { break }
    }
    return result
  }
}
