public import MDPs

/// Backward induction: the best values and actions when h steps remain, for h = 0 … H.
///
/// ```
/// v_0 = terminal,   v_h(s) = max_a [ r(s, a) + γ Σ_t P(t | s, a) v_{h−1}(t) ]
/// ```
///
/// The discount may be 1. The rounding of each step is bounded as for a backup and carried to the next:
/// e_h ≤ E_h + γ (1 + e) e_{h−1}.
///
/// Source: Puterman, Markov Decision Processes (1994), §4.5.
public struct FiniteHorizon: Sendable {
  /// H, the number of steps.
  public var horizon: Int
  /// How many threads to use; results do not depend on it.
  public var threads: Int

  /// Backward induction over `horizon` steps.
  public init(horizon: Int, threads: Int = SolverOptions().threads) {
    self.horizon = horizon
    self.threads = threads
  }

  /// Solves for a reward by states, pairs or transitions.
  ///
  /// - Parameters:
  ///   - mdp: the world; discount in [0, 1].
  ///   - reward: the reward of a step.
  ///   - direction: whether the reward is a gain or a cost.
  ///   - terminal: v_0, shape (S); 0 when nil.
  ///   - policy: evaluates this policy instead of the best one.
  /// - Returns: values and actions for every number of steps that remain.
  /// - Throws: ``SolverError``, as ``solve(_:pairReward:direction:terminal:policy:)``, and ``SolverError/model(_:)``.
  public func solve(
    _ mdp: MDP, reward: Reward, direction: Direction = .maximise, terminal: [Double]? = nil, policy: Policy? = nil
  ) throws(SolverError) -> FiniteHorizonSolution {
    let pairs: [Double]
    do { pairs = try reward.expected(in: mdp) } catch { throw .model(error) }
    return try solve(mdp, pairReward: pairs, direction: direction, terminal: terminal, policy: policy)
  }

  /// Solves for a reward by pairs, shape (S·A).
  ///
  /// - Throws: ``SolverError/horizon(_:)``, ``SolverError/shape(of:expected:got:)``,
  ///   ``SolverError/reward(state:action:value:)``, ``SolverError/terminalValue(state:value:)``,
  ///   ``SolverError/model(_:)`` when the policy does not fit.
  /// - Complexity: O(H · stored transitions), H · S numbers of memory.
  public func solve(
    _ mdp: MDP, pairReward: [Double], direction: Direction = .maximise, terminal: [Double]? = nil,
    policy: Policy? = nil
  ) throws(SolverError) -> FiniteHorizonSolution {
    guard horizon >= 0 else { throw .horizon(horizon) }
    let sign = direction.sign
    let stateCount = mdp.stateCount
    let first = terminal ?? [Double](repeating: 0, count: stateCount)
    guard first.count == stateCount else { throw .shape(of: "terminal values", expected: stateCount, got: first.count) }
    if let s = first.firstIndex(where: { !$0.isFinite }) { throw .terminalValue(state: s, value: first[s]) }
    let masked = try maskedRewards(pairReward, in: mdp, direction: direction, allowed: nil)
    var bellman: BellmanOperator
    if let policy {
      do { try policy.validate(for: mdp) } catch { throw .model(error) }
      bellman = BellmanOperator(
        undiscounted: policy.transitions(in: mdp), actionCount: 1, discount: mdp.discount,
        rewards: policy.average(of: pairReward.map { sign * $0 }, actionCount: mdp.actionCount),
        rowSumDefect: Up.sum(mdp.largestRowSumDefect, policy.isDeterministic ? 0 : Policy.sumTolerance))
    } else {
      bellman = BellmanOperator(
        undiscounted: mdp.transitions, actionCount: mdp.actionCount, discount: mdp.discount, rewards: masked,
        rowSumDefect: mdp.largestRowSumDefect)
    }
    bellman.threads = threads
    var values = [first.map { sign * $0 }]
    var policies: [[Int]] = []
    var error = 0.0
    var magnitude = first.largestMagnitude
    var greedy = [Int32](repeating: 0, count: stateCount)
    for h in 0..<horizon {
      var next = values[h]
      let change = bellman.sweep(values[h], into: &next, greedy: &greedy)
      error = Up.sum(bellman.backupError(valueMagnitude: magnitude), Up.product(bellman.contraction, error))
      magnitude = change.magnitude
      values.append(next)
      if policy == nil { policies.append(greedy.map { Int($0) }) }
    }
    return FiniteHorizonSolution(
      values: values.map { $0.map { sign < 0 ? 0 - $0 : $0 } }, policies: policies, errorBound: error,
      initialDistribution: mdp.initialDistribution)
  }
}

/// The values and actions for every number of steps that remain.
public struct FiniteHorizonSolution: Sendable, Equatable {
  /// `values[h][s]`: the value of s when h steps remain; h = 0 … H.
  public let values: [ValueFunction]
  /// `policies[h - 1][s]`: the action in s when h steps remain, the lowest of the best; empty when a policy was evaluated.
  public let policies: [[Int]]
  /// ‖computed − true values‖∞ is at most this, for every h (level E2).
  public let errorBound: Double
  /// The value of the start distribution with all H steps to go.
  public let objective: Double
  /// Where the true objective lies for certain.
  public let objectiveBounds: ClosedRange<Double>

  init(values: [ValueFunction], policies: [[Int]], errorBound: Double, initialDistribution: [Double]) {
    self.values = values
    self.policies = policies
    self.errorBound = errorBound
    let (value, error) = initialDistribution.expectation(of: values.last ?? [], error: errorBound)
    objective = value
    objectiveBounds =
      error < .infinity ? (value - error).nextDown...(value + error).nextUp : -(.infinity)...(.infinity)
  }
}
