public import JSON
internal import MDPs
internal import RewardDistances
public import RewardInvariance

/// A check of two rewards as one JSON object and as text, with the arguments in words when asked for.
public struct CheckReport: Sendable {
  private let result: RewardCheckResult

  /// The report of `result`.
  public init(_ result: RewardCheckResult) { self.result = result }

  /// The check as one JSON object.
  public var json: JSONValue {
    [
      "first": .string(result.first.name), "second": .string(result.second.name), "holds": .bool(result.holds),
      "relations": .array(result.findings.map(json)),
      "limits": .array(
        result.limits.map {
          [
            "quantity": .string($0.quantity), "value": .finite($0.value), "limit": .finite($0.limit),
            "holds": .bool($0.holds),
          ]
        }),
      "regretWitness": result.regret.map {
        [
          "chosen": policy($0.witness.chosen), "forgone": policy($0.witness.forgone),
          "trueReturns": .numbers($0.witness.trueReturns), "proxyReturns": .numbers($0.witness.proxyReturns),
        ]
      } ?? .null,
      "terminalFault": result.terminalFault.map {
        ["states": .integers($0.states), "potential": .numbers($0.potential), "scale": .finite($0.scale)]
      } ?? .null,
      "flags": .array(result.findings.compactMap(\.warning).map { .string($0) }),
    ]
  }

  /// The check as text: a line for each requirement.
  public var text: String {
    var table = TextTable(alignments: [.left, .left, .left])
    for finding in result.findings {
      let (verdict, note): (String, String) =
        switch finding.verdict {
        case .holds: ("holds", summary(finding))
        case .fails: ("FAILS", summary(finding))
        case .undecided(let reason): ("undecided", reason)
        }
      table.append(finding.relation.name, verdict, note)
    }
    for limit in result.limits {
      table.append(
        limit.quantity, limit.holds ? "holds" : "FAILS", "\(limit.value.readable()), limit \(limit.limit.readable())")
    }
    return table.text() + faultText
      + result.findings.compactMap(\.warning).map { "Note: \($0).\n" }.joined()
  }

  /// The arguments in words, one paragraph a requirement.
  public var explanation: String {
    let paragraphs = result.findings.map {
      "\($0.relation.name)\n"
        + Explanation($0, first: result.first, second: result.second, in: result.mdp).sentences.map { "  \($0)\n" }
        .joined()
    }
    let limits = result.limits.map {
      "\($0.quantity)\n  It is \($0.value.readable()), where at most \($0.limit.readable()) is allowed: "
        + ($0.holds ? "it holds.\n" : "it fails.\n")
    }
    return (paragraphs + limits + [faultText].filter { !$0.isEmpty }).joined(separator: "\n")
  }

  private var faultText: String {
    guard let fault = result.terminalFault else { return "" }
    let states = fault.states.prefix(5).map {
      "Φ(\(result.mdp.stateName($0))) = \(fault.potential[$0].readable())"
    }
    return
      "The classic mistake: this is shaping whose potential is not 0 where the episode ends (\(states.joined(separator: ", "))"
      + "\(fault.states.count > 5 ? ", …" : "")). Set Φ = 0 in terminal states, and it changes no policy order.\n"
  }

  private func summary(_ finding: RelationFinding) -> String {
    switch finding.evidence {
    case nil: return finding.residual.map { "residual \($0.readable(digits: 2))" } ?? ""
    case .certificate(let certificate):
      return "scale \(certificate.scale.readable()), residual \((finding.residual ?? 0).readable(digits: 2))"
    case .optimality: return "optimal actions shown by the values of optimal play"
    case .monotone(let certificate): return "an increasing function of \(certificate.first.count) values"
    case .triviality(let certificate):
      return "\(certificate.isFirst ? result.first.name : result.second.name) gives all policies the same return"
    case .ranking(let certificate): return "all \(certificate.entries.count) deterministic policies ranked"
    case .action(let s, let a, let isOptimalForSecond, _):
      return "in state \(result.mdp.stateName(s)), action \(result.mdp.actionName(a)) is "
        + (isOptimalForSecond ? "" : "not ") + "optimal for \(result.second.name)"
    case .order(let pair):
      return "two policies: \(result.first.name) \(returns(pair.trueReturns)), \(result.second.name) "
        + "\(returns(pair.proxyReturns))"
    case .separating(let found):
      return "a policy optimal for \(found.isOptimalForFirst ? result.first.name : result.second.name) alone"
    case .place(let s, let a, let t, _):
      return "worst in state \(result.mdp.stateName(s)), action \(result.mdp.actionName(a))"
        + (t.map { ", next state \(result.mdp.stateName($0))" } ?? "")
    case .entries(let places):
      return places.map {
        "(\(result.mdp.stateName($0.state)), \(result.mdp.actionName($0.action)), \(result.mdp.stateName($0.next)))"
      }.joined(separator: " against ")
    }
  }

