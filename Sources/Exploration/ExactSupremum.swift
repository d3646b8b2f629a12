internal import LinearPrograms

/// sup E over all rewards of total at most 1, exactly, for tiny models: one linear program for each pair of deterministic
/// policies, the planner's ρ and the true optimum's π.
///
/// ```
/// maximise V^π_P(r) − V^ρ_P(r)  over r ≥ 0, W, u
/// W_h(s) = r_h(s, ρ) + Q W_{h+1},  W_h(s) ≥ r_h(s, a) + Q W_{h+1},  r_h(s, a) ≤ u_h,  Σ_h u_h ≤ 1
/// ```
///
/// Only pairs that ρ or π use need a reward: taking others away keeps ρ optimal. At the last step no transition matters, so
/// both policies take action 0 there, and at the first only the start state counts: (A^(1 + S (H − 2)))² programs (derived).
public struct ExactSupremum: Sendable, Equatable {
  /// The supremum.
  public let value: Double
  /// A reward that attains it, up to ties.
  public let rewards: StepRewards
  /// How many programs were solved.
  public let programs: Int

  /// The largest number of programs that is worth the wait.
  public static let programLimit = 10_000

  /// How many programs a model needs; `Int.max` when that overflows.
  public static func programCount(stateCount: Int, actionCount: Int, horizon: Int) -> Int {
    guard horizon >= 2 else { return 0 }
    var count = 1
    for _ in 0..<(2 * (1 + stateCount * (horizon - 2))) {
      let (product, overflow) = count.multipliedReportingOverflow(by: actionCount)
      guard !overflow, product < 1 << 40 else { return .max }
      count = product
    }
    return count
  }

  /// The supremum for a planner in `model` when the world is `truth`.
  ///
  /// - Throws: ``ExplorationError/tooLarge(what:count:limit:)`` above `programLimit`,
  ///   ``ExplorationError/linearProgram(_:)`` when a program cannot be solved.
  public init(
    truth: TransitionKernel, model: TransitionKernel, horizon: Int, start: Int,
    programLimit: Int = ExactSupremum.programLimit
  ) throws(ExplorationError) {
    let (n, actions) = (truth.stateCount, truth.actionCount)
    let count = Self.programCount(stateCount: n, actionCount: actions, horizon: horizon)
    guard count <= programLimit else {
      throw .tooLarge(what: "the exact supremum over rewards (linear programs)", count: count, limit: programLimit)
    }
    var best = (value: 0.0, rewards: StepRewards(horizon: horizon, stateCount: n, actionCount: actions))
    var solved = 0
    if horizon >= 2, actions >= 2 {
      let nodes = 1 + n * (horizon - 2)
      let policies = Self.policies(nodes: nodes, actionCount: actions).map { choices in
        // Start state first, then the states of the steps in between; elsewhere action 0.
        var policy = [Int](repeating: 0, count: horizon * n)
        policy[start] = choices[0]
        for (k, action) in choices.dropFirst().enumerated() { policy[n + k] = action }
        return policy
      }
      let occupancies = policies.map { Self.occupancy($0, truth, horizon: horizon, start: start) }
      for (planned, plannedOccupancy) in zip(policies, occupancies) {
        for (optimal, optimalOccupancy) in zip(policies, occupancies) where optimal != planned {
          solved += 1
          let program = PairProgram(
            model: model, horizon: horizon, start: start, planned: planned, optimal: optimal,
            gains: (optimalOccupancy, plannedOccupancy))
          let (value, rewards) = try program.solve()
          if value > best.value { best = (value, rewards) }
        }
      }
    }
    value = best.value
    rewards = best.rewards
    programs = solved
  }

  private static func policies(nodes: Int, actionCount: Int) -> [[Int]] {
    (0..<nodes).reduce([[]]) { partial, _ in
      partial.flatMap { choices in (0..<actionCount).map { choices + [$0] } }
    }
  }

  /// The probability of each state at each step, shape (H, S).
  private static func occupancy(_ policy: [Int], _ kernel: TransitionKernel, horizon: Int, start: Int) -> [Double] {
    let n = kernel.stateCount
    var result = [Double](repeating: 0, count: horizon * n)
    result[start] = 1
    for step in 0..<(horizon - 1) {
      for s in 0..<n where result[step * n + s] > 0 {
        let row = (s * kernel.actionCount + policy[step * n + s]) * n
        for t in 0..<n { result[(step + 1) * n + t] += result[step * n + s] * kernel.probabilities[row + t] }
      }
    }
    return result
  }

