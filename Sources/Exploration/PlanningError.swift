/// How much worse than optimal a planner may do that plans in a wrong kernel, for one reward and the worst ties:
///
/// ```
/// E(r) = max_π V^π_P(r) − min { V^π_P(r) : π optimal for r in Q }
/// ```
public struct PlanningError: Sendable, Equatable {
  /// E(r) ≥ 0 at the start state.
  public let value: Double
  /// What the best policy of the true kernel is worth.
  public let optimum: Double
  /// What the worst policy among those optimal in the model is worth in the true kernel.
  public let pessimum: Double
  /// What the planner's own policy, lowest action among ties, is worth in the true kernel.
  public let planned: Double
  /// The worst policy that is optimal in the model, shape (H, S).
  public let worstPolicy: [Int]

  /// Actions within this of the best in the model count as optimal there.
  public static let tieTolerance = 1e-9

  /// The error of planning for `rewards` in `model` when the world is `truth`.
  ///
  /// - Complexity: O(H S² A)
  public init(of rewards: StepRewards, planning model: TransitionKernel, in truth: TransitionKernel, from start: Int) {
    let (n, actions) = (truth.stateCount, truth.actionCount)
    let best = StepPlan(optimising: rewards, in: truth)
    let plan = StepPlan(optimising: rewards, in: model)
    var values = [Double](repeating: 0, count: (rewards.horizon + 1) * n)
    var policy = plan.policy
    for step in stride(from: rewards.horizon - 1, through: 0, by: -1) {
      let next = values[((step + 1) * n)..<((step + 2) * n)]
      let modelNext = plan.values[((step + 1) * n)..<((step + 2) * n)]
      for s in 0..<n {
        var lowest = Double.infinity
        for a in 0..<actions {
          let pair = s * actions + a
          let inModel = rewards[step, s, a] + model.expectation(pair: pair, of: modelNext)
          guard inModel >= plan.values[step * n + s] - Self.tieTolerance else { continue }
          let value = rewards[step, s, a] + truth.expectation(pair: pair, of: next)
          if value < lowest {
            lowest = value
            policy[step * n + s] = a
          }
        }
        values[step * n + s] = lowest
      }
    }
    optimum = best.value(from: start)
    pessimum = values[start]
    planned = StepPlan(evaluating: plan.policy, for: rewards, in: truth).value(from: start)
    value = max(0, optimum - pessimum)
    worstPolicy = policy
  }
}
