internal import RealModule

/// The exploration bonuses of RF-UCRL and RF-Express, for rewards in [0, 1] a step.
///
/// ```
/// b(n) = ln(3 S A H / δ) + S ln(8 e (n + 1))
/// RF-UCRL:    bonus H √(b/n),       stop when W ≤ ε/2
/// RF-Express: bonus 15 H² b/n,      next-step factor 1 + 1/H,   stop when 3 e √W + W ≤ ε/2
/// ```
///
/// n = 0 counts as 1. Found in public code of a tabular agent; papers: Kaufmann et al. (arXiv 2006.06294), Ménard et
/// al. (arXiv 2007.13442).
public struct TabularBonus: Sendable, Equatable {
  /// S.
  public let stateCount: Int
  /// H.
  public let horizon: Int
  /// ln(3 S A H / δ).
  let failureLogarithm: Double

  /// Bonuses for S states, A actions, horizon H and failure probability δ in (0, 1).
  public init(stateCount: Int, actionCount: Int, horizon: Int, failureProbability: Double) {
    self.stateCount = stateCount
    self.horizon = horizon
    failureLogarithm = .log(3 * Double(stateCount) * Double(actionCount) * Double(horizon) / failureProbability)
  }

  /// b(n): the squared radius of the confidence set after `n` visits, times n.
  public func threshold(visits n: Int) -> Double {
    failureLogarithm + Double(stateCount) * (1 + .log(8 * (Double(n) + 1)))
  }

  /// The bonus of RF-UCRL.
  public func ucrl(visits: Int) -> Double {
    let n = max(visits, 1)
    return Double(horizon) * (threshold(visits: n) / Double(n)).squareRoot()
  }

  /// The bonus of RF-Express.
  public func express(visits: Int) -> Double {
    let n = max(visits, 1)
    return 15 * Double(horizon) * Double(horizon) * threshold(visits: n) / Double(n)
  }

  /// The episode bound of RF-Express, 1 + (H³SA/ε²) c 5587 e⁶ (18 + ln(c H³SA/ε))² with c = ln(3SAH/δ) + S.
  ///
  /// Recalled (Ménard et al., theorem 1), not verified.
  public static func expressEpisodes(_ parameters: BoundParameters) -> BoundValue {
    let bonus = TabularBonus(
      stateCount: parameters.stateCount, actionCount: parameters.actionCount, horizon: parameters.horizon,
      failureProbability: parameters.failureProbability)
    let c = bonus.failureLogarithm + Double(parameters.stateCount)
    let horizon = Double(parameters.horizon)
    let size = horizon * horizon * horizon * Double(parameters.stateCount) * Double(parameters.actionCount)
    let logarithm = 18 + .log(c * size / parameters.accuracy)
    return .number(
      1 + size / parameters.accuracy / parameters.accuracy * c * 5587 * .exp(6) * logarithm * logarithm)
  }
}
