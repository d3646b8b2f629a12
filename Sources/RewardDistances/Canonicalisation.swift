/// A map from rewards to representatives that forgets what does not matter.
///
/// A *STARC canonicalisation* is linear, changes no policy's return relative to another's, and sends exactly the rewards
/// that order all policies alike (up to scale) to the same ray. ``isStandard`` says which of these are.
///
/// Source: Skalse et al., STARC, arXiv 2309.15257 (2024); Gleave et al., EPIC, arXiv 2006.13900 (2021); Wulfe et al.,
/// DARD, arXiv 2201.10081 (2022); Jenner et al., Calculus on MDPs, arXiv 2208.09570 (2022).
public enum Canonicalisation: String, Sendable, Hashable, CaseIterable {
  /// The reward as it is.
  case none = "None"
  /// R + γ m(t) − m(s) − γ m̄, with m the mean reward of a state.
  case epic = "EPIC"
  /// EPIC with the means taken over the model's transitions.
  case dard = "DARD"
  /// EPIC with further means over successors, made for rewards that are known on few transitions; here over the model's.
  case sparsityResilient = "SRRD"
  /// R + γ Vᵖ(t) − Vᵖ(s) for the policy of the comparison.
  case valuePotential = "VALPotential"
  /// The shaped reward of least L2 norm.
  case minimalPotential = "MinimalPotential"
  /// Value-adjusted levelling: the advantage Aᵖ(s, a) for the policy of the comparison.
  case valueAdjustedLevelling = "VAL"
  /// The equivalent reward (shaping and redistribution) of least L2 norm.
  case minimalL2 = "MinimalL2"
  /// The orthogonal projection of the expected reward onto the directions of occupancy differences.
  case projection = "Projection"
  /// An equivalent reward of least L1 norm, by a linear program. Not linear.
  case minimalL1 = "MinimalL1"
  /// An equivalent reward by pair of least L∞ norm, by a linear program. Not linear.
  case minimalLinf = "MinimalLinf"
  /// A shaped reward of least L1 norm, by a linear program. Not linear.
  case minimalPotentialL1 = "MinimalPotentialL1"
  /// A shaped reward of least L∞ norm, by a linear program. Not linear.
  case minimalPotentialLinf = "MinimalPotentialLinf"
  /// The optimal advantage A*(s, a). Not linear.
  case optimalAdvantage = "OptimalAdvantage"
  /// EPIC with m(s) the largest mean reward of an action. Not linear.
  case greedy = "Greedy"
  /// Shaping by Φ(s) = max_a R(s, a, s) / (1 − γ). Not linear.
  case singleton = "Singleton"

  /// The name used in the names of distances.
  public var name: String { rawValue }

  /// Whether it is a STARC canonicalisation: then its distances are sound and complete.
  public var isStandard: Bool {
    switch self {
    case .valueAdjustedLevelling, .minimalL2, .projection: true
    default: false
    }
  }

  /// Whether it is a linear map.
  public var isLinear: Bool {
    switch self {
    case .optimalAdvantage, .greedy, .singleton, .minimalL1, .minimalLinf, .minimalPotentialL1, .minimalPotentialLinf:
      false
    default: true
    }
  }

  /// Whether potential shaping leaves it unchanged.
  public var ignoresShaping: Bool { self != .none }

  /// Whether S'-redistribution leaves it unchanged.
  public var ignoresRedistribution: Bool {
    isStandard || self == .optimalAdvantage || self == .minimalL1 || self == .minimalLinf
  }

  /// Whether it reads the reward of transitions that cannot happen.
  public var readsEveryTransition: Bool { !ignoresRedistribution }
}
