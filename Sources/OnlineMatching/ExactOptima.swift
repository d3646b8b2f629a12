internal import RealModule

/// The optima that need no linear program: dynamic programs and enumerations, exact up to rounding, for small instances.
///
/// Each takes the copies of vertices with capacities above 1.
public enum ExactOptimum {
  /// The largest number of offline vertices for ``clairvoyant(_:)``.
  public static let clairvoyantLimit = 24
  /// The largest number of vertices in all for ``fullyOffline(_:)``.
  public static let fullyOfflineLimit = 26
  /// The largest number of assignments for ``bestFixedAssignment(_:)``.
  public static let assignmentLimit = 1e7
  /// The largest number of uncertain edges for ``omniscient(_:)``.
  public static let omniscientLimit = 20

  /// B5: the best policy that knows the graph and the arrival order in advance, but no outcome.
  ///
  /// ```
  /// V_m = 0,  V_v(A) = max( V_(v+1)(A), max_{u ∈ A} p_uv (w_u + V_(v+1)(A − u)) + (1 − p_uv) V_(v+1)(A) )
  /// ```
  ///
  /// - Throws: ``MatchingError/tooLarge(what:size:limit:instead:)`` above 24 offline vertices.
  /// - Complexity: O(edges · 2ⁿ)
  public static func clairvoyant(_ instance: MatchingInstance) throws(MatchingError) -> Double {
    let instance = instance.withUnitCapacities.instance
    let n = instance.offlineCount
    guard n <= clairvoyantLimit else {
      throw .tooLarge(
        what: "the number of offline vertices", size: Double(n), limit: Double(clairvoyantLimit),
        instead: "use the bound lp-stochastic-compact")
    }
    // In place: V_v(A) needs V_(v+1) at A and at smaller sets only, so that descending A works.
    var value = [Double](repeating: 0, count: 1 << n)
    value.withUnsafeMutableBufferPointer { value in
      for edges in instance.arrivals.reversed() where !edges.isEmpty {
        var set = (1 << n) - 1
        while set > 0 {
          let stay = value[set]
          var best = stay
          for edge in edges where set & (1 << edge.offline) != 0 {
            let p = edge.probability
            let gain = p * (instance.weights[edge.offline] + value[set ^ (1 << edge.offline)]) + (1 - p) * stay
            if gain > best { best = gain }
          }
          value[set] = best
          set -= 1
        }
      }
    }
    return value[(1 << n) - 1]
  }

  /// B6: the best policy that may also choose the order of the arrivals.
  ///
  /// - Throws: ``MatchingError/tooLarge(what:size:limit:instead:)`` above 26 vertices in all.
  /// - Complexity: O(edges · 2^(n+m))
  public static func fullyOffline(_ instance: MatchingInstance) throws(MatchingError) -> Double {
    let instance = instance.withUnitCapacities.instance
    let n = instance.offlineCount
    let m = instance.arrivalCount
    guard n + m <= fullyOfflineLimit else {
      throw .tooLarge(
        what: "the number of vertices", size: Double(n + m), limit: Double(fullyOfflineLimit),
        instead: "use the bound lp-subset")
    }
    // value[B · 2ⁿ + A]: A the available offline vertices, B the unused online ones.
    var value = [Double](repeating: 0, count: 1 << (n + m))
    value.withUnsafeMutableBufferPointer { value in
      for unused in 1..<max(1, 1 << m) {
        let attempts = m - unused.nonzeroBitCount
        for available in 1..<max(1, 1 << n) where n - available.nonzeroBitCount <= attempts {
          var best = 0.0
          for v in 0..<m where unused & (1 << v) != 0 {
            let rest = (unused ^ (1 << v)) << n
            let stay = value[rest | available]
            if stay > best { best = stay }
            for edge in instance.arrivals[v] where available & (1 << edge.offline) != 0 {
              let p = edge.probability
              let after = value[rest | available ^ (1 << edge.offline)]
              let gain = p * (instance.weights[edge.offline] + after) + (1 - p) * stay
              if gain > best { best = gain }
            }
          }
          value[unused << n | available] = best
        }
      }
    }
    return value[(1 << (n + m)) - 1]
  }

