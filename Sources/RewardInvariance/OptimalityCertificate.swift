/// Proof of which actions are optimal, by the values of optimal play: in each state the actions that lose nothing,
///
/// ```
/// V(s) − r(s, a) − γ Σ_t P(t | s, a) V(t) = 0     for the optimal actions
///                                         > 0     for all others
/// ```
///
/// Whoever adds these up knows the optimal actions, without solving anything (Puterman 1994, §6.2). The values are split
/// into V = Λ + c / (1 − γ), so that the constant part costs no digits near discount 1.
public struct OptimalityCertificate: Sendable, Equatable {
  /// Values of optimal play under one reward.
  public struct Values: Sendable, Equatable {
    /// Λ, shape (S); 0 in states that do not count.
    public let levels: [Double]
    /// c
    public let constant: Double

    /// V = `levels` + `constant` / (1 − γ).
    public init(levels: [Double], constant: Double) {
      self.levels = levels
      self.constant = constant
    }
  }

  /// The values under the first reward; nil where action sets stand in for it.
  public let first: Values?
  /// The values under the second reward.
  public let second: Values
  /// The action sets of an optimality-preserving relation, or nil.
  public let actionSets: ActionSets?
  /// Actions are tied for the best when they lose at most this fraction of the largest loss.
  public let tieTolerance: Double
  /// γ
  public let discount: Double

  /// A certificate over its parts; nothing is checked before ``CertificateChecker`` looks at it.
  public init(
    first: Values?, second: Values, actionSets: ActionSets? = nil, tieTolerance: Double, discount: Double
  ) {
    self.first = first
    self.second = second
    self.actionSets = actionSets
    self.tieTolerance = tieTolerance
    self.discount = discount
  }
}
