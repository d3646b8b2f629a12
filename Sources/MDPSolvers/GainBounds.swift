internal import LinearAlgebra
internal import MDPs

/// Where the optimal gain of each state lies, whatever the chain structure, with rounding included (level E2).
///
/// *From above.* If g(s) ≥ Σ_t p(t | s, a) g(t) and g(s) + h(s) ≥ r(s, a) + Σ_t p(t | s, a) h(t) for all pairs, then g is at
/// least the optimal gain. Let g be constant on each maximal end component, and let τ be constant there too, with
/// τ(s) ≥ ½ + Σ p τ for each pair that may leave its component. Then g + 2 ε τ meets the first inequality exactly when g
/// misses it by at most ε, and pairs that may leave meet the second one with h + M τ for a large M; so only pairs that
/// stay have to be looked at, and what they miss is added.
///
/// *From below.* The gain of a recurrent class of a policy is at least the least of r + P h − h in it. On transient states g
/// is at most the gain when g ≤ P g there; g − 2 ε τ repairs what rounding leaves, τ being the time to absorption.
///
/// Rows that are off 1 by rounding stand for the same rows divided by their sum.
///
/// Source: Hordijk and Kallenberg, Linear programming and Markov decision chains (1979); Puterman, Markov Decision
/// Processes (1994), theorem 9.1.2.
struct GainBounds: Sendable {
  let lower: [Double]
  let upper: [Double]

  /// Bounds from a policy with its recurrent classes, and from any gain and bias that nearly solve the optimality
  /// equations; nil where the bounds on τ cannot be proven in floating point.
  init?(
    _ bellman: BellmanOperator, gain: [Double], bias: [Double], policy: [Int32], classes: [[Int]],
    components: EndComponents
  ) {
    let rows = ErrorBoundedRows(bellman)
    guard gain.allSatisfy(\.isFinite), bias.allSatisfy(\.isFinite),
      let upper = Self.upper(rows, gain, bias, components),
      let lower = Self.lower(rows, gain, bias, policy, classes)
    else { return nil }
    self.lower = lower
    self.upper = upper
  }

  private static func upper(
    _ rows: ErrorBoundedRows, _ gain: [Double], _ bias: [Double], _ components: EndComponents
  ) -> [Double]? {
    let bellman = rows.bellman
    var levels = [Double](repeating: -.infinity, count: components.count)
    for (s, c) in components.component.enumerated() where c >= 0 { levels[Int(c)] = max(levels[Int(c)], gain[s]) }
    let g = gain.enumerated().map { s, own in
      components.component[s] >= 0 ? levels[Int(components.component[s])] : own
    }
    guard let steps = LeavingSteps(rows, components)?.steps else { return nil }
    var drift = 0.0
    var excess = -Double.infinity
    for k in bellman.rewards.indices where bellman.rewards[k] > -.infinity {
      let s = k / bellman.actionCount
      if components.stays[k] {
        let next = rows.expectation(k, bias)
        excess = max(
          excess, Up.sum(Up.sum(bellman.rewards[k], next.upper), Up.sum(-bias[s], -g[s])))
      } else {
        drift = max(drift, Up.sum(rows.expectation(k, g).upper, -g[s]))
      }
    }
    return g.indices.map { Up.sum(g[$0], Up.product(2 * drift, steps[$0]), excess) }
  }

  private static func lower(
    _ rows: ErrorBoundedRows, _ gain: [Double], _ bias: [Double], _ policy: [Int32], _ classes: [[Int]]
  ) -> [Double]? {
    let bellman = rows.bellman
    var g = gain
    var isRecurrent = [Bool](repeating: false, count: gain.count)
    for states in classes {
      var least = Double.infinity
      for s in states {
        let k = s * bellman.actionCount + Int(policy[s])
        let next = rows.expectation(k, bias)
        least = min(least, -Up.sum(Up.sum(-bellman.rewards[k], -next.lower), bias[s]))
      }
      for s in states {
        g[s] = least
        isRecurrent[s] = true
      }
    }
    guard let steps = rows.stepsToAbsorption(policy, isRecurrent) else { return nil }
    var drift = 0.0
    for s in g.indices where !isRecurrent[s] {
      let next = rows.expectation(s * bellman.actionCount + Int(policy[s]), g)
      drift = max(drift, Up.sum(g[s], -next.lower))
    }
    return g.indices.map { -Up.sum(-g[$0], Up.product(2 * drift, steps[$0])) }
  }
}

/// Expectations over the rows of a model with a bound of what rounding and row sums off 1 do to them.
private struct ErrorBoundedRows {
  let bellman: BellmanOperator
  let rows: SparseRows
  /// At most how far the stored probabilities of a row are, in sum, from those that sum to 1.
  let defect: Double

