public import LinearAlgebra
internal import LinearPrograms
internal import MDPs

/// A bound on a second expected discounted return in rationals: μ₀ᵀ v_π(cost) ≤ `limit`.
public struct RationalConstraint: Sendable, Equatable {
  /// The name of the cost.
  public let name: String
  /// c(s, a), shape (S·A).
  public let cost: [Rational]
  /// The most that may be spent.
  public let limit: Rational

  /// The constraint that the expected return of `cost` is at most `limit`.
  public init(name: String, cost: [Rational], atMost limit: Rational) {
    self.name = name
    self.cost = cost
    self.limit = limit
  }
}

/// The proof that no policy meets the constraints: under the weighted cost c = Σ λ_i c_i every policy spends at least
/// μ₀ᵀ v, because v ≤ c + γ P v for every action, and that is more than Σ λ_i d_i.
public struct ExactInfeasibility: Sendable, Equatable {
  /// λ ≥ 0, one a constraint.
  public let weights: [Rational]
  /// v, shape (S): below the value of every policy under the weighted cost.
  public let potential: [Rational]
  /// μ₀ᵀ v
  public let leastCost: Rational
  /// Σ λ d, less than ``leastCost``.
  public let allowedCost: Rational
}

/// The best policy under constraints, in rationals.
public struct ExactConstrainedSolution: Sendable, Equatable {
  /// The policy; it randomises in at most as many states as constraints are active.
  public let policy: RationalPolicy
  /// Its occupancy measure, shape (S·A).
  public let occupancy: [Rational]
  /// Its values, shape (S).
  public let values: [Rational]
  /// Its return from the start distribution, proven optimal by linear programming duality.
  public let objective: Rational
  /// What the policy spends, one number a constraint.
  public let constraintReturns: [Rational]
  /// λ ≥ 0: what one unit more of each limit is worth.
  public let multipliers: [Rational]
  /// Exact pivots after the basis that floating point proposed.
  public let pivots: Int
  /// How the numbers of the input were read, in words.
  public let source: String
}

extension ExactSolver {
  /// The best policy from the start distribution under bounds on other returns, in rationals.
  ///
  /// The linear program of occupancies is solved in floating point; its last basis is solved again in rationals, and
  /// primal and dual are checked exactly.
  ///
  /// Source: Altman, Constrained Markov Decision Processes (1999), ch. 3.
  ///
  /// - Throws: ``SolverError/infeasibleExactly(_:)`` with a proof, ``SolverError/exactSystem(_:)``,
  ///   ``SolverError/shape(of:expected:got:)``, ``SolverError/discountOutOfRange(discount:largestRowSumDefect:)``.
  public func solve(
    under constraints: [RationalConstraint], _ model: RationalModel, direction: Direction = .maximise
  ) throws(SolverError) -> ExactConstrainedSolution {
    let mdp = model.mdp
    let (S, A) = (mdp.stateCount, mdp.actionCount)
    for constraint in constraints where constraint.cost.count != S * A {
      throw .shape(of: "the cost \(constraint.name)", expected: S * A, got: constraint.cost.count)
    }
    guard model.discount < 1 else {
      throw .discountOutOfRange(discount: mdp.discount, largestRowSumDefect: mdp.largestRowSumDefect)
    }
    let sign = Rational(direction == .maximise ? 1 : -1)
    let pairs = (0..<(S * A)).filter { mdp.availability?[$0] ?? true }
    var program = RationalProgram(
      .maximise,
      rows: model.initialDistribution.map { (.equal, $0) } + constraints.map { (.atMost, $0.limit) })
    for k in pairs {
      var entries: [(row: Int, value: Rational)] = [(k / A, 1)]
      for j in model.rows.positions(ofRow: k) {
        entries.append((Int(model.rows.columns[j]), -(model.discount * model.probabilities[j])))
      }
      for (i, constraint) in constraints.enumerated() { entries.append((S + i, constraint.cost[k])) }
      do {
        try program.addColumn(cost: sign * model.rewards[k], entries: entries)
      } catch {
        throw .linearProgram("\(error)")
      }
    }
    switch try solve(program) {
    case .unbounded: throw .linearProgram("the returns have no bound; the rows of the model sum to more than 1/γ")
    case .infeasible(let y):
      // y_i ≤ 0 for the limits: λ = −y, and v = y on the flow rows has v − γ P v ≤ λ c for every pair.
      let (potential, weights) = (Array(y.prefix(S)), y.suffix(constraints.count).map { -$0 })
      throw .infeasibleExactly(
        ExactInfeasibility(
          weights: weights, potential: potential, leastCost: product(model.initialDistribution, potential),
          allowedCost: product(weights, constraints.map(\.limit))))
    case .optimal(let optimum):
      precondition(program.isOptimal(primal: optimum.primal, dual: optimum.dual), "an optimum must prove itself")
      var visits = [Rational](repeating: 0, count: S * A)
      for (k, x) in zip(pairs, optimum.primal) { visits[k] = x }
      let policy = RationalPolicy(occupancy: visits, on: Array(0..<S), of: mdp)
      let values = try solve(model.induced(by: policy)).values.map { value -> Rational in
        if case .finite(let v) = value { v } else { 0 }
      }
      return ExactConstrainedSolution(
        policy: policy, occupancy: visits, values: values, objective: sign * optimum.objective,
        constraintReturns: constraints.map { product(visits, $0.cost) },
        multipliers: Array(optimum.dual.suffix(constraints.count)), pivots: optimum.pivots, source: model.source)
    }
  }

  private func solve(_ program: RationalProgram) throws(SolverError) -> RationalOutcome {
    do { return try program.solve() } catch { throw .exactSystem(error) }
  }
}
