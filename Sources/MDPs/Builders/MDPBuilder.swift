/// A recipe for a problem: a world and a reward on it.
///
/// The same recipe gives the same bits on every machine.
public protocol MDPBuilder: Sendable {
  /// Makes the problem.
  ///
  /// - Parameter discount: γ in [0, 1].
  /// - Returns: the world, and a reward called `reward`.
  /// - Throws: ``MDPError/parameter(name:value:needed:)`` when a parameter is out of range,
  ///   ``MDPError/discount(_:)`` when γ is.
  func build(discount: Double) throws(MDPError) -> (mdp: MDP, reward: Reward)
}

extension MDPBuilder {
  /// Checks a parameter before anything is allocated.
  func require(
    _ name: String, _ value: Int, in range: ClosedRange<Int>
  ) throws(MDPError) {
    guard range.contains(value) else {
      throw .parameter(
        name: name, value: "\(value)",
        needed: range.upperBound == Int.max
          ? "at least \(range.lowerBound)" : "between \(range.lowerBound) and \(range.upperBound)")
    }
  }

  /// Checks that a problem of this size has 32-bit columns and a countable table.
  func requireSize(stateCount: Int, actionCount: Int) throws(MDPError) {
    try require("the number of states", stateCount, in: 1...Int(Int32.max))
    try require("the number of actions", actionCount, in: 1...max(1, Int(Int32.max) / max(1, stateCount)))
  }
}
