internal import LinearAlgebra
internal import MDPs

/// A problem without discount that ends: what remains of a reachability or total-reward problem when the states whose
/// value is known by graph search are gone and end components without reward are single states.
///
/// No policy can stay for ever without paying for it, so v = T v has exactly one solution among the values of policies
/// that end (Bertsekas and Tsitsiklis, An analysis of stochastic shortest path problems (1991)).
struct StoppingProblem: Sendable {
  /// T in maximum form over the states that remain.
  var bellman: BellmanOperator
  /// The row of the whole model behind each row; −1 for staying in an end component for ever.
  let origin: [Int32]
  /// The remaining state of each state of the whole model; −1 where the value is known.
  let coreState: [Int32]
  /// The rows that surely lead to a remaining state.
  let staysInside: [Bool]
  /// Whether every policy ends: no end component is left.
  let everyPolicyEnds: Bool

  /// What is needed to make one.
  struct Parts {
    /// Rows of the whole model, shape (S·A, S), and A.
    var rows: SparseRows
    var actionCount: Int
    /// The rows that may be played in the states that remain.
    var playable: [Bool]
    /// r of every row, in maximum form.
    var rewards: [Double]
    /// The states that remain.
    var remaining: [Bool]
    /// States of known value 1; those of value 0 are neither here nor in `remaining`.
    var ones: [Bool]?
    /// What a state of value 1 is worth in maximum form: 1 or −1.
    var oneValue: Double
    /// End components to be made single states.
    var components: EndComponents?
    /// Whether a component may be stayed in for ever, for nothing.
    var mayStay: Bool
    /// The relative error of the stored probabilities and rewards.
    var inputRoundoff: Double
  }

  init(_ parts: Parts, threads: Int) {
    let stateCount = parts.remaining.count
    var core = [Int32](repeating: -1, count: stateCount)
    var ofComponent = [Int32](repeating: -1, count: parts.components?.count ?? 0)
    var count: Int32 = 0
    for s in 0..<stateCount where parts.remaining[s] {
      if let c = parts.components?.component[s], c >= 0 {
        if ofComponent[Int(c)] < 0 {
          ofComponent[Int(c)] = count
          count += 1
        }
        core[s] = ofComponent[Int(c)]
      } else {
        core[s] = count
        count += 1
      }
    }
    // States of value 1 become one state that pays 1 and ends.
    let one: Int32? = parts.ones?.contains(true) == true ? count : nil
    if one != nil { count += 1 }
    var choices = [[Int32]](repeating: [], count: Int(count))
    for s in 0..<stateCount where core[s] >= 0 {
      for k in (s * parts.actionCount)..<((s + 1) * parts.actionCount) where parts.playable[k] {
        let isInside = parts.rows.positions(ofRow: k).allSatisfy { j in
          parts.rows.values[j] == 0 || core[Int(parts.rows.columns[j])] == core[s]
        }
        if isInside, let c = parts.components?.component[s], c >= 0 { continue }
        choices[Int(core[s])].append(Int32(k))
      }
    }
    if parts.mayStay { for c in ofComponent where c >= 0 { choices[Int(c)].append(-1) } }
    if let one { choices[Int(one)].append(-1) }

    let width = choices.reduce(1) { max($0, $1.count) }
    var builder = SparseRowsBuilder(columnCount: Int(count), capacity: parts.rows.nonZeroCount)
    var origin = [Int32](repeating: -1, count: Int(count) * width)
    var rewards = [Double](repeating: -.infinity, count: Int(count) * width)
    var staysInside = [Bool](repeating: false, count: Int(count) * width)
    var mergeError = 0.0
    for (s, list) in choices.enumerated() {
      for a in 0..<width {
        defer { builder.endRow() }
        guard a < list.count else { continue }
        let k = Int(list[a])
        let row = s * width + a
        guard k >= 0 else {
          rewards[row] = one.map { Int($0) == s } == true ? parts.oneValue : 0
          continue
        }
        origin[row] = Int32(k)
        rewards[row] = parts.rewards[k]
        var entries: [(column: Int32, value: Double)] = []
        staysInside[row] = true
        for j in parts.rows.positions(ofRow: k) where parts.rows.values[j] > 0 {
          let t = Int(parts.rows.columns[j])
          if core[t] >= 0 {
            entries.append((core[t], parts.rows.values[j]))
          } else if let one, parts.ones?[t] == true {
            entries.append((one, parts.rows.values[j]))
          } else {
            staysInside[row] = false
          }
        }
        mergeError = max(mergeError, builder.append(merging: entries))
      }
    }
    let transitions = Transitions.sparse(builder.build())
    bellman = BellmanOperator(
      undiscounted: transitions, actionCount: width, discount: 1, rewards: rewards, rowSumDefect: 0)
    bellman.coefficientError =
      mergeError + parts.inputRoundoff == 0 ? 0 : Up.sum(mergeError, Up.product(1 + 0x1p-40, parts.inputRoundoff))
    bellman.threads = threads
    self.origin = origin
    coreState = core
    self.staysInside = staysInside
    everyPolicyEnds =
      EndComponents(transitions.sparseRows, actionCount: width, allowed: staysInside).count == 0
  }
}

extension StoppingProblem {
  /// A policy that ends from every state: each state takes the lowest row that leads towards the end, found by
  /// breadth-first search backwards.
  func policyThatEnds() -> [Int32] { search(by: nil) }

