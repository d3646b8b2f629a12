internal import LinearAlgebra
internal import MDPs
internal import Synchronization

/// A vector known to twice the working precision: entry s is `high[s] + low[s]`, with |low| at most half a unit in the
/// last place of high.
struct ExtendedVector: Sendable {
  var high: [Double]
  var low: [Double]

  init(_ values: [Double]) {
    high = values
    low = [Double](repeating: 0, count: values.count)
  }

  /// Adds a correction that is small against the vector.
  mutating func add(_ correction: [Double]) {
    for s in high.indices {
      let (sum, error) = exactSum(high[s], correction[s])
      let (top, rest) = exactSum(sum, error + low[s])
      high[s] = top
      low[s] = rest
    }
  }
}

/// a + b as rounded sum and exact error (Knuth, The Art of Computer Programming 2, §4.2.2, theorem B).
@inline(__always) func exactSum(_ a: Double, _ b: Double) -> (sum: Double, error: Double) {
  let sum = a + b
  let z = sum - a
  return (sum, (a - (sum - z)) + (b - z))
}

extension BellmanOperator {
  /// The residual q(s, a) − w(s) of one pair at an extended vector, with products and sums in twice the precision.
  ///
  /// ```
  /// s + Σ t_j + Σ e_j = Σ p_j high_j   exactly,   |t_j| ≤ u |s_j|, |e_j| ≤ u |p_j high_j|
  /// ```
  ///
  /// so that only the small terms t, e, p·low are rounded. Source: Ogita, Rump and Oishi, Accurate sum and dot product
  /// (2005), algorithm 5.3 (Dot2).
  @inline(__always) private func residual(
    pair k: Int, state s: Int, reward: Double, _ w: ExtendedVector
  ) -> Double {
    var sum = 0.0
    var carry = 0.0
    transitions.forEachStored(ofRow: k) { t, p in
      let product = p * w.high[t]
      let productError = (-product).addingProduct(p, w.high[t])
      let (next, error) = exactSum(sum, product)
      sum = next
      carry += (error + productError) + p * w.low[t]
    }
    let scaled = discount * sum
    let scaledError = (-scaled).addingProduct(discount, sum)
    let (first, error1) = exactSum(scaled, -w.high[s])
    let (second, error2) = exactSum(first, reward)
    return second + (((error1 + error2) + scaledError) + (discount * carry - w.low[s]))
  }

  /// At least |computed residual − residual| for every pair, given the largest |high| and |low| of the vector.
  ///
  /// The rounded terms are t, e and p·low: at most (b + 2) u M + L in sum, M = γ Σ p |high| + |high| + |r|, and they
  /// meet at most b + 8 roundings. Twice that covers all terms of third order.
  func extendedResidualError(high: Double, low: Double, residual: Double) -> Double {
    let b = Double(longestRow)
    let size = Up.sum(rewardMagnitude, Up.product(2 * (1 + 0x1p-20), high))
    let small = Up.sum(Up.product((b + 8) * unitRoundoff, size), Up.product(2 * (1 + 0x1p-20), low))
    let rounding = Up.product(2 * (b + 8) * unitRoundoff, small)
    return Up.sum(
      Up.sum(rounding, Up.product(coefficientError, Up.sum(high, rewardMagnitude))), Up.product(unitRoundoff, residual),
      (b + 8) * .leastNonzeroMagnitude)
  }

  /// T_π w − w for a policy.
  func extendedResidual(_ w: ExtendedVector, policy: [Int32]) -> [Double] {
    var result = [Double](repeating: 0, count: stateCount)
    result.withUnsafeMutableBufferPointer { out in
      nonisolated(unsafe) let out = out
      forEachRange(of: stateCount, workers: threads, minimumPerWorker: max(1, 20_000 / max(1, longestRow))) { states in
        for s in states {
          let k = s * actionCount + Int(policy[s])
          out[s] = residual(pair: k, state: s, reward: rewards[k], w)
        }
      }
    }
    return result
  }

  /// What one extended sweep over all actions shows at w.
  struct ExtendedChange: Sendable {
    /// Bounds of T w − w over all states, rounding included.
    var least = Double.infinity
    var largest = -Double.infinity
    /// The least T_π w − w of the policy `greedy`, rounding included.
    var policyLeast = Double.infinity
    /// The smallest proven gap between the best and the second-best action of a state.
    var smallestGap = Double.infinity

