internal import LinearAlgebra
public import MDPs
internal import MDPSolvers

/// Canonical forms of many rewards at once: one factorisation for all, and products of matrices in place of one product
/// of a matrix and a vector for each.
extension ComparisonWorld {
  /// Several rewards on this world, in their order.
  ///
  /// - Throws: ``RewardDistanceError/model(_:)`` when one does not fit.
  public func admit(_ rewards: [Reward]) throws(RewardDistanceError) -> [ComparedReward] {
    var result: [ComparedReward] = []
    for reward in rewards { result.append(try admit(reward)) }
    return result
  }

  /// Works out the canonical forms that `distance` reads, for all `rewards` at once where that pays. The same forms come
  /// without it, one at a time.
  func prepare(_ rewards: [ComparedReward], for distance: RewardDistance) throws(RewardDistanceError) {
    guard rewards.count > 2, mdp.discount < 1 else { return }
    switch distance {
    case .half(let distance): try prepare(rewards, for: distance)
    case .standardised(.valueAdjustedLevelling, _, _): try prepareAdvantages(rewards)
    case .standardised(.minimalL2, _, _): try prepareMinimal(rewards)
    case .standardised(let canonicalisation, _, _) where canonicalisation.ignoresRedistribution:
      try prepareProjections(rewards)
    case .policyNearestPoint, .range: try prepareProjections(rewards)
    default: break
    }
  }

  /// p of r = p + Bᵀ Φ.
  func prepareProjections(_ rewards: [ComparedReward]) throws(RewardDistanceError) {
    let missing = rewards.filter { !$0.hasProjection }
    guard missing.count > 2 else { return }
    for block in missing.blocks {
      let projected = try projection().project(expectedRows(block))
      for (reward, projected) in zip(block, projected) { try reward.keep(projected) }
    }
  }

  private func prepareMinimal(_ rewards: [ComparedReward]) throws(RewardDistanceError) {
    try prepareProjections(rewards)
    let missing = rewards.filter { !$0.has(.minimalL2) }
    guard missing.count > 2 else { return }
    let (projection, squares) = try minimalProjection()
    for block in missing.blocks {
      for (reward, projected) in zip(block, try projection.project(expectedRows(block))) {
        let form = reward.minimalForm(of: projected.values, squares: squares)
        reward.keep(.minimalL2, form, isKnownToMatter: false)
      }
    }
  }

  /// Aᵖ = r + γ P V − V for all rewards, by two solves with many right-hand sides: the second one, of rewards less a
  /// constant, loses no digits to large values.
  private func prepareAdvantages(_ rewards: [ComparedReward]) throws(RewardDistanceError) {
    let missing = rewards.filter { !$0.has(.valueAdjustedLevelling) }
    guard missing.count > 2, mdp.discount <= ComparedReward.largestPlainDiscount else { return }
    let evaluation = try evaluation()
    let (S, A, gamma) = (mdp.stateCount, mdp.actionCount, mdp.discount)
    let availability = mdp.availability
    for block in missing.blocks {
      var levelled = expectedRows(block)
      let first = evaluation.values(pairRewards: levelled)
      let count = block.count
      var constants = [Double](repeating: 0, count: count)
      for s in 0..<S { for i in 0..<count { constants[i] += first[s, i] } }
      for i in constants.indices { constants[i] *= (1 - gamma) / Double(S) }
      levelled.withUnsafeMutableElements { x in
        for i in 0..<count {
          for k in 0..<(S * A) { x[i * S * A + k] -= constants[i] }
          if let availability { for k in 0..<(S * A) where !availability[k] { x[i * S * A + k] = 0 } }
        }
      }
      let values = evaluation.values(pairRewards: levelled).transposed
      let shape = try FlowOperator(mdp: mdp).transposeApplied(toRows: values)
      for (i, reward) in block.enumerated() {
        let advantage = combine(1, Array(levelled.row(i)), -1, Array(shape.row(i)))
        reward.keep(
          .valueAdjustedLevelling, TransitionFunction(stateCount: S, actionCount: A, pair: advantage),
          isKnownToMatter: provesToMatter(advantage, reward.expected))
      }
    }
  }

  /// Whether the advantage of an expected reward is so large that the projection cannot be tiny:
  /// ‖Aᵖ‖ ≤ (1 + √(S A) (1 + γ)/(1 − γ)) ‖p‖.
  func provesToMatter(_ advantage: [Double], _ expected: [Double]) -> Bool {
    let (pairs, gamma) = (Double(mdp.stateCount * mdp.actionCount), mdp.discount)
    let growth = 1 + pairs.squareRoot() * (1 + gamma) / (1 - gamma)
    return norm2(advantage) > max(1e-6, 4 * growth * options.trivialityTolerance) * norm2(expected)
  }

  /// The expected rewards, one a row, shape (n, S·A).
  private func expectedRows(_ rewards: [ComparedReward]) -> Matrix {
    var elements: [Double] = []
    elements.reserveCapacity(rewards.count * mdp.stateCount * mdp.actionCount)
    for reward in rewards { elements += reward.expected }
    return Matrix(sound: rewards.count, mdp.stateCount * mdp.actionCount, elements)
  }
}

extension [ComparedReward] {
  /// Parts of at most 1024 rewards, so that memory does not grow with their number.
  fileprivate var blocks: [[ComparedReward]] {
    stride(from: 0, to: count, by: 1024).map { Array(self[$0..<Swift.min(count, $0 + 1024)]) }
  }
}
