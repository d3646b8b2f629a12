public import MDPs
public import RewardDistances

/// How the optimal policies of two rewards relate, decided on the sets of optimal actions.
///
/// The policies optimal from the start distribution coincide exactly when the states reached by optimal play and the
/// optimal actions in them do.
///
/// Source: Skalse et al., Invariance in policy optimisation, arXiv 2203.07475 (2023).
public struct OptimalPolicyRelation: Sendable, Equatable {
  /// Whether the optimal actions are the same in every state that counts.
  public let sameEverywhere: Bool
  /// Whether the policies optimal from the start distribution are the same.
  public let sameFromStart: Bool
  /// Whether every policy optimal for the proxy is optimal for the true reward.
  public let isProxySafe: Bool
  /// A policy that is optimal for the proxy but not for the true reward, on all states of the model as given; nil when
  /// there is none.
  public let unsafePolicy: Policy?
}

extension ComparisonWorld {
  /// Compares the optimal policies under `first` (the true reward) and `second` (the proxy).
  ///
  /// - Throws: ``RewardDistanceError``
  /// - Complexity: two planning problems, and two more when the proxy is not safe.
  public func optimalPolicies(
    _ first: ComparedReward, _ second: ComparedReward
  ) throws(RewardDistanceError) -> OptimalPolicyRelation {
    let (first, second) = (try first.core(), try second.core())
    let mdp = first.world.mdp
    let (own, other) = (try first.optimalActions(), try second.optimalActions())
    let (reached, reachedByOther) = (mdp.reached(by: own), mdp.reached(by: other))
    let width = mdp.actionCount
    func contains(_ outer: [Bool], _ inner: [Bool], in s: Int) -> Bool {
      (0..<width).allSatisfy { !inner[s * width + $0] || outer[s * width + $0] }
    }
    let safe = (0..<mdp.stateCount).allSatisfy {
      !reachedByOther[$0] || (reached[$0] && contains(own, other, in: $0))
    }
    let back = (0..<mdp.stateCount).allSatisfy {
      !reached[$0] || (reachedByOther[$0] && contains(other, own, in: $0))
    }
    return OptimalPolicyRelation(
      sameEverywhere: own == other, sameFromStart: safe && back, isProxySafe: safe,
      unsafePolicy: safe ? nil : try first.world.worstOptimalPolicy(of: second, truth: first))
  }
}

extension MDP {
  /// The states reached from the start by the given actions alone.
  fileprivate func reached(by actions: [Bool]) -> [Bool] {
    let start = initialDistribution.map { $0 > 0 }
    return discount > 0 ? statesReached(from: start, allowed: actions) : start
  }
}
