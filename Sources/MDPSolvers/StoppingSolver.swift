internal import LinearAlgebra
internal import MDPs

/// Policy iteration on a problem that ends, with a proof by the expected number of steps.
///
/// For w with |T w − w| ≤ δ and h with h ≥ 1/2 + Σ p h for every action that is near the best,
///
/// ```
/// w − 2 δ h  ≤  v*  ≤  w + 2 δ h
/// ```
///
/// because T(w + 2 δ h) ≤ w + δ + 2 δ (h − 1/2) = w + 2 δ h, and alike below for the policy; actions that are far from the
/// best are checked one by one. The inequalities are checked after the fact, with rounding, whatever made w and h.
struct StoppingSolver {
  let problem: StoppingProblem
  let options: SolverOptions

  struct Answer {
    /// Values of the remaining states in maximum form.
    var values: ExtendedVector
    var policy: [Int32]
    /// What the value of each state may be off.
    var errors: [Double]
    var level: ProofLevel
    var proof: String
    var iterations: Int
    var ending: Ending?
    var method: String
  }

  /// Solves from a policy that ends.
  func solve(from start: [Int32]) -> Answer {
    let bellman = problem.bellman
    var policy = start
    var w = ExtendedVector([Double](repeating: 0, count: bellman.stateCount))
    var greedy = policy
    var iterations = 0
    var ending: Ending?
    var method = ""
    let limit = options.iterationLimit ?? 10_000
    // Improve in plain arithmetic, then check in extended precision; go back where an action is better after all.
    while true {
      var system = ChainSystem(
        chain: bellman.transitions.rows(of: policy, actionCount: bellman.actionCount), discount: 1)
      while true {
        iterations += 1
        let v = system.solve(bellman.rewards(of: policy))
        let improved = bellman.improve(
          &policy, by: bellman.actionValues(of: v),
          threshold: 4 * bellman.backupError(valueMagnitude: v.largestMagnitude) + 1e-13 * v.largestMagnitude)
        w = ExtendedVector(v)
        if options.progress?(iterations, .infinity) == false { ending = .cancelled }
        if iterations >= limit { ending = .iterationLimit }
        guard improved, ending == nil else { break }
        system = ChainSystem(chain: bellman.transitions.rows(of: policy, actionCount: bellman.actionCount), discount: 1)
      }
      method = "policy iteration (\(system.name))"
      let residual = bellman.refine(&w, policy: policy, system: system)
      greedy = policy
      let rounding = bellman.extendedResidualError(
        high: w.high.largestMagnitude, low: w.low.largestMagnitude, residual: residual)
      let change = bellman.extendedSweep(w, margin: 0, greedy: &greedy)
      let own = bellman.extendedResidual(w, policy: policy)
      let best = bellman.extendedResidual(w, policy: greedy)
      var switched = false
      // What is better by less than the noise of a policy's own residual is no reason to switch.
      let noise = 4 * (rounding + residual)
      for s in policy.indices where greedy[s] != policy[s] && best[s] > own[s] + noise {
        policy[s] = greedy[s]
        switched = true
      }
      if switched, ending == nil { continue }
      let delta = max(abs(change.least), abs(change.largest), Up.sum(own.largestMagnitude, rounding))
      return answer(
        w, policy: policy, delta: delta, gap: change.smallestGap, iterations: iterations, ending: ending,
        method: method)
    }
  }

  private func answer(
    _ w: ExtendedVector, policy: [Int32], delta: Double, gap: Double, iterations: Int, ending: Ending?, method: String
  ) -> Answer {
    let none = Answer(
      values: w, policy: policy, errors: [Double](repeating: .infinity, count: policy.count), level: .approximate,
      proof: "none: floating point cannot bound the number of steps", iterations: iterations, ending: ending,
      method: method)
    guard let steps = StepBound(problem, values: w.high, policy: policy, scale: 2 * delta) else { return none }
    var errors = steps.steps.map { Up.product(Up.product(2, delta), $0) }
    for s in errors.indices { errors[s] = Up.sum(errors[s], abs(w.low[s])) }
    let largest = errors.largestMagnitude
    guard largest.isFinite else { return none }
    let isStrict = gap > Up.product(2, steps.steps.largestMagnitude * 2 * delta * (1 + 0x1p-40))
    return Answer(
      values: w, policy: policy, errors: errors, level: isStrict ? .exactPolicy : .bounded,
      proof: "residual of every action in extended precision times a checked bound of the expected steps"
        + (isStrict ? "; every other action is worse by a proven gap" : ""),
      iterations: iterations, ending: ending, method: method)
  }
}

/// h ≥ 1/2 + Σ p h for all actions near the best at given values, checked with rounding.
private struct StepBound {
  let steps: [Double]

