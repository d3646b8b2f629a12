internal import RealModule

/// Every statement of the field that this module can evaluate or quote.
public enum BoundCatalogue {
  /// The statements: leading orders of episodes, then of regret, then the forms with all constants.
  public static let all: [Bound] = leadingEpisodes + leadingRegret + explicit

  /// The names of the statements that have a value.
  public static var ids: [String] { all.filter { !$0.isQuotedOnly }.map(\.id) }

  /// The statement called `id`.
  ///
  /// - Throws: ``ExplorationError/unknownBound(_:known:)``.
  public static func bound(_ id: String) throws(ExplorationError) -> Bound {
    guard let bound = all.first(where: { $0.id == id && !$0.isQuotedOnly }) else {
      throw .unknownBound(id, known: ids)
    }
    return bound
  }

  /// Orders of the number of episodes for accuracy ε.
  public static let leadingEpisodes: [Bound] = [
    Bound(
      "jin2020_upper", .tabular, .step, homogeneous: false, .upper, .episodes, "H⁵S²A/ε²", .found,
      "Jin et al. 2020 (arXiv 2002.02794), table of the dissertation; a second term S⁴AH⁷/ε is recalled, left out"
    ) { p in perSquare(p, power(p.h, 5) * p.s * p.s * p.a) },
    Bound(
      "rf_ucrl_upper", .tabular, .step, homogeneous: false, .upper, .episodes, "H⁴SA/ε² (ln(1/δ) + S)", .found,
      "Kaufmann et al. 2020 (arXiv 2006.06294), abstract"
    ) { p in perSquare(p, power(p.h, 4) * p.s * p.a * (p.failureLogarithm + p.s)) },
    Bound(
      "rf_express_upper", .tabular, .step, homogeneous: false, .upper, .episodes, "H³SA/ε² (ln(1/δ) + S)", .found,
      "Ménard et al. 2020 (arXiv 2007.13442); order from the table of the dissertation, the split recalled"
    ) { p in perSquare(p, power(p.h, 3) * p.s * p.a * (p.failureLogarithm + p.s)) },
    Bound(
      "sstp_upper", .tabular, .total, .upper, .episodes, "S²A/ε²", .found,
      "Z. Zhang, Du, Ji 2020 (arXiv 2010.05901), abstract"
    ) { p in perSquare(p, p.s * p.s * p.a) },
    Bound(
      "tabular_lower_step", .tabular, .step, .lower, .episodes, "H²S²A/ε²", .found,
      "table of the dissertation; arXiv 2602.16363 announces a tighter one, its formula not seen"
    ) { p in perSquare(p, power(p.h, 2) * p.s * p.s * p.a) },
    Bound(
      "tabular_lower_total", .tabular, .total, .lower, .episodes, "S²A/ε²", .found, "table of the dissertation"
    ) { p in perSquare(p, p.s * p.s * p.a) },
    Bound(
      "linear_wang2020_upper", .linearMDP, .step, homogeneous: false, .upper, .episodes, "H⁶d³/ε²", .found,
      "Wang et al. 2020 (arXiv 2006.11274), table of the dissertation"
    ) { p in perSquare(p, power(p.h, 6) * power(p.d, 3)) },
    Bound(
      "linear_zanette2020_upper", .linearMDP, .step, homogeneous: false, .upper, .episodes, "H⁵d³/ε²", .found,
      "Zanette et al. 2020 (arXiv 2008.07737), table of the dissertation"
    ) { p in perSquare(p, power(p.h, 5) * power(p.d, 3)) },
    Bound(
      "linear_wagenmaker2022_upper", .linearMDP, .step, homogeneous: false, .upper, .episodes, "H⁵d²/ε²", .found,
      "Wagenmaker et al. 2022 (arXiv 2201.11206), table of the dissertation"
    ) { p in perSquare(p, power(p.h, 5) * power(p.d, 2)) },
    Bound(
      "linear_lsvi_rfe_upper", .linearMDP, .step, homogeneous: false, .upper, .episodes, "H⁴d²/ε²", .found,
      "LSVI-RFE, Hu et al. 2023, abstract"
    ) { p in perSquare(p, power(p.h, 4) * power(p.d, 2)) },
    Bound(
      "linear_lsvi_rfe_lower", .linearMDP, .step, homogeneous: false, .lower, .episodes, "H³d²/ε²", .found,
      "LSVI-RFE, Hu et al. 2023, abstract"
    ) { p in perSquare(p, power(p.h, 3) * power(p.d, 2)) },
    Bound(
      "ucrl_rfe_upper", .linearMixture, .step, .upper, .episodes, "H⁵d²/ε²", .found,
      "UCRL-RFE, W. Zhang, Zhou, Gu 2021 (arXiv 2110.06394), dissertation 2.4.3"
    ) { p in perSquare(p, power(p.h, 5) * power(p.d, 2)) },
    Bound(
      "ucrl_rfe_surrogate_upper", .linearMixture, .step, .upper, .episodes, "H⁵d³/ε²", .found,
      "UCRL-RFE with the l1 surrogate (arXiv 2110.06394), dissertation 2.4.5"
    ) { p in perSquare(p, power(p.h, 5) * power(p.d, 3)) },
    Bound(
      "ucrl_rfe_plus_upper", .linearMixture, .step, .upper, .episodes, "H⁴d(H + d)/ε²", .found,
      "UCRL-RFE+ (arXiv 2110.06394), dissertation 2.5.1"
    ) { p in perSquare(p, power(p.h, 4) * p.d * (p.h + p.d)) },
    Bound(
      "ucrl_rfe_lower", .linearMixture, .step, .lower, .episodes, "H²d/ε²", .found, "arXiv 2110.06394, abstract"
    ) { p in perSquare(p, power(p.h, 2) * p.d) },
    Bound(
      "plugin_upper", .linearMixture, .step, homogeneous: false, .upper, .episodes, "H³d(H + d)/ε²", .found,
      "plug-in solver, Chen et al. 2021 (arXiv 2110.03244), table of the dissertation; abstract: d²H³/ε²"
    ) { p in perSquare(p, power(p.h, 3) * p.d * (p.h + p.d)) },
    Bound(
      "hf_rfe_upper_total", .linearMixture, .total, .upper, .episodes, "d²/ε²", .found,
      "HF-UCRL-RFE++, W. Zhang et al. 2023 (arXiv 2303.10165), dissertation corollary 2.6.4"
    ) { p in perSquare(p, power(p.d, 2)) },
    Bound(
      "hf_rfe_upper_scaled", .linearMixture, .scaledTotal, .upper, .episodes, "H²d²/ε²", .found,
      "HF-UCRL-RFE++ (arXiv 2303.10165), dissertation corollary 2.6.6"
    ) { p in perSquare(p, power(p.h, 2) * power(p.d, 2)) },
    Bound(
      "hf_rfe_lower_total", .linearMixture, .total, .lower, .episodes, "d²/ε²", .found,
      "arXiv 2303.10165, dissertation theorem 2.6.8, constant unspecified"
    ) { p in perSquare(p, power(p.d, 2)) },
    Bound(
      "hf_rfe_lower_scaled", .linearMixture, .step, .lower, .episodes, "H²d²/ε²", .found,
      "arXiv 2303.10165, dissertation corollary 2.6.10, constant unspecified"
    ) { p in perSquare(p, power(p.h, 2) * power(p.d, 2)) },
    Bound(
      "mvp2023_pac_upper", .tabular, .scaledTotal, homogeneous: false, .upper, .episodes, "SAH³/ε²", .found,
      "known reward, Z. Zhang et al. 2023 (arXiv 2307.13586), abstract"
    ) { p in perSquare(p, p.s * p.a * power(p.h, 3)) },
    Bound(
      "gfa_rfe_upper", .generalFunctions, .total, .upper, .episodes, "H² ln(N) dim/ε²", .found,
      "dissertation corollary 3.5.2", nil),
    Bound(
      "reward_agnostic_upper", .tabular, .step, homogeneous: false, .upper, .episodes, "SAH³/ε²", .recalled,
      "reward-agnostic exploration for a finite list of rewards", nil),
    Bound(
      "horizon_independent_2022a", .tabular, .total, .upper, .episodes, "(SA)^O(S)/ε⁵", .found,
      "dissertation 2.2.3: no dependence on H at all", nil),
    Bound(
      "horizon_independent_2022b", .tabular, .total, .upper, .episodes, "S⁹A³/ε²", .found,
      "dissertation 2.2.3: no dependence on H at all", nil),
    Bound(
      "horizon_independent_2020", .tabular, .total, .upper, .episodes, "S⁵A⁴/ε²", .found,
      "dissertation 2.2.3: polylogarithmic in H", nil),
  ]

