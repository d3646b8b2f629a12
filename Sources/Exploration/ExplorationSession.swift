internal import LinearAlgebra
internal import Simulation

/// What an episode follows.
enum EpisodePolicy: Sendable {
  /// One action a step and state, shape (H, S).
  case deterministic([Int])
  /// Any action with the same probability.
  case uniform
}

/// An explorer as the episodes see it: plans, observes, is asked what it learnt.
protocol EpisodeExplorer: Sendable {
  mutating func plan(episode: Int) throws(LinearAlgebraError) -> EpisodePolicy
  mutating func observe(step: Int, pair: Int, next: Int) throws(LinearAlgebraError)
  mutating func finishEpisode() throws(LinearAlgebraError) -> EpisodeTrace?
  /// The kernel of the explorer's own regression; nil when it has none.
  func targetedModel() throws(ExplorationError) -> LearnedModel?
  /// The certificate of the present state; nil when the explorer gives none.
  func certificate(radius: ConfidenceRadius?, episode: Int) throws(ExplorationError) -> ExplorationCertificate?
  /// The estimate of the model and its Gram matrix, before projection; nil when the explorer has none.
  func regression() throws(LinearAlgebraError) -> (estimate: [Double], gram: Matrix)?
  var account: ExplorerAccount { get }
}

/// What an explorer keeps count of.
struct ExplorerAccount: Sendable {
  var nonConvergedProjections = 0
  var best: BestCertificate?
  /// V̂ at the start of the last plan.
  var startValue: Double?
}

/// A kernel learnt from episodes.
public struct LearnedModel: Sendable, Equatable {
  /// The parameter behind it; nil for a tabular estimate.
  public let parameter: [Double]?
  /// The kernel, a distribution in every row.
  public let kernel: TransitionKernel
  /// Whether the estimate was computed to its tolerance; otherwise the kernel was clipped and renormalised.
  public let isConverged: Bool
}

/// What the relaxed recursion says about the planning error.
public struct ExplorationCertificate: Sendable, Equatable {
  /// C in [0, 1]: where the centres are within the radius, the model error of every policy and reward is at most C and
  /// the planning error at most 2C.
  public let value: Double
  /// β, the radius it was computed with.
  public let radius: Double
  /// Whether subsets were searched by ascent, so that C may be too small.
  public let isHeuristic: Bool

  /// min(1, 2 C).
  public var planningErrorBound: Double { min(1, 2 * value) }
}

/// The episode with the smallest certificate: the one whose model the guarantee is about.
public struct BestCertificate: Sendable, Equatable {
  /// The number of the episode, from 1.
  public let episode: Int
  /// C of that episode.
  public let value: Double
  /// The model at its start.
  public let model: TransitionKernel
  /// Whether subsets were searched by ascent.
  public let isHeuristic: Bool
}

/// A record of one episode.
public struct EpisodeTrace: Sendable, Equatable {
  /// k, from 1.
  public let episode: Int
  /// β_k.
  public let radius: Double
  /// The projected centre of the model, shape (d); nil when the episode repeated the last policy.
  public let modelCentre: [Double]?
  /// The projected centre of accumulated uncertainty, shape (d).
  public let accumulatedCentre: [Double]?
  /// The keys of the candidates; empty for the relaxed explorer.
  public let candidateValues: [Double]
  /// The candidate chosen.
  public let candidate: Int?
  /// min(1, u), shape (S, A); empty for the coupled explorer.
  public let uncertainties: [Double]
  /// The maximising subsets, shape (S, A, S).
  public let subsets: [Double]
  /// The policy, shape (H, S).
  public let policy: [Int]
  /// V̂ at the start.
  public let startValue: Double
  /// (s, a, s') of every step.
  public internal(set) var trajectory: [Int] = []
  /// σ² of the model's levels, one row a step.
  public internal(set) var modelVariances: [[Double]] = []
  /// σ² of the levels of accumulated uncertainty, one row a step.
  public internal(set) var accumulatedVariances: [[Double]] = []
  /// Unprojected estimates of the model's levels after the episode.
  public internal(set) var modelEstimates: [[Double]] = []
  /// Unprojected estimates of the levels of accumulated uncertainty after the episode.
  public internal(set) var accumulatedEstimates: [[Double]] = []
  /// ln det of the model's levels after the episode.
  public internal(set) var modelLogDeterminants: [Double] = []
  /// ln det of the levels of accumulated uncertainty after the episode.
  public internal(set) var accumulatedLogDeterminants: [Double] = []
}

