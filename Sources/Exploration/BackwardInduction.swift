/// A deterministic policy for each step and what it is worth, from the end backwards.
public struct StepPlan: Sendable, Equatable {
  /// V, shape (H + 1, S): expected reward from step h on; the last row is 0.
  public let values: [Double]
  /// The action of each step and state, shape (H, S).
  public let policy: [Int]

  /// Ties within this margin go to the lowest index: `.targeted` models differ from the truth by more.
  public static let margin = 1e-12

  /// The optimal plan for `rewards` in `kernel`; the lowest action among ties within ``margin``.
  ///
  /// - Complexity: O(H S² A)
  public init(optimising rewards: StepRewards, in kernel: TransitionKernel) {
    let (n, actions) = (kernel.stateCount, kernel.actionCount)
    var values = [Double](repeating: 0, count: (rewards.horizon + 1) * n)
    var policy = [Int](repeating: 0, count: rewards.horizon * n)
    for step in stride(from: rewards.horizon - 1, through: 0, by: -1) {
      let next = values[((step + 1) * n)..<((step + 2) * n)]
      for s in 0..<n {
        var best = -Double.infinity
        for a in 0..<actions {
          let q = rewards[step, s, a] + kernel.expectation(pair: s * actions + a, of: next)
          if q > best + Self.margin {
            best = q
            policy[step * n + s] = a
          }
        }
        values[step * n + s] = best
      }
    }
    self.values = values
    self.policy = policy
  }

  /// What `policy`, shape (H, S), is worth for `rewards` in `kernel`.
  ///
  /// - Complexity: O(H S²)
  public init(evaluating policy: [Int], for rewards: StepRewards, in kernel: TransitionKernel) {
    let n = kernel.stateCount
    precondition(policy.count == rewards.horizon * n, "one action a step and state is needed")
    var values = [Double](repeating: 0, count: (rewards.horizon + 1) * n)
    for step in stride(from: rewards.horizon - 1, through: 0, by: -1) {
      let next = values[((step + 1) * n)..<((step + 2) * n)]
      for s in 0..<n {
        let a = policy[step * n + s]
        values[step * n + s] =
          rewards[step, s, a] + kernel.expectation(pair: s * kernel.actionCount + a, of: next)
      }
    }
    self.values = values
    self.policy = policy
  }

  /// V_1(s): what the plan is worth from the first step in `state`.
  public func value(from state: Int) -> Double { values[state] }
}
