public import MDPs

/// Relative value iteration for the average criterion on weakly communicating models: all states in which one may stay for
/// ever reach each other, so that the optimal gain is constant.
///
/// Works on the lazy chain P' = (1 − t) I + t P, which has no period; for every v with d = T v − v,
///
/// ```
/// min d  ≤  gain of the greedy policy  ≤  optimal gain  ≤  max d
/// ```
///
/// Source: White, Dynamic programming, Markov chains, and the method of successive approximations (1963); Puterman (1994),
/// §8.5.4 (aperiodicity transform), theorem 8.5.5 (bounds).
public struct RelativeValueIteration: Sendable {
  /// t in (0, 1): the share of the real step in the lazy chain.
  public var stepShare: Double
  /// Tolerance, limits, threads; an iteration is one sweep.
  public var options: SolverOptions

  /// Relative value iteration.
  public init(stepShare: Double = 0.9, options: SolverOptions = SolverOptions()) {
    self.stepShare = min(max(stepShare, 0.01), 0.99)
    self.options = options
  }

  /// The optimal gain with its enclosure, and a policy that attains it.
  ///
  /// - Throws: ``SolverError/notUnichain(first:second:)`` naming two sets of states that do not reach each other,
  ///   ``SolverError/shape(of:expected:got:)``, ``SolverError/reward(state:action:value:)``.
  public func solve(
    _ mdp: MDP, pairReward: [Double], direction: Direction = .maximise
  ) throws(SolverError) -> Solution {
    let masked = try maskedRewards(pairReward, in: mdp, direction: direction, allowed: nil)
    let classes = EndComponents(
      mdp.transitions.sparseRows, actionCount: mdp.actionCount, allowed: masked.map { $0 > -.infinity })
    guard classes.count == 1 else {
      func members(_ c: Int32) -> [Int] { classes.component.indices.filter { classes.component[$0] == c } }
      throw .notUnichain(first: members(0), second: members(1))
    }
    var bellman = BellmanOperator(
      undiscounted: mdp.transitions, actionCount: mdp.actionCount, discount: 1, rewards: masked,
      rowSumDefect: mdp.largestRowSumDefect)
    bellman.threads = options.threads
    var v = [Double](repeating: 0, count: mdp.stateCount)
    var swept = v
    var greedy = [Int32](repeating: 0, count: v.count)
    var iterations = 0
    while true {
      iterations += 1
      let change = bellman.sweep(v, into: &swept, greedy: &greedy)
      let magnitude = v.largestMagnitude
      let noise = Up.sum(
        bellman.backupError(valueMagnitude: magnitude),
        Up.product(2 * unitRoundoff, Up.sum(magnitude, change.magnitude)),
        Up.product(mdp.largestRowSumDefect, magnitude))
      let error = Up.sum(Up.sum(change.largest, -change.least) / 2, noise).nextUp
      let tolerance = options.tolerance.absolute(for: bellman.rewardMagnitude)
      let isDone = error <= tolerance || change.span <= 2 * noise
      let isCancelled = options.progress?(iterations, error) == false
      if isDone || isCancelled || iterations >= options.iterationLimit ?? 1_000_000 {
        return Solution(
          values: [Double](repeating: direction.sign * change.middle, count: v.count), policy: greedy.map { Int($0) },
          initialDistribution: mdp.initialDistribution,
          guarantee: Guarantee(
            level: .bounded, errorBound: error, policyLoss: 2 * error, tolerance: tolerance,
            ending: error <= tolerance
              ? .converged : isDone ? .toleranceNotReached : isCancelled ? .cancelled : .iterationLimit,
            proof: "min and max of T v − v with rounding"), method: "relative value iteration", iterations: iterations)
      }
      let anchor = swept[0] - v[0]
      for s in v.indices { v[s] += stepShare * (swept[s] - v[s] - anchor) }
    }
  }
}
