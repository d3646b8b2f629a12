public import LinearAlgebra
package import MDPs

/// Plans in rational numbers for one reward after another on the states of a discounted world that count: optimal
/// policies, their occupancy measures and values, all exact.
package struct ExactPlanner: Sendable {
  /// The world as given.
  package let model: RationalModel
  /// The numbers of the states that count, ascending.
  package let states: [Int]
  /// μ₀ on these states.
  package let start: [Rational]
  /// The world in doubles on these states: its graph, and where floating point looks for a first policy.
  package let mdp: MDP
  private let frame: RationalProblem

  /// The number of state-action pairs on the states that count.
  package var pairCount: Int { states.count * mdp.actionCount }

  /// A planner on the states reachable from the start distribution, or on all.
  ///
  /// - Throws: ``SolverError/discountOutOfRange(discount:largestRowSumDefect:)``, ``SolverError/model(_:)``.
  package init(_ model: RationalModel, onReachable: Bool = true) throws(SolverError) {
    self.model = model
    let whole = model.mdp
    guard model.discount < 1 else {
      throw .discountOutOfRange(discount: whole.discount, largestRowSumDefect: whole.largestRowSumDefect)
    }
    let kept = onReachable ? whole.reachableStates() : [Bool](repeating: true, count: whole.stateCount)
    let states = (0..<whole.stateCount).filter { kept[$0] }
    self.states = states
    start = states.map { model.initialDistribution[$0] }
    var place = [Int32](repeating: -1, count: whole.stateCount)
    for (i, s) in states.enumerated() { place[s] = Int32(i) }
    let width = whole.actionCount
    // With discount 0 no successor counts, and none need be among the states that do.
    let looksAhead = !model.discount.isZero
    var rowStarts = [0]
    var columns: [Int32] = []
    var weights: [Rational] = []
    var doubles = SparseRowsBuilder(columnCount: states.count)
    for (i, s) in states.enumerated() {
      for k in (s * width)..<((s + 1) * width) {
        if looksAhead {
          for j in model.rows.positions(ofRow: k) where model.rows.values[j] > 0 {
            columns.append(place[Int(model.rows.columns[j])])
            weights.append(model.discount * model.probabilities[j])
            doubles.append(column: place[Int(model.rows.columns[j])], value: model.rows.values[j])
          }
        } else if whole.isAvailable(s, k - s * width) {
          doubles.append(column: Int32(i), value: 1)
        }
        doubles.endRow()
        rowStarts.append(columns.count)
      }
    }
    frame = RationalProblem(
      stateCount: states.count, actionCount: width, rowStarts: rowStarts, columns: columns, weights: weights,
      rewards: [])
    do {
      mdp = try MDP(
        actionCount: width, transitions: .sparse(doubles.build()), discount: whole.discount,
        initialDistribution: states.map { whole.initialDistribution[$0] },
        availability: whole.availability.map { flags in
          states.flatMap { flags[($0 * width)..<(($0 + 1) * width)] }
        }, actionNames: whole.actionNames,
        rowSumTolerance: max(MDP.defaultRowSumTolerance, whole.largestRowSumDefect))
    } catch {
      throw .model(error)
    }
  }

  /// A pair-shaped reward of the whole world on the states that count.
  package func restricted(_ reward: [Rational]) -> [Rational] {
    states.flatMap { reward[($0 * mdp.actionCount)..<(($0 + 1) * mdp.actionCount)] }
  }

  /// An optimal policy of the states that count, with its occupancy and what else is known of the optimum.
  package struct Play: Sendable {
    /// One action a state.
    package let policy: [Int]
    /// v(s)
    package let values: [Rational]
    /// d(s, a), shape (S'·A).
    package let occupancy: [Rational]
    /// Whether each action attains v(s), shape (S'·A).
    package let isOptimal: [Bool]

    /// ⟨x, d⟩
    package func `return`(of x: [Rational]) -> Rational { product(occupancy, x) }
  }

  /// A policy of largest or least return from every state.
  ///
  /// - Parameters:
  ///   - reward: r(s, a) on the states that count, shape (S'·A).
  ///   - direction: which end.
  ///   - allowed: the actions that may be played, beside availability; nil allows all.
  ///   - warm: a policy to start from; floating point finds one when nil.
  /// - Returns: the policy of lowest optimal actions.
  /// - Throws: ``SolverError/exactSystem(_:)``, and what ``DiscountedProblem`` throws.
  package func optimum(
    of reward: [Rational], direction: Direction, allowed: [Bool]? = nil, from warm: [Int]? = nil
  ) throws(SolverError) -> Play {
    let sign = Rational(direction == .maximise ? 1 : -1)
    let doubles = reward.map { Double($0) }
    var first = mdp.lowestActions
    if doubles.allSatisfy({ $0.isFinite && abs($0) < 1e290 }) {
      first = try DiscountedProblem(mdp, pairReward: doubles, direction: direction, allowed: allowed).solve(
        using: AutomaticSolver(), from: warm
      ).policy
    } else if let allowed {
      for s in first.indices {
        first[s] = (0..<mdp.actionCount).first { mdp.isAvailable(s, $0) && allowed[mdp.pair(s, $0)] } ?? first[s]
      }
    }
    let problem = frame.with(
      rewards: reward.indices.map { k in
        (mdp.availability?[k] ?? true) && (allowed?[k] ?? true) ? sign * reward[k] : nil
      })
    let answer = try problem.solve(from: first.map { Int32($0) }, keepsPolicy: false)
    let policy = answer.policy.map { Int($0) }
    return Play(
      policy: policy, values: answer.values.map { sign * $0 },
      occupancy: try occupancy(of: RationalPolicy(actions: policy, actionCount: mdp.actionCount)),
      isOptimal: answer.isOptimal)
  }

  /// v_π of the policy that plays `actions`.
  package func values(of actions: [Int], reward: [Rational]) throws(SolverError) -> [Rational] {
    try frame.with(rewards: reward.map { $0 }).values(of: actions.map { Int32($0) }).values
  }

  /// r(s, a) + γ Σ_t P(t | s, a) v(t) − v(s), shape (S'·A); 0 where the action is not available.
  package func advantages(over values: [Rational], reward: [Rational]) -> [Rational] {
    reward.indices.map { k in
      guard mdp.availability?[k] ?? true else { return 0 }
      var sum = reward[k] - values[k / mdp.actionCount]
      for j in frame.rowStarts[k]..<frame.rowStarts[k + 1] {
        sum = sum + frame.weights[j] * values[Int(frame.columns[j])]
      }
      return sum
    }
  }

  /// The occupancy measure of a policy on the states that count: d = (I − γ P_πᵀ)⁻¹ μ₀ spread by the policy.
  package func occupancy(of policy: RationalPolicy) throws(SolverError) -> [Rational] {
    let width = mdp.actionCount
    var rows: [[ExactLinearSolver.Entry]] = states.indices.map { [.init(column: $0, value: 1)] }
    for k in 0..<pairCount where !policy.probabilities[k].isZero {
      for j in frame.rowStarts[k]..<frame.rowStarts[k + 1] {
        rows[Int(frame.columns[j])].append(
          .init(column: k / width, value: -(policy.probabilities[k] * frame.weights[j])))
      }
    }
    do {
      let visits = try ExactLinearSolver(rows: rows).solve(start).values
      return (0..<pairCount).map { k in
        policy.probabilities[k].isZero ? 0 : visits[k / width] * policy.probabilities[k]
      }
    } catch {
      throw .exactSystem(error)
    }
  }
}

