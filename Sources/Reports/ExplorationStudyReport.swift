public import Exploration

/// The experiments of a study as files: a page in Markdown, a table and a chart for each.
public struct ExplorationStudyReport: Sendable {
  private let tables: [StudyTable]
  private let isQuick: Bool

  /// A report of `tables`, of a study that was quick or full.
  public init(_ tables: [StudyTable], quick: Bool) {
    self.tables = tables
    isQuick = quick
  }

  /// Whether every expectation held.
  public var allHold: Bool { tables.allSatisfy { $0.checks.allSatisfy(\.holds) } }

  /// How many expectations there were, and how many held.
  public var summary: String {
    let checks = tables.flatMap(\.checks)
    return "\(checks.filter(\.holds).count) of \(checks.count) expectations held"
  }

  /// Every file by name: `results.md`, and `NAME.csv` and `NAME.svg` for each table.
  public var files: [(name: String, content: String)] {
    var result = [("results.md", markdown)]
    for table in tables {
      result.append(("\(table.name).csv", Self.csv(table)))
      if table.columns.count > 1, table.name != "e6-ablations" {
        result.append(("\(table.name).svg", Self.chart(table).svg))
      }
    }
    result.append(("bounds-horizon.svg", Self.boundChart(byHorizon: true).svg))
    result.append(("bounds-dimension.svg", Self.boundChart(byHorizon: false).svg))
    return result
  }

  /// All tables with their readings and expectations.
  public var markdown: String {
    var text = "# Results\n\nWritten by `rewardgauge reproduce horizon-free-exploration\(isQuick ? " --quick" : "")`. "
    text += "Means over seeds ± standard errors. \(summary).\n"
    for table in tables {
      text += "\n## \(table.title)\n\n\(table.reading)\n\nValue: \(table.valueLabel).\n\n"
      let header = [table.columnLabel] + table.columns.map { $0.readable() }
      var grid = TextTable(header: header, alignments: [.left] + table.columns.map { _ in .right })
      for row in table.rows { grid.append([row.name] + row.cells.map(Self.cell)) }
      text += grid.markdown
      if !table.checks.isEmpty {
        text += "\n| expectation | value | |\n| --- | ---: | --- |\n"
        for check in table.checks {
          text +=
            "| \(check.expectation) | \(check.value.readable(digits: 3)) | \(check.holds ? "holds" : "**does not hold**") |\n"
        }
      }
    }
    return text
  }

  private static func cell(_ cell: StudyTable.Cell) -> String {
    guard cell.mean.isFinite else { return "none" }
    let mean = cell.mean.readable(digits: 3)
    return cell.standardError > 0 ? "\(mean) ± \(cell.standardError.readable(digits: 1))" : mean
  }

  private static func csv(_ table: StudyTable) -> String {
    var text = "row,\(table.columnLabel),mean,standardError\n"
    for row in table.rows {
      for (column, cell) in zip(table.columns, row.cells) {
        let mean = cell.mean.isFinite ? "\(cell.mean)" : ""
        text += "\"\(row.name)\",\(column),\(mean),\(cell.mean.isFinite ? "\(cell.standardError)" : "")\n"
      }
    }
    return text
  }

  private static func chart(_ table: StudyTable) -> LineChart {
    var chart = LineChart(
      title: table.title, xLabel: table.columnLabel, yLabel: table.valueLabel,
      xScale: table.columnLabel == "d" || table.columnLabel == "S" ? .linear : .logarithmic, yScale: .logarithmic,
      caption: "Mean over seeds; bands are one standard error.")
    chart.series = table.rows.map { row in
      LineChart.Series(
        name: row.name, x: table.columns, y: row.cells.map(\.mean),
        lower: row.cells.map { $0.mean - $0.standardError }, upper: row.cells.map { $0.mean + $0.standardError })
    }
    return chart
  }

  /// The explicit bounds on the number of episodes, as the horizon or the dimension grows.
  private static func boundChart(byHorizon: Bool) -> LineChart {
    var chart = LineChart(
      title: "Explicit bounds for ε = 0.1, δ = 0.1, B = 2",
      xLabel: byHorizon ? "horizon H (d = 4)" : "dimension d (H = 16)",
      yLabel: "episodes", xScale: .logarithmic, yScale: .logarithmic,
      caption: "Every constant of a worst-case proof: read the growth, not the size.")
    let places = (byHorizon ? 2...10 : 0...6).map { 1 << $0 }
    for (id, name) in [("hf.sample_complexity", "horizon-free"), ("rfe.sample_complexity", "UCRL-RFE")] {
      guard let bound = try? BoundCatalogue.bound(id) else { continue }
      let values = places.map { place in
        let parameters = try? BoundParameters(
          dimension: byHorizon ? 4 : place, stateCount: 5, actionCount: 3, horizon: byHorizon ? place : 16,
          parameterNorm: 2)
        return parameters.flatMap { bound.evaluate($0).number } ?? .nan
      }
      chart.series.append(LineChart.Series(name: name, x: places.map(Double.init), y: values))
    }
    return chart
  }
}
