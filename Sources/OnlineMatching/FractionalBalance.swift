internal import Simulation

/// Balance for unequal probabilities that serves each arrival in infinitesimal pieces, rounded to one attempt.
///
/// Each piece goes to the available neighbour of the largest p_uv w_u φ(l_u), where the loads l_u grow with what is served.
/// So the parts x_uv of an arrival are those of the largest common level τ with
///
/// ```
/// Σ_u x_uv(τ) = 1,   x_uv(τ) = the largest x ≤ 1 with p_uv w_u φ(l_u + p_uv x) ≥ τ
/// ```
///
/// or all 1 for a single neighbour. The integral algorithm attempts u with probability x_uv and adds p_uv x_uv to the load of
/// every u whatever happens; who is available it sees. As p → 0 it has the law of the fractional algorithm with thresholds
/// Exp(1) on the loads. For p = 1 and equal weights the parts are those of fractional water-filling.
///
/// Source: Huang, Zhang (arXiv 2002.01802), section 5, ratio 0.572; that the loads of the background run go on from the real
/// outcomes is our reading.
public struct FractionalBalance: Sendable {
  /// φ
  public let function: ScoreFunction

  /// The algorithm with a score function.
  public init(_ function: ScoreFunction = .huangZhangEqual) { self.function = function }

  /// The parts x of an arrival.
  ///
  /// - Parameters:
  ///   - edges: The edges to available vertices.
  ///   - weights: w, shape (n).
  ///   - loads: l, shape (n).
  /// - Returns: One part an edge, of sum 1; none without edges.
  /// - Complexity: some hundred evaluations of φ an edge.
  func parts(of edges: [MatchingInstance.Edge], weights: [Double], loads: [Double]) -> [Double] {
    guard edges.count > 1 else { return edges.map { _ in 1 } }
    func gain(_ edge: MatchingInstance.Edge, _ part: Double) -> Double {
      edge.probability * weights[edge.offline] * function(loads[edge.offline] + edge.probability * part)
    }
    func parts(at level: Double) -> [Double] {
      edges.map { edge in
        if gain(edge, 1) >= level { return 1 }
        if gain(edge, 0) < level { return 0 }
        return fallThroughZero(from: 0, to: 1, exactness: 2 * level.ulp) { gain(edge, $0) - level }.low
      }
    }
    // At level 0 every part is 1; above the largest gain none is served.
    let (low, high) = fallThroughZero(
      from: 0, to: edges.reduce(0) { max($0, gain($1, 0)) } * 2 + 1, exactness: 4 * Double.ulpOfOne
    ) { parts(at: $0).reduce(0, +) - 1 }
    // Where φ is constant a part jumps at the level: what is left is shared in proportion.
    let (full, least) = (parts(at: low), parts(at: high))
    let (most, few) = (full.reduce(0, +), least.reduce(0, +))
    let share = most > few ? min(1, max(0, (1 - few) / (most - few))) : 0
    let mixed = zip(full, least).map { $1 + share * ($0 - $1) }
    let total = mixed.reduce(0, +)
    return mixed.map { $0 / total }
  }

  /// The algorithm at play.
  struct Matcher: OnlineMatcher {
    let algorithm: FractionalBalance
    let weights: [Double]
    var loads: [Double]

    init(_ algorithm: FractionalBalance, weights: [Double]) {
      self.algorithm = algorithm
      self.weights = weights
      loads = [Double](repeating: 0, count: weights.count)
    }

    mutating func choose(
      among edges: [MatchingInstance.Edge], arrival: Int, available: [Bool], using generator: inout RandomStream
    ) -> Int? {
      let open = edges.indices.filter { available[edges[$0].offline] }
      guard !open.isEmpty else { return nil }
      let parts = algorithm.parts(of: open.map { edges[$0] }, weights: weights, loads: loads)
      for (k, part) in zip(open, parts) { loads[edges[k].offline] += edges[k].probability * part }
      return open[generator.categorical(parts)]
    }

    mutating func record(_ edge: MatchingInstance.Edge, succeeded: Bool) {}
  }
}

extension ExactEvaluation {
  /// The exact value of the rounded fractional algorithm; a vertex of capacity c counts as c copies.
  ///
  /// - Throws: ``MatchingError/tooLarge(what:size:limit:instead:)`` above 64 offline vertices or the state limit.
  func value(of algorithm: FractionalBalance, on original: MatchingInstance) throws(MatchingError) -> MatchingValue {
    let copies = VertexCopies(original)
    let instance = copies.instance
    let last = instance.lastArrivals
    var success = [Double](repeating: 0, count: original.offlineCount)
    var states = [try start(instance, memory: [Double](repeating: 0, count: instance.offlineCount))]
    for (v, edges) in instance.arrivals.enumerated() where !edges.isEmpty {
      var next = StateTable(
        closing: edges.filter { last[$0.offline] == v }.map { ($0.offline, $0.offline) }, initial: 0)
      for state in states {
        let open = edges.filter { state.available & (1 << UInt64($0.offline)) != 0 }
        guard !open.isEmpty else {
          next.add(state)
          continue
        }
        let parts = algorithm.parts(of: open, weights: instance.weights, loads: state.memory)
        var served = state
        for (edge, part) in zip(open, parts) { served.memory[edge.offline] += edge.probability * part }
        var failed = served
        failed.mass = 0
        for (edge, part) in zip(open, parts) where part > 0 {
          let mass = state.mass * part
          success[copies.owners[edge.offline]] += mass * edge.probability
          failed.mass += mass * (1 - edge.probability)
          var after = served
          after.available &= ~(1 << UInt64(edge.offline))
          after.memory[edge.offline] = 0
          after.mass = mass * edge.probability
          next.add(after)
        }
        if failed.mass > 0 { next.add(failed) }
      }
      states = next.states
      try requireFew(states, after: v)
    }
    return MatchingValue(weights: original.weights, successProbability: success)
  }
}

/// The narrowest interval found around the place where a falling function passes 0: both ends are one point where the function
/// is 0 but for `exactness`; where it jumps, its ends are neighbours, the function being at least 0 at the lower.
///
/// Regula falsi, the end that stays losing half of its weight (Illinois), with a halving every third step, so that no function
/// takes more than three times the steps of bisection.
private func fallThroughZero(
  from start: Double, to end: Double, exactness: Double, _ function: (Double) -> Double
) -> (low: Double, high: Double) {
  var (low, high) = (start, end)
  var (above, below) = (max(0, function(start)), min(0, function(end)))
  var side = 0
  for step in 0..<200 {
    let width = high - low
    if width <= 2 * max(abs(low), abs(high)).ulp { break }
    var place = step % 3 == 2 ? low + width / 2 : low + width * (above / (above - below))
    if !(place > low && place < high) { place = low + width / 2 }
    let value = function(place)
    if abs(value) <= exactness { return (place, place) }
    if value > 0 {
      (low, above) = (place, value)
      if side > 0 { below /= 2 }
      side = 1
    } else {
      (high, below) = (place, value)
      if side < 0 { above /= 2 }
      side = -1
    }
  }
  return (low, high)
}
