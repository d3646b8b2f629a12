internal import LinearAlgebra
internal import MDPs

/// Topological policy iteration: the strong components of the graph of all actions are solved one after another, sinks
/// first, so that each sees the final values of all that it leads to.
///
/// A component of one state is solved in closed form; a larger one by policy iteration on its own rows, with
///
/// ```
/// r'(s, a) = r(s, a) + γ Σ_{t outside} P(t | s, a) v(t)
/// ```
///
/// Errors do not add up along the order: when |T v − v| ≤ e within each component given the values below it, then
/// |T v − v| ≤ e everywhere and |v − v*| ≤ e / (1 − γ). That last inequality is checked for all states at the end, with
/// rounding, and where needed in extended precision.
///
/// Source: Dai, Mausam, Weld and Goldsmith, Topological value iteration algorithms (2011).
public struct TopologicalIteration: DiscountedSolver {
  /// When to stop; an iteration is one improvement step of one component.
  public var options: SolverOptions

  /// The topological method with the given options.
  public init(options: SolverOptions = SolverOptions()) { self.options = options }

  /// Solves `problem`; see ``DiscountedSolver/solve(_:from:)``.
  public func solve(_ problem: DiscountedProblem, from start: [Int]?) -> Solution {
    var bellman = problem.bellman
    bellman.threads = options.threads
    let strong = StrongComponents(bellman.transitions, actionCount: bellman.actionCount) { k in
      bellman.rewards[k] > -.infinity
    }
    var run = TopologicalRun(bellman, strong, start: start)
    let ending = run.solve(options)
    let tolerance = options.tolerance.absolute(for: run.values.largestMagnitude)
    var certificate = bellman.certificate(from: run.values, tolerance: tolerance)
    if !(certificate.errorBound <= tolerance), ending == nil {
      let extended = bellman.extendedCertificate(
        values: run.values, policy: run.policy, system: nil, tolerance: tolerance)
      if extended.errorBound < certificate.errorBound { certificate = extended }
    }
    return certificate.solution(
      of: problem, options: options,
      method: "topological policy iteration (\(strong.count) components, the largest of \(run.largest) states)",
      iterations: run.iterations, ending: ending)
  }
}

/// A pass over the components under way.
private struct TopologicalRun {
  let bellman: BellmanOperator
  let strong: StrongComponents
  /// The states, component by component.
  let order: [Int32]
  var values: [Double]
  var policy: [Int32]
  var iterations = 0
  var largest = 0
  /// The place of a state within its component.
  private var place: [Int32]

  init(_ bellman: BellmanOperator, _ strong: StrongComponents, start: [Int]?) {
    self.bellman = bellman
    self.strong = strong
    order = strong.order
    values = [Double](repeating: 0, count: bellman.stateCount)
    policy = [Int32](repeating: 0, count: bellman.stateCount)
    place = policy
    for s in policy.indices {
      let first = s * bellman.actionCount
      if let a = start?[s], a >= 0, a < bellman.actionCount, bellman.rewards[first + a] > -.infinity {
        policy[s] = Int32(a)
      } else {
        while bellman.rewards[first + Int(policy[s])] == -.infinity { policy[s] += 1 }
      }
    }
  }

  /// Solves all components; nil when none was left out.
  mutating func solve(_ options: SolverOptions) -> Ending? {
    let limit = options.iterationLimit ?? .max
    var position = 0
    var reported = 0
    while position < order.count {
      let component = strong.component[Int(order[position])]
      var end = position + 1
      while end < order.count, strong.component[Int(order[end])] == component { end += 1 }
      largest = max(largest, end - position)
      if iterations >= limit { return .iterationLimit }
      if end == position + 1 {
        solveSingle(Int(order[position]))
      } else if let ending = solveComponent(position..<end, options, limit) {
        return ending
      }
      position = end
      if position - reported >= max(1, order.count / 100) {
        reported = position
        // Nothing is known of the states above before they are solved.
        if options.progress?(iterations, .infinity) == false, position < order.count { return .cancelled }
      }
    }
    return nil
  }

  /// v(s) = max_a (r + γ Σ_{t ≠ s} p v) / (1 − γ p(s | s, a)).
  private mutating func solveSingle(_ s: Int) {
    iterations += 1
    var best = -Double.infinity
    for a in 0..<bellman.actionCount {
      let k = s * bellman.actionCount + a
      guard bellman.rewards[k] > -.infinity else { continue }
      var (sum, stay) = (0.0, 0.0)
      bellman.transitions.forEachStored(ofRow: k) { t, p in if t == s { stay += p } else { sum += p * values[t] } }
      let q = (bellman.rewards[k] + bellman.discount * sum) / (1 - bellman.discount * stay)
      if q > best {
        best = q
        policy[s] = Int32(a)
      }
    }
    values[s] = best
  }

  /// Policy iteration on the rows of one component, the values below it being final.
  private mutating func solveComponent(_ range: Range<Int>, _ options: SolverOptions, _ limit: Int) -> Ending? {
    let states = order[range]
    let width = bellman.actionCount
    for (i, s) in states.enumerated() { place[Int(s)] = Int32(i) }
    var builder = SparseRowsBuilder(columnCount: states.count)
    var rewards: [Double] = []
    rewards.reserveCapacity(states.count * width)
    for s in states {
      for k in (Int(s) * width)..<((Int(s) + 1) * width) {
        var outside = 0.0
        if bellman.rewards[k] > -.infinity {
          bellman.transitions.forEachStored(ofRow: k) { t, p in
            if strong.component[t] == strong.component[Int(s)] {
              builder.append(column: place[t], value: p)
            } else {
              outside += p * values[t]
            }
          }
        }
        builder.endRow()
        rewards.append(bellman.rewards[k] + bellman.discount * outside)
      }
    }
    let rows = builder.build()
    // Rows may sum to less than 1 here: only candidates come from this operator, no bounds.
    var local = BellmanOperator(
      undiscounted: rows.nonZeroCount * 4 > rows.rowCount * rows.columnCount ? .dense(rows.dense) : .sparse(rows),
      actionCount: width, discount: bellman.discount, rewards: rewards, rowSumDefect: 0)
    local.threads = bellman.threads
    var (ownPolicy, v) = local.firstPolicy(from: nil)
    var accuracy = 1e-4
    while true {
      iterations += 1
      let system = ChainSystem(local, policy: ownPolicy)
      v = system.valuesOfPolicy(ownPolicy, of: local, from: v, accuracy: accuracy)
      let switched = local.improve(
        &ownPolicy, by: local.actionValues(of: v), threshold: 2 * local.backupError(valueMagnitude: v.largestMagnitude))
      if !switched, !system.isIterative || accuracy <= 1e-10 { break }
      accuracy = max(1e-10, accuracy / 100)
      if iterations >= limit || options.progress?(iterations, .infinity) == false {
        store(v, ownPolicy, states)
        return iterations >= limit ? .iterationLimit : .cancelled
      }
    }
    store(v, ownPolicy, states)
    return nil
  }

  private mutating func store(_ v: [Double], _ actions: [Int32], _ states: ArraySlice<Int32>) {
    for (i, s) in states.enumerated() {
      values[Int(s)] = v[i]
      policy[Int(s)] = actions[i]
    }
  }
}
