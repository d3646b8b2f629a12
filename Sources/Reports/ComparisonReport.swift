public import JSON
internal import MDPs
internal import RewardDistances
public import RewardInvariance

/// A comparison of two rewards as one JSON object and as one page of text.
public struct ComparisonReport: Sendable {
  private let comparison: RewardComparison
  private let exact: ExactComparisonReport?

  /// The report of `comparison`, and of the same in rational numbers where it was asked for.
  public init(_ comparison: RewardComparison, exact: ExactComparison? = nil) {
    self.comparison = comparison
    self.exact = exact.map { ExactComparisonReport($0) }
  }

  /// The comparison as one JSON object.
  public var json: JSONValue {
    guard let exact, case .object(let members) = floatingJSON else { return floatingJSON }
    return .object(members + [.init("exact", exact.json)])
  }

  private var floatingJSON: JSONValue {
    let (relation, order) = (comparison.relation, comparison.relation.order)
    return [
      "true": .string(comparison.truth.name),
      "proxy": .string(comparison.proxy.name),
      "distances": .object(comparison.distances.map { .init($0.distance.name, .finite($0.value)) }),
      "bounds": .object(comparison.bounds.map { .init($0.distance.name, bound($0)) }),
      "relation": [
        "samePolicyOrder": .bool(order.isSame),
        "sameOptimalPolicies": .bool(relation.optimal.sameFromStart),
        "sameOptimalActionsEverywhere": .bool(relation.optimal.sameEverywhere),
        "proxySafe": .bool(relation.optimal.isProxySafe),
        "strongest": .string(relation.strongest.rawValue),
        "scale": order.certificate.map { .finite($0.scale) } ?? .null,
        "potential": order.certificate.map { .numbers($0.potential) } ?? .null,
        "residual": .finite(order.residual),
        "defect": order.certificate.map { .finite($0.defect) } ?? .null,
        "redistribution": order.certificate?.redistributionSize.map { .finite($0) } ?? .null,
      ],
      "counterexample": order.counterexample.map {
        [
          "better": policy($0.better), "worse": policy($0.worse), "trueReturns": .numbers($0.trueReturns),
          "proxyReturns": .numbers($0.proxyReturns),
        ]
      } ?? .null,
      "regret": regret(comparison.regret, comparison.optimalRegret, withWitness: true),
      "reverseRegret": regret(comparison.reverseRegret, comparison.reverseOptimalRegret, withWitness: false),
      "slackCurve": .array(
        comparison.slackCurve.map { slack, regret in
          [
            "slack": .finite(slack), "worstCase": .finite(regret.value), "lower": .finite(regret.lower),
            "upper": .finite(regret.upper), "normalised": .finite(regret.normalised),
            "multiplier": .finite(regret.multiplier),
          ]
        }),
      "range": ["true": .finite(comparison.trueRange.value), "proxy": .finite(comparison.proxyRange.value)],
      "flags": .array(comparison.flags.map { .string($0) }),
    ]
  }

  private func bound(_ bound: RegretBound) -> JSONValue {
    [
      "quantity": .string(bound.quantity.rawValue), "lower": .finite(bound.lower), "upper": .finite(bound.upper),
      "U": bound.soundness.map { .finite($0) } ?? .null, "L": bound.completeness.map { .finite($0) } ?? .null,
      "basis": .string(bound.basis),
    ]
  }

  /// The regret that a distance proves, as a reader sees it.
  private func boundText(_ distance: RewardDistance) -> String {
    guard let bound = comparison.bounds.first(where: { $0.distance == distance }) else { return "" }
    let interval = "[\(bound.lower.readable(digits: 3)), \(bound.upper.readable(digits: 3))]"
    return bound.quantity == .worstCase ? interval : "\(interval) at optima"
  }

  private func regret(_ regret: WorstCaseRegret, _ optimal: OptimalPolicyRegret, withWitness: Bool) -> JSONValue {
    var members: [JSONValue.Member] = [
      .init("worstCase", .finite(regret.value)), .init("lower", .finite(regret.lower)),
      .init("upper", .finite(regret.upper)), .init("normalised", .finite(regret.normalised)),
      .init("multiplier", .finite(regret.multiplier)), .init("optimalPolicyBest", .finite(optimal.normalisedBest)),
      .init("optimalPolicyWorst", .finite(optimal.normalisedWorst)),
      .init("optimalPolicyBestLoss", .finite(optimal.best)), .init("optimalPolicyWorstLoss", .finite(optimal.worst)),
    ]
    if withWitness {
      members.append(
        .init(
          "witness",
          [
            "chosen": policy(regret.witness.chosen), "forgone": policy(regret.witness.forgone),
            "trueReturns": .numbers(regret.witness.trueReturns), "proxyReturns": .numbers(regret.witness.proxyReturns),
          ]))
    }
    return .object(members)
  }

