internal import RealModule

/// β_k: how far estimate and truth may be apart in the Gram norm when episode k starts.
public enum ConfidenceRadius: Sendable, Equatable {
  /// c √(d η): `c` = 0.1 for exploring. At c = 0.5 certificates were calibrated on 160 runs from episode 10 on
  /// (calibrated, not proven); at 0.1 they are good for comparing curves only.
  case practical(Double)
  /// The radius of the theorem with total failure probability δ, split into δ/(4M) a level:
  /// β = 12 √(d η τ) + 30 τ/γ² + √λ B. At realistic sizes 1000 to 3000: inert before about a million episodes.
  case theory(Double)

  /// What the radius depends on besides the episode.
  struct Setting {
    var dimension: Int
    var horizon: Int
    var levels: Int
    var parameterBound: Double
    var ridge: Double
    /// α²: the least variance.
    var leastVariance: Double
    /// γ²: the weight of the uncertainty floor.
    var uncertaintyFloor: Double

    /// η = ln(1 + k H/(α² d λ)).
    func information(episode k: Int) -> Double {
      .log(onePlus: Double(k) * Double(horizon) / (leastVariance * Double(dimension) * ridge))
    }
  }

  /// β_k in `setting`; the factor or probability was checked before.
  func value(episode k: Int, _ setting: Setting) -> Double {
    let d = Double(setting.dimension)
    let eta = setting.information(episode: k)
    switch self {
    case .practical(let c):
      return c * (d * eta).squareRoot()
    case .theory(let delta):
      let tau = Self.concentration(
        episode: k, setting, levelFailureProbability: delta / (4 * Double(setting.levels)))
      return 12 * (d * eta * tau).squareRoot() + 30 * tau / setting.uncertaintyFloor
        + setting.ridge.squareRoot() * setting.parameterBound
    }
  }

  /// τ = ln(32 (max(0, ln(γ²/α)) + 1) k² H²/δₗ); the clamp is derived, the logarithm is negative for d > H.
  static func concentration(episode k: Int, _ setting: Setting, levelFailureProbability: Double) -> Double {
    let ratio = Double.log(setting.uncertaintyFloor / setting.leastVariance.squareRoot())
    return .log(32 * (max(0, ratio) + 1) / levelFailureProbability) + 2 * .log(Double(k))
      + 2 * .log(Double(setting.horizon))
  }

  /// The radius of UCRL-RFE with its constant: H √(d ln(3 (1 + k H³ B²)/δ)) + 1.
  static func ucrlRFE(episode k: Int, dimension: Int, horizon: Int, parameterBound: Double, failureProbability: Double)
    -> Double
  {
    practicalUCRLRFE(
      1, episode: k, dimension: dimension, horizon: horizon, parameterBound: parameterBound,
      failureProbability: failureProbability) + 1
  }

  /// c H √(d ln(3 (1 + k H³ B²)/δ)).
  static func practicalUCRLRFE(
    _ c: Double, episode k: Int, dimension: Int, horizon: Int, parameterBound: Double, failureProbability: Double
  ) -> Double {
    let h = Double(horizon)
    let mass = Double(k) * h * h * h * parameterBound * parameterBound
    return c * h * (Double(dimension) * (.log(onePlus: mass) + .log(3 / failureProbability))).squareRoot()
  }
}
