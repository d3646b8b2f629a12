public import JSON
public import RewardDistances

/// The STARC experiment as tables: our correlations beside the published ones.
public struct StarcStudyReport: Sendable {
  private let result: StarcStudy.Result
  private let failures: [StarcStudy.FailurePoint]
  private let failureDistances: [RewardDistance]
  private let sweep: [(discount: Double, result: StarcStudy.Result)]
  private let seed: UInt64

  /// The report of a run.
  public init(
    _ result: StarcStudy.Result, failures: [StarcStudy.FailurePoint], failureDistances: [RewardDistance],
    sweep: [(discount: Double, result: StarcStudy.Result)] = [], seed: UInt64
  ) {
    self.result = result
    self.failures = failures
    self.failureDistances = failureDistances
    self.sweep = sweep
    self.seed = seed
  }

  /// Read off figure 1 of the STARC paper (arXiv 2309.15257), accuracy 1e-4; its regret is estimated by simulation.
  private static let published: [String: Double] = [
    "None-2-2": 0.6177, "None-w2-w2": 0.6151, "EPIC-2-2": 0.7783, "EPIC-w2-w2": 0.8230, "EPIC-w1-1": 0.7493,
    "DARD-2-2": 0.7817, "DARD-w1-w1": 0.8352, "DARD-1-1": 0.8244, "VALPotential-1-1": 0.7997,
    "VALPotential-w1-w1": 0.8671, "VALPotential-2-2": 0.7820, "VAL-1-1": 0.8729, "VAL-1-2": 0.8700, "VAL-2-2": 0.8556,
    "VAL-2-inf": 0.8582,
  ]