  /// Orders of the regret over K episodes, T = K H.
  public static let leadingRegret: [Bound] = [
    Bound(
      "ucrl_vtr_upper", .linearMixture, .step, .upper, .regret, "d H^1.5 √T", .found,
      "UCRL-VTR, Ayoub et al. 2020 (arXiv 2006.01107)"
    ) { p in .number(p.d * p.h * p.h.squareRoot() * p.stepRoot) },
    Bound(
      "ucrl_vtr_lower", .linearMixture, .step, .lower, .regret, "H √(dK)", .found,
      "UCRL-VTR (arXiv 2006.01107), as in the table of a later paper"
    ) { p in .number(p.h * (p.d).squareRoot() * p.episodes.squareRoot()) },
    Bound(
      "ucrl_vtr_plus_upper", .linearMixture, .step, homogeneous: false, .upper, .regret, "d H √T", .found,
      "UCRL-VTR+, Zhou, Gu, Szepesvári 2021 (arXiv 2012.08507), abstract; lower order terms recalled, left out"
    ) { p in .number(p.d * p.h * p.stepRoot) },
    Bound(
      "ucrl_vtr_plus_lower", .linearMixture, .step, homogeneous: false, .lower, .regret, "d H √T", .found,
      "UCRL-VTR+ (arXiv 2012.08507), abstract"
    ) { p in .number(p.d * p.h * p.stepRoot) },
    Bound(
      "varlin_upper", .linearMixture, .total, .upper, .regret, "d^4.5 √K + d⁹", .found,
      "VarLin, Z. Zhang et al. 2021 (arXiv 2101.12745)"
    ) { p in .number(power(p.d, 4) * p.d.squareRoot() * p.episodes.squareRoot() + power(p.d, 9)) },
    Bound(
      "varlin2_upper", .linearMixture, .total, .upper, .regret, "d √K + d²", .found,
      "VarLin2, Kim, Yang, Jun 2021 (arXiv 2111.03289)"
    ) { p in .number(p.d * p.episodes.squareRoot() + p.d * p.d) },
    Bound(
      "hf_vtr_upper", .linearMixture, .total, .upper, .regret, "d √K + d²", .found,
      "HF-UCRL-VTR+, Zhou, Gu 2022 (arXiv 2205.11507)"
    ) { p in .number(p.d * p.episodes.squareRoot() + p.d * p.d) },
    Bound(
      "hf_adversarial_upper", .linearMixture, .total, .upper, .regret, "(d + ln S) √K + d²", .found,
      "adversarial rewards, Ji et al. 2023 (arXiv 2305.08359), abstract"
    ) { p in .number((p.d + .log(p.s)) * p.episodes.squareRoot() + p.d * p.d) },
    Bound(
      "hf_linear_mdp_upper", .linearMDP, .total, .upper, .regret, "d^5.5 √K + d^6.5", .found,
      "Z. Zhang et al. 2024 (arXiv 2403.10738)"
    ) { p in .number(power(p.d, 5) * p.d.squareRoot() * (p.episodes.squareRoot() + p.d)) },
    Bound(
      "mvp2021_upper", .tabular, .total, .upper, .regret, "√(SAK) + S²A", .found,
      "Z. Zhang, Ji, Du 2021 (arXiv 2009.13503), abstract"
    ) { p in .number((p.s * p.a * p.episodes).squareRoot() + p.s * p.s * p.a) },
    Bound(
      "mvp2021_lower", .tabular, .total, .lower, .regret, "√(SAK)", .found,
      "Z. Zhang, Ji, Du 2021 (arXiv 2009.13503), abstract"
    ) { p in .number((p.s * p.a * p.episodes).squareRoot()) },
    Bound(
      "mvp2023_upper", .tabular, .scaledTotal, homogeneous: false, .upper, .regret, "min(√(SAH³K), HK)", .found,
      "Z. Zhang et al. 2023 (arXiv 2307.13586); logarithmic factor ln⁵(SAHK/δ) under the root"
    ) { p in .number(min((p.s * p.a * power(p.h, 3)).squareRoot() * p.episodes.squareRoot(), p.h * p.episodes)) },
    Bound(
      "latent_upper", .latent, .total, .upper, .regret, "√(Var M G S A K)", .found,
      "M contexts, degree G; Zhou, Wang, Du 2022 (arXiv 2210.11604), abstract", nil),
    Bound(
      "latent_lower", .latent, .total, .lower, .regret, "√(Var M S A K), G = 2", .found,
      "Zhou, Wang, Du 2022 (arXiv 2210.11604), abstract", nil),
  ]

