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

  /// The name, as the command line and reports give it.
  public var name: String {
    switch self {
    case .transformed(let kind): kind.name
    case .zeroPreservingMonotone(let mask):
      mask == .none ? "zero-preserving-monotone" : "zero-preserving-monotone+\(mask.rawValue)"
    case .samePolicyOrder: "same-policy-order"
    case .unhackable: "unhackable"
    case .sameDeterministicOrder: "same-deterministic-order"
    case .sameOptimalActions: "same-optimal-actions"
    case .sameOptimalPolicies: "same-optimal-policies"
    case .proxySafe: "proxy-safe"
    }
  }

  /// The relation of the given name; nil when there is none.
  public init?(name: String) {
    if let plain = Self.behavioural.first(where: { $0.name == name }) {
      self = plain
    } else if let monotone = RewardTransformation.Mask.allCases.map(RewardRelation.zeroPreservingMonotone)
      .first(where: { $0.name == name })
    {
      self = monotone
    } else if let kind = RewardTransformation(name: name) {
      self = .transformed(kind)
    } else {
      return nil
    }
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
    case (.transformed(let a), _): return a.isWithin(.policyOrder) && RewardRelation.samePolicyOrder.implies(other)
    case (.zeroPreservingMonotone(let a), .zeroPreservingMonotone(let b)): return a.rank <= b.rank
    case (.samePolicyOrder, .transformed), (.samePolicyOrder, .zeroPreservingMonotone): return false
    case (.samePolicyOrder, .sameOptimalActions): return true
    case (.samePolicyOrder, _): return true
    case (.sameOptimalActions, .sameOptimalPolicies), (.sameOptimalActions, .proxySafe): return true
    case (.sameOptimalPolicies, .proxySafe), (.sameDeterministicOrder, .proxySafe): return true
    default: return false
    }
  }
}