  /// As ``policyThatEnds()`` with some rows only; nil where they do not suffice.
  func policyThatEnds(by allowed: [Bool]) -> [Int32]? {
    let policy = search(by: allowed)
    return policy.contains(-1) ? nil : policy
  }

  private func search(by allowed: [Bool]?) -> [Int32] {
    let rows = bellman.transitions.sparseRows
    let width = bellman.actionCount
    var into = [[Int32]](repeating: [], count: bellman.stateCount)
    var policy = [Int32](repeating: -1, count: bellman.stateCount)
    var layer: [Int] = []
    for s in policy.indices {
      for a in 0..<width where bellman.rewards[s * width + a] > -.infinity && allowed?[s * width + a] ?? true {
        let k = s * width + a
        if !staysInside[k], policy[s] < 0 {
          policy[s] = Int32(a)
          layer.append(s)
        }
        for j in rows.positions(ofRow: k) where Int(rows.columns[j]) != s {
          into[Int(rows.columns[j])].append(Int32(k))
        }
      }
    }
    while !layer.isEmpty {
      var next: [Int] = []
      for t in layer {
        for k in into[t] where policy[Int(k) / width] < 0 {
          policy[Int(k) / width] = k % Int32(width)
          next.append(Int(k) / width)
        }
      }
      layer = next
    }
    return policy
  }

  /// The policy of the whole model: that of the remaining states, and inside an end component the way to the state where
  /// it is left.
  ///
  /// - Parameters:
  ///   - core: the policy of the remaining states.
  ///   - known: the action of the states of known value, shape (S).
  ///   - components: the end components that were made single states.
  ///   - graph: the graph they were found in.
  /// - Returns: one action a state of the whole model.
  func extend(_ core: [Int32], known: [Int], components: EndComponents?, graph: ReachabilityGraph) -> [Int] {
    var policy = known
    let width = bellman.actionCount
    let actionCount = graph.actionCount
    var exits = [Bool](repeating: false, count: known.count)
    for (c, a) in core.enumerated() {
      let k = Int(origin[c * width + Int(a)])
      if k >= 0 { exits[k / actionCount] = true }
    }
    let way = components.map { graph.attract(to: exits, by: $0.stays).choice }
    for s in known.indices where coreState[s] >= 0 {
      let c = Int(coreState[s])
      let k = Int(origin[c * width + Int(core[c])])
      if k >= 0, k / actionCount == s {
        policy[s] = k - s * actionCount
      } else if let components, components.component[s] >= 0 {
        if k >= 0, let step = way?[s], step >= 0 {
          policy[s] = Int(step) - s * actionCount
        } else if let a = (0..<actionCount).first(where: { components.stays[s * actionCount + $0] }) {
          policy[s] = a
        }
      }
    }
    return policy
  }
}

extension StoppingProblem {
  /// An end component in which some policy is not proven to lose on average: its states and its largest and smallest
  /// rewards. Where there is none, every policy that does not end is worth −∞.
  ///
  /// The average is bounded by relative value iteration on the aperiodic half-lazy chain: it is at most 2 max (T x − x).
  func componentThatDoesNotLose() -> (states: [Int], gain: Double, loss: Double)? {
    let rows = bellman.transitions.sparseRows
    let width = bellman.actionCount
    let components = EndComponents(rows, actionCount: width, allowed: staysInside)
    for c in 0..<components.count {
      let states = components.component.indices.filter { components.component[$0] == Int32(c) }
      let inside = states.flatMap { s in ((s * width)..<((s + 1) * width)).filter { components.stays[$0] } }
      let gain = inside.reduce(-Double.infinity) { max($0, bellman.rewards[$1]) }
      let loss = inside.reduce(Double.infinity) { min($0, bellman.rewards[$1]) }
      // Without a gain every loop loses: loops without reward were made single states.
      if gain <= 0 { continue }
      var x = [Double](repeating: 0, count: bellman.stateCount)
      var isLosing = false
      for _ in 0..<20_000 {
        var change = BellmanOperator.Change()
        var next = x
        for s in states {
          var best = -Double.infinity
          for k in (s * width)..<((s + 1) * width) where components.stays[k] {
            var q = bellman.rewards[k]
            for j in rows.positions(ofRow: k) { q += rows.values[j] * x[Int(rows.columns[j])] }
            best = max(best, q)
          }
          next[s] = x[s] / 2 + best / 2
          change.record(next[s], old: x[s])
        }
        let rounding = 4 * bellman.backupError(valueMagnitude: x.largestMagnitude)
        isLosing = change.largest < -rounding
        if isLosing || change.least > rounding || change.span < rounding { break }
        for s in states { x[s] = next[s] - next[states[0]] }
      }
      if !isLosing { return (states, gain, loss) }
    }
    return nil
  }
}

extension SparseRowsBuilder {
  /// Appends entries in any order, those at one column added up.
  ///
  /// - Returns: the sum of the rounding errors of the additions.
  fileprivate mutating func append(merging entries: [(column: Int32, value: Double)]) -> Double {
    var error = 0.0
    var pending: (column: Int32, value: Double)?
    for entry in entries.sorted(by: { $0.column < $1.column }) {
      if let last = pending, last.column == entry.column {
        let (sum, rest) = exactSum(last.value, entry.value)
        error += abs(rest)
        pending = (last.column, sum)
      } else {
        if let last = pending { append(column: last.column, value: last.value) }
        pending = entry
      }
    }
    if let last = pending { append(column: last.column, value: last.value) }
    return error.nextUp == .leastNonzeroMagnitude ? 0 : error.nextUp
  }
}
