public import JSON
public import RewardDistances

/// The rewards of a learning run beside the true one, as a table, JSON, CSV and a picture.
public struct CheckpointCurveReport: Sendable {
  private let curve: CheckpointCurve

  /// The report of `curve`.
  public init(_ curve: CheckpointCurve) { self.curve = curve }

  /// The curve as one JSON object.
  public var json: JSONValue {
    [
      "against": .string(curve.truth),
      "checkpoints": .array(curve.checkpoints.map { .string($0) }),
      "distances": .object(curve.lines.map { .init($0.distance.name, .numbers($0.values)) }),
      "regret": [
        "worstCase": .numbers(curve.regrets.map(\.value)), "lower": .numbers(curve.regrets.map(\.lower)),
        "upper": .numbers(curve.regrets.map(\.upper)), "normalised": .numbers(curve.regrets.map(\.normalised)),
        "optimalPolicyBest": .numbers(curve.optimal.map(\.normalisedBest)),
        "optimalPolicyWorst": .numbers(curve.optimal.map(\.normalisedWorst)),
      ],
      "flags": .array(curve.flags.map { .string($0) }),
    ]
  }

  private var columns: [(name: String, values: [Double])] {
    curve.lines.map { ($0.distance.name, $0.values) } + [
      ("regret", curve.regrets.map(\.normalised)), ("optimal-policy regret", curve.optimal.map(\.normalisedWorst)),
    ]
  }

  /// One line a checkpoint.
  public var text: String {
    var table = TextTable(
      header: ["checkpoint"] + columns.map(\.name), alignments: [.left] + columns.map { _ in .right })
    for (i, name) in curve.checkpoints.enumerated() {
      table.append([name] + columns.map { $0.values[i].readable(digits: 5) })
    }
    return "Checkpoints against the true reward \"\(curve.truth)\"; regrets over the range of its returns\n\n"
      + table.text() + curve.flags.map { "Note: \($0).\n" }.joined()
  }

  /// One line a checkpoint, all digits.
  public var csv: String {
    var result = (["checkpoint"] + columns.map(\.name)).map(CSV.cell).joined(separator: ",") + "\n"
    for (i, name) in curve.checkpoints.enumerated() {
      result += ([CSV.cell(name)] + columns.map { "\($0.values[i])" }).joined(separator: ",") + "\n"
    }
    return result
  }

  /// All curves over the number of the checkpoint.
  public var svg: String {
    var chart = LineChart(
      title: "Checkpoints against \"\(curve.truth)\"", xLabel: "checkpoint", yLabel: "distance, regret over range")
    let x = curve.checkpoints.indices.map { Double($0 + 1) }
    chart.series = columns.map { LineChart.Series(name: $0.name, x: x, y: $0.values) }
    return chart.svg
  }
}
