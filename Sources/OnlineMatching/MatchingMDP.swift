internal import LinearAlgebra
public import MDPs

/// An optimum of an instance as a finite-horizon Markov decision process, so that general solvers can confirm it.
///
/// The value with `horizon` steps to go from the initial state, undiscounted, is the clairvoyant optimum B5, or with the
/// order of arrivals free the fully offline optimum B6.
public struct MatchingMDP: Sendable {
  /// The world; its discount is 1.
  public let mdp: MDP
  /// The expected weight earned, by state and action.
  public let reward: Reward
  /// The number of steps, m.
  public let horizon: Int

  /// The largest number of states.
  public static let stateLimit = 1 << 20
}

extension MatchingInstance {
  /// B5 as a decision process: state (v, A) is the next arrival and the set of available vertices; action 0 lets the
  /// arrival pass, action k attempts its k-th edge.
  ///
  /// - Returns: (m + 1) · 2ⁿ states.
  /// - Throws: ``MatchingError/tooLarge(what:size:limit:instead:)`` above 2²⁰ states.
  public func toMDP() throws(MatchingError) -> MatchingMDP {
    let instance = withUnitCapacities.instance
    let (n, m) = (instance.offlineCount, instance.arrivalCount)
    let sets = try Self.stateCount(Double(m + 1), bits: n) / (m + 1)
    return try MatchingMDP(
      stateCount: (m + 1) * sets, actionCount: 1 + (instance.arrivals.map(\.count).max() ?? 0), initial: sets - 1,
      horizon: m
    ) { state, action in
      let (v, available) = (state / sets, state % sets)
      guard v < m else { return action == 0 ? .stay(state) : nil }
      let next = (v + 1) * sets + available
      guard action > 0 else { return .stay(next) }
      guard action <= instance.arrivals[v].count else { return nil }
      let edge = instance.arrivals[v][action - 1]
      guard available & (1 << edge.offline) != 0 else { return nil }
      return .attempt(
        edge.probability, success: next ^ (1 << edge.offline), failure: next, weight: instance.weights[edge.offline])
    }
  }

  /// B6 as a decision process: state (B, A) is the set of unused arrivals and of available vertices; action 0 stops,
  /// action k attempts edge k − 1 of all.
  ///
  /// - Returns: 2^(n+m) states.
  /// - Throws: ``MatchingError/tooLarge(what:size:limit:instead:)`` above 2²⁰ states.
  public func toOfflineMDP() throws(MatchingError) -> MatchingMDP {
    let instance = withUnitCapacities.instance
    let (n, m) = (instance.offlineCount, instance.arrivalCount)
    let stateCount = try Self.stateCount(1, bits: n + m)
    let edges = instance.arrivals.enumerated().flatMap { v, edges in edges.map { (arrival: v, edge: $0) } }
    return try MatchingMDP(
      stateCount: stateCount, actionCount: 1 + edges.count, initial: stateCount - 1, horizon: m
    ) { state, action in
      guard action > 0 else { return .stay(state) }
      let (v, edge) = edges[action - 1]
      guard state & (1 << (n + v)) != 0, state & (1 << edge.offline) != 0 else { return nil }
      let next = state ^ (1 << (n + v))
      return .attempt(
        edge.probability, success: next ^ (1 << edge.offline), failure: next, weight: instance.weights[edge.offline])
    }
  }

  private static func stateCount(_ factor: Double, bits: Int) throws(MatchingError) -> Int {
    guard bits <= 20, factor * Double(1 << bits) <= Double(MatchingMDP.stateLimit) else {
      throw .tooLarge(
        what: "the number of states (2^\(bits) sets and more)", size: Double(bits), limit: 20,
        instead: "use the dynamic programs of ExactOptimum")
    }
    return Int(factor) * (1 << bits)
  }
}

extension MatchingMDP {
  /// What an action does in a state.
  fileprivate enum Move {
    case stay(Int)
    case attempt(Double, success: Int, failure: Int, weight: Double)
  }

  /// Builds the world from its moves; nil where an action is not available.
  fileprivate init(
    stateCount: Int, actionCount: Int, initial: Int, horizon: Int, _ move: (_ state: Int, _ action: Int) -> Move?
  ) throws(MatchingError) {
    var starts = [0]
    var columns: [Int32] = []
    var values: [Double] = []
    var rewards = Matrix(rowCount: stateCount, columnCount: actionCount)
    var availability: [Bool] = []
    for state in 0..<stateCount {
      for action in 0..<actionCount {
        let move = move(state, action)
        availability.append(move != nil)
        switch move {
        case .stay(let next):
          columns.append(Int32(next))
          values.append(1)
        case .attempt(let p, let success, let failure, let weight):
          // A success leaves a smaller set, so that its column comes first.
          columns.append(Int32(success))
          values.append(p)
          if p < 1 {
            columns.append(Int32(failure))
            values.append(1 - p)
          }
          rewards[state, action] = p * weight
        case nil: break
        }
        starts.append(values.count)
      }
    }
    do {
      let rows = try SparseRows(
        rowCount: stateCount * actionCount, columnCount: stateCount, rowStarts: starts, columns: columns, values: values
      )
      var start = [Double](repeating: 0, count: stateCount)
      start[initial] = 1
      mdp = try MDP(
        actionCount: actionCount, transitions: .sparse(rows), discount: 1, initialDistribution: start,
        availability: availability)
    } catch {
      preconditionFailure("a sound instance gives a sound world: \(error)")
    }
    reward = Reward(name: "weight", values: .pair(rewards))
    self.horizon = horizon
  }
}
