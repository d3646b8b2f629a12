internal import LinearAlgebra

/// A finite Markov decision process without its reward: states, actions, dynamics, discount and start distribution.
///
/// Rewards come apart from it (``Reward``), because comparing rewards on one world is the point. A value of this type is
/// sound: shapes agree, probabilities are finite and non-negative, rows sum to 1 within the tolerance it was made with
/// (they are kept as given, never rescaled), every state has an action.
///
/// Source: Puterman, Markov Decision Processes (1994), §2.1.
public struct MDP: Sendable, Equatable {
  /// How far a row of doubles may be from 1, unless another tolerance is asked for.
  public static let defaultRowSumTolerance = 1e-9

  /// S, the number of states.
  public let stateCount: Int
  /// A, the number of actions; a state may have fewer (``availability``).
  public let actionCount: Int
  /// P[s, a, t]: row `s * actionCount + a`, column t. The row of an action that is not available is empty (all 0).
  public let transitions: Transitions
  /// γ in [0, 1]; solvers of discounted problems refuse 1.
  public let discount: Double
  /// μ₀, shape (S): the distribution of the first state.
  public let initialDistribution: [Double]
  /// Whether the action of each row may be taken, shape (S·A); nil when every action is available in every state.
  public let availability: [Bool]?
  /// Names of the states, where they have any.
  public let stateNames: [String]?
  /// Names of the actions, where they have any.
  public let actionNames: [String]?
  /// The largest |Σ_t P[s, a, t] − 1| over the available rows: 0 when the rows sum to 1 exactly in floating point.
  public let largestRowSumDefect: Double

  /// A model over dense or sparse rows; everything is checked.
  ///
  /// - Parameters:
  ///   - actionCount: A. The number of states is the number of columns of `transitions`.
  ///   - transitions: shape (S·A, S).
  ///   - discount: γ in [0, 1].
  ///   - initialDistribution: μ₀, shape (S); uniform when nil.
  ///   - availability: shape (S·A); nil when every action is available everywhere.
  ///   - stateNames: S different names, or nil.
  ///   - actionNames: A different names, or nil.
  ///   - rowSumTolerance: how far the sum of a row, and of μ₀, may be from 1.
  /// - Throws: ``MDPError`` with the first place that is wrong.
  /// - Complexity: O(stored transitions)
  public init(
    actionCount: Int, transitions: Transitions, discount: Double, initialDistribution: [Double]? = nil,
    availability: [Bool]? = nil, stateNames: [String]? = nil, actionNames: [String]? = nil,
    rowSumTolerance: Double = MDP.defaultRowSumTolerance
  ) throws(MDPError) {
    let stateCount = transitions.columnCount
    guard stateCount > 0 else { throw .empty("state") }
    guard actionCount > 0 else { throw .empty("action") }
    guard transitions.rowCount == stateCount * actionCount else {
      throw .shape(
        of: "transitions", expected: [stateCount * actionCount, stateCount], got: [transitions.rowCount, stateCount])
    }
    guard discount >= 0, discount <= 1 else { throw .discount(discount) }
    if let availability, availability.count != stateCount * actionCount {
      throw .shape(of: "availability", expected: [stateCount, actionCount], got: [availability.count])
    }
    if let availability {
      for s in 0..<stateCount
      where !availability[(s * actionCount)..<((s + 1) * actionCount)].contains(true) {
        throw .stateWithoutActions(state: s)
      }
    }
    let initial = initialDistribution ?? [Double](repeating: 1 / Double(stateCount), count: stateCount)
    guard initial.count == stateCount else {
      throw .shape(of: "initialDistribution", expected: [stateCount], got: [initial.count])
    }
    if let s = initial.firstIndex(where: { !($0 >= 0 && $0.isFinite) }) {
      throw .initialProbability(state: s, value: initial[s])
    }
    let initialSum = initial.reduce(0, +)
    guard abs(initialSum - 1) <= rowSumTolerance else {
      throw .initialSum(sum: initialSum, tolerance: rowSumTolerance)
    }
    try Self.requireNames(stateNames, kind: "state", count: stateCount)
    try Self.requireNames(actionNames, kind: "action", count: actionCount)

    self.largestRowSumDefect = try Self.checkRows(
      transitions, actionCount: actionCount, availability: availability, tolerance: rowSumTolerance)
    self.stateCount = stateCount
    self.actionCount = actionCount
    self.transitions = transitions
    self.discount = discount
    self.initialDistribution = initial
    self.availability = availability?.contains(false) == true ? availability : nil
    self.stateNames = stateNames
    self.actionNames = actionNames
  }

