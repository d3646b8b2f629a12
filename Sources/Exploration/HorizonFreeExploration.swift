internal import LinearAlgebra
internal import RealModule

/// HF-UCRL-RFE++ with a tractable planner: explores a linear mixture MDP without rewards, so that afterwards any reward of
/// total at most 1 can be planned for.
///
/// The source prescribes weighted regressions of moments and assumes an oracle that maximises accumulated uncertainty over
/// policies, parameters and rewards. Here the parameter leaves the search by projecting the centres onto the valid
/// parameters, and policies and rewards are searched by one of two computable planners. Why each piece exists: the
/// planning error for every reward is at most a constant times the largest V̂₁; V̂₁ summed over episodes telescopes into
/// per-step uncertainties; dividing each observation by its variance makes their sum depend on the total variance of an
/// episode, at most 1 for values of total-1 rewards; the variance of V needs the second moment, whose own regression needs
/// the fourth, and so on; the floor γ² ‖f‖ stops single observations from dominating.
///
/// Found: W. Zhang et al. 2023 (arXiv 2303.10165), algorithms 4 and 5 of the dissertation behind it. Derived here:
/// projection, relaxed and coupled planners, selection key, practical radius. The guarantee with projected centres (twice
/// the smallest certificate bounds the planning error, order d√K + d² over K) is our derivation, not peer reviewed.
public struct HorizonFreeExploration: Sendable, Equatable {
  /// How an episode's policy is found.
  public enum Explorer: String, Sendable, Equatable {
    /// One backward pass with the worst one-step error of every pair; gives certificates.
    case relaxed
    /// The best of a finite list of pseudo rewards, each with a policy of its own: the structure of the source; its
    /// value is a lower estimate, not a certificate.
    case coupled
  }

  /// When a new policy is computed.
  public enum Replanning: Sendable, Equatable {
    /// Before every episode.
    case everyEpisode
    /// When ln det of a level-0 Gram matrix has grown by this many ln 2 since the last time.
    case determinantGrowth(Double)
  }

  /// How an episode's policy is found.
  public var explorer: Explorer
  /// M: the number of moment levels; 1 switches weighting off. Nil is the theory's ⌈log2(7 K H)⌉ for ``plannedEpisodes``.
  public var levels: Int? = 4
  /// K for which the theory's number of levels is computed.
  public var plannedEpisodes = 1000
  /// β.
  public var radius = ConfidenceRadius.practical(0.1)
  /// B; nil is max(1, ‖θ‖) of the world. A smaller one than ‖θ‖ voids the guarantee; see
  /// ``ExplorationSession/isParameterBoundTooSmall``.
  public var parameterBound: Double?
  /// λ; nil is d/B².
  public var ridge: Double?
  /// α²; nil is 1/H.
  public var leastVariance: Double?
  /// γ²; nil is d^(−1/2).
  public var uncertaintyFloor: Double?
  /// The factor of the bonus of accumulated uncertainty: 1 with projected centres (derived), 2 in the source.
  public var optimism = 1.0
  /// How actions and candidates are compared.
  public var selectionKey = SelectionKey.untruncated
  /// Whether norms are centred on total mass; certificates become 7 to 30 % smaller (derived, measured).
  public var centredNorms = false
  /// Whether θ ≥ 0 is known.
  public var simplex = false
  /// When a new policy is computed.
  public var replanning = Replanning.everyEpisode
  /// Whether subsets of more than ``SubsetUncertainty/enumerationLimit`` states may be searched by ascent; certificates
  /// are then heuristic.
  public var allowsHeuristicSubsets = false
  /// Whether the session keeps a record of every episode.
  public var keepsTrace = false
  /// The largest number of Gram matrix entries, 2 M d².
  public var sizeLimit = 1 << 26

  /// The algorithm with its default options.
  public init(_ explorer: Explorer = .relaxed) { self.explorer = explorer }

