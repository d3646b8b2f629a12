internal import RealModule

/// The constants of the competitive analyses, each recomputed from its formula or equation.
///
/// Notation: l is the load a vertex would end with if it never succeeded; f the offline share of a gain at load l,
/// G = 1 − f nonincreasing, Γ = G(0) the ratio proven.
public enum RatioConstants {
  /// η(p) = (1 + (1−p)^(2/p)) / 2: Stochastic Balance, equal p with 1/p integer, unweighted, against B0. At p → 0
  /// (1 + e^(−2)) / 2.
  ///
  /// Source: Mehta, Panigrahi (2012).
  public static func stochasticBalance(_ p: Double) -> Double {
    p == 0 ? (1 + Double.exp(-2)) / 2 : (1 + power(1 - p, 2 / p)) / 2
  }

  /// κ(p) = 1 − 1/e − (1 − 2/e) (1−p)^(1/p): Ranking, equal p, unweighted, against B0.
  ///
  /// Source: Mehta, Panigrahi (2012).
  public static func ranking(_ p: Double) -> Double {
    let last = p == 0 ? Double.exp(-1) : power(1 - p, 1 / p)
    return 1 - Double.exp(-1) - (1 - 2 * Double.exp(-1)) * last
  }

  private static func power(_ base: Double, _ exponent: Double) -> Double {
    base == 0 ? 0 : Double.exp(exponent * Double.log(base))
  }

  /// The p at which η(p) = κ(p): Balance has the better guarantee below, Ranking above.
  public static var crossover: Double {
    bisect(0.01, 0.99) { stochasticBalance($0) > ranking($0) }
  }

  /// 1 − 11/(18e) − 5/(6e²) − 5/(6e³): the ratio of every algorithm on G₃ in the limit p → 0, against B0.
  ///
  /// Source: Mehta, Panigrahi (2012).
  public static var triangularHardness: Double {
    1 - 11 / (18 * Double.exp(1)) - 5 / (6 * Double.exp(2)) - 5 / (6 * Double.exp(3))
  }

  /// Γ = 1 − f(0) of Huang, Zhang (arXiv 2002.01802) for equal vanishing probabilities against B1 (hence B0).
  public static var huangZhangEqual: Double { huangZhangEqual(steps: 2_000) }

  /// The same with a given number of steps of its differential equation, to show convergence.
  public static func huangZhangEqual(steps: Int) -> Double { 1 - HuangZhangGain(steps: steps).values[0] }

  /// Gompertz's constant e E₁(1): the guarantee of Goyal, Udwani (arXiv 1905.12778), algorithm 2, against the clairvoyant and
  /// the fully offline optimum.
  public static var goyalUdwani: Double { scaledExponentialIntegral(1) }

  /// 2 − 2 ln 2: equal vanishing probabilities against the clairvoyant optimum.
  ///
  /// For all l: ∫_0^l e^(−t) (1−G) dt + G(l) (2e^(−l/2) − e^(−l)) ≥ Γ; with equality G' = (G − e^(−l/2)) / (2 − e^(−l/2)), whose
  /// bounded solution is ``ScoreFunction/stochasticEqual``. Derived here; agrees with the 0.613 of Huang, Jiang, Shen, Song,
  /// Wu, Zhang (arXiv 2309.10289).
  public static var stochasticEqual: Double { 2 - 2 * Double.log(2) }

  /// The largest |G' − (G − e^(−l/2)) / (2 − e^(−l/2))| over loads 0 … 20, by central differences of the closed form's
  /// derivative series: how well ``ScoreFunction/stochasticEqual`` solves its equation.
  public static var stochasticEqualResidual: Double {
    var worst = 0.0
    for k in 0...2_000 {
      let load = Double(k) / 100
      let z = Double.exp(-load / 2) / 2
      // G = 2 Σ z^k / (k (k+1)) and dz/dl = −z/2, so that G' = −Σ z^k / (k+1).
      var slope = 0.0
      var power = z
      var i = 1.0
      while power > 1e-20 {
        slope -= power / (i + 1)
        power *= z
        i += 1
      }
      let e = 2 * z
      worst = max(worst, (slope - (ScoreFunction.stochasticEqual(load) - e) / (2 - e)).magnitude)
    }
    return worst
  }

