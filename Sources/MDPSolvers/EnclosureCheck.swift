internal import LinearAlgebra
internal import MDPs

/// Checks bounds of the optimal values of a stopping problem, whatever made them: one pass over the rows and a graph search,
/// sharing nothing with the solvers.
///
/// ```
/// upper ≥ T upper                                          ⇒  upper ≥ v*
/// lower ≤ T_π lower for a policy π that surely ends        ⇒  lower ≤ v_π ≤ v*
/// ```
///
/// The first holds because T_π^n upper ≤ upper for every policy, and the value of one that ends is the limit; policies that
/// do not end are worth no more (they stay for nothing but −∞, which the graph search before the problem was made has
/// seen to). Every inequality must hold by more than the rounding of its two sides.
///
/// Source: Hartmanns and Kaminski, Optimistic value iteration (2020), §3; Chatterjee et al., Fixed point certificates for
/// reachability and expected rewards in MDPs (2025).
struct EnclosureCheck {
  let problem: StoppingProblem

  /// Whether no row leads above `upper`.
  func holdsAbove(_ upper: [Double]) -> Bool {
    let bellman = problem.bellman
    let error = bellman.backupError(valueMagnitude: upper.largestMagnitude)
    guard error.isFinite else { return false }
    return upper.indices.allSatisfy { s in
      ((s * bellman.actionCount)..<((s + 1) * bellman.actionCount)).allSatisfy { k in
        bellman.rewards[k] == -.infinity || Up.sum(backup(k, upper), error) <= upper[s]
      }
    }
  }

  /// Whether `policy` attains at least `lower`, and ends from every state.
  func holdsBelow(_ lower: [Double], policy: [Int32]) -> Bool {
    let bellman = problem.bellman
    let error = bellman.backupError(valueMagnitude: lower.largestMagnitude)
    guard error.isFinite else { return false }
    let attains = lower.indices.allSatisfy { s in
      let k = s * bellman.actionCount + Int(policy[s])
      return bellman.rewards[k] > -.infinity && -Up.sum(error, -backup(k, lower)) >= lower[s]
    }
    return attains && ends(policy)
  }

  private func backup(_ k: Int, _ v: [Double]) -> Double {
    let rows = problem.bellman.transitions.sparseRows
    var sum = 0.0
    for j in rows.positions(ofRow: k) { sum += rows.values[j] * v[Int(rows.columns[j])] }
    return problem.bellman.rewards[k] + sum
  }

  /// Ranks the states by their distance from the end under the policy: each must have a rank.
  private func ends(_ policy: [Int32]) -> Bool {
    let rows = problem.bellman.transitions.sparseRows
    var into = [[Int32]](repeating: [], count: policy.count)
    var isRanked = [Bool](repeating: false, count: policy.count)
    var pending: [Int] = []
    for s in policy.indices {
      let k = s * problem.bellman.actionCount + Int(policy[s])
      if !problem.staysInside[k] {
        isRanked[s] = true
        pending.append(s)
      }
      for j in rows.positions(ofRow: k) where rows.values[j] > 0 { into[Int(rows.columns[j])].append(Int32(s)) }
    }
    while let t = pending.popLast() {
      for s in into[t] where !isRanked[Int(s)] {
        isRanked[Int(s)] = true
        pending.append(Int(s))
      }
    }
    return isRanked.allSatisfy { $0 }
  }
}
