public import Simulation

/// Monte Carlo over many runs of several algorithms on the same instance, with common random numbers.
///
/// Outcomes are drawn by one of two views of the same law. Thresholds: one uniform number r_u an offline vertex; an attempt
/// on u succeeds once 1 − Π (1 − p) over all attempts on u reaches r_u. Coins: one uniform number an arrival; the attempt at v
/// succeeds if it is below p_uv. Thresholds couple algorithms closely, so that their differences have small errors.
///
/// Source: Goyal, Udwani (arXiv 1905.12778), section 2, for the threshold view.
public struct MatchingSimulation: Sendable {
  /// How outcomes are drawn.
  public enum Outcomes: String, CaseIterable, Sendable {
    /// One number an offline vertex.
    case thresholds
    /// One number an arrival.
    case coins
  }

  /// The number of runs.
  public var replicates: Int
  /// The seed of all randomness.
  public var seed: UInt64
  /// How outcomes are drawn.
  public var outcomes: Outcomes
  /// How score rules tell equal scores apart.
  public var ties = ScoreTies.lowestIndex
  /// Whether the offline vertices get random labels in each run, so that ties by index tell nothing about the future.
  public var shufflesLabels: Bool
  /// The number of threads; the answer is the same bytes for any.
  public var workers: Int?

  /// The estimates for one algorithm.
  public struct Estimate: Sendable, Equatable {
    /// The algorithm.
    public let algorithm: MatchingAlgorithm
    /// The mean total weight.
    public let meanWeight: Double
    /// Its standard error.
    public let standardError: Double
    /// The mean number of successes of each offline vertex, shape (n).
    public let successProbability: [Double]
    /// The mean of this weight minus the first algorithm's in the same run.
    public let meanDifference: Double
    /// Its standard error.
    public let differenceStandardError: Double
  }

  /// A simulation.
  ///
  /// - Throws: ``MatchingError/parameter(name:value:needed:)`` when there are no replicates.
  public init(
    replicates: Int, seed: UInt64 = 1, outcomes: Outcomes = .thresholds, shufflesLabels: Bool = false,
    workers: Int? = nil
  ) throws(MatchingError) {
    guard replicates >= 1, replicates <= Int(UInt32.max) else {
      throw .parameter(name: "the number of replicates", value: Double(replicates), needed: "between 1 and 2³² − 1")
    }
    self.replicates = replicates
    self.seed = seed
    self.outcomes = outcomes
    self.shufflesLabels = shufflesLabels
    self.workers = workers
  }

  /// What came out of many runs.
  public struct Outcome: Sendable, Equatable {
    /// One estimate an algorithm, in the order asked for.
    public let estimates: [Estimate]
    /// The runs that the estimates cover: fewer than all for one share of several.
    public let replicates: Range<Int>
  }

  /// How many numbers a recorded run holds.
  public static func rowWidth(_ algorithms: [MatchingAlgorithm], on instance: MatchingInstance) -> Int {
    algorithms.count * (instance.offlineCount + 2)
  }

  /// Runs `algorithms` on `instance`.
  ///
  /// - Returns: One estimate an algorithm, in the order given.
  public func run(_ algorithms: [MatchingAlgorithm], on instance: MatchingInstance) -> [Estimate] {
    run(algorithms, on: instance, engine: Replicates(count: replicates, workers: workers)).estimates
  }

  /// Runs `algorithms` on `instance` on an engine that may be one share of several or record its runs.
  ///
  /// - Parameters:
  ///   - algorithms: The algorithms.
  ///   - original: The instance.
  ///   - engine: Its count must be ``replicates``.
  ///   - recorded: Rows of an earlier, interrupted run, which are not run again.
  /// - Returns: The estimates and the runs that they cover.
  /// - Complexity: O(replicates · Σ_arrivals log degree) for score rules on blocks of identical arrivals, else
  ///   O(replicates · edges).
  public func run(
    _ algorithms: [MatchingAlgorithm], on original: MatchingInstance, engine: Replicates,
    recorded: [Int: [Double]] = [:]
  ) -> Outcome {
    let copies = VertexCopies(original)
    let instance = copies.instance
    let plan = SimulationPlan(copies)
    let n = original.offlineCount
    let width = n + 2
    let result = engine.run(width: Self.rowWidth(algorithms, on: original), recorded: recorded) {
      (replicate: Int) -> [Double] in
      let draws = self.draws(replicate, instance)
      var row: [Double] = []
      row.reserveCapacity(algorithms.count * width)
      for algorithm in algorithms {
        var stream = RandomStream(
          seed: self.seed, replicate: replicate, stream: RandomStream.identifier(of: algorithm.rawValue),
          purpose: .policy)
        let succeeded = self.play(algorithm, plan, draws, &stream)
        var successes = [Double](repeating: 0, count: n)
        var weight = 0.0
        for (copy, success) in succeeded.enumerated() where success {
          successes[copies.owners[copy]] += 1
          weight += instance.weights[copy]
        }
        row.append(weight)
        row.append(weight - (row.first ?? weight))
        row += successes
      }
      return row
    }
    return Outcome(
      estimates: Self.estimates(algorithms, width: width, result.statistics), replicates: result.replicates)
  }

