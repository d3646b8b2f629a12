public import LinearAlgebra
internal import MDPs
public import MDPSolvers
public import RewardDistances

/// How the optimal policies of two rewards relate, decided in rationals: actions are tied only when exactly equal.
public struct ExactOptimalPolicyRelation: Sendable, Equatable {
  /// Whether the optimal actions are the same in every reachable state.
  public let sameEverywhere: Bool
  /// Whether the policies optimal from the start distribution are the same.
  public let sameFromStart: Bool
  /// Whether every policy optimal for the proxy is optimal for the true reward.
  public let isProxySafe: Bool
  /// A policy optimal for one of the rewards and not for the other, with its returns and the optima; nil where the optimal
  /// policies from the start are the same.
  public let separating: Separation?

  /// A policy that is optimal for one reward alone.
  public struct Separation: Sendable, Equatable {
    /// One action a state, on all states of the model.
    public let policy: RationalPolicy
    /// Whether it is the first reward that it is optimal for.
    public let isOptimalForFirst: Bool
    /// Its returns under the first and second reward.
    public let returns: [Rational]
    /// The largest returns under the first and second reward.
    public let optima: [Rational]
  }
}

extension ExactComparisonWorld {
  /// Compares the optimal policies under `first` (the true reward) and `second` (the proxy), both of shape (S·A).
  ///
  /// - Complexity: two exact planning problems, and two more for a separating policy.
  public func optimalPolicies(
    _ first: [Rational], _ second: [Rational]
  ) throws(RewardDistanceError) -> ExactOptimalPolicyRelation {
    let (r1, r2) = (try restricted(first), try restricted(second))
    let (one, two) = (try optimum(of: r1, .maximise), try optimum(of: r2, .maximise))
    let mdp = planner.mdp
    let (own, other) = (mdp.statesOptimallyReached(by: one.isOptimal), mdp.statesOptimallyReached(by: two.isOptimal))
    let width = mdp.actionCount
    func isWithin(_ inner: [Bool], _ reachedInner: [Bool], _ outer: [Bool], _ reachedOuter: [Bool]) -> Bool {
      (0..<mdp.stateCount).allSatisfy { s in
        !reachedInner[s]
          || (reachedOuter[s] && (0..<width).allSatisfy { !inner[s * width + $0] || outer[s * width + $0] })
      }
    }
    let isSafe = isWithin(two.isOptimal, other, one.isOptimal, own)
    let isBack = isWithin(one.isOptimal, own, two.isOptimal, other)
    var separating: ExactOptimalPolicyRelation.Separation?
    if !isSafe || !isBack {
      // Of the policies optimal for one reward, the one that the other likes least.
      let play =
        isSafe
        ? try optimum(of: r2, .minimise, allowed: one.isOptimal)
        : try optimum(of: r1, .minimise, allowed: two.isOptimal)
      separating = ExactOptimalPolicyRelation.Separation(
        policy: lifted(play.occupancy), isOptimalForFirst: isSafe, returns: [play.return(of: r1), play.return(of: r2)],
        optima: [one.return(of: r1), two.return(of: r2)])
    }
    return ExactOptimalPolicyRelation(
      sameEverywhere: one.isOptimal == two.isOptimal, sameFromStart: isSafe && isBack, isProxySafe: isSafe,
      separating: separating)
  }
}

extension MDP {
  /// The states reached from the start by the given actions alone.
  fileprivate func statesOptimallyReached(by actions: [Bool]) -> [Bool] {
    let start = initialDistribution.map { $0 > 0 }
    return discount > 0 ? statesReached(from: start, allowed: actions) : start
  }
}