  private func returns(_ pair: [Double]) -> String { pair.map { $0.readable() }.joined(separator: " and ") }

  private func json(_ finding: RelationFinding) -> JSONValue {
    var members: [JSONValue.Member] = [.init("relation", .string(finding.relation.name))]
    switch finding.verdict {
    case .holds: members.append(.init("verdict", "holds"))
    case .fails: members.append(.init("verdict", "fails"))
    case .undecided(let reason):
      members += [.init("verdict", "undecided"), .init("reason", .string(reason))]
    }
    members.append(.init("residual", finding.residual.map { .finite($0) } ?? .null))
    switch finding.evidence {
    case nil: break
    case .certificate(let certificate):
      members.append(
        .init(
          "certificate",
          [
            "proof": "transformation", "transformation": .string(certificate.transformation.name),
            "scale": .finite(certificate.scale), "potential": .numbers(certificate.potential),
          ]))
    case .optimality(let certificate):
      members.append(
        .init(
          "certificate",
          [
            "proof": "optimality", "firstValues": certificate.first.map(values) ?? .null,
            "secondValues": values(certificate.second),
          ]))
    case .monotone(let certificate):
      members.append(
        .init(
          "certificate",
          ["proof": "monotone", "first": .numbers(certificate.first), "second": .numbers(certificate.second)]))
    case .triviality(let certificate):
      members.append(
        .init(
          "certificate",
          [
            "proof": "triviality", "trivial": .string(certificate.isFirst ? "first" : "second"),
            "potential": .numbers(certificate.shaping.potential),
          ]))
    case .ranking(let certificate):
      members.append(
        .init("certificate", ["proof": "ranking", "policies": .integer(certificate.entries.count)]))
    case .action(let s, let a, let isOptimalForSecond, let loss):
      members.append(
        .init(
          "action",
          [
            "state": .integer(s), "action": .integer(a), "optimalFor": .string(isOptimalForSecond ? "second" : "first"),
            "loss": .finite(loss),
          ]))
    case .order(let pair):
      members.append(
        .init(
          "counterexample",
          [
            "better": policy(pair.better), "worse": policy(pair.worse), "trueReturns": .numbers(pair.trueReturns),
            "proxyReturns": .numbers(pair.proxyReturns),
          ]))
    case .separating(let found):
      members.append(
        .init(
          "separatingPolicy",
          [
            "policy": policy(found.policy), "optimalFor": .string(found.isOptimalForFirst ? "first" : "second"),
            "firstReturn": .finite(found.firstReturn), "firstOptimum": .finite(found.firstOptimum),
            "secondReturn": .finite(found.secondReturn), "secondOptimum": .finite(found.secondOptimum),
          ]))
    case .place(let s, let a, let t, let remainder):
      members.append(
        .init(
          "worst",
          [
            "state": .integer(s), "action": .integer(a), "next": t.map { .integer($0) } ?? .null,
            "remainder": .finite(remainder),
          ]))
    case .entries(let places):
      members.append(.init("entries", .array(places.map { .integers([$0.state, $0.action, $0.next]) })))
    }
    return .object(members)
  }

  /// V = Λ + c / (1 − γ)
  private func values(_ values: OptimalityCertificate.Values) -> JSONValue {
    .numbers(values.levels.map { $0 + values.constant / (1 - result.mdp.discount) })
  }

  private func policy(_ policy: Policy) -> JSONValue { .policy(policy, actionCount: result.mdp.actionCount) }
}
