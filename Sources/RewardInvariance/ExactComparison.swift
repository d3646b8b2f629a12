public import LinearAlgebra
public import MDPSolvers
public import RewardDistances

/// A proxy beside a true reward in rational numbers: everything that ``RewardComparison`` says and that is rational.
public struct ExactComparison: Sendable {
  /// Whether all policies are ordered alike, with the certificate or counterexample.
  public let order: ExactPolicyOrder
  /// How the optimal policies relate.
  public let optimal: ExactOptimalPolicyRelation
  /// What optimising the proxy can cost.
  public let regret: ExactWorstCaseRegret
  /// What playing a proxy-optimal policy costs.
  public let optimalRegret: ExactOptimalPolicyRegret
  /// What optimising the true reward can cost when the proxy is meant.
  public let reverseRegret: ExactWorstCaseRegret
  /// What playing a truly optimal policy costs when the proxy is meant.
  public let reverseOptimalRegret: ExactOptimalPolicyRegret
  /// The range of returns under the true reward.
  public let trueRange: ExactReturnRange
  /// The range of returns under the proxy.
  public let proxyRange: ExactReturnRange
  /// The range distance.
  public let rangeDistance: Rational
  /// How the numbers of the input were read, in words.
  public let source: String

  /// Compares two rewards on one world.
  ///
  /// - Parameters:
  ///   - truth: the world with the true reward.
  ///   - proxy: the same world, read alike, with the proxy.
  /// - Throws: ``RewardDistanceError``
  /// - Complexity: some thirty exact planning problems
  public init(truth: RationalModel, proxy: RationalModel) throws(RewardDistanceError) {
    let world = try ExactComparisonWorld(truth)
    let (r1, r2) = (truth.rewards, proxy.rewards)
    trueRange = try world.returnRange(of: r1)
    proxyRange = try world.returnRange(of: r2)
    rangeDistance = try world.rangeDistance(r1, r2)
    order = try world.policyOrder(r1, r2)
    optimal = try world.optimalPolicies(r1, r2)
    regret = try world.worstCaseRegret(of: r2, truth: r1)
    optimalRegret = try world.optimalPolicyRegret(of: r2, truth: r1)
    reverseRegret = try world.worstCaseRegret(of: r1, truth: r2)
    reverseOptimalRegret = try world.optimalPolicyRegret(of: r1, truth: r2)
    source = truth.source
  }
}
