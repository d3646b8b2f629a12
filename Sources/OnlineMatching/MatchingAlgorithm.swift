/// The built-in online algorithms, by the name used in files and on the command line.
public enum MatchingAlgorithm: String, CaseIterable, Sendable {
  /// ``GreedyRule``
  case greedy
  /// ``RandomRule``
  case random
  /// ``LeastLoadRule``: Stochastic Balance
  case leastLoad = "least-load"
  /// ``BalanceRule`` with ``ScoreFunction/exponential``
  case scoreExp = "score-exp"
  /// ``BalanceRule`` with ``ScoreFunction/goyalUdwani``
  case scoreGU = "score-gu"
  /// ``BalanceRule`` with ``ScoreFunction/inverse``
  case scoreInverse = "score-inverse"
  /// ``BalanceRule`` with ``ScoreFunction/geometric``
  case scoreGexp = "score-gexp"
  /// ``BalanceRule`` with ``ScoreFunction/huangZhangEqual``
  case scoreHZEqual = "score-hz-equal"
  /// ``BalanceRule`` with ``ScoreFunction/stochasticEqual``
  case scoreStochasticEqual = "score-stochastic-equal"
  /// ``FullyAdaptiveRule``
  case fullyAdaptive = "fully-adaptive"
  /// ``LeastRelativeLoadRule``: deterministic Balance for capacities
  case leastRelativeLoad = "least-relative-load"
  /// ``CapacityBalanceRule``
  case capacityBalance = "capacity-balance"
  /// ``FractionalBalance``
  case fractionalBalance = "fractional-balance"
  /// ``NonAdaptive``
  case nonAdaptive = "non-adaptive"
  /// ``SemiAdaptive``
  case semiAdaptive = "semi-adaptive"
  /// ``RankingRule`` under a uniformly random order
  case ranking
  /// ``PerturbedGreedyRule`` under uniform perturbations
  case perturbedGreedy = "perturbed-greedy"

  /// The rule, for the algorithms that are one score rule without prior randomness.
  public var rule: (any ScoreRule)? {
    switch self {
    case .greedy: GreedyRule()
    case .random: RandomRule()
    case .leastLoad: LeastLoadRule()
    case .scoreExp: BalanceRule(.exponential)
    case .scoreGU: BalanceRule(.goyalUdwani)
    case .scoreInverse: BalanceRule(.inverse)
    case .scoreGexp: BalanceRule(.geometric)
    case .scoreHZEqual: BalanceRule(.huangZhangEqual)
    case .scoreStochasticEqual: BalanceRule(.stochasticEqual)
    case .fullyAdaptive: FullyAdaptiveRule()
    case .leastRelativeLoad: LeastRelativeLoadRule()
    case .capacityBalance: CapacityBalanceRule()
    case .nonAdaptive, .semiAdaptive, .ranking, .perturbedGreedy, .fractionalBalance: nil
    }
  }

  /// The rule with its ties told apart by `ties`.
  func rule(ties: ScoreTies) -> (any ScoreRule)? { ties == .uniform ? rule?.withRandomTies : rule }

  /// The score function by which ``MatchingCertificate`` splits its gains: its own, for least load that of the analysis
  /// for equal probabilities; nil for the algorithms that do not go by loads.
  public var sharing: ScoreFunction? {
    switch self {
    case .scoreExp: .exponential
    case .scoreGU: .goyalUdwani
    case .scoreInverse: .inverse
    case .scoreGexp: .geometric
    case .leastLoad, .scoreHZEqual: .huangZhangEqual
    case .scoreStochasticEqual: .stochasticEqual
    default: nil
    }
  }

  /// Whether it attempts something whenever it can.
  public var isOpportunistic: Bool { self != .nonAdaptive && self != .semiAdaptive }
}

extension ExactEvaluation {
  /// The exact value of a built-in algorithm; `ties` is for the algorithms that are one score rule.
  ///
  /// - Throws: ``MatchingError/tooLarge(what:size:limit:instead:)`` or
  ///   ``MatchingError/noExactValue(algorithm:reason:)`` where only simulation can tell.
  public func value(
    of algorithm: MatchingAlgorithm, ties: ScoreTies = .lowestIndex, on instance: MatchingInstance
  ) throws(MatchingError) -> MatchingValue {
    if let rule = algorithm.rule(ties: ties) { return try value(of: rule, on: instance) }
    switch algorithm {
    case .nonAdaptive: return NonAdaptive(for: instance).value
    case .semiAdaptive: return SemiAdaptive(for: instance).value
    case .fractionalBalance: return try value(of: FractionalBalance(), on: instance)
    case .ranking: return try ranking(on: instance)
    default: return try perturbedGreedy(on: instance)
    }
  }
}
