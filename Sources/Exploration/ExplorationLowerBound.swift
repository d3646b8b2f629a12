internal import RealModule

/// Lower bounds with explicit constants for reward-free exploration of linear mixture MDPs.
public enum ExplorationLowerBound {
  /// The episodes that every (ε, δ)-correct algorithm needs on the hard instances of dimension d.
  ///
  /// ```
  /// K ≥ (11/1152) g² ((d − 1)(H − 1)/H)² / ε²,   g = (e^(−1/2)/2 − 2δ) / (1 − δ)
  /// ```
  ///
  /// for d ≥ 2, H ≥ 2, whenever g > 0 (δ < 0.1516) and ε ≤ g (H − 1)/(12 H). Elsewhere nothing is stated, which is not
  /// the same as 0.
  ///
  /// Derived here; the source proves it with an unspecified absolute constant. The argument: draw the signs of μ
  /// uniformly and keep (d − 1)Δ ≤ 1/12, so that every transition probability of ``LinearMixtureMDP/hardInstance``
  /// (base 1/6) is in [1/12, 1/4] and flipping one sign costs at most (2Δ)²/(11/144) of relative entropy an episode,
  /// adaptively. With Δ² = 11/(1152 K) the total is at most 1/2, and the Bretagnolle–Huber inequality gives each
  /// coordinate of the returned first action an error probability of at least e^(−1/2)/4 on average. A wrong coordinate
  /// costs 2Δ(H − 1)/H; the expected loss becomes an (ε, δ) statement through the largest loss 2(d − 1)Δ(H − 1)/H. The
  /// size condition is K ≥ 1.375 (d − 1)², which the condition on ε implies. The instances have
  /// ‖θ‖ = 1 + (d − 1)Δ ≤ 13/12.
  public static func episodes(_ parameters: BoundParameters) -> BoundValue {
    episodes(
      dimension: parameters.dimension, horizon: parameters.horizon, accuracy: parameters.accuracy,
      failureProbability: parameters.failureProbability)
  }

  /// The same for single quantities; δ = 0 is allowed here and gives the constant of the bound.
  public static func episodes(dimension: Int, horizon: Int, accuracy: Double, failureProbability: Double) -> BoundValue
  {
    guard dimension >= 2 else { return .noStatement(reason: "the hard instances have dimension at least 2") }
    guard horizon >= 2 else { return .noStatement(reason: "no transition matters when the horizon is 1") }
    let gain = informationGain(failureProbability: failureProbability)
    guard gain > 0 else { return .noStatement(reason: "delta is above 0.1516, where the argument loses its force") }
    let steps = (Double(horizon) - 1) / Double(horizon)
    guard accuracy <= gain * steps / 12 else {
      return .noStatement(reason: "epsilon is above \(gain * steps / 12), too coarse for the hard instances")
    }
    let loss = Double(dimension - 1) * steps * gain / accuracy
    return .number(11.0 / 1152 * loss * loss)
  }

  /// g = (e^(−1/2)/2 − 2δ) / (1 − δ).
  static func informationGain(failureProbability delta: Double) -> Double {
    (.exp(-0.5) / 2 - 2 * delta) / (1 - delta)
  }

  /// The regret form d √K / (16 √3), up to a constant, for K ≥ max(3 d², (d − 1)²/(192 (B − 1)²)).
  ///
  /// Found: lower bound of the horizon-free UCRL-VTR+ (D. Zhou, Q. Gu, arXiv 2205.11507); the squares in the condition
  /// are restored here. The value is given at every K; see ``regretConditionHolds(_:)``.
  public static func regret(_ parameters: BoundParameters) -> BoundValue {
    .number(Double(parameters.dimension) * parameters.episodes.squareRoot() / (16 * 3.0.squareRoot()))
  }

  /// Whether K is large enough for ``regret(_:)`` to be a statement.
  public static func regretConditionHolds(_ parameters: BoundParameters) -> Bool {
    let d = Double(parameters.dimension)
    let excess = parameters.parameterNorm - 1
    // Compared without dividing: B = 1 leaves only d = 1.
    return parameters.episodes >= 3 * d * d && parameters.episodes * 192 * excess * excess >= (d - 1) * (d - 1)
  }
}
