internal import LinearAlgebra
internal import MDPSolvers
package import MDPs

/// What is lost when a policy that is optimal for the proxy is played: over all such policies, the least and the most.
///
/// ```
/// max J_R − max { J_R(π) : π proxy-optimal }   and   max J_R − min { J_R(π) : π proxy-optimal }
/// ```
///
/// Source: the "regret" of the experiments in Skalse et al., STARC, arXiv 2309.15257 (2024), made exact.
public struct OptimalPolicyRegret: Sendable, Equatable {
  /// With the proxy-optimal policy that the true reward likes best, in units of the true return.
  public let best: Double
  /// With the one it likes least.
  public let worst: Double
  /// ``best`` over the range of the true reward, in [0, 1].
  public let normalisedBest: Double
  /// ``worst`` over the range of the true reward, in [0, 1].
  public let normalisedWorst: Double
}

extension ComparisonWorld {
  /// The regret of playing optimally for `proxy` when `truth` is meant.
  ///
  /// - Complexity: two planning problems, and those of both ranges.
  public func optimalPolicyRegret(
    of proxy: ComparedReward, truth: ComparedReward
  ) throws(RewardDistanceError) -> OptimalPolicyRegret {
    let (truth, proxy) = (try truth.core(), try proxy.core())
    let range = try truth.returnRange()
    guard range.value > 0 else { return OptimalPolicyRegret(best: 0, worst: 0, normalisedBest: 0, normalisedWorst: 0) }
    let p = try truth.projected().values
    let planner = try ReturnPlanner(truth.world, allowed: proxy.optimalActions())
    let ends = try planner.extremes(of: p, isTight: false)
    let top = try truth.extremes().best.expectedReturn(of: p)
    let best = max(0, top - ends.best.expectedReturn(of: p))
    let worst = max(best, top - ends.worst.expectedReturn(of: p))
    let noise = 64 * .ulpOfOne * range.value
    let (cleanBest, cleanWorst) = (best <= noise ? 0 : best, worst <= noise ? 0 : worst)
    return OptimalPolicyRegret(
      best: cleanBest, worst: cleanWorst, normalisedBest: min(1, cleanBest / range.value),
      normalisedWorst: min(1, cleanWorst / range.value))
  }
}

extension ComparisonWorld {
  /// Of the policies optimal for `proxy`, the one with the least true return.
  package func worstOptimalPolicy(of proxy: ComparedReward, truth: ComparedReward) throws(RewardDistanceError) -> Policy
  {
    let planner = try ReturnPlanner(truth.world, allowed: proxy.optimalActions())
    let play = try planner.optimum(of: try truth.projected().values, direction: .minimise)
    return truth.world.lifted(play.occupancy)
  }
}

extension ComparedReward {
  /// Whether each action is optimal, to within the tie tolerance times the largest advantage, shape (S·A). All are for a
  /// trivial reward.
  public func optimalActions() throws(RewardDistanceError) -> [Bool] {
    let advantage = try canonical(.optimalAdvantage).pair
    let (A, mdp) = (world.mdp.actionCount, world.mdp)
    let largest = normInfinity(advantage)
    return advantage.indices.map {
      mdp.isAvailable($0 / A, $0 % A) && -advantage[$0] <= world.options.tieTolerance * largest
    }
  }
}
