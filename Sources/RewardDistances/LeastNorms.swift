internal import LinearAlgebra
internal import LinearPrograms
internal import MDPs

/// Equivalent rewards of least L1 or L∞ norm, by linear programs in the potential.
///
/// The minimisers are not unique, so a rule picks one: the vertex at which the simplex method ends when it starts from the
/// least-squares representative of the reward, scaled to largest entry 1 and rounded to 40 bits. Equivalent rewards have
/// the same representative, so they get the same program; the *norm* of the result is the least one whatever the rule. The
/// maps are not linear, so none is a STARC canonicalisation.
extension ComparedReward {
  /// The most rows that such a program may have.
  static let leastNormRowLimit = 4000

  /// min_Φ max |r − Bᵀ Φ|, the same for every next state.
  func leastMaximum() throws(RewardDistanceError) -> [Double] {
    try leastByPair("MinimalLinf") { p, rows throws(LinearProgramError) in
      var program = LinearProgram(.minimise)
      for _ in 0..<world.mdp.stateCount { try program.addColumn(cost: 0, bounds: .free) }
      let bound = try program.addColumn(cost: 1, bounds: .nonNegative)
      for (k, entries) in rows {
        try program.addRow(.atLeast(p[k]), entries: entries + [(bound, 1)])
        try program.addRow(.atMost(p[k]), entries: entries + [(bound, -1)])
      }
      return program
    }
  }

  /// min_Φ Σ |r − Bᵀ Φ|(s, a) / max_t P(t | s, a), all of it on the first of the most likely next states.
  func leastSum() throws(RewardDistanceError) -> TransitionFunction {
    let mdp = world.mdp
    let likeliest = mdp.likeliestSuccessors
    let values = try leastByPair("MinimalL1") { p, rows throws(LinearProgramError) in
      var program = LinearProgram(.minimise)
      for _ in 0..<mdp.stateCount { try program.addColumn(cost: 0, bounds: .free) }
      for (k, entries) in rows {
        let cost = 1 / (likeliest[k]?.probability ?? 1)
        let above = try program.addColumn(cost: cost, bounds: .nonNegative)
        let below = try program.addColumn(cost: cost, bounds: .nonNegative)
        try program.addRow(.equal(p[k]), entries: entries + [(above, 1), (below, -1)])
      }
      return program
    }
    var table = SparseRowsBuilder(columnCount: mdp.stateCount, capacity: values.count)
    for (k, x) in values.enumerated() {
      if let (next, probability) = likeliest[k] { table.append(column: Int32(next), value: x / probability) }
      table.endRow()
    }
    return TransitionFunction(
      stateCount: mdp.stateCount, actionCount: mdp.actionCount, pair: [Double](repeating: 0, count: values.count),
      table: .sparse(table.build()))
  }

  /// p − Bᵀ Φ for the potential that the program finds; 0 for a trivial reward.
  private func leastByPair(
    _ name: String,
    _ program: ([Double], [(pair: Int, entries: [(column: Int, value: Double)])]) throws(LinearProgramError) ->
      LinearProgram
  ) throws(RewardDistanceError) -> [Double] {
    let mdp = world.mdp
    let p = try projected().values
    let size = normInfinity(p)
    if try isTrivial() { return [Double](repeating: 0, count: p.count) }
    let pairs = p.indices.filter { mdp.isAvailable($0 / mdp.actionCount, $0 % mdp.actionCount) }
    guard pairs.count <= Self.leastNormRowLimit / 2 else {
      throw .tooLarge(quantity: name, entries: pairs.count, limit: Self.leastNormRowLimit / 2)
    }
    let rows = pairs.map { k in
      var entries = [k / mdp.actionCount: 1.0]
      mdp.transitions.forEachSuccessor(ofRow: k) { t, p in entries[t, default: 0] -= mdp.discount * p }
      return (pair: k, entries: entries.sorted { $0.key < $1.key }.map { (column: $0.key, value: $0.value) })
    }
    let potential = try leastPotential(name, p.map { rounded($0 / size) }) { p throws(LinearProgramError) in
      try program(p, rows)
    }
    let shape = FlowOperator(mdp: mdp).transposeApplied(to: potential)
    return combine(1, p, -size, shape)
  }

  // MARK: Shaping alone

