/// A kind of change of a reward: which freedoms it may use at once.
///
/// ```
/// R₂(s, a, t) = k R₁(s, a, t) + γ Φ(t) − Φ(s) + Z(s, a, t),     Σ_t P(t | s, a) Z(s, a, t) = 0
/// ```
///
/// with k = 1 unless the kind is scaled, Φ = 0 unless it is shaped, Z = 0 unless it redistributes, and the equation asked
/// for on the transitions that the mask leaves. What each kind preserves: Skalse et al., Invariance in policy
/// optimisation and partial identifiability in reward learning, arXiv 2203.07475 (2023), theorems 3.1 to 3.12.
public struct RewardTransformation: Sendable, Hashable {
  /// Which potentials are allowed.
  public enum Shaping: String, Sendable, CaseIterable {
    /// None.
    case none = ""
    /// Those that are 0 in every start state.
    case zeroInitial = "0-initial-shaping"
    /// Those that are the same number in every start state.
    case commonInitial = "k-initial-shaping"
    /// Those that are 0 in every terminal state.
    case zeroTerminal = "terminal-shaping"
    /// All.
    case any = "shaping"

    /// Whether every potential allowed here is allowed by `other`.
    public func isWithin(_ other: Shaping) -> Bool {
      switch (self, other) {
      case (.none, _), (_, .any), (.zeroInitial, .commonInitial): true
      default: self == other
      }
    }
  }

  /// Which transitions may change freely.
  public enum Mask: String, Sendable, CaseIterable {
    /// None: the equation holds for every state, action and next state; of sparse rewards, for the transitions that are
    /// possible or stored.
    case none = ""
    /// Those of probability 0.
    case impossible = "impossible-masked"
    /// Those of probability 0, and those out of states that are not reachable from the start distribution.
    case unreachable = "unreachable-masked"

    var rank: Int { self == .none ? 0 : self == .impossible ? 1 : 2 }
  }

  /// Whether k may be any positive number.
  public let isScaled: Bool
  /// Which Φ are allowed.
  public let shaping: Shaping
  /// Whether Z may be other than 0.
  public let isRedistributed: Bool
  /// Where the equation need not hold.
  public let mask: Mask

  /// A kind of change. Redistribution includes any change of impossible transitions, so that masking these adds nothing
  /// to it.
  public init(scaled: Bool = false, shaping: Shaping = .none, redistributed: Bool = false, mask: Mask = .none) {
    isScaled = scaled
    self.shaping = shaping
    isRedistributed = redistributed
    self.mask = redistributed && mask == .impossible ? .none : mask
  }

  /// No change.
  public static let identity = RewardTransformation()
  /// Exactly the changes that keep the order of all policies.
  public static let policyOrder = RewardTransformation(
    scaled: true, shaping: .any, redistributed: true, mask: .unreachable)

  /// Whether every change of this kind is also one of kind `other`.
  public func isWithin(_ other: RewardTransformation) -> Bool {
    let maskRank = isRedistributed || other.isRedistributed ? [0, 0, 2][mask.rank] : mask.rank
    let otherRank = other.isRedistributed ? max(1, other.mask.rank) : other.mask.rank
    return (!isScaled || other.isScaled) && shaping.isWithin(other.shaping)
      && (!isRedistributed || other.isRedistributed) && maskRank <= otherRank
  }

  /// The name: the freedoms joined by ` + `, such as `scale + shaping + redistribution`, or `identical`.
  public var name: String {
    let parts = [
      isScaled ? "scale" : "", shaping.rawValue, isRedistributed ? "redistribution" : "", mask.rawValue,
    ].filter { !$0.isEmpty }
    return parts.isEmpty ? "identical" : parts.joined(separator: " + ")
  }

  /// The kind of the given name; nil when there is none. The freedoms may come in any order, with blanks around the + or
  /// without.
  public init?(name: String) {
    if name == "identical" {
      self.init()
      return
    }
    var (scaled, redistributed) = (false, false)
    var shaping: Shaping?
    var mask: Mask?
    for part in name.split(separator: "+", omittingEmptySubsequences: false)
      .map({ $0.split(separator: " ").joined(separator: " ") })
    {
      if part == "scale", !scaled {
        scaled = true
      } else if part == "redistribution", !redistributed {
        redistributed = true
      } else if shaping == nil, part != "", let found = Shaping(rawValue: part) {
        shaping = found
      } else if mask == nil, part != "", let found = Mask(rawValue: part) {
        mask = found
      } else {
        return nil
      }
    }
    self.init(scaled: scaled, shaping: shaping ?? .none, redistributed: redistributed, mask: mask ?? .none)
  }

  /// Every kind, the strongest first: by the number of freedoms, then by name.
  public static let all: [RewardTransformation] = {
    var kinds: Set<RewardTransformation> = []
    for scaled in [false, true] {
      for shaping in Shaping.allCases {
        for redistributed in [false, true] {
          for mask in Mask.allCases {
            kinds.insert(
              RewardTransformation(scaled: scaled, shaping: shaping, redistributed: redistributed, mask: mask))
          }
        }
      }
    }
    return kinds.sorted { ($0.freedom, $0.name) < ($1.freedom, $1.name) }
  }()

  private var freedom: Int {
    let shapingRank = [Shaping.none: 0, .zeroInitial: 1, .commonInitial: 2, .zeroTerminal: 2, .any: 3][shaping] ?? 0
    return (isScaled ? 2 : 0) + 2 * shapingRank + (isRedistributed ? 2 : 0) + mask.rank
  }
}