  /// The closed form for worlds of three states in which states 1 and 2 absorb, whatever the number of actions.
  ///
  /// From the start, action a leads to state 2 with probability p_a in the world and q_a in the model, otherwise to
  /// state 1. Then sup E is the largest, over ordered pairs (a, b) and over swapping the absorbing states, of
  ///
  /// ```
  /// [(p_a − q_a) − (p_b − q_b)] / (1 + max q − min(q_a, q_b))
  /// ```
  ///
  /// for every H ≥ 2: the adversary levels the model's preference by first-step rewards (max q − q_x) Δ on the pair and
  /// puts Δ on the absorbing state; the total forces Δ (1 + max q − min(q_a, q_b)) ≤ 1 (derived, checked numerically).
  public static func threeState(truth p: [Double], model q: [Double]) -> Double {
    precondition(p.count == q.count, "one probability an action is needed of each")
    var best = 0.0
    for (p, q) in [(p, q), (p.map { 1 - $0 }, q.map { 1 - $0 })] {
      let largest = q.max() ?? 0
      for a in p.indices {
        for b in p.indices where a != b {
          best = max(best, ((p[a] - q[a]) - (p[b] - q[b])) / (1 + largest - min(q[a], q[b])))
        }
      }
    }
    return best
  }
}

/// The program of one pair of policies.
private struct PairProgram {
  let model: TransitionKernel
  let horizon: Int
  let start: Int
  let planned: [Int]
  let optimal: [Int]
  /// Occupancies of the true kernel, shape (H, S).
  let gains: (optimal: [Double], planned: [Double])

  func solve() throws(ExplorationError) -> (Double, StepRewards) {
    let (n, actions) = (model.stateCount, model.actionCount)
    var rewards = StepRewards(horizon: horizon, stateCount: n, actionCount: actions)
    do {
      var program = LinearProgram(.maximise)
      var levels: [Int] = []
      for _ in 0..<horizon { levels.append(try program.addColumn(cost: 0)) }
      try program.addRow(.atMost(1), entries: levels.map { ($0, 1) })
      // Columns of W and of the rewards of the two policies; step 0 has the start state only.
      var values = [Int](repeating: -1, count: horizon * n)
      var pays: [(column: Int, node: Int, action: Int)] = []
      for step in 0..<horizon {
        for s in 0..<n where step > 0 || s == start {
          let node = step * n + s
          values[node] = try program.addColumn(cost: 0)
          for action in Set([planned[node], optimal[node]]).sorted() {
            let gain =
              (action == optimal[node] ? gains.optimal[node] : 0) - (action == planned[node] ? gains.planned[node] : 0)
            let column = try program.addColumn(cost: gain)
            try program.addRow(.atMost(0), entries: [(column, 1), (levels[step], -1)])
            pays.append((column, node, action))
          }
        }
      }
      let payColumn = Dictionary(uniqueKeysWithValues: pays.map { ($0.node * actions + $0.action, $0.column) })
      for step in 0..<horizon {
        for s in 0..<n where step > 0 || s == start {
          let node = step * n + s
          for a in 0..<actions {
            var entries: [(column: Int, value: Double)] = [(values[node], 1)]
            if let column = payColumn[node * actions + a] { entries.append((column, -1)) }
            if step + 1 < horizon {
              for t in 0..<n {
                let p = model[s, a, t]
                if p > 0 { entries.append((values[(step + 1) * n + t], -p)) }
              }
            }
            try program.addRow(a == planned[node] ? .equal(0) : .atLeast(0), entries: entries)
          }
        }
      }
      let solution = try program.solve()
      guard solution.status == .optimal else {
        throw ExplorationError.linearProgram("the status is \(solution.status)")
      }
      for (column, node, action) in pays { rewards.values[node * actions + action] = max(0, solution.primal[column]) }
      return (solution.objective, rewards)
    } catch let error as ExplorationError {
      throw error
    } catch {
      throw .linearProgram("\(error)")
    }
  }
}