  init(_ bellman: BellmanOperator) {
    self.bellman = bellman
    rows = bellman.transitions.sparseRows
    // The operator of discount 1 holds 1 + e.
    defect = Up.sum((bellman.contraction - 1).nextUp, bellman.coefficientError)
  }

  /// Bounds of Σ_t p(t) x(t).
  func expectation(_ k: Int, _ x: [Double]) -> (lower: Double, upper: Double) {
    var (sum, size, largest) = (0.0, 0.0, 0.0)
    let entries = rows.positions(ofRow: k)
    for j in entries {
      let value = x[Int(rows.columns[j])]
      sum += rows.values[j] * value
      size += rows.values[j] * abs(value)
      largest = max(largest, abs(value))
    }
    let roundoff = accumulatedRoundoff(entries.count + 1)
    let error = Up.sum(Up.product(roundoff, Up.product(size, 1 + 2 * roundoff)), Up.product(defect, largest))
    return ((sum - error).nextDown, Up.sum(sum, error))
  }

  /// τ with τ(s) ≥ ½ + Σ p τ on the transient states of a policy and 0 on the others; nil when that cannot be shown.
  func stepsToAbsorption(_ policy: [Int32], _ isRecurrent: [Bool]) -> [Double]? {
    var place = [Int32](repeating: -1, count: policy.count)
    var transient: [Int] = []
    for s in policy.indices where !isRecurrent[s] {
      place[s] = Int32(transient.count)
      transient.append(s)
    }
    var steps = [Double](repeating: 0, count: policy.count)
    guard !transient.isEmpty else { return steps }
    var builder = SparseRowsBuilder(columnCount: transient.count)
    for s in transient {
      for j in rows.positions(ofRow: s * bellman.actionCount + Int(policy[s])) where place[Int(rows.columns[j])] >= 0 {
        builder.append(column: place[Int(rows.columns[j])], value: rows.values[j])
      }
      builder.endRow()
    }
    let solved = ChainSystem(chain: .sparse(builder.build()), discount: 1)
      .solve([Double](repeating: 1, count: transient.count))
    for (i, s) in transient.enumerated() { steps[s] = max(0, solved[i]) }
    for s in transient {
      let next = expectation(s * bellman.actionCount + Int(policy[s]), steps)
      guard steps[s] - 0.5 >= next.upper else { return nil }
    }
    return steps
  }
}

/// τ(s): at least half the number of steps that may leave an end component, as many as a policy can expect.
///
/// Found by policy iteration on the model with each end component made one node, in which every policy ends.
private struct LeavingSteps {
  let steps: [Double]

  init?(_ rows: ErrorBoundedRows, _ components: EndComponents) {
    let bellman = rows.bellman
    let width = bellman.actionCount
    var nodeCount = components.count
    let node = components.component.map { c -> Int in
      if c >= 0 { return Int(c) }
      nodeCount += 1
      return nodeCount - 1
    }
    var leaving = [[Int]](repeating: [], count: nodeCount)
    for k in bellman.rewards.indices where bellman.rewards[k] > -.infinity && !components.stays[k] {
      leaving[node[k / width]].append(k)
    }
    guard leaving.contains(where: { !$0.isEmpty }) else {
      steps = [Double](repeating: 0, count: node.count)
      return
    }
    var choice = leaving.map(\.first)
    var values = [Double](repeating: 0, count: nodeCount)
    for _ in 0..<1000 {
      var builder = SparseRowsBuilder(columnCount: nodeCount)
      for n in 0..<nodeCount {
        if let k = choice[n] {
          var merged: [Int: Double] = [:]
          for j in rows.rows.positions(ofRow: k) {
            merged[node[Int(rows.rows.columns[j])], default: 0] += rows.rows.values[j]
          }
          for (t, p) in merged.sorted(by: { $0.key < $1.key }) where p > 0 {
            builder.append(column: Int32(t), value: p)
          }
        }
        builder.endRow()
      }
      values = ChainSystem(chain: .sparse(builder.build()), discount: 1).solve(choice.map { $0 == nil ? 0 : 1 })
        .map { max(0, $0) }
      var switched = false
      for n in 0..<nodeCount {
        var best = values[n] + 0.25
        for k in leaving[n] {
          var next = 1.0
          for j in rows.rows.positions(ofRow: k) {
            next += rows.rows.values[j] * values[node[Int(rows.rows.columns[j])]]
          }
          if next > best, k != choice[n] {
            best = next
            choice[n] = k
            switched = true
          }
        }
      }
      if !switched { break }
    }
    let steps = node.map { values[$0] }
    for k in leaving.joined() {
      guard steps[k / width] - 0.5 >= rows.expectation(k, steps).upper else { return nil }
    }
    self.steps = steps
  }
}
