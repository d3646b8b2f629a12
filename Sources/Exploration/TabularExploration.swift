internal import LinearAlgebra
internal import Simulation

/// RF-UCRL and RF-Express with homogeneous counts: explores a tabular world by its own optimistic error function W,
///
/// ```
/// W_h(s, a) = min(H, bonus(N(s, a)) + f Σ_t P̂(t | s, a) max_b W_{h+1}(t, b))        f = 1, or 1 + 1/H for RF-Express
/// ```
///
/// and follows its maximisers, ties told apart by chance (chosen: under the cap everything ties at first, and the lowest index
/// may never leave its corner). P̂ is the empirical kernel, uniform where nothing was seen. The bonuses of the papers are far
/// too large to explore by; ``bonusScale`` makes them practical (chosen: 0.02 and 0.001).
///
/// Found in public code of a tabular agent; papers: Kaufmann et al. (arXiv 2006.06294), Ménard et al. (arXiv 2007.13442).
public struct TabularExploration: Sendable, Equatable {
  /// Which bonus.
  public enum Rule: String, Sendable, Equatable {
    /// H √(b/n).
    case rfUCRL
    /// 15 H² b/n, next step with factor 1 + 1/H.
    case rfExpress
  }

  /// Which bonus.
  public var rule: Rule
  /// What the bonus is multiplied by.
  public var bonusScale: Double
  /// δ.
  public var failureProbability = 0.1

  /// An explorer with the practical scale of its rule.
  public init(_ rule: Rule) {
    self.rule = rule
    bonusScale = rule == .rfUCRL ? 0.02 : 0.001
  }

  /// W, shape (H, S, A), for counts N(s, a, t), shape (S, A, S).
  ///
  /// - Complexity: O(H S² A)
  public func errorFunction(counts: [Int], stateCount: Int, actionCount: Int, horizon: Int) -> [Double] {
    let n = stateCount
    let kernel = TransitionKernel(stateCount: n, actionCount: actionCount, renormalising: counts.map(Double.init))
    let bonus = TabularBonus(
      stateCount: n, actionCount: actionCount, horizon: horizon, failureProbability: failureProbability)
    let bonuses = (0..<(n * actionCount)).map { pair in
      let visits = counts[(pair * n)..<((pair + 1) * n)].reduce(0, +)
      return bonusScale * (rule == .rfUCRL ? bonus.ucrl(visits: visits) : bonus.express(visits: visits))
    }
    let factor = rule == .rfUCRL ? 1 : 1 + 1 / Double(horizon)
    var result = [Double](repeating: 0, count: horizon * n * actionCount)
    var next = [Double](repeating: 0, count: n)
    for step in stride(from: horizon - 1, through: 0, by: -1) {
      var here = next
      for s in 0..<n {
        var best = 0.0
        for a in 0..<actionCount {
          let pair = s * actionCount + a
          let value = min(Double(horizon), bonuses[pair] + factor * kernel.expectation(pair: pair, of: next))
          result[(step * n + s) * actionCount + a] = value
          best = max(best, value)
        }
        here[s] = best
      }
      next = here
    }
    return result
  }

  /// Whether the stopping rule is met at accuracy ε for the error W at the start:
  /// W ≤ ε/2 for RF-UCRL, 3 e √W + W ≤ ε/2 for RF-Express. A statement only with ``bonusScale`` 1.
  public func isDone(startError: Double, accuracy: Double) -> Bool {
    switch rule {
    case .rfUCRL: startError <= accuracy / 2
    case .rfExpress: 3 * 2.718281828459045 * startError.squareRoot() + startError <= accuracy / 2
    }
  }

  /// Starts exploring `world` from the random stream of `seed`.
  ///
  /// - Throws: ``ExplorationError/parameter(name:value:needed:)``.
  public func session(in world: LinearMixtureMDP, seed: UInt64) throws(ExplorationError) -> ExplorationSession {
    guard bonusScale > 0, bonusScale.isFinite else {
      throw .parameter(name: "bonus scale", value: bonusScale, needed: "positive and finite")
    }
    guard failureProbability > 0, failureProbability < 1 else {
      throw .parameter(name: "delta", value: failureProbability, needed: "strictly between 0 and 1")
    }
    return ExplorationSession(world: world, seed: seed, explorer: TabularExplorer(options: self, world, seed: seed))
  }
}

/// Uniform actions: the baseline that every directed explorer has to beat.
public struct UniformExploration: Sendable, Equatable {
  /// The baseline.
  public init() {}

  /// Starts exploring `world` from the random stream of `seed`, two uniform numbers a step.
  public func session(in world: LinearMixtureMDP, seed: UInt64) -> ExplorationSession {
    ExplorationSession(world: world, seed: seed, explorer: UniformExplorer())
  }
}

/// The running tabular algorithm.
private struct TabularExplorer: EpisodeExplorer {
  let options: TabularExploration
  let stateCount: Int
  let actionCount: Int
  let horizon: Int
  var counts: [Int]
  /// For ties only, so that the world's numbers are the same for every explorer.
  var ties: RandomStream

  init(options: TabularExploration, _ world: LinearMixtureMDP, seed: UInt64) {
    self.options = options
    stateCount = world.stateCount
    actionCount = world.actionCount
    horizon = world.horizon
    ties = RandomStream(seed: seed, purpose: .policy)
    counts = .init(repeating: 0, count: world.features.pairCount * world.stateCount)
  }

  mutating func plan(episode: Int) -> EpisodePolicy {
    let error = options.errorFunction(
      counts: counts, stateCount: stateCount, actionCount: actionCount, horizon: horizon)
    var policy = [Int](repeating: 0, count: horizon * stateCount)
    for node in policy.indices {
      let values = error[(node * actionCount)..<((node + 1) * actionCount)]
      let best = values.reduce(-Double.infinity) { max($0, $1) }
      let tied = values.indices.filter { values[$0] >= best - StepPlan.margin }
      let chosen = tied.count > 1 ? tied[ties.index(below: tied.count)] : tied[0]
      policy[node] = chosen - node * actionCount
    }
    return .deterministic(policy)
  }

  mutating func observe(step: Int, pair: Int, next: Int) { counts[pair * stateCount + next] += 1 }
}

/// The running baseline.
private struct UniformExplorer: EpisodeExplorer {
  mutating func plan(episode: Int) -> EpisodePolicy { .uniform }
  mutating func observe(step: Int, pair: Int, next: Int) {}
}

extension EpisodeExplorer {
  mutating func finishEpisode() -> EpisodeTrace? { nil }
  func targetedModel() -> LearnedModel? { nil }
  func certificate(radius: ConfidenceRadius?, episode: Int) -> ExplorationCertificate? { nil }
  func regression() -> (estimate: [Double], gram: Matrix)? { nil }
  var account: ExplorerAccount { ExplorerAccount() }
}
