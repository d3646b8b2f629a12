/// A way in which one reward may relate to another, seen from the first (the true one).
public enum RewardRelation: Sendable, Hashable {
  /// The second is the first changed by a ``RewardTransformation``.
  case transformed(RewardTransformation)
  /// Entry by entry a strictly increasing function that keeps 0, on the transitions that the mask leaves.
  case zeroPreservingMonotone(RewardTransformation.Mask)
  /// All policies, stochastic ones included, are ordered alike.
  case samePolicyOrder
  /// No policy pair is ordered strictly one way by the first and strictly the other way by the second.
  case unhackable
  /// The deterministic policies are ordered alike; weaker than ``samePolicyOrder``.
  case sameDeterministicOrder
  /// The optimal actions are the same in every state that counts.
  case sameOptimalActions
  /// The policies that are optimal from the start distribution are the same.
  case sameOptimalPolicies
  /// Every policy optimal for the second is optimal for the first.
  case proxySafe
  /// The optimal actions of the second are the given sets, in every state; those of the first when nil. There is then a
  /// Ψ with E[R₂(s, a, S') + γ Ψ(S')] ≤ Ψ(s), with equality exactly for the actions in the set of s.
  case optimalityPreserving(ActionSets?)

  /// The name, as reports give it: ``PolicyOrderRelation/Strength`` calls the same ideas by the same names.
  public var name: String {
    switch self {
    case .transformed(let kind): kind.name
    case .zeroPreservingMonotone(let mask):
      mask == .none ? "zero-preserving-monotone" : "zero-preserving-monotone + \(mask.rawValue)"
    case .samePolicyOrder: "same policy order"
    case .unhackable: "unhackable"
    case .sameDeterministicOrder: "same deterministic order"
    case .sameOptimalActions: "same optimal actions"
    case .sameOptimalPolicies: "same optimal policies"
    case .proxySafe: "proxy-safe"
    case .optimalityPreserving: "optimality-preserving"
    }
  }

  /// The name without blanks, as it is typed on a command line.
  public var optionName: String { Self.optionName(name) }

  /// The relation of the given name; nil when there is none. Blanks and hyphens count alike, around a + they may be left
  /// out, and `same up to positive scale` is another name of the same policy order.
  public init?(name: String) {
    let name = Self.optionName(name)
    if let plain = (Self.behavioural + [.optimalityPreserving(nil)]).first(where: { $0.optionName == name }) {
      self = plain
    } else if name == Self.optionName(PolicyOrderRelation.Strength.positiveScale.rawValue) {
      self = .samePolicyOrder
    } else if let monotone = RewardTransformation.Mask.allCases.map(RewardRelation.zeroPreservingMonotone)
      .first(where: { $0.optionName == name })
    {
      self = monotone
    } else if let kind = RewardTransformation(name: name) {
      self = .transformed(kind)
    } else {
      return nil
    }
  }

  private static func optionName(_ name: String) -> String {
    name.split(separator: "+", omittingEmptySubsequences: false)
      .map { $0.split(separator: " ").joined(separator: "-") }
      .joined(separator: "+")
  }

  /// The relations that speak of policies, the strongest first.
  public static let behavioural: [RewardRelation] = [
    .samePolicyOrder, .unhackable, .sameDeterministicOrder, .sameOptimalActions, .sameOptimalPolicies, .proxySafe,
  ]

  /// Every relation, changes of rewards first.
  public static let all: [RewardRelation] =
    RewardTransformation.all.map(RewardRelation.transformed)
    + RewardTransformation.Mask.allCases.map(RewardRelation.zeroPreservingMonotone) + behavioural

  /// Whether this relation implies `other`, whatever the model and the rewards.
  public func implies(_ other: RewardRelation) -> Bool {
    if self == other { return true }
    switch (self, other) {
    case (.transformed(let a), .transformed(let b)): return a.isWithin(b)
    case (.transformed(let a), .zeroPreservingMonotone(let mask)):
      return a.isWithin(RewardTransformation(scaled: true, mask: mask)) && !a.isRedistributed
    case (.transformed(let a), .optimalityPreserving(nil)):
      return a.isWithin(RewardTransformation(scaled: true, shaping: .any, redistributed: true))
    case (_, .optimalityPreserving): return false
    case (.transformed(let a), _): return a.isWithin(.policyOrder) && RewardRelation.samePolicyOrder.implies(other)
    case (.zeroPreservingMonotone(let a), .zeroPreservingMonotone(let b)): return a.rank <= b.rank
    case (.samePolicyOrder, .transformed), (.samePolicyOrder, .zeroPreservingMonotone): return false
    case (.optimalityPreserving(nil), .sameOptimalActions), (.optimalityPreserving(nil), .sameOptimalPolicies),
      (.optimalityPreserving(nil), .proxySafe):
      return true
    case (.samePolicyOrder, .sameOptimalActions): return true
    case (.samePolicyOrder, _): return true
    case (.sameOptimalActions, .sameOptimalPolicies), (.sameOptimalActions, .proxySafe): return true
    case (.sameOptimalPolicies, .proxySafe), (.sameDeterministicOrder, .proxySafe): return true
    default: return false
    }
  }
}
