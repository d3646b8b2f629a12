internal import LinearAlgebra
internal import MDPs
internal import RealModule
internal import Synchronization

/// The Bellman operator of a discounted problem in maximum form,
///
/// ```
/// (T v)(s) = max_a q(s, a),   q(s, a) = r(s, a) + γ Σ_t P(t | s, a) v(t)
/// ```
///
/// with what is needed to bound its rounding. With one action a state it is the operator T_π of a policy. Rows may sum to
/// 1 ± e: T is then a contraction by γ (1 + e).
struct BellmanOperator: Sendable {
  let transitions: Transitions
  let stateCount: Int
  let actionCount: Int
  let discount: Double
  /// r, index `s * A + a`; −∞ where an action may not be played.
  let rewards: [Double]
  /// The largest |r| of an action that may be played.
  let rewardMagnitude: Double
  /// The most entries in a row.
  let longestRow: Int
  /// At least γ (1 + e).
  let contraction: Double
  /// At most γ (1 − e).
  let weakContraction: Double
  /// At most 1 − γ (1 + e); positive for discounted problems.
  let slack: Double
  /// How far the stored probabilities of a row are, in sum, from those meant (and, relatively, rewards): 0
  /// unless entries had to be merged or rationals rounded.
  var coefficientError = 0.0
  /// How many ranges of states are worked on at a time.
  var threads = processorCount

  /// - Throws: ``SolverError/discountOutOfRange(discount:largestRowSumDefect:)`` when T is no contraction.
  init(
    transitions: Transitions, actionCount: Int, discount: Double, rewards: [Double], rowSumDefect: Double
  ) throws(SolverError) {
    self.init(
      undiscounted: transitions, actionCount: actionCount, discount: discount, rewards: rewards,
      rowSumDefect: rowSumDefect)
    guard discount >= 0, discount < 1, slack > 0 else {
      throw .discountOutOfRange(discount: discount, largestRowSumDefect: rowSumDefect)
    }
    guard rewardMagnitude <= largestValue * slack else {
      let k = rewards.firstIndex { abs($0) == rewardMagnitude } ?? 0
      throw .rewardTooLarge(
        state: k / actionCount, action: k % actionCount, value: rewards[k], limit: largestValue * slack)
    }
  }

  /// The operator of a criterion that needs no contraction: the discount may be 1.
  init(
    undiscounted transitions: Transitions, actionCount: Int, discount: Double, rewards: [Double], rowSumDefect: Double
  ) {
    self.transitions = transitions
    self.actionCount = actionCount
    self.stateCount = rewards.count / actionCount
    self.discount = discount
    self.rewards = rewards
    var magnitude = 0.0
    for r in rewards where r > -.infinity && abs(r) > magnitude { magnitude = abs(r) }
    rewardMagnitude = magnitude
    longestRow = transitions.longestRow
    // The defect was itself computed by summing a row.
    let defect = Up.sum(rowSumDefect, 2 * accumulatedRoundoff(longestRow))
    contraction = Up.product(discount, Up.sum(1, defect))
    weakContraction = max(0, (discount * (1 - defect).nextDown).nextDown)
    slack = (1 - contraction).nextDown
  }

  /// E: a bound of |computed q − q| for values of at most `magnitude`.
  ///
  /// ```
  /// |fl(q) − q| ≤ k u / (1 − k u) · (|r| + γ Σ p |v|),   k = row length + 2
  /// ```
  ///
  /// Source: Higham, Accuracy and Stability of Numerical Algorithms (2002), §3.1; any order of summation.
  func backupError(valueMagnitude magnitude: Double) -> Double {
    let size = Up.sum(rewardMagnitude, Up.product(contraction, magnitude))
    return Up.sum(
      Up.product(accumulatedRoundoff(longestRow + 2), size),
      Up.product(coefficientError, Up.sum(magnitude, rewardMagnitude)),
      Double(longestRow + 2) * .leastNonzeroMagnitude)
  }

  /// What a sweep saw.
  struct Change: Sendable {
    /// The least and largest computed (T v)(s) − v(s).
    var least = Double.infinity
    var largest = -Double.infinity
    /// The largest |(T v)(s)|.
    var magnitude = 0.0

    var span: Double { largest - least }
    var middle: Double { least + span / 2 }

    /// Takes one state into account.
    @inline(__always) mutating func record(_ value: Double, old: Double) {
      let d = value - old
      if d < least { least = d }
      if d > largest { largest = d }
      let size = abs(value)
      if size > magnitude { magnitude = size }
    }

    mutating func formUnion(_ other: Change) {
      least = min(least, other.least)
      largest = max(largest, other.largest)
      magnitude = max(magnitude, other.magnitude)
    }
  }

  /// One sweep: `out` becomes T v and `greedy` the lowest of the best actions.
  func sweep(_ v: [Double], into out: inout [Double], greedy: inout [Int32]) -> Change {
    rows.withPointers { kernel in
      v.withUnsafeBufferPointer { v in
        out.withUnsafeMutableBufferPointer { out in
          greedy.withUnsafeMutableBufferPointer { greedy in
            nonisolated(unsafe) let (out, greedy) = (out, greedy)
            nonisolated(unsafe) let v = v
            return inParallel { states in kernel.sweep(states, v, out, greedy) }
          }
        }
      }
    }
  }

