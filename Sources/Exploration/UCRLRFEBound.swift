internal import RealModule

/// The guarantee of UCRL-RFE with every constant of its proof, after K episodes, rewards in [0, 1] a step.
///
/// ```
/// β = H √(d ln(3 (1 + K H³ B²) / δ)) + 1
/// suboptimality(K) ≤ (H/K) [ 8 β √(H K d ln(1 + K H³ B² / d)) + 8 β H d ln(1 + K H³ B²) + 2 H √(2 H K ln(3/δ)) ]
///                    + H² √(2 ln(3/δ) / K)
/// ```
///
/// Found: "Reward-free model-based RL with linear function approximation" (W. Zhang, D. Zhou, Q. Gu, arXiv 2110.06394),
/// as restated with proofs in a dissertation (section 2.8.1 there); ln(3/δ) used throughout is derived here.
public struct UCRLRFEBound: Sendable, Equatable {
  /// β: the confidence radius.
  public let beta: Double
  /// The bound on the loss of planning, for every reward in [0, 1] a step.
  public let suboptimality: Double

  /// The guarantee at `parameters`, after `episodes` of them (by default those of the parameters).
  public init(_ parameters: BoundParameters, episodes: Double? = nil) {
    let d = Double(parameters.dimension)
    let horizon = Double(parameters.horizon)
    let episodes = episodes ?? parameters.episodes
    let mass = horizon * horizon * horizon * parameters.parameterNorm * parameters.parameterNorm
    let failure = Double.log(3 / parameters.failureProbability)
    beta = horizon * (d * (logOnePlus(episodes, mass) + failure)).squareRoot() + 1
    // √(H K x) as a product of roots: K alone may be 1e300.
    let root = horizon.squareRoot() * episodes.squareRoot()
    let sum =
      8 * beta * root * (d * logOnePlus(episodes, mass / d)).squareRoot() + 8 * beta * horizon * d
      * logOnePlus(episodes, mass)
      + 2 * horizon * root * (2 * failure).squareRoot()
    suboptimality = horizon / episodes * sum + horizon * horizon * (2 * failure / episodes).squareRoot()
  }

  /// The episodes after which the guarantee reaches the accuracy of `parameters`.
  public static func episodes(_ parameters: BoundParameters) -> BoundValue {
    smallestEpisodeCount(accuracy: parameters.accuracy) { UCRLRFEBound(parameters, episodes: $0).suboptimality }
  }
}

/// The confidence radii of UCRL-RFE+; of its sample complexity only the leading order is offered as a bound.
///
/// ```
/// l₁ = ln(1 + K H B²)      l₂ = ln(48 K² H² / δ)
/// β̂ = 8 √(d l₁ l₂) + 4 √d l₂ + 1           β̌ = 8 d √(l₁ l₂) + 4 √d l₂ + 1
/// β̃ = 8 H² √(d l₁ l₂) + 4 H² l₂ + 1        β = H √(d ln(12 (1 + K H³ B²) / δ)) + 1
/// ```
///
/// Found: arXiv 2110.06394, section 2.8.1 of the dissertation that restates it.
public struct UCRLRFEPlusRadii: Sendable, Equatable {
  /// β̂: of the variance-weighted regression.
  public let betaHat: Double
  /// β̌: of the same regression inside the variance estimate.
  public let betaCheck: Double
  /// β̃: of the regression of squared values.
  public let betaTilde: Double
  /// β: of the planning regression.
  public let beta: Double

  /// The radii at `parameters`, after `episodes` of them (by default those of the parameters).
  public init(_ parameters: BoundParameters, episodes: Double? = nil) {
    let d = Double(parameters.dimension)
    let horizon = Double(parameters.horizon)
    let episodes = episodes ?? parameters.episodes
    let norm2 = parameters.parameterNorm * parameters.parameterNorm
    let delta = parameters.failureProbability
    let first = logOnePlus(episodes, horizon * norm2)
    let second = .log(48 / delta) + 2 * .log(episodes) + 2 * .log(horizon)
    let root = (first * second).squareRoot()
    let squareHorizon = horizon * horizon
    betaHat = 8 * d.squareRoot() * root + 4 * d.squareRoot() * second + 1
    betaCheck = 8 * d * root + 4 * d.squareRoot() * second + 1
    betaTilde = 8 * squareHorizon * d.squareRoot() * root + 4 * squareHorizon * second + 1
    let inner = logOnePlus(episodes, horizon * squareHorizon * norm2) + .log(12 / delta)
    beta = horizon * (d * inner).squareRoot() + 1
  }
}
