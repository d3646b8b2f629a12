public import JSON
internal import LinearAlgebra
public import MDPSolvers
public import MDPs

/// The answer of `solve`, for readers and for programs: values, policy, objective, and what is proven about them.
public struct SolutionReport: Sendable {
  private let mdp: MDP
  private let reward: String
  private let criterion: String
  private let direction: Direction
  private let method: String
  private let values: ValueFunction
  private let policy: JSONValue
  private let actions: [Int]?
  private let objective: Double
  private let bounds: ClosedRange<Double>
  private let guarantee: Guarantee?
  private let errorBound: Double
  private let iterations: Int
  private let extras: [JSONValue.Member]
  private let notes: [String]

  /// The report of an optimal solution.
  ///
  /// - Parameters:
  ///   - solution: what was found.
  ///   - mdp: the world.
  ///   - reward: the name of the reward, or of the target set.
  ///   - criterion: what was optimised, as on the command line.
  ///   - direction: whether large or small is good.
  ///   - extras: further members of the JSON answer.
  ///   - notes: further lines of the text.
  public init(
    _ solution: Solution, mdp: MDP, reward: String, criterion: String, direction: Direction,
    extras: [JSONValue.Member] = [], notes: [String] = []
  ) {
    self.mdp = mdp
    self.reward = reward
    self.criterion = criterion
    self.direction = direction
    method = solution.method
    values = solution.values
    policy = .integers(solution.policy)
    actions = solution.policy
    objective = solution.objective
    bounds = solution.objectiveBounds
    guarantee = solution.guarantee
    errorBound = solution.guarantee.errorBound
    iterations = solution.iterations
    self.extras = extras
    self.notes = notes
  }

  /// The report of an exact solution: `"exact": {"objective", "value", "input"}` beside the rounded numbers.
  public init(
    _ solution: ExactSolution, mdp: MDP, reward: String, criterion: String, direction: Direction,
    extras: [JSONValue.Member] = []
  ) {
    let exact: JSONValue = [
      "objective": .string(solution.objective.description),
      "value": .array(solution.values.map { .string($0.description) }),
      "input": .string(solution.source),
    ]
    self.init(
      solution.rounded, mdp: mdp, reward: reward, criterion: criterion, direction: direction,
      extras: extras + [.init("exact", exact)],
      notes: ["exact      \(solution.objective)", "input      \(solution.source)"])
  }

  /// The report of the values of a given policy.
  public init(_ value: PolicyValue, of policy: Policy, mdp: MDP, reward: String) {
    self.mdp = mdp
    self.reward = reward
    criterion = "discounted"
    direction = .maximise
    method = "policy evaluation (\(value.method))"
    values = value.values
    (self.policy, actions) = Self.json(policy)
    objective = value.expectedReturn
    bounds = value.expectedReturnBounds
    guarantee = value.guarantee
    errorBound = value.guarantee.errorBound
    iterations = 1
    extras = []
    notes = []
  }

  /// The report of a finite-horizon solution; `policy` is the one that was evaluated, nil when the best was sought.
  ///
  /// In JSON `policy` holds the first step; `policySteps[t]` the actions at step t, first step first.
  public init(
    _ solution: FiniteHorizonSolution, of policy: Policy? = nil, mdp: MDP, reward: String, direction: Direction
  ) {
    self.mdp = mdp
    self.reward = reward
    criterion = "finite-horizon"
    self.direction = direction
    method = "backward induction"
    values = solution.values.last ?? []
    if let policy {
      (self.policy, actions) = Self.json(policy)
    } else {
      actions = solution.policies.last
      self.policy = solution.policies.last.map { .integers($0) } ?? .null
    }
    objective = solution.objective
    bounds = solution.objectiveBounds
    guarantee = nil
    errorBound = solution.errorBound
    iterations = solution.values.count - 1
    extras =
      [.init("horizon", .integer(solution.values.count - 1))]
      + (policy == nil ? [.init("policySteps", .array(solution.policies.reversed().map { .integers($0) }))] : [])
    notes = []
  }

  /// The report of an average-reward solution: `value` holds the gain of every state, `bias` the bias.
  public init(_ solution: AverageSolution, mdp: MDP, reward: String, direction: Direction) {
    self.mdp = mdp
    self.reward = reward
    criterion = "average"
    self.direction = direction
    method = solution.method
    values = solution.gain
    policy = .integers(solution.policy)
    actions = solution.policy
    objective = solution.objective
    bounds = solution.objectiveBounds
    guarantee = solution.guarantee
    errorBound = solution.guarantee.errorBound
    iterations = solution.iterations
    extras = [
      .init("bias", .numbers(solution.bias)), .init("constantGain", .bool(solution.hasConstantGain)),
      .init("recurrentClasses", .array(solution.recurrentClasses.map { .integers($0) })),
    ]
    notes = [
      "chain      \(solution.recurrentClasses.count) recurrent classes under the policy; the value of a state is its gain"
    ]
  }

  /// The report of a regularised solution; its policy is stochastic.
  public init(_ solution: RegularisedSolution, mdp: MDP, reward: String, temperature: Double, direction: Direction) {
    self.mdp = mdp
    self.reward = reward
    criterion = "soft"
    self.direction = direction
    method = solution.method
    values = solution.values
    (policy, actions) = Self.json(solution.policy)
    objective = solution.objective
    bounds = solution.objectiveBounds
    guarantee = solution.guarantee
    errorBound = solution.guarantee.errorBound
    iterations = solution.iterations
    extras = [.init("temperature", .number(temperature)), .init("discount", .number(mdp.discount))]
    notes = []
  }

