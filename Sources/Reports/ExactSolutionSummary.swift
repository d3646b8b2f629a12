public import JSON
internal import LinearAlgebra
public import MDPSolvers
internal import MDPs

extension ExactSolution {
  /// The rounded solution, with `"exact": {"objective", "value", "input"}` and further members of the latter.
  public func summary(exactly more: [JSONValue.Member]) -> SolutionSummary {
    let members: [JSONValue.Member] = [
      .init("objective", .string(objective.description)),
      .init("value", .array(values.map { .string($0.description) })),
    ]
    return rounded.adding(
      [.init("exact", .object(members + more + [.init("input", .string(source))]))],
      notes: ["exact      \(objective)", "input      \(source)"])
  }

  /// As the values of a policy that was given.
  public func summary(of policy: RationalPolicy) -> SolutionSummary {
    var summary = summary(exactly: [.init("policy", .policy(policy))])
    summary.policy = policy.simplest
    summary.method = "policy evaluation in rationals"
    return summary
  }
}

extension RationalPolicy {
  /// In doubles; one action a state where no state mixes.
  fileprivate var simplest: Policy {
    let actions = (0..<stateCount).map { s in
      (0..<actionCount).first { probabilities[s * actionCount + $0] == 1 }
    }
    return actions.contains(nil) ? rounded : .deterministic(actions.compactMap(\.self))
  }
}

extension ExactFiniteHorizonSolution: SummarisedSolution {
  /// What is known when all steps remain; `policySteps[t]` has the actions at step t, first step first.
  public var summary: SolutionSummary {
    let actions: [JSONValue] = policies.reversed().map { .integers($0) }
    return solution.adding([.init("horizon", .integer(policies.count)), .init("policySteps", .array(actions))])
  }

  /// As the values of a policy that was given.
  public func summary(of policy: RationalPolicy) -> SolutionSummary {
    solution.summary(of: policy).adding([.init("horizon", .integer(policies.count))])
  }
}

extension ExactAverageSolution: SummarisedSolution {
  /// `value` holds the gain of every state, `bias` the bias, both also in rationals.
  public var summary: SolutionSummary {
    solution.summary(exactly: [.init("bias", .fractions(bias))]).adding(chain, notes: chainNotes)
  }

  /// As the values of a policy that was given.
  public func summary(of policy: RationalPolicy) -> SolutionSummary {
    var summary = solution.summary(exactly: [.init("bias", .fractions(bias)), .init("policy", .policy(policy))])
    summary.policy = policy.simplest
    summary.method = "policy evaluation in rationals"
    return summary.adding(chain, notes: chainNotes)
  }

  private var chain: [JSONValue.Member] {
    [
      .init("bias", .numbers(bias.map { Double($0) })), .init("constantGain", .bool(hasConstantGain)),
      .init("recurrentClasses", .array(recurrentClasses.map { .integers($0) })),
    ]
  }

  private var chainNotes: [String] {
    ["chain      \(recurrentClasses.count) recurrent classes under the policy; the value of a state is its gain"]
  }
}

extension ExactConstrainedSolution {
  /// Values and policy, also in rationals; `constraints`, those that it was found under, say what is spent and what a
  /// limit is worth.
  public func summary(under constraints: [RationalConstraint]) -> SolutionSummary {
    func spent(_ number: (Rational) -> JSONValue) -> JSONValue {
      .array(
        constraints.indices.map { i in
          [
            "cost": .string(constraints[i].name), "limit": number(constraints[i].limit),
            "return": number(constraintReturns[i]), "multiplier": number(multipliers[i]),
          ]
        })
    }
    let error = values.map { $0.enclosure.upperBound - $0.enclosure.lowerBound }.max() ?? 0
    let exact: JSONValue = [
      "objective": .fraction(objective), "value": .fractions(values), "policy": .policy(policy),
      "constraints": spent(JSONValue.fraction), "input": .string(source),
    ]
    return SolutionSummary(
      method: "linear program of occupancies, its basis solved in rationals", values: values.map { Double($0) },
      policy: policy.rounded, objective: Double(objective), objectiveBounds: objective.enclosure,
      proof: .guarantee(
        Guarantee(
          level: .exactValue, errorBound: error, policyLoss: 0, tolerance: error, ending: .converged,
          proof: "primal and dual checked in rational arithmetic; values rounded once")), iterations: pivots,
      extras: [
        .init("constraints", spent { .finite(Double($0)) }), .init("violation", .number(0)), .init("exact", exact),
      ],
      notes: constraints.indices.map { i in
        "limit      \(constraints[i].name) \(constraintReturns[i]) of \(constraints[i].limit), one more is worth "
          + "\(multipliers[i])"
      } + ["exact      \(objective)", "input      \(source)"])
  }
}