    mutating func formUnion(_ other: ExtendedChange) {
      least = min(least, other.least)
      largest = max(largest, other.largest)
      policyLeast = min(policyLeast, other.policyLeast)
      smallestGap = min(smallestGap, other.smallestGap)
    }
  }

  /// The residual of the best action of each state in extended precision; actions that are clearly worse in plain
  /// arithmetic are not looked at again.
  ///
  /// - Parameters:
  ///   - w: where.
  ///   - margin: actions whose residuals differ by less count as tied.
  ///   - greedy: becomes the lowest of the actions tied for best.
  /// - Returns: bounds of the residual, rounding included.
  func extendedSweep(_ w: ExtendedVector, margin: Double, greedy: inout [Int32]) -> ExtendedChange {
    let high = w.high.largestMagnitude
    let low = w.low.largestMagnitude
    let plainError = Up.sum(backupError(valueMagnitude: high), Up.product(contraction, low))
    let q = actionValues(of: w.high)
    let total = Mutex(ExtendedChange())
    greedy.withUnsafeMutableBufferPointer { greedy in
      nonisolated(unsafe) let greedy = greedy
      forEachRange(of: stateCount, workers: threads, minimumPerWorker: max(1, 20_000 / max(1, longestRow))) { states in
        var part = ExtendedChange()
        var candidates: [(action: Int32, residual: Double)] = []
        for s in states {
          candidates.removeAll(keepingCapacity: true)
          let first = s * actionCount
          var best = -Double.infinity
          for k in first..<(first + actionCount) where q[k] > best { best = q[k] }
          var second = -Double.infinity
          for k in first..<(first + actionCount) {
            if q[k] > -.infinity, q[k] + 2 * plainError >= (best - 2 * plainError).nextDown {
              candidates.append((Int32(k - first), residual(pair: k, state: s, reward: rewards[k], w)))
            } else if q[k] > second {
              second = q[k]
            }
          }
          part.record(candidates, plainGap: best - second - 2 * plainError) { residual in
            extendedResidualError(high: high, low: low, residual: abs(residual))
          }
          var chosen = candidates[0]
          let top = candidates.reduce(-Double.infinity) { max($0, $1.residual) }
          let error = extendedResidualError(high: high, low: low, residual: abs(top))
          if let tied = candidates.first(where: { $0.residual + max(2 * error, margin) >= top }) { chosen = tied }
          greedy[s] = chosen.action
          part.policyLeast = min(part.policyLeast, -Up.sum(-chosen.residual, error))
        }
        let found = part
        total.withLock { $0.formUnion(found) }
      }
    }
    return total.withLock { $0 }
  }
}

extension BellmanOperator.ExtendedChange {
  /// Takes the residuals of the candidates of one state into account.
  fileprivate mutating func record(
    _ candidates: [(action: Int32, residual: Double)], plainGap: Double, errorOf: (Double) -> Double
  ) {
    var top = -Double.infinity
    var second = -Double.infinity
    for candidate in candidates {
      if candidate.residual > top {
        second = top
        top = candidate.residual
      } else if candidate.residual > second {
        second = candidate.residual
      }
    }
    let error = errorOf(top)
    largest = max(largest, Up.sum(top, error))
    least = min(least, -Up.sum(-top, error))
    if second > -.infinity {
      let gap = top - second - 2 * max(error, errorOf(second))
      smallestGap = min(smallestGap, gap)
    }
    smallestGap = min(smallestGap, plainGap)
  }
}

extension Transitions {
  /// Calls `body` with each stored entry of a row, zeros of dense rows left out.
  @inline(__always) func forEachStored(ofRow row: Int, _ body: (_ next: Int, _ probability: Double) -> Void) {
    switch self {
    case .dense(let matrix):
      let width = matrix.columnCount
      let start = row &* width
      for t in 0..<width {
        let p = matrix.elements[start &+ t]
        if p != 0 { body(t, p) }
      }
    case .sparse(let rows):
      for j in rows.rowStarts[row]..<rows.rowStarts[row + 1] { body(Int(rows.columns[j]), rows.values[j]) }
    }
  }
}

extension [Double] {
  /// The largest |x|; 0 of nothing.
  var largestMagnitude: Double {
    var largest = 0.0
    for x in self where abs(x) > largest { largest = abs(x) }
    return largest
  }
}
