internal import LinearAlgebra
internal import RealModule

/// UCRL-RFE and UCRL-RFE+, rewards in [0, 1] a step: one value-targeted regression, planned on with a bonus.
///
/// UCRL-RFE regresses (H − h) f*(s, a), f* the subset of states with the largest uncertainty, and explores for the pseudo
/// reward r_h(s, a) = min(1, (2β/H)(H − h) max_f ‖φ_f(s, a)‖) by
///
/// ```
/// Q_h(s, a) = clip to [0, H] of r_h + ⟨φ_{V_{h+1}}, θ⟩ + β ‖φ_{V_{h+1}}‖_{Σ⁻¹}
/// ```
///
/// UCRL-RFE+ plans its exploration with a second regression on the values V themselves, each observation divided by an
/// estimate ν of its variance, for which a third regression learns V²:
///
/// ```
/// ν = max(H²/d, var + E),  var = [⟨φ_{V²}, θ̃⟩]_{[0, H²]} − ([⟨φ_V, θ̂⟩]_{[0, H]})²
/// E = min(H², β̃ ‖φ_{V²}‖) + min(H², 2 H β̌ ‖φ_V‖)
/// ```
///
/// The final model comes from the UCRL-RFE regression. Its value V₁ bounds the planning error of step rewards by H · V₁
/// where the radius holds. Found: W. Zhang, D. Zhou, Q. Gu 2021 (arXiv 2110.06394), as restated in a dissertation; the
/// practical radius is chosen here: `radiusScale` times the radius without its constant 1, and for UCRL-RFE+ times its
/// four radii. UCRL-RFE+ was not run by the prototype behind the measured curves.
public struct UCRLRFEExploration: Sendable, Equatable {
  /// Whether exploration uses the variance-weighted regression.
  public var isPlus: Bool
  /// c: what the radius is multiplied by.
  public var radiusScale = 0.1
  /// δ.
  public var failureProbability = 0.1
  /// B; nil is max(1, ‖θ‖) of the world.
  public var parameterBound: Double?

  /// UCRL-RFE, or UCRL-RFE+.
  public init(plus: Bool = false) { isPlus = plus }

  /// Starts exploring `world` from the random stream of `seed`.
  ///
  /// - Throws: ``ExplorationError`` naming an option out of range or what of the world does not fit.
  public func session(in world: LinearMixtureMDP, seed: UInt64) throws(ExplorationError) -> ExplorationSession {
    let bound = parameterBound ?? world.parameterBound
    guard bound >= 1, bound.isFinite else { throw .parameter(name: "B", value: bound, needed: "at least 1 and finite") }
    guard radiusScale >= 0, radiusScale.isFinite else {
      throw .parameter(name: "c", value: radiusScale, needed: "at least 0 and finite")
    }
    guard failureProbability > 0, failureProbability < 1 else {
      throw .parameter(name: "delta", value: failureProbability, needed: "strictly between 0 and 1")
    }
    guard world.stateCount <= SubsetUncertainty.enumerationLimit else {
      throw .tooManyStates(
        world.stateCount, limit: SubsetUncertainty.enumerationLimit, mend: "explore with the coupled explorer")
    }
    try requireUnitRadius(world.features)
    return ExplorationSession(
      world: world, seed: seed, explorer: try UCRLRFEExplorer(self, world, bound), parameterBound: parameterBound)
  }
}

/// The exploration plan of UCRL-RFE.
struct UCRLRFEPlan: Sendable {
  /// r, shape (H, S, A).
  var pseudoReward: [Double]
  /// V, shape (H + 1, S).
  var values: [Double]
  /// Shape (H, S).
  var policy: [Int]

  /// Backward induction with the pseudo reward of `uncertainty` (radius `beta`) and the values' own mixture, bonus radius
  /// and features.
  init(
    _ uncertainty: SubsetUncertainty, beta: Double, whitened: WhitenedFeatures, mixture: [Double], bonus: Double,
    actionCount: Int, horizon: Int
  ) {
    let (n, d) = (whitened.stateCount, whitened.dimension)
    let height = Double(horizon)
    pseudoReward = .init(repeating: 0, count: horizon * n * actionCount)
    values = .init(repeating: 0, count: (horizon + 1) * n)
    policy = .init(repeating: 0, count: horizon * n)
    for step in stride(from: horizon - 1, through: 0, by: -1) {
      let next = Array(values[((step + 1) * n)..<((step + 2) * n)])
      for s in 0..<n {
        var (best, choice) = (-Double.infinity, 0)
        for a in 0..<actionCount {
          let pair = s * actionCount + a
          let reward = min(1, 2 * beta / height * Double(horizon - 1 - step) * uncertainty.values[pair])
          pseudoReward[(step * n + s) * actionCount + a] = reward
          var expected = 0.0
          for t in 0..<n { expected += mixture[pair * n + t] * next[t] }
          let width = whitened.values.withUnsafeBufferPointer { w in
            next.withUnsafeBufferPointer { next in
              next.baseAddress.map {
                WhitenedFeatures.width(w, pair: pair, dimension: d, stateCount: n, of: $0)
              } ?? 0
            }
          }
          let q = min(height, max(0, reward + expected + bonus * width))
          if q > best + EpisodePlanner.margin { (best, choice) = (q, a) }
        }
        values[step * n + s] = best
        policy[step * n + s] = choice
      }
    }
  }
}

