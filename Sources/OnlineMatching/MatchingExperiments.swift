internal import Simulation

/// The experiments on online matching with stochastic rewards, each a table of numbers made from a seed.
public struct MatchingExperiments: Sendable {
  /// Whether small sizes are used, for a run of seconds.
  public var isQuick: Bool
  /// The seed of all randomness.
  public var seed: UInt64

  /// The experiments.
  public init(quick: Bool = false, seed: UInt64 = 1) {
    isQuick = quick
    self.seed = seed
  }

  /// A ratio to B0 estimated by simulation, beside its limit as p → 0.
  public struct RatioPoint: Sendable, Equatable {
    /// The instance in words.
    public let family: String
    /// The number of offline vertices.
    public let size: Int
    /// p = 1/copies
    public let copies: Int
    /// The algorithm.
    public let algorithm: MatchingAlgorithm
    /// Mean weight over B0.
    public let ratio: Double
    /// The standard error of the ratio.
    public let standardError: Double
    /// The exact limit for p → 0: of all opportunistic algorithms on nested families, of Stochastic Balance on z-graphs.
    public let limit: Double?
  }

  private static let compared: [MatchingAlgorithm] = [.leastLoad, .ranking, .random, .nonAdaptive]

  private func simulate(
    _ family: String, _ instance: MatchingInstance, copies: Int, replicates: Int, bound: Double, limit: Double?,
    _ algorithms: [MatchingAlgorithm]
  ) throws(MatchingError) -> [RatioPoint] {
    try MatchingSimulation(replicates: replicates, seed: seed, shufflesLabels: true).run(algorithms, on: instance).map {
      RatioPoint(
        family: family, size: instance.offlineCount, copies: copies, algorithm: $0.algorithm,
        ratio: $0.meanWeight / bound,
        standardError: $0.standardError / bound, limit: limit)
    }
  }

  /// X1: algorithms on G_n and T(n, k) as p falls; all opportunistic ones approach the exact limit.
  public func nestedFamilies() throws(MatchingError) -> [RatioPoint] {
    let sizes = isQuick ? [1, 3, 8] : [1, 2, 3, 5, 10, 20, 30, 50, 100]
    let copies = isQuick ? [10, 30] : [10, 30, 100]
    var points: [RatioPoint] = []
    func add(_ name: String, _ family: LaminarFamily, _ algorithms: [MatchingAlgorithm]) throws(MatchingError) {
      for s in copies {
        points += try simulate(
          name, family.instance(copiesPerUnit: s), copies: s, replicates: isQuick ? 200 : 1_000,
          bound: family.matchingBound, limit: family.ratio, algorithms)
      }
    }
    // NonAdaptive plans anew for the labels of every run, which is too slow beyond 20 vertices.
    for n in sizes {
      try add("G_\(n)", .triangular(n), n <= 20 ? Self.compared : Array(Self.compared.prefix(3)))
    }
    for (n, k) in isQuick ? [(3, 1)] : [(3, 1), (8, 2), (30, 10)] {
      try add("T(\(n), \(k))", .triangularThenPrivate(n, k), Array(Self.compared.prefix(3)))
    }
    return points
  }

  /// X2: the z-graph with own vertices a share 0.43 of the shared ones, hard for Stochastic Balance.
  public func zGraph() throws(MatchingError) -> [RatioPoint] {
    let sizes = isQuick ? [(10, 10)] : [(40, 50), (100, 50)]
    var points: [RatioPoint] = []
    for (n, s) in sizes {
      let own = Int((0.43 * Double(n)).rounded())
      points += try simulate(
        "z-graph(\(n), \(own))", .zGraph(shared: n, own: own, copiesPerUnit: s), copies: s,
        replicates: isQuick ? 200 : 1_000,
        bound: Double(n + own), limit: RatioConstants.zGraph(own: own, shared: n), [.leastLoad, .ranking, .random])
    }
    return points
  }

  /// How an algorithm fares over random instances, exactly.
  public struct RandomSummary: Sendable, Equatable {
    /// The algorithm.
    public let algorithm: MatchingAlgorithm
    /// The ratios to the clairvoyant optimum B5.
    public let clairvoyant: Spread
    /// The ratios to B2.
    public let stochastic: Spread
  }

