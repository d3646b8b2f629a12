/// A table of text for a screen of fixed-width letters: columns are as wide as their longest cell, numbers stand right.
public struct TextTable: Sendable {
  /// How the cells of a column stand.
  public enum Alignment: Sendable {
    /// Words.
    case left
    /// Numbers.
    case right
  }

  private let alignments: [Alignment]
  private var rows: [[String]] = []
  private let hasHeader: Bool

  /// An empty table; `header` names its columns, an empty one leaves them without names.
  public init(header: [String] = [], alignments: [Alignment]) {
    self.alignments = alignments
    hasHeader = !header.isEmpty
    if hasHeader { rows.append(header) }
  }

  /// Adds a row of one cell a column.
  public mutating func append(_ cells: String...) { append(cells) }

  /// Adds a row of one cell a column.
  public mutating func append(_ cells: [String]) {
    precondition(cells.count == alignments.count, "one cell a column is needed")
    rows.append(cells)
  }

  /// The table, each line led by `indent` spaces and ended by a newline.
  public func text(indent: Int = 0) -> String {
    let widths = alignments.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    var lines = rows.map { row in
      zip(row, zip(widths, alignments)).map { cell, column in
        let padding = String(repeating: " ", count: column.0 - cell.count)
        return column.1 == .left ? cell + padding : padding + cell
      }.joined(separator: "  ")
    }
    if hasHeader { lines.insert(widths.map { String(repeating: "─", count: $0) }.joined(separator: "  "), at: 1) }
    let margin = String(repeating: " ", count: indent)
    return lines.map { margin + $0.trimmingTrailingSpaces + "\n" }.joined()
  }

  /// The table in Markdown, for a document.
  public var markdown: String {
    let header = hasHeader ? rows[0] : alignments.map { _ in "" }
    let body = hasHeader ? Array(rows.dropFirst()) : rows
    let rule = alignments.map { $0 == .left ? "---" : "---:" }
    return ([header, rule] + body).map { "| " + $0.joined(separator: " | ") + " |\n" }.joined()
  }
}

extension String {
  fileprivate var trimmingTrailingSpaces: String {
    guard let last = lastIndex(where: { $0 != " " }) else { return "" }
    return String(self[...last])
  }
}
