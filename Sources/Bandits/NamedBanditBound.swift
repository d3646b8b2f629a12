/// A bound that can be asked for by name.
public enum NamedBanditBound: String, Sendable, CaseIterable {
  /// ``BanditBound/burnInElimination(armCount:horizon:burnIn:delta:firstSamples:)``
  case burnInElimination = "se_wtb"
  /// ``BanditBound/tallyingElimination(armCount:memory:horizon:delta:)``
  case tallyingElimination = "tallying_theorem1"
  /// ``BanditBound/noiseFreeTallying(armCount:memory:)``
  case noiseFreeTallying = "algdet"
  /// ``BanditBound/tallyingLower(armCount:memory:)``
  case tallyingLower = "tallying_lower"
  /// ``BanditBound/minimaxLower(armCount:horizon:)``
  case minimaxLower = "minimax_lower"
  /// ``BanditBound/ucb1(means:horizon:)``
  case ucb1
  /// ``BanditBound/exp3(armCount:horizon:)``
  case exp3
  /// ``BanditBound/moss(armCount:horizon:)``
  case moss
  /// ``BanditBound/laiRobbins(means:)``
  case laiRobbins = "lai_robbins"
  /// ``BanditBound/laiRobbinsGaussian(means:sigma:)``
  case laiRobbinsGaussian = "lai_robbins_gaussian"
  /// ``BayesOptimalValue/uniformPrior(armCount:horizon:stateLimit:)``
  case bayesOptimal = "bayes_optimal"
  /// ``GittinsIndex``
  case gittins

  /// The formula.
  public var formula: String {
    switch self {
    case .burnInElimination:
      "K n1 + (K S + 1)(M - 1) + 4 sqrt 2 / (sqrt 2 - 1) sqrt(K T L), S = max(1, ceil(log2(T / (K n1) + 1))), "
        + "L = ln(2 K S / delta)"
    case .tallyingElimination: "1200 K m sqrt T (sqrt(ln(2 K m ln T / delta)) + log2(sqrt T / (2 K m)))"
    case .noiseFreeTallying: "m (K + 1)"
    case .tallyingLower: "m K / 128"
    case .minimaxLower: "min(sqrt(K T), T) / 20"
    case .ucb1: "sum over gaps > 0 of 8 ln T / gap + (1 + pi^2 / 3) gap"
    case .exp3: "2 sqrt(e - 1) sqrt(T K ln K)"
    case .moss: "49 sqrt(K T)"
    case .laiRobbins: "sum over gaps > 0 of gap / kl(mean, best mean); times ln T"
    case .laiRobbinsGaussian: "sum over gaps > 0 of 2 sigma^2 / gap; times ln T"
    case .bayesOptimal: "largest expected total reward when means are uniform"
    case .gittins: "Gittins index of a Bernoulli arm with prior Beta(a, b)"
    }
  }

  /// Where it comes from.
  public var source: String {
    switch self {
    case .burnInElimination: "derived here for the algorithm of Malik, Igoe, Li, Singh, ICML 2023, arXiv 2305.02955"
    case .tallyingElimination: "Malik, Li, Singh, COLT 2022, theorem 1"
    case .noiseFreeTallying: "Malik, Li, Singh, COLT 2022 (ALGdet)"
    case .tallyingLower: "Malik, Li, Singh, COLT 2022, proposition 1 (K above a constant)"
    case .minimaxLower, .exp3: "Auer, Cesa-Bianchi, Freund, Schapire 2002"
    case .ucb1: "Auer, Cesa-Bianchi, Fischer 2002, theorem 1"
    case .moss: "Audibert and Bubeck 2009"
    case .laiRobbins, .laiRobbinsGaussian: "Lai and Robbins 1985"
    case .bayesOptimal: "backward recursion over successes and failures"
    case .gittins: "Gittins 1979; Gittins, Glazebrook, Weber 2011"
    }
  }

  /// What a bound is worth at a point.
  public struct Value: Sendable, Equatable {
    /// The bound; nil when it does not hold there.
    public let value: Double?
    /// Why it is withheld.
    public let reason: String?
    /// Further numbers by name.
    public let details: [(name: String, value: Double)]