  /// The smallest, the mean and the largest of some ratios.
  public struct Spread: Sendable, Equatable {
    /// The smallest.
    public let least: Double
    /// The mean.
    public let mean: Double
    /// The largest.
    public let largest: Double

    init(_ values: [Double]) {
      least = values.reduce(.infinity) { min($0, $1) }
      mean = values.reduce(0, +) / Double(values.count)
      largest = values.reduce(-.infinity) { max($0, $1) }
    }
  }

  /// X3: exact ratios on random weighted instances with unequal probabilities.
  public func randomInstances() throws(MatchingError) -> [RandomSummary] {
    var stream = RandomStream(seed: seed, purpose: .instance)
    let algorithms: [MatchingAlgorithm] = [
      .greedy, .scoreExp, .scoreGU, .scoreHZEqual, .scoreInverse, .fullyAdaptive, .semiAdaptive, .nonAdaptive,
      .leastLoad,
      .ranking, .random,
    ]
    var ratios = [[(Double, Double)]](repeating: [], count: algorithms.count)
    for _ in 0..<(isQuick ? 20 : 300) {
      let instance = try MatchingInstance.random(
        offline: 4, arrivals: 8, density: 0.6, probabilities: 0.05...0.8, weights: 0.5...2, using: &stream)
      let clairvoyant = try ExactOptimum.clairvoyant(instance)
      let stochastic = try MatchingPrograms.stochasticCompact(instance).value
      guard clairvoyant > 0 else { continue }
      for (k, algorithm) in algorithms.enumerated() {
        let earned = try ExactEvaluation().value(of: algorithm, on: instance).expectedWeight
        ratios[k].append((earned / clairvoyant, earned / stochastic))
      }
    }
    return zip(algorithms, ratios).map { algorithm, list in
      RandomSummary(
        algorithm: algorithm, clairvoyant: Spread(list.map(\.0)), stochastic: Spread(list.map(\.1)))
    }
  }

  /// One value of p on G_3, exact.
  public struct ConvergencePoint: Sendable, Equatable {
    /// p = 1/copies
    public let copies: Int
    /// Least load with the natural labels, over B0 = 3.
    public let natural: Double
    /// Least load averaged over all labels, over B0.
    public let averaged: Double
    /// The clairvoyant optimum over B0.
    public let clairvoyant: Double
    /// B2 over B0.
    public let stochastic: Double
  }

  /// X4: convergence in p on G_3, exactly.
  public func convergence() throws(MatchingError) -> [ConvergencePoint] {
    let labels = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
    var points: [ConvergencePoint] = []
    for s in isQuick ? [1, 2, 3, 5, 10] : [1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 100] {
      let instance = try MatchingInstance.triangular(3, copiesPerUnit: s)
      func least(_ instance: MatchingInstance) throws(MatchingError) -> Double {
        try ExactEvaluation().value(of: .leastLoad, on: instance).expectedWeight / 3
      }
      var averaged = 0.0
      for label in labels { averaged += try least(instance.relabelled(label)) / Double(labels.count) }
      points.append(
        ConvergencePoint(
          copies: s, natural: try least(instance), averaged: averaged,
          clairvoyant: try ExactOptimum.clairvoyant(instance) / 3,
          stochastic: try MatchingPrograms.stochasticCompact(instance).value / 3))
    }
    return points
  }

  /// The hardest T(n, k) for one n.
  public struct BoundPoint: Sendable, Equatable {
    /// n
    public let size: Int
    /// The k of the smallest ratio.
    public let shared: Int
    /// That ratio: an upper bound for every opportunistic algorithm, equal p → 0, against B0.
    public let ratio: Double
  }

  /// The finite sums behind the upper end of the interval for equal vanishing probabilities.
  public func hardestNested() throws(MatchingError) -> [BoundPoint] {
    var points: [BoundPoint] = []
    for n in isQuick ? [1, 2, 3, 4, 6, 8, 12] : [1, 2, 3, 4, 6, 8, 12, 20, 30, 50, 70, 100] {
      var best = BoundPoint(size: n, shared: n, ratio: try LaminarFamily.triangular(n).ratio)
      for k in 0..<n {
        let ratio = try LaminarFamily.triangularThenPrivate(n, k).ratio
        if ratio < best.ratio { best = BoundPoint(size: n, shared: k, ratio: ratio) }
      }
      points.append(best)
    }
    return points
  }
}
