extension MDP {
  /// Which states are reached with positive probability from the start distribution under some policy, shape (S).
  ///
  /// With discount 0 only the first state counts, so the answer is then the support of μ₀ alone: a state that carries no
  /// discounted weight is of no consequence to any return.
  ///
  /// - Complexity: O(stored transitions)
  public func reachableStates() -> [Bool] {
    let start = initialDistribution.map { $0 > 0 }
    return discount > 0 ? statesReached(from: start) : start
  }

  /// Which states are reached with positive probability from those in `start`, themselves included, by the actions that
  /// `allowed` permits.
  ///
  /// - Parameters:
  ///   - start: shape (S).
  ///   - allowed: shape (S·A), beside availability; nil permits every available action.
  /// - Returns: one flag a state, shape (S).
  /// - Complexity: O(stored transitions)
  public func statesReached(from start: [Bool], allowed: [Bool]? = nil) -> [Bool] {
    precondition(start.count == stateCount, "one flag a state is needed")
    var reached = start
    var pending = (0..<stateCount).filter { start[$0] }
    var missing = stateCount - pending.count
    while missing > 0, let s = pending.popLast() {
      for a in 0..<actionCount where isAvailable(s, a) && allowed?[pair(s, a)] != false {
        transitions.forEachSuccessor(ofRow: pair(s, a)) { t, _ in
          if !reached[t] {
            reached[t] = true
            missing -= 1
            pending.append(t)
          }
        }
      }
    }
    return reached
  }

  /// The model restricted to the states flagged in `kept`, which must be closed: no kept state leads to one that is not.
  ///
  /// - Returns: the smaller model, and for each of its states the number it has here.
  /// - Throws: ``MDPError/initialSum(sum:tolerance:)`` when the start distribution has weight outside `kept`,
  ///   ``MDPError/rowSum(state:action:sum:tolerance:)`` when `kept` is not closed,
  ///   ``MDPError/empty(_:)`` when nothing is kept.
  /// - Complexity: O(stored transitions)
  public func restricted(to kept: [Bool]) throws(MDPError) -> (model: MDP, states: [Int]) {
    precondition(kept.count == stateCount, "one flag a state is needed")
    let states = (0..<stateCount).filter { kept[$0] }
    guard states.count < stateCount else { return (self, states) }
    guard !states.isEmpty else { throw .empty("state") }
    let tolerance = max(MDP.defaultRowSumTolerance, largestRowSumDefect)
    let model = try MDP(
      actionCount: actionCount, transitions: transitions.restricted(to: states, actionCount: actionCount),
      discount: discount, initialDistribution: states.map { initialDistribution[$0] },
      availability: availability.map { flags in
        states.flatMap { flags[($0 * actionCount)..<(($0 + 1) * actionCount)] }
      },
      stateNames: stateNames.map { names in states.map { names[$0] } }, actionNames: actionNames,
      rowSumTolerance: tolerance)
    return (model, states)
  }
}