  /// Statements with every constant and logarithm.
  public static let explicit: [Bound] = [
    Bound(
      "hf.suboptimality", .linearMixture, .total, .upper, .suboptimality, form: .explicit, "4 low/K + 4 lead/√K",
      .found,
      "arXiv 2303.10165, dissertation theorem 2.8.3 and lemma 2.8.60; clamps derived"
    ) { p in .number(HorizonFreeBound(p).suboptimality) },
    Bound(
      "hf.sample_complexity", .linearMixture, .total, .upper, .episodes, form: .explicit,
      "least K: 4 low/K + 4 lead/√K ≤ ε",
      .found, "arXiv 2303.10165, dissertation theorem 2.8.3 and lemma 2.8.60; solver derived"
    ) { p in HorizonFreeBound.episodes(p) },
    Bound(
      "rfe.suboptimality", .linearMixture, .step, .upper, .suboptimality, form: .explicit,
      "(H/K)[8β√(HKd ln(1+KH³B²/d)) + 8βHd ln(1+KH³B²) + 2H√(2HK ln(3/δ))] + H²√(2 ln(3/δ)/K)", .found,
      "arXiv 2110.06394, dissertation 2.8.1; ln(3/δ) throughout derived"
    ) { p in .number(UCRLRFEBound(p).suboptimality) },
    Bound(
      "rfe.sample_complexity", .linearMixture, .step, .upper, .episodes, form: .explicit, "least K with the above ≤ ε",
      .found, "arXiv 2110.06394, dissertation 2.8.1; solver derived"
    ) { p in UCRLRFEBound.episodes(p) },
    Bound(
      "lower.derived", .linearMixture, .total, .lower, .episodes, form: .explicit, "(11/1152) g² ((d−1)(H−1)/H)²/ε²",
      .derived, "hard instances with base probability 1/6, Bretagnolle–Huber"
    ) { p in ExplorationLowerBound.episodes(p) },
    Bound(
      "lower.regret_form", .linearMixture, .total, .lower, .regret, form: .explicit, "d√K/(16√3)", .found,
      "Zhou, Gu 2022 (arXiv 2205.11507), up to a constant; squares in its condition restored (derived)"
    ) { p in ExplorationLowerBound.regret(p) },
    Bound(
      "rf_express.recalled_bound", .tabular, .step, homogeneous: false, .upper, .episodes, form: .explicit,
      "1 + (H³SA/ε²) c 5587 e⁶ (18 + ln(cH³SA/ε))², c = ln(3SAH/δ) + S", .recalled,
      "Ménard et al. 2020 (arXiv 2007.13442), theorem 1, not verified"
    ) { p in TabularBonus.expressEpisodes(p) },
  ]

  private static func perSquare(_ p: BoundParameters, _ order: Double) -> BoundValue {
    .number(order / p.accuracy / p.accuracy)
  }

  private static func power(_ base: Double, _ exponent: Int) -> Double { .pow(base, exponent) }
}

extension BoundParameters {
  fileprivate var d: Double { Double(dimension) }
  fileprivate var s: Double { Double(stateCount) }
  fileprivate var a: Double { Double(actionCount) }
  fileprivate var h: Double { Double(horizon) }
  /// ln(1/δ).
  fileprivate var failureLogarithm: Double { -.log(failureProbability) }
  /// √T with T = K H.
  fileprivate var stepRoot: Double { episodes.squareRoot() * Double(horizon).squareRoot() }
}
