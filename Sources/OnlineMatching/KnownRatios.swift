/// One competitive ratio of the literature, or of ours, as data: what is claimed, under which assumptions, against which
/// benchmark, and how we know.
public struct KnownRatio: Sendable, Equatable {
  /// Whether an algorithm attains the ratio or no algorithm (of the kind named) beats it.
  public enum Direction: String, Sendable {
    /// The algorithm earns at least this share of the benchmark.
    case guarantee
    /// The algorithm earns no more than this share on some instance.
    case upperBound = "upper bound"
  }

  /// How we know.
  public enum Evidence: String, Sendable {
    /// Stated in the paper, read at first hand.
    case stated
    /// Stated in the paper's abstract.
    case abstract
    /// Reported by another paper.
    case secondHand = "second hand"
    /// Derived by us; a derivation to be checked.
    case derived
  }

  /// The ratio as the source gives it.
  public let value: Double
  /// The same from its formula or equation with all digits, where we can recompute it.
  public let recomputed: Double?
  /// A guarantee or an upper bound.
  public let direction: Direction
  /// Which algorithm.
  public let algorithm: String
  /// Which success probabilities.
  public let probabilities: String
  /// Which weights.
  public let weights: String
  /// Against which benchmark (B0 the matching program, B5 clairvoyant, B6 fully offline).
  public let benchmark: String
  /// Authors, year, arXiv id where there is one.
  public let source: String
  /// How we know.
  public let evidence: Evidence

  /// The table, guarantees first.
  public static let all: [KnownRatio] = guarantees + upperBounds

  private static func row(
    _ value: Double, _ recomputed: Double?, _ direction: Direction, _ algorithm: String,
    _ probabilities: String, _ weights: String, _ benchmark: String, _ source: String, _ evidence: Evidence
  ) -> KnownRatio {
    KnownRatio(
      value: value, recomputed: recomputed, direction: direction, algorithm: algorithm, probabilities: probabilities,
      weights: weights, benchmark: benchmark, source: source, evidence: evidence)
  }

  private static let mp12 = "Mehta, Panigrahi (FOCS 2012)"
  private static let mwz15 = "Mehta, Waggoner, Zadimoghaddam (SODA 2015)"
  private static let hz20 = "Huang, Zhang (STOC 2020, arXiv 2002.01802)"
  private static let gu20 = "Goyal, Udwani (Oper. Res. 2023, arXiv 1905.12778)"
  private static let hj23 = "Huang, Jiang, Shen, Song, Wu, Zhang (WINE 2023, arXiv 2309.10289)"
  private static let as24 = "Albers, Schubert (arXiv 2411.16947)"

  private static let guarantees: [KnownRatio] = [
    row(0.5, nil, .guarantee, "any opportunistic", "equal", "any", "B0", mp12, .stated),
    row(
      0.5, nil, .guarantee, "non-adaptive, and no non-adaptive beats it", "general", "1", "B0", "\(mwz15); \(mp12)",
      .stated),
    row(
      0.567, RatioConstants.stochasticBalance(0), .guarantee, "least-load",
      "equal, vanishing ((1+(1-p)^(2/p))/2 for 1/p integer)", "1",
      "B0", mp12, .stated),
    row(
      0.534, RatioConstants.ranking(0), .guarantee, "ranking", "equal, vanishing (1-1/e-(1-2/e)(1-p)^(1/p))", "1", "B0",
      mp12, .stated),
    row(0.534, nil, .guarantee, "semi-adaptive", "vanishing, unequal", "1", "B0", mwz15, .stated),
    row(
      0.576, RatioConstants.huangZhangEqual, .guarantee, "score-hz-equal", "vanishing, equal", "any", "B0 (via B1)",
      hz20, .stated),
    row(
      0.572, DelayEquation(.huangZhang).extrapolated(step: 0.01), .guarantee, "fractional Balance with rounding",
      "vanishing, unequal",
      "any", "B0 (via B1)", hz20, .stated),
    row(1 - 1 / M.e, 1 - 1 / M.e, .guarantee, "perturbed-greedy", "p_uv = p_u p_v", "any", "B5 and B6", gu20, .stated),
    row(0.596, RatioConstants.goyalUdwani, .guarantee, "score-gu", "vanishing", "any", "B5 and B6", gu20, .stated),
    row(0.588, nil, .guarantee, "score-inverse", "vanishing", "any", "B5 and B6", gu20, .stated),
    row(0.581, nil, .guarantee, "score-gexp", "vanishing", "any", "B5 and B6", gu20, .stated),
    row(
      0.611, DelayEquation(.stochastic).extrapolated(step: 0.01), .guarantee, "least-load", "vanishing, unequal", "any",
      "stochastic benchmark (B5 type)", hj23, .abstract),
    row(
      0.613, RatioConstants.stochasticEqual, .guarantee, "least-load", "vanishing, equal", "any",
      "stochastic benchmark (B5 type)", hj23,
      .abstract),
    row(
      0.522, nil, .guarantee, "like perturbed-greedy, unknown capacities", "vanishing", "any", "B5",
      "Udwani (2021), via \(gu20)", .secondHand),
    row(
      1 - 1 / M.e, 1 - 1 / M.e, .guarantee, "balance by relative load, large capacities", "any", "any", "B5 and B6",
      as24, .abstract),
  ]

  private static let upperBounds: [KnownRatio] = [
    row(0.621, RatioConstants.triangularHardness, .upperBound, "any", "equal, vanishing", "1", "B0", mp12, .stated),
    row(
      0.588, RatioConstants.zGraph(own: 1_716, shared: 4_000), .upperBound, "least-load", "equal, vanishing", "1", "B0",
      mp12,
      .stated),
    row(0.597, nil, .upperBound, "any", "vanishing", "1", "B0", "Zhang et al. (ICML 2024)", .abstract),
    row(
      0.5838454, RatioConstants.triangularThenPrivateLimit.ratio, .upperBound, "any", "equal, vanishing", "1", "B0",
      "the families T(n, k), derived here", .derived),
    row(
      1 - 1 / M.e, 1 - 1 / M.e, .upperBound, "any", "p = 1 included", "1", "B5", "Karp, Vazirani, Vazirani (STOC 1990)",
      .stated),
    row(1 - 1 / M.e, 1 - 1 / M.e, .upperBound, "any, capacities", "identical, vanishing", "1", "B5", as24, .abstract),
    row(
      0.624, nil, .upperBound, "perturbed-greedy", "general", "any", "B5", "via Udwani (arXiv 2308.09767)", .secondHand),
  ]

  private enum M { static let e = 2.718281828459045 }
}
