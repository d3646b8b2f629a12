internal import MDPs

/// Policy iteration: evaluate the policy by a linear solve, improve it where an action is better, until none is.
///
/// ```
/// (I − γ P_π) v = r_π,   π'(s) = argmax_a q(s, a)
/// ```
///
/// Ends after finitely many steps; strongly polynomial for a fixed γ. It starts from the policy of a short run of
/// ``ModifiedPolicyIteration`` unless given one. An action is switched only when another is better by more than the
/// rounding of a backup, so equal policies cannot alternate. The answer is proven by the residual of every action,
/// where needed in extended precision.
///
/// Source: Howard, Dynamic Programming and Markov Processes (1960); Puterman, Markov Decision Processes (1994), §6.4; Ye,
/// The simplex and policy-iteration methods are strongly polynomial (2011).
public struct PolicyIteration: DiscountedSolver {
  /// When to stop; an iteration is one improvement step, at most 1000 by default.
  public var options: SolverOptions
  /// How the values of a policy are solved for.
  public var linearMethod: LinearMethod

  /// Policy iteration with the given options.
  public init(options: SolverOptions = SolverOptions(), linearMethod: LinearMethod = .automatic) {
    self.options = options
    self.linearMethod = linearMethod
  }

  /// Solves `problem`; see ``DiscountedSolver/solve(_:from:)``.
  public func solve(_ problem: DiscountedProblem, from start: [Int]?) -> Solution {
    var bellman = problem.bellman
    bellman.threads = options.threads
    var (policy, v) = bellman.firstPolicy(from: start)
    var system: ChainSystem
    var certificate: Certificate
    var ending = Ending.toleranceNotReached
    var iterations = 0
    // Early evaluations by an iterative method need not be exact (inexact policy iteration).
    var accuracy = 1e-2
    while true {
      iterations += 1
      system = ChainSystem(bellman, policy: policy, method: linearMethod)
      v = system.valuesOfPolicy(policy, of: bellman, from: v, accuracy: accuracy)
      let q = bellman.actionValues(of: v)
      let tolerance = options.tolerance.absolute(for: v.largestMagnitude)
      certificate = bellman.certificate(from: v, actionValues: q, tolerance: tolerance)
      let switched = bellman.improve(
        &policy, by: q, threshold: 2 * bellman.backupError(valueMagnitude: v.largestMagnitude))
      if !switched && (!system.isIterative || accuracy <= 1e-8) || certificate.errorBound <= tolerance { break }
      accuracy = max(1e-8, accuracy / 10)
      if options.progress?(iterations, certificate.errorBound) == false {
        ending = .cancelled
        break
      }
      if iterations >= max(1, options.iterationLimit ?? 1000) {
        ending = .iterationLimit
        break
      }
    }
    let tolerance = options.tolerance.absolute(for: v.largestMagnitude)
    if !(certificate.errorBound <= tolerance), ending == .toleranceNotReached {
      let extended = bellman.extendedCertificate(
        values: v, policy: policy, system: system, method: linearMethod, tolerance: tolerance)
      if extended.errorBound < certificate.errorBound { certificate = extended }
    }
    return certificate.solution(
      of: problem, options: options, method: "policy iteration (\(system.name))", iterations: iterations, ending: ending
    )
  }
}

extension ChainSystem {
  /// The values of a policy, as a correction of `v` by its residual.
  func valuesOfPolicy(
    _ policy: [Int32], of bellman: BellmanOperator, from v: [Double], accuracy: Double
  ) -> [Double] {
    guard isIterative else { return solve(bellman.rewards(of: policy)) }
    var swept = v
    _ = bellman.sweep(v, into: &swept, policy: policy)
    for s in v.indices { swept[s] -= v[s] }
    let correction = solve(swept, relativeResidual: accuracy)
    return zip(v, correction).map { $0 + $1 }
  }
}

extension BellmanOperator {
  /// r_π of a deterministic policy.
  func rewards(of policy: [Int32]) -> [Double] {
    policy.enumerated().map { s, a in rewards[s * actionCount + Int(a)] }
  }

  /// Switches to the lowest of the best actions wherever it is better than the present one by more than `threshold`.
  ///
  /// - Returns: whether anything was switched.
  func improve(_ policy: inout [Int32], by q: [Double], threshold: Double) -> Bool {
    var switched = false
    for s in policy.indices {
      let first = s * actionCount
      var best = first + Int(policy[s])
      let least = q[best] + threshold
      for k in first..<(first + actionCount) where q[k] > least && (q[k] > q[best] || best == first + Int(policy[s])) {
        best = k
      }
      if best != first + Int(policy[s]) {
        policy[s] = Int32(best - first)
        switched = true
      }
    }
    return switched
  }

  /// The policy to start from: the caller's where it is allowed, else that of a short modified policy iteration.
  func firstPolicy(from start: [Int]?) -> (policy: [Int32], values: [Double]) {
    if let start, start.count == stateCount,
      start.enumerated().allSatisfy({ s, a in
        a >= 0 && a < actionCount && rewards[s * actionCount + a] > -.infinity
      })
    {
      return (start.map { Int32($0) }, [Double](repeating: 0, count: stateCount))
    }
    var run = ModifiedPolicyIterationRun(self)
    // Most actions are soon proven worse; sweeps over the few others are what makes this cheap.
    if actionCount > 2, slack > 0, discount < 1 { run.remaining = RemainingActions(self) }
    var previous: [Int32] = []
    var stable = 0
    for _ in 0..<50 {
      run.improve()
      if run.remaining != nil {
        let bounds = ValueBounds(self, run.change, startMagnitude: run.startMagnitude)
        let rounding = backupError(valueMagnitude: run.startMagnitude)
        run.remaining?.removeWorse(than: run.swept, by: Up.sum(Up.product(2, rounding), bounds.spread))
      }
      if run.change.span <= 1e-8 * max(run.change.magnitude, rewardMagnitude) { break }
      stable = run.policy == previous ? stable + 1 : 0
      if stable >= 2 { break }
      previous = run.policy
      run.evaluate(sweepLimit: 20)
    }
    return (run.policy, run.swept)
  }
}
