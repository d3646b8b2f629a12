public import JSON
public import RewardInvariance

/// The outcomes of ``InvarianceStress`` as a table for readers and programs.
public struct InvarianceStressReport: Sendable {
  private let outcomes: [InvarianceStress.Outcome]

  /// A report of the given outcomes.
  public init(_ outcomes: [InvarianceStress.Outcome]) { self.outcomes = outcomes }

  /// Whether every verdict was right and every certificate was accepted.
  public var allHold: Bool {
    outcomes.allSatisfy { $0.falseDifferences == 0 && $0.falseEquivalences == 0 && $0.refusedCertificates == 0 }
  }

  /// `{"outcomes": [{"discount", "pairs", "falseDifferences", "falseEquivalences", "refusedCertificates",
  /// "largestExactResidual", "smallestNearMissResidual"}]}`.
  public var json: JSONValue {
    let list: [JSONValue] = outcomes.map {
      [
        "discount": .finite($0.discount), "pairs": .integer($0.pairs),
        "falseDifferences": .integer($0.falseDifferences),
        "falseEquivalences": .integer($0.falseEquivalences), "refusedCertificates": .integer($0.refusedCertificates),
        "largestExactResidual": .finite($0.largestExactResidual),
        "smallestNearMissResidual": .finite($0.smallestNearMissResidual),
      ]
    }
    return ["outcomes": .array(list)]
  }

  /// The table in Markdown.
  public var markdown: String {
    var table = TextTable(
      header: [
        "1 − discount", "pairs of each kind", "false \"different\"", "false \"same\"", "refused certificates",
        "largest residual of a transform", "smallest residual of a near miss",
      ], alignments: [.right, .right, .right, .right, .right, .right, .right])
    for outcome in outcomes {
      table.append(
        (1 - outcome.discount).readable(digits: 2), "\(outcome.pairs)", "\(outcome.falseDifferences)",
        "\(outcome.falseEquivalences)", "\(outcome.refusedCertificates)",
        outcome.largestExactResidual.readable(digits: 2), outcome.smallestNearMissResidual.readable(digits: 2))
    }
    return table.markdown
  }
}
