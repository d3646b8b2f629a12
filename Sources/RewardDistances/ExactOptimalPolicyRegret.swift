public import LinearAlgebra
internal import MDPSolvers

/// What is lost when a policy that is optimal for the proxy is played, in rationals: over all such policies, the least and
/// the most; see ``OptimalPolicyRegret``.
public struct ExactOptimalPolicyRegret: Sendable, Equatable {
  /// With the proxy-optimal policy that the true reward likes best, in units of the true return.
  public let best: Rational
  /// With the one it likes least.
  public let worst: Rational
  /// ``best`` over the range of the true reward, in [0, 1].
  public let normalisedBest: Rational
  /// ``worst`` over the range of the true reward, in [0, 1].
  public let normalisedWorst: Rational
}

extension ExactComparisonWorld {
  /// The regret of playing optimally for `proxy` when `truth` is meant; actions are tied only when exactly equal.
  ///
  /// - Complexity: five exact planning problems
  public func optimalPolicyRegret(
    of proxy: [Rational], truth: [Rational]
  ) throws(RewardDistanceError) -> ExactOptimalPolicyRegret {
    let (truth, proxy) = (try restricted(truth), try restricted(proxy))
    let range = try ExactReturnRange(truth, in: self)
    guard !range.value.isZero else {
      return ExactOptimalPolicyRegret(best: 0, worst: 0, normalisedBest: 0, normalisedWorst: 0)
    }
    let allowed = try optimum(of: proxy, .maximise).isOptimal
    let best = range.maximum - (try optimum(of: truth, .maximise, allowed: allowed).return(of: truth))
    let worst = range.maximum - (try optimum(of: truth, .minimise, allowed: allowed).return(of: truth))
    return ExactOptimalPolicyRegret(
      best: best, worst: worst, normalisedBest: best / range.value, normalisedWorst: worst / range.value)
  }
}
