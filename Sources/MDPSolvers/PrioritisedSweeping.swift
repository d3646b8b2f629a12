internal import LinearAlgebra
internal import MDPs

/// Prioritised sweeping: backs up the state whose residual may be the largest, then tells its predecessors.
///
/// After a backup that changed v(t) by Δ the residual of a predecessor s grows by at most γ max_a P(t | s, a) |Δ|, so
/// that the numbers in the queue are upper bounds of the residuals. When all are small, one full sweep gives bounds that
/// hold with rounding and shifts the values to their middle; the method goes on until those meet the tolerance.
///
/// Suits problems whose changes stay local; on well-mixing ones plain sweeps are quicker.
///
/// Source: Moore and Atkeson, Prioritized sweeping: reinforcement learning with less data and less time (1993); Wingate and
/// Seppi, Prioritization methods for accelerating MDP solvers (2005).
public struct PrioritisedSweeping: DiscountedSolver {
  /// When to stop; an iteration is one full sweep, or as many single backups as there are states.
  public var options: SolverOptions

  /// Prioritised sweeping with the given options.
  public init(options: SolverOptions = SolverOptions()) { self.options = options }

  /// Solves `problem`; see ``DiscountedSolver/solve(_:from:)``.
  public func solve(_ problem: DiscountedProblem, from start: [Int]?) -> Solution {
    var bellman = problem.bellman
    bellman.threads = options.threads
    let predecessors = Predecessors(bellman)
    var values = [Double](repeating: 0, count: bellman.stateCount)
    if start != nil {
      let (policy, _) = bellman.firstPolicy(from: start)
      values = ChainSystem(bellman, policy: policy).solve(bellman.rewards(of: policy))
    }
    var swept = values
    var greedy = [Int32](repeating: 0, count: values.count)
    var queue = PriorityQueue(count: values.count)
    var backups = 0
    var sweeps = 0
    var ending = Ending.toleranceNotReached
    var tolerance = 0.0
    var previousSpan = Double.infinity
    let limit = options.iterationLimit ?? 1_000_000
    func iterations() -> Int { sweeps + (backups + values.count - 1) / values.count }
    solving: while true {
      let magnitude = values.largestMagnitude
      let change = bellman.sweep(values, into: &swept, greedy: &greedy)
      sweeps += 1
      let bounds = ValueBounds(bellman, change, startMagnitude: magnitude)
      let error = bounds.halfWidth(magnitude: change.magnitude)
      tolerance = options.tolerance.absolute(for: change.magnitude)
      if error <= tolerance || error.isNaN || error <= 1.25 * bounds.floor { break }
      if options.progress?(iterations(), error) == false {
        ending = .cancelled
        break
      }
      if iterations() >= limit {
        ending = .iterationLimit
        break
      }
      // Backups below the rounding of their sums do not bring the span down.
      if change.span > 0.9 * previousSpan { break }
      previousSpan = change.span
      // With v + c for the middle c of the bounds on v* − v, the residual becomes d − (min d + max d) / 2.
      let middle = change.middle
      let shift = middle / bellman.slack
      guard shift.isFinite else { break }
      for s in values.indices { queue.raise(s, to: abs(swept[s] - values[s] - middle)) }
      for s in values.indices { values[s] += shift }
      let target = max(
        tolerance * bellman.slack / max(bellman.contraction, .leastNormalMagnitude) / 2, change.span / 40,
        bellman.backupError(valueMagnitude: values.largestMagnitude))
      var untilReport = values.count
      while let s = queue.popLargest(above: target) {
        let next = bellman.backup(of: s, values)
        let change = abs(next - values[s])
        values[s] = next
        predecessors.forEach(of: s) { t, weight in queue.raise(t, by: weight * change) }
        backups += 1
        untilReport -= 1
        guard untilReport == 0 else { continue }
        untilReport = values.count
        if iterations() >= limit { break }
        if options.progress?(iterations(), error) == false {
          ending = .cancelled
          _ = bellman.sweep(values, into: &swept, greedy: &greedy)
          break solving
        }
      }
    }
    return bellman.certificate(from: swept, tolerance: tolerance).solution(
      of: problem, options: options, method: "prioritised sweeping", iterations: iterations(), ending: ending)
  }
}

