public import MDPs

/// What was found out about one relation between two rewards.
public struct RelationFinding: Sendable, Equatable {
  /// Whether the relation holds.
  public enum Verdict: Sendable, Equatable {
    /// It holds.
    case holds
    /// It does not hold.
    case fails
    /// It was not decided, for the reason given.
    case undecided(reason: String)
  }

  /// The relation.
  public let relation: RewardRelation
  /// Whether it holds.
  public let verdict: Verdict
  /// The relative size of what the relation leaves unexplained: the margin of the verdict; nil where it has none.
  public let residual: Double?
  /// What proves the verdict.
  public let evidence: RelationEvidence?

  /// Whether the relation holds.
  public var holds: Bool { verdict == .holds }

  /// A warning when the margin is neither clear rounding nor a clear difference.
  public var warning: String? {
    guard let residual, residual > 1e-12, residual < 1e-6 else { return nil }
    return "\(relation.name): the relative residual \(residual) is small but above rounding: the verdict rests on the "
      + "tolerance"
  }
}

/// What proves that a relation holds, or that it does not.
public enum RelationEvidence: Sendable, Equatable {
  /// The scale, potential and redistribution that relate the rewards.
  case certificate(InvarianceCertificate)
  /// The values of optimal play, which show the optimal actions.
  case optimality(OptimalityCertificate)
  /// The increasing function that takes one reward to the other.
  case monotone(MonotoneCertificate)
  /// The potential and redistribution that one of the rewards is nothing but.
  case triviality(TrivialityCertificate)
  /// All deterministic policies with their values.
  case ranking(RankingCertificate)
  /// Two policies that the rewards order differently.
  case order(OrderCounterexample)
  /// A policy that is optimal for one reward and not for the other.
  case separating(SeparatingPolicy)
  /// The transition (or pair, when `next` is nil) where the best change of the kind falls short the most.
  case place(state: Int, action: Int, next: Int?, remainder: Double)
  /// An action that is optimal for the second reward and not for the first (or not in the set asked for), or the other
  /// way round, and what it loses where it is not optimal.
  case action(state: Int, action: Int, isOptimalForSecond: Bool, loss: Double)
  /// Two transitions whose rewards stand in another order, or one that is 0 on one side only.
  case entries([TransitionPlace])
}

extension RelationEvidence {
  /// Whether this proves that a relation holds; counterexamples prove that one does not.
  public var isCertificate: Bool {
    switch self {
    case .certificate, .optimality, .monotone, .triviality, .ranking: true
    case .order, .separating, .place, .action, .entries: false
    }
  }
}

/// One transition.
public struct TransitionPlace: Sendable, Equatable {
  /// s
  public let state: Int
  /// a
  public let action: Int
  /// t
  public let next: Int
}

/// A policy that is optimal for one of two rewards and not for the other, with its returns.
public struct SeparatingPolicy: Sendable, Equatable {
  /// The policy, on all states of the model as given.
  public let policy: Policy
  /// Whether it is optimal for the first reward (and not for the second), or the other way round.
  public let isOptimalForFirst: Bool
  /// Its return under the first reward, and the best possible one.
  public let firstReturn: Double
  /// The best return under the first reward.
  public let firstOptimum: Double
  /// Its return under the second reward.
  public let secondReturn: Double
  /// The best return under the second reward.
  public let secondOptimum: Double
}

/// The classic mistake: a potential that is not 0 where the episode ends.
///
/// The second reward is the first one shaped by Φ on all steps of an episode, but the terminal states themselves pay
/// nothing, so that each way to end the episode is paid Φ of its last state.
public struct TerminalPotentialFault: Sendable, Equatable {
  /// Φ, shape (S).
  public let potential: [Double]
  /// The terminal states whose Φ is not 0.
  public let states: [Int]
  /// k
  public let scale: Double
  /// The relative residual of the shaping outside the terminal states.
  public let residual: Double
}
