public import JSON
public import RewardInvariance

/// The outcome of ``IdentifiabilityStudy`` as a table for readers and programs.
public struct IdentifiabilityReport: Sendable {
  private let rows: [IdentifiabilityStudy.Row]

  /// A report of the given rows.
  public init(_ rows: [IdentifiabilityStudy.Row]) { self.rows = rows }

  /// Whether every object stayed and moved as claimed, in every case.
  public var allHold: Bool { rows.allSatisfy { $0.kept.holds && $0.moved.holds } }

  /// One object a row: `[{"object", "freedom", "kept": [held, cases], "others", "moved": [held, cases]}]`.
  public var json: JSONValue {
    .array(
      rows.map {
        [
          "object": .string($0.object), "freedom": .string($0.freedom),
          "kept": .integers([$0.kept.held, $0.kept.cases]), "others": .string($0.others),
          "moved": .integers([$0.moved.held, $0.moved.cases]),
        ]
      })
  }

  /// The table in Markdown.
  public var markdown: String {
    var table = TextTable(
      header: ["object", "stays under", "cases", "stayed", "moves under", "cases", "moved"],
      alignments: [.left, .left, .right, .right, .left, .right, .right])
    for row in rows {
      table.append(
        row.object, row.freedom, "\(row.kept.cases)", "\(row.kept.held)", row.others, "\(row.moved.cases)",
        "\(row.moved.held)")
    }
    return table.markdown
  }
}
