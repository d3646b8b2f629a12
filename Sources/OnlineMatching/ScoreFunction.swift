internal import RealModule

/// φ: how much an offline vertex with load l is still worth to a generalised Balance algorithm, which attempts the edge of
/// the largest p_uv w_u φ(l_u). Only ratios of φ matter; all are decreasing.
///
/// The load of u is the sum of p_uv over the failed attempts on u.
public enum ScoreFunction: String, CaseIterable, Sendable {
  /// e^(−l): Mehta, Panigrahi (2012), suggested for unequal probabilities.
  case exponential = "exp"
  /// 1 − f(l) with the gain sharing f of Huang, Zhang (arXiv 2002.01802) for equal vanishing probabilities: ratio 0.5761.
  case huangZhangEqual = "hz-equal"
  /// e^(l+1) E₁(l+1): Goyal, Udwani (arXiv 1905.12778), algorithm 2: ratio 0.5963 against the clairvoyant optimum.
  case goyalUdwani = "gu"
  /// 1 / (0.575 l + 1): Goyal, Udwani, corollary: ratio 0.588.
  case inverse
  /// e^(−0.535 l): Goyal, Udwani, corollary: ratio 0.581.
  case geometric = "gexp"
  /// 2 + 2 (2 e^(l/2) − 1) ln(1 − e^(−l/2)/2): the solution of the stochastic inequality for equal vanishing
  /// probabilities, with φ(0) = 2 − 2 ln 2 (see ``RatioConstants``).
  case stochasticEqual = "stochastic-equal"

  /// φ(l) for a load l ≥ 0.
  public func callAsFunction(_ load: Double) -> Double {
    switch self {
    case .exponential: Double.exp(-load)
    case .huangZhangEqual: 1 - HuangZhangGain.shared(load)
    case .goyalUdwani: scaledExponentialIntegral(load + 1)
    case .inverse: 1 / (0.575 * load + 1)
    case .geometric: Double.exp(-0.535 * load)
    case .stochasticEqual: Self.stochasticEqualSeries(load)
    }
  }

  /// The closed form equals 2 Σ_{k≥1} z^k / (k (k+1)) with z = e^(−l/2)/2 ≤ 1/2, which loses no digits for large loads.
  private static func stochasticEqualSeries(_ load: Double) -> Double {
    let z = Double.exp(-load / 2) / 2
    var power = z
    var sum = 0.0
    var k = 1.0
    while power > sum * 1e-17 {
      sum += power / (k * (k + 1))
      power *= z
      k += 1
    }
    return 2 * sum
  }
}

/// e^x E₁(x) with E₁(x) = ∫_x^∞ e^(−y)/y dy, for x > 0.
///
/// Up to 1 by the power series E₁(x) = −γ − ln x − Σ_{k≥1} (−x)^k / (k·k!), above by the continued fraction
/// 1/(x+1−1/(x+3−4/(x+5−9/(x+7−…)))) (Lentz's method). Relative error a few ulp.
func scaledExponentialIntegral(_ x: Double) -> Double {
  precondition(x > 0, "the exponential integral needs a positive argument")
  if x < 1 {
    var term = 1.0
    var sum = 0.0
    var k = 1.0
    while term.magnitude > 1e-18 {
      term *= -x / k
      sum += term / k
      k += 1
    }
    return Double.exp(x) * (-0.577_215_664_901_532_9 - Double.log(x) - sum)
  }
  var b = x + 1
  var c = 1e300
  var d = 1 / b
  var h = d
  var i = 1.0
  while i < 10_000 {
    let a = -i * i
    b += 2
    d = 1 / (a * d + b)
    c = b + a / c
    let factor = c * d
    h *= factor
    if (factor - 1).magnitude < 1e-16 { break }
    i += 1
  }
  return h
}

/// f: the offline share of each gain in the analysis of Balance for equal vanishing probabilities.
///
/// With g(x) = 1 / (2 − x − e^(−x)) it solves f' = g (f − 1 + e^(−x)) on [0, 1] with f(1) = 1 − 1/e, and stays 1 − 1/e
/// beyond; that is the integral form of Huang, Zhang (arXiv 2002.01802), section 3, differentiated.
struct HuangZhangGain: Sendable {
  /// Tabulated once: 2,000 steps of the fourth-order Runge–Kutta method, error about 1e-15.
  static let shared = HuangZhangGain(steps: 2_000)

  let values: [Double]
  let slopes: [Double]

  static func slope(_ x: Double, _ f: Double) -> Double { (f - 1 + Double.exp(-x)) / (2 - x - Double.exp(-x)) }

  init(steps: Int) {
    let h = 1 / Double(steps)
    var f = 1 - Double.exp(-1)
    var values = [Double](repeating: f, count: steps + 1)
    var slopes = [Double](repeating: Self.slope(1, f), count: steps + 1)
    for i in stride(from: steps, to: 0, by: -1) {
      let x = Double(i) * h
      let k1 = Self.slope(x, f)
      let k2 = Self.slope(x - h / 2, f - h / 2 * k1)
      let k3 = Self.slope(x - h / 2, f - h / 2 * k2)
      let k4 = Self.slope(x - h, f - h * k3)
      f -= h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
      values[i - 1] = f
      slopes[i - 1] = Self.slope(x - h, f)
    }
    self.values = values
    self.slopes = slopes
  }

  /// f(x), by cubic Hermite interpolation of the table.
  func callAsFunction(_ x: Double) -> Double {
    let steps = values.count - 1
    guard x < 1 else { return values[steps] }
    let position = x * Double(steps)
    let i = min(steps - 1, Int(position))
    let t = position - Double(i)
    let h = 1 / Double(steps)
    let (s, r) = (t * t, 1 - t)
    return values[i] * (1 + 2 * t) * r * r + values[i + 1] * s * (3 - 2 * t)
      + h * (slopes[i] * t * r * r - slopes[i + 1] * s * r)
  }
}