  /// min over s of 1 − s + s (1 + ln s) (1 − 1/e) and where it is attained: the limit of T(n, (1−s) n) over B0, an upper bound
  /// on the ratio of every algorithm for equal vanishing probabilities. Derived here.
  public static var triangularThenPrivateLimit: (ratio: Double, share: Double) {
    let c = 1 - Double.exp(-1)
    let share = Double.exp(1 / c - 2)
    return (1 - c * share, share)
  }

  /// The ratio of Stochastic Balance on the z-graph with n shared vertices and α n own ones, in the fluid limit p → 0.
  ///
  /// A block raises its own vertex to the common load L of the r shared vertices left (success 1 − e^(−L)); the rest of its
  /// mass, e^(−L), succeeds on them.
  ///
  /// Source: Mehta, Panigrahi (2012), section 4.
  public static func zGraph(own: Int, shared n: Int) -> Double {
    var rest = Double(n)
    var load = 0.0
    var total = 0.0
    for _ in 0..<own {
      let share = Double.exp(-load)
      total += 1 - share
      load += share / rest
      rest -= share
    }
    total += Double(n) - rest + rest * (1 - Double.exp(-1))
    return total / Double(own + n)
  }

  /// NonAdaptive on G_n over B0 = n in the limit p → 0: it spreads each block evenly, so that vertex u is loaded by
  /// Σ_{i ≤ u} 1/(n − i) and succeeds with probability 1 − e^(−load). Tends to 1/2 as n grows.
  ///
  /// Source: Mehta, Panigrahi (2012), that no algorithm without feedback beats 1/2; the sum is derived here.
  public static func nonAdaptiveTrap(_ n: Int) -> Double {
    var load = 0.0
    var successes = 0.0
    for u in 0..<n {
      load += 1 / Double(n - u)
      successes += -Double.expMinusOne(-load)
    }
    return successes / Double(n)
  }

  /// The boundary between where `holds` is true (at `low`) and false (at `high`), to the last bit.
  static func bisect(_ low: Double, _ high: Double, _ holds: (Double) -> Bool) -> Double {
    var (low, high) = (low, high)
    while true {
      let middle = low + (high - low) / 2
      guard middle > low, middle < high else { return low }
      if holds(middle) { low = middle } else { high = middle }
    }
  }
}

/// A gain-sharing function G given by a delay equation, with the largest Γ = G(0) for which it stays nonincreasing.
///
/// ```
/// HZ20, unequal p:        G' = G − e^(d−l),            ∫_d^l G = G(l)      (d = 0 if there is none)
/// stochastic, unequal p:  G' = (G − e^(d−l)) / (1+d),  ∫_d^l G = d G(l)
/// ```
///
/// Both make an inequality, to hold for every final load l, an equality; too large a Γ turns G up, too small a one sends it
/// down to 0. Heun's method with step h, error O(h²), and bisection on Γ.
///
/// Sources: the first inequality is Huang, Zhang (arXiv 2002.01802), eq. 13; the equations and the second inequality are derived
/// here.
public struct DelayEquation: Sendable {
  /// Which inequality.
  public enum Kind: Sendable, Equatable {
    /// Against B1, unequal vanishing probabilities.
    case huangZhang
    /// Against the clairvoyant optimum, unequal vanishing probabilities.
    case stochastic
  }

  /// One solution at one step width.
  public struct Solution: Sendable, Equatable {
    /// h
    public let step: Double
    /// Γ
    public let ratio: Double
    /// The smallest left side minus Γ of the inequality over the grid: about −O(h²).
    public let minimumSlack: Double
  }

  /// Which inequality.
  public var kind: Kind
  /// Up to which load the equation is followed.
  public var range: Double

  /// The equation up to a load beyond which a wrong Γ would have shown itself: an error grows like e^l in the first
  /// equation, but only like l² in the second.
  public init(_ kind: Kind, range: Double? = nil) {
    self.kind = kind
    self.range = range ?? (kind == .huangZhang ? 20 : 40)
  }

