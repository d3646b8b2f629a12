internal import LinearAlgebra
internal import MDPs
internal import MDPSolvers

/// How each canonical form is worked out. The functions read a reward and its world and give a function on transitions.
extension ComparedReward {
  func makeCanonical(_ canonicalisation: Canonicalisation) throws(RewardDistanceError) -> TransitionFunction {
    switch canonicalisation {
    case .none: try raw()
    case .epic: try epic()
    case .dard: try dard()
    case .sparsityResilient: try sparsityResilient()
    case .valuePotential: try valuePotential()
    case .minimalPotential: try minimalPotential().function
    case .valueAdjustedLevelling: byPair(try policyAdvantage())
    case .minimalL2: try minimalL2()
    case .projection: byPair(try projected().values)
    case .minimalL1: try leastSum()
    case .minimalLinf: byPair(try leastMaximum())
    case .minimalPotentialL1: try leastSumPotential()
    case .minimalPotentialLinf: try leastMaximumPotential()
    case .optimalAdvantage: byPair(try optimalAdvantage())
    case .greedy: try greedy()
    case .singleton: try singleton()
    }
  }

  private var mdp: MDP { world.mdp }

  private func byPair(_ values: [Double]) -> TransitionFunction {
    TransitionFunction(stateCount: mdp.stateCount, actionCount: mdp.actionCount, pair: values)
  }

  /// Above this discount, advantages are taken of the projection, whose values do not grow like 1/(1 − γ).
  static let largestPlainDiscount = 0.999

  // MARK: Valid canonicalisations

  /// Aᵖ = r + γ P V − V for the policy of the comparison.
  private func policyAdvantage() throws(RewardDistanceError) -> [Double] {
    let base = mdp.discount > Self.largestPlainDiscount ? try projected().values : expected
    let (levelled, values) = try levelledValues(of: base)
    let shape = FlowOperator(mdp: mdp).transposeApplied(to: values)
    return masked(combine(1, levelled, -1, shape))
  }

  /// The reward less a constant that makes its values small, and those values: V of `reward` is the sum of the second
  /// and of a constant. Advantages are the same, and lose no digits to large values.
  private func levelledValues(of reward: [Double]) throws(RewardDistanceError) -> (reward: [Double], values: [Double]) {
    let evaluation = try world.evaluation()
    let first = values(of: reward, by: evaluation)
    let constant = (1 - mdp.discount) * first.reduce(0, +) / Double(first.count)
    let levelled = masked(reward.map { $0 - constant })
    return (levelled, values(of: levelled, by: evaluation))
  }

  private func values(of reward: [Double], by evaluation: PolicyEvaluation) -> [Double] {
    evaluation.values(pairReward: reward)
  }

  private func masked(_ x: [Double]) -> [Double] {
    guard let availability = mdp.availability else { return x }
    return x.indices.map { availability[$0] ? x[$0] : 0 }
  }

  /// p(s, a) P(t | s, a) / q(s, a), with p the projection for the weights 1/q and q = Σ_t P².
  private func minimalL2() throws(RewardDistanceError) -> TransitionFunction {
    let (projection, squares) = try world.minimalProjection()
    return minimalForm(of: try projection.project(expected).values, squares: squares)
  }

  /// p(s, a) P(t | s, a) / q(s, a) from p and q.
  func minimalForm(of p: [Double], squares: [Double]) -> TransitionFunction {
    let scale = p.indices.map { squares[$0] > 0 ? p[$0] / squares[$0] : 0 }
    let table: TransitionFunction.Table
    switch mdp.transitions {
    case .dense(let matrix):
      var result = matrix
      for k in scale.indices { for t in 0..<mdp.stateCount { result[k, t] *= scale[k] } }
      table = .dense(result)
    case .sparse(let rows):
      var builder = SparseRowsBuilder(columnCount: rows.columnCount, capacity: rows.nonZeroCount)
      for k in scale.indices {
        for i in rows.positions(ofRow: k) { builder.append(column: rows.columns[i], value: scale[k] * rows.values[i]) }
        builder.endRow()
      }
      table = .sparse(builder.build())
    }
    return TransitionFunction(
      stateCount: mdp.stateCount, actionCount: mdp.actionCount, pair: [Double](repeating: 0, count: p.count),
      table: table)
  }

