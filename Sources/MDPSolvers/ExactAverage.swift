public import LinearAlgebra
internal import MDPs

/// The exact gain and bias of an optimal policy under the average criterion.
public struct ExactAverageSolution: Sendable, Equatable {
  /// g(s): the optimal average reward a step from each state, shape (S).
  public let gain: [Rational]
  /// h(s): the bias of the policy, normalised by P* h = 0, shape (S).
  public let bias: [Rational]
  /// The recurrent classes of the policy's chain, each ascending.
  public let recurrentClasses: [[Int]]
  /// The gain as the values, with the policy, level E4.
  public let solution: ExactSolution

  /// Whether the optimal gain is the same from every state.
  public var hasConstantGain: Bool { gain.allSatisfy { $0 == gain.first } }
}

extension ExactSolver {
  /// The optimal gain from every state, in rationals, for models of any chain structure.
  ///
  /// Floating point finds a policy; its gain and bias are solved for exactly by its recurrent classes, and every action is
  /// compared exactly in both optimality equations,
  ///
  /// ```
  /// g(s) = max_a Σ_t P(t | s, a) g(t)
  /// g(s) + h(s) = max over the maximisers of [ r(s, a) + Σ_t P(t | s, a) h(t) ]
  /// ```
  ///
  /// multichain policy iteration in rationals going on from there when one fails.
  ///
  /// Source: Puterman, Markov Decision Processes (1994), §9.2.
  ///
  /// - Throws: ``SolverError/inexactRow(state:action:sum:)`` when a row does not sum to exactly 1,
  ///   ``SolverError/exactSystem(_:)``, and what ``AverageReward/solve(_:pairReward:)`` throws.
  /// - Complexity: three exact linear solves a policy, most often one policy.
  public func solve(_ criterion: AverageReward, _ model: RationalModel) throws(SolverError) -> ExactAverageSolution {
    try model.requireExactRows()
    let mdp = model.mdp
    let width = mdp.actionCount
    let float = try criterion.solve(mdp, pairReward: model.roundedRewards)
    let sign = Rational(criterion.direction == .maximise ? 1 : -1)
    let rewards = model.rewards.map { sign * $0 }
    var policy = float.policy
    var solveCount = 0
    while true {
      solveCount += 1
      let chain = try ExactChainGain(model, rewards: rewards, policy: policy)
      guard chain.improve(&policy, model, rewards: rewards) else {
        let gain = chain.gain.map { sign * $0 }
        return ExactAverageSolution(
          gain: gain, bias: chain.bias.map { sign * $0 }, recurrentClasses: chain.classes,
          solution: ExactSolution(
            values: gain.map { .finite($0) }, policy: policy.enumerated().map { $1 % width }, model: model,
            method: "\(float.method), then in rationals", solveCount: solveCount, tolerance: options.tolerance))
      }
    }
  }
}

/// Gain and bias of one policy in rationals.
private struct ExactChainGain {
  var gain: [Rational]
  var bias: [Rational]
  let classes: [[Int]]

