public import MDPs

/// A set of actions for each state: those that are meant to be optimal.
public struct ActionSets: Sendable, Hashable {
  /// Whether each action is in the set of its state, shape (S·A).
  public let isMember: [Bool]
  /// A
  public let actionCount: Int

  /// Sets over numbers of actions.
  ///
  /// - Parameters:
  ///   - sets: one set a state, none of them empty.
  ///   - mdp: the model whose actions they are.
  /// - Throws: ``RewardInvarianceError/shape(of:expected:got:)``, ``RewardInvarianceError/actionSet(state:reason:)``.
  public init(_ sets: [[Int]], in mdp: MDP) throws(RewardInvarianceError) {
    guard sets.count == mdp.stateCount else {
      throw .shape(of: "the list of action sets", expected: mdp.stateCount, got: sets.count)
    }
    var flags = [Bool](repeating: false, count: mdp.stateCount * mdp.actionCount)
    for (s, set) in sets.enumerated() {
      guard !set.isEmpty else { throw .actionSet(state: s, reason: "it is empty; some action is always optimal") }
      for a in set {
        guard a >= 0, a < mdp.actionCount else {
          throw .actionSet(state: s, reason: "it names action \(a); actions are 0 to \(mdp.actionCount - 1)")
        }
        guard mdp.isAvailable(s, a) else {
          throw .actionSet(state: s, reason: "action \(mdp.actionName(a)) cannot be taken there")
        }
        flags[mdp.pair(s, a)] = true
      }
    }
    isMember = flags
    actionCount = mdp.actionCount
  }

  /// The actions in the set of `state`, ascending.
  public func actions(in state: Int) -> [Int] {
    (0..<actionCount).filter { isMember[state * actionCount + $0] }
  }
}