  /// Starts exploring `world` from the random stream of `seed`.
  ///
  /// - Throws: ``ExplorationError`` naming an option out of range, features of radius above 1, too many states for
  ///   enumeration, or a size above the limit.
  public func session(in world: LinearMixtureMDP, seed: UInt64) throws(ExplorationError) -> ExplorationSession {
    ExplorationSession(
      world: world, seed: seed, explorer: try HorizonFreeExplorer(self, world), keepsTrace: keepsTrace,
      parameterBound: parameterBound)
  }

  /// The checked setting for `world`.
  func setting(for world: LinearMixtureMDP) throws(ExplorationError) -> ConfidenceRadius.Setting {
    let d = Double(world.dimension)
    let bound = parameterBound ?? world.parameterBound
    let count =
      levels ?? max(2, Int(Double.log2(7 * Double(max(1, plannedEpisodes)) * Double(world.horizon)).rounded(.up)))
    try requirePositive(count, "levels")
    let setting = ConfidenceRadius.Setting(
      dimension: world.dimension, horizon: world.horizon, levels: count, parameterBound: bound,
      ridge: ridge ?? d / (bound * bound), leastVariance: leastVariance ?? 1 / Double(world.horizon),
      uncertaintyFloor: uncertaintyFloor ?? 1 / d.squareRoot())
    guard bound >= 1, bound.isFinite else { throw .parameter(name: "B", value: bound, needed: "at least 1 and finite") }
    for (name, value) in [
      ("lambda", setting.ridge), ("alpha^2", setting.leastVariance), ("optimism", optimism),
    ] where !(value > 0 && value.isFinite) {
      throw .parameter(name: name, value: value, needed: "positive and finite")
    }
    guard setting.uncertaintyFloor >= 0, setting.uncertaintyFloor.isFinite else {
      throw .parameter(name: "gamma^2", value: setting.uncertaintyFloor, needed: "at least 0 and finite")
    }
    switch radius {
    case .practical(let c):
      guard c >= 0, c.isFinite else { throw .parameter(name: "c", value: c, needed: "at least 0 and finite") }
    case .theory(let delta):
      guard delta > 0, delta < 1 else {
        throw .parameter(name: "delta", value: delta, needed: "strictly between 0 and 1")
      }
      guard setting.uncertaintyFloor > 0 else {
        throw .parameter(name: "gamma^2", value: 0, needed: "positive with the radius of the theory")
      }
    }
    if case .determinantGrowth(let growth) = replanning, !(growth > 0) {
      throw .parameter(name: "determinant growth", value: growth, needed: "positive")
    }
    let size = 2 * count * world.dimension * world.dimension
    guard size <= sizeLimit else { throw .tooLarge(what: "the regressions", count: size, limit: sizeLimit) }
    try requireUnitRadius(world.features)
    if explorer == .relaxed { try requireSubsets(world) }
    return setting
  }

  /// Throws when the subsets of the states can neither be enumerated nor may be searched by ascent.
  func requireSubsets(_ world: LinearMixtureMDP) throws(ExplorationError) {
    guard world.stateCount <= SubsetUncertainty.enumerationLimit || allowsHeuristicSubsets else {
      throw .tooManyStates(
        world.stateCount, limit: SubsetUncertainty.enumerationLimit, mend: "allow the heuristic search")
    }
  }
}

/// Throws when the features are larger than the radii of the algorithms assume.
func requireUnitRadius(_ features: MixtureFeatures) throws(ExplorationError) {
  let radius = FeatureRadius(features)
  // Above the enumeration limit only an upper bound is known, which may exceed 1 for sound features.
  guard !radius.isExact || radius.value <= 1 + FeatureRadius.tolerance else { throw .featureRadius(radius.value) }
}

/// The running algorithm.
struct HorizonFreeExplorer: EpisodeExplorer {
  let options: HorizonFreeExploration
  let setting: ConfidenceRadius.Setting
  private let features: MixtureFeatures
  private let stacked: StackedFeatures
  private let horizon: Int
  private let startState: Int
  private let projection: ParameterProjection
  private let candidates: [PseudoReward]
  private var tilde: MomentRegressions
  private var hat: MomentRegressions
  private var plan: EpisodePlan?
  private var plannedDeterminants = (tilde: -Double.infinity, hat: -Double.infinity)
  private var uncertainty: SubsetUncertainty?
  private var target: [Double]
  private var beta = 0.0
  private var nonConvergedProjections = 0
  private var best: BestCertificate?
  private var record: EpisodeTrace?

