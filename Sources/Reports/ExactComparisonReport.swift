public import JSON
internal import LinearAlgebra
internal import MDPSolvers
internal import MDPs
public import RewardInvariance
internal import RewardDistances

/// A comparison in rational numbers: the member `exact` of the answer of `compare`, and lines for its page.
///
/// Its members are named and nested as in the whole answer; numbers are texts `"p/q"`.
public struct ExactComparisonReport: Sendable {
  private let comparison: ExactComparison

  /// The report of `comparison`.
  public init(_ comparison: ExactComparison) { self.comparison = comparison }

  /// The comparison as one JSON object.
  public var json: JSONValue {
    let (order, optimal) = (comparison.order, comparison.optimal)
    return [
      "distances": ["range": .fraction(comparison.rangeDistance)],
      "relation": [
        "samePolicyOrder": .bool(order.isSame),
        "sameOptimalPolicies": .bool(optimal.sameFromStart),
        "sameOptimalActionsEverywhere": .bool(optimal.sameEverywhere),
        "proxySafe": .bool(optimal.isProxySafe),
        "scale": order.certificate.map { .fraction($0.scale) } ?? .null,
        "potential": order.certificate.map { .fractions($0.potential) } ?? .null,
        "residual": order.certificate.map { .fraction($0.residual) } ?? .null,
      ],
      "counterexample": order.counterexample.map { .counterexample($0) } ?? .null,
      "regret": regret(comparison.regret, comparison.optimalRegret),
      "reverseRegret": regret(comparison.reverseRegret, comparison.reverseOptimalRegret),
      "range": ["true": .fraction(comparison.trueRange.value), "proxy": .fraction(comparison.proxyRange.value)],
      "returns": [
        "true": [.fraction(comparison.trueRange.minimum), .fraction(comparison.trueRange.maximum)],
        "proxy": [.fraction(comparison.proxyRange.minimum), .fraction(comparison.proxyRange.maximum)],
      ],
      "input": .string(comparison.source),
    ]
  }

  private func regret(_ regret: ExactWorstCaseRegret, _ optimal: ExactOptimalPolicyRegret) -> JSONValue {
    [
      "worstCase": .fraction(regret.value), "normalised": .fraction(regret.normalised),
      "multiplier": .fraction(regret.multiplier), "optimalPolicyBest": .fraction(optimal.normalisedBest),
      "optimalPolicyWorst": .fraction(optimal.normalisedWorst), "optimalPolicyBestLoss": .fraction(optimal.best),
      "optimalPolicyWorstLoss": .fraction(optimal.worst),
      "witness": [
        "chosen": .policy(regret.witness.chosen), "forgone": .policy(regret.witness.forgone),
        "trueReturns": .fractions(regret.witness.trueReturns),
        "proxyReturns": .fractions(regret.witness.proxyReturns),
      ],
    ]
  }

  /// The comparison as lines of text.
  public var text: String {
    var table = TextTable(alignments: [.left, .left])
    let order = comparison.order
    table.append("same policy order", order.isSame ? "yes" : "no")
    if let certificate = order.certificate {
      table.append("scale", shortened(certificate.scale))
      let shown = certificate.potential.prefix(6).map(shortened).joined(separator: ", ")
      table.append("potential", "(\(shown)\(certificate.potential.count > 6 ? ", …" : "")), residual exactly 0")
    }
    if let pair = order.counterexample {
      table.append("policy A, policy B", "true \(returns(pair.trueReturns)), proxy \(returns(pair.proxyReturns))")
    }
    table.append("same optimal policies", comparison.optimal.sameFromStart ? "yes" : "no")
    table.append("range of true returns", shortened(comparison.trueRange.value))
    table.append("range of proxy returns", shortened(comparison.proxyRange.value))
    table.append("range distance", shortened(comparison.rangeDistance))
    table.append(
      "worst-case regret",
      "\(shortened(comparison.regret.value)), normalised \(shortened(comparison.regret.normalised)), "
        + "multiplier \(shortened(comparison.regret.multiplier))")
    table.append(
      "A forgone, B chosen",
      "true \(returns(comparison.regret.witness.trueReturns.reversed())), "
        + "proxy \(returns(comparison.regret.witness.proxyReturns.reversed()))")
    table.append(
      "proxy-optimal policies lose",
      "from \(shortened(comparison.optimalRegret.best)) to \(shortened(comparison.optimalRegret.worst))")
    return "In rational numbers, proven (\(comparison.source)):\n" + table.text(indent: 2)
  }

  private func returns(_ pair: [Rational]) -> String { pair.map(shortened).joined(separator: " and ") }

  /// A fraction that fits a line; longer ones give way to their decimal value.
  private func shortened(_ x: Rational) -> String {
    let text = x.description
    return text.count <= 40 ? text : "\(Double(x)) (a fraction of \(text.count) digits)"
  }
}

extension JSONValue {
  /// A rational as text `"p/q"`.
  static func fraction(_ x: Rational) -> JSONValue { .string(x.description) }

  /// Rationals as texts.
  static func fractions(_ x: some Sequence<Rational>) -> JSONValue { .array(x.map { .fraction($0) }) }

  /// π as rows of fractions, shape (S, A).
  static func policy(_ policy: RationalPolicy) -> JSONValue {
    let width = policy.actionCount
    return .array(
      (0..<policy.stateCount).map { .fractions(policy.probabilities[($0 * width)..<(($0 + 1) * width)]) })
  }

  /// Two policies with their returns.
  static func counterexample(_ pair: ExactOrderCounterexample) -> JSONValue {
    [
      "better": .policy(pair.better), "worse": .policy(pair.worse), "trueReturns": .fractions(pair.trueReturns),
      "proxyReturns": .fractions(pair.proxyReturns),
    ]
  }
}