  /// As above, looking only at the actions that remain, whose values it notes.
  func sweep(
    _ v: [Double], into out: inout [Double], greedy: inout [Int32], among remaining: inout RemainingActions
  ) -> Change {
    let (counts, actions) = (remaining.counts, remaining.actions)
    return rows.withPointers { kernel in
      v.withUnsafeBufferPointer { v in
        out.withUnsafeMutableBufferPointer { out in
          greedy.withUnsafeMutableBufferPointer { greedy in
            remaining.values.withUnsafeMutableBufferPointer { q in
              nonisolated(unsafe) let (v, out, greedy, q) = (v, out, greedy, q)
              return inParallel { states in kernel.sweep(states, v, out, greedy, counts, actions, q) }
            }
          }
        }
      }
    }
  }

  /// (T v)(s) of one state.
  func backup(of s: Int, _ v: [Double]) -> Double {
    rows.withPointers { kernel in
      v.withUnsafeBufferPointer { v in kernel.best(of: s) { kernel.backup($0, v.baseAddress.unsafelyUnwrapped) }.value }
    }
  }

  /// One sweep of the operator of a policy: `out` becomes T_π v.
  func sweep(_ v: [Double], into out: inout [Double], policy: [Int32]) -> Change {
    rows.withPointers { kernel in
      v.withUnsafeBufferPointer { v in
        out.withUnsafeMutableBufferPointer { out in
          policy.withUnsafeBufferPointer { policy in
            nonisolated(unsafe) let out = out
            nonisolated(unsafe) let (v, policy) = (v, policy)
            return inParallel { states in kernel.policySweep(states, v, out, policy) }
          }
        }
      }
    }
  }

  /// One Gauss–Seidel sweep in place, in the order given: each state sees the new values of those before it.
  ///
  /// - Returns: what changed; the span bound does not hold for it, only the sup-norm one.
  func gaussSeidelSweep(_ v: inout [Double], order: [Int32]) -> Change {
    rows.withPointers { kernel in
      v.withUnsafeMutableBufferPointer { v in
        order.withUnsafeBufferPointer { kernel.gaussSeidelSweep($0, v) }
      }
    }
  }

  /// q for all pairs; −∞ where an action may not be played.
  func actionValues(of v: [Double]) -> [Double] {
    var q = [Double](repeating: 0, count: rewards.count)
    rows.withPointers { kernel in
      v.withUnsafeBufferPointer { v in
        q.withUnsafeMutableBufferPointer { q in
          nonisolated(unsafe) let q = q
          nonisolated(unsafe) let v = v
          _ = inParallel { states in
            for k in (states.lowerBound &* actionCount)..<(states.upperBound &* actionCount) {
              q[k] = kernel.backup(k, UnsafePointer(v.baseAddress.unsafelyUnwrapped))
            }
            return Change()
          }
        }
      }
    }
    return q
  }

  /// Runs `body` on ranges of states at the same time and joins what they saw; the join does not depend on the order.
  private func inParallel(_ body: @Sendable (Range<Int>) -> Change) -> Change {
    let perState = max(1, transitions.storedCount / max(1, stateCount))
    let total = Mutex(Change())
    forEachRange(of: stateCount, workers: threads, minimumPerWorker: max(1, 60_000 / perState)) { states in
      let part = body(states)
      total.withLock { $0.formUnion(part) }
    }
    return total.withLock { $0 }
  }

  private var rows: KernelRows { KernelRows(operator: self) }
}

extension Transitions {
  /// The most entries that a row has.
  var longestRow: Int {
    switch self {
    case .dense(let matrix): return matrix.columnCount
    case .sparse(let rows):
      var longest = 0
      for i in 0..<rows.rowCount { longest = max(longest, rows.rowStarts[i + 1] - rows.rowStarts[i]) }
      return longest
    }
  }
}

/// Lends the arrays of an operator to the kernels.
private struct KernelRows {
  let `operator`: BellmanOperator

  func withPointers<Result>(_ body: (Kernel) -> Result) -> Result {
    let (actionCount, discount) = (`operator`.actionCount, `operator`.discount)
    return `operator`.rewards.withUnsafeBufferPointer { r in
      let reward = r.baseAddress.unsafelyUnwrapped
      switch `operator`.transitions {
      case .dense(let matrix):
        return matrix.elements.withUnsafeBufferPointer { p in
          body(
            Kernel(
              actionCount: actionCount, discount: discount, rewards: reward, width: matrix.columnCount,
              probabilities: p.baseAddress.unsafelyUnwrapped, starts: nil, columns: nil))
        }
      case .sparse(let rows):
        return rows.rowStarts.withUnsafeBufferPointer { starts in
          rows.columns.withUnsafeBufferPointer { columns in
            rows.values.withUnsafeBufferPointer { p in
              body(
                Kernel(
                  actionCount: actionCount, discount: discount, rewards: reward, width: 0,
                  probabilities: p.baseAddress.unsafelyUnwrapped, starts: starts.baseAddress,
                  columns: columns.baseAddress))
            }
          }
        }
      }
    }
  }
}

