/// An instance of online bipartite matching with stochastic rewards.
///
/// Offline vertices u = 0 … n−1 are known; online vertices v = 0 … m−1 arrive in order and show their edges. One edge (u, v)
/// to an offline vertex that has not succeeded may be attempted; with probability p_uv it succeeds, earns the weight w_u and
/// uses u up; else v is lost and u stays.
///
/// An instance that exists is sound: probabilities in [0, 1], weights finite and at least 0, no edge twice. Edges of
/// probability 0 are dropped, since no attempt there can matter.
///
/// Source: Mehta, Panigrahi (2012), section 1.
public struct MatchingInstance: Sendable, Equatable {
  /// One way to serve an arrival.
  public struct Edge: Sendable, Hashable {
    /// The offline vertex u.
    public let offline: Int
    /// p_uv, in [0, 1].
    public let probability: Double

    /// An edge to `offline` that succeeds with `probability`; checked when an instance takes it in.
    public init(_ offline: Int, _ probability: Double) {
      self.offline = offline
      self.probability = probability
    }
  }

  /// n: the number of offline vertices.
  public let offlineCount: Int
  /// w, shape (n): what a success of each offline vertex earns.
  public let weights: [Double]
  /// How often each offline vertex can succeed, shape (n); 1 in the plain problem.
  public let capacities: [Int]
  /// The edges of each arrival with p > 0, by ascending offline vertex.
  public let arrivals: [[Edge]]

  /// m: the number of online vertices.
  public var arrivalCount: Int { arrivals.count }
  /// The number of edges with p > 0.
  public var edgeCount: Int { arrivals.reduce(0) { $0 + $1.count } }
  /// Whether every capacity is 1.
  public var hasUnitCapacities: Bool { capacities.allSatisfy { $0 == 1 } }
  /// The single probability of all edges, when there is one.
  public var equalProbability: Double? {
    guard let first = arrivals.lazy.compactMap(\.first).first?.probability else { return nil }
    return arrivals.allSatisfy { $0.allSatisfy { $0.probability == first } } ? first : nil
  }

  /// An instance from its parts, which are checked.
  ///
  /// - Parameters:
  ///   - offlineCount: n, at least 0.
  ///   - weights: w, shape (n); 1 everywhere by default.
  ///   - capacities: Shape (n), each at least 1; 1 everywhere by default.
  ///   - arrivals: The edges of each arrival, in any order.
  /// - Throws: ``MatchingError`` naming the vertex or the arrival and edge.
  /// - Complexity: O(E log E) for E edges
  public init(
    offlineCount: Int, weights: [Double]? = nil, capacities: [Int]? = nil, arrivals: [[Edge]]
  ) throws(MatchingError) {
    guard offlineCount >= 0 else {
      throw .parameter(name: "the number of offline vertices", value: Double(offlineCount), needed: "at least 0")
    }
    let weights = weights ?? [Double](repeating: 1, count: offlineCount)
    let capacities = capacities ?? [Int](repeating: 1, count: offlineCount)
    guard weights.count == offlineCount else {
      throw .count(of: "weights", expected: offlineCount, got: weights.count)
    }
    guard capacities.count == offlineCount else {
      throw .count(of: "capacities", expected: offlineCount, got: capacities.count)
    }
    for (u, weight) in weights.enumerated() where !(weight.isFinite && weight >= 0) {
      throw .weight(offline: u, value: weight)
    }
    for (u, capacity) in capacities.enumerated() where capacity < 1 { throw .capacity(offline: u, value: capacity) }
    var checked: [[Edge]] = []
    checked.reserveCapacity(arrivals.count)
    for (v, edges) in arrivals.enumerated() {
      for (k, edge) in edges.enumerated() {
        guard edge.offline >= 0, edge.offline < offlineCount else {
          throw .offlineVertex(arrival: v, edge: k, value: edge.offline, count: offlineCount)
        }
        guard edge.probability >= 0, edge.probability <= 1 else {
          throw .probability(arrival: v, edge: k, value: edge.probability)
        }
      }
      let sorted = edges.sorted { $0.offline < $1.offline }
      for k in sorted.indices.dropFirst() where sorted[k].offline == sorted[k - 1].offline {
        throw .duplicateEdge(arrival: v, offline: sorted[k].offline)
      }
      checked.append(sorted.filter { $0.probability > 0 })
    }
    self.offlineCount = offlineCount
    self.weights = weights
    self.capacities = capacities
    self.arrivals = checked
  }

  /// The neighbours of each offline vertex in order of arrival, with their probabilities.
  public var neighbours: [[(arrival: Int, probability: Double)]] {
    var result = [[(arrival: Int, probability: Double)]](repeating: [], count: offlineCount)
    for (v, edges) in arrivals.enumerated() {
      for edge in edges { result[edge.offline].append((v, edge.probability)) }
    }
    return result
  }

  /// The last arrival with an edge to each offline vertex; −1 for an isolated vertex.
  var lastArrivals: [Int] {
    var result = [Int](repeating: -1, count: offlineCount)
    for (v, edges) in arrivals.enumerated() { for edge in edges { result[edge.offline] = v } }
    return result
  }

  /// The same instance with each vertex of capacity c replaced by c copies of capacity 1, and the origin of each copy.
  ///
  /// Source: Goyal, Udwani (arXiv 1905.12778), footnote on capacities.
  public var withUnitCapacities: (instance: MatchingInstance, origins: [Int]) {
    var origins: [Int] = []
    var copies = [[Int]](repeating: [], count: offlineCount)
    for u in 0..<offlineCount {
      for _ in 0..<capacities[u] {
        copies[u].append(origins.count)
        origins.append(u)
      }
    }
    let expanded = MatchingInstance(
      sound: origins.map { weights[$0] },
      arrivals: arrivals.map { $0.flatMap { edge in copies[edge.offline].map { Edge($0, edge.probability) } } })
    return (expanded, origins)
  }

  /// The same instance with offline vertex u renamed to `labels[u]`: what a tie rule by index must not profit from.
  ///
  /// - Parameter labels: A permutation of 0 … n−1.
  /// - Returns: The relabelled instance.
  public func relabelled(_ labels: [Int]) -> MatchingInstance {
    precondition(labels.sorted() == Array(0..<offlineCount), "labels must be a permutation of the offline vertices")
    var weights = self.weights
    for u in 0..<offlineCount { weights[labels[u]] = self.weights[u] }
    return MatchingInstance(
      sound: weights,
      arrivals: arrivals.map { edges in
        edges.map { Edge(labels[$0.offline], $0.probability) }.sorted { $0.offline < $1.offline }
      })
  }

  /// An instance of unit capacities from parts that are sound already.
  init(sound weights: [Double], arrivals: [[Edge]]) {
    offlineCount = weights.count
    self.weights = weights
    capacities = [Int](repeating: 1, count: weights.count)
    self.arrivals = arrivals
  }
}
