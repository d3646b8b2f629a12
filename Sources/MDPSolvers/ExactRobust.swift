public import LinearAlgebra
internal import MDPs

/// What nature may choose from in each state-action pair, in rationals; see ``AmbiguitySet``.
public enum RationalAmbiguity: Sendable, Equatable {
  /// Any distribution over the successors of the row within L1 distance `radius` ∈ [0, 2] of its probabilities.
  case ball(radius: Rational)
  /// Any distribution with lower[j] ≤ p[j] ≤ upper[j] for the stored transitions j, in the order of
  /// `mdp.transitions.sparseRows`.
  case intervals(lower: [Rational], upper: [Rational])
}

extension ExactSolver {
  /// The robust optimum in rationals: nature chooses anew at every step, against the decision maker or with him.
  ///
  /// For a fixed policy nature's best answer is found by policy iteration over the extreme distributions that sorting the
  /// successors by value gives; then the policy is improved against it. Both improve strictly until nothing does, so that
  /// the last values solve v = max_a [ r + γ min_p Σ p v ] exactly.
  ///
  /// Source: Hoffman and Karp, On nonterminating stochastic games (1966); Nilim and El Ghaoui (2005).
  ///
  /// - Parameters:
  ///   - ambiguity: what nature may choose from.
  ///   - model: the world with its reward.
  ///   - direction: whether the reward is a gain or a cost.
  ///   - isOptimistic: whether nature plays with the decision maker.
  ///   - start: a policy to start from, such as that of a floating-point solution.
  /// - Returns: the values and the policy, level E4.
  /// - Throws: ``SolverError/discountOutOfRange(discount:largestRowSumDefect:)``, ``SolverError/radius(_:)``,
  ///   ``SolverError/interval(state:action:reason:)``, ``SolverError/exactSystem(_:)``.
  /// - Complexity: some exact linear solves an improvement, most often two or three improvements.
  public func solve(
    against ambiguity: RationalAmbiguity, _ model: RationalModel, direction: Direction = .maximise,
    isOptimistic: Bool = false, from start: [Int]? = nil
  ) throws(SolverError) -> ExactSolution {
    let mdp = model.mdp
    guard model.discount < 1 else {
      throw .discountOutOfRange(discount: mdp.discount, largestRowSumDefect: mdp.largestRowSumDefect)
    }
    try model.check(ambiguity)
    let sign = Rational(direction == .maximise ? 1 : -1)
    let rewards = model.rewards.map { sign * $0 }
    let width = mdp.actionCount
    var policy = start ?? mdp.lowestActions
    var solveCount = 0
    while true {
      let level = [Rational](repeating: 0, count: mdp.stateCount)
      var nature = policy.indices.map { s in
        model.extreme(s * width + policy[s], ambiguity, level, minimises: !isOptimistic)
      }
      var values: [Rational]
      while true {
        solveCount += 1
        values = try model.values(of: policy, nature: nature, rewards: rewards)
        // Only an answer that is strictly better for nature replaces the present one, so that this ends.
        var switched = false
        for s in policy.indices {
          let k = s * width + policy[s]
          let answer = model.extreme(k, ambiguity, values, minimises: !isOptimistic)
          let (now, then) = (model.product(k, nature[s], values), model.product(k, answer, values))
          if isOptimistic ? then > now : then < now { (nature[s], switched) = (answer, true) }
        }
        guard switched else { break }
      }
      var improved = false
      for s in policy.indices {
        var (best, value) = (policy[s], values[s])
        for a in mdp.availableActions(in: s) where a != policy[s] {
          let k = s * width + a
          let answer = model.extreme(k, ambiguity, values, minimises: !isOptimistic)
          let q = rewards[k] + model.discount * model.product(k, answer, values)
          if q > value { (best, value) = (a, q) }
        }
        if best != policy[s] { (policy[s], improved) = (best, true) }
      }
      guard !improved else { continue }
      return ExactSolution(
        values: values.map { .finite(sign * $0) }, policy: policy, model: model,
        method: "robust policy iteration in rationals", solveCount: solveCount, tolerance: options.tolerance)
    }
  }
}