  init(_ options: HorizonFreeExploration, _ world: LinearMixtureMDP) throws(ExplorationError) {
    self.options = options
    setting = try options.setting(for: world)
    features = world.features
    stacked = StackedFeatures(world.features)
    horizon = world.horizon
    startState = world.startState
    projection = ParameterProjection(ValidParameters(world.features, simplex: options.simplex))
    candidates =
      options.explorer == .coupled ? PseudoReward.candidates(stateCount: world.stateCount, horizon: horizon) : []
    tilde = try MomentRegressions(levels: setting.levels, features: features, ridge: setting.ridge)
    hat = tilde
    target = .init(repeating: 0, count: world.stateCount)
  }

  mutating func plan(episode: Int) throws(LinearAlgebraError) -> EpisodePolicy {
    if let plan, !needsPlan {
      if options.keepsTrace { record = trace(episode, plan, nil) }
      return .deterministic(plan.policy)
    }
    try tilde.startEpisode()
    try hat.startEpisode()
    beta = options.radius.value(episode: episode, setting)
    let centres = centres()
    let planner = try planner(beta: beta, centres: centres)
    let next: EpisodePlan
    switch options.explorer {
    case .relaxed:
      let worst = SubsetUncertainty(planner.tilde, pairCount: features.pairCount)
      next = planner.relaxed(worst)
      uncertainty = worst
      if next.startValue < best?.value ?? .infinity {
        best = BestCertificate(
          episode: episode, value: next.startValue, model: planner.model, isHeuristic: !worst.isExact)
      }
    case .coupled:
      next = planner.coupled(candidates)
    }
    plan = next
    plannedDeterminants = (tilde.levels[0].logDeterminant, hat.levels[0].logDeterminant)
    if options.keepsTrace { record = trace(episode, next, centres) }
    return .deterministic(next.policy)
  }

  private var needsPlan: Bool {
    switch options.replanning {
    case .everyEpisode: return true
    case .determinantGrowth(let growth):
      let needed = growth * .log(2)
      return tilde.levels[0].logDeterminant - plannedDeterminants.tilde > needed
        || hat.levels[0].logDeterminant - plannedDeterminants.hat > needed
    }
  }

  mutating func observe(step: Int, pair: Int, next: Int) {
    guard let plan else { return }
    let n = features.stateCount
    let successor = (step + 1) * n
    if let values = plan.values {
      for t in 0..<n { target[t] = values[successor + t] }
    } else if let uncertainty {
      for t in 0..<n { target[t] = uncertainty.subsets[pair * n + t] }
    }
    tilde.observe(
      pair: pair, next: next, target: target, features, beta: beta, leastVariance: setting.leastVariance,
      uncertaintyFloor: setting.uncertaintyFloor)
    for t in 0..<n { target[t] = plan.accumulated[successor + t] }
    hat.observe(
      pair: pair, next: next, target: target, features, beta: beta, leastVariance: setting.leastVariance,
      uncertaintyFloor: setting.uncertaintyFloor)
    if options.keepsTrace {
      record?.trajectory += [pair / features.actionCount, pair % features.actionCount, next]
      record?.modelVariances.append(tilde.moments.weights)
      record?.accumulatedVariances.append(hat.moments.weights)
    }
  }

  mutating func finishEpisode() throws(LinearAlgebraError) -> EpisodeTrace? {
    guard options.keepsTrace, var record else { return nil }
    func estimates(_ family: MomentRegressions) throws(LinearAlgebraError) -> [[Double]] {
      var result: [[Double]] = []
      for level in family.levels { result.append(try level.estimate) }
      return result
    }
    record.modelEstimates = try estimates(tilde)
    record.accumulatedEstimates = try estimates(hat)
    record.modelLogDeterminants = tilde.levels.map(\.logDeterminant)
    record.accumulatedLogDeterminants = hat.levels.map(\.logDeterminant)
    self.record = nil
    return record
  }

