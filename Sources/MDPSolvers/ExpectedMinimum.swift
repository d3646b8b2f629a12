internal import LinearAlgebra
public import MDPs

/// The expected worst reward along the path: the min-form objective
///
/// ```
/// V(s) = max_π E_π [ min_{t ≥ 0} r_t | s_0 = s ]
/// ```
///
/// over an infinite run, without discount, where r_t is the reward that step t really pays. For costs the worst is the
/// largest: min_π E [ max_t r_t ].
///
/// The best policy must remember how bad it has been: it is stationary on the states (s, m) with m the least reward so
/// far, one of finitely many. m only falls, by r − m where r < m, so that V is the largest expected total of the falls,
/// ``TotalReward`` without target: end components in which m no longer falls are where a run may stay for ever. The
/// proof is that of the total reward (level E2).
public struct ExpectedMinimum: Sendable {
  /// Whether the reward is a gain (its least matters) or a cost (its largest does).
  public var direction: Direction
  /// The most states (s, m) that are built.
  public var stateLimit: Int
  /// Tolerance, limits, threads.
  public var options: SolverOptions

  /// The criterion.
  public init(
    direction: Direction = .maximise, stateLimit: Int = 4_000_000, options: SolverOptions = SolverOptions()
  ) {
    self.direction = direction
    self.stateLimit = stateLimit
    self.options = options
  }

  /// The optimum from every state, before any reward was paid.
  ///
  /// - Throws: ``SolverError/model(_:)``, ``SolverError/tooManyStates(needed:limit:)``.
  /// - Complexity: that of ``TotalReward`` on the reachable (s, m): at most S times one more than the different rewards.
  public func solve(_ mdp: MDP, reward: Reward) throws(SolverError) -> ExpectedMinimumSolution {
    let outcomes = try OutcomeRows(mdp, reward: reward, direction: direction, allowsUndiscounted: true)
    let memory = try RunningMinimum(outcomes, limit: stateLimit)
    var start = [Double](repeating: 0, count: memory.states.count)
    start.replaceSubrange(0..<mdp.stateCount, with: mdp.initialDistribution)
    let world: MDP
    do {
      world = try MDP(
        actionCount: mdp.actionCount, transitions: .sparse(memory.rows), discount: 1, initialDistribution: start,
        availability: memory.available, rowSumTolerance: max(1e-9, 2 * mdp.largestRowSumDefect))
    } catch {
      throw .model(error)
    }
    var criterion = TotalReward(options: options)
    // Falls are differences of doubles and are averaged over a row.
    criterion.inputRoundoff = accumulatedRoundoff(outcomes.bellman.longestRow + 4)
    let found = try criterion.solve(world, pairReward: memory.rewards)
    let sign = direction.sign
    let lower = sign < 0 ? 0 - found.objectiveBounds.upperBound : found.objectiveBounds.lowerBound
    let upper = sign < 0 ? 0 - found.objectiveBounds.lowerBound : found.objectiveBounds.upperBound
    let solution = Solution(
      values: found.values.prefix(mdp.stateCount).map { sign < 0 ? 0 - $0 : $0 },
      policy: Array(found.policy.prefix(mdp.stateCount)), objective: sign < 0 ? 0 - found.objective : found.objective,
      objectiveBounds: lower...upper, guarantee: found.guarantee,
      method: "total reward over \(memory.states.count) states with the running minimum: \(found.method)",
      iterations: found.iterations)
    let later = (mdp.stateCount..<memory.states.count).map { i in
      ExpectedMinimumSolution.Choice(
        state: Int(memory.states[i].state), worst: sign * memory.levels[Int(memory.states[i].level)],
        action: found.policy[i])
    }
    return ExpectedMinimumSolution(solution: solution, choices: later)
  }
}

/// The optimum of ``ExpectedMinimum``.
public struct ExpectedMinimumSolution: Sendable, Equatable {
  /// Values and actions of the first step.
  public let solution: Solution
  /// The actions of later steps, for each state and worst reward so far that may be met together.
  public let choices: [Choice]

  /// What to play in a state once the worst reward so far is known.
  public struct Choice: Sendable, Equatable {
    /// The state.
    public let state: Int
    /// The worst reward so far.
    public let worst: Double
    /// The action.
    public let action: Int
  }
}

/// The states (s, m) that a run may meet, m the least reward so far in maximum form. The first S are those before any
/// reward.
private struct RunningMinimum {
  /// The different rewards, ascending.
  let levels: [Double]
  /// State and level; level −1 before any reward.
  private(set) var states: [(state: Int32, level: Int32)]
  let rows: SparseRows
  /// What a step adds to the running minimum, in expectation, shape (states · A).
  let rewards: [Double]
  let available: [Bool]

  init(_ outcomes: OutcomeRows, limit: Int) throws(SolverError) {
    let (base, width) = (outcomes.rows, outcomes.actionCount)
    var seen = Set<Double>()
    for k in 0..<base.rowCount where outcomes.playable[k] {
      for j in base.positions(ofRow: k) where base.values[j] > 0 { seen.insert(outcomes.rewards[j]) }
    }
    let levels = seen.sorted()
    var place: [Double: Int32] = [:]
    for (i, level) in levels.enumerated() { place[level] = Int32(i) }
    let levelOf = outcomes.rewards.map { place[$0] ?? 0 }
    var states = (0..<outcomes.stateCount).map { (state: Int32($0), level: Int32(-1)) }
    var number: [Int: Int32] = [:]
    var builder = SparseRowsBuilder(columnCount: 0)
    var entries: [(row: Int, column: Int32, value: Double)] = []
    var rewards: [Double] = []
    var available: [Bool] = []
    var i = 0
    while i < states.count {
      let (s, level) = states[i]
      for a in 0..<width {
        let k = Int(s) * width + a
        available.append(outcomes.playable[k])
        var fall = 0.0
        if outcomes.playable[k] {
          for j in base.positions(ofRow: k) where base.values[j] > 0 {
            let next = level < 0 ? levelOf[j] : min(level, levelOf[j])
            let gain = level < 0 ? levels[Int(next)] : levels[Int(next)] - levels[Int(level)]
            fall += base.values[j] * gain
            let key = Int(base.columns[j]) * levels.count + Int(next)
            let id: Int32
            if let known = number[key] {
              id = known
            } else {
              guard states.count < limit else {
                throw .tooManyStates(needed: outcomes.stateCount * (levels.count + 1), limit: limit)
              }
              id = Int32(states.count)
              number[key] = id
              states.append((base.columns[j], next))
            }
            entries.append((i * width + a, id, base.values[j]))
          }
        }
        rewards.append(fall)
      }
      i += 1
    }
    builder = SparseRowsBuilder(columnCount: states.count, capacity: entries.count)
    var next = 0
    for row in 0..<(states.count * width) {
      let first = next
      while next < entries.count, entries[next].row == row { next += 1 }
      for entry in entries[first..<next].sorted(by: { $0.column < $1.column }) {
        builder.append(column: entry.column, value: entry.value)
      }
      builder.endRow()
    }
    self.levels = levels
    self.states = states
    rows = builder.build()
    self.rewards = rewards
    self.available = available
  }
}
