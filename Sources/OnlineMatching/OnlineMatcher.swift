public import Simulation

/// An online algorithm in the middle of a run: it sees each arrival, decides, and hears whether the attempt succeeded.
///
/// Every ``ScoreRule`` plays as a ``ScoreMatcher``; own algorithms that are no score rules conform to this.
public protocol OnlineMatcher {
  /// Which edge of an arrival to attempt.
  ///
  /// - Parameters:
  ///   - edges: The edges of the arrival, by ascending offline vertex.
  ///   - arrival: The number of the arrival.
  ///   - available: Whether each offline vertex has not succeeded, shape (n).
  ///   - generator: What the algorithm decides by chance.
  /// - Returns: A position in `edges` whose vertex is available, or nil to let the arrival pass.
  mutating func choose(
    among edges: [MatchingInstance.Edge], arrival: Int, available: [Bool], using generator: inout RandomStream
  ) -> Int?

  /// Hears the outcome of the attempt.
  mutating func record(_ edge: MatchingInstance.Edge, succeeded: Bool)
}

/// A score rule at play.
public struct ScoreMatcher<Rule: ScoreRule>: OnlineMatcher {
  /// The rule.
  public let rule: Rule
  private let weights: [Double]
  private var memory: [Double]
  /// Where the memory of each vertex is, and its capacity; nil where each has its own and capacity 1.
  private let copies: VertexCopies?

  /// The rule at the start of a run over vertices of these weights.
  public init(_ rule: Rule, weights: [Double]) {
    self.init(rule, weights: weights, copies: nil)
  }

  /// The rule at the start of a run over the copies of an instance.
  init(_ rule: Rule, on copies: VertexCopies) {
    self.init(rule, weights: copies.instance.weights, copies: copies)
  }

  private init(_ rule: Rule, weights: [Double], copies: VertexCopies?) {
    self.rule = rule
    self.weights = weights
    self.copies = copies
    memory = [Double](repeating: rule.memory.initial, count: weights.count)
  }

  private func slot(_ u: Int) -> Int { copies?.slot(u, shared: rule.memory.isShared) ?? u }

  /// The best edge, ties as the rule says.
  public mutating func choose(
    among edges: [MatchingInstance.Edge], arrival: Int, available: [Bool], using generator: inout RandomStream
  ) -> Int? {
    let memory = memory
    let tied = rule.candidates(
      among: edges, weights: weights, memory: { memory[slot($0)] }, isAvailable: { available[$0] })
    guard tied.count > 1 else { return tied.first }
    return tied[generator.index(below: tied.count)]
  }

  /// Updates what is remembered of the vertex.
  public mutating func record(_ edge: MatchingInstance.Edge, succeeded: Bool) {
    guard !succeeded || rule.memory.isShared else { return }
    let place = slot(edge.offline)
    memory[place] = rule.memory.updated(
      memory[place], afterFailureOf: edge.probability, capacity: copies?.capacities[edge.offline] ?? 1)
  }
}

extension NonAdaptive {
  /// The plan at play: it may waste an arrival on a vertex that has succeeded, which is letting it pass.
  struct Matcher: OnlineMatcher {
    let assignment: [Int?]

    func choose(
      among edges: [MatchingInstance.Edge], arrival: Int, available: [Bool], using generator: inout RandomStream
    ) -> Int? {
      edges.firstIndex { $0.offline == assignment[arrival] && available[$0.offline] }
    }

    func record(_ edge: MatchingInstance.Edge, succeeded: Bool) {}
  }
}

extension SemiAdaptive {
  /// The plan at play.
  struct Matcher: OnlineMatcher {
    let choices: [Choice]
    var flagged: [Bool]
    var attemptsFirst = false

    mutating func choose(
      among edges: [MatchingInstance.Edge], arrival: Int, available: [Bool], using generator: inout RandomStream
    ) -> Int? {
      guard let first = choices[arrival].first else { return nil }
      attemptsFirst = available[first.offline]
      if available[first.offline] { return edges.firstIndex { $0.offline == first.offline } }
      if !flagged[first.offline] {
        flagged[first.offline] = generator.bernoulli(first.probability)
        return nil
      }
      guard let second = choices[arrival].second, available[second.offline] else { return nil }
      return edges.firstIndex { $0.offline == second.offline }
    }

    mutating func record(_ edge: MatchingInstance.Edge, succeeded: Bool) {
      if succeeded, attemptsFirst { flagged[edge.offline] = true }
    }
  }
}