    /// Equal in all parts.
    public static func == (a: Value, b: Value) -> Bool {
      a.value == b.value && a.reason == b.reason
        && a.details.elementsEqual(b.details) { $0.name == $1.name && $0.value == $1.value }
    }
  }

  /// The bound at `point`.
  ///
  /// - Throws: ``BanditError/missing(bound:parameter:)`` and what is wrong with the parameters.
  public func value(at point: BanditBoundPoint) throws(BanditError) -> Value {
    func need<Number>(_ value: Number?, _ name: String) throws(BanditError) -> Number {
      guard let value else { throw .missing(bound: rawValue, parameter: name) }
      return value
    }
    func plain(_ value: Double) -> Value { Value(value: value, reason: nil, details: []) }
    switch self {
    case .burnInElimination:
      let burnIn = try need(point.burnIn, "M")
      let found = try BanditBound.burnInElimination(
        armCount: need(point.armCount, "K"), horizon: need(point.horizon, "T"), burnIn: burnIn,
        delta: need(point.delta, "delta"), firstSamples: point.firstSamples)
      let details = [("S", Double(found.epochLimit)), ("L", found.logTerm)]
      if let memory = point.memory, burnIn < memory {
        return Value(value: nil, reason: "M is below m: the burn-in does not saturate an arm", details: details)
      }
      return Value(value: found.bound, reason: nil, details: details)
    case .tallyingElimination:
      return plain(
        try BanditBound.tallyingElimination(
          armCount: need(point.armCount, "K"), memory: need(point.memory, "m"), horizon: need(point.horizon, "T"),
          delta: need(point.delta, "delta")))
    case .noiseFreeTallying:
      return plain(
        try BanditBound.noiseFreeTallying(armCount: need(point.armCount, "K"), memory: need(point.memory, "m")))
    case .tallyingLower:
      return plain(try BanditBound.tallyingLower(armCount: need(point.armCount, "K"), memory: need(point.memory, "m")))
    case .minimaxLower:
      return plain(try BanditBound.minimaxLower(armCount: need(point.armCount, "K"), horizon: need(point.horizon, "T")))
    case .ucb1:
      return plain(try BanditBound.ucb1(means: need(point.means, "means"), horizon: need(point.horizon, "T")))
    case .exp3:
      return plain(try BanditBound.exp3(armCount: need(point.armCount, "K"), horizon: need(point.horizon, "T")))
    case .moss:
      return plain(try BanditBound.moss(armCount: need(point.armCount, "K"), horizon: need(point.horizon, "T")))
    case .laiRobbins: return plain(try BanditBound.laiRobbins(means: need(point.means, "means")))
    case .laiRobbinsGaussian:
      return plain(
        try BanditBound.laiRobbinsGaussian(means: need(point.means, "means"), sigma: need(point.sigma, "sigma")))
    case .bayesOptimal:
      return plain(
        try BayesOptimalValue.uniformPrior(armCount: need(point.armCount, "K"), horizon: need(point.horizon, "T")))
    case .gittins:
      let index = try GittinsIndex(
        a: need(point.a, "a"), b: need(point.b, "b"), discount: need(point.discount, "discount"))
      return Value(
        value: index.value, reason: nil,
        details: [("lower", index.enclosure.lowerBound), ("upper", index.enclosure.upperBound)])
    }
  }
}

/// The numbers that bounds depend on; each bound asks for those it needs.
public struct BanditBoundPoint: Sendable {
  /// K
  public var armCount: Int?
  /// T
  public var horizon: Int?
  /// m
  public var memory: Int?
  /// M
  public var burnIn: Int?
  /// δ
  public var delta: Double?
  /// n₁
  public var firstSamples: Int?
  /// Mean rewards.
  public var means: [Double]?
  /// σ
  public var sigma: Double?
  /// Successes of a beta prior.
  public var a: Double?
  /// Failures of a beta prior.
  public var b: Double?
  /// γ
  public var discount: Double?

  /// Nothing known yet.
  public init() {}
}
