internal import MDPs

/// A reachability or total-reward problem after its graph search: what is known, and what remains to be solved.
struct StoppingTask {
  let graph: ReachabilityGraph
  /// The rows that may be played in the remaining states.
  let playable: [Bool]
  /// r in maximum form.
  let rewards: [Double]
  let remaining: [Bool]
  /// States of probability 1, for reachability.
  let ones: [Bool]?
  let components: EndComponents?
  let mayStay: Bool
  /// The action where the value is known.
  let knownPolicy: [Int]
  /// The value, in its own direction, where it is known.
  let knownValues: [Double]
  let sign: Double
  let inputRoundoff: Double

  /// The rows, rewards and sets in the form that a stopping problem is made from.
  ///
  /// For a smallest probability the sign stands before the value 1 of the target as well.
  func problem(threads: Int) -> StoppingProblem {
    StoppingProblem(
      StoppingProblem.Parts(
        rows: graph.rows, actionCount: graph.actionCount, playable: playable, rewards: rewards, remaining: remaining,
        ones: ones, oneValue: sign, components: components, mayStay: mayStay, inputRoundoff: inputRoundoff),
      threads: threads)
  }

  /// Where all values lie in maximum form, for reachability.
  private var range: ClosedRange<Double>? { ones.map { _ in min(0, sign)...max(0, sign) } }

  func solve(
    _ mdp: MDP, direction: Direction, method: StoppingMethod, options: SolverOptions
  ) throws(SolverError) -> Solution {
    let problem = problem(threads: options.threads)
    guard problem.bellman.stateCount > (ones?.contains(true) == true ? 1 : 0) else { return known(mdp) }
    let start = problem.policyThatEnds()
    let answer =
      method == .automatic
      ? StoppingSolver(problem: problem, options: options).solve(from: start)
      : try StoppingIteration(problem: problem, options: options, range: range).solve(by: method, from: start)
    var values = knownValues
    var error = 0.0
    for s in values.indices where problem.coreState[s] >= 0 {
      let c = Int(problem.coreState[s])
      values[s] = sign * answer.values.high[c]
      error = max(error, answer.errors[c])
    }
    let tolerance = options.tolerance.absolute(for: answer.values.high.largestMagnitude)
    return Solution(
      values: values,
      policy: problem.extend(answer.policy, known: knownPolicy, components: components, graph: graph),
      initialDistribution: mdp.initialDistribution,
      guarantee: Guarantee(
        level: answer.level, errorBound: error, policyLoss: answer.level >= .exactPolicy ? 0 : 2 * error,
        tolerance: tolerance, ending: error <= tolerance ? .converged : answer.ending ?? .toleranceNotReached,
        proof: answer.proof),
      method: "graph search, then \(answer.method)", iterations: answer.iterations)
  }

  /// The solution when graph search alone has found every value.
  func known(_ mdp: MDP) -> Solution {
    Solution(
      values: knownValues, policy: knownPolicy, initialDistribution: mdp.initialDistribution,
      guarantee: Guarantee(
        level: .exactPolicy, errorBound: 0, policyLoss: 0, tolerance: 0, ending: .converged,
        proof: "graph search alone"),
      method: "graph search", iterations: 0)
  }
}