  /// The shaped reward of least L∞ norm over all transitions.
  func leastMaximumPotential() throws(RewardDistanceError) -> TransitionFunction {
    try leastByShaping("MinimalPotentialLinf") { f throws(LinearProgramError) in
      // Shaping is the same for all actions, so only the largest and the least of them count.
      let (S, A, gamma) = (world.mdp.stateCount, world.mdp.actionCount, world.mdp.discount)
      var program = LinearProgram(.minimise)
      for _ in 0..<S { try program.addColumn(cost: 0, bounds: .free) }
      let bound = try program.addColumn(cost: 1, bounds: .nonNegative)
      for s in 0..<S {
        for t in 0..<S {
          let values = (0..<A).map { f[s * A + $0, t] }
          let shape = Self.shapingEntries(s, t, gamma)
          try program.addRow(.atLeast(values.max() ?? 0), entries: shape.map { ($0.column, -$0.value) } + [(bound, 1)])
          try program.addRow(.atLeast(-(values.min() ?? 0)), entries: shape + [(bound, 1)])
        }
      }
      return program
    }
  }

  /// The shaped reward of least L1 norm over all transitions.
  func leastSumPotential() throws(RewardDistanceError) -> TransitionFunction {
    try leastByShaping("MinimalPotentialL1") { f throws(LinearProgramError) in
      let (S, A, gamma) = (world.mdp.stateCount, world.mdp.actionCount, world.mdp.discount)
      var program = LinearProgram(.minimise)
      for _ in 0..<S { try program.addColumn(cost: 0, bounds: .free) }
      for k in 0..<(S * A) {
        for t in 0..<S {
          let above = try program.addColumn(cost: 1, bounds: .nonNegative)
          let below = try program.addColumn(cost: 1, bounds: .nonNegative)
          // R + γ Φ(t) − Φ(s) = above − below
          let shape = Self.shapingEntries(k / A, t, gamma).map { (column: $0.column, value: -$0.value) }
          try program.addRow(.equal(f[k, t]), entries: shape + [(above, 1), (below, -1)])
        }
      }
      return program
    }
  }

  /// γ Φ(t) − Φ(s) as coefficients of Φ.
  private static func shapingEntries(_ s: Int, _ t: Int, _ gamma: Double) -> [(column: Int, value: Double)] {
    s == t ? [(s, gamma - 1)] : [(s, -1), (t, gamma)]
  }

  private func leastByShaping(
    _ name: String, _ program: (TransitionFunction) throws(LinearProgramError) -> LinearProgram
  ) throws(RewardDistanceError) -> TransitionFunction {
    try world.requireDiscounted(name)
    let mdp = world.mdp
    guard mdp.availability == nil else { throw .unavailableActions(quantity: name) }
    let entries = mdp.stateCount * mdp.stateCount * mdp.actionCount
    guard entries <= Self.leastNormRowLimit else {
      throw .tooLarge(quantity: name, entries: entries, limit: Self.leastNormRowLimit)
    }
    let base = try minimalPotential().function
    let dense = base.dense
    let size = normInfinity(dense.elements)
    let zero = [Double](repeating: 0, count: mdp.stateCount * mdp.actionCount)
    guard try !isCanonicallyZero(.minimalPotential), size > 0 else {
      return TransitionFunction(stateCount: mdp.stateCount, actionCount: mdp.actionCount, pair: zero)
    }
    let scaled = Matrix(sound: dense.rowCount, dense.columnCount, dense.elements.map { rounded($0 / size) })
    let potential = try leastPotential(name, scaled.elements) { _ throws(LinearProgramError) in
      try program(
        TransitionFunction(
          stateCount: mdp.stateCount, actionCount: mdp.actionCount, pair: zero, table: .dense(scaled)))
    }
    return base.shaped(by: potential.map { size * $0 }, discount: mdp.discount)
  }

  // MARK: Both

  private func leastPotential(
    _ name: String, _ x: [Double], _ program: ([Double]) throws(LinearProgramError) -> LinearProgram
  ) throws(RewardDistanceError) -> [Double] {
    let solution: LinearProgramSolution
    do {
      solution = try program(x).solve()
    } catch {
      throw .weights(of: "the linear program of \(name)", reason: "\(error)")
    }
    guard solution.status == .optimal else {
      throw .notConverged(quantity: "the linear program of \(name)", residual: solution.dualityGap, tolerance: 1e-9)
    }
    return Array(solution.primal[..<world.mdp.stateCount])
  }

  /// The number to 40 bits after the point: what rounding left differently in two equal rewards disappears.
  private func rounded(_ x: Double) -> Double { (x * 0x1p40).rounded() * 0x1p-40 }
}

extension MDP {
  /// The first of the most likely next states of each pair, with its probability; nil where there is none.
  fileprivate var likeliestSuccessors: [(next: Int, probability: Double)?] {
    (0..<(stateCount * actionCount)).map { row in
      var best: (next: Int, probability: Double)?
      transitions.forEachSuccessor(ofRow: row) { t, p in if p > best?.probability ?? 0 { best = (t, p) } }
      return best
    }
  }
}