/// ⟨x, y⟩
package func product(_ x: [Rational], _ y: [Rational]) -> Rational {
  var sum = Rational(0)
  for (a, b) in zip(x, y) where !a.isZero && !b.isZero { sum = sum + a * b }
  return sum
}

extension RationalProblem {
  /// The same weights with other rewards.
  func with(rewards: [Rational?]) -> RationalProblem {
    RationalProblem(
      stateCount: stateCount, actionCount: actionCount, rowStarts: rowStarts, columns: columns, weights: weights,
      rewards: rewards)
  }
}

extension RationalModel {
  /// The exact discounted occupancy measure of a policy, not normalised:
  ///
  /// ```
  /// d(s, a) = Σ_t γᵗ Pr(s_t = s, a_t = a),   Σ d = 1 / (1 − γ)
  /// ```
  ///
  /// - Parameter policy: one that fits the model.
  /// - Returns: d, shape (S·A).
  /// - Throws: ``SolverError/discountOutOfRange(discount:largestRowSumDefect:)``, ``SolverError/exactSystem(_:)``,
  ///   ``SolverError/shape(of:expected:got:)``.
  /// - Complexity: one exact linear solve.
  public func occupancy(of policy: RationalPolicy) throws(SolverError) -> [Rational] {
    let count = mdp.stateCount * mdp.actionCount
    guard policy.probabilities.count == count else {
      throw .shape(of: "the policy", expected: count, got: policy.probabilities.count)
    }
    return try ExactPlanner(self, onReachable: false).occupancy(of: policy)
  }
}