  /// The estimates from the recorded rows of all runs: the bytes of one whole run.
  ///
  /// - Throws: ``Simulation/SimulationError`` naming the run that is missing or has another width.
  public func merged(
    _ algorithms: [MatchingAlgorithm], on instance: MatchingInstance, rows: [Int: [Double]]
  ) throws(SimulationError) -> Outcome {
    let result = try Replicates(count: replicates).merge(width: Self.rowWidth(algorithms, on: instance), rows: rows)
    return Outcome(
      estimates: Self.estimates(algorithms, width: instance.offlineCount + 2, result.statistics),
      replicates: result.replicates)
  }

  private static func estimates(
    _ algorithms: [MatchingAlgorithm], width: Int, _ statistics: SampleStatistics
  ) -> [Estimate] {
    algorithms.enumerated().map { k, algorithm in
      let start = k * width
      return Estimate(
        algorithm: algorithm, meanWeight: statistics.means[start], standardError: statistics.standardError(start),
        successProbability: Array(statistics.means[(start + 2)..<(start + width)]),
        meanDifference: statistics.means[start + 1], differenceStandardError: statistics.standardError(start + 1))
    }
  }

  /// Plays one run of an algorithm of your own: the outcomes are those that ``run(_:on:)`` uses for the same replicate.
  ///
  /// - Parameters:
  ///   - matcher: The algorithm at the start of a run.
  ///   - instance: The instance; capacities must be 1.
  ///   - replicate: The number of the run.
  /// - Returns: Whether each offline vertex succeeded, shape (n).
  public func play(
    _ matcher: consuming some OnlineMatcher, on instance: MatchingInstance, replicate: Int
  ) -> [Bool] {
    precondition(instance.hasUnitCapacities, "own algorithms play on unit capacities: use withUnitCapacities")
    var stream = RandomStream(
      seed: seed, replicate: replicate, stream: RandomStream.identifier(of: "own"), purpose: .policy)
    return play(matcher, instance, draws(replicate, instance), &stream)
  }

  // MARK: One run

  /// The random numbers of one run that all algorithms share.
  struct Draws {
    /// 1 − r_u, shape (n): the failure probability at which u succeeds; empty with coins.
    var limits: [Double] = []
    /// One number an arrival; empty with thresholds.
    var coins: [Double] = []
    /// The order in which ties are broken, shape (n).
    var labels: [Int]
  }

  private func draws(_ replicate: Int, _ instance: MatchingInstance) -> Draws {
    var stream = RandomStream(seed: seed, replicate: replicate, purpose: .environment)
    var draws = Draws(labels: Array(0..<instance.offlineCount))
    switch outcomes {
    case .thresholds: draws.limits = (0..<instance.offlineCount).map { _ in stream.openUniform() }
    case .coins: draws.coins = (0..<instance.arrivalCount).map { _ in stream.uniform() }
    }
    if shufflesLabels {
      var labelling = RandomStream(seed: seed, replicate: replicate, purpose: .instance)
      draws.labels.shuffle(using: &labelling)
    }
    return draws
  }

