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

  /// Who is available, what is remembered of each vertex, and how likely that is.
  struct State {
    var available: UInt64
    var memory: [Double]
    var mass: Double
  }

  /// States after an arrival, equal ones together.
  struct StateTable {
    private(set) var states: [State] = []
    private var positions: [Key: Int] = [:]
    private let closing: [(vertex: Int, place: Int)]
    private let initial: Double

    private struct Key: Hashable {
      let available: UInt64
      let memory: [Int64]

      init(_ state: State) {
        available = state.available
        memory = state.memory.map { Int64(($0 * 1e12).rounded()) }
      }
    }

    /// No states; vertices whose last arrival this is are closed, and their memories made `initial`.
    init(closing: [(vertex: Int, place: Int)], initial: Double) {
      self.closing = closing
      self.initial = initial
    }

    mutating func add(_ state: State) {
      var state = state
      for (vertex, place) in closing {
        state.available &= ~(1 << UInt64(vertex))
        if place < state.memory.count { state.memory[place] = initial }
      }
      let key = Key(state)
      if let position = positions[key] {
        states[position].mass += state.mass
      } else {
        positions[key] = states.count
        states.append(state)
      }
    }
  }

  /// Everything open and nothing remembered, for an instance small enough for a mask.
  func start(_ instance: MatchingInstance, memory: [Double]) throws(MatchingError) -> State {
    guard instance.offlineCount <= 64 else {
      throw .tooLarge(
        what: "the number of offline vertices (with copies)", size: Double(instance.offlineCount), limit: 64,
        instead: "estimate by simulation")
    }
    let last = instance.lastArrivals
    let everyone = last.indices.reduce(UInt64(0)) { last[$1] >= 0 ? $0 | 1 << UInt64($1) : $0 }
    return State(available: everyone, memory: memory, mass: 1)
  }

  /// Throws when there are more states than the limit.
  func requireFew(_ states: [State], after arrival: Int) throws(MatchingError) {
    guard states.count <= stateLimit else {
      throw .tooLarge(
        what: "the number of states after arrival \(arrival)", size: Double(states.count), limit: Double(stateLimit),
        instead: "estimate by simulation")
    }
  }

  /// The exact value of `rule` on an instance; a vertex of capacity c counts as c copies.
  ///
  /// - Returns: The expected weight and the success probability of each vertex.
  /// - Throws: ``MatchingError/tooLarge(what:size:limit:instead:)`` above 64 offline vertices or the state limit.
  /// - Complexity: O(states · arrivals · degree)
  public func value(of rule: some ScoreRule, on original: MatchingInstance) throws(MatchingError) -> MatchingValue {
    let copies = VertexCopies(original)
    var success = [Double](repeating: 0, count: original.offlineCount)
    try walk(rule, on: copies) { _, edge, mass, _ in success[copies.owners[edge.offline]] += mass * edge.probability }
    return MatchingValue(weights: original.weights, successProbability: success)
  }

  /// Visits every attempt that `rule` may make on the copies of an instance: the arrival, the edge, the probability that
  /// the attempt happens in a state, and what is remembered of the vertex there.
  func walk(
    _ rule: some ScoreRule, on copies: VertexCopies,
    _ visit: (_ arrival: Int, _ edge: MatchingInstance.Edge, _ mass: Double, _ memory: Double) -> Void
  ) throws(MatchingError) {
    let instance = copies.instance
    let shared = rule.memory.isShared
    func slot(_ u: Int) -> Int { copies.slot(u, shared: shared) }
    let last = instance.lastArrivals
    let remembers = rule.memory != .nothing
    let memory = [Double](repeating: rule.memory.initial, count: remembers ? instance.offlineCount : 0)
    var states = [try start(instance, memory: memory)]
    for (v, edges) in instance.arrivals.enumerated() where !edges.isEmpty {
      var next = StateTable(
        closing: edges.filter { last[$0.offline] == v }.map { ($0.offline, slot($0.offline)) },
        initial: rule.memory.initial)
      for state in states {
        let chosen = rule.candidates(
          among: edges, weights: instance.weights, memory: { remembers ? state.memory[slot($0)] : 0 },
          isAvailable: { state.available & (1 << UInt64($0)) != 0 })
        guard !chosen.isEmpty else {
          next.add(state)
          continue
        }
        for position in chosen {
          let edge = edges[position]
          let mass = state.mass / Double(chosen.count)
          let place = slot(edge.offline)
          visit(v, edge, mass, remembers ? state.memory[place] : 0)
          let remembered =
            remembers
            ? rule.memory.updated(
              state.memory[place], afterFailureOf: edge.probability, capacity: copies.capacities[edge.offline]) : 0
          var after = state
          after.mass = mass * edge.probability
          after.available &= ~(1 << UInt64(edge.offline))
          if remembers { after.memory[place] = shared ? remembered : rule.memory.initial }
          next.add(after)
          guard edge.probability < 1 else { continue }
          after = state
          after.mass = mass * (1 - edge.probability)
          if remembers { after.memory[place] = remembered }
          next.add(after)
        }
      }
      states = next.states
      try requireFew(states, after: v)
    }
  }
}
