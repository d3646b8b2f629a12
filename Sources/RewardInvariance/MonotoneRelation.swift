internal import MDPs

/// Whether one reward is a strictly increasing function of another, entry by entry, that keeps 0 at 0.
///
/// Such a change keeps the order of trajectory fragments on some models (deterministic ones that compare single steps),
/// but not the order of policies.
///
/// Source: Skalse et al., arXiv 2203.07475 (2023), theorem 3.11.
struct MonotoneRelation {
  private let domain: TransitionDomain

  init(
    _ mdp: MDP, mask: RewardTransformation.Mask, reachable: [Bool], rewards: [Reward]
  ) throws(RewardInvarianceError) {
    domain = try TransitionDomain(mdp, mask: mask, reachable: reachable, rewards: rewards)
  }

  /// The transitions that show that it is not, or nil: two that stand in another order, or one that is 0 on one side.
  ///
  /// - Complexity: O(n log n) for n transitions
  func firstFault(_ first: Reward, _ second: Reward, in mdp: MDP) -> [TransitionPlace]? {
    let (x, y) = (domain.values(of: first, in: mdp), domain.values(of: second, in: mdp))
    func place(_ i: Int) -> TransitionPlace {
      TransitionPlace(
        state: Int(domain.from[i]), action: Int(domain.row[i]) % mdp.actionCount, next: Int(domain.to[i]))
    }
    for i in x.indices where (x[i] == 0) != (y[i] == 0) || x[i].isNaN || y[i].isNaN { return [place(i)] }
    let order = x.indices.sorted { (x[$0], y[$0]) < (x[$1], y[$1]) }
    for (i, j) in zip(order, order.dropFirst()) {
      let (sameX, sameY) = (x[i] == x[j], y[i] == y[j])
      if sameX != sameY || y[i] > y[j] { return [place(i), place(j)] }
    }
    return nil
  }

  /// The function as a table, where ``firstFault(_:_:in:)`` found none.
  func certificate(_ first: Reward, _ second: Reward, in mdp: MDP) -> MonotoneCertificate {
    let (x, y) = (domain.values(of: first, in: mdp), domain.values(of: second, in: mdp))
    var (levels, images): ([Double], [Double]) = ([], [])
    for i in x.indices.sorted(by: { x[$0] < x[$1] }) where levels.last != x[i] {
      levels.append(x[i])
      images.append(y[i])
    }
    return MonotoneCertificate(first: levels, second: images)
  }
}
