internal import JSON
public import MDPSolvers
internal import MDPs

extension EntropicSolution: SummarisedSolution {
  /// `policy` is that of the first step; `policyPhases` says which actions hold from which step on, `tailPolicy` what to
  /// play after `horizon` steps.
  public var summary: SolutionSummary {
    let runs: [JSONValue] = phases.map { ["from": .integer($0.firstStep), "policy": .integers($0.policy)] }
    var extras: [JSONValue.Member] = [.init("horizon", .integer(horizon)), .init("policyPhases", .array(runs))]
    if let tailPolicy { extras.append(.init("tailPolicy", .integers(tailPolicy))) }
    return solution.adding(
      extras,
      notes: [
        "policy     depends on time: \(phases.count) phases in \(horizon) steps"
          + (tailPolicy == nil ? "" : ", then risk-neutral")
      ])
  }
}

extension ExpectedMinimumSolution: SummarisedSolution {
  /// `policy` is that of the first step; `policyByWorst` lists [state, worst reward so far, action] for later ones.
  public var summary: SolutionSummary {
    let later: [JSONValue] = choices.map { [.integer($0.state), .number($0.worst), .integer($0.action)] }
    return solution.adding(
      [.init("policyByWorst", .array(later))],
      notes: ["policy     depends on the worst reward so far: \(choices.count) choices"])
  }
}
