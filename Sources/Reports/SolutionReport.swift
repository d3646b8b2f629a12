public import JSON
internal import LinearAlgebra
public import MDPSolvers
public import MDPs

/// An answer that can be printed for readers and for programs.
public protocol Report: Sendable {
  /// The answer as one JSON object.
  var json: JSONValue { get }
  /// The answer on a screen.
  var text: String { get }
}

/// What was asked of `solve`: the world, the reward, the criterion and the direction.
public struct SolvedQuestion: Sendable {
  /// The world.
  public var mdp: MDP
  /// The name of the reward, or of the target set.
  public var reward: String
  /// What was optimised, as on the command line.
  public var criterion: String
  /// Whether large or small is good.
  public var direction: Direction
  /// Whether the discount of the world counts.
  public var isDiscounted: Bool

  /// A question made of its parts.
  public init(mdp: MDP, reward: String, criterion: String, direction: Direction, isDiscounted: Bool) {
    self.mdp = mdp
    self.reward = reward
    self.criterion = criterion
    self.direction = direction
    self.isDiscounted = isDiscounted
  }
}

/// The answer of `solve`, for readers and for programs: values, policy, objective, and what is proven about them.
public struct SolutionReport: Report {
  private let question: SolvedQuestion
  private let answer: SolutionSummary

  /// The report of `solution`, which answers `question`.
  public init(_ solution: some SummarisedSolution, to question: SolvedQuestion) {
    self.question = question
    answer = solution.summary
  }

  private var errorBound: Double {
    switch answer.proof {
    case .guarantee(let guarantee): guarantee.errorBound
    case .bounded(let error, _): error
    }
  }

  private var actions: [Int]? {
    if case .deterministic(let actions)? = answer.policy { actions } else { nil }
  }

  private var policyJSON: JSONValue {
    switch answer.policy {
    case .deterministic(let actions): .integers(actions)
    case .stochastic(let matrix): .array((0..<matrix.rowCount).map { .numbers(matrix.row($0)) })
    case nil: .null
    }
  }

  /// `{"states", "actions", "reward", "criterion", "direction", "discount", "method", "value", "policy", "objective",
  /// "lower", "upper", "errorBound", "policyLoss", "level", "proof", "ending", "tolerance", "iterations"}` and what the
  /// criterion adds. A number that is infinite or unknown is `null`, and `reason` says why.
  public var json: JSONValue {
    let mdp = question.mdp
    var members: [JSONValue.Member] = [
      .init("states", .integer(mdp.stateCount)), .init("actions", .integer(mdp.actionCount)),
      .init("reward", .string(question.reward)), .init("criterion", .string(question.criterion)),
      .init("direction", .string(question.direction.rawValue)),
    ]
    if question.isDiscounted { members.append(.init("discount", .number(mdp.discount))) }
    members += [
      .init("method", .string(answer.method)), .init("value", .numbers(answer.values)), .init("policy", policyJSON),
      .init("objective", .finite(answer.objective)), .init("lower", .finite(answer.objectiveBounds.lowerBound)),
      .init("upper", .finite(answer.objectiveBounds.upperBound)), .init("errorBound", .finite(errorBound)),
    ]
    switch answer.proof {
    case .guarantee(let guarantee):
      members += [
        .init("policyLoss", .finite(guarantee.policyLoss)), .init("level", .string(guarantee.level.name)),
        .init("proof", .string(guarantee.proof)), .init("ending", .string(guarantee.ending.rawValue)),
        .init("tolerance", .finite(guarantee.tolerance)),
      ]
    case .bounded(_, let proof): members += [.init("level", "E2"), .init("proof", .string(proof))]
    }
    members.append(.init("iterations", .integer(answer.iterations)))
    if let reason { members.append(.init("reason", .string(reason))) }
    return .object(members + answer.extras)
  }

  /// Why something in the JSON answer is `null`; nil when nothing is.
  private var reason: String? {
    var reasons: [String] = []
    let infinite = answer.values.count { !$0.isFinite }
    let bounds = answer.objectiveBounds
    if infinite > 0 { reasons.append("the value of \(infinite) states is infinite; null stands for it") }
    if !errorBound.isFinite {
      reasons.append("nothing is proven about the values; null stands for bounds that are not known")
    } else if infinite == 0, !bounds.lowerBound.isFinite || !bounds.upperBound.isFinite {
      reasons.append("no bound of the objective is known on the side that is null")
    }
    if answer.policy == nil { reasons.append("no step is taken, so that there is no policy") }
    return reasons.isEmpty ? nil : reasons.joined(separator: "; ")
  }

  /// The answer on a screen: what was solved, the objective with its bounds, and the first states.
  public var text: String {
    let mdp = question.mdp
    let bounds = answer.objectiveBounds
    let proof =
      switch answer.proof {
      case .guarantee(let guarantee): "\(guarantee.level.name): \(guarantee.proof)"
      case .bounded(_, let proof): "E2: \(proof)"
      }
    var lines = [
      "\(question.criterion), \(question.direction == .maximise ? "largest" : "smallest") \(question.reward)"
        + (question.isDiscounted ? ", discount \(mdp.discount)" : "")
        + ": \(mdp.stateCount) states, \(mdp.actionCount) actions",
      "objective  \(answer.objective.readable(digits: 12))"
        + (errorBound < .infinity && answer.objective.isFinite
          ? "  in [\(bounds.lowerBound.readable(digits: 15)), \(bounds.upperBound.readable(digits: 15))]" : ""),
      "error      at most \(errorBound.readable(digits: 3)) in any state (\(proof))",
    ]
    if case .guarantee(let guarantee) = answer.proof {
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
    lines.append("method     \(answer.method), \(answer.iterations) iterations")
    lines += answer.notes
    var table = TextTable(header: ["state", "value", "action"], alignments: [.left, .right, .left])
    let shown = min(answer.values.count, 20)
    let actions = actions
    for s in 0..<shown {
      let action = actions.map { mdp.actionName($0[s]) } ?? (answer.policy == nil ? "" : "mixed")
      table.append(mdp.stateName(s), answer.values[s].readable(digits: 10), action)
    }
    return lines.joined(separator: "\n") + "\n\n" + table.text()
      + (shown < answer.values.count ? "… and \(answer.values.count - shown) more; --json prints all\n" : "")
  }
}
