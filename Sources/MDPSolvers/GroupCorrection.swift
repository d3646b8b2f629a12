internal import LinearAlgebra

/// Constants for groups of states whose values are off alike; for one group it is the shift by the middle of the bounds.
///
/// States are grouped by their residual d = T v − v, and the groups' own small problem
///
/// ```
/// y(i) = mean of d in i + γ Σ_j P̄(j | i) y(j),   P̄(j | i) = mean over s in i of Σ_{t in j} P(t | s, greedy)
/// ```
///
/// gives what v lacks in directions that are constant on groups: those in which a nearly decomposable chain mixes slowly,
/// once it has mixed within its blocks. Where grouping by residuals misses the blocks it is of no use, so that a caller
/// keeps it only if the residuals fall.
///
/// Source: Bertsekas and Castañon, Adaptive aggregation methods for infinite horizon dynamic programming (1989).
struct GroupCorrection {
  /// The most groups: their system is dense.
  static let groupLimit = 64

  /// What to add to each state for its residual d, both of shape (S), under the greedy policy; nil where there is nothing to
  /// gain or the system is singular to working precision.
  ///
  /// - Complexity: O(S log S + stored transitions of the policy)
  static func offsets(_ bellman: BellmanOperator, residual: [Double], policy: [Int32]) -> [Double]? {
    let group = groups(residual)
    let count = (group.max() ?? 0) + 1
    guard count > 1, residual.allSatisfy(\.isFinite) else { return nil }
    var sizes = [Double](repeating: 0, count: count)
    var means = sizes
    for (s, g) in group.enumerated() {
      sizes[g] += 1
      means[g] += residual[s]
    }
    var system = Matrix(rowCount: count, columnCount: count)
    for g in 0..<count {
      means[g] /= sizes[g]
      system[g, g] = 1
    }
    for (s, g) in group.enumerated() {
      bellman.transitions.forEachStored(ofRow: s * bellman.actionCount + Int(policy[s])) { t, p in
        system[g, group[t]] -= bellman.discount * p / sizes[g]
      }
    }
    guard let y = try? LUFactorisation(system).solve(means), y.allSatisfy(\.isFinite) else { return nil }
    return group.map { y[$0] }
  }

  /// The group of each state, by residual: cut at the widest gaps, and where a group would have too many states.
  private static func groups(_ residual: [Double]) -> [Int] {
    let order = residual.indices.sorted { (residual[$0], $0) < (residual[$1], $1) }
    let half = groupLimit / 2
    let gaps = (1..<max(1, order.count)).map { i in (place: i, width: residual[order[i]] - residual[order[i - 1]]) }
    var cuts = Set(gaps.sorted { ($0.width, $1.place) > ($1.width, $0.place) }.prefix(half).map(\.place))
    for i in 1..<half { cuts.insert(i * order.count / half) }
    var group = [Int](repeating: 0, count: residual.count)
    var current = 0
    for (i, s) in order.enumerated() {
      if i > 0, cuts.contains(i) { current += 1 }
      group[s] = current
    }
    return group
  }
}
