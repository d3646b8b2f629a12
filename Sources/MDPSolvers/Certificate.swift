internal import MDPs

/// Values of a problem in maximum form with the proof of their error, whatever made them.
struct Certificate: Sendable {
  var values: [Double]
  var policy: [Int32]
  var errorBound: Double
  var policyLoss: Double
  var level: ProofLevel
  var proof: String

  /// The certificate as the answer to a problem.
  func solution(
    of problem: DiscountedProblem, options: SolverOptions, method: String, iterations: Int, ending: Ending? = nil
  ) -> Solution {
    let tolerance = options.tolerance.absolute(for: values.largestMagnitude)
    let sign = problem.direction.sign
    return Solution(
      values: sign < 0 ? values.map { 0 - $0 } : values, policy: policy.map { Int($0) },
      initialDistribution: problem.mdp.initialDistribution,
      guarantee: Guarantee(
        level: level, errorBound: errorBound, policyLoss: level >= .exactPolicy ? 0 : policyLoss, tolerance: tolerance,
        ending: errorBound <= tolerance ? .converged : ending ?? .toleranceNotReached, proof: proof),
      method: method, iterations: iterations)
  }
}

extension BellmanOperator {
  /// Proves what one look at all actions at v shows: the middle of the bounds that hold after a sweep, the policy of the
  /// lowest actions that are tied for best, and whether each is strictly better than all others.
  ///
  /// With v* − v in [lo, hi], an action whose computed q(s, a) stays behind the best by more than 2 E + γ (hi − lo) is
  /// worse at v* too; if all but one action of each state are, the policy is the unique optimum of the exact problem.
  ///
  /// - Parameters:
  ///   - v: any values.
  ///   - q: their action values, if at hand.
  ///   - tolerance: what the caller asks for; ties are looked for only as far as it allows.
  /// - Returns: improved values with their proof.
  /// - Complexity: O(stored transitions)
  func certificate(from v: [Double], actionValues q: [Double]? = nil, tolerance: Double) -> Certificate {
    let q = q ?? actionValues(of: v)
    var change = Change()
    var gap = Double.infinity
    var values = v
    for s in 0..<stateCount {
      let (best, second) = bestTwo(of: s, in: q)
      gap = min(gap, (best - second).nextDown)
      change.record(best, old: v[s])
      values[s] = best
    }
    let magnitude = v.largestMagnitude
    let bounds = ValueBounds(self, change, startMagnitude: magnitude)
    let rounding = 2 * backupError(valueMagnitude: magnitude)
    let uncertainty = Up.sum(rounding, bounds.spread)
    let margin = max(rounding, min(uncertainty, tolerance * slack / 2))
    var policy = [Int32](repeating: 0, count: stateCount)
    var policyLeast = Double.infinity
    for s in 0..<stateCount {
      let first = s * actionCount
      var action = 0
      while action < actionCount - 1, !(q[first + action] >= values[s] - margin) { action += 1 }
      policy[s] = Int32(action)
      policyLeast = min(policyLeast, q[first + action] - v[s])
    }
    let loss = Up.sum(bounds.loss(ofPolicyWithLeastChange: policyLeast), margin)
    let error = bounds.halfWidth(magnitude: change.magnitude)
    guard error < .infinity else {
      return Certificate(
        values: values, policy: policy, errorBound: .infinity, policyLoss: .infinity, level: .approximate,
        proof: "none: the values overflow")
    }
    for s in values.indices { values[s] += bounds.middle }
    let isProven = gap > uncertainty
    return Certificate(
      values: values, policy: policy, errorBound: error, policyLoss: isProven ? 0 : loss,
      level: isProven ? .exactPolicy : .bounded,
      proof: "MacQueen bounds with rounding" + (isProven ? "; every other action is worse by a proven gap" : ""))
  }

  /// The largest and the second-largest action value of a state; −∞ where there is none.
  private func bestTwo(of s: Int, in q: [Double]) -> (best: Double, second: Double) {
    var best = -Double.infinity
    var second = -Double.infinity
    for k in (s * actionCount)..<((s + 1) * actionCount) {
      if q[k] > best {
        second = best
        best = q[k]
      } else if q[k] > second {
        second = q[k]
      }
    }
    return (best, second)
  }

  /// Proves values to nearly full double precision: the values of a policy are refined with residuals in twice the
  /// working precision, then every action is checked at that precision; where one is better the policy is switched.
  ///
  /// For w with residual d = T w − w of all actions, |w − v*| ≤ max |d| / (1 − γ (1 + e)).
  ///
  /// Source: Higham, Accuracy and Stability of Numerical Algorithms (2002), §12.1 (iterative refinement).
  ///
  /// - Parameters:
  ///   - values: where to start.
  ///   - policy: its policy.
  ///   - system: the factored system of `policy`, if there is one.
  ///   - method: how further systems are solved.
  ///   - tolerance: enough; 0 goes as far as it can.
  /// - Returns: the tightest certificate found.
  func extendedCertificate(
    values: [Double], policy: [Int32], system: ChainSystem?, method: LinearMethod = .automatic, tolerance: Double
  ) -> Certificate {
    var w = ExtendedVector(values)
    var policy = policy
    var system = system ?? ChainSystem(self, policy: policy, method: method)
    var greedy = policy
    var error = Double.infinity
    var best: Certificate?
    for step in 0..<30 {
      if step > 0 { system = ChainSystem(self, policy: policy, method: method) }
      let residual = refine(&w, policy: policy, system: system)
      let low = w.low.largestMagnitude
      let rounding = extendedResidualError(high: w.high.largestMagnitude, low: low, residual: residual)
      let margin = 2 * (rounding + contraction * (residual + rounding) / slack)
      let change = extendedSweep(w, margin: margin, greedy: &greedy)
      let distance = Up.quotient(max(abs(change.least), abs(change.largest)), slack)
      error = Up.sum(low, distance)
      let isProven = change.smallestGap > Up.product(2, Up.product(contraction, distance))
      let loss = Up.quotient(Up.sum(max(0, change.largest), max(0, -change.policyLeast)), slack)
      if error < best?.errorBound ?? .infinity {
        best = Certificate(
          values: w.high, policy: greedy, errorBound: error, policyLoss: loss,
          level: isProven ? .exactPolicy : .bounded,
          proof: isProven
            ? "residual of every action in extended precision; every other action is worse by a proven gap"
            : "residual of every action in extended precision")
      }
      if greedy == policy || error <= tolerance { break }
      policy = greedy
    }
    return best
      ?? Certificate(
        values: values, policy: policy, errorBound: .infinity, policyLoss: .infinity, level: .approximate,
        proof: "none: the values overflow")
  }

  /// Corrects `w` towards the value of `policy` until the residual no longer halves; returns its largest entry.
  func refine(_ w: inout ExtendedVector, policy: [Int32], system: ChainSystem) -> Double {
    var residual = extendedResidual(w, policy: policy)
    var size = residual.largestMagnitude
    for _ in 0..<60 where size > 0 {
      var next = w
      next.add(system.solve(residual))
      residual = extendedResidual(next, policy: policy)
      let improved = residual.largestMagnitude
      guard improved < size else { break }
      w = next
      let isSlow = improved > size / 2
      size = improved
      if isSlow { break }
    }
    return size
  }
}