  /// A*(s, a) = Q* − V* ≤ 0.
  func optimalAdvantage() throws(RewardDistanceError) -> [Double] {
    try world.requireDiscounted("the optimal advantage")
    // The projection has the same advantages and the smallest values.
    let p = try projected().values
    if try isTrivial() { return [Double](repeating: 0, count: p.count) }
    let problem = try solver { () throws(SolverError) in try DiscountedProblem(mdp, pairReward: p) }
    let play = try extremes().best
    var values = play.values
    let isNearOne = mdp.discount > Self.largestPlainDiscount && mdp.stateCount <= AutomaticSolver.directStateLimit
    if isNearOne || !PlaySearch(mdp).isSwept {
      // Exact ties must show as such even where values are as large as 1/(1 − γ).
      let options = SolverOptions(tolerance: .absolute(1e-11 * normInfinity(p)))
      values = problem.solve(using: AutomaticSolver(options: options), from: play.policy).values
    }
    let gaps = problem.actionValues(of: values).gaps
    return gaps.map { $0 < .infinity ? -$0 : 0 }
  }

  // MARK: Forms that forget shaping alone

  /// D_A(a | s), shape (S·A): the caller's distribution over the available actions.
  func actionWeights() throws(RewardDistanceError) -> [Double] {
    let width = mdp.actionCount
    var result = [Double](repeating: 0, count: mdp.stateCount * width)
    for s in 0..<mdp.stateCount {
      var sum = 0.0
      for a in 0..<width where mdp.isAvailable(s, a) {
        result[s * width + a] = world.options.actionDistribution?[a] ?? 1
        sum += result[s * width + a]
      }
      guard sum > 0 else {
        throw .weights(
          of: "action distribution", reason: "it gives no weight to the actions of state \(world.states[s])")
      }
      for a in 0..<width { result[s * width + a] /= sum }
    }
    return result
  }

  /// D_S, shape (S), on the states that count.
  func stateWeights() throws(RewardDistanceError) -> [Double] {
    guard let given = world.options.stateDistribution else {
      return [Double](repeating: 1 / Double(mdp.stateCount), count: mdp.stateCount)
    }
    let kept = world.states.map { given[$0] }
    let sum = kept.reduce(0, +)
    guard sum > 0 else {
      throw .weights(of: "state distribution", reason: "it gives no weight to the states that count")
    }
    return kept.map { $0 / sum }
  }

  /// R + γ m(t) − m(s) − γ m̄.
  private func epic() throws(RewardDistanceError) -> TransitionFunction {
    let raw = try raw()
    let states = try stateWeights()
    let means = mdp.averaged(raw.nextMeans(states), try actionWeights())
    return centred(raw, means: means, grand: dot(states, means))
  }

  /// As EPIC, with m(s) the largest mean reward of an action.
  private func greedy() throws(RewardDistanceError) -> TransitionFunction {
    let raw = try raw()
    let states = try stateWeights()
    let pairs = raw.nextMeans(states)
    let means = (0..<mdp.stateCount).map { s in
      mdp.availableActions(in: s).reduce(-Double.infinity) { max($0, pairs[mdp.pair(s, $1)]) }
    }
    return centred(raw, means: means, grand: dot(states, means))
  }

  private func centred(_ raw: TransitionFunction, means: [Double], grand: Double) -> TransitionFunction {
    let shift = -mdp.discount * grand
    return raw.shaped(by: means, discount: mdp.discount).adding(pair: [Double](repeating: shift, count: raw.pair.count))
  }

  /// Shaping by Φ(s) = max_a R(s, a, s) / (1 − γ).
  private func singleton() throws(RewardDistanceError) -> TransitionFunction {
    try world.requireDiscounted("the singleton canonicalisation")
    let raw = try raw()
    let potential = (0..<mdp.stateCount).map { s in
      mdp.availableActions(in: s).reduce(-Double.infinity) { max($0, raw[mdp.pair(s, $1), s]) } / (1 - mdp.discount)
    }
    return raw.shaped(by: potential, discount: mdp.discount)
  }

  /// R + γ V(t) − V(s), V of the comparison's policy.
  private func valuePotential() throws(RewardDistanceError) -> TransitionFunction {
    try world.requireDiscounted("the value potential")
    let raw = try raw()
    let evaluation = try world.evaluation()
    let first = values(of: expected, by: evaluation)
    let constant = (1 - mdp.discount) * first.reduce(0, +) / Double(first.count)
    let second = values(of: masked(expected.map { $0 - constant }), by: evaluation)
    return raw.shaped(by: second, discount: mdp.discount)
      .adding(pair: [Double](repeating: -constant, count: raw.pair.count))
  }

