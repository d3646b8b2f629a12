internal import RealModule

/// An opportunistic online algorithm that attempts the available edge of the largest score.
///
/// The score may depend on the edge, on the weight of its offline vertex and on one number the algorithm remembers for that
/// vertex, which changes with each failed attempt. Own algorithms conform to this to be evaluated exactly, simulated,
/// certified and compared.
public protocol ScoreRule: Sendable {
  /// What is remembered of each offline vertex.
  var memory: VertexMemory { get }
  /// How equal scores (within ``tieTolerance`` of the best) are told apart.
  var ties: ScoreTies { get }
  /// The score of an edge; the largest wins.
  ///
  /// - Parameters:
  ///   - edge: The edge, with its offline vertex and probability.
  ///   - weight: w of the offline vertex.
  ///   - memory: What is remembered of the offline vertex.
  /// - Returns: The score, in any unit.
  func score(of edge: MatchingInstance.Edge, weight: Double, memory: Double) -> Double
}

/// Scores within this of the best count as equal, absolute.
public let tieTolerance = 1e-12

/// How equal scores are told apart.
public enum ScoreTies: String, CaseIterable, Sendable, Equatable {
  /// The lowest offline vertex wins.
  case lowestIndex = "lowest"
  /// Each is equally likely, at each arrival anew.
  case uniform = "random"
}

/// The number remembered of an offline vertex.
public enum VertexMemory: Sendable, Equatable {
  /// Nothing.
  case nothing
  /// l: the sum of the probabilities of its failed attempts; starts at 0.
  case load
  /// q: the product of 1 − p over its failed attempts; starts at 1.
  case failureProbability
  /// l/c: the sum of the probabilities of all its attempts, successful ones too, over its capacity; starts at 0.
  case relativeLoad

  /// Whether the copies of a vertex of capacity above 1 have one memory in common.
  var isShared: Bool { self == .relativeLoad }

  /// Before the first attempt.
  var initial: Double { self == .failureProbability ? 1 : 0 }

  /// After a failed attempt of the given probability, or with a shared memory any attempt; `capacity` is that of the vertex.
  func updated(_ value: Double, afterFailureOf probability: Double, capacity: Int) -> Double {
    switch self {
    case .nothing: 0
    case .load: value + probability
    case .failureProbability: value * (1 - probability)
    case .relativeLoad: value + probability / Double(capacity)
    }
  }
}

extension ScoreRule {
  /// The lowest offline vertex wins.
  public var ties: ScoreTies { .lowestIndex }

  /// The positions in `edges` of all available edges whose score is within ``tieTolerance`` of the best, ascending; only
  /// the first of them under the lowest-index rule.
  ///
  /// - Parameters:
  ///   - edges: The edges of the arrival, by ascending offline vertex.
  ///   - weights: w, shape (n).
  ///   - memory: What is remembered of offline vertex u.
  ///   - isAvailable: Whether offline vertex u has not succeeded.
  /// - Returns: Positions in `edges`; none when no edge is available.
  func candidates(
    among edges: [MatchingInstance.Edge], weights: [Double], memory: (Int) -> Double, isAvailable: (Int) -> Bool
  ) -> [Int] {
    var scores: [(position: Int, score: Double)] = []
    var best = -Double.infinity
    for (k, edge) in edges.enumerated() where isAvailable(edge.offline) {
      let score = score(of: edge, weight: weights[edge.offline], memory: memory(edge.offline))
      scores.append((k, score))
      if score > best { best = score }
    }
    let tied = scores.filter { $0.score >= best - tieTolerance }.map(\.position)
    return ties == .lowestIndex ? Array(tied.prefix(1)) : tied
  }
}

/// Attempts the edge of the largest expected gain p_uv w_u. At least 1/2 of the clairvoyant optimum.
public struct GreedyRule: ScoreRule {
  /// The rule.
  public init() {}
  /// Nothing is remembered.
  public var memory: VertexMemory { .nothing }
  /// p_uv w_u
  public func score(of edge: MatchingInstance.Edge, weight: Double, memory: Double) -> Double {
    edge.probability * weight
  }
}

/// Attempts an available edge uniformly at random.
public struct RandomRule: ScoreRule {
  /// The rule.
  public init() {}
  /// Nothing is remembered.
  public var memory: VertexMemory { .nothing }
  /// All edges are equal and chance decides.
  public var ties: ScoreTies { .uniform }
  /// 0
  public func score(of edge: MatchingInstance.Edge, weight: Double, memory: Double) -> Double { 0 }
}

/// Attempts the available neighbour of the least load: the Stochastic Balance of Mehta, Panigrahi (2012).
public struct LeastLoadRule: ScoreRule {
  /// The rule.
  public init() {}
  /// The load.
  public var memory: VertexMemory { .load }
  /// −l_u
  public func score(of edge: MatchingInstance.Edge, weight: Double, memory: Double) -> Double { -memory }
}

