public import LinearAlgebra
internal import MDPs

/// A value in exact arithmetic: a rational, or infinite.
public enum ExactValue: Sendable, Equatable {
  /// A rational number.
  case finite(Rational)
  /// More than any number.
  case infinite
  /// Less than any number.
  case minusInfinite

  /// The nearest double.
  public var double: Double {
    switch self {
    case .finite(let value): Double(value)
    case .infinite: .infinity
    case .minusInfinite: -.infinity
    }
  }

  /// The neighbouring doubles between which the value lies.
  var enclosure: ClosedRange<Double> {
    if case .finite(let value) = self { value.enclosure } else { double...double }
  }
}

extension ExactValue: CustomStringConvertible {
  /// `"p/q"`, `"p"` for an integer, `"inf"` or `"-inf"`.
  public var description: String {
    switch self {
    case .finite(let value): value.description
    case .infinite: "inf"
    case .minusInfinite: "-inf"
    }
  }
}

/// An optimum in rational numbers, proven: level E4.
public struct ExactSolution: Sendable, Equatable {
  /// v(s), shape (S).
  public let values: [ExactValue]
  /// μ₀ᵀ v.
  public let objective: ExactValue
  /// The same, rounded once, with its policy.
  public let rounded: Solution
  /// How the numbers of the input were read, in words.
  public let source: String

  init(
    values: [ExactValue], policy: [Int], model: RationalModel, method: String, solveCount: Int, tolerance: Tolerance
  ) {
    self.values = values
    source = model.source
    var sum = Rational(0)
    var infinite = (plus: false, minus: false)
    for (p, v) in zip(model.initialDistribution, values) where p.sign > 0 {
      switch v {
      case .finite(let value): sum = sum + p * value
      case .infinite: infinite.plus = true
      case .minusInfinite: infinite.minus = true
      }
    }
    let objective: ExactValue = infinite.plus ? .infinite : infinite.minus ? .minusInfinite : .finite(sum)
    self.objective = objective
    let doubles = values.map(\.double)
    let error = values.reduce(0.0) { bound, value in
      guard case .finite(let rational) = value else { return bound }
      return max(bound, rational.roundingError)
    }
    rounded = Solution(
      values: doubles, policy: policy, objective: objective.double,
      objectiveBounds: objective.enclosure,
      guarantee: Guarantee(
        level: .exactValue, errorBound: error, policyLoss: 0,
        tolerance: tolerance.absolute(for: doubles.filter(\.isFinite).largestMagnitude), ending: .converged,
        proof: "every action compared in rational arithmetic; values rounded once"),
      method: method, iterations: solveCount)
  }

  /// Whether two solutions have the same values, policy and reading of the input.
  public static func == (left: ExactSolution, right: ExactSolution) -> Bool {
    left.values == right.values && left.rounded.policy == right.rounded.policy && left.source == right.source
  }
}

extension Rational {
  /// At least |nearest double − self|.
  fileprivate var roundingError: Double {
    let interval = enclosure
    return interval.upperBound == interval.lowerBound ? 0 : (interval.upperBound - interval.lowerBound).nextUp / 2
  }
}

/// Solves in rational numbers: floating point finds a policy, exact arithmetic proves or repairs it.
///
/// Source: Dixon (1982); Bauer et al., Sound mathematical programming and model checking in rationals (2017); the policy
/// of a float solve is optimal almost always, so that one exact linear solve and one exact comparison of every action
/// that floating point leaves undecided are all that is needed.
public struct ExactSolver: Sendable {
  /// Tolerance for the report, limits and threads of the float solve.
  public var options: SolverOptions

  /// An exact solver.
  public init(options: SolverOptions = SolverOptions()) { self.options = options }

  /// Optimal discounted values.
  ///
  /// - Throws: ``SolverError/discountOutOfRange(discount:largestRowSumDefect:)``, ``SolverError/exactSystem(_:)``.
  public func solve(_ model: RationalModel, direction: Direction = .maximise) throws(SolverError) -> ExactSolution {
    let mdp = model.mdp
    let float = try DiscountedProblem(mdp, pairReward: model.roundedRewards, direction: direction).solve(
      using: AutomaticSolver(options: options))
    let sign = Rational(direction == .maximise ? 1 : -1)
    let problem = RationalProblem(
      stateCount: mdp.stateCount, actionCount: mdp.actionCount, rowStarts: model.rows.rowStarts,
      columns: model.rows.columns, weights: model.probabilities.map { $0 * model.discount },
      rewards: model.rewards.enumerated().map { (mdp.availability?[$0] ?? true) ? sign * $1 : nil })
    let answer = try problem.solve(from: float.policy.map { Int32($0) }, keepsPolicy: false)
    return ExactSolution(
      values: answer.values.map { .finite(sign * $0) }, policy: answer.policy.map { Int($0) }, model: model,
      method: "\(float.method), then policy iteration in rationals", solveCount: answer.solveCount,
      tolerance: options.tolerance)
  }

