/// The least mean loss a step that a tallying bandit allows in the long run, and a cycle of plays that has it.
///
/// ρ* is the minimum mean cycle of the graph of histories; OPT_T = ρ* T + O(m), because any history leads to any other in
/// at most m − 1 plays. Found by Howard's policy iteration; the node potentials it ends with prove the lower bound.
///
/// Source: Howard (1960); Cochet-Terrasson, Cohen, Gaubert, McGettrick, Quadrat, "Numerical computation of spectral
/// elements in max-plus algebra", 1998.
public struct MinimumMeanCycle: Sendable {
  /// ρ*: the mean loss of ``cycle``.
  public let mean: Double
  /// A proven lower bound of the mean of every cycle.
  public let lower: Double
  /// Arms to play and repeat.
  public let cycle: [Int]

  /// The most states that are searched unless another budget is given.
  public static let defaultStateBudget = 2_000_000

  /// The minimum mean cycle of `bandit`.
  ///
  /// - Parameters:
  ///   - bandit: The bandit.
  ///   - stateBudget: The most states to search.
  /// - Throws: ``BanditError/tooManyStates(needed:budget:)``.
  /// - Complexity: O(states · arms) an iteration, few iterations in practice.
  public init(
    _ bandit: TallyingBandit, stateBudget: Int = MinimumMeanCycle.defaultStateBudget
  ) throws(BanditError) {
    let saturated = bandit.bestSaturated
    // A loss that no arm can ever undercut is the best mean there is: no search.
    let floor = (0..<bandit.armCount).map { AttainableMinimum(bandit, arm: $0).lower }.min() ?? 0
    if bandit.armCount == 1 || saturated.loss <= floor {
      mean = saturated.loss
      lower = saturated.loss
      cycle = [saturated.arm]
      return
    }
    let graph = try HistoryGraph(bandit, horizon: nil, budget: stateBudget)
    var search = Howard(graph: graph)
    search.run()
    (mean, cycle) = search.playedCycle()
    lower = min(mean, search.lowerBound)
  }
}

/// Howard's policy iteration for the minimum mean cycle of a history graph.
private struct Howard {
  let graph: HistoryGraph
  /// The edge each state takes.
  var policy: [Int32]
  /// Potentials: what a state costs beyond the mean, relative to the best cycle.
  var potential: [Double]
  var mean = 0.0
  /// A state on the best cycle of the policy.
  var anchor = 0

  init(graph: HistoryGraph) {
    self.graph = graph
    let edges = graph.edgeCount
    policy = (0..<graph.stateCount).map { state in
      var best = state * edges
      for edge in (state * edges)..<((state + 1) * edges) where graph.cost[edge] < graph.cost[best] { best = edge }
      return Int32(best - state * edges)
    }
    potential = [Double](repeating: 0, count: graph.stateCount)
  }

  private func edge(_ state: Int) -> Int { state * graph.edgeCount + Int(policy[state]) }
  private func successor(_ state: Int) -> Int { Int(graph.next[edge(state)]) }

  /// Improves until no edge lowers a potential by more than rounding.
  mutating func run() {
    let edges = graph.edgeCount
    let slack = 1e-13
    // A cap that is far beyond what is needed; the lower bound tells the truth even if it were met.
    for _ in 0..<10_000 {
      evaluate()
      var improved = false
      for state in 0..<graph.stateCount {
        for k in 0..<edges {
          let candidate = graph.cost[state * edges + k] - mean + potential[Int(graph.next[state * edges + k])]
          if candidate < potential[state] {
            improved = improved || potential[state] - candidate > slack
            potential[state] = candidate
            policy[state] = Int32(k)
          }
        }
      }
      if !improved { break }
    }
    evaluate()
  }

  /// Finds the policy's best cycle and the potentials of the states that lead to it.
  private mutating func evaluate() {
    let n = graph.stateCount
    var visit = [Int32](repeating: -1, count: n)
    var best = Double.infinity
    for start in 0..<n where visit[start] < 0 {
      var state = start
      while visit[state] < 0 {
        visit[state] = Int32(start)
        state = successor(state)
      }
      guard visit[state] == Int32(start) else { continue }
      var total = 0.0
      var length = 0.0
      var on = state
      repeat {
        total += graph.cost[edge(on)]
        length += 1
        on = successor(on)
      } while on != state
      if total / length < best {
        best = total / length
        anchor = state
      }
    }
    mean = best
    // Against the arrows from the anchor: potentials of all states that reach it.
    var firstPredecessor = [Int32](repeating: -1, count: n)
    var nextPredecessor = [Int32](repeating: -1, count: n)
    for state in (0..<n).reversed() where state != anchor {
      let to = successor(state)
      nextPredecessor[state] = firstPredecessor[to]
      firstPredecessor[to] = Int32(state)
    }
    var queue = [anchor]
    var head = 0
    while head < queue.count {
      let to = queue[head]
      head += 1
      var from = firstPredecessor[to]
      while from >= 0 {
        potential[Int(from)] = graph.cost[edge(Int(from))] - mean + potential[to]
        queue.append(Int(from))
        from = nextPredecessor[Int(from)]
      }
    }
  }

  /// mean + min over edges of the reduced cost: by telescoping, no cycle has a smaller mean.
  var lowerBound: Double {
    let edges = graph.edgeCount
    var least = 0.0
    for state in 0..<graph.stateCount {
      for edge in (state * edges)..<((state + 1) * edges) {
        least = min(least, graph.cost[edge] - mean + potential[Int(graph.next[edge])] - potential[state])
      }
    }
    return mean + least
  }

  /// The best cycle as arms that are really played: identical arms are told apart again by walking it until the history
  /// itself repeats.
  func playedCycle() -> (mean: Double, arms: [Int]) {
    var code = graph.codes[anchor]
    var place: [HistoryGraph.Code: Int] = [:]
    var losses: [Double] = []
    var arms: [Int] = []
    while true {
      if let first = place[code] {
        let cycle = Array(arms[first...])
        let total = losses[first...].reduce(0, +)
        return (total / Double(cycle.count), firstRotation(shortestPeriod(cycle)))
      }
      place[code] = arms.count
      let (edge, loss) = choice(code)
      losses.append(loss)
      arms.append(graph.arms[edge])
      code = graph.appending(edge, to: code)
    }
  }

  /// The play after `code` that the potentials ask for; with identical arms, the one that leads to the policy's state.
  private func choice(_ code: HistoryGraph.Code) -> (edge: Int, loss: Double) {
    let state = graph.state(of: code)
    let wanted = successor(state)
    let cost = graph.cost[edge(state)]
    for edge in graph.arms.indices {
      let loss = graph.loss(code, edge: edge)
      if loss == cost, graph.state(of: graph.appending(edge, to: code)) == wanted { return (edge, loss) }
    }
    return (Int(policy[state]), graph.loss(code, edge: Int(policy[state])))
  }

  /// The rotation of a cycle that comes first in the order of words.
  private func firstRotation(_ cycle: [Int]) -> [Int] {
    var first = cycle
    for start in cycle.indices {
      let rotation = Array(cycle[start...] + cycle[..<start])
      if rotation.lexicographicallyPrecedes(first) { first = rotation }
    }
    return first
  }

  private func shortestPeriod(_ cycle: [Int]) -> [Int] {
    for length in 1...cycle.count
    where cycle.count % length == 0 && cycle.indices.allSatisfy({ cycle[$0] == cycle[$0 % length] }) {
      return Array(cycle[..<length])
    }
    return cycle
  }
}
