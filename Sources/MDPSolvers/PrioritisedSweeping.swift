internal import LinearAlgebra
internal import MDPs

/// Prioritised sweeping: backs up the state whose residual may be the largest, then tells its predecessors.
///
/// After a backup that changed v(t) by Δ the residual of a predecessor s grows by at most γ max_a P(t | s, a) |Δ|, so
/// that the numbers in the queue are upper bounds of the residuals. When all are small one full sweep gives bounds that hold
/// with rounding, and the values go on from their middle. When changes do not stay local (every state has had some backups
/// and the queue is still full), groups of states whose values are off alike are corrected as wholes: without that, blocks
/// which leak into each other slowly would need as many backups as plain sweeps do.
///
/// Suits problems whose changes stay local; on well-mixing ones plain sweeps are quicker, as each backup pays for a queue.
///
/// Source: Moore and Atkeson, Prioritized sweeping: reinforcement learning with less data and less time (1993); Wingate and
/// Seppi, Prioritization methods for accelerating MDP solvers (2005); Bertsekas and Castañon, Adaptive aggregation methods
/// for infinite horizon dynamic programming (1989).
public struct PrioritisedSweeping: DiscountedSolver {
  /// When to stop; an iteration is one full sweep, or as many single backups as there are states.
  public var options: SolverOptions

  /// Prioritised sweeping with the given options.
  public init(options: SolverOptions = SolverOptions()) { self.options = options }

  /// Solves `problem`; see ``DiscountedSolver/solve(_:from:)``.
  public func solve(_ problem: DiscountedProblem, from start: [Int]?) -> Solution {
    var sweeps = BoundedSweeps(problem, options, from: start)
    let bellman = sweeps.bellman
    let stateCount = bellman.stateCount
    let predecessors = Predecessors(bellman)
    var queue = PriorityQueue(count: stateCount)
    var (looks, backups) = (0, 0)
    var (hasChanged, ranOut) = (false, false)
    func iterations() -> Int { looks + (backups + stateCount - 1) / stateCount }
    solving: while true {
      looks += 1
      hasChanged = false
      if sweeps.look(iterations: iterations()).isEnd { break }
      if ranOut {
        // Backups leave residuals that are small everywhere but of no pattern; plain sweeps bring it out.
        for _ in 0..<Self.mixingSweeps {
          sweeps.values = sweeps.swept
          looks += 1
          if sweeps.look(iterations: iterations()).isEnd { break solving }
        }
        if let offsets = GroupCorrection.offsets(bellman, residual: sweeps.residual, policy: sweeps.greedy) {
          looks += 1
          sweeps.tryValues(zip(sweeps.values, offsets).map { $0 + $1 })
        }
      }
      // With v + c for the middle c of the bounds on v* − v, the residual becomes d − (min d + max d) / 2.
      let change = sweeps.change
      let shift = change.middle / bellman.slack
      guard shift.isFinite else { break }
      for (s, d) in sweeps.residual.enumerated() { queue.raise(s, to: abs(d - change.middle)) }
      for s in sweeps.values.indices { sweeps.values[s] += shift }
      hasChanged = true
      let target = max(
        sweeps.rule.tolerance * bellman.slack / max(bellman.contraction, .leastNormalMagnitude) / 2, change.span / 40,
        bellman.backupError(valueMagnitude: sweeps.values.largestMagnitude))
      var left = Self.backupsPerLook * stateCount
      while left > 0, let s = queue.popLargest(above: target) {
        let next = bellman.backup(of: s, sweeps.values)
        let change = abs(next - sweeps.values[s])
        sweeps.values[s] = next
        predecessors.forEach(of: s) { t, weight in queue.raise(t, by: weight * change) }
        backups += 1
        left -= 1
        if left % stateCount == 0, sweeps.isInterrupted(iterations: iterations()) { break solving }
      }
      ranOut = left == 0
    }
    return sweeps.solution(
      of: problem, options: options, method: "prioritised sweeping", iterations: iterations(), hasChanged: hasChanged)
  }

  /// The mean number of backups of a state after which changes are no longer local.
  private static let backupsPerLook = 8
  /// The plain sweeps that are made then.
  private static let mixingSweeps = 12
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