  func minimalPotential() throws(RewardDistanceError) -> (
    function: TransitionFunction, potential: [Double], mean: Double
  ) {
    try world.leastPotential(of: try raw())
  }

  /// R + γ g(t) − g(s) − γ h(s, t), h(s, t) = Σ_a D_A(a) Σ_{x, y} P(x | s, a) R(x, a, y) P(y | t, a).
  private func dard() throws(RewardDistanceError) -> TransitionFunction {
    guard mdp.availability == nil else { throw .unavailableActions(quantity: "DARD") }
    let raw = try raw()
    let (S, A, gamma) = (mdp.stateCount, mdp.actionCount, mdp.discount)
    let actions = world.options.actionDistribution ?? [Double](repeating: 1 / Double(A), count: A)
    let weights = try actionWeights()
    let means = mdp.averaged(expected, weights)
    // The parts of R by pair and by next state give parts of h by s and by t.
    var bySource = [Double](repeating: 0, count: S)
    var byTarget = [Double](repeating: 0, count: S)
    for a in 0..<A {
      let rewardOfAction = (0..<S).map { raw.pair[$0 * A + a] }
      let image = mdp.transitions.expectation(of: rewardOfAction)
      for s in 0..<S { bySource[s] += actions[a] * image[s * A + a] }
    }
    if let next = raw.next {
      let image = mdp.transitions.expectation(of: next)
      for a in 0..<A { for t in 0..<S { byTarget[t] += actions[a] * image[t * A + a] } }
    }
    var pair = [Double](repeating: 0, count: S * A)
    for k in pair.indices { pair[k] = -gamma * bySource[k / A] - means[k / A] }
    let next = (0..<S).map { gamma * (means[$0] - byTarget[$0]) }
    let shaped = raw.adding(pair: pair, next: next)
    guard raw.table != .none else { return shaped }
    let zero = [Double](repeating: 0, count: S * A)
    if case .sparse(let rows) = raw.table, case .sparse(let probabilities) = mdp.transitions {
      let table = try successorTable(rows, probabilities, actions)
      return TransitionFunction.combination(
        1, shaped, -gamma, TransitionFunction(stateCount: S, actionCount: A, pair: zero, table: .sparse(table)))
    }
    let entries = S * A * S
    guard entries <= ComparisonWorld.transitionLimit else {
      throw .tooLarge(
        quantity: "DARD of a reward by transition", entries: entries, limit: ComparisonWorld.transitionLimit)
    }
    var successors = Matrix(rowCount: S, columnCount: S)
    for a in 0..<A where actions[a] > 0 {
      var transition = Matrix(rowCount: S, columnCount: S)
      var table = Matrix(rowCount: S, columnCount: S)
      for s in 0..<S {
        mdp.transitions.forEachSuccessor(ofRow: s * A + a) { t, p in transition[s, t] = p }
        switch raw.table {
        case .none: break
        case .dense(let matrix): for (t, x) in matrix.row(s * A + a).enumerated() { table[s, t] = x }
        case .sparse(let rows):
          for i in rows.positions(ofRow: s * A + a) { table[s, Int(rows.columns[i])] = rows.values[i] }
        }
      }
      let product = try algebra { () throws(LinearAlgebraError) in
        try transition.multiplied(by: table).multiplied(by: transition.transposed)
      }
      for s in 0..<S { for t in 0..<S { successors[s, t] += actions[a] * product[s, t] } }
    }
    var correction = Matrix(rowCount: S * A, columnCount: S)
    for k in 0..<(S * A) { for t in 0..<S { correction[k, t] = successors[k / A, t] } }
    return TransitionFunction.combination(
      1, shaped, -gamma, TransitionFunction(stateCount: S, actionCount: A, pair: zero, table: .dense(correction)))
  }
}