  /// Γ for a step width, with the slack of the inequality.
  public func solve(step h: Double) -> Solution {
    precondition(h > 0 && h <= range, "the step must be positive and within the range")
    let ratio = RatioConstants.bisect(0.4, 0.7) { !curve(from: $0, step: h).turnsUp }
    return Solution(step: h, ratio: ratio, minimumSlack: slack(of: curve(from: ratio, step: h).values, step: h))
  }

  /// Γ at h → 0 from h and h/2 by Richardson's extrapolation for second order.
  public func extrapolated(step h: Double) -> Double {
    let coarse = solve(step: h).ratio
    let fine = solve(step: h / 2).ratio
    return fine + (fine - coarse) / 3
  }

  /// G on the grid until it turns up, falls below 0 or the range ends.
  private func curve(from ratio: Double, step h: Double) -> (values: [Double], turnsUp: Bool) {
    var g = [ratio]
    var integral = [0.0]
    // d never falls while G does not rise, so that its search goes on from where it was.
    var cursor = 0
    func slope(_ l: Double, _ value: Double, _ total: Double) -> Double {
      let d = delay(value, total, grid: g, integral, step: h, cursor: &cursor)
      let gap = value - Double.exp(d - l)
      return kind == .huangZhang ? gap : gap / (1 + d)
    }
    let steps = Int((range / h).rounded())
    for i in 0..<steps {
      let l = Double(i) * h
      let first = slope(l, g[i], integral[i])
      if first > 0 { return (g, true) }
      let guess = g[i] + h * first
      guard guess > 0 else { return (g, false) }
      let mark = cursor
      let second = slope(l + h, guess, integral[i] + h / 2 * (g[i] + guess))
      cursor = mark
      let next = g[i] + h / 2 * (first + second)
      guard next > 0 else { return (g, false) }
      g.append(next)
      integral.append(integral[i] + h / 2 * (g[i] + next))
    }
    return (g, false)
  }

  /// d for the current value G(l) and ∫_0^l G.
  private func delay(
    _ value: Double, _ total: Double, grid g: [Double], _ integral: [Double], step h: Double, cursor: inout Int
  ) -> Double {
    // excess(t) = ∫_t^l G − G(l), or ∫_t^l G − t G(l): falls as t grows; d is its zero.
    func excess(_ k: Int) -> Double {
      total - integral[k] - (kind == .huangZhang ? value : Double(k) * h * value)
    }
    guard excess(0) > 0 else { return 0 }
    while cursor > 0, excess(cursor) <= 0 { cursor -= 1 }
    while cursor + 1 < integral.count, excess(cursor + 1) > 0 { cursor += 1 }
    // Within the cell G is linear; one step of Newton's method from the secant is exact to O(h³).
    let left = excess(cursor)
    let here = g[cursor]
    let rate = here + (kind == .huangZhang ? 0 : value)
    let ahead = cursor + 1 < g.count ? g[cursor + 1] : value
    var offset = left / rate
    let bend = (ahead - here) / h
    for _ in 0..<3 {
      let residual = left - rate * offset - bend * offset * offset / 2
      offset += residual / (rate + bend * offset)
    }
    return Double(cursor) * h + offset
  }

  /// The smallest left side of the inequality minus Γ.
  private func slack(of g: [Double], step h: Double) -> Double {
    var integral = [0.0]
    for k in g.indices.dropFirst() { integral.append(integral[k - 1] + h / 2 * (g[k - 1] + g[k])) }
    let decay = g.indices.map { Double.exp(-Double($0) * h) }
    var worst = Double.infinity
    var shared = 0.0  // ∫_0^l e^(−t) f
    for k in g.indices {
      if k > 0 { shared += h / 2 * (decay[k - 1] * (1 - g[k - 1]) + decay[k] * (1 - g[k])) }
      let l = Double(k) * h
      let own = kind == .huangZhang ? decay[k] * g[k] : g[k] * (1 + l) * decay[k]
      // ∫_0^l e^(−t) (…)^+ dt
      func part(_ j: Int) -> Double {
        let lost = integral[k] - integral[j]
        return decay[j] * max(0, kind == .huangZhang ? g[k] - lost : Double(j) * h * g[k] - lost)
      }
      var kept = 0.0
      if k > 0 { for j in 1...k { kept += h / 2 * (part(j - 1) + part(j)) } }
      worst = min(worst, shared + own + kept - g[0])
    }
    return worst
  }
}
