public import LinearAlgebra

/// Square matrices of distances as an SVG picture for light and dark screens and for print.
///
/// A cell shows its value three times: by shade, by the size of the square in it, and, where there is room, as a number; no
/// reader needs colour. Rows and columns stand in a given order, so that near rewards stand together.
public struct HeatMap: Sendable {
  /// One matrix.
  public struct Panel: Sendable {
    /// What it shows.
    public let title: String
    /// Values that are not negative, shape (n, n).
    public let values: Matrix
    /// Whether rows and columns mean different things.
    public let isDirected: Bool

    /// A matrix with its title.
    public init(title: String, values: Matrix, isDirected: Bool) {
      self.title = title
      self.values = values
      self.isDirected = isDirected
    }
  }

  /// The names of the rewards.
  public let names: [String]
  /// The rewards from top to bottom and from left to right.
  public let order: [Int]
  /// The matrices, one below the other.
  public let panels: [Panel]

  /// A picture of matrices over the same rewards.
  public init(names: [String], order: [Int], panels: [Panel]) {
    self.names = names
    self.order = order
    self.panels = panels
  }

  /// Rewards up to which each has its own row; more are drawn as means over neighbours.
  private static let largestCount = 120
  /// Letters of a name that are shown.
  private static let longestName = 24
  /// Rewards up to which cells hold numbers.
  private static let largestNumbered = 16

