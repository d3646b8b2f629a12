internal import LinearAlgebra
public import MDPs
internal import MDPSolvers

/// Q-learning without samples: every update is the expected one,
///
/// ```
/// Q ← (1 − α) Q + α (r + γ P max_a Q)
/// ```
///
/// so that what shaping does to learning can be seen without noise. Learning a reward shaped by Φ from Q₀ − Φ gives at
/// every step the values of learning the plain one from Q₀, less Φ: shaping is an initialisation.
///
/// Source: Wiewiora, Potential-based shaping and Q-value initialization are equivalent (JAIR 2003), theorem 1.
public struct ExpectedQLearning: Sendable {
  /// α in (0, 1].
  public var stepSize: Double

  /// Learning with the given step size.
  public init(stepSize: Double = 1) {
    precondition(stepSize > 0 && stepSize <= 1, "a step size lies in (0, 1]")
    self.stepSize = stepSize
  }

  /// The action values after each of `steps` updates of all pairs.
  ///
  /// - Parameters:
  ///   - mdp: the world; discount in [0, 1].
  ///   - reward: the reward that is learned.
  ///   - start: Q₀, shape (S·A); 0 when nil.
  ///   - steps: how many updates.
  /// - Returns: Q₀ … Q_steps, each of shape (S·A).
  /// - Throws: ``RewardInvarianceError/model(_:)``, ``RewardInvarianceError/shape(of:expected:got:)``.
  /// - Complexity: O(`steps` · stored transitions)
  public func run(
    _ mdp: MDP, reward: Reward, from start: [Double]? = nil, steps: Int
  ) throws(RewardInvarianceError) -> [[Double]] {
    let r = try fitting { () throws(MDPError) in try reward.expected(in: mdp) }
    if let start { try require(start, count: r.count, of: "the first action values") }
    var history = [start ?? [Double](repeating: 0, count: r.count)]
    for _ in 0..<steps {
      let q = history[history.count - 1]
      let next = mdp.transitions.expectation(of: mdp.bestValues(q))
      history.append(q.indices.map { (1 - stepSize) * q[$0] + stepSize * (r[$0] + mdp.discount * next[$0]) })
    }
    return history
  }
}

/// What shaping does to the difficulty of planning: how far values spread, and how far one must look ahead.
public struct PlanningDifficulty: Sendable, Equatable {
  /// max v* − min v* over the reachable states.
  public let valueRange: Double
  /// The fewest steps of look-ahead, with 0 for what follows, whose greedy actions are optimal in every reachable state;
  /// nil when `limit` steps do not suffice.
  public let lookAhead: Int?

  /// Measures `reward` on `mdp`.
  ///
  /// With shaping by v* itself one step is enough; a potential that misleads makes the look-ahead longer.
  ///
  /// - Parameters:
  ///   - reward: the reward.
  ///   - mdp: the world; its discount must be below 1.
  ///   - limit: the most steps that are tried.
  ///   - tieTolerance: actions are optimal when they lose at most this fraction of the largest loss.
  /// - Throws: ``RewardInvarianceError/comparison(_:)``.
  /// - Complexity: one planning problem and O(`limit` · stored transitions)
  public init(
    of reward: Reward, in mdp: MDP, limit: Int = 10_000, tieTolerance: Double = 1e-9
  ) throws(RewardInvarianceError) {
    let problem = try solving { () throws(SolverError) in try DiscountedProblem(mdp, reward: reward) }
    let values = problem.solve().values
    let best = problem.actionValues(of: values)
    let reachable = mdp.reachableStates()
    let seen = values.indices.filter { reachable[$0] }.map { values[$0] }
    valueRange = (seen.max() ?? 0) - (seen.min() ?? 0)
    var worstLoss = 0.0
    func loss(_ s: Int, _ a: Int) -> Double { values[s] - best[s, a] }
    for s in values.indices where reachable[s] {
      for a in mdp.availableActions(in: s) { worstLoss = max(worstLoss, loss(s, a)) }
    }
    let r = try fitting { () throws(MDPError) in try reward.expected(in: mdp) }
    var v = [Double](repeating: 0, count: mdp.stateCount)
    var steps: Int?
    for h in 1...max(1, limit) {
      let next = mdp.transitions.expectation(of: v)
      let q = r.indices.map { r[$0] + mdp.discount * next[$0] }
      v = mdp.bestValues(q)
      let size = v.reduce(0) { max($0, abs($1)) }
      let allOptimal = v.indices.allSatisfy { s in
        !reachable[s]
          || mdp.availableActions(in: s).allSatisfy { a in
            v[s] - q[mdp.pair(s, a)] > tieTolerance * size || loss(s, a) <= tieTolerance * max(worstLoss, 1e-300)
          }
      }
      if allOptimal {
        steps = h
        break
      }
    }
    lookAhead = steps
  }
}

extension MDP {
  /// max_a q(s, a) over the available actions, shape (S).
  func bestValues(_ q: [Double]) -> [Double] {
    (0..<stateCount).map { s in
      var best = -Double.infinity
      for a in 0..<actionCount where isAvailable(s, a) && q[pair(s, a)] > best { best = q[pair(s, a)] }
      return best
    }
  }
}
