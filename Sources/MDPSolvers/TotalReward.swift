internal import LinearAlgebra
public import MDPs

/// The expected total reward without discount: until a target is reached, or for ever.
///
/// With a target, rewards count before the first visit. When no reward is negative, a path that never reaches the target
/// counts as infinite: the maximum is infinite where some policy may miss the target, the minimum where no policy reaches
/// it surely (a stochastic shortest path). When some reward is negative, such a path counts as the worst in either
/// direction, and the problem is accepted if every policy that may stay away from the target for ever loses without bound
/// by it, or stays for nothing (Bertsekas and Tsitsiklis); otherwise the end component that does not lose is named.
///
/// Without a target the process goes on for ever and rewards of every step count, so that the total is finite only where
/// it settles in end components without reward; one with gains and losses both is refused, as the total of staying in it
/// is not defined. End components without reward become single states before solving. Values may have any sign.
///
/// Source: Bertsekas and Tsitsiklis, An analysis of stochastic shortest path problems (1991); de Alfaro, Computing minimum
/// and maximum reachability times in probabilistic systems (1999).
public struct TotalReward: Sendable {
  /// The states to reach, shape (S); nil when the process goes on for ever.
  public var target: [Bool]?
  /// Whether the reward is a gain or a cost.
  public var direction: Direction
  /// How to solve what graph search leaves.
  public var method = StoppingMethod.automatic
  /// Tolerance, limits, threads.
  public var options: SolverOptions
  /// The relative error of the stored probabilities and rewards: 0 when the doubles are meant as they are, 2⁻⁵³ when they
  /// stand for rationals. The bound then holds for the rationals.
  public var inputRoundoff = 0.0

  /// The criterion.
  public init(target: [Bool]? = nil, direction: Direction = .maximise, options: SolverOptions = SolverOptions()) {
    self.target = target
    self.direction = direction
    self.options = options
  }

  /// The optimal expected total of `reward` from every state; ±∞ where it is infinite.
  ///
  /// - Throws: ``SolverError/shape(of:expected:got:)``, ``SolverError/model(_:)``,
  ///   ``SolverError/endComponentOfBothSigns(states:gain:loss:)``.
  public func solve(_ mdp: MDP, reward: Reward) throws(SolverError) -> Solution {
    let pairs: [Double]
    do { pairs = try reward.expected(in: mdp) } catch { throw .model(error) }
    return try solve(mdp, pairReward: pairs)
  }

  /// As ``solve(_:reward:)`` for a reward by pairs, shape (S·A).
  ///
  /// - Throws: ``SolverError/shape(of:expected:got:)``, ``SolverError/reward(state:action:value:)``,
  ///   ``SolverError/endComponentOfBothSigns(states:gain:loss:)``; ``SolverError/noStartingBounds`` for interval iteration.
  public func solve(_ mdp: MDP, pairReward: [Double]) throws(SolverError) -> Solution {
    try stoppingTask(mdp, pairReward: pairReward).solve(mdp, direction: direction, method: method, options: options)
  }

  /// What is left to solve after the graph search.
  func stoppingTask(_ mdp: MDP, pairReward: [Double]) throws(SolverError) -> StoppingTask {
    let rewards = try maskedRewards(pairReward, in: mdp, direction: direction, allowed: nil)
    if let target, target.count != mdp.stateCount {
      throw .shape(of: "target", expected: mdp.stateCount, got: target.count)
    }
    let graph = ReachabilityGraph(
      mdp.transitions.sparseRows, actionCount: mdp.actionCount, available: { mdp.availability?[$0] ?? true },
      target: target ?? [Bool](repeating: false, count: mdp.stateCount), passable: nil)
    guard let target else { return try withoutTarget(mdp, graph, rewards) }
    let hasLoss = rewards.indices.contains { graph.playable[$0] && rewards[$0] < 0 }
    return direction == .maximise && !hasLoss
      ? largestUntil(target, mdp, graph, rewards) : try reachingSurely(target, mdp, graph, rewards)
  }

  private func largestUntil(
    _ target: [Bool], _ mdp: MDP, _ graph: ReachabilityGraph, _ rewards: [Double]
  ) -> StoppingTask {
    let finite = graph.alwaysReaches()
    let remaining = zip(finite, target).map { $0 && !$1 }
    var known = mdp.lowestActions
    // Where the value is infinite: move to where the target can be avoided, then avoid it.
    let avoidable = graph.mustReach().map { !$0 }
    let avoiding = graph.rowsKeeping(avoidable)
    let way = graph.attract(to: avoidable, by: graph.playable).choice
    for s in known.indices where !finite[s] {
      if avoidable[s], let a = (0..<mdp.actionCount).first(where: { avoiding[mdp.pair(s, $0)] }) { known[s] = a }
      if !avoidable[s], way[s] >= 0 { known[s] = Int(way[s]) - s * mdp.actionCount }
    }
    return StoppingTask(
      graph: graph, playable: graph.playable.enumerated().map { $1 && remaining[$0 / mdp.actionCount] },
      rewards: rewards, remaining: remaining, ones: nil, components: nil, mayStay: false, knownPolicy: known,
      knownValues: zip(finite, target).map { $0 || $1 ? 0 : .infinity }, sign: direction.sign,
      inputRoundoff: inputRoundoff)
  }

