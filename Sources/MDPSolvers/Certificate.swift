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
  /// Proves what one sweep shows: the middle of the bounds that hold after it.
  ///
  /// - Parameters:
  ///   - swept: T v as the sweep computed it.
  ///   - change: what the sweep saw.
  ///   - magnitude: the largest |v(s)| it started from.
  ///   - tolerance: what the caller asks for; ties are looked for only as far as it allows.
  /// - Returns: the middle of the bounds with its proof.
  /// - Complexity: O(stored transitions): one pass for ties and the strict-gap test.
  func certificate(
    swept: [Double], change: Change, startMagnitude magnitude: Double, tolerance: Double
  ) -> Certificate {
    let bounds = ValueBounds(self, change, startMagnitude: magnitude)
    let middle = bounds.middle
    let values = middle.isFinite ? swept.map { $0 + middle } : swept
    let error = bounds.halfWidth(magnitude: change.magnitude)
    let size = values.largestMagnitude
    let rounding = backupError(valueMagnitude: size)
    // q at the true values differs from the computed q by no more than this.
    let uncertainty = Up.sum(rounding, Up.product(contraction, error))
    let margin = max(2 * rounding, min(2 * uncertainty, tolerance * slack / 2))
    var policy = [Int32](repeating: 0, count: stateCount)
    let gap = choose(from: actionValues(of: values), margin: margin, policy: &policy)
    // The greedy policy of v loses at most the width; playing a tied action loses up to the margin more a step.
    let loss = Up.sum(
      2 * error, Up.quotient(Up.sum(margin, Up.product(2, uncertainty)), slack))
    let isProven = gap > 2 * uncertainty
    return Certificate(
      values: values, policy: policy, errorBound: error.isNaN ? .infinity : error,
      policyLoss: loss.isNaN ? .infinity : loss,
      level: error < .infinity
        ? (isProven ? .exactPolicy : .bounded)
        : .approximate,
      proof: isProven
        ? "MacQueen bounds with rounding; every other action is worse by a proven gap" : "MacQueen bounds with rounding"
    )
  }

  /// Takes the lowest action within `margin` of the best in each state and returns the smallest gap to a second action.
  private func choose(from q: [Double], margin: Double, policy: inout [Int32]) -> Double {
    var smallest = Double.infinity
    for s in 0..<stateCount {
      let first = s * actionCount
      var best = -Double.infinity
      var second = -Double.infinity
      for k in first..<(first + actionCount) {
        if q[k] > best {
          second = best
          best = q[k]
        } else if q[k] > second {
          second = q[k]
        }
      }
      var action = 0
      while action < actionCount - 1, !(q[first + action] >= best - margin) { action += 1 }
      policy[s] = Int32(action)
      smallest = min(smallest, (best - second).nextDown)
    }
    return smallest
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
  ///   - tolerance: enough; 0 goes as far as it can.
  /// - Returns: the tightest certificate found.
  func extendedCertificate(
    values: [Double], policy: [Int32], system: ChainSystem?, tolerance: Double
  ) -> Certificate {
    var w = ExtendedVector(values)
    var policy = policy
    var system = system ?? ChainSystem(self, policy: policy)
    var greedy = policy
    var error = Double.infinity
    var best: Certificate?
    for step in 0..<30 {
      if step > 0 { system = ChainSystem(self, policy: policy) }
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
  private func refine(_ w: inout ExtendedVector, policy: [Int32], system: ChainSystem) -> Double {
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
