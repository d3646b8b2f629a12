internal import LinearAlgebra
internal import MDPs
internal import MDPSolvers

/// Exact moments of the discounted return of one trajectory of the comparison's policy, infinite horizon.
///
/// With V the values and δ = R + γ V(t) − V(s) the surprise of a step, the variance from each state solves
/// v = E δ² + γ² P_π v: no difference of large squares is taken.
///
/// Source: Sobel, Journal of Applied Probability 19 (1982).
struct EpisodeReturns {
  private let world: ComparisonWorld
  private let squared: PolicyEvaluation
  private let evaluation: PolicyEvaluation

  init(_ world: ComparisonWorld) throws(RewardDistanceError) {
    try world.requireDiscounted("episode return correlation")
    self.world = world
    evaluation = try world.evaluation()
    let square = world.mdp.discount * world.mdp.discount
    let faster = try model { () throws(MDPError) in try world.mdp.withDiscount(square) }
    squared = try solver { () throws(SolverError) in
      try PolicyEvaluation(of: world.policy, in: faster, method: faster.linearMethod)
    }
  }

  /// The standard deviation of the return under `a` R₁ + `b` R₂, the draw of the start state included.
  func deviation(
    _ a: Double, _ first: ComparedReward, _ b: Double, _ second: ComparedReward
  ) throws(RewardDistanceError) -> Double {
    let mdp = world.mdp
    let f = TransitionFunction.combination(a, try possible(first), b, try possible(second))
    let rewards = combine(a, first.expected, b, second.expected)
    let values = evaluation.values(pairReward: rewards)
    var surprise = [Double](repeating: 0, count: rewards.count)
    for k in surprise.indices {
      let s = k / mdp.actionCount
      mdp.transitions.forEachSuccessor(ofRow: k) { t, p in
        let delta = f[k, t] + mdp.discount * values[t] - values[s]
        surprise[k] += p * delta * delta
      }
    }
    let variances = squared.values(pairReward: surprise)
    let mean = zip(mdp.initialDistribution, values).reduce(0) { $0 + $1.0 * $1.1 }
    var total = 0.0
    for s in values.indices {
      let gap = values[s] - mean
      total += mdp.initialDistribution[s] * (max(0, variances[s]) + gap * gap)
    }
    return total.squareRoot()
  }

  /// A vector, linear in the reward, whose norm is ``deviation(_:_:_:_:)`` of the reward alone: the surprises of all
  /// possible transitions and the gaps of the start states, each times the root of its weight. Shape (stored transitions +
  /// S).
  func coordinates(_ reward: ComparedReward) throws(RewardDistanceError) -> [Double] {
    let mdp = world.mdp
    let f = try possible(reward)
    let values = evaluation.values(pairReward: reward.expected)
    let visits = squared.solveTransposed(mdp.initialDistribution)
    var result: [Double] = []
    for k in reward.expected.indices {
      let s = k / mdp.actionCount
      let weight = visits[s] * world.policy.probability(of: k % mdp.actionCount, in: s)
      mdp.transitions.forEachSuccessor(ofRow: k) { t, p in
        result.append(max(0, weight * p).squareRoot() * (f[k, t] + mdp.discount * values[t] - values[s]))
      }
    }
    let mean = zip(mdp.initialDistribution, values).reduce(0) { $0 + $1.0 * $1.1 }
    for s in values.indices { result.append(mdp.initialDistribution[s].squareRoot() * (values[s] - mean)) }
    return result
  }

  /// A size against which a deviation is judged: the largest reward over 1 − γ.
  func size(_ reward: ComparedReward) throws(RewardDistanceError) -> Double {
    let weights = try world.weights(.transitions, for: RewardDistance.episodeReturnCorrelation.name)
    return weights.norm(try possible(reward), order: .supremum) / (1 - world.mdp.discount)
  }

  /// The reward with what stands at impossible transitions, finite or not, taken out.
  private func possible(_ reward: ComparedReward) throws(RewardDistanceError) -> TransitionFunction {
    guard case .transition(let matrix) = reward.reward.values, matrix.elements.contains(where: { !$0.isFinite }) else {
      if case .sparseTransition(let rows) = reward.reward.values, rows.values.contains(where: { !$0.isFinite }) {
        return support(reward) { rows[$0, $1] }
      }
      return try reward.raw()
    }
    return support(reward) { matrix[$0, $1] }
  }

  private func support(_ reward: ComparedReward, _ value: (Int, Int) -> Double) -> TransitionFunction {
    let mdp = world.mdp
    var builder = SparseRowsBuilder(columnCount: mdp.stateCount)
    for k in reward.expected.indices {
      mdp.transitions.forEachSuccessor(ofRow: k) { t, _ in builder.append(column: Int32(t), value: value(k, t)) }
      builder.endRow()
    }
    return TransitionFunction(
      stateCount: mdp.stateCount, actionCount: mdp.actionCount,
      pair: [Double](repeating: 0, count: reward.expected.count), table: .sparse(builder.build()))
  }
}
