internal import RealModule
internal import Simulation

extension MatchingInstance {
  /// G_n with p = 1/s: blocks i = 0 … n−1 of s arrivals adjacent to {i, …, n−1}.
  ///
  /// - Throws: ``MatchingError/parameter(name:value:needed:)`` unless n ≥ 1 and s ≥ 1.
  public static func triangular(_ n: Int, copiesPerUnit s: Int) throws(MatchingError) -> MatchingInstance {
    try LaminarFamily.triangular(n).instance(copiesPerUnit: s)
  }

  /// T(n, k) with p = 1/s: the first k blocks of G_n, then a private block of s arrivals for each vertex left.
  ///
  /// - Throws: ``MatchingError/parameter(name:value:needed:)`` unless 0 ≤ k ≤ n, n ≥ 1 and s ≥ 1.
  public static func triangularThenPrivate(_ n: Int, _ k: Int, copiesPerUnit s: Int) throws(MatchingError)
    -> MatchingInstance
  {
    try LaminarFamily.triangularThenPrivate(n, k).instance(copiesPerUnit: s)
  }

  /// The z-graph against Stochastic Balance: n shared vertices 0 … n−1; `own` blocks each adjacent to a vertex of its own
  /// (numbered from n) and to all shared vertices; then a private block for each shared vertex. p = 1/s.
  ///
  /// Source: Mehta, Panigrahi (2012), section 4.
  /// - Throws: ``MatchingError/parameter(name:value:needed:)`` unless n ≥ 1, own ≥ 0 and s ≥ 1.
  public static func zGraph(shared n: Int, own: Int, copiesPerUnit s: Int) throws(MatchingError) -> MatchingInstance {
    guard n >= 1 else {
      throw .parameter(name: "the number of shared vertices", value: Double(n), needed: "at least 1")
    }
    guard own >= 0 else {
      throw .parameter(name: "the number of own vertices", value: Double(own), needed: "at least 0")
    }
    guard s >= 1 else {
      throw .parameter(name: "the number of copies a unit of mass", value: Double(s), needed: "at least 1")
    }
    let p = 1 / Double(s)
    var arrivals: [[Edge]] = []
    for k in 0..<own {
      let edges = (0..<n).map { Edge($0, p) } + [Edge(n + k, p)]
      arrivals += [[Edge]](repeating: edges, count: s)
    }
    for u in 0..<n { arrivals += [[Edge]](repeating: [Edge(u, p)], count: s) }
    return MatchingInstance(sound: [Double](repeating: 1, count: n + own), arrivals: arrivals)
  }

  /// The upper triangle of Karp, Vazirani, Vazirani with p = 1: arrival v is adjacent to {v, …, n−1}, or with the labels
  /// reversed to {0, …, n−1−v}, which traps deterministic rules.
  ///
  /// - Throws: ``MatchingError/parameter(name:value:needed:)`` when n is below 1.
  public static func triangle(_ n: Int, reversed: Bool = false) throws(MatchingError) -> MatchingInstance {
    let upper = try triangular(n, copiesPerUnit: 1)
    return reversed ? upper.relabelled((0..<n).reversed()) : upper
  }

  /// One offline vertex and m arrivals of probability p.
  ///
  /// - Throws: ``MatchingError/probability(arrival:edge:value:)``, ``MatchingError/parameter(name:value:needed:)``.
  public static func star(arrivals m: Int, probability p: Double) throws(MatchingError) -> MatchingInstance {
    try complete(offline: 1, arrivals: m, probability: p)
  }

  /// Every arrival is adjacent to every offline vertex with probability p.
  ///
  /// - Throws: ``MatchingError/probability(arrival:edge:value:)``, ``MatchingError/parameter(name:value:needed:)``.
  public static func complete(offline n: Int, arrivals m: Int, probability p: Double) throws(MatchingError)
    -> MatchingInstance
  {
    guard m >= 0 else { throw .parameter(name: "the number of arrivals", value: Double(m), needed: "at least 0") }
    return try MatchingInstance(
      offlineCount: n, arrivals: [[Edge]](repeating: (0..<max(0, n)).map { Edge($0, p) }, count: m))
  }

  /// A random graph: each edge is present with probability `density`, independently (Gilbert), with success probability
  /// uniform in `probabilities` and vertex weights uniform in `weights`.
  ///
  /// - Throws: ``MatchingError/parameter(name:value:needed:)`` for a negative size or a range outside its bounds.
  public static func random(
    offline n: Int, arrivals m: Int, density: Double, probabilities: ClosedRange<Double> = 0...1,
    weights: ClosedRange<Double> = 1...1, using generator: inout some RandomNumberGenerator
  ) throws(MatchingError) -> MatchingInstance {
    guard n >= 0 else {
      throw .parameter(name: "the number of offline vertices", value: Double(n), needed: "at least 0")
    }
    guard m >= 0 else { throw .parameter(name: "the number of arrivals", value: Double(m), needed: "at least 0") }
    guard density >= 0, density <= 1 else {
      throw .parameter(name: "the density", value: density, needed: "between 0 and 1")
    }
    func draw(_ range: ClosedRange<Double>) -> Double {
      range.lowerBound + (range.upperBound - range.lowerBound) * generator.uniform()
    }
    let weights = (0..<n).map { _ in draw(weights) }
    var arrivals: [[Edge]] = []
    for _ in 0..<m {
      var edges: [Edge] = []
      for u in 0..<n where generator.bernoulli(density) { edges.append(Edge(u, draw(probabilities))) }
      arrivals.append(edges)
    }
    return try MatchingInstance(offlineCount: n, weights: weights, arrivals: arrivals)
  }
}