  private func play(
    _ algorithm: MatchingAlgorithm, _ plan: SimulationPlan, _ draws: Draws, _ stream: inout RandomStream
  ) -> [Bool] {
    let instance = plan.instance
    switch algorithm {
    case .random: return plan.playUniformly(draws, &stream)
    case .ranking:
      var ranks = Array(0..<instance.offlineCount)
      ranks.shuffle(using: &stream)
      return plan.play(RankingRule(ranks: ranks), draws)
    case .perturbedGreedy:
      let perturbations = (0..<instance.offlineCount).map { _ in stream.uniform() }
      return plan.play(PerturbedGreedyRule(perturbations: perturbations), draws)
    case .nonAdaptive, .semiAdaptive:
      // Their plans depend on the labels through ties.
      let labelled = shufflesLabels ? instance.relabelled(draws.labels) : instance
      var labelledDraws = draws
      if !draws.limits.isEmpty {
        for u in 0..<instance.offlineCount { labelledDraws.limits[draws.labels[u]] = draws.limits[u] }
      }
      let succeeded =
        algorithm == .nonAdaptive
        ? play(NonAdaptive.Matcher(assignment: NonAdaptive(for: labelled).assignment), labelled, labelledDraws, &stream)
        : play(
          SemiAdaptive.Matcher(
            choices: SemiAdaptive(for: labelled).choices,
            flagged: [Bool](repeating: false, count: instance.offlineCount)), labelled, labelledDraws, &stream)
      return (0..<instance.offlineCount).map { succeeded[draws.labels[$0]] }
    case .fractionalBalance:
      return play(
        FractionalBalance.Matcher(FractionalBalance(), weights: instance.weights), instance, draws, &stream)
    default:
      guard let rule = algorithm.rule(ties: ties) else { preconditionFailure("\(algorithm) is no score rule") }
      return rule.ties == .uniform ? playOpenly(rule, plan.copies, draws, &stream) : plan.play(rule, draws)
    }
  }

  /// One run of a score rule whose ties are told apart by chance, arrival by arrival.
  private func playOpenly(
    _ rule: some ScoreRule, _ copies: VertexCopies, _ draws: Draws, _ stream: inout RandomStream
  ) -> [Bool] {
    play(ScoreMatcher(rule, on: copies), copies.instance, draws, &stream)
  }

  private func play(
    _ matcher: consuming some OnlineMatcher, _ instance: MatchingInstance, _ draws: Draws, _ stream: inout RandomStream
  ) -> [Bool] {
    var outcomes = OutcomeState(instance.offlineCount, draws)
    for (v, edges) in instance.arrivals.enumerated() where !edges.isEmpty {
      guard let position = matcher.choose(among: edges, arrival: v, available: outcomes.available, using: &stream)
      else {
        continue
      }
      let edge = edges[position]
      matcher.record(edge, succeeded: outcomes.attempt(edge.offline, edge.probability, arrival: v))
    }
    return outcomes.available.map { !$0 }
  }
}

/// Who is still available in one run, and the draws that decide attempts.
struct OutcomeState {
  private(set) var available: [Bool]
  private var failure: [Double]
  private let limits: [Double]
  private let coins: [Double]

  init(_ offlineCount: Int, _ draws: MatchingSimulation.Draws) {
    available = [Bool](repeating: true, count: offlineCount)
    failure = [Double](repeating: 1, count: offlineCount)
    limits = draws.limits
    coins = draws.coins
  }

  /// Whether the attempt succeeds; the vertex is used up then.
  mutating func attempt(_ u: Int, _ p: Double, arrival v: Int) -> Bool {
    let succeeds: Bool
    if limits.isEmpty {
      succeeds = coins[v] < p
    } else {
      failure[u] *= 1 - p
      succeeds = failure[u] <= limits[u]
    }
    if succeeds { available[u] = false }
    return succeeds
  }
}

/// An instance made ready for many runs: identical consecutive arrivals are one block.
struct SimulationPlan: Sendable {
  struct Block: Sendable {
    let edges: [MatchingInstance.Edge]
    let first: Int
    let count: Int
  }

  let copies: VertexCopies
  let blocks: [Block]
  var instance: MatchingInstance { copies.instance }

  init(_ copies: VertexCopies) {
    let instance = copies.instance
    var blocks: [Block] = []
    var start = 0
    let arrivals = instance.arrivals
    while start < arrivals.count {
      var end = start + 1
      while end < arrivals.count, arrivals[end] == arrivals[start] { end += 1 }
      if !arrivals[start].isEmpty { blocks.append(Block(edges: arrivals[start], first: start, count: end - start)) }
      start = end
    }
    self.copies = copies
    self.blocks = blocks
  }