  init(_ model: RationalModel, rewards: [Rational], policy: [Int]) throws(SolverError) {
    let mdp = model.mdp
    let (stateCount, width) = (mdp.stateCount, mdp.actionCount)
    let strong = StrongComponents(mdp.transitions, actionCount: width) { policy[$0 / width] == $0 % width }
    var isClosed = [Bool](repeating: true, count: strong.count)
    var members = [[Int]](repeating: [], count: strong.count)
    for s in 0..<stateCount {
      members[Int(strong.component[s])].append(s)
      for (t, _) in model.successors(s * width + policy[s]) where strong.component[t] != strong.component[s] {
        isClosed[Int(strong.component[s])] = false
      }
    }
    classes = (0..<strong.count).filter { isClosed[$0] }.map { members[$0] }
    gain = [Rational](repeating: 0, count: stateCount)
    bias = gain
    var place = [Int](repeating: -1, count: stateCount)
    for states in classes {
      // Unknowns: g in column 0, h of the states but the first in the others.
      for (i, s) in states.enumerated() { place[s] = i }
      var rows: [[ExactLinearSolver.Entry]] = []
      var columns = [[ExactLinearSolver.Entry]](repeating: [], count: states.count)
      for (i, s) in states.enumerated() {
        var row: [ExactLinearSolver.Entry] = [.init(column: 0, value: 1)]
        if i > 0 { row.append(.init(column: i, value: 1)) }
        for (t, p) in model.successors(s * width + policy[s]) where place[t] > 0 {
          row.append(.init(column: place[t], value: -p))
        }
        for entry in row { columns[entry.column].append(.init(column: i, value: entry.value)) }
        rows.append(row)
      }
      let x = try exactly(rows, states.map { rewards[$0 * width + policy[$0]] })
      // Column 0 of the matrix is 1 and the others sum to 0 against π: Mᵀ π = e₀.
      let stationary = try exactly(columns, states.indices.map { $0 == 0 ? 1 : 0 })
      let relative = [Rational(0)] + x.dropFirst()
      let mean = product(stationary, relative)
      for (i, s) in states.enumerated() { (gain[s], bias[s]) = (x[0], relative[i] - mean) }
      for s in states { place[s] = -2 }
    }
    let transient = (0..<stateCount).filter { place[$0] == -1 }
    guard !transient.isEmpty else { return }
    for (i, s) in transient.enumerated() { place[s] = i }
    var rows: [[ExactLinearSolver.Entry]] = []
    var (outGain, outBias) = ([Rational](), [Rational]())
    for (i, s) in transient.enumerated() {
      var row: [ExactLinearSolver.Entry] = [.init(column: i, value: 1)]
      var (g, h) = (Rational(0), Rational(0))
      for (t, p) in model.successors(s * width + policy[s]) {
        if place[t] >= 0 {
          row.append(.init(column: place[t], value: -p))
        } else {
          g = g + p * gain[t]
          h = h + p * bias[t]
        }
      }
      rows.append(row)
      outGain.append(g)
      outBias.append(h)
    }
    let gains = try exactly(rows, outGain)
    let biases = try exactly(
      rows, transient.indices.map { i in rewards[transient[i] * width + policy[transient[i]]] - gains[i] + outBias[i] })
    for (i, s) in transient.enumerated() { (gain[s], bias[s]) = (gains[i], biases[i]) }
  }

  /// Improves the gain where it can be, the bias among gain-ties otherwise; the present action is kept on ties.
  func improve(_ policy: inout [Int], _ model: RationalModel, rewards: [Rational]) -> Bool {
    let mdp = model.mdp
    let width = mdp.actionCount
    let expected = (0..<(mdp.stateCount * width)).map { k in
      mdp.availability?[k] ?? true ? model.expectation(k, of: gain) : 0
    }
    var switched = false
    for s in policy.indices {
      var best = policy[s]
      for a in mdp.availableActions(in: s) where expected[s * width + a] > expected[s * width + best] { best = a }
      if best != policy[s] { (policy[s], switched) = (best, true) }
    }
    if switched { return true }
    for s in policy.indices {
      var (best, value) = (policy[s], gain[s] + bias[s])
      for a in mdp.availableActions(in: s) where a != policy[s] && expected[s * width + a] == gain[s] {
        let q = rewards[s * width + a] + model.expectation(s * width + a, of: bias)
        if q > value { (best, value) = (a, q) }
      }
      if best != policy[s] { (policy[s], switched) = (best, true) }
    }
    return switched
  }
}

private func exactly(
  _ rows: [[ExactLinearSolver.Entry]], _ right: [Rational]
) throws(SolverError) -> [Rational] {
  do { return try ExactLinearSolver(rows: rows).solve(right).values } catch { throw .exactSystem(error) }
}

extension RationalModel {
  /// The possible successors of a row with their probabilities.
  fileprivate func successors(_ k: Int) -> [(state: Int, probability: Rational)] {
    rows.positions(ofRow: k).filter { rows.values[$0] > 0 }.map { (Int(rows.columns[$0]), probabilities[$0]) }
  }

  /// Σ_t P(t | k) values(t)
  fileprivate func expectation(_ k: Int, of values: [Rational]) -> Rational {
    successors(k).reduce(0) { $0 + $1.probability * values[$1.state] }
  }
}
