/// A relation that one reward may have to another, R₁ the first (true) and R₂ the second (proxy).
///
/// Source: Ng, Harada and Russell, ICML (1999); Skalse et al., Invariance in policy optimisation, arXiv 2203.07475
/// (2023); Skalse et al., Defining and characterizing reward hacking, arXiv 2209.13085 (2022).
public enum RewardRelation: String, Sendable, CaseIterable {
  /// The same numbers on every transition.
  case identical = "identical"
  /// R₂ = R₁ + γ Φ(t) − Φ(s) on every transition, possible or not: harmless under all dynamics.
  case shaping = "shaping"
  /// Shaping with one value of Φ on all start states: every return from the start moves by the same number.
  case constantInitialShaping = "constant-initial-shaping"
  /// Shaping with Φ = 0 on all start states: no return from the start moves.
  case zeroInitialShaping = "zero-initial-shaping"
  /// Shaping with Φ = 0 on all terminal states (absorbing, with reward 0 under R₁): harmless in episodic use too.
  case terminalShaping = "terminal-shaping"
  /// R₂ = k R₁ + γ Φ(t) − Φ(s) on every transition, k > 0.
  case scaledShaping = "scaled-shaping"
  /// The same expected reward for every pair.
  case redistribution = "redistribution"
  /// Shaping and redistribution.
  case shapingAndRedistribution = "shaping-redistribution"
  /// The same order of all policies: shaping, redistribution and a positive scale.
  case samePolicyOrder = "same-policy-order"
  /// The same order of all deterministic policies. Weaker than ``samePolicyOrder``; decided by enumeration.
  case sameDeterministicOrder = "same-deterministic-order"
  /// The same optimal policies from the start distribution.
  case sameOptimalPolicies = "same-optimal-policies"
  /// The same optimal actions in every state that counts.
  case sameOptimalActions = "same-optimal-actions"
  /// Every policy optimal for R₂ is optimal for R₁.
  case proxySafe = "proxy-safe"
  /// No two policies are ordered strictly one way by R₁ and strictly the other way by R₂.
  case unhackable = "unhackable"
  /// The rewards differ only on transitions of probability 0.
  case impossibleMask = "impossible-mask"
  /// The rewards differ only on transitions that no trajectory from the start takes.
  case unreachableMask = "unreachable-mask"
  /// R₂ is a strictly increasing function of R₁ over all transitions that maps 0 to 0.
  case zeroPreservingMonotone = "zero-preserving-monotone"

  /// The relation called `name`; blanks, `+` and capitals do not matter, so that the names of a comparison's strongest
  /// relation are understood too.
  public init?(name: String) {
    let words = name.lowercased().split { !($0.isLetter || $0.isNumber) }.joined(separator: "-")
    let other = [
      "same-up-to-positive-scale": "same-policy-order", "equivalent": "same-policy-order",
      "potential-shaping": "shaping", "policy-order": "same-policy-order",
      "optimal-policies": "same-optimal-policies", "positive-scale": "same-policy-order",
      "s-redistribution": "redistribution", "samepolicyorder": "same-policy-order",
      "sameoptimalpolicies": "same-optimal-policies", "shaping-and-redistribution": "shaping-redistribution",
      "0-initial-shaping": "zero-initial-shaping", "k-initial-shaping": "constant-initial-shaping",
    ]
    self.init(rawValue: other[words] ?? words)
  }

  /// What the relation says, in one sentence.
  public var meaning: String {
    switch self {
    case .identical: "the two rewards are the same on every transition"
    case .shaping: "R2 = R1 + γ Φ(t) − Φ(s) on every transition, so that no dynamics can tell them apart"
    case .constantInitialShaping: "R2 is R1 with a shaping whose potential is the same in all start states"
    case .zeroInitialShaping: "R2 is R1 with a shaping whose potential is 0 in all start states"
    case .terminalShaping: "R2 is R1 with a shaping whose potential is 0 in all terminal states"
    case .scaledShaping: "R2 = k R1 + γ Φ(t) − Φ(s) on every transition, with k > 0"
    case .redistribution: "R1 and R2 have the same expected reward for every state and action"
    case .shapingAndRedistribution: "R2 is R1 with shaping and a redistribution of reward over next states"
    case .samePolicyOrder: "R1 and R2 order all policies alike"
    case .sameDeterministicOrder: "R1 and R2 order all deterministic policies alike"
    case .sameOptimalPolicies: "the same policies are optimal from the start under R1 and R2"
    case .sameOptimalActions: "the same actions are optimal in every state under R1 and R2"
    case .proxySafe: "every policy that is optimal for R2 is optimal for R1"
    case .unhackable: "no two policies are ordered strictly one way by R1 and the other way by R2"
    case .impossibleMask: "R1 and R2 differ only on transitions that cannot happen"
    case .unreachableMask: "R1 and R2 differ only on transitions that no trajectory from the start takes"
    case .zeroPreservingMonotone: "R2 is a strictly increasing function of R1 that keeps 0"
    }
  }
}