  /// B7: the best assignment of arrivals to offline vertices fixed in advance, Σ_u w_u (1 − Π (1 − p_uv)).
  ///
  /// - Throws: ``MatchingError/tooLarge(what:size:limit:instead:)`` above 10⁷ assignments.
  /// - Complexity: O(Π_v (1 + degree of v))
  public static func bestFixedAssignment(_ instance: MatchingInstance) throws(MatchingError) -> Double {
    let instance = instance.withUnitCapacities.instance
    let count = instance.arrivals.reduce(1.0) { $0 * Double(1 + $1.count) }
    guard count <= assignmentLimit else {
      throw .tooLarge(
        what: "the number of assignments", size: count, limit: assignmentLimit,
        instead: "use the bounds non-adaptive (below) and clairvoyant (above)")
    }
    var failure = [Double](repeating: 1, count: instance.offlineCount)
    let arrivals = instance.arrivals.filter { !$0.isEmpty }
    // One more assignment never loses, so that each arrival is sent somewhere.
    func best(from v: Int, earned: Double) -> Double {
      guard v < arrivals.count else { return earned }
      var top = 0.0
      for edge in arrivals[v] {
        let before = failure[edge.offline]
        failure[edge.offline] = before * (1 - edge.probability)
        let gain = before * edge.probability * instance.weights[edge.offline]
        let value = best(from: v + 1, earned: earned + gain)
        if value > top { top = value }
        failure[edge.offline] = before
      }
      return top
    }
    return best(from: 0, earned: 0)
  }

  /// B8: the expected largest weight of a matching among the edges that would succeed, were all outcomes known.
  ///
  /// The offline sets that can be matched are the independent sets of a transversal matroid, so that taking vertices by
  /// descending weight with augmenting paths is optimal.
  ///
  /// - Throws: ``MatchingError/tooLarge(what:size:limit:instead:)`` above 20 edges with 0 < p < 1.
  /// - Complexity: O(2^uncertain · n · edges)
  public static func omniscient(_ instance: MatchingInstance) throws(MatchingError) -> Double {
    let instance = instance.withUnitCapacities.instance
    var uncertain: [(offline: Int, arrival: Int, probability: Double)] = []
    var adjacency = [UInt64](repeating: 0, count: instance.offlineCount)
    let arrivals = instance.arrivals.filter { !$0.isEmpty }
    let uncertainCount = arrivals.reduce(0) { $0 + $1.count { $0.probability < 1 } }
    guard uncertainCount <= omniscientLimit else {
      throw .tooLarge(
        what: "the number of uncertain edges", size: Double(uncertainCount), limit: Double(omniscientLimit),
        instead: "use the bound lp-matching")
    }
    guard arrivals.count <= 64 else {
      throw .tooLarge(
        what: "the number of arrivals with edges", size: Double(arrivals.count), limit: 64,
        instead: "use the bound lp-matching")
    }
    for (v, edges) in arrivals.enumerated() {
      for edge in edges {
        if edge.probability < 1 {
          uncertain.append((edge.offline, v, edge.probability))
        } else {
          adjacency[edge.offline] |= 1 << UInt64(v)
        }
      }
    }
    let order = instance.weights.indices.sorted {
      (instance.weights[$0], $1) > (instance.weights[$1], $0)
    }
    var total = 0.0
    for outcome in 0..<(1 << uncertain.count) {
      var probability = 1.0
      var edges = adjacency
      for (k, edge) in uncertain.enumerated() {
        if outcome & (1 << k) != 0 {
          probability *= edge.probability
          edges[edge.offline] |= 1 << UInt64(edge.arrival)
        } else {
          probability *= 1 - edge.probability
        }
      }
      total += probability * largestWeight(edges, weights: instance.weights, order: order, arrivalCount: arrivals.count)
    }
    return total
  }

  private static func largestWeight(
    _ adjacency: [UInt64], weights: [Double], order: [Int], arrivalCount: Int
  ) -> Double {
    var partner = [Int](repeating: -1, count: arrivalCount)
    var weight = 0.0
    func augment(_ u: Int, _ visited: inout UInt64) -> Bool {
      var open = adjacency[u] & ~visited
      while open != 0 {
        let v = open.trailingZeroBitCount
        visited |= 1 << UInt64(v)
        if partner[v] < 0 || augment(partner[v], &visited) {
          partner[v] = u
          return true
        }
        open = adjacency[u] & ~visited
      }
      return false
    }
    for u in order where adjacency[u] != 0 {
      var visited: UInt64 = 0
      if augment(u, &visited) { weight += weights[u] }
    }
    return weight
  }
}
