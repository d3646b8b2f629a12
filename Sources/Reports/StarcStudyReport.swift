public import JSON
public import RewardDistances

/// The STARC experiment as tables: our correlations beside the published ones.
public struct StarcStudyReport: Sendable {
  private let result: StarcStudy.Result
  private let failures: [StarcStudy.FailurePoint]
  private let failureDistances: [RewardDistance]
  private let seed: UInt64

  /// The report of a run.
  public init(
    _ result: StarcStudy.Result, failures: [StarcStudy.FailurePoint], failureDistances: [RewardDistance], seed: UInt64
  ) {
    self.result = result
    self.failures = failures
    self.failureDistances = failureDistances
    self.seed = seed
  }

  /// Read off figure 1 of the STARC paper (arXiv 2309.15257), accuracy 1e-4; its regret is estimated by simulation.
  private static let published: [String: Double] = [
    "None-2-2": 0.6177, "None-w2-w2": 0.6151, "EPIC-2-2": 0.7783, "EPIC-w2-w2": 0.8230, "EPIC-w1-1": 0.7493,
    "DARD-2-2": 0.7817, "DARD-w1-w1": 0.8352, "DARD-1-1": 0.8244, "VALPotential-1-1": 0.7997,
    "VALPotential-w1-w1": 0.8671, "VALPotential-2-2": 0.7820, "VAL-1-1": 0.8729, "VAL-1-2": 0.8700, "VAL-2-2": 0.8556,
    "VAL-2-inf": 0.8582,
  ]

  /// The tables in Markdown.
  public var markdown: String {
    var text = "# How well distances between rewards track regret\n\n"
    text +=
      "\(result.comparisonCount) comparisons, \(result.droppedCount) dropped because a reward is trivial; seed \(seed). "
    text += "Mean regret of optimal policies \(result.meanRegret.readable(digits: 3)), mean worst-case regret "
    text += "\(result.meanWorstCase.readable(digits: 3)). Worst-case regret over the range distance lies in "
    text += "[\(result.worstCaseOverRange.lowerBound.readable(digits: 4)), "
    text += "\(result.worstCaseOverRange.upperBound.readable(digits: 4))]; theory: [1/2, 1].\n\n"
    var table = TextTable(
      header: ["distance", "correlation with regret", "published", "with worst-case regret", "mean distance"],
      alignments: [.left, .right, .right, .right, .right])
    for row in result.rows.sorted(by: { ($1.withRegret, $0.distance.name) < ($0.withRegret, $1.distance.name) }) {
      table.append(
        row.distance.name, row.withRegret.readable(digits: 4),
        Self.published[row.distance.name].map { $0.readable(digits: 4) } ?? "",
        row.withWorstCase.readable(digits: 4), row.mean.readable(digits: 4))
    }
    text += table.markdown
    text += "\n## Opposite rewards that some distances call equal\n\n"
    text += "R + M Z against −R + M Z for a pure redistribution Z: worst-case regret is 1 for every M.\n\n"
    var family = TextTable(
      header: ["M"] + failureDistances.map(\.name) + ["worst-case regret"],
      alignments: [.right] + failureDistances.map { _ in .right } + [.right])
    for point in failures {
      family.append(
        [point.size.readable()] + point.opposite.map { $0.readable(digits: 4) } + [point.regret.readable(digits: 6)])
    }
    return text + family.markdown
  }

  /// The correlations as comma-separated values.
  public var csv: String {
    "distance,correlation with regret,correlation with worst-case regret,mean\n"
      + result.rows.map { "\($0.distance.name),\($0.withRegret),\($0.withWorstCase),\($0.mean)\n" }.joined()
  }

  /// The outcome as one JSON object.
  public var json: JSONValue {
    [
      "comparisons": .integer(result.comparisonCount), "dropped": .integer(result.droppedCount),
      "meanRegret": .finite(result.meanRegret), "meanWorstCase": .finite(result.meanWorstCase),
      "rows": .array(
        result.rows.map {
          [
            "distance": .string($0.distance.name), "withRegret": .finite($0.withRegret),
            "withWorstCase": .finite($0.withWorstCase), "mean": .finite($0.mean),
          ]
        }),
    ]
  }
}