  /// One run of a score rule whose ties go to the lowest label.
  ///
  /// Within a block only the score of the vertex attempted changes, so that a heap by (score, label) finds the best edge in
  /// O(log degree). Scores count as equal when they round to the same multiple of ``tieTolerance``. Where copies share a
  /// memory, the keys of the others grow stale when one is attempted; since scores only fall with the load, a stale key on
  /// top is renewed before it counts.
  func play(_ rule: some ScoreRule, _ draws: MatchingSimulation.Draws) -> [Bool] {
    let n = instance.offlineCount
    let weights = instance.weights
    let copies = copies
    let shared = rule.memory.isShared
    var memory = [Double](repeating: rule.memory.initial, count: n)
    var outcomes = OutcomeState(n, draws)
    func key(_ edge: MatchingInstance.Edge) -> Double {
      (rule.score(of: edge, weight: weights[edge.offline], memory: memory[copies.slot(edge.offline, shared: shared)])
        / tieTolerance).rounded()
    }
    func remember(_ edge: MatchingInstance.Edge) {
      let place = copies.slot(edge.offline, shared: shared)
      memory[place] = rule.memory.updated(
        memory[place], afterFailureOf: edge.probability, capacity: copies.capacities[edge.offline])
    }
    for block in blocks {
      var heap = ScoreHeap(capacity: block.edges.count)
      for (k, edge) in block.edges.enumerated() where outcomes.available[edge.offline] {
        heap.append(.init(key: key(edge), label: Int32(draws.labels[edge.offline]), position: Int32(k)))
      }
      heap.arrange()
      var v = block.first
      let end = v + block.count
      while v < end, let best = heap.first {
        let edge = block.edges[Int(best.position)]
        if shared, key(edge) != best.key {
          heap.replaceFirst(key: key(edge))
          continue
        }
        if outcomes.attempt(edge.offline, edge.probability, arrival: v) {
          if shared { remember(edge) }
          heap.removeFirst()
        } else if rule.memory != .nothing {
          remember(edge)
          heap.replaceFirst(key: key(edge))
        }
        v += 1
      }
    }
    return outcomes.available.map { !$0 }
  }
}

extension SimulationPlan {
  /// One run of ``RandomRule``: the available vertices of a block are a list that success shortens.
  func playUniformly(_ draws: MatchingSimulation.Draws, _ stream: inout RandomStream) -> [Bool] {
    var outcomes = OutcomeState(instance.offlineCount, draws)
    for block in blocks {
      var open = block.edges.filter { outcomes.available[$0.offline] }
      for v in block.first..<(block.first + block.count) where !open.isEmpty {
        let choice = stream.index(below: open.count)
        if outcomes.attempt(open[choice].offline, open[choice].probability, arrival: v) {
          open.swapAt(choice, open.count - 1)
          open.removeLast()
        }
      }
    }
    return outcomes.available.map { !$0 }
  }
}

/// A binary heap of edges, the best on top: largest key, then lowest label.
private struct ScoreHeap {
  struct Entry {
    var key: Double
    let label: Int32
    let position: Int32

    func precedes(_ other: Entry) -> Bool { key > other.key || key == other.key && label < other.label }
  }

  private var entries: [Entry] = []

  init(capacity: Int) { entries.reserveCapacity(capacity) }

  var first: Entry? { entries.first }

  mutating func append(_ entry: Entry) { entries.append(entry) }

  mutating func arrange() { for k in stride(from: entries.count / 2 - 1, through: 0, by: -1) { sink(from: k) } }

  mutating func removeFirst() {
    let last = entries.removeLast()
    guard !entries.isEmpty else { return }
    entries[0] = last
    sink(from: 0)
  }

  mutating func replaceFirst(key: Double) {
    entries[0].key = key
    sink(from: 0)
  }

  private mutating func sink(from start: Int) {
    entries.withUnsafeMutableBufferPointer { entries in
      let count = entries.count
      guard start < count else { return }
      let moving = entries[start]
      var hole = start
      while true {
        var child = 2 * hole + 1
        guard child < count else { break }
        if child + 1 < count, entries[child + 1].precedes(entries[child]) { child += 1 }
        guard entries[child].precedes(moving) else { break }
        entries[hole] = entries[child]
        hole = child
      }
      entries[hole] = moving
    }
  }
}
