public import MDPs

/// Potentials to shape with: functions Φ of the state, shape (S).
public enum Potentials {
  /// Independent uniform numbers in [−`size`, `size`].
  ///
  /// - Parameters:
  ///   - mdp: the model.
  ///   - size: the largest absolute value.
  ///   - terminals: states that get 0, shape (S); nil for none.
  ///   - generator: the source of randomness.
  /// - Returns: Φ.
  public static func random(
    for mdp: MDP, size: Double = 1, zeroAt terminals: [Bool]? = nil, using generator: inout some RandomNumberGenerator
  ) -> [Double] {
    let values = (0..<mdp.stateCount).map { _ in Double.random(in: -size...size, using: &generator) }
    return zeroed(values, at: terminals)
  }

  /// A heuristic guess at the value of each state, 0 at `terminals`.
  public static func heuristic(
    for mdp: MDP, zeroAt terminals: [Bool]? = nil, _ value: (_ state: Int) -> Double
  ) -> [Double] {
    zeroed((0..<mdp.stateCount).map(value), at: terminals)
  }

  /// The potential with 0 in the flagged states.
  public static func zeroed(_ potential: [Double], at terminals: [Bool]?) -> [Double] {
    guard let terminals else { return potential }
    precondition(terminals.count == potential.count, "one flag a state is needed")
    return zip(potential, terminals).map { $1 ? 0 : $0 }
  }
}

extension MDP {
  /// The states in which every available action stays for ever: where an episode ends, if their reward is 0.
  ///
  /// - Complexity: O(stored transitions)
  public func absorbingStates() -> [Bool] {
    (0..<stateCount).map { s in
      (0..<actionCount).allSatisfy { a in
        guard isAvailable(s, a) else { return true }
        var stays = true
        transitions.forEachSuccessor(ofRow: pair(s, a)) { t, _ in if t != s { stays = false } }
        return stays
      }
    }
  }

  /// The terminal states of an episode under `reward`: absorbing, with expected reward 0 there.
  ///
  /// - Throws: ``RewardInvarianceError/model(_:)`` when the reward does not fit.
  /// - Complexity: O(stored transitions)
  public func terminalStates(under reward: Reward) throws(RewardInvarianceError) -> [Bool] {
    let r = try fitting { () throws(MDPError) in try reward.expected(in: self) }
    return absorbingStates().enumerated().map { s, absorbing in
      absorbing && (0..<actionCount).allSatisfy { !isAvailable(s, $0) || r[pair(s, $0)] == 0 }
    }
  }
}