  /// - Parameters:
  ///   - problem: the problem.
  ///   - values: where actions are compared.
  ///   - policy: one that ends; near the best everywhere.
  ///   - scale: what h will be multiplied with.
  init?(_ problem: StoppingProblem, values: [Double], policy: [Int32], scale: Double) {
    let bellman = problem.bellman
    let width = bellman.actionCount
    let q = bellman.actionValues(of: values)
    // Twice the error of a backup covers the low parts of the values as well.
    let error = 2 * bellman.backupError(valueMagnitude: values.largestMagnitude)
    guard let near = problem.rowsNear(values, actionValues: q, error: error, policy: policy),
      let h = problem.mostSteps(of: near, from: policy)
    else { return nil }
    // The checks: every near action by the factor, every other by its own slack.
    let plain = BellmanOperator(
      undiscounted: bellman.transitions, actionCount: width, discount: 1,
      rewards: bellman.rewards.map { $0 > -.infinity ? 0 : -.infinity }, rowSumDefect: 0)
    let ahead = plain.actionValues(of: h)
    var count = plain
    count.coefficientError = bellman.coefficientError
    let stepError = count.backupError(valueMagnitude: h.largestMagnitude)
    for s in h.indices {
      for k in (s * width)..<((s + 1) * width) where bellman.rewards[k] > -.infinity {
        let growth = Up.sum(ahead[k], stepError)
        if near[k] {
          guard Up.sum(growth, 0.5) <= h[s] else { return nil }
        } else {
          let slack = -Up.sum(q[k], error, -values[s])
          guard Up.product(scale, max(0, Up.sum(growth, -h[s]))) <= slack else { return nil }
        }
      }
    }
    steps = h
  }
}

extension StoppingProblem {
  /// The rows that are near the best at given values, so few that one cannot stay among them for ever; nil where rounding
  /// does not tell them from the others.
  fileprivate func rowsNear(
    _ values: [Double], actionValues q: [Double], error: Double, policy: [Int32]
  ) -> [Bool]? {
    var near = bellman.rewards.map { $0 > -.infinity }
    guard !everyPolicyEnds else { return near }
    let width = bellman.actionCount
    var margin = 1e-3 * max(1, values.largestMagnitude)
    repeat {
      margin /= 1000
      guard margin > 4 * error else { return nil }
      for s in policy.indices {
        for k in (s * width)..<((s + 1) * width) {
          near[k] = q[k] > -.infinity && (q[k] >= values[s] - margin || k == s * width + Int(policy[s]))
        }
      }
    } while EndComponents(
      bellman.transitions.sparseRows, actionCount: width, allowed: near.indices.map { near[$0] && staysInside[$0] }
    ).count > 0
    return near
  }

  /// h ≈ max 1 + Σ p h over the given rows, among which one cannot stay for ever: the most steps to the end.
  ///
  /// - Parameters:
  ///   - near: the rows, at least one a state.
  ///   - policy: one of them in each state.
  /// - Returns: h; nil where floating point cannot tell.
  func mostSteps(of near: [Bool], from policy: [Int32]) -> [Double]? {
    var count = BellmanOperator(
      undiscounted: bellman.transitions, actionCount: bellman.actionCount, discount: 1,
      rewards: near.map { $0 ? 1 : -.infinity }, rowSumDefect: 0)
    count.threads = bellman.threads
    var slowest = policy
    var h: [Double] = []
    for _ in 0..<1000 {
      h = ChainSystem(chain: bellman.transitions.rows(of: slowest, actionCount: bellman.actionCount), discount: 1)
        .solve(count.rewards(of: slowest))
      guard h.allSatisfy({ $0.isFinite && $0 > 0 }) else { return nil }
      let next = count.actionValues(of: h)
      if !count.improve(&slowest, by: next, threshold: 1e-9 * h.largestMagnitude + 0.01) { break }
    }
    return h
  }

  /// The most steps to the end: of all rows when every policy ends, else of those near the best at `values`.
  func mostSteps(near values: [Double]? = nil) -> [Double]? {
    let policy = policyThatEnds()
    guard !everyPolicyEnds else { return mostSteps(of: bellman.rewards.map { $0 > -.infinity }, from: policy) }
    guard let values else { return nil }
    let q = bellman.actionValues(of: values)
    let error = bellman.backupError(valueMagnitude: values.largestMagnitude)
    let best = (0..<bellman.stateCount).map { s in
      let rows = (s * bellman.actionCount)..<((s + 1) * bellman.actionCount)
      return Int32((rows.max { q[$0] < q[$1] } ?? rows.lowerBound) - rows.lowerBound)
    }
    guard let near = rowsNear(values, actionValues: q, error: error, policy: best) else { return nil }
    guard let start = policyThatEnds(by: near) else { return nil }
    return mostSteps(of: near, from: start)
  }
}
