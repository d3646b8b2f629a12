internal import RealModule

/// The guarantee of HF-UCRL-RFE++ with every constant of its proof, after K episodes.
///
/// With α² = 1/H, γ² = d^(−1/2), λ = d/B²:
///
/// ```
/// M    = max(2, ⌈log2(7 K H)⌉)          δₗ = δ / (4 M)
/// ι    = ln(1 + K H² B² / d²)
/// τ    = ln(32 (max(0, ln √(H/d)) + 1) K² H² / δₗ)
/// ζ    = 4 ln(4 max(1, ln(K H)) / δₗ)
/// β    = 12 √(d ι τ) + 30 √d τ + √d
/// low  = 896 max(64 β² d ι, 2 ζ) + 24 ζ + 240 d ι + 240 β √d ι + 120 β d ι √M + 24 √(ζ M d ι) + M d ι
/// lead = 64 max(8 β √(d ι), √(2 ζ)) + 120 β √(d ι)
/// suboptimality(K) ≤ 4 low / K + 4 lead / √K
/// ```
///
/// for every reward with total at most 1, with probability at least 1 − δ. The corollary printed in the source has 2752
/// in the place of 896 and leaves out the last two terms of `low`; this follows the proof. The clamps max(0, ·) and
/// max(1, ·) are derived here: the logarithms are negative for d > H and K H < e.
///
/// Found: W. Zhang et al., "Optimal horizon-free reward-free exploration for linear mixture MDPs", arXiv 2303.10165,
/// as restated with proofs in a dissertation (theorem 2.8.3 and lemma 2.8.60 there). The magnitudes are absurd because
/// the constants come from a worst-case proof.
public struct HorizonFreeBound: Sendable, Equatable {
  /// M: the number of moment levels.
  public let levels: Int
  /// δₗ: the failure probability a level.
  public let levelFailureProbability: Double
  /// ι: the determinant logarithm.
  public let iota: Double
  /// τ: the concentration logarithm.
  public let tau: Double
  /// ζ: the martingale logarithm.
  public let zeta: Double
  /// β: the confidence radius.
  public let beta: Double
  /// low: the part of the sum of uncertainties that does not grow with √K.
  public let sumConstant: Double
  /// lead: the factor of √K in the sum of uncertainties.
  public let sumRootK: Double
  /// The bound on the loss of planning, for every reward of total at most 1.
  public let suboptimality: Double

  /// The guarantee at `parameters`, after `episodes` of them (by default those of the parameters).
  public init(_ parameters: BoundParameters, episodes: Double? = nil) {
    let d = Double(parameters.dimension)
    let horizon = Double(parameters.horizon)
    let norm = parameters.parameterNorm
    let episodes = episodes ?? parameters.episodes
    let root = d.squareRoot()
    // The product of two counts may overflow; a sum of logarithms does not.
    let product = 7 * episodes * horizon
    let m = max(2, (product.isFinite ? .log2(product) : .log2(7 * horizon) + .log2(episodes)).rounded(.up))
    levels = Int(m)
    levelFailureProbability = parameters.failureProbability / (4 * m)
    iota = logOnePlus(episodes, horizon * horizon * norm * norm / (d * d))
    tau =
      .log(32 * (max(0, 0.5 * .log(horizon / d)) + 1) / levelFailureProbability) + 2 * .log(episodes)
      + 2 * .log(horizon)
    zeta = 4 * .log(4 * max(1, .log(episodes) + .log(horizon)) / levelFailureProbability)
    beta = 12 * (d * iota * tau).squareRoot() + 30 * root * tau + root
    let information = d * iota
    var low = 896 * max(64 * beta * beta * information, 2 * zeta) + 24 * zeta + 240 * information
    low += 240 * beta * root * iota + 120 * beta * information * m.squareRoot()
    low += 24 * (zeta * m * information).squareRoot() + m * information
    sumConstant = low
    sumRootK =
      64 * max(8 * beta * information.squareRoot(), (2 * zeta).squareRoot()) + 120 * beta * information.squareRoot()
    suboptimality = 4 * sumConstant / episodes + 4 * sumRootK / episodes.squareRoot()
  }

  /// The episodes after which the guarantee reaches the accuracy of `parameters`.
  public static func episodes(_ parameters: BoundParameters) -> BoundValue {
    smallestEpisodeCount(accuracy: parameters.accuracy) {
      HorizonFreeBound(parameters, episodes: $0).suboptimality
    }
  }
}
