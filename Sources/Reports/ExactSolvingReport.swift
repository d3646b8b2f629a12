public import JSON
public import MDPSolvers

/// The cases of ``ExactSolvingExperiment`` as a table for readers and programs.
public struct ExactSolvingReport: Sendable {
  private let cases: [ExactSolvingExperiment.Case]

  /// A report of the given cases.
  public init(_ cases: [ExactSolvingExperiment.Case]) { self.cases = cases }

  /// Whether every proven bound contains the exact value.
  public var allHold: Bool { cases.allSatisfy { abs($0.proven - $0.truth) <= $0.errorBound + $0.truth.ulp } }

  /// `{"cases": [{"problem", "rule", "answer", "sweeps", "exact", "truth", "proven", "errorBound"}]}`.
  public var json: JSONValue {
    let list: [JSONValue] = cases.map { found in
      [
        "problem": .string(found.problem), "rule": .string(found.rule), "answer": .finite(found.answer),
        "sweeps": .integer(found.sweeps), "exact": .string(found.exact), "truth": .finite(found.truth),
        "proven": .finite(found.proven), "errorBound": .finite(found.errorBound),
      ]
    }
    return ["cases": .array(list)]
  }

  /// The table in Markdown.
  public var markdown: String {
    var table = TextTable(
      header: ["problem", "common rule", "its answer", "off by", "sweeps", "exact", "ours", "proven error"],
      alignments: [.left, .left, .right, .right, .right, .right, .right, .right])
    for found in cases {
      table.append(
        found.problem, found.rule, found.answer.readable(digits: 6),
        abs(found.answer - found.truth).readable(digits: 2), "\(found.sweeps)", found.exact,
        found.proven.readable(digits: 12), found.errorBound.readable(digits: 2))
    }
    return table.markdown
  }
}
