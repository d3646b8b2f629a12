public import MDPs

/// A time-homogeneous kernel P(t | s, a) on finitely many states and actions, checked.
public struct TransitionKernel: Sendable, Equatable {
  /// S: the number of states.
  public let stateCount: Int
  /// A: the number of actions.
  public let actionCount: Int
  /// P, shape (S, A, S), the last index fastest: entry (s, a, t) is at (s · A + a) · S + t.
  public let probabilities: [Double]

  /// How far the sum of a row may be from 1, and how far below 0 a probability, from rounding.
  public static let tolerance = 1e-9

  /// Checks and keeps the probabilities; those within the tolerance below 0 become 0, nothing else changes.
  ///
  /// - Throws: ``ExplorationError/shape(of:expected:got:)``, ``ExplorationError/notFinite(of:index:value:)``,
  ///   ``ExplorationError/probability(state:action:next:value:)``, or
  ///   ``ExplorationError/rowSum(state:action:sum:tolerance:)``, naming the first place that is wrong.
  public init(stateCount: Int, actionCount: Int, probabilities: [Double]) throws(ExplorationError) {
    try requirePositive(stateCount, "states")
    try requirePositive(actionCount, "actions")
    guard probabilities.count == stateCount * actionCount * stateCount else {
      throw .shape(of: "P", expected: [stateCount, actionCount, stateCount], got: [probabilities.count])
    }
    for pair in 0..<(stateCount * actionCount) {
      let (s, a) = (pair / actionCount, pair % actionCount)
      var sum = 0.0
      for t in 0..<stateCount {
        let p = probabilities[pair * stateCount + t]
        guard p.isFinite else { throw .notFinite(of: "P", index: [s, a, t], value: p) }
        guard p >= -Self.tolerance else { throw .probability(state: s, action: a, next: t, value: p) }
        sum += p
      }
      guard abs(sum - 1) <= Self.tolerance else {
        throw .rowSum(state: s, action: a, sum: sum, tolerance: Self.tolerance)
      }
    }
    self.init(stateCount: stateCount, actionCount: actionCount, sound: probabilities.map { max(0, $0) })
  }

  /// A kernel that is known to be sound.
  init(stateCount: Int, actionCount: Int, sound probabilities: [Double]) {
    self.stateCount = stateCount
    self.actionCount = actionCount
    self.probabilities = probabilities
  }

  /// The kernel of a discounted model in which every action is available everywhere.
  ///
  /// - Throws: ``ExplorationError/rowSum(state:action:sum:tolerance:)`` for an action that is not available.
  public init(_ mdp: MDP) throws(ExplorationError) {
    var probabilities = [Double](repeating: 0, count: mdp.stateCount * mdp.actionCount * mdp.stateCount)
    for row in 0..<mdp.transitions.rowCount {
      mdp.transitions.forEachSuccessor(ofRow: row) { t, p in probabilities[row * mdp.stateCount + t] = p }
    }
    try self.init(stateCount: mdp.stateCount, actionCount: mdp.actionCount, probabilities: probabilities)
  }

  /// The kernel nearest to raw rows: negative entries become 0, rows are divided by their sum, and a row that vanishes
  /// becomes uniform.
  init(stateCount: Int, actionCount: Int, renormalising raw: [Double]) {
    var p = raw
    for pair in 0..<(stateCount * actionCount) {
      let row = (pair * stateCount)..<((pair + 1) * stateCount)
      var sum = 0.0
      for k in row {
        p[k] = max(0, p[k])
        sum += p[k]
      }
      for k in row { p[k] = sum > 0 ? p[k] / sum : 1 / Double(stateCount) }
    }
    self.init(stateCount: stateCount, actionCount: actionCount, sound: p)
  }

  /// P(t | s, a).
  public subscript(state: Int, action: Int, next: Int) -> Double {
    probabilities[(state * actionCount + action) * stateCount + next]
  }

  /// Σ_t P(t | s, a) `values`[t] for the pair numbered s · A + a.
  ///
  /// - Complexity: O(S)
  func expectation(pair: Int, of values: some RandomAccessCollection<Double>) -> Double {
    var sum = 0.0
    var k = pair * stateCount
    for value in values {
      sum += probabilities[k] * value
      k += 1
    }
    return sum
  }

  /// The smallest t with `uniform` < P(0 | s, a) + … + P(t | s, a), the last state when rounding leaves none.
  func successor(pair: Int, uniform: Double) -> Int {
    var cumulative = 0.0
    for t in 0..<stateCount {
      cumulative += probabilities[pair * stateCount + t]
      if uniform < cumulative { return t }
    }
    return stateCount - 1
  }
}

/// Throws when a count is below 1.
func requirePositive(_ count: Int, _ name: String) throws(ExplorationError) {
  guard count >= 1 else { throw .parameter(name: name, value: Double(count), needed: "at least 1") }
}
