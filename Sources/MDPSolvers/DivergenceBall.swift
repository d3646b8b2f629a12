internal import Glibc

/// The least mean that a distribution q can give to some values when it stays within Kullback-Leibler divergence ρ of p:
///
/// ```
/// min Σ q y   subject to   Σ q log(q / p) ≤ ρ        =        max over t > 0 of (−Λ(t) − ρ) / t,   Λ(t) = log Σ p exp(−t y)
/// ```
///
/// The best q is p tilted, q ∝ p exp(−t y), with the t whose divergence −t Σ q y − Λ(t) is ρ; it rises with t, by t times
/// the variance of y under q, which gives Newton's method within a bracket. Any t bounds the minimum from below by the dual,
/// and the tilted distribution from above, (ρ − divergence) / t apart: that, and rounding, is the error.
///
/// Source: Iyengar, Robust dynamic programming (2005), §4; Nilim and El Ghaoui, Robust control of Markov decision processes
/// with uncertain transition matrices (2005), §6.
struct DivergenceBall {
  /// ρ ≥ 0.
  let radius: Double

  /// The least mean, how far it may be off, and the distribution that gives it.
  struct Minimum {
    var value: Double
    var error: Double
    /// One share a value.
    var weights: [Double]
  }

  /// The minimum for positive probabilities p, whose sum is off 1 by at most `defect`, and one value for each.
  ///
  /// - Complexity: O(values), some ten times.
  func minimum(_ p: [Double], _ values: [Double], defect: Double) -> Minimum {
    var (low, high) = (Double.infinity, -Double.infinity)
    for x in values {
      low = min(low, x)
      high = max(high, x)
    }
    let spread = high - low
    let size = max(abs(low), abs(high))
    let rounding = Double(6 * p.count + 80) * unitRoundoff
    func error(_ gap: Double) -> Double {
      Up.sum(
        Up.product(Up.sum(gap, Up.sum(rounding, Up.product(3, defect))), spread), Up.product(8 * unitRoundoff, size))
    }
    let mass = zip(p, values).reduce(0) { $1.1 == low ? $0 + $1.0 : $0 }
    guard spread > 0, radius < -log(mass) else {
      return Minimum(
        value: low, error: error(0), weights: zip(p, values).map { $1 == low ? $0 / mass : 0 })
    }
    // Free of scale: y in [0, 1].
    let y = values.map { ($0 - low) / spread }
    var (floor, ceiling) = (0.0, Double.infinity)
    var point = Tilt(p, y, 0)
    var t = point.variance > 0 ? (2 * radius / point.variance).squareRoot() : 1
    guard radius > 0, t > 0 else {
      return Minimum(value: low + spread * point.mean, error: error(0), weights: p)
    }
    // The divergence is of second order in t, so that its rounding, divided by t, stays below that of the mean.
    for _ in 0..<200 {
      point = Tilt(p, y, t)
      let miss = radius - point.divergence
      if abs(miss) <= Double(2 * p.count + 32) * unitRoundoff * t { break }
      if miss > 0 { floor = t } else { ceiling = t }
      let slope = t * point.variance
      var next = slope > 0 ? t + miss / slope : .infinity
      if !(next > floor && next < ceiling) { next = ceiling < .infinity ? floor + (ceiling - floor) / 2 : 4 * t }
      if next == t || next > 1e300 { break }
      t = next
    }
    let gap = abs(radius - point.divergence) / t
    let value = low + spread * max(0, (-point.logarithm - radius) / t)
    return Minimum(value: value, error: error(gap * (1 + 0x1p-40)), weights: point.weights)
  }

  /// p tilted by exp(−t y), for y ≥ 0 with least 0.
  private struct Tilt {
    var weights: [Double]
    /// Λ(t).
    var logarithm: Double
    var mean = 0.0
    var variance = 0.0
    /// From p.
    var divergence: Double

    init(_ p: [Double], _ y: [Double], _ t: Double) {
      var (excess, sum) = (0.0, 0.0)
      weights = p
      for i in p.indices {
        excess += p[i] * expm1(-t * y[i])
        weights[i] = p[i] * exp(-t * y[i])
        sum += weights[i]
      }
      logarithm = excess > -0.5 ? log1p(excess) : log(sum)
      for i in p.indices {
        weights[i] /= sum
        mean += weights[i] * y[i]
      }
      for i in p.indices { variance += weights[i] * (y[i] - mean) * (y[i] - mean) }
      divergence = -t * mean - logarithm
    }
  }
}
