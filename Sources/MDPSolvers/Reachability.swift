internal import LinearAlgebra
public import MDPs

/// The largest or smallest probability to reach a set of states, optionally through allowed states only.
///
/// States of probability 0 and 1 are found by graph search, exactly; for the maximum, end components become single
/// states, because inside one every common value above the true one would be a fixed point as well. The rest is solved by
/// policy iteration, or as ``method`` says, and proven by ``Guarantee``; the policy returned cannot loop: inside end components it moves to where
/// they are left.
///
/// Source: Forejt, Kwiatkowska, Norman and Parker, Automated verification techniques for probabilistic systems (2011), §4;
/// Haddad and Monmege, Interval iteration algorithm for MDPs and IMDPs (2018).
public struct Reachability: Sendable {
  /// The states to reach, shape (S).
  public var target: [Bool]
  /// The states that a path may pass on its way, shape (S); nil for all.
  public var passable: [Bool]?
  /// Whether to reach them as surely, or as unlikely, as possible.
  public var direction: Direction
  /// How to solve what graph search leaves.
  public var method = StoppingMethod.automatic
  /// Tolerance, limits, threads.
  public var options: SolverOptions
  /// The relative error of the stored probabilities and rewards: 0 when the doubles are meant as they are, 2⁻⁵³ when they
  /// stand for rationals. The bound then holds for the rationals.
  public var inputRoundoff = 0.0

  /// The problem of reaching `target`.
  public init(
    target: [Bool], passable: [Bool]? = nil, direction: Direction = .maximise, options: SolverOptions = SolverOptions()
  ) {
    self.target = target
    self.passable = passable
    self.direction = direction
    self.options = options
  }

  /// The optimal probabilities from every state.
  ///
  /// - Throws: ``SolverError/shape(of:expected:got:)`` when a set does not fit.
  /// - Complexity: graph searches in O(stored transitions), then policy iteration on the states that remain.
  public func solve(_ mdp: MDP) throws(SolverError) -> Solution {
    try stoppingTask(mdp).solve(mdp, direction: direction, method: method, options: options)
  }

  /// What is left to solve after the graph search.
  func stoppingTask(_ mdp: MDP) throws(SolverError) -> StoppingTask {
    guard target.count == mdp.stateCount else {
      throw .shape(of: "target", expected: mdp.stateCount, got: target.count)
    }
    if let passable, passable.count != mdp.stateCount {
      throw .shape(of: "allowed states", expected: mdp.stateCount, got: passable.count)
    }
    let graph = ReachabilityGraph(
      mdp.transitions.sparseRows, actionCount: mdp.actionCount, available: { mdp.availability?[$0] ?? true },
      target: target, passable: passable)
    var known = mdp.lowestActions
    let zero: [Bool]
    let one: [Bool]
    var components: EndComponents?
    var playable = graph.playable
    switch direction {
    case .maximise:
      zero = graph.canReach(target).map { !$0 }
      let sure = graph.canReachSurely()
      one = sure.states
      for s in known.indices where sure.choice[s] >= 0 { known[s] = Int(sure.choice[s]) - s * mdp.actionCount }
    case .minimise:
      zero = graph.mustReach().map { !$0 }
      one = graph.alwaysReaches()
      let avoiding = graph.rowsKeeping(zero)
      for s in known.indices where zero[s] {
        if let a = (0..<mdp.actionCount).first(where: { avoiding[mdp.pair(s, $0)] }) { known[s] = a }
      }
    }
    let remaining = zip(zero, one).map { !$0 && !$1 }
    for k in playable.indices where !remaining[k / mdp.actionCount] { playable[k] = false }
    if direction == .maximise {
      let staying = graph.rowsKeeping(remaining)
      components = EndComponents(graph.rows, actionCount: mdp.actionCount, allowed: staying)
    }
    return StoppingTask(
      graph: graph, playable: playable, rewards: [Double](repeating: 0, count: playable.count), remaining: remaining,
      ones: one, components: components, mayStay: false, knownPolicy: known,
      knownValues: one.map { $0 ? 1 : 0 }, sign: direction.sign, inputRoundoff: inputRoundoff)
  }
}

extension MDP {
  /// The lowest available action of each state.
  var lowestActions: [Int] { (0..<stateCount).map { s in (0..<actionCount).first { isAvailable(s, $0) } ?? 0 } }
}