  /// The optimum over the policies that reach the target surely.
  private func reachingSurely(
    _ target: [Bool], _ mdp: MDP, _ graph: ReachabilityGraph, _ rewards: [Double]
  ) throws(SolverError) -> StoppingTask {
    let sure = graph.canReachSurely()
    let remaining = zip(sure.states, target).map { $0 && !$1 }
    let staying = graph.rowsKeeping(remaining)
    let free = EndComponents(
      graph.rows, actionCount: mdp.actionCount, allowed: staying.indices.map { staying[$0] && rewards[$0] == 0 })
    let task = StoppingTask(
      graph: graph, playable: sure.rows.enumerated().map { $1 && remaining[$0 / mdp.actionCount] }, rewards: rewards,
      remaining: remaining, ones: nil, components: free, mayStay: false, knownPolicy: mdp.lowestActions,
      knownValues: zip(sure.states, target).map { $0 || $1 ? 0 : -direction.sign * .infinity }, sign: direction.sign,
      inputRoundoff: inputRoundoff)
    if rewards.indices.contains(where: { staying[$0] && rewards[$0] > 0 }) { try requireLoss(task) }
    return task
  }

  /// Refuses a problem in which one may stay away from the target without losing.
  private func requireLoss(_ task: StoppingTask) throws(SolverError) {
    let problem = task.problem(threads: options.threads)
    guard let (states, gain, loss) = problem.componentThatDoesNotLose() else { return }
    let inside = Set(states)
    let sign = direction.sign
    throw .endComponentOfBothSigns(
      states: problem.coreState.indices.filter { inside.contains(Int(problem.coreState[$0])) },
      gain: max(sign * gain, sign * loss), loss: min(sign * gain, sign * loss))
  }

  private func withoutTarget(
    _ mdp: MDP, _ graph: ReachabilityGraph, _ rewards: [Double]
  ) throws(SolverError) -> StoppingTask {
    try refuseMixedComponents(graph, graph.playable, rewards)
    let actionCount = mdp.actionCount
    let all = EndComponents(graph.rows, actionCount: actionCount, allowed: graph.playable)
    var gains = [Bool](repeating: false, count: mdp.stateCount)
    var isGain = [Bool](repeating: false, count: all.count)
    for k in rewards.indices where all.stays[k] && rewards[k] > 0 { isGain[Int(all.component[k / actionCount])] = true }
    for s in gains.indices where all.component[s] >= 0 { gains[s] = isGain[Int(all.component[s])] }
    let (endless, towards) = graph.attract(to: gains, by: graph.playable)
    let rest = endless.map { !$0 }
    let free = EndComponents(
      graph.rows, actionCount: actionCount,
      allowed: graph.rowsKeeping(rest).enumerated().map { $1 && rewards[$0] == 0 })
    let settled = free.component.map { $0 >= 0 }
    let towardsRest = ReachabilityGraph(
      graph.rows, actionCount: actionCount, available: { graph.playable[$0] && rest[$0 / actionCount] },
      target: settled, passable: nil)
    let remaining = towardsRest.canReachSurely().states
    var known = mdp.lowestActions
    for s in known.indices where endless[s] {
      if gains[s], let a = (0..<actionCount).first(where: { all.stays[s * actionCount + $0] }) { known[s] = a }
      if !gains[s], towards[s] >= 0 { known[s] = Int(towards[s]) - s * actionCount }
    }
    return StoppingTask(
      graph: graph, playable: graph.rowsKeeping(remaining), rewards: rewards, remaining: remaining, ones: nil,
      components: free, mayStay: true, knownPolicy: known,
      knownValues: zip(endless, remaining).map {
        $0 ? direction.sign * .infinity : $1 ? 0 : -direction.sign * .infinity
      },
      sign: direction.sign, inputRoundoff: inputRoundoff)
  }

  /// Refuses a set of states in which one may stay for gains and losses both.
  private func refuseMixedComponents(
    _ graph: ReachabilityGraph, _ allowed: [Bool], _ rewards: [Double]
  ) throws(SolverError) {
    let all = EndComponents(graph.rows, actionCount: graph.actionCount, allowed: allowed)
    var gain = [Double](repeating: 0, count: all.count)
    var loss = [Double](repeating: 0, count: all.count)
    for k in rewards.indices where all.stays[k] {
      let c = Int(all.component[k / graph.actionCount])
      gain[c] = max(gain[c], rewards[k])
      loss[c] = min(loss[c], rewards[k])
    }
    for c in 0..<all.count where gain[c] > 0 && loss[c] < 0 {
      let sign = direction.sign
      throw .endComponentOfBothSigns(
        states: all.component.indices.filter { all.component[$0] == Int32(c) },
        gain: max(sign * gain[c], sign * loss[c]), loss: min(sign * gain[c], sign * loss[c]))
    }
  }
}