  /// The optimal probabilities to reach a set.
  ///
  /// - Throws: as ``Reachability/solve(_:)``, and ``SolverError/exactSystem(_:)``.
  public func solve(_ criterion: Reachability, _ model: RationalModel) throws(SolverError) -> ExactSolution {
    try solve(try criterion.stoppingTask(model.mdp), model, rewards: nil)
  }

  /// The optimal expected total reward.
  ///
  /// - Throws: as ``TotalReward/solve(_:pairReward:)``, and ``SolverError/exactSystem(_:)``.
  public func solve(_ criterion: TotalReward, _ model: RationalModel) throws(SolverError) -> ExactSolution {
    try solve(
      try criterion.stoppingTask(model.mdp, pairReward: model.roundedRewards), model, rewards: model.rewards)
  }

  private func solve(
    _ task: StoppingTask, _ model: RationalModel, rewards: [Rational]?
  ) throws(SolverError) -> ExactSolution {
    let stopping = task.problem(threads: options.threads)
    var values: [ExactValue] = task.knownValues.map {
      $0 == .infinity ? .infinite : $0 == -.infinity ? .minusInfinite : .finite(Rational(Int($0)))
    }
    var policy = task.knownPolicy
    var method = "graph search"
    var solveCount = 0
    if stopping.coreState.contains(where: { $0 >= 0 }) {
      let float = StoppingSolver(problem: stopping, options: options).solve(from: stopping.policyThatEnds())
      let problem = stopping.rational(task, model, rewards: rewards)
      let start = stopping.ends(float.policy) ? float.policy : stopping.policyThatEnds()
      let answer = try problem.solve(from: start, keepsPolicy: true)
      let sign = Rational(task.sign < 0 ? -1 : 1)
      for s in values.indices where stopping.coreState[s] >= 0 {
        values[s] = .finite(sign * answer.values[Int(stopping.coreState[s])])
      }
      policy = stopping.extend(answer.policy, known: policy, components: task.components, graph: task.graph)
      method = "graph search, \(float.method), then policy iteration in rationals"
      solveCount = answer.solveCount
    }
    return ExactSolution(
      values: values, policy: policy, model: model, method: method, solveCount: solveCount,
      tolerance: options.tolerance)
  }
}

extension RationalModel {
  /// The rewards rounded to doubles.
  var roundedRewards: [Double] { rewards.map { Double($0) } }
}

extension StoppingProblem {
  /// The same problem in rationals.
  func rational(_ task: StoppingTask, _ model: RationalModel, rewards: [Rational]?) -> RationalProblem {
    let width = bellman.actionCount
    let one = task.ones?.contains(true) == true ? Int32(bellman.stateCount - 1) : nil
    let sign = Rational(task.sign < 0 ? -1 : 1)
    var rowStarts = [0]
    var columns: [Int32] = []
    var weights: [Rational] = []
    var exactRewards: [Rational?] = []
    for row in 0..<(bellman.stateCount * width) {
      let k = Int(origin[row])
      if bellman.rewards[row] == -.infinity {
        exactRewards.append(nil)
      } else if k < 0 {
        exactRewards.append(Rational(Int(bellman.rewards[row])))
      } else {
        exactRewards.append(rewards.map { sign * $0[k] } ?? 0)
        var merged: [Int32: Rational] = [:]
        for j in model.rows.positions(ofRow: k) where model.rows.values[j] > 0 {
          let t = Int(model.rows.columns[j])
          if coreState[t] >= 0 {
            merged[coreState[t], default: 0] = merged[coreState[t], default: 0] + model.probabilities[j]
          } else if let one, task.ones?[t] == true {
            merged[one, default: 0] = merged[one, default: 0] + model.probabilities[j]
          }
        }
        for (t, weight) in merged.sorted(by: { $0.key < $1.key }) {
          columns.append(t)
          weights.append(weight)
        }
      }
      rowStarts.append(columns.count)
    }
    return RationalProblem(
      stateCount: bellman.stateCount, actionCount: width, rowStarts: rowStarts, columns: columns, weights: weights,
      rewards: exactRewards)
  }

  /// Whether a policy ends from every state: each state leads to the end with positive probability.
  func ends(_ policy: [Int32]) -> Bool {
    let width = bellman.actionCount
    let allowed = staysInside.indices.map { staysInside[$0] && Int(policy[$0 / width]) == $0 % width }
    return EndComponents(bellman.transitions.sparseRows, actionCount: width, allowed: allowed).count == 0
  }
}
