public import RewardDistances
internal import LinearAlgebra
internal import MDPs

/// How one reward relates to another: the strongest relation that holds, with what proves it or refutes the next one.
public struct PolicyOrderRelation: Sendable {
  /// Relations from the strongest to none.
  public enum Strength: String, Sendable, CaseIterable {
    /// The same numbers.
    case identical = "identical"
    /// R₂ = R₁ + γ Φ(t) − Φ(s)
    case shaping = "shaping"
    /// The same expected rewards.
    case redistribution = "redistribution"
    /// Both of these.
    case shapingAndRedistribution = "shaping + redistribution"
    /// Both of these after a positive scale: the order of all policies is the same.
    case positiveScale = "same up to positive scale"
    /// The same policies are optimal, but others are ordered differently.
    case sameOptimalPolicies = "same optimal policies"
    /// Every policy optimal for the proxy is optimal for the true reward.
    case proxySafe = "proxy-safe"
    /// None of these.
    case different = "different"
  }

  /// The strongest relation that holds.
  public let strongest: Strength
  /// The order of all policies.
  public let order: PolicyOrder
  /// The optimal policies.
  public let optimal: OptimalPolicyRelation
  /// Whether what is redistributed lies on transitions of probability 0 alone.
  public let redistributesImpossibleOnly: Bool
}

extension ComparisonWorld {
  /// The strongest relation between `first` (the true reward) and `second` (the proxy).
  ///
  /// - Throws: ``RewardDistanceError``
  public func relation(
    _ first: ComparedReward, _ second: ComparedReward
  ) throws(RewardDistanceError) -> PolicyOrderRelation {
    let order = try policyOrder(first, second)
    let optimal = try optimalPolicies(first, second)
    let impossibleOnly =
      order.certificate.map { certificate in
        certificate.possibleRedistributionSize.map { $0 <= negligible(certificate, first, second) } ?? false
      } ?? false
    return PolicyOrderRelation(
      strongest: strength(order, optimal, first, second), order: order, optimal: optimal,
      redistributesImpossibleOnly: impossibleOnly)
  }

  /// A size below which a difference between the rewards is rounding.
  private func negligible(_ certificate: OrderCertificate, _ first: ComparedReward, _ second: ComparedReward) -> Double
  {
    10 * options.equivalenceTolerance
      * max(normInfinity(first.expected), normInfinity(second.expected), certificate.shapingSize)
  }

  private func strength(
    _ order: PolicyOrder, _ optimal: OptimalPolicyRelation, _ first: ComparedReward, _ second: ComparedReward
  ) -> PolicyOrderRelation.Strength {
    guard let certificate = order.certificate else {
      return optimal.sameFromStart ? .sameOptimalPolicies : optimal.isProxySafe ? .proxySafe : .different
    }
    if first.reward.values == second.reward.values { return .identical }
    guard abs(certificate.scale - 1) <= options.equivalenceTolerance else { return .positiveScale }
    let negligible = negligible(certificate, first, second)
    let isShaped = certificate.shapingSize > negligible
    let isRedistributed =
      (speaksOfPossibleOnly(first, second) ? certificate.possibleRedistributionSize : certificate.redistributionSize)
      .map { $0 > negligible } ?? true
    switch (isShaped, isRedistributed) {
    case (false, false): return .identical
    case (true, false): return .shaping
    case (false, true): return .redistribution
    case (true, true): return .shapingAndRedistribution
    }
  }

  /// Whether the rewards say nothing about impossible transitions: sparse ones that store none of them.
  private func speaksOfPossibleOnly(_ first: ComparedReward, _ second: ComparedReward) -> Bool {
    let rewards = [first.reward, second.reward]
    guard !rewards.contains(where: \.isTable), rewards.contains(where: { $0.storedTransitions != nil }) else {
      return false
    }
    let possible = first.world.mdp.transitions
    return rewards.compactMap(\.storedTransitions).allSatisfy { rows in
      (0..<rows.rowCount).allSatisfy { k in
        rows.positions(ofRow: k).allSatisfy { possible[k, Int(rows.columns[$0])] > 0 }
      }
    }
  }
}