  /// Another program's exact run of the same experiment (NumPy, PCG64 seed 42, other draws): correlation with the regret of
  /// optimal policies and with worst-case regret. Sampling error about 0.01.
  private static let independent: [String: (regret: Double, worstCase: Double)] = [
    "range": (0.9460, 0.9720),
    "MinimalL2-1-2": (0.9351, 0.8784),
    "Projection-1-2": (0.9350, 0.8733),
    "OptimalAdvantage-1-2": (0.9326, 0.9527),
    "VAL-1-1": (0.9281, 0.9714),
    "VAL-1-2": (0.9166, 0.8345),
    "VAL-2-2": (0.9094, 0.9819),
    "VAL-2-inf": (0.9134, 0.8115),
    "VAL-2-angle": (0.9191, 0.9741),
    "Projection-2-angle": (0.9184, 0.9741),
    "Projection-2-2": (0.9088, 0.9819),
    "MinimalL2-2-2": (0.9047, 0.9798),
    "VALPotential-1-1": (0.9062, 0.9407),
    "VALPotential-w1-w1": (0.9150, 0.9666),
    "VALPotential-2-2": (0.8360, 0.9175),
    "DARD-2-2": (0.8354, 0.9172),
    "DARD-w1-w1": (0.9093, 0.9352),
    "DARD-1-1": (0.8955, 0.9242),
    "EPIC-2-2": (0.8304, 0.9136),
    "EPIC-w2-w2": (0.8878, 0.9675),
    "EPIC-w1-1": (0.8695, 0.9282),
    "None-2-2": (0.5861, 0.6255),
    "None-w2-w2": (0.6091, 0.6453),
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
      header: [
        "distance", "correlation with regret", "independent", "published", "with worst-case regret", "independent",
        "mean distance",
      ],
      alignments: [.left, .right, .right, .right, .right, .right, .right])
    for row in result.rows.sorted(by: { ($1.withRegret, $0.distance.name) < ($0.withRegret, $1.distance.name) }) {
      table.append(
        row.distance.name, row.withRegret.readable(digits: 4),
        Self.independent[row.distance.name].map { $0.regret.readable(digits: 4) } ?? "",
        Self.published[row.distance.name].map { $0.readable(digits: 4) } ?? "",
        row.withWorstCase.readable(digits: 4),
        Self.independent[row.distance.name].map { $0.worstCase.readable(digits: 4) } ?? "",
        row.mean.readable(digits: 4))
    }
    text += table.markdown
    text += "\n\"Independent\" is another program's exact run with draws of its own (sampling error about 0.01), "
    text += "\"published\" the figure of the paper, whose regret was simulated.\n"
    text += "\n## Opposite rewards that some distances call equal\n\n"
    text += "R + M Z against −R + M Z for a pure redistribution Z: worst-case regret is 1 for every M.\n\n"
    var family = TextTable(
      header: ["M"] + failureDistances.map(\.name) + ["worst-case regret"],
      alignments: [.right] + failureDistances.map { _ in .right } + [.right])
    for point in failures {
      family.append(
        [point.size.readable()] + point.opposite.map { $0.readable(digits: 4) } + [point.regret.readable(digits: 6)])
    }
    text += family.markdown
    guard !sweep.isEmpty else { return text }
    text += "\n## The discount\n\nCorrelation with regret where everything is drawn anew at each discount "
    text += "(\(sweep.map(\.result.comparisonCount).reduce(0, +)) comparisons in all).\n\n"
    var discounts = TextTable(
      header: ["γ"] + sweptDistances.map(\.name) + ["comparisons"],
      alignments: [.right] + sweptDistances.map { _ in .right } + [.right])
    for point in sweep {
      discounts.append(
        [point.discount.readable(digits: 4)]
          + point.result.rows.filter { sweptDistances.contains($0.distance) }.map { $0.withRegret.readable(digits: 3) }
          + ["\(point.result.comparisonCount)"])
    }
    return text + discounts.markdown
  }

  private var sweptDistances: [RewardDistance] { sweep.first?.result.rows.map(\.distance) ?? [] }

  /// Everything that a folder of the study holds.
  public var files: [(name: String, content: String)] {
    var files: [(name: String, content: String)] = [
      ("results.md", markdown), ("results.csv", csv), ("scatter.svg", scatter), ("failure.csv", failureCSV),
      ("failure.svg", failureChart),
    ]
    if !sweep.isEmpty { files += [("discount.csv", sweepCSV), ("discount.svg", sweepChart)] }
    return files
  }

  /// Points that a panel of the scatter plot shows.
  private static let shownPoints = 1000

  /// Each distance against the regret of optimal policies.
  private var scatter: String {
    let count = result.regrets.count
    let step = max(1, count / Self.shownPoints)
    let shown = Array(stride(from: step / 2, to: count, by: step))
    return ScatterPlots(
      title: "Distances against regret", yLabel: "regret of optimal policies",
      caption: step > 1
        ? "every \(step)th of \(count) comparisons; correlations are over all" : "\(count) comparisons",
      panels: result.rows.sorted { ($1.withRegret, $0.distance.name) < ($0.withRegret, $1.distance.name) }.map { row in
        ScatterPlots.Panel(
          title: row.distance.name, note: "correlation \(row.withRegret.readable(digits: 3))",
          x: shown.map { row.values[$0] }, y: shown.map { result.regrets[$0] })
      }
    ).svg
  }

  private var failureCSV: String {
    (["M"] + failureDistances.map(\.name) + ["worst-case regret"]).joined(separator: ",") + "\n"
      + failures.map { point in
        ([point.size] + point.opposite + [point.regret]).map { "\($0)" }.joined(separator: ",") + "\n"
      }.joined()
  }

  private var failureChart: String {
    var chart = LineChart(
      title: "Opposite rewards that share a redistribution of size M", xLabel: "M", yLabel: "distance",
      xScale: .logarithmic, yScale: .logarithmic, caption: "worst-case regret is 1 throughout")
    chart.series = failureDistances.enumerated().map { i, distance in
      LineChart.Series(name: distance.name, x: failures.map(\.size), y: failures.map { $0.opposite[i] })
    }
    return chart.svg
  }

  private var sweepCSV: String {
    (["discount", "comparisons"] + sweptDistances.map(\.name)).joined(separator: ",") + "\n"
      + sweep.map { point in
        (["\(point.discount)", "\(point.result.comparisonCount)"] + point.result.rows.map { "\($0.withRegret)" })
          .joined(separator: ",") + "\n"
      }.joined()
  }

  private var sweepChart: String {
    var chart = LineChart(
      title: "Correlation with regret by discount", xLabel: "1/(1 − γ)", yLabel: "correlation", xScale: .logarithmic)
    chart.startsAtZero = false
    chart.series = sweptDistances.enumerated().map { i, distance in
      LineChart.Series(
        name: distance.name, x: sweep.map { 1 / (1 - $0.discount) }, y: sweep.map { $0.result.rows[i].withRegret })
    }
    return chart.svg
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