  /// The picture.
  public var svg: String {
    let n = order.count
    let group = max(1, (n + Self.largestCount - 1) / Self.largestCount)
    let cells = n > 0 ? (n + group - 1) / group : 0
    let cell = cells <= Self.largestNumbered ? 46.0 : max(5, 640 / Double(cells))
    let isLabelled = group == 1 && cell >= 9
    let longest = isLabelled ? min(Self.longestName, names.map(\.count).max() ?? 0) : 0
    let (left, side) = (24 + 7 * Double(longest), Double(cells) * cell)
    let width = left + side + 130
    let height = Double(panels.count) * (side + 78 + 5.5 * Double(longest)) + 12
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(SVG.number(width)) \(SVG.number(height))\" "
        + "font-family=\"system-ui, sans-serif\" font-size=\"11\" role=\"img\" "
        + "aria-label=\"\(SVG.escaped(panels.map(\.title).joined(separator: "; ")))\">",
      "<title>\(SVG.escaped(panels.map(\.title).joined(separator: "; ")))</title>", Self.style,
      "<rect class=\"paper\" width=\"\(SVG.number(width))\" height=\"\(SVG.number(height))\"/>",
    ]
    var top = 0.0
    for panel in panels {
      let start = top + 50 + 5.5 * Double(longest)
      let title = panel.title + (group > 1 ? " (means over \(group) × \(group) rewards)" : "")
      lines.append(
        "<text class=\"ink\" x=\"12\" y=\"\(SVG.number(top + 24))\" font-size=\"15\" font-weight=\"600\">"
          + "\(SVG.escaped(title))</text>")
      lines += draw(panel, group: group, cells: cells, cell: cell, left: left, top: start)
      if isLabelled { lines += labels(cell: cell, left: left, top: start) }
      if panel.isDirected {
        lines.append(
          "<text class=\"soft\" x=\"\(SVG.number(left))\" y=\"\(SVG.number(start + side + 16))\">"
            + "rows: the true reward; columns: the proxy</text>")
      }
      lines += scale(panel, left: left + side + 16, top: start)
      top = start + side + 28
    }
    lines.append("</svg>")
    return lines.joined(separator: "\n") + "\n"
  }

  /// The value of a cell: the mean over its group.
  private func value(_ panel: Panel, _ i: Int, _ j: Int, _ group: Int) -> Double {
    var (sum, count) = (0.0, 0.0)
    for a in (i * group)..<min(order.count, (i + 1) * group) {
      for b in (j * group)..<min(order.count, (j + 1) * group) {
        sum += panel.values[order[a], order[b]]
        count += 1
      }
    }
    return count > 0 ? sum / count : 0
  }

  private func draw(_ panel: Panel, group: Int, cells: Int, cell: Double, left: Double, top: Double) -> [String] {
    let largest = panel.values.elements.max() ?? 0
    var lines: [String] = []
    for i in 0..<cells {
      var row = "<g>"
      for j in 0..<cells {
        let x = value(panel, i, j, group)
        let share = largest > 0 ? min(1, max(0, x / largest)) : 0
        let (cx, cy) = (left + (Double(j) + 0.5) * cell, top + (Double(i) + 0.5) * cell)
        let size = share.squareRoot() * (cell - 1)
        row +=
          "<rect class=\"cell\" x=\"\(SVG.number(cx - cell / 2))\" y=\"\(SVG.number(cy - cell / 2))\" "
          + "width=\"\(SVG.number(cell))\" height=\"\(SVG.number(cell))\"/>"
        if size >= 0.1 {
          row +=
            "<rect class=\"b\(min(9, Int(share * 10)))\" x=\"\(SVG.number(cx - size / 2))\" "
            + "y=\"\(SVG.number(cy - size / 2))\" width=\"\(SVG.number(size))\" height=\"\(SVG.number(size))\"/>"
        }
        if cells <= Self.largestNumbered, group == 1 {
          row +=
            "<text class=\"\(share >= 0.5 ? "on" : "ink")\" x=\"\(SVG.number(cx))\" y=\"\(SVG.number(cy + 4))\" "
            + "text-anchor=\"middle\">\(Self.number(x))</text>"
        }
      }
      lines.append(row + "</g>")
    }
    return lines
  }

  /// The number of a cell, no wider than the cell.
  private static func number(_ x: Double) -> String {
    let text = x.readable(digits: 3)
    return text.count <= 6 ? text : x.readable(digits: 1)
  }

  private func labels(cell: Double, left: Double, top: Double) -> [String] {
    order.enumerated().map { i, reward in
      let whole = names[reward]
      let name = SVG.escaped(whole.count > Self.longestName ? whole.prefix(Self.longestName - 1) + "…" : whole)
      let (y, x) = (top + (Double(i) + 0.5) * cell, left + (Double(i) + 0.5) * cell)
      let (row, column) = ("x=\"\(SVG.number(left - 6))\" y=\"\(SVG.number(y + 4))\"", SVG.number(x + 4))
      return "<text class=\"ink\" \(row) text-anchor=\"end\">\(name)</text>"
        + "<text class=\"ink\" transform=\"translate(\(column) \(SVG.number(top - 6))) rotate(-45)\">\(name)</text>"
    }
  }

  /// What the sizes and shades stand for.
  private func scale(_ panel: Panel, left: Double, top: Double) -> [String] {
    let largest = panel.values.elements.max() ?? 0
    return [1.0, 0.75, 0.5, 0.25, 0].enumerated().map { i, share in
      let (size, y) = (share.squareRoot() * 16, top + 12 + 24 * Double(i))
      return "<rect class=\"b\(min(9, Int(share * 10)))\" x=\"\(SVG.number(left + 8 - size / 2))\" "
        + "y=\"\(SVG.number(y - size / 2))\" width=\"\(SVG.number(size))\" height=\"\(SVG.number(size))\"/>"
        + "<text class=\"ink\" x=\"\(SVG.number(left + 24))\" y=\"\(SVG.number(y + 4))\">"
        + "\((share * largest).readable(digits: 3))</text>"
    }
  }

  private static let style: String = {
    // One hue, from pale to deep on light paper and from deep to pale on dark paper.
    let light = [
      "#e3edf6", "#cfe1f0", "#b7d3e8", "#98c1de", "#74abd2", "#5294c4", "#357cb3", "#1f649f", "#114d86", "#08376a",
    ]
    let dark = [
      "#16324a", "#1b4263", "#21537b", "#296693", "#357aa9", "#478fbd", "#62a5cd", "#84bbdb", "#abd1e7", "#d6e8f4",
    ]
    func rules(_ colours: [String], paper: String, ink: String, soft: String, on: String, cell: String) -> String {
      ".paper{fill:\(paper)}.ink{fill:\(ink)}.soft{fill:\(soft)}.on{fill:\(on)}.cell{fill:none;stroke:\(cell)}"
        + colours.enumerated().map { ".b\($0){fill:\($1)}" }.joined()
    }
    return "<style>"
      + rules(light, paper: "#ffffff", ink: "#1a1a1a", soft: "#666666", on: "#ffffff", cell: "#e6e6e6")
      + "@media (prefers-color-scheme:dark){"
      + rules(dark, paper: "#14171a", ink: "#ececec", soft: "#a0a0a0", on: "#10151a", cell: "#2c3136")
      + "}@media print{"
      + rules(light, paper: "#ffffff", ink: "#000000", soft: "#444444", on: "#ffffff", cell: "#dddddd") + "}</style>"
  }()
}