  /// The projected centres of the present regressions.
  private func projected() throws(LinearAlgebraError) -> Centres {
    let model = projection(try tilde.levels[0].estimate, in: tilde.levels[0].factor)
    let accumulated = projection(try hat.levels[0].estimate, in: hat.levels[0].factor)
    return Centres(
      model: model.parameter, accumulated: accumulated.parameter,
      failures: (model.isConverged ? 0 : 1) + (accumulated.isConverged ? 0 : 1))
  }

  /// The projected centres of the start of the episode; failures are counted.
  private mutating func centres() -> Centres {
    let model = projection(tilde.centres[0], in: tilde.levels[0].factor)
    let accumulated = projection(hat.centres[0], in: hat.levels[0].factor)
    let failures = (model.isConverged ? 0 : 1) + (accumulated.isConverged ? 0 : 1)
    nonConvergedProjections += failures
    return Centres(model: model.parameter, accumulated: accumulated.parameter, failures: failures)
  }

  private func planner(beta: Double, centres: Centres) throws(LinearAlgebraError) -> EpisodePlanner {
    EpisodePlanner(
      stateCount: features.stateCount, actionCount: features.actionCount, horizon: horizon, startState: startState,
      tilde: try WhitenedFeatures(stacked, in: tilde.levels[0].factor, centred: options.centredNorms),
      hat: try WhitenedFeatures(stacked, in: hat.levels[0].factor, centred: options.centredNorms),
      hatMixture: features.mixture(centres.accumulated), model: features.kernel(centres.model), beta: beta,
      optimism: options.optimism, key: options.selectionKey)
  }

  private func trace(_ episode: Int, _ plan: EpisodePlan, _ centres: Centres?) -> EpisodeTrace {
    EpisodeTrace(
      episode: episode, radius: beta, modelCentre: centres?.model, accumulatedCentre: centres?.accumulated,
      candidateValues: plan.candidateValues, candidate: plan.candidate,
      uncertainties: uncertainty.map { $0.values.map { min(1, beta * $0) } } ?? [],
      subsets: uncertainty?.subsets ?? [], policy: plan.policy, startValue: plan.startValue)
  }

  // MARK: What was learnt

  func targetedModel() throws(ExplorationError) -> LearnedModel? {
    do {
      let centre = projection(try tilde.levels[0].estimate, in: tilde.levels[0].factor)
      return LearnedModel(
        parameter: centre.parameter, kernel: features.kernel(centre.parameter), isConverged: centre.isConverged)
    } catch {
      throw .numerics(error)
    }
  }

  func certificate(radius: ConfidenceRadius?, episode: Int) throws(ExplorationError) -> ExplorationCertificate? {
    guard features.stateCount <= SubsetUncertainty.enumerationLimit || options.allowsHeuristicSubsets else {
      return nil
    }
    do {
      let beta = (radius ?? options.radius).value(episode: max(1, episode), setting)
      let planner = try planner(beta: beta, centres: try projected())
      let worst = SubsetUncertainty(planner.tilde, pairCount: features.pairCount)
      return ExplorationCertificate(
        value: planner.relaxed(worst).startValue, radius: beta, isHeuristic: !worst.isExact)
    } catch {
      throw .numerics(error)
    }
  }

  func regression() throws(LinearAlgebraError) -> (estimate: [Double], gram: Matrix)? {
    (try tilde.levels[0].estimate, tilde.levels[0].factor.matrix)
  }

  var account: ExplorerAccount {
    ExplorerAccount(
      nonConvergedProjections: nonConvergedProjections, best: best, startValue: plan?.startValue)
  }

  /// Projected level-0 centres.
  private struct Centres {
    var model: [Double]
    var accumulated: [Double]
    var failures: Int
  }
}