extension RationalModel {
  fileprivate func probabilities(ofRow k: Int) -> [Rational] { rows.positions(ofRow: k).map { probabilities[$0] } }

  /// Σ_j weights[j] values[successor j] over the stored transitions of a row.
  fileprivate func product(_ k: Int, _ weights: [Rational], _ values: [Rational]) -> Rational {
    zip(weights, rows.positions(ofRow: k)).reduce(0) { $0 + $1.0 * values[Int(rows.columns[$1.1])] }
  }

  fileprivate func values(
    of policy: [Int], nature: [[Rational]], rewards: [Rational]
  ) throws(SolverError) -> [Rational] {
    var system: [[ExactLinearSolver.Entry]] = []
    for (s, a) in policy.enumerated() {
      var row = [ExactLinearSolver.Entry(column: s, value: 1)]
      for (p, j) in zip(nature[s], rows.positions(ofRow: s * mdp.actionCount + a)) {
        row.append(.init(column: Int(rows.columns[j]), value: -(discount * p)))
      }
      system.append(row)
    }
    let right = policy.enumerated().map { s, a in rewards[s * mdp.actionCount + a] }
    do { return try ExactLinearSolver(rows: system).solve(right).values } catch { throw .exactSystem(error) }
  }

  /// The distribution of the set that makes the expected value least, or largest.
  fileprivate func extreme(
    _ k: Int, _ ambiguity: RationalAmbiguity, _ values: [Rational], minimises: Bool
  ) -> [Rational] {
    let positions = rows.positions(ofRow: k)
    let successors = positions.map { values[Int(rows.columns[$0])] }
    // From the successor that nature likes best to the one it likes least.
    let order = successors.indices.sorted {
      successors[$0] == successors[$1] ? $0 < $1 : minimises == (successors[$0] < successors[$1])
    }
    switch ambiguity {
    case .ball(let radius):
      var row = probabilities(ofRow: k)
      guard let favourite = order.first else { return row }
      var moved = min(radius / 2, 1 - row[favourite])
      row[favourite] = row[favourite] + moved
      for j in order.reversed() where j != favourite && moved > 0 {
        let taken = min(moved, row[j])
        row[j] = row[j] - taken
        moved = moved - taken
      }
      return row
    case .intervals(let lower, let upper):
      var row = positions.map { lower[$0] }
      var rest = 1 - row.reduce(0, +)
      for j in order where rest > 0 {
        let added = min(rest, upper[positions.lowerBound + j] - row[j])
        row[j] = row[j] + added
        rest = rest - added
      }
      return row
    }
  }

  fileprivate func check(_ ambiguity: RationalAmbiguity) throws(SolverError) {
    switch ambiguity {
    case .ball(let radius):
      guard radius >= 0, radius <= 2 else { throw .radius(Double(radius)) }
      try requireExactRows()
    case .intervals(let lower, let upper):
      guard lower.count == rows.nonZeroCount, upper.count == rows.nonZeroCount else {
        throw .shape(of: "the intervals", expected: rows.nonZeroCount, got: min(lower.count, upper.count))
      }
      for k in 0..<rows.rowCount where mdp.availability?[k] ?? true {
        let (s, a) = (k / mdp.actionCount, k % mdp.actionCount)
        let positions = rows.positions(ofRow: k)
        if positions.contains(where: { lower[$0] < 0 || lower[$0] > upper[$0] }) {
          throw .interval(state: s, action: a, reason: "a lower bound is negative or above its upper bound")
        }
        let (least, most) = positions.reduce((Rational(0), Rational(0))) { ($0.0 + lower[$1], $0.1 + upper[$1]) }
        if least > 1 || most < 1 {
          throw .interval(
            state: s, action: a, reason: "the bounds sum to [\(least), \(most)], which does not contain 1")
        }
      }
    }
  }
}
