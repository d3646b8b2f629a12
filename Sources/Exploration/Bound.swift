/// One statement about how many episodes, how much regret or what accuracy an algorithm has, as data.
///
/// A leading form has every constant and logarithm set to 1: its value says how the bound grows and is meaningless as an
/// absolute number. An explicit form has every constant of a published or derived proof.
public struct Bound: Sendable {
  /// What the statement is about.
  public enum Setting: String, Sendable {
    /// Any kernel on S states and A actions.
    case tabular
    /// Kernel and reward linear in features of pairs.
    case linearMDP = "linear MDP"
    /// Kernel linear in features of triples (Jia et al. 2020, Ayoub et al. 2020).
    case linearMixture = "linear mixture MDP"
    /// A class of value functions with finite covering number and dimension.
    case generalFunctions = "general function class"
    /// An unseen one of M tabular contexts governs an episode.
    case latent = "latent MDP"
  }

  /// How large rewards may be.
  public enum RewardScale: String, Sendable {
    /// Every r_h in [0, 1]: values up to H.
    case step
    /// Σ_h r_h ≤ 1 on every trajectory.
    case total
    /// Σ_h r_h ≤ H on every trajectory.
    case scaledTotal = "total at most H"
  }

  /// Which side of the truth the statement is on.
  public enum Kind: String, Sendable {
    /// An algorithm achieves it.
    case upper
    /// No algorithm beats it.
    case lower
  }

  /// The quantity bounded.
  public enum Measure: String, Sendable {
    /// Episodes needed for accuracy ε.
    case episodes
    /// Regret over K episodes.
    case regret
    /// Loss of the policy planned after K episodes.
    case suboptimality
  }

  /// Whether the constants are there.
  public enum Form: String, Sendable {
    /// Constants and logarithms set to 1, only the dominating terms.
    case leading
    /// Every constant and logarithm of a proof.
    case explicit
  }

  /// How a statement came to be in this catalogue.
  public enum Evidence: String, Sendable {
    /// Found in a source that was read.
    case found
    /// Derived here.
    case derived
    /// Recalled; the source text was not seen, so it is not verified.
    case recalled
    /// Chosen here.
    case chosen
  }

  /// Evidence and source of a statement.
  public struct Provenance: Sendable, Equatable {
    /// How it came here.
    public let evidence: Evidence
    /// Where it stands.
    public let source: String
    /// Evidence and source.
    public init(_ evidence: Evidence, _ source: String) {
      self.evidence = evidence
      self.source = source
    }
  }

  /// The name of the statement, as in reports.
  public let id: String
  /// The class of problems.
  public let setting: Setting
  /// The class of rewards.
  public let rewardScale: RewardScale
  /// Whether the kernel is the same at every step.
  public let isHomogeneous: Bool
  /// Upper or lower.
  public let kind: Kind
  /// What is bounded.
  public let measure: Measure
  /// Leading order or all constants.
  public let form: Form
  /// The formula, in Unicode.
  public let formula: String
  /// Where it comes from.
  public let provenance: Provenance

  private let value: (@Sendable (BoundParameters) -> BoundValue)?

  init(
    _ id: String, _ setting: Setting, _ rewardScale: RewardScale, homogeneous: Bool = true, _ kind: Kind,
    _ measure: Measure, form: Form = .leading, _ formula: String, _ evidence: Evidence, _ source: String,
    _ value: (@Sendable (BoundParameters) -> BoundValue)?
  ) {
    self.id = id
    self.setting = setting
    self.rewardScale = rewardScale
    self.isHomogeneous = homogeneous
    self.kind = kind
    self.measure = measure
    self.form = form
    self.formula = formula
    self.provenance = Provenance(evidence, source)
    self.value = value
  }

  /// Whether the statement is quoted only, because it needs quantities that ``BoundParameters`` has not.
  public var isQuotedOnly: Bool { value == nil }

  /// The bound at `parameters`; ``BoundValue/noStatement(reason:)`` when the statement says nothing there.
  public func evaluate(_ parameters: BoundParameters) -> BoundValue {
    value?(parameters) ?? .noStatement(reason: "quoted for comparison; it depends on quantities not given")
  }
}

/// The value of a bound. Infinity is a value; no statement is not 0.
public enum BoundValue: Sendable, Equatable {
  /// A number, perhaps beyond every count that means anything.
  case finite(Double)
  /// No number of episodes up to 1e300 is enough.
  case infinite
  /// The bound says nothing here.
  case noStatement(reason: String)

  /// The number: infinity for ``infinite``, nil where nothing is stated.
  public var number: Double? {
    switch self {
    case .finite(let value): value
    case .infinite: .infinity
    case .noStatement: nil
    }
  }

  /// A finite number, or the infinity it overflowed to.
  static func number(_ value: Double) -> BoundValue { value.isFinite ? .finite(value) : .infinite }
}
