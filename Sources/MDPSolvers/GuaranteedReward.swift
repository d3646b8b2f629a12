internal import LinearAlgebra
public import MDPs

/// The worst reward along the path that a policy can guarantee: the largest c for which some policy meets, with probability
/// 1, only rewards of at least c for ever.
///
/// ```
/// W(s) = max_π ess inf min_{t ≥ 0} r_t
/// ```
///
/// The expectation-free variant of ``ExpectedMinimum``. For costs the worst is the largest: W(s) = min_π ess sup max_t r_t.
/// What may happen matters, not how likely: the answer depends on the graph alone. States leave a shrinking safe set in
/// ascending order of the threshold, each row once, so that no arithmetic is done on the rewards but comparisons: the
/// values are exact (level E4 for the rewards as doubles). One stationary policy attains them from every state.
///
/// Source: the bottleneck form of safety games, as in Chatterjee and Henzinger, A survey of stochastic ω-regular games
/// (2012), §2.
public struct GuaranteedReward: Sendable {
  /// Whether the reward is a gain (its least matters) or a cost (its largest does).
  public var direction: Direction

  /// The criterion.
  public init(direction: Direction = .maximise) { self.direction = direction }

  /// The guaranteed reward of every state; the objective is the worst over the states that the start may be in.
  ///
  /// - Throws: ``SolverError/model(_:)``.
  /// - Complexity: O(stored transitions + S·A log(S·A))
  public func solve(_ mdp: MDP, reward: Reward) throws(SolverError) -> Solution {
    let outcomes = try OutcomeRows(mdp, reward: reward, direction: direction, allowsUndiscounted: true)
    let (rows, width) = (outcomes.rows, mdp.actionCount)
    let graph = ReachabilityGraph(
      rows, actionCount: width, available: { outcomes.playable[$0] },
      target: [Bool](repeating: false, count: mdp.stateCount), passable: nil)
    // The least reward of each row.
    var least = [Double](repeating: .infinity, count: rows.rowCount)
    var open = [Int](repeating: 0, count: mdp.stateCount)
    for k in 0..<rows.rowCount where outcomes.playable[k] {
      open[k / width] += 1
      for j in rows.positions(ofRow: k) where rows.values[j] > 0 {
        least[k] = min(least[k], outcomes.rewards[j])
      }
    }
    // A row falls when the threshold passes its least reward or a successor falls; a state falls with its last row.
    var worth = [Double](repeating: .infinity, count: mdp.stateCount)
    var rowWorth = [Double](repeating: -.infinity, count: rows.rowCount)
    var hasFallen = outcomes.playable.map { !$0 }
    for k in (0..<rows.rowCount).filter({ outcomes.playable[$0] }).sorted(by: { (least[$0], $0) < (least[$1], $1) }) {
      var falling = [k]
      while let row = falling.popLast() {
        guard !hasFallen[row] else { continue }
        hasFallen[row] = true
        rowWorth[row] = least[k]
        let s = row / width
        open[s] -= 1
        if open[s] == 0 {
          worth[s] = least[k]
          for next in graph.rowsInto(s) { falling.append(Int(next)) }
        }
      }
    }
    var policy = mdp.lowestActions
    for s in policy.indices {
      let rows = (s * width)..<((s + 1) * width)
      if let k = rows.first(where: { outcomes.playable[$0] && rowWorth[$0] == worth[s] }) { policy[s] = k - s * width }
    }
    var objective = Double.infinity
    for (p, w) in zip(mdp.initialDistribution, worth) where p > 0 { objective = min(objective, w) }
    let sign = direction.sign
    objective = sign < 0 ? 0 - objective : objective
    return Solution(
      values: sign < 0 ? worth.map { 0 - $0 } : worth, policy: policy, objective: objective,
      objectiveBounds: objective...objective,
      guarantee: Guarantee(
        level: .exactValue, errorBound: 0, policyLoss: 0, tolerance: 0, ending: .converged,
        proof: "graph search; rewards are compared, never added"),
      method: "bottleneck search", iterations: 1)
  }
}
