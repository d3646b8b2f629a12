internal import LinearAlgebra
public import MDPs

/// A world made by visiting the states of a program: what a test has at hand is functions, not tables.
///
/// ```swift
/// let world = try EnumeratedWorld(start: [Position(0, 0)], actions: Move.allCases, discount: 0.99) { position, move in
///   game.outcomes(of: move, at: position)                          // [(next, probability)]
/// }
/// let plain = world.reward("plain") { state, action, next in game.score(state, action, next) }
/// expectPotentialShaping(from: plain, to: shaped, in: world.mdp)
/// ```
public struct EnumeratedWorld<State: Hashable & Sendable, Action: Hashable & Sendable>: Sendable {
  /// The states in the order of their discovery.
  public let states: [State]
  /// The actions.
  public let actions: [Action]
  /// The model, with sparse rows; states are called by their descriptions.
  public let mdp: MDP

  /// Visits every state that can be reached from `start`.
  ///
  /// - Parameters:
  ///   - start: the first states, equally likely.
  ///   - actions: every action.
  ///   - discount: γ in [0, 1].
  ///   - stateLimit: more states than this are refused.
  ///   - isAvailable: whether an action may be taken in a state; all may when nil.
  ///   - outcomes: the next states with their probabilities, which sum to 1; a state may be named twice.
  /// - Throws: ``EnumerationError/tooManyStates(limit:)``, ``EnumerationError/model(_:)`` when the outcomes are no
  ///   distribution.
  public init(
    start: [State], actions: [Action], discount: Double, stateLimit: Int = 1_000_000,
    isAvailable: ((State, Action) -> Bool)? = nil, outcomes: (State, Action) -> [(next: State, probability: Double)]
  ) throws(EnumerationError) {
    var number: [State: Int] = [:]
    var states: [State] = []
    func visit(_ state: State) throws(EnumerationError) -> Int {
      if let known = number[state] { return known }
      guard states.count < stateLimit else { throw .tooManyStates(limit: stateLimit) }
      number[state] = states.count
      states.append(state)
      return states.count - 1
    }
    for state in start { _ = try visit(state) }
    let startCount = states.count
    var rows: [[(Int, Double)]] = []
    var availability: [Bool] = []
    var s = 0
    while s < states.count {
      for action in actions {
        let available = isAvailable?(states[s], action) ?? true
        availability.append(available)
        var row: [Int: Double] = [:]
        if available {
          for (next, probability) in outcomes(states[s], action) where probability != 0 {
            row[try visit(next), default: 0] += probability
          }
        }
        rows.append(row.sorted { $0.key < $1.key })
      }
      s += 1
    }
    var builder = SparseRowsBuilder(columnCount: states.count)
    for row in rows {
      for (t, p) in row { builder.append(column: Int32(t), value: p) }
      builder.endRow()
    }
    do {
      mdp = try MDP(
        actionCount: actions.count, transitions: .sparse(builder.build()), discount: discount,
        initialDistribution: states.indices.map { $0 < startCount ? 1 / Double(startCount) : 0 },
        availability: availability, stateNames: Self.names(states), actionNames: Self.names(actions))
    } catch {
      throw .model(error)
    }
    self.states = states
    self.actions = actions
  }

  /// A reward by its function, read on the possible transitions alone.
  public func reward(_ name: String, _ value: (State, Action, State) -> Double) -> Reward {
    var builder = SparseRowsBuilder(columnCount: states.count)
    for row in 0..<(states.count * actions.count) {
      mdp.transitions.forEachSuccessor(ofRow: row) { t, _ in
        builder.append(
          column: Int32(t), value: value(states[row / actions.count], actions[row % actions.count], states[t]))
      }
      builder.endRow()
    }
    return Reward(name: name, values: .sparseTransition(builder.build()))
  }

  /// A potential by its function, shape (S).
  public func potential(_ value: (State) -> Double) -> [Double] { states.map(value) }

  /// One flag a state: where the condition holds.
  public func flags(_ condition: (State) -> Bool) -> [Bool] { states.map(condition) }

  /// Descriptions, or nil where two are alike.
  private static func names<Element>(_ elements: [Element]) -> [String]? {
    let names = elements.map { "\($0)" }
    return Set(names).count == names.count ? names : nil
  }
}

/// Why a program's states could not be made a world.
public enum EnumerationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// More states than the limit are reachable.
  case tooManyStates(limit: Int)
  /// The outcomes are no distributions.
  case model(MDPError)

  /// One sentence that says what is wrong and how to mend it.
  public var description: String {
    switch self {
    case .tooManyStates(let limit):
      "more than \(limit) states can be reached; test on a smaller instance, or raise stateLimit"
    case .model(let error): error.description
    }
  }
}
