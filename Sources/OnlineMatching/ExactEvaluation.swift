/// What an algorithm earns on an instance, exact up to rounding.
public struct MatchingValue: Sendable, Equatable {
  /// The expected total weight of the offline vertices that succeed.
  public let expectedWeight: Double
  /// The probability that each offline vertex succeeds, shape (n); the expected number of successes where the capacity is
  /// above 1.
  public let successProbability: [Double]

  init(weights: [Double], successProbability: [Double]) {
    expectedWeight = zip(weights, successProbability).reduce(0) { $0 + $1.0 * $1.1 }
    self.successProbability = successProbability
  }
}

/// Exact evaluation of score rules by a forward pass over states.
///
/// A state is the set of offline vertices that may still be attempted, with what the rule remembers of each; each arrival
/// moves probability mass to a success and a failure state. Vertices without further arrivals leave the state, so that the
/// number of states depends on the vertices that are open at the same time. States whose memories agree within 1e-12 are
/// one state.
public struct ExactEvaluation: Sendable {
  /// The largest number of states at any time.
  public var stateLimit: Int

  /// The evaluation with its limit.
  public init(stateLimit: Int = 200_000) { self.stateLimit = stateLimit }

  private struct State {
    var available: UInt64
    var memory: [Double]
    var mass: Double
  }

  private struct Key: Hashable {
    let available: UInt64
    let memory: [Int64]

    init(_ state: State) {
      available = state.available
      memory = state.memory.map { Int64(($0 * 1e12).rounded()) }
    }
  }

  /// The exact value of `rule` on an instance; a vertex of capacity c counts as c copies.
  ///
  /// - Returns: The expected weight and the success probability of each vertex.
  /// - Throws: ``MatchingError/tooLarge(what:size:limit:instead:)`` above 64 offline vertices or the state limit.
  /// - Complexity: O(states · arrivals · degree)
  public func value(of rule: some ScoreRule, on original: MatchingInstance) throws(MatchingError) -> MatchingValue {
    let (instance, origins) = original.withUnitCapacities
    var success = [Double](repeating: 0, count: original.offlineCount)
    try walk(rule, on: instance) { _, edge, mass, _ in success[origins[edge.offline]] += mass * edge.probability }
    return MatchingValue(weights: original.weights, successProbability: success)
  }

  /// Visits every attempt that `rule` may make on an instance of unit capacities: the arrival, the edge, the probability
  /// that the attempt happens in a state, and what is remembered of the vertex there.
  func walk(
    _ rule: some ScoreRule, on instance: MatchingInstance,
    _ visit: (_ arrival: Int, _ edge: MatchingInstance.Edge, _ mass: Double, _ memory: Double) -> Void
  ) throws(MatchingError) {
    let n = instance.offlineCount
    guard n <= 64 else {
      throw .tooLarge(
        what: "the number of offline vertices (with copies)", size: Double(n), limit: 64,
        instead: "estimate by simulation")
    }
    let last = instance.lastArrivals
    let remembers = rule.memory != .nothing
    let everyone = (0..<n).reduce(UInt64(0)) { last[$1] >= 0 ? $0 | 1 << UInt64($1) : $0 }
    var states = [
      State(
        available: everyone, memory: [Double](repeating: rule.memory.initial, count: remembers ? n : 0), mass: 1)
    ]
    for (v, edges) in instance.arrivals.enumerated() where !edges.isEmpty {
      let closing = edges.filter { last[$0.offline] == v }.map(\.offline)
      let closingMask = closing.reduce(UInt64(0)) { $0 | 1 << UInt64($1) }
      var next: [State] = []
      var positions: [Key: Int] = [:]
      func add(_ state: State) {
        var state = state
        state.available &= ~closingMask
        if remembers { for u in closing { state.memory[u] = rule.memory.initial } }
        let key = Key(state)
        if let position = positions[key] {
          next[position].mass += state.mass
        } else {
          positions[key] = next.count
          next.append(state)
        }
      }
      for state in states {
        let chosen = rule.candidates(
          among: edges, weights: instance.weights, memory: { remembers ? state.memory[$0] : 0 },
          isAvailable: { state.available & (1 << UInt64($0)) != 0 })
        guard !chosen.isEmpty else {
          add(state)
          continue
        }
        for position in chosen {
          let edge = edges[position]
          let mass = state.mass / Double(chosen.count)
          visit(v, edge, mass, remembers ? state.memory[edge.offline] : 0)
          var after = state
          after.mass = mass * edge.probability
          after.available &= ~(1 << UInt64(edge.offline))
          if remembers { after.memory[edge.offline] = rule.memory.initial }
          add(after)
          guard edge.probability < 1 else { continue }
          after = state
          after.mass = mass * (1 - edge.probability)
          if remembers {
            after.memory[edge.offline] = rule.memory.updated(
              state.memory[edge.offline], afterFailureOf: edge.probability)
          }
          add(after)
        }
      }
      guard next.count <= stateLimit else {
        throw .tooLarge(
          what: "the number of states after arrival \(v)", size: Double(next.count), limit: Double(stateLimit),
          instead: "estimate by simulation")
      }
      states = next
    }
  }
}