/// Who leads to a state, and with which weight γ max_a P(t | s, a).
private struct Predecessors {
  private var starts: [Int]
  private var states: [Int32]
  private var weights: [Double]

  init(_ bellman: BellmanOperator) {
    let (stateCount, width) = (bellman.stateCount, bellman.actionCount)
    // The largest probability of each successor of one state, gathered before it is stored.
    var largest = [Double](repeating: 0, count: stateCount)
    var touched: [Int] = []
    func successors(of s: Int, _ body: (Int, Double) -> Void) {
      for k in (s * width)..<((s + 1) * width) where bellman.rewards[k] > -.infinity {
        bellman.transitions.forEachStored(ofRow: k) { t, p in
          guard p > 0 else { return }
          if largest[t] == 0 { touched.append(t) }
          largest[t] = max(largest[t], p)
        }
      }
      for t in touched {
        body(t, bellman.discount * largest[t])
        largest[t] = 0
      }
      touched.removeAll(keepingCapacity: true)
    }
    var starts = [Int](repeating: 0, count: stateCount + 1)
    for s in 0..<stateCount { successors(of: s) { t, _ in starts[t + 1] += 1 } }
    for t in 0..<stateCount { starts[t + 1] += starts[t] }
    var next = starts
    var states = [Int32](repeating: 0, count: starts[stateCount])
    var weights = [Double](repeating: 0, count: states.count)
    for s in 0..<stateCount {
      successors(of: s) { t, weight in
        states[next[t]] = Int32(s)
        weights[next[t]] = weight
        next[t] += 1
      }
    }
    self.starts = starts
    self.states = states
    self.weights = weights
  }

  func forEach(of t: Int, _ body: (Int, Double) -> Void) {
    for j in starts[t]..<starts[t + 1] { body(Int(states[j]), weights[j]) }
  }
}

/// States by priority: a binary heap that knows where each state stands.
private struct PriorityQueue {
  private var priorities: [Double]
  private var heap: [Int32] = []
  /// Where a state stands in the heap; −1 when it is not in it.
  private var places: [Int32]

  init(count: Int) {
    priorities = [Double](repeating: 0, count: count)
    places = [Int32](repeating: -1, count: count)
    heap.reserveCapacity(count)
  }

  /// Sets the priority of a state.
  mutating func raise(_ s: Int, to priority: Double) {
    let rises = priority > priorities[s]
    priorities[s] = priority
    if places[s] < 0 {
      places[s] = Int32(heap.count)
      heap.append(Int32(s))
      siftUp(heap.count - 1)
    } else if rises {
      siftUp(Int(places[s]))
    } else {
      siftDown(Int(places[s]))
    }
  }

  /// Adds to the priority of a state.
  mutating func raise(_ s: Int, by increment: Double) { raise(s, to: priorities[s] + increment) }

  /// Takes the state of largest priority, if that is above `target`; its priority is 0 then.
  mutating func popLargest(above target: Double) -> Int? {
    guard let top = heap.first, priorities[Int(top)] > target else { return nil }
    let s = Int(top)
    priorities[s] = 0
    siftDown(0)
    return s
  }

  private mutating func siftUp(_ start: Int) {
    var i = start
    let s = heap[i]
    let priority = priorities[Int(s)]
    while i > 0 {
      let parent = (i - 1) / 2
      guard priority > priorities[Int(heap[parent])] else { break }
      put(heap[parent], at: i)
      i = parent
    }
    put(s, at: i)
  }

  private mutating func siftDown(_ start: Int) {
    var i = start
    let s = heap[i]
    let priority = priorities[Int(s)]
    while 2 * i + 1 < heap.count {
      var child = 2 * i + 1
      if child + 1 < heap.count, priorities[Int(heap[child + 1])] > priorities[Int(heap[child])] { child += 1 }
      guard priorities[Int(heap[child])] > priority else { break }
      put(heap[child], at: i)
      i = child
    }
    put(s, at: i)
  }

  private mutating func put(_ s: Int32, at i: Int) {
    heap[i] = s
    places[Int(s)] = Int32(i)
  }
}
