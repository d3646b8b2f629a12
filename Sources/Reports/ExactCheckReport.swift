public import JSON
public import LinearAlgebra
internal import MDPSolvers
public import MDPs
public import RewardDistances
public import RewardInvariance

/// A check of two rewards in rational numbers, as one JSON object and as text.
public struct ExactCheckReport: Sendable {
  private let names: (first: String, second: String)
  private let mdp: MDP
  private let findings: [ExactFinding]
  private let regret: (found: ExactWorstCaseRegret, limit: Rational)?
  private let source: String

  /// The report of findings, and of the regret beside its limit where one was asked for.
  public init(
    _ findings: [ExactFinding], regret: (found: ExactWorstCaseRegret, limit: Rational)?, first: String, second: String,
    mdp: MDP, source: String
  ) {
    self.findings = findings
    self.regret = regret
    names = (first, second)
    self.mdp = mdp
    self.source = source
  }

  /// Whether everything that was asked for holds.
  public var holds: Bool {
    findings.allSatisfy(\.holds) && (regret.map { $0.found.normalised <= $0.limit } ?? true)
  }

  /// The check as one JSON object.
  public var json: JSONValue {
    [
      "first": .string(names.first), "second": .string(names.second), "holds": .bool(holds), "exact": true,
      "relations": .array(findings.map(json)),
      "limits": .array(
        regret.map {
          [
            [
              "quantity": "regret", "value": .fraction($0.found.normalised), "limit": .fraction($0.limit),
              "holds": .bool($0.found.normalised <= $0.limit),
            ]
          ]
        } ?? []),
      "regretWitness": regret.map {
        [
          "chosen": .policy($0.found.witness.chosen), "forgone": .policy($0.found.witness.forgone),
          "trueReturns": .fractions($0.found.witness.trueReturns),
          "proxyReturns": .fractions($0.found.witness.proxyReturns),
        ]
      } ?? .null,
      "input": .string(source),
    ]
  }

  private func json(_ finding: ExactFinding) -> JSONValue {
    var members: [JSONValue.Member] = [.init("relation", .string(finding.relation.name))]
    switch finding.verdict {
    case .holds: members += [.init("verdict", "holds"), .init("residual", "0")]
    case .fails: members.append(.init("verdict", "fails"))
    case .undecided(let reason): members += [.init("verdict", "undecided"), .init("reason", .string(reason))]
    }
    switch finding.evidence {
    case nil: break
    case .certificate(let scale, let potential):
      members.append(
        .init("certificate", ["scale": .fraction(scale), "potential": .fractions(potential)]))
    case .order(let pair): members.append(.init("counterexample", .counterexample(pair)))
    case .separating(let found):
      members.append(
        .init(
          "separatingPolicy",
          [
            "policy": .policy(found.policy), "optimalFor": .string(found.isOptimalForFirst ? "first" : "second"),
            "firstReturn": .fraction(found.returns[0]), "firstOptimum": .fraction(found.optima[0]),
            "secondReturn": .fraction(found.returns[1]), "secondOptimum": .fraction(found.optima[1]),
          ]))
    case .place(let s, let a, let t):
      members.append(
        .init("worst", ["state": .integer(s), "action": .integer(a), "next": t.map { .integer($0) } ?? .null]))
    case .potential(let s, let value):
      members.append(.init("potentialFault", ["state": .integer(s), "potential": .fraction(value)]))
    }
    return .object(members)
  }

  /// The check as text: a line for each requirement.
  public var text: String {
    var table = TextTable(alignments: [.left, .left, .left])
    for finding in findings {
      let (verdict, note): (String, String) =
        switch finding.verdict {
        case .holds: ("holds", summary(finding))
        case .fails: ("FAILS", summary(finding))
        case .undecided(let reason): ("undecided", reason)
        }
      table.append(finding.relation.name, verdict, note)
    }
    if let regret {
      table.append(
        "regret", regret.found.normalised <= regret.limit ? "holds" : "FAILS",
        "\(regret.found.normalised), limit \(regret.limit)")
    }
    return table.text() + "Decided in rational numbers: \(source).\n"
  }

  private func summary(_ finding: ExactFinding) -> String {
    switch finding.evidence {
    case nil: ""
    case .certificate(let scale, _): "scale \(scale), residual exactly 0"
    case .order(let pair):
      "two policies: \(names.first) \(returns(pair.trueReturns)), \(names.second) \(returns(pair.proxyReturns))"
    case .separating(let found):
      "a policy optimal for \(found.isOptimalForFirst ? names.first : names.second) alone"
    case .place(let s, let a, let t):
      "contradicted in state \(mdp.stateName(s)), action \(mdp.actionName(a))"
        + (t.map { ", next state \(mdp.stateName($0))" } ?? "")
    case .potential(let s, let value): "the potential of state \(mdp.stateName(s)) would be \(value)"
    }
  }

  private func returns(_ pair: [Rational]) -> String { pair.map(\.description).joined(separator: " and ") }
}
