internal import RealModule

/// Bounds on regret as functions of the problem's numbers, to be drawn beside the data.
///
/// "Upper" bounds hold for the named policy, "lower" bounds for every policy on some problem (or asymptotically on the given
/// one). Each names its source; where a paper leaves a constant open none is invented.
public enum BanditBound {
  /// SE-WTB: with probability at least 1 − δ, when repeated exposure is strongly optimal and M ≥ m,
  ///
  /// ```
  /// CPR ≤ K n₁ + (K S + 1)(M − 1) + 4√2/(√2 − 1) · √(K T L)
  /// ```
  ///
  /// with S and L of ``BurnInElimination``. Derived by Hoeffding's inequality and a union bound over K S means.
  ///
  /// - Parameters:
  ///   - armCount: K ≥ 1.
  ///   - horizon: T ≥ 0.
  ///   - burnIn: M ≥ 1.
  ///   - delta: δ in (0, 1).
  ///   - firstSamples: n₁ ≥ 1; max(1, M) when nil.
  /// - Returns: The bound with S and L.
  /// - Throws: ``BanditError/parameter(name:value:needed:)``.
  public static func burnInElimination(
    armCount: Int, horizon: Int, burnIn: Int, delta: Double, firstSamples: Int? = nil
  ) throws(BanditError) -> (bound: Double, epochLimit: Int, logTerm: Double) {
    let first = firstSamples ?? max(1, burnIn)
    let constants = try BurnInConstants(
      armCount: armCount, horizon: horizon, burnIn: burnIn, delta: delta, firstSamples: first)
    let k = Double(armCount)
    let root2 = 2.0.squareRoot()
    let slope = 4 * root2 / (root2 - 1)
    let bound =
      k * Double(first) + (k * Double(constants.epochLimit) + 1) * Double(burnIn - 1)
      + slope * (k * Double(horizon) * constants.logTerm).squareRoot()
    return (bound, constants.epochLimit, constants.logTerm)
  }

  /// SE-TB on tallying bandits: 1200 K m √T (√(ln(2 K m ln T / δ)) + log₂(√T / (2 K m))).
  ///
  /// Source: Malik, Li, Singh, COLT 2022, theorem 1 (the text writes log; natural inside the root, base 2 where written so).
  ///
  /// - Parameters:
  ///   - armCount: K ≥ 1.
  ///   - memory: m ≥ 1.
  ///   - horizon: T with √T > 2 K m.
  ///   - delta: δ in (0, 1).
  /// - Returns: The bound.
  /// - Throws: ``BanditError/parameter(name:value:needed:)``.
  public static func tallyingElimination(
    armCount: Int, memory: Int, horizon: Int, delta: Double
  ) throws(BanditError) -> Double {
    try requireShape(armCount: armCount, horizon: horizon, memory: memory)
    try requireProbability(delta)
    let km = Double(armCount * memory)
    let root = Double(horizon).squareRoot()
    guard root > 2 * km else {
      throw .parameter(name: "T", value: Double(horizon), needed: "more than (2 K m)^2 = \(4 * km * km)")
    }
    return 1200 * km * root
      * (Double.log(2 * km * Double.log(Double(horizon)) / delta).squareRoot() + Double.log2(root / (2 * km)))
  }

  /// Exploration of every cell without noise: m (K + 1). Source: Malik, Li, Singh, COLT 2022 (ALGdet).
  public static func noiseFreeTallying(armCount: Int, memory: Int) throws(BanditError) -> Double {
    try requireShape(armCount: armCount, horizon: 0, memory: memory)
    return Double(memory) * Double(armCount + 1)
  }

  /// Lower bound without noise: m K / 128 for K large enough. Source: Malik, Li, Singh, COLT 2022, proposition 1.
  public static func tallyingLower(armCount: Int, memory: Int) throws(BanditError) -> Double {
    try requireShape(armCount: armCount, horizon: 0, memory: memory)
    return Double(memory) * Double(armCount) / 128
  }

  /// Lower bound of the stochastic bandit: min(√(K T), T) / 20. Source: Auer, Cesa-Bianchi, Freund, Schapire (2002).
  public static func minimaxLower(armCount: Int, horizon: Int) throws(BanditError) -> Double {
    try requireShape(armCount: armCount, horizon: horizon)
    return min((Double(armCount) * Double(horizon)).squareRoot(), Double(horizon)) / 20
  }

  /// UCB1: Σ_{gap > 0} (8 ln T / gap + (1 + π²/3) gap). Source: Auer, Cesa-Bianchi, Fischer (2002), theorem 1.
  public static func ucb1(means: [Double], horizon: Int) throws(BanditError) -> Double {
    let gaps = try StochasticBandit(means: means).gaps
    guard horizon >= 1 else { throw .parameter(name: "T", value: Double(horizon), needed: "an integer of at least 1") }
    let steps = Double.log(Double(horizon))
    return gaps.filter { $0 > 0 }.reduce(0) { $0 + 8 * steps / $1 + (1 + Double.pi * Double.pi / 3) * $1 }
  }

  /// EXP3 with the tuned γ: 2 √(e − 1) √(T K ln K). Source: Auer, Cesa-Bianchi, Freund, Schapire (2002), corollary 3.2.
  public static func exp3(armCount: Int, horizon: Int) throws(BanditError) -> Double {
    try requireShape(armCount: armCount, horizon: horizon)
    let k = Double(armCount)
    return 2 * (Double.exp(1) - 1).squareRoot() * (Double(horizon) * k * Double.log(k)).squareRoot()
  }

  /// MOSS: 49 √(K T). Source: Audibert and Bubeck (2009).
  public static func moss(armCount: Int, horizon: Int) throws(BanditError) -> Double {
    try requireShape(armCount: armCount, horizon: horizon)
    return 49 * (Double(armCount) * Double(horizon)).squareRoot()
  }

  /// Σ_{gap > 0} gap / kl(mean, best mean): times ln T it is the least regret of any uniformly good policy on these Bernoulli
  /// arms as T grows. Source: Lai and Robbins (1985).
  public static func laiRobbins(means: [Double]) throws(BanditError) -> Double {
    let bandit = try StochasticBandit(means: means)
    let best = bandit.bestMean
    return bandit.means.filter { $0 < best }.reduce(0) { $0 + (best - $1) / BernoulliDivergence.kl($1, best) }
  }

  /// Σ_{gap > 0} 2 σ² / gap: the same for Gaussian arms of one standard deviation.
  public static func laiRobbinsGaussian(means: [Double], sigma: Double) throws(BanditError) -> Double {
    guard sigma > 0, sigma.isFinite else {
      throw .parameter(name: "sigma", value: sigma, needed: "a positive number")
    }
    let bandit = try StochasticBandit(arms: means.map { .gaussian(mean: $0, sigma: sigma) })
    return bandit.gaps.filter { $0 > 0 }.reduce(0) { $0 + 2 * sigma * sigma / $1 }
  }

  private static func requireShape(armCount: Int, horizon: Int, memory: Int = 1) throws(BanditError) {
    guard armCount >= 1 else { throw .noArms }
    guard memory >= 1 else { throw .memory(memory) }
    guard horizon >= 0 else { throw .horizon(horizon) }
  }

  private static func requireProbability(_ delta: Double) throws(BanditError) {
    guard delta > 0, delta < 1 else { throw .parameter(name: "delta", value: delta, needed: "a number in (0, 1)") }
  }
}
