public import JSON
internal import LinearAlgebra
public import RewardDistances

/// The outcome of ``EpicGridStudy`` for readers and programs.
public struct EpicGridStudyReport: Sendable {
  private let result: EpicGridStudy.Result

  /// The report of a run.
  public init(_ result: EpicGridStudy.Result) { self.result = result }

  /// Whether every published distance came out.
  public var allHold: Bool { result.rows.allSatisfy(\.agrees) }

  /// The tables in Markdown.
  public var markdown: String {
    var text = "# Distances between the gridworld rewards of the EPIC paper\n\n"
    var table = TextTable(
      header: ["rewards", "EPIC-2-2", "published", ""], alignments: [.left, .right, .right, .left])
    for row in result.rows {
      table.append(
        row.pair.joined(separator: ", "), row.distance.readable(digits: 6),
        row.published.map { $0.readable(digits: 4) } ?? "",
        row.published == nil ? "" : row.agrees ? "agrees" : "DIFFERS")
    }
    text += table.markdown
    for matrix in result.matrices {
      text += "\n## \(matrix.measure.name)\n\n"
      var values = TextTable(header: [""] + matrix.names, alignments: [.left] + matrix.names.map { _ in .right })
      for (i, name) in matrix.names.enumerated() {
        values.append([name] + matrix.names.indices.map { (matrix.values[i, $0]).readable(digits: 4) })
      }
      text += values.markdown
    }
    return text + "\nRows are the true reward, columns the proxy, where that matters (NPEC, regret).\n"
  }

  /// The outcome as one JSON object.
  public var json: JSONValue {
    [
      "rows": .array(
        result.rows.map {
          [
            "rewards": .array($0.pair.map { .string($0) }), "EPIC-2-2": .finite($0.distance),
            "published": $0.published.map { .finite($0) } ?? .null, "agrees": .bool($0.agrees),
          ]
        }),
      "matrices": RewardMatrixReport(result.matrices).json,
    ]
  }

  /// Everything that a folder of the study holds.
  public var files: [(name: String, content: String)] {
    let matrices = RewardMatrixReport(result.matrices)
    return [("results.md", markdown), ("results.csv", matrices.csv), ("distances.svg", matrices.svg)]
  }
}