/// Reward-free exploration of one world, episode after episode, from one random stream.
///
/// Every environment step takes one uniform number; deterministic explorers take no other, the uniform one takes one more
/// for its action. The same seed gives the same episodes.
public struct ExplorationSession: Sendable {
  /// The world.
  public let world: LinearMixtureMDP
  /// The number of episodes so far.
  public private(set) var episodes = 0
  /// N(s, a, t): how often each transition was seen, shape (S, A, S).
  public private(set) var counts: [Int]
  /// The record of every episode, when asked for.
  public private(set) var trace: [EpisodeTrace] = []
  /// Whether B is below ‖θ‖, which voids the guarantee.
  public let isParameterBoundTooSmall: Bool
  private var explorer: any EpisodeExplorer
  private var stream: SplitMix64
  private let keepsTrace: Bool

  init(
    world: LinearMixtureMDP, seed: UInt64, explorer: any EpisodeExplorer, keepsTrace: Bool = false,
    parameterBound: Double? = nil
  ) {
    self.world = world
    self.explorer = explorer
    self.keepsTrace = keepsTrace
    stream = SplitMix64(seed: seed)
    counts = .init(repeating: 0, count: world.features.pairCount * world.stateCount)
    // Rounding of a bound that was meant to be the norm is no offence.
    isParameterBoundTooSmall = parameterBound.map { $0 < world.parameterNorm * (1 - 1e-12) } ?? false
  }

  /// Runs further episodes.
  ///
  /// - Throws: ``ExplorationError/numerics(_:)`` when a regression breaks down, which sound features do not let happen.
  public mutating func run(episodes count: Int) throws(ExplorationError) {
    precondition(count >= 0, "a number of episodes is not negative")
    do {
      for _ in 0..<count { try runEpisode() }
    } catch {
      throw .numerics(error)
    }
  }

  private mutating func runEpisode() throws(LinearAlgebraError) {
    let policy = try explorer.plan(episode: episodes + 1)
    let (n, actions) = (world.stateCount, world.actionCount)
    var state = world.startState
    for step in 0..<world.horizon {
      let action =
        switch policy {
        case .deterministic(let actions): actions[step * n + state]
        case .uniform: min(Int(stream.uniform() * Double(actions)), actions - 1)
        }
      let pair = state * actions + action
      let next = world.kernel.successor(pair: pair, uniform: stream.uniform())
      counts[pair * n + next] += 1
      try explorer.observe(step: step, pair: pair, next: next)
      state = next
    }
    episodes += 1
    if let record = try explorer.finishEpisode(), keepsTrace { trace.append(record) }
  }

  /// How often each pair was visited, shape (S, A).
  public var visits: [Int] {
    (0..<world.features.pairCount).map { pair in
      counts[(pair * world.stateCount)..<((pair + 1) * world.stateCount)].reduce(0, +)
    }
  }

  /// The model of `estimator` from the episodes so far.
  ///
  /// - Throws: ``ExplorationError/noTargetedModel`` when the explorer has no regression of its own.
  public func model(_ estimator: ModelEstimator) throws(ExplorationError) -> LearnedModel {
    switch estimator {
    case .targeted:
      guard let model = try explorer.targetedModel() else { throw .noTargetedModel }
      return model
    default:
      // λ = d/B², as in the regressions of the explorers.
      let ridge = Double(world.dimension) / (world.parameterBound * world.parameterBound)
      return try estimator.model(world.features, counts: counts, ridge: ridge)
    }
  }

  /// What the present state certifies, with the radius of the explorer or another one; nil when it certifies nothing.
  public func certificate(radius: ConfidenceRadius? = nil) throws(ExplorationError) -> ExplorationCertificate? {
    try explorer.certificate(radius: radius, episode: episodes)
  }

  /// The episode with the smallest certificate, for the relaxed explorer.
  public var bestCertificate: BestCertificate? { explorer.account.best }

  /// ‖θ̃ − θ‖_Σ̃: how far the unprojected estimate of the model is from the truth in its own Gram norm, which the radius is
  /// meant to bound; nil when the explorer has no such regression.
  public func gramDistance() throws(ExplorationError) -> Double? {
    do {
      guard let (estimate, gram) = try explorer.regression() else { return nil }
      let difference = zip(estimate, world.parameter).map { $0 - $1 }
      return dot(difference, try gram.multiplied(by: difference)).squareRoot()
    } catch {
      throw .numerics(error)
    }
  }

  /// V̂ at the start state in the last plan of the relaxed or coupled explorer, which it computed before its last episode.
  public var startValue: Double? { explorer.account.startValue }

  /// How many projections of centres ended before their tolerance; their kernels were clipped and renormalised.
  public var nonConvergedProjections: Int { explorer.account.nonConvergedProjections }
}