/// Attempts the largest p_uv w_u φ(l_u): generalised Balance.
public struct BalanceRule: ScoreRule {
  /// φ
  public let function: ScoreFunction
  /// The rule of a score function.
  public init(_ function: ScoreFunction) { self.function = function }
  /// The load.
  public var memory: VertexMemory { .load }
  /// p_uv w_u φ(l_u)
  public func score(of edge: MatchingInstance.Edge, weight: Double, memory: Double) -> Double {
    edge.probability * weight * function(memory)
  }
}

/// Attempts the largest q_u p_uv w_u, q_u being the chance that all attempts so far on u fail: the fully adaptive algorithm
/// of Mehta, Waggoner, Zadimoghaddam (2015).
public struct FullyAdaptiveRule: ScoreRule {
  /// The rule.
  public init() {}
  /// The chance that all attempts so far fail.
  public var memory: VertexMemory { .failureProbability }
  /// q_u p_uv w_u
  public func score(of edge: MatchingInstance.Edge, weight: Double, memory: Double) -> Double {
    memory * edge.probability * weight
  }
}

/// Attempts the available neighbour of the least relative load l_u/c_u: Balance for capacities. With p = 1 it is the
/// deterministic Balance of b-matching; with capacity 1 it is ``LeastLoadRule``.
///
/// Source: Kalyanasundaram, Pruhs (2000) for p = 1.
public struct LeastRelativeLoadRule: ScoreRule {
  /// The rule.
  public init() {}
  /// The relative load.
  public var memory: VertexMemory { .relativeLoad }
  /// −l_u/c_u
  public func score(of edge: MatchingInstance.Edge, weight: Double, memory: Double) -> Double { -memory }
}

/// Attempts the largest p_uv w_u (1 − e^(l_u/c_u − 1)): Balance for weights and capacities, 1 − 1/e as capacities grow.
///
/// Source: Albers, Schubert (arXiv 2411.16947), of which only the abstract was read; the score is our guess of its rule.
public struct CapacityBalanceRule: ScoreRule {
  /// The rule.
  public init() {}
  /// The relative load.
  public var memory: VertexMemory { .relativeLoad }
  /// p_uv w_u (1 − e^(l_u/c_u − 1))
  public func score(of edge: MatchingInstance.Edge, weight: Double, memory: Double) -> Double {
    edge.probability * weight * (1 - Double.exp(memory - 1))
  }
}

/// Another rule whose ties are broken by chance.
public struct RandomTies<Rule: ScoreRule>: ScoreRule {
  /// The rule itself.
  public let rule: Rule
  /// `rule` with random ties.
  public init(_ rule: Rule) { self.rule = rule }
  /// That of the rule.
  public var memory: VertexMemory { rule.memory }
  /// Each of the best is equally likely.
  public var ties: ScoreTies { .uniform }
  /// That of the rule.
  public func score(of edge: MatchingInstance.Edge, weight: Double, memory: Double) -> Double {
    rule.score(of: edge, weight: weight, memory: memory)
  }
}

extension ScoreRule {
  /// The rule with ties broken by chance.
  var withRandomTies: any ScoreRule { RandomTies(self) }
}

/// Attempts the available neighbour that stands first in one fixed order: Ranking of Karp, Vazirani, Vazirani (1990), once
/// its random order is drawn.
public struct RankingRule: ScoreRule {
  /// The rank of each offline vertex, shape (n); 0 is the best.
  public let ranks: [Int]
  /// The rule of an order.
  public init(ranks: [Int]) { self.ranks = ranks }
  /// Nothing is remembered.
  public var memory: VertexMemory { .nothing }
  /// −rank of u
  public func score(of edge: MatchingInstance.Edge, weight: Double, memory: Double) -> Double {
    -Double(ranks[edge.offline])
  }
}

/// Attempts the largest p_uv w_u (1 − e^(y_u − 1)): PerturbedGreedy, algorithm 1 of Goyal, Udwani (arXiv 1905.12778), once
/// its perturbations y, uniform on [0, 1], are drawn.
public struct PerturbedGreedyRule: ScoreRule {
  /// 1 − e^(y_u − 1), shape (n).
  public let factors: [Double]
  /// The rule of perturbations y, shape (n), each in [0, 1].
  public init(perturbations: [Double]) { factors = perturbations.map { 1 - Double.exp($0 - 1) } }
  /// The rule of the factors 1 − e^(y_u − 1) themselves.
  init(factors: [Double]) { self.factors = factors }
  /// Nothing is remembered.
  public var memory: VertexMemory { .nothing }
  /// p_uv w_u (1 − e^(y_u − 1))
  public func score(of edge: MatchingInstance.Edge, weight: Double, memory: Double) -> Double {
    edge.probability * weight * factors[edge.offline]
  }
}