  private func policy(_ policy: Policy) -> JSONValue {
    .policy(policy, actionCount: comparison.world.original.actionCount)
  }

  /// The comparison on one page.
  public var text: String {
    [heading, verdict, distances, regretText, slackText, exact?.text ?? "", notes].filter { !$0.isEmpty }
      .joined(separator: "\n")
  }

  private var heading: String {
    let mdp = comparison.world.original
    let kept = comparison.world.mdp.stateCount
    let states = kept < mdp.stateCount ? "\(mdp.stateCount) states (\(kept) reachable)" : "\(mdp.stateCount) states"
    return "Proxy \"\(comparison.proxy.name)\" against true reward \"\(comparison.truth.name)\"\n"
      + "\(states), \(mdp.actionCount) actions, discount \(mdp.discount.readable())\n"
  }

  // MARK: Verdict

  private var verdict: String {
    let relation = comparison.relation
    let sentence =
      switch relation.strongest {
      case .identical: "The two rewards are the same."
      case .shaping: "EQUIVALENT: the proxy is the true reward with potential shaping, R' = R + γ Φ(t) − Φ(s)."
      case .redistribution where relation.redistributesImpossibleOnly:
        "EQUIVALENT: the rewards differ only on transitions that cannot happen."
      case .shapingAndRedistribution where relation.redistributesImpossibleOnly:
        "EQUIVALENT: the proxy is the true reward with potential shaping, R' = R + γ Φ(t) − Φ(s)\n"
          + "  (and other numbers on transitions that cannot happen)."
      case .redistribution: "EQUIVALENT: the proxy only redistributes reward over next states."
      case .shapingAndRedistribution:
        "EQUIVALENT: the proxy is the true reward with potential shaping and redistribution over next states."
      case .positiveScale:
        "EQUIVALENT: the proxy is a positive multiple of the true reward, up to shaping and redistribution."
      case .sameOptimalPolicies:
        "DIFFERENT ORDER, SAME OPTIMA: the same policies are optimal, but others are ordered differently."
      case .proxySafe:
        "DIFFERENT, BUT SAFE AT THE OPTIMUM: every policy optimal for the proxy is optimal for the true reward."
      case .different: "DIFFERENT: the rewards disagree about policies, and about which are optimal."
      }
    var result = sentence + "\n"
    let order = relation.order
    if let certificate = order.certificate {
      result += "  proof      scale k = \(certificate.scale.readable()), potential Φ = \(potentialText(certificate))\n"
      result += "  checked    max |E[R' − k R − (γ Φ(t) − Φ(s))]| = \(certificate.defect.readable(digits: 2)), "
      result += "residual \(order.residual.readable(digits: 2))\n"
    } else if let example = order.counterexample {
      result += "  proof      two policies that the rewards order differently (below the regret: the worst such pair)\n"
      var table = TextTable(header: ["", "true return", "proxy return"], alignments: [.left, .right, .right])
      table.append("policy A", example.trueReturns[0].readable(), example.proxyReturns[0].readable())
      table.append("policy B", example.trueReturns[1].readable(), example.proxyReturns[1].readable())
      result += table.text(indent: 13)
      result += "  residual   \(order.residual.readable(digits: 3)) (sine of the angle between the projections)\n"
    }
    return result
  }

  private func potentialText(_ certificate: OrderCertificate) -> String {
    let shown = certificate.potential.prefix(6).map { $0.readable(digits: 4) }.joined(separator: ", ")
    return "(\(shown)\(certificate.potential.count > 6 ? ", …" : ""))"
  }

  // MARK: Distances

