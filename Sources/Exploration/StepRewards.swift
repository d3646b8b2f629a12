/// A reward for each step, r_h(s, a), as reward-free exploration is judged by.
///
/// The class of rewards with total at most 1 holds those with r ≥ 0 and ‖r‖ ≤ 1, where ‖r‖ = Σ_h max_{s, a} r_h(s, a) is
/// the largest total on a syntactic trajectory, whatever the kernel; at the first step only the start state counts.
public struct StepRewards: Sendable, Equatable {
  /// H: the number of steps.
  public let horizon: Int
  /// S: the number of states.
  public let stateCount: Int
  /// A: the number of actions.
  public let actionCount: Int
  /// r, shape (H, S, A), the last index fastest; step h of the formulas is index h − 1.
  public internal(set) var values: [Double]

  /// Checks and keeps the rewards.
  ///
  /// - Throws: ``ExplorationError/shape(of:expected:got:)``, ``ExplorationError/notFinite(of:index:value:)`` or
  ///   ``ExplorationError/negativeReward(step:state:action:value:)``; the step of the error counts from 0.
  public init(horizon: Int, stateCount: Int, actionCount: Int, values: [Double]) throws(ExplorationError) {
    try requirePositive(horizon, "horizon")
    try requirePositive(stateCount, "states")
    try requirePositive(actionCount, "actions")
    guard values.count == horizon * stateCount * actionCount else {
      throw .shape(of: "reward", expected: [horizon, stateCount, actionCount], got: [values.count])
    }
    for (k, value) in values.enumerated() {
      let (h, s, a) = (k / (stateCount * actionCount), k / actionCount % stateCount, k % actionCount)
      guard value.isFinite else { throw .notFinite(of: "reward", index: [h, s, a], value: value) }
      guard value >= 0 else { throw .negativeReward(step: h, state: s, action: a, value: value) }
    }
    self.horizon = horizon
    self.stateCount = stateCount
    self.actionCount = actionCount
    self.values = values
  }

  /// No reward anywhere.
  init(horizon: Int, stateCount: Int, actionCount: Int) {
    self.horizon = horizon
    self.stateCount = stateCount
    self.actionCount = actionCount
    values = [Double](repeating: 0, count: horizon * stateCount * actionCount)
  }

  /// r_h(s, a), with the step counted from 0.
  public subscript(step: Int, state: Int, action: Int) -> Double {
    values[(step * stateCount + state) * actionCount + action]
  }

  /// ‖r‖: the largest total on a syntactic trajectory from `start`, or from anywhere.
  ///
  /// - Complexity: O(H S A)
  public func total(from start: Int? = nil) -> Double {
    let size = stateCount * actionCount
    var sum = 0.0
    for step in 0..<horizon {
      let offset = step * size
      let range =
        if step == 0, let start { (start * actionCount)..<((start + 1) * actionCount) } else {
          offset..<(offset + size)
        }
      sum += values[range].max() ?? 0
    }
    return sum
  }

  /// The rewards multiplied by `factor`, which is at least 0.
  public func scaled(by factor: Double) -> StepRewards {
    precondition(factor >= 0, "rewards stay at least 0")
    var result = self
    for k in result.values.indices { result.values[k] *= factor }
    return result
  }
}
