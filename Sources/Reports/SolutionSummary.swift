public import JSON
internal import LinearAlgebra
public import MDPSolvers
public import MDPs

/// What every answer to a decision problem tells, whatever the criterion: the one form that reports are made from.
public struct SolutionSummary: Sendable {
  /// What is proven about the values.
  public enum Proof: Sendable {
    /// All that a solver with a tolerance promises.
    case guarantee(Guarantee)
    /// A bound that holds in floating point, from a method that aims at no tolerance.
    case bounded(error: Double, proof: String)
  }

  /// The algorithm, in words.
  public var method: String
  /// One number a state, shape (S).
  public var values: [Double]
  /// What to play; nil when nothing is played.
  public var policy: Policy?
  /// The value of the start distribution.
  public var objective: Double
  /// Where the true objective lies for certain.
  public var objectiveBounds: ClosedRange<Double>
  /// What is proven.
  public var proof: Proof
  /// As the method counts them.
  public var iterations: Int
  /// What the criterion adds to the JSON answer.
  public var extras: [JSONValue.Member]
  /// What the criterion adds to the text, a line each.
  public var notes: [String]

  /// A summary made of its parts.
  public init(
    method: String, values: [Double], policy: Policy?, objective: Double, objectiveBounds: ClosedRange<Double>,
    proof: Proof, iterations: Int, extras: [JSONValue.Member] = [], notes: [String] = []
  ) {
    self.method = method
    self.values = values
    self.policy = policy
    self.objective = objective
    self.objectiveBounds = objectiveBounds
    self.proof = proof
    self.iterations = iterations
    self.extras = extras
    self.notes = notes
  }
}

/// An answer that `solve` can print.
public protocol SummarisedSolution: Sendable {
  /// What it tells.
  var summary: SolutionSummary { get }
}

extension SolutionSummary: SummarisedSolution {
  /// Itself.
  public var summary: SolutionSummary { self }
}

extension SummarisedSolution {
  /// The same answer with more to tell.
  ///
  /// - Parameters:
  ///   - extras: further members of the JSON answer.
  ///   - notes: further lines of the text.
  /// - Returns: its summary with both.
  public func adding(_ extras: [JSONValue.Member], notes: [String] = []) -> SolutionSummary {
    var summary = summary
    summary.extras += extras
    summary.notes += notes
    return summary
  }
}

extension Solution: SummarisedSolution {
  /// Values, policy and guarantee.
  public var summary: SolutionSummary {
    SolutionSummary(
      method: method, values: values, policy: optimalPolicy, objective: objective, objectiveBounds: objectiveBounds,
      proof: .guarantee(guarantee), iterations: iterations)
  }
}

extension ExactSolution: SummarisedSolution {
  /// The rounded solution, with `"exact": {"objective", "value", "input"}`.
  public var summary: SolutionSummary { summary(exactly: []) }
}

extension PolicyValue {
  /// What is known of the values of `policy`, the one that was evaluated.
  public func summary(of policy: Policy) -> SolutionSummary {
    SolutionSummary(
      method: "policy evaluation (\(method))", values: values, policy: policy, objective: expectedReturn,
      objectiveBounds: expectedReturnBounds, proof: .guarantee(guarantee), iterations: 1)
  }
}

extension FiniteHorizonSolution {
  /// What is known when all steps remain; `policy` is the one that was evaluated, nil when the best was sought.
  ///
  /// In JSON `policy` holds the first step; `policySteps[t]` the actions at step t, first step first.
  public func summary(of policy: Policy? = nil) -> SolutionSummary {
    let steps = values.count - 1
    let actions: [JSONValue] = policies.reversed().map { .integers($0) }
    return SolutionSummary(
      method: "backward induction", values: values.last ?? [],
      policy: policy ?? policies.last.map { .deterministic($0) }, objective: objective,
      objectiveBounds: objectiveBounds,
      proof: .bounded(error: errorBound, proof: "rounding of every step carried to the last"), iterations: steps,
      extras: [.init("horizon", .integer(steps))] + (policy == nil ? [.init("policySteps", .array(actions))] : []))
  }
}

extension AverageSolution: SummarisedSolution {
  /// `value` holds the gain of every state, `bias` the bias.
  public var summary: SolutionSummary {
    SolutionSummary(
      method: method, values: gain, policy: .deterministic(policy), objective: objective,
      objectiveBounds: objectiveBounds, proof: .guarantee(guarantee), iterations: iterations,
      extras: [
        .init("bias", .numbers(bias)), .init("constantGain", .bool(hasConstantGain)),
        .init("structure", .string(structure.kind.rawValue)),
        .init("recurrentClasses", .array(recurrentClasses.map { .integers($0) })),
      ],
      notes: [
        "chain      \(structure.kind.rawValue) model, \(recurrentClasses.count) recurrent classes under the policy",
        "           the value of a state is its gain",
      ])
  }
}

extension BlackwellSolution: SummarisedSolution {
  /// `value` holds the gain of every state, `bias` the bias; `exact` both in rationals, `tiedActions` all choices.
  public var summary: SolutionSummary {
    let exact: JSONValue = [
      "objective": .string(objective.description), "value": .array(gain.map { .string($0.description) }),
      "bias": .array(bias.map { .string($0.description) }), "input": .string(source),
    ]
    let tied = ties.count { $0.count > 1 }
    return SolutionSummary(
      method: "lexicographic policy iteration in rationals", values: gain.map { Double($0) },
      policy: .deterministic(policy), objective: Double(objective), objectiveBounds: objective.enclosure,
      proof: .guarantee(guarantee), iterations: iterations,
      extras: [
        .init("bias", .numbers(bias.map { Double($0) })), .init("termsCompared", .integer(termCount)),
        .init("tiedActions", .array(ties.map { .integers($0) })), .init("exact", exact),
      ],
      notes: [
        "exact      \(objective)", "input      \(source)",
        "terms      \(termCount) of the series in 1 − discount compared; \(tied) states have several optimal actions",
        "           the value of a state is its gain",
      ])
  }
}

extension RegularisedSolution: SummarisedSolution {
  /// Values, the stochastic policy and the guarantee.
  public var summary: SolutionSummary {
    SolutionSummary(
      method: method, values: values, policy: policy, objective: objective, objectiveBounds: objectiveBounds,
      proof: .guarantee(guarantee), iterations: iterations)
  }
}

extension ConstrainedSolution {
  /// Values and policy; `constraints`, those that it was found under, say what is spent and what a limit is worth.
  public func summary(under constraints: [ReturnConstraint]) -> SolutionSummary {
    let spent: [JSONValue] = constraints.indices.map { i in
      [
        "cost": .string(constraints[i].cost.name), "limit": .number(constraints[i].limit),
        "return": .finite(constraintReturns[i]), "multiplier": .finite(multipliers[i]),
      ]
    }
    return SolutionSummary(
      method: "linear program of occupancies", values: values, policy: policy, objective: objective,
      objectiveBounds: objectiveBounds,
      proof: .bounded(
        error: errorBound,
        proof:
          "values of the policy by their residual; lower and upper enclose the constrained optimum by Lagrangian duality"
      ), iterations: iterations,
      extras: [.init("constraints", .array(spent)), .init("violation", .finite(violation))],
      notes: constraints.indices.map { i in
        "limit      \(constraints[i].cost.name) \(constraintReturns[i].readable(digits: 10)) of "
          + "\(constraints[i].limit.readable(digits: 10)), one more is worth \(multipliers[i].readable())"
      })
  }
}