/// The running algorithm.
private struct UCRLRFEExplorer: EpisodeExplorer {
  let options: UCRLRFEExploration
  let bound: Double
  let features: MixtureFeatures
  let stacked: StackedFeatures
  let horizon: Int
  let startState: Int
  let projection: ParameterProjection
  /// On (H − h) f*; what is planned with at the end.
  var targeted: WeightedRegression
  /// On V, weighted, and on V²; UCRL-RFE+ only.
  var weighted: WeightedRegression
  var squared: WeightedRegression
  var weightedStart: WeightedRegression
  var squaredStart: WeightedRegression
  var centres: (weighted: [Double], squared: [Double])
  var plan: UCRLRFEPlan?
  var uncertainty: SubsetUncertainty?
  var radii: (beta: Double, hat: Double, check: Double, tilde: Double) = (0, 0, 0, 0)

  init(_ options: UCRLRFEExploration, _ world: LinearMixtureMDP, _ bound: Double) throws(ExplorationError) {
    self.options = options
    self.bound = bound
    features = world.features
    stacked = StackedFeatures(world.features)
    horizon = world.horizon
    startState = world.startState
    projection = ParameterProjection(ValidParameters(world.features))
    targeted = try WeightedRegression(dimension: world.dimension, ridge: 1 / (bound * bound))
    (weighted, squared, weightedStart, squaredStart) = (targeted, targeted, targeted, targeted)
    let zero = [Double](repeating: 0, count: world.dimension)
    centres = (zero, zero)
  }

  private func currentRadii(_ k: Int) -> (beta: Double, hat: Double, check: Double, tilde: Double) {
    let (d, h, delta) = (Double(features.dimension), Double(horizon), options.failureProbability)
    let c = options.radiusScale
    let beta = ConfidenceRadius.practicalUCRLRFE(
      c, episode: k, dimension: features.dimension, horizon: horizon, parameterBound: bound,
      failureProbability: delta)
    let first = Double.log(onePlus: Double(k) * h * bound * bound)
    let second = .log(48 / delta) + 2 * .log(Double(k)) + 2 * .log(h)
    let root = (first * second).squareRoot()
    return (
      beta, c * (8 * d.squareRoot() * root + 4 * d.squareRoot() * second),
      c * (8 * d * root + 4 * d.squareRoot() * second),
      c * h * h * (8 * d.squareRoot() * root + 4 * second)
    )
  }

  mutating func plan(episode: Int) throws(LinearAlgebraError) -> EpisodePolicy {
    radii = currentRadii(episode)
    let whitened = try WhitenedFeatures(stacked, in: targeted.factor)
    let worst = SubsetUncertainty(whitened, pairCount: features.pairCount)
    uncertainty = worst
    let next: UCRLRFEPlan
    if options.isPlus {
      (weightedStart, squaredStart) = (weighted, squared)
      centres = (try weighted.estimate, try squared.estimate)
      // The weighted radius is on the scale of values divided by their standard deviation.
      next = UCRLRFEPlan(
        worst, beta: radii.beta, whitened: try WhitenedFeatures(stacked, in: weighted.factor),
        mixture: features.mixture(centres.weighted), bonus: radii.hat, actionCount: features.actionCount,
        horizon: horizon)
    } else {
      next = UCRLRFEPlan(
        worst, beta: radii.beta, whitened: whitened, mixture: features.mixture(try targeted.estimate),
        bonus: radii.beta, actionCount: features.actionCount, horizon: horizon)
    }
    plan = next
    return .deterministic(next.policy)
  }

  mutating func observe(step: Int, pair: Int, next: Int) throws(LinearAlgebraError) {
    guard let plan, let uncertainty else { return }
    let n = features.stateCount
    let scale = Double(horizon - 1 - step)
    let subset = uncertainty.subsets[(pair * n)..<((pair + 1) * n)].map { scale * $0 }
    try targeted.add(features.value(pair: pair, of: subset), response: subset[next], variance: 1)
    guard options.isPlus else { return }
    let height = Double(horizon)
    let values = Array(plan.values[((step + 1) * n)..<((step + 2) * n)])
    let squares = values.map { $0 * $0 }
    let (x, y) = (features.value(pair: pair, of: values), features.value(pair: pair, of: squares))
    func inner(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    let mean = min(height, max(0, inner(x, centres.weighted)))
    let second = min(height * height, max(0, inner(y, centres.squared)))
    let error =
      min(height * height, radii.tilde * (try squaredStart.width(y)))
      + min(height * height, 2 * height * radii.check * (try weightedStart.width(x)))
    let variance = max(height * height / Double(features.dimension), second - mean * mean + error)
    try weighted.add(x, response: values[next], variance: variance)
    try squared.add(y, response: squares[next], variance: 1)
  }

  func targetedModel() throws(ExplorationError) -> LearnedModel? {
    do {
      let centre = projection(try targeted.estimate, in: targeted.factor)
      return LearnedModel(
        parameter: centre.parameter, kernel: features.kernel(centre.parameter), isConverged: centre.isConverged)
    } catch {
      throw .numerics(error)
    }
  }

  /// V₁ of the plan in hand: the unit-scale certificate, planning error of step rewards at most H · V₁.
  func certificate(radius: ConfidenceRadius?, episode: Int) -> ExplorationCertificate? {
    guard radius == nil, let plan else { return nil }
    return ExplorationCertificate(
      value: min(1, plan.values[startState]), radius: radii.beta, isHeuristic: false)
  }
}