/// The hot loops over raw pointers: bounds were checked when the model was made, and checked access costs 15 to 20 %.
private struct Kernel: @unchecked Sendable {
  let actionCount: Int
  let discount: Double
  let rewards: UnsafePointer<Double>
  /// The length of a dense row.
  let width: Int
  let probabilities: UnsafePointer<Double>
  /// Row starts and columns of sparse rows; nil when dense.
  let starts: UnsafePointer<Int>?
  let columns: UnsafePointer<Int32>?

  /// r(k) + γ Σ_t P[k, t] v(t).
  @inline(__always) func backup(_ k: Int, _ v: UnsafePointer<Double>) -> Double {
    if let starts, let columns {
      return sparseBackup(k, v, starts, columns)
    }
    return denseBackup(k, v)
  }

  @inline(__always) func sparseBackup(
    _ k: Int, _ v: UnsafePointer<Double>, _ starts: UnsafePointer<Int>, _ columns: UnsafePointer<Int32>
  ) -> Double {
    var sum = 0.0
    var j = starts[k]
    let end = starts[k &+ 1]
    while j < end {
      sum += probabilities[j] * v[Int(columns[j])]
      j &+= 1
    }
    return rewards[k] + discount * sum
  }

  @inline(__always) func denseBackup(_ k: Int, _ v: UnsafePointer<Double>) -> Double {
    let row = probabilities + k &* width
    var sum = 0.0
    for t in 0..<width { sum = Relaxed.multiplyAdd(row[t], v[t], sum) }
    return rewards[k] + discount * sum
  }

  @inline(__always) func best(
    of s: Int, _ backup: (Int) -> Double
  ) -> (value: Double, action: Int32) {
    var best = -Double.infinity
    var action = 0
    let first = s &* actionCount
    for a in 0..<actionCount {
      let q = backup(first &+ a)
      if q > best {
        best = q
        action = a
      }
    }
    return (best, Int32(truncatingIfNeeded: action))
  }

  func sweep(
    _ states: Range<Int>, _ v: UnsafeBufferPointer<Double>, _ out: UnsafeMutableBufferPointer<Double>,
    _ greedy: UnsafeMutableBufferPointer<Int32>
  ) -> BellmanOperator.Change {
    var change = BellmanOperator.Change()
    let v = v.baseAddress.unsafelyUnwrapped
    if let starts, let columns {
      for s in states {
        let (value, action) = best(of: s) { sparseBackup($0, v, starts, columns) }
        change.record(value, old: v[s])
        out[s] = value
        greedy[s] = action
      }
    } else {
      for s in states {
        let (value, action) = best(of: s) { denseBackup($0, v) }
        change.record(value, old: v[s])
        out[s] = value
        greedy[s] = action
      }
    }
    return change
  }

  func sweep(
    _ states: Range<Int>, _ v: UnsafeBufferPointer<Double>, _ out: UnsafeMutableBufferPointer<Double>,
    _ greedy: UnsafeMutableBufferPointer<Int32>, _ counts: [Int32], _ actions: [Int32],
    _ q: UnsafeMutableBufferPointer<Double>
  ) -> BellmanOperator.Change {
    var change = BellmanOperator.Change()
    let values = v.baseAddress.unsafelyUnwrapped
    for s in states {
      let first = s &* actionCount
      var best = -Double.infinity
      var action: Int32 = 0
      for i in first..<(first &+ Int(counts[s])) {
        let a = actions[i]
        let value = backup(first &+ Int(a), values)
        q[i] = value
        if value > best {
          best = value
          action = a
        }
      }
      change.record(best, old: v[s])
      out[s] = best
      greedy[s] = action
    }
    return change
  }

  func policySweep(
    _ states: Range<Int>, _ v: UnsafeBufferPointer<Double>, _ out: UnsafeMutableBufferPointer<Double>,
    _ policy: UnsafeBufferPointer<Int32>
  ) -> BellmanOperator.Change {
    var change = BellmanOperator.Change()
    let v = v.baseAddress.unsafelyUnwrapped
    for s in states {
      let value = backup(s &* actionCount &+ Int(policy[s]), v)
      change.record(value, old: v[s])
      out[s] = value
    }
    return change
  }

  func gaussSeidelSweep(
    _ order: UnsafeBufferPointer<Int32>, _ v: UnsafeMutableBufferPointer<Double>
  ) -> BellmanOperator.Change {
    var change = BellmanOperator.Change()
    let values = UnsafePointer(v.baseAddress.unsafelyUnwrapped)
    for index in order.indices {
      let s = Int(order[index])
      let (value, _) = best(of: s) { backup($0, values) }
      change.record(value, old: values[s])
      v[s] = value
    }
    return change
  }
}
