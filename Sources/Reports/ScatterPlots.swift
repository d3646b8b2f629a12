/// Clouds of points in small panels over the same kind of axes, as an SVG picture for light and dark screens and for print.
public struct ScatterPlots: Sendable {
  /// One cloud.
  public struct Panel: Sendable {
    /// What the horizontal axis measures.
    public let title: String
    /// A line below the title.
    public let note: String
    /// Places along the horizontal axis, from 0.
    public let x: [Double]
    /// Places along the vertical axis, in [0, 1].
    public let y: [Double]

    /// A cloud; both arrays have one length.
    public init(title: String, note: String, x: [Double], y: [Double]) {
      self.title = title
      self.note = note
      self.x = x
      self.y = y
    }
  }

  /// What is shown.
  public let title: String
  /// The name of the vertical axis.
  public let yLabel: String
  /// A line below the picture.
  public let caption: String
  /// The clouds, row by row.
  public let panels: [Panel]

  /// A picture of clouds.
  public init(title: String, yLabel: String, caption: String, panels: [Panel]) {
    self.title = title
    self.yLabel = yLabel
    self.caption = caption
    self.panels = panels
  }

  /// The picture.
  public var svg: String {
    let (columns, panelWidth, panelHeight) = (4, 210.0, 190.0)
    let rows = (panels.count + columns - 1) / columns
    let (width, height) = (panelWidth * Double(columns) + 40, panelHeight * Double(rows) + 80)
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(SVG.number(width)) \(SVG.number(height))\" "
        + "font-family=\"system-ui, sans-serif\" font-size=\"10\" role=\"img\" aria-label=\"\(SVG.escaped(title))\">",
      "<title>\(SVG.escaped(title))</title>", Self.style,
      "<rect class=\"paper\" width=\"\(SVG.number(width))\" height=\"\(SVG.number(height))\"/>",
      "<text class=\"ink\" x=\"20\" y=\"24\" font-size=\"15\" font-weight=\"600\">\(SVG.escaped(title))</text>",
      "<text class=\"soft\" x=\"20\" y=\"40\">vertical: \(SVG.escaped(yLabel)), 0 to 1</text>",
    ]
    for (number, panel) in panels.enumerated() {
      let left = 34 + panelWidth * Double(number % columns)
      let top = 84 + panelHeight * Double(number / columns)
      lines += draw(panel, left: left, top: top, width: panelWidth - 40, height: panelHeight - 76)
    }
    lines.append("<text class=\"soft\" x=\"20\" y=\"\(SVG.number(height - 12))\">\(SVG.escaped(caption))</text>")
    lines.append("</svg>")
    return lines.joined(separator: "\n") + "\n"
  }

  private func draw(_ panel: Panel, left: Double, top: Double, width: Double, height: Double) -> [String] {
    let largest = panel.x.filter(\.isFinite).max().flatMap { $0 > 0 ? $0 : nil } ?? 1
    var path = ""
    for (x, y) in zip(panel.x, panel.y) where x.isFinite && y.isFinite {
      let place = "\(SVG.number(left + x / largest * width)) \(SVG.number(top + (1 - min(max(y, 0), 1)) * height))"
      path += "M\(place)h0"
    }
    return [
      "<text class=\"ink\" x=\"\(SVG.number(left))\" y=\"\(SVG.number(top - 18))\" font-weight=\"600\">"
        + "\(SVG.escaped(panel.title))</text>"
        + "<text class=\"soft\" x=\"\(SVG.number(left))\" y=\"\(SVG.number(top - 6))\">\(SVG.escaped(panel.note))</text>",
      "<path class=\"axis\" d=\"M\(SVG.number(left)) \(SVG.number(top))v\(SVG.number(height))h\(SVG.number(width))\"/>"
        + "<text class=\"soft\" x=\"\(SVG.number(left))\" y=\"\(SVG.number(top + height + 12))\">0</text>"
        + "<text class=\"soft\" x=\"\(SVG.number(left + width))\" y=\"\(SVG.number(top + height + 12))\" "
        + "text-anchor=\"end\">\(largest.readable(digits: 3))</text>",
      "<path class=\"points\" d=\"\(path)\"/>",
    ]
  }

  private static let style =
    "<style>.paper{fill:#ffffff}.ink{fill:#1a1a1a}.soft{fill:#666666}.axis{fill:none;stroke:#888888}"
    + ".points{fill:none;stroke:#0072B2;stroke-width:2.2;stroke-linecap:round;stroke-opacity:.35}"
    + "@media (prefers-color-scheme:dark){.paper{fill:#14171a}.ink{fill:#ececec}.soft{fill:#a0a0a0}"
    + ".axis{stroke:#777777}.points{stroke:#5DB7F0;stroke-opacity:.65}}@media print{.paper{fill:#ffffff}.ink{fill:#000000}"
    + ".soft{fill:#444444}.points{stroke:#0072B2;stroke-opacity:.35}}</style>"
}
