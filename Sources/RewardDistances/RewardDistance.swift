internal import JSON

/// How two standardised rewards are compared.
public enum RewardMetric: Sendable, Hashable {
  /// The norm of the difference.
  case norm(RewardNorm)
  /// The angle between the two, in radians; π/2 when one of them is 0, 0 when both are.
  case angle

  /// The metric with the given name; nil when there is none.
  public init?(name: String) {
    if name == "angle" {
      self = .angle
    } else if let norm = RewardNorm(name: name), norm.order != .zero {
      self = .norm(norm)
    } else {
      return nil
    }
  }

  /// The name from which ``init(name:)`` makes the same metric.
  public var name: String {
    switch self {
    case .norm(let norm): norm.name
    case .angle: "angle"
    }
  }
}

/// One distance between rewards, with one name that can be printed and parsed.
///
/// Most are a choice of canonicalisation, normalising norm and metric, `VAL-2-2`; the others have names of their own.
public indirect enum RewardDistance: Sendable, Hashable {
  /// m(c(R₁)/n(c(R₁)), c(R₂)/n(c(R₂))): on the scale 0 to 2 when m = n.
  case standardised(Canonicalisation, RewardNorm, RewardMetric)
  /// The range distance d_J: norm and metric are both max J − min J. Scale 0 to 2.
  case range
  /// Half of a standardised or range distance: on the scale 0 to 1 when m = n, as EPIC and most plots have it.
  case half(RewardDistance)
  /// √((1 − ρ)/2) of two canonical rewards over a coverage distribution. Scale 0 to 1.
  case pearson(Canonicalisation, RewardNorm.Weighting)
  /// √((1 − ρ)/2) of the ranks of two raw rewards. Scale 0 to 1.
  case spearman
  /// The nearest point in the equivalence class of shaping and scale: from the first reward's class to the second.
  case nearestPoint
  /// ``nearestPoint`` divided by its value for the zero reward. Scale 0 to 1.
  case normalisedNearestPoint
  /// ``nearestPoint`` with redistribution allowed too: the distance to the cone of rewards that order policies alike.
  case policyNearestPoint
  /// Episode return correlation: √((1 − ρ)/2) of the two discounted returns under the comparison's policy.
  case episodeReturnCorrelation

  private static let named: [(String, RewardDistance)] = [
    ("range", .range), ("EPIC", .pearson(.epic, .uniform)), ("DARD", .pearson(.dard, .uniform)),
    ("pearson", .pearson(.none, .uniform)), ("spearman", .spearman), ("NPEC", .nearestPoint),
    ("NPEC-normalised", .normalisedNearestPoint), ("NPEC-policy", .policyNearestPoint),
    ("ERC", .episodeReturnCorrelation),
    ("EPIC-w", .pearson(.epic, .transitions)), ("EPIC-o", .pearson(.epic, .occupancy)),
    ("EPIC-c", .pearson(.epic, .custom)), ("DARD-w", .pearson(.dard, .transitions)),
    ("DARD-o", .pearson(.dard, .occupancy)), ("DARD-c", .pearson(.dard, .custom)),
    ("SRRD", .pearson(.sparsityResilient, .uniform)), ("SRRD-w", .pearson(.sparsityResilient, .transitions)),
    ("SRRD-o", .pearson(.sparsityResilient, .occupancy)), ("SRRD-c", .pearson(.sparsityResilient, .custom)),
    ("pearson-w", .pearson(.none, .transitions)), ("pearson-o", .pearson(.none, .occupancy)),
    ("pearson-c", .pearson(.none, .custom)),
  ]

  /// The distance with the given name, such as `VAL-2-2`, `Projection-2-angle`, `range`.
  ///
  /// - Throws: ``RewardDistanceError/unknownDistance(name:nearest:)`` with the nearest names.
  public init(name: String) throws(RewardDistanceError) {
    if let match = Self.named.first(where: { $0.0 == name }) {
      self = match.1
      return
    }
    if name.hasSuffix("-half"), let whole = try? RewardDistance(name: String(name.dropLast(5))), whole.hasHalfScale {
      self = .half(whole)
      return
    }
    let parts = name.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, let canonicalisation = Canonicalisation(rawValue: parts[0]),
      let norm = RewardNorm(name: parts[1]), let metric = RewardMetric(name: parts[2])
    else {
      throw .unknownDistance(name: name, nearest: nearestNames(to: name, among: Self.all.map(\.name)))
    }
    self = .standardised(canonicalisation, norm, metric)
  }

  /// The name from which ``init(name:)`` makes the same distance.
  public var name: String {
    switch self {
    case .standardised(let canonicalisation, let norm, let metric):
      return "\(canonicalisation.name)-\(norm.name)-\(metric.name)"
    case .half(let distance): return "\(distance.name)-half"
    case .pearson(let canonicalisation, let weighting):
      let base = canonicalisation == .none ? "pearson" : canonicalisation.name
      return weighting == .uniform || weighting == .unit ? base : "\(base)-\(weighting.rawValue)"
    default:
      return Self.named.first { $0.1 == self }?.0 ?? ""
    }
  }

  /// A short list that says most at little cost: what `compare` prints when nothing is asked for.
  public static let summary: [RewardDistance] = [
    .standardised(.valueAdjustedLevelling, RewardNorm(.two), .norm(RewardNorm(.two))),
    .standardised(.projection, RewardNorm(.two), .angle), .range, .pearson(.epic, .uniform),
    .pearson(.dard, .uniform), .standardised(.none, RewardNorm(.two), .norm(RewardNorm(.two))),
  ]

  /// Every distance that `--all` prints: each canonicalisation with each norm as both normaliser and metric, the angles,
  /// and the named ones.
  public static let all: [RewardDistance] = {
    let weightings: [RewardNorm.Weighting] = [.unit, .transitions, .occupancy]
    let norms = weightings.flatMap { w in [.one, .two, .infinity].map { RewardNorm($0, weighting: w) } }
    var result: [RewardDistance] = []
    for canonicalisation in Canonicalisation.allCases {
      for norm in norms { result.append(.standardised(canonicalisation, norm, .norm(norm))) }
      result.append(.standardised(canonicalisation, RewardNorm(.two), .angle))
    }
    let uniform = RewardNorm(.two, weighting: .uniform)
    let halves: [RewardDistance] =
      [.half(.range), .half(.standardised(.valueAdjustedLevelling, RewardNorm(.two), .norm(RewardNorm(.two))))]
      // The canonical reward distances of the EPIC authors' code.
      + [.epic, .greedy, .singleton].map { .half(.standardised($0, uniform, .norm(uniform))) }
    return result + halves + named.map(\.1).filter { !$0.usesCustomWeights }
  }()

  /// Whether ``half(_:)`` of it has a name.
  private var hasHalfScale: Bool {
    switch self {
    case .standardised(_, _, .norm), .range: true
    default: false
    }
  }

  /// Whether exchanging the rewards changes nothing.
  public var isSymmetric: Bool {
    switch self {
    case .nearestPoint, .normalisedNearestPoint, .policyNearestPoint: false
    default: true
    }
  }

  /// Whether the distance reads the weights that the caller gives.
  var usesCustomWeights: Bool {
    switch self {
    case .half(let distance): distance.usesCustomWeights
    case .standardised(_, let norm, .norm(let metric)): norm.weighting == .custom || metric.weighting == .custom
    case .standardised(_, let norm, .angle): norm.weighting == .custom
    case .pearson(_, let weighting): weighting == .custom
    default: false
    }
  }
}

extension RewardDistance: CustomStringConvertible {
  /// The name.
  public var description: String { name }
}

extension RewardDistance {
  /// The values the distance can take, for a reader.
  public var scaleText: String {
    switch self {
    case .half(.standardised(_, let norm, .norm(let metric))): norm == metric ? "0 to 1" : "from 0"
    case .half: "0 to 1"
    case .standardised(_, let norm, .norm(let metric)): norm == metric ? "0 to 2" : "from 0"
    case .standardised(_, _, .angle): "0 to π"
    case .range: "0 to 2"
    case .pearson, .spearman, .normalisedNearestPoint, .episodeReturnCorrelation: "0 to 1"
    case .nearestPoint, .policyNearestPoint: "from 0"
    }
  }

  /// Whether worst-case regret is bounded above and below by multiples of the distance that depend on the model alone,
  /// where every state is reachable.
  ///
  /// Weights must not vanish on the image of the canonicalisation; those named `o` and `w` do not.
  public var isSoundAndComplete: Bool {
    switch self {
    case .half(let distance): distance.isSoundAndComplete
    case .standardised(let canonicalisation, let norm, _): canonicalisation.isStandard && norm.order != .zero
    case .range: true
    default: false
    }
  }
}