  private var distances: String {
    guard !comparison.distances.isEmpty else { return "" }
    var table = TextTable(
      header: ["distance", "value", "scale", "proves regret in", ""], alignments: [.left, .right, .left, .left, .left])
    for value in comparison.distances {
      table.append(
        value.distance.name, value.value.readable(), value.distance.scaleText, boundText(value.distance),
        value.distance.isSoundAndComplete ? "sound and complete" : "")
    }
    return table.text()
  }

  // MARK: Regret

  private var regretText: String {
    let (regret, optimal) = (comparison.regret, comparison.optimalRegret)
    func share(_ x: Double) -> String { "\((100 * x).readable(digits: 4)) %" }
    var result = "What optimising the proxy can cost, in true return (range of true returns: "
    result += "\(comparison.trueRange.value.readable()))\n"
    var table = TextTable(alignments: [.left, .right, .right, .left])
    table.append(
      "worst case", regret.value.readable(), share(regret.normalised),
      "proven in [\(regret.lower.readable(digits: 8)), \(regret.upper.readable(digits: 8))]")
    table.append("best proxy-optimal policy", optimal.best.readable(), share(optimal.normalisedBest), "")
    table.append("worst proxy-optimal policy", optimal.worst.readable(), share(optimal.normalisedWorst), "")
    table.append(
      "worst case, roles exchanged", comparison.reverseRegret.value.readable(),
      share(comparison.reverseRegret.normalised), "in proxy return")
    result += table.text(indent: 2)
    guard regret.normalised > 1e-9 else { return result }
    result += "\nThe pair behind the worst case: the proxy likes B at least as much as A\n"
    var returns = TextTable(header: ["", "true return", "proxy return"], alignments: [.left, .right, .right])
    returns.append("A forgone", regret.witness.trueReturns[1].readable(), regret.witness.proxyReturns[1].readable())
    returns.append("B chosen", regret.witness.trueReturns[0].readable(), regret.witness.proxyReturns[0].readable())
    result += returns.text(indent: 2)
    result += differences(regret.witness)
    return result
  }

  private var slackText: String {
    guard !comparison.slackCurve.isEmpty else { return "" }
    var table = TextTable(header: ["slack", "worst-case regret", ""], alignments: [.right, .right, .right])
    for (slack, regret) in comparison.slackCurve {
      table.append(
        "\((100 * slack).readable(digits: 4)) %", regret.value.readable(),
        "\((100 * regret.normalised).readable(digits: 4)) %")
    }
    return "Where the policy chosen may fall short of the one forgone by a share of the proxy's range\n"
      + table.text(indent: 2)
  }

  /// The states in which the two policies differ and which they visit most.
  private func differences(_ witness: WorstCaseRegret.Witness) -> String {
    let world = comparison.world
    let (forgone, chosen) = (witness.forgoneOccupancy, witness.chosenOccupancy)
    guard let core = try? world.core() else { return "" }
    let weights = zip(forgone.stateVisits, chosen.stateVisits).map { min($0, $1) }
    var rows: [(weight: Double, state: Int, first: String, second: String)] = []
    for (i, s) in core.states.enumerated() where weights[i] > 1e-12 {
      let (a, b) = (actions(witness.forgone, in: s), actions(witness.chosen, in: s))
      if a != b { rows.append((weights[i], s, a, b)) }
    }
    guard !rows.isEmpty else { return "" }
    rows.sort { ($1.weight, $0.state) < ($0.weight, $1.state) }
    var table = TextTable(header: ["state", "A plays", "B plays"], alignments: [.left, .left, .left])
    for row in rows.prefix(6) { table.append(world.original.stateName(row.state), row.first, row.second) }
    return "\n" + table.text(indent: 2)
      + (rows.count > 6
        ? "  … and \(rows.count - 6) more states in which they differ (--json has both policies)\n" : "")
  }

  /// What a policy plays in a state: the action, or the likeliest ones with their probabilities.
  private func actions(_ policy: Policy, in state: Int) -> String {
    let mdp = comparison.world.original
    let played = (0..<mdp.actionCount).map { ($0, policy.probability(of: $0, in: state)) }.filter { $0.1 > 5e-4 }
      .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
    if played.count == 1 { return mdp.actionName(played[0].0) }
    return played.prefix(3).map { "\(mdp.actionName($0.0)) \((100 * $0.1).readable(digits: 3)) %" }.joined(
      separator: ", ")
  }

  private var notes: String { comparison.flags.map { "Note: \($0).\n" }.joined() }
}