  /// The report of a constrained solution: `constraints` says what is spent and what a limit is worth.
  public init(
    _ solution: ConstrainedSolution, constraints: [ReturnConstraint], mdp: MDP, reward: String, direction: Direction
  ) {
    self.mdp = mdp
    self.reward = reward
    criterion = "constrained"
    self.direction = direction
    method = "linear program of occupancies"
    values = solution.values
    (policy, actions) = Self.json(solution.policy)
    objective = solution.objective
    bounds = solution.objectiveBounds
    guarantee = nil
    errorBound = solution.errorBound
    iterations = solution.iterations
    let spent: [JSONValue] = constraints.indices.map { i in
      [
        "cost": .string(constraints[i].cost.name), "limit": .number(constraints[i].limit),
        "return": .finite(solution.constraintReturns[i]), "multiplier": .finite(solution.multipliers[i]),
      ]
    }
    extras = [
      .init("constraints", .array(spent)), .init("violation", .finite(solution.violation)),
      .init("discount", .number(mdp.discount)),
    ]
    notes = constraints.indices.map { i in
      "limit      \(constraints[i].cost.name) \(solution.constraintReturns[i].readable(digits: 10)) of "
        + "\(constraints[i].limit.readable(digits: 10)), one more is worth \(solution.multipliers[i].readable())"
    }
  }

  private static func json(_ policy: Policy) -> (JSONValue, [Int]?) {
    switch policy {
    case .deterministic(let actions): (.integers(actions), actions)
    case .stochastic(let matrix):
      (.array((0..<matrix.rowCount).map { .numbers(matrix.row($0)) }), nil)
    }
  }

  /// What is proven where the answer has no guarantee of its own.
  private var plainProof: String {
    criterion == "constrained"
      ? "values of the policy by their residual; lower and upper enclose the constrained optimum by Lagrangian duality"
      : "rounding of every step carried to the last"
  }

  /// `{"states", "actions", "reward", "criterion", "direction", "discount", "method", "value", "policy", "objective",
  /// "lower", "upper", "errorBound", "policyLoss", "level", "proof", "ending", "tolerance", "iterations"}` and what the
  /// criterion adds. A number that is infinite or unknown is `null`, and `reason` says why.
  public var json: JSONValue {
    var members: [JSONValue.Member] = [
      .init("states", .integer(mdp.stateCount)), .init("actions", .integer(mdp.actionCount)),
      .init("reward", .string(reward)), .init("criterion", .string(criterion)),
      .init("direction", .string(direction.rawValue)),
    ]
    if criterion == "discounted" { members.append(.init("discount", .number(mdp.discount))) }
    members += [
      .init("method", .string(method)), .init("value", .numbers(values)), .init("policy", policy),
      .init("objective", .finite(objective)), .init("lower", .finite(bounds.lowerBound)),
      .init("upper", .finite(bounds.upperBound)), .init("errorBound", .finite(errorBound)),
    ]
    if let guarantee {
      members += [
        .init("policyLoss", .finite(guarantee.policyLoss)), .init("level", .string(guarantee.level.name)),
        .init("proof", .string(guarantee.proof)), .init("ending", .string(guarantee.ending.rawValue)),
        .init("tolerance", .finite(guarantee.tolerance)),
      ]
    } else {
      members += [.init("level", "E2"), .init("proof", .string(plainProof))]
    }
    members.append(.init("iterations", .integer(iterations)))
    let infinite = values.filter { !$0.isFinite }.count
    if infinite > 0 {
      members.append(.init("reason", .string("the value of \(infinite) states is infinite; null stands for it")))
    }
    return .object(members + extras)
  }

  /// The answer on a screen: what was solved, the objective with its bounds, and the first states.
  public var text: String {
    var lines = [
      "\(criterion), \(direction == .maximise ? "largest" : "smallest") \(reward)"
        + (criterion == "discounted" ? ", discount \(mdp.discount)" : "")
        + ": \(mdp.stateCount) states, \(mdp.actionCount) actions",
      "objective  \(objective.readable(digits: 12))"
        + (errorBound < .infinity && objective.isFinite
          ? "  in [\(bounds.lowerBound.readable(digits: 15)), \(bounds.upperBound.readable(digits: 15))]" : ""),
      "error      at most \(errorBound.readable(digits: 3)) in any state"
        + (guarantee.map { " (\($0.level.name): \($0.proof))" } ?? " (E2: \(plainProof))"),
    ]
    if let guarantee {
      if guarantee.policyLoss > 0 {
        lines.append("policy     within \(guarantee.policyLoss.readable(digits: 3)) of optimal in every state")
      }
      switch guarantee.ending {
      case .converged: break
      case .toleranceNotReached:
        lines.append("note       floating point proves no tighter bound; the tolerance was \(guarantee.tolerance)")
      case .iterationLimit: lines.append("note       the iteration limit came before the tolerance")
      case .cancelled: lines.append("note       stopped before the tolerance was met")
      }
    }
    lines.append("method     \(method), \(iterations) iterations")
    lines += notes
    var table = TextTable(header: ["state", "value", "action"], alignments: [.left, .right, .left])
    let shown = min(values.count, 20)
    for s in 0..<shown {
      table.append(mdp.stateName(s), values[s].readable(digits: 10), actions.map { mdp.actionName($0[s]) } ?? "mixed")
    }
    return lines.joined(separator: "\n") + "\n\n" + table.text()
      + (shown < values.count ? "… and \(values.count - shown) more; --json prints all\n" : "")
  }
}