extension ComparedReward {
  /// Σ_a D_A(a) Σ_{x, y} P(x | s, a) R(x, a, y) P(y | t, a) for every s and t where it is not 0 by structure, the same row
  /// for every action of s.
  ///
  /// - Throws: ``RewardDistanceError/tooLarge(quantity:entries:limit:)`` when more than
  ///   ``ComparisonWorld/transitionLimit`` entries come to be.
  /// - Complexity: O(Σ over (s, a), its successors x, the stored y of (x, a), of the t that lead to y)
  private func successorTable(
    _ rewards: SparseRows, _ probabilities: SparseRows, _ actions: [Double]
  ) throws(RewardDistanceError) -> SparseRows {
    let (S, A) = (mdp.stateCount, mdp.actionCount)
    // Row y of the transpose: the pairs t · A + a that lead to y.
    let origins = try algebra { () throws(LinearAlgebraError) in try probabilities.transposed() }
    var builder = SparseRowsBuilder(columnCount: S)
    var sums = [Double](repeating: 0, count: S)
    var isTouched = [Bool](repeating: false, count: S)
    var touched: [Int32] = []
    var entries = 0
    for s in 0..<S {
      for a in 0..<A where actions[a] > 0 {
        for i in probabilities.positions(ofRow: s * A + a) {
          let weight = actions[a] * probabilities.values[i]
          for j in rewards.positions(ofRow: Int(probabilities.columns[i]) * A + a) {
            let part = weight * rewards.values[j]
            for k in origins.positions(ofRow: Int(rewards.columns[j])) where Int(origins.columns[k]) % A == a {
              let t = Int(origins.columns[k]) / A
              if !isTouched[t] {
                isTouched[t] = true
                touched.append(Int32(t))
              }
              sums[t] += part * origins.values[k]
            }
          }
        }
      }
      entries += touched.count * A
      guard entries <= ComparisonWorld.transitionLimit else {
        throw .tooLarge(
          quantity: "DARD of a reward by transition", entries: entries, limit: ComparisonWorld.transitionLimit)
      }
      touched.sort()
      for _ in 0..<A {
        for t in touched { builder.append(column: t, value: sums[Int(t)]) }
        builder.endRow()
      }
      for t in touched { (sums[Int(t)], isTouched[Int(t)]) = (0, false) }
      touched.removeAll(keepingCapacity: true)
    }
    return builder.build()
  }
}

extension ComparisonWorld {
  /// The shaped reward of least L2 norm over all transitions: R + γ Φ(t) − Φ(s) − m̄ with a potential that has mean 0.
  package func leastPotential(
    of raw: TransitionFunction
  ) throws(RewardDistanceError) -> (
    function: TransitionFunction, potential: [Double], mean: Double
  ) {
    guard mdp.availability == nil else { throw .unavailableActions(quantity: "the least potential") }
    let (S, A, gamma) = (mdp.stateCount, mdp.actionCount, mdp.discount)
    let uniform = [Double](repeating: 1 / Double(S), count: S)
    let pairs = raw.nextMeans(uniform)
    let bySource = mdp.averaged(pairs, [Double](repeating: 1 / Double(A), count: S * A))
    let pairMean = raw.pair.reduce(0, +) / Double(S * A)
    var byTarget = (raw.next ?? [Double](repeating: 0, count: S)).map { $0 + pairMean }
    let share = 1 / Double(S * A)
    switch raw.table {
    case .none: break
    case .dense(let matrix):
      for k in 0..<(S * A) { for (t, x) in matrix.row(k).enumerated() { byTarget[t] += share * x } }
    case .sparse(let rows): for i in rows.values.indices { byTarget[Int(rows.columns[i])] += share * rows.values[i] }
    }
    let grand = bySource.reduce(0, +) / Double(S)
    let potential = (0..<S).map { ((bySource[$0] - grand) - gamma * (byTarget[$0] - grand)) / (1 + gamma * gamma) }
    let function = raw.shaped(by: potential, discount: gamma).adding(pair: [Double](repeating: -grand, count: S * A))
    return (function, potential, grand)
  }
}

extension TransitionFunction {
  /// Σ_t D_S(t) R(s, a, t), shape (S·A).
  func nextMeans(_ weights: [Double]) -> [Double] {
    let shift = next.map { dot($0, weights) } ?? 0
    var result = pair.map { $0 + shift }
    switch table {
    case .none: break
    case .dense(let matrix):
      for k in result.indices {
        var sum = 0.0
        for (t, x) in matrix.row(k).enumerated() { sum += weights[t] * x }
        result[k] += sum
      }
    case .sparse(let rows):
      for k in result.indices {
        for i in rows.positions(ofRow: k) { result[k] += weights[Int(rows.columns[i])] * rows.values[i] }
      }
    }
    return result
  }
}

extension MDP {
  /// Σ_a `weights`(s, a) `pairs`(s, a), shape (S).
  func averaged(_ pairs: [Double], _ weights: [Double]) -> [Double] {
    let width = actionCount
    return (0..<stateCount).map { s in
      var sum = 0.0
      for k in (s * width)..<((s + 1) * width) { sum += weights[k] * pairs[k] }
      return sum
    }
  }
}
