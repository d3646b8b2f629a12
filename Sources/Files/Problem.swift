public import MDPs

/// What a problem file holds: a world, the rewards on it in the order of the file, and named sets of states.
public struct Problem: Sendable, Equatable {
  /// The world. Its discount is 1 when ``statesDiscount`` is false.
  public let mdp: MDP
  /// The rewards, in the order of the file; their names differ.
  public let rewards: [Reward]
  /// Named sets of states, such as the goals of reachability questions; their names differ.
  public let labels: [StateLabel]
  /// Whether a discount is known, from the file or the reader's option.
  public let statesDiscount: Bool
  /// The numbers as exact rationals, where the file holds them so.
  public let exact: ExactNumbers?
  /// The intervals that nature may choose the probabilities from, where the file has any.
  public let bounds: TransitionBounds?

  /// A problem of parts that fit each other.
  ///
  /// - Parameters:
  ///   - mdp: The world.
  ///   - rewards: Rewards of the shape of `mdp`, finite where it matters, with different names.
  ///   - labels: Sets of states of `mdp`, with different names.
  ///   - statesDiscount: False when the discount of `mdp` only stands for the lack of one.
  ///   - exact: The same numbers as rationals.
  ///   - bounds: Intervals around the probabilities.
  /// - Throws: ``MDPError`` naming the reward or label that does not fit.
  /// - Complexity: O(stored transitions · rewards)
  public init(
    mdp: MDP, rewards: [Reward], labels: [StateLabel] = [], statesDiscount: Bool = true, exact: ExactNumbers? = nil,
    bounds: TransitionBounds? = nil
  ) throws(MDPError) {
    var names: Set<String> = []
    for reward in rewards {
      guard names.insert(reward.name).inserted else { throw .duplicateName(kind: "reward", name: reward.name) }
      _ = try reward.expected(in: mdp)
    }
    names = []
    for label in labels {
      guard names.insert(label.name).inserted else { throw .duplicateName(kind: "label", name: label.name) }
      for set in [label.states, label.allowed].compactMap(\.self) where set.count != mdp.stateCount {
        throw .shape(of: "label \"\(label.name)\"", expected: [mdp.stateCount], got: [set.count])
      }
    }
    self.mdp = mdp
    self.rewards = rewards
    self.labels = labels
    self.statesDiscount = statesDiscount
    self.exact = exact
    self.bounds = bounds
  }

  /// The reward called `name`.
  ///
  /// - Throws: ``FileError/unknownReward(name:known:)``, whose description has the nearest names.
  public func reward(named name: String) throws(FileError) -> Reward {
    guard let reward = rewards.first(where: { $0.name == name }) else {
      throw .unknownReward(name: name, known: rewards.map(\.name))
    }
    return reward
  }

  /// The label called `name`.
  ///
  /// - Throws: ``FileError/unknownLabel(name:known:)``, whose description has the nearest names.
  public func label(named name: String) throws(FileError) -> StateLabel {
    guard let label = labels.first(where: { $0.name == name }) else {
      throw .unknownLabel(name: name, known: labels.map(\.name))
    }
    return label
  }
}

/// A named set of states: the target of a reachability question, with the states it may be reached through.
public struct StateLabel: Sendable, Equatable {
  /// The name.
  public let name: String
  /// Whether each state is in the set, shape (S).
  public let states: [Bool]
  /// The states that a path may pass on its way to the set, shape (S); nil when any may be.
  public let allowed: [Bool]?

  /// A label on the given states.
  public init(name: String, states: [Bool], allowed: [Bool]? = nil) {
    self.name = name
    self.states = states
    self.allowed = allowed
  }
}