  /// The row of `transitions`, and the index into pair-shaped arrays, of `action` in `state`.
  @inlinable public func pair(_ state: Int, _ action: Int) -> Int { state * actionCount + action }

  /// Whether `action` may be taken in `state`.
  @inlinable public func isAvailable(_ state: Int, _ action: Int) -> Bool {
    availability?[state * actionCount + action] ?? true
  }

  /// The actions that may be taken in `state`, ascending; never empty.
  public func availableActions(in state: Int) -> [Int] { (0..<actionCount).filter { isAvailable(state, $0) } }

  /// The name of `state`, or its number where states have no names.
  public func stateName(_ state: Int) -> String { stateNames?[state] ?? String(state) }

  /// The name of `action`, or its number where actions have no names.
  public func actionName(_ action: Int) -> String { actionNames?[action] ?? String(action) }

  /// The same world with another discount.
  ///
  /// - Throws: ``MDPError/discount(_:)`` outside [0, 1].
  public func withDiscount(_ discount: Double) throws(MDPError) -> MDP {
    try MDP(
      actionCount: actionCount, transitions: transitions, discount: discount, initialDistribution: initialDistribution,
      availability: availability, stateNames: stateNames, actionNames: actionNames, rowSumTolerance: .infinity)
  }

  private static func requireNames(_ names: [String]?, kind: String, count: Int) throws(MDPError) {
    guard let names else { return }
    guard names.count == count else { throw .shape(of: "\(kind)Names", expected: [count], got: [names.count]) }
    var seen: Set<String> = []
    for name in names where !seen.insert(name).inserted { throw .duplicateName(kind: kind, name: name) }
  }

  /// Checks every row and returns the largest defect of a row sum.
  private static func checkRows(
    _ transitions: Transitions, actionCount: Int, availability: [Bool]?, tolerance: Double
  ) throws(MDPError) -> Double {
    var largestDefect = 0.0
    for row in 0..<transitions.rowCount {
      let (s, a) = (row / actionCount, row % actionCount)
      let available = availability?[row] ?? true
      let (sum, bad) = transitions.checkedSum(ofRow: row)
      if let bad { throw .probability(state: s, action: a, next: bad, value: transitions[row, bad]) }
      guard available else {
        guard sum == 0 else { throw .transitionOfUnavailableAction(state: s, action: a) }
        continue
      }
      let defect = abs(sum - 1)
      guard defect <= tolerance else { throw .rowSum(state: s, action: a, sum: sum, tolerance: tolerance) }
      largestDefect = max(largestDefect, defect)
    }
    return largestDefect
  }
}

extension Transitions {
  /// The sum of a row, and the first column whose entry is negative or not finite.
  fileprivate func checkedSum(ofRow row: Int) -> (sum: Double, bad: Int?) {
    var sum = 0.0
    switch self {
    case .dense(let matrix):
      let start = row * matrix.columnCount
      for t in 0..<matrix.columnCount {
        let p = matrix.elements[start + t]
        guard p >= 0, p.isFinite else { return (sum, t) }
        sum += p
      }
    case .sparse(let rows):
      for k in rows.positions(ofRow: row) {
        let p = rows.values[k]
        guard p >= 0, p.isFinite else { return (sum, Int(rows.columns[k])) }
        sum += p
      }
    }
    return (sum, nil)
  }
}
