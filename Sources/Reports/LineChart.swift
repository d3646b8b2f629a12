internal import Glibc

/// Curves with bands over one pair of axes, as an SVG picture for light and dark screens and for print.
///
/// Curves differ by colour, by dash pattern and by a mark at the end with the name beside it, so that no reader needs
/// colour; the colours are those of Okabe and Ito, which colour-blind readers tell apart.
public struct LineChart: Sendable {
  /// How numbers are laid out along an axis.
  public enum Scale: String, Sendable, CaseIterable {
    /// Equal steps.
    case linear
    /// Equal factors; values that are not positive are left out.
    case logarithmic = "log"
  }

  /// One curve.
  public struct Series: Sendable {
    /// What the label says.
    public let name: String
    /// Places along the horizontal axis, increasing.
    public let x: [Double]
    /// Values; those that are not finite are left out.
    public let y: [Double]
    /// The lower edge of a band, if there is one.
    public let lower: [Double]?
    /// The upper edge of a band.
    public let upper: [Double]?
    /// Whether it is a bound or another line to compare with: drawn thin, dotted and grey.
    public let isReference: Bool

    /// A curve; all arrays have one length.
    public init(
      name: String, x: [Double], y: [Double], lower: [Double]? = nil, upper: [Double]? = nil, isReference: Bool = false
    ) {
      self.name = name
      self.x = x
      self.y = y
      self.lower = lower
      self.upper = upper
      self.isReference = isReference
    }
  }

  /// What is shown.
  public var title: String
  /// The name of the horizontal axis.
  public var xLabel: String
  /// The name of the vertical axis.
  public var yLabel: String
  /// The layout of the horizontal axis.
  public var xScale: Scale
  /// The layout of the vertical axis.
  public var yScale: Scale
  /// A line below the picture.
  public var caption: String
  /// Whether a linear vertical axis goes down to 0; else only as far as the curves.
  public var startsAtZero = true
  /// The curves.
  public var series: [Series] = []

  /// A picture without curves yet.
  public init(
    title: String, xLabel: String, yLabel: String, xScale: Scale = .linear, yScale: Scale = .linear,
    caption: String = ""
  ) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.xScale = xScale
    self.yScale = yScale
    self.caption = caption
  }

  private static let leastWidth = 760.0, height = 440.0
  private static let left = 70.0, right = 560.0, top = 44.0, bottom = 366.0
  private static let dashes = ["", "7 3", "2 2.5", "9 3 2 3", "12 4", "4 2", "1.5 4", "9 2 2 2 2 2"]

  /// One axis: from values to places.
  private struct Axis {
    let scale: Scale
    let low: Double, high: Double
    let start: Double, end: Double
    let ticks: [Double]

    init(_ values: [Double], scale: Scale, from start: Double, to end: Double, includesZero: Bool) {
      self.scale = scale
      self.start = start
      self.end = end
      let usable = values.filter { $0.isFinite && (scale == .linear || $0 > 0) }
      var low = usable.min() ?? (scale == .linear ? 0 : 1)
      var high = usable.max() ?? (scale == .linear ? 1 : 10)
      switch scale {
      case .linear:
        if includesZero { low = min(0, low) }
        if high <= low { high = low + 1 }
        let rough = (high - low) / 6
        let power = pow(10, floor(log10(rough)))
        let step = power * ([1, 2, 2.5, 5, 10].first { $0 * power >= rough } ?? 10)
        high = ceil(high / step - 1e-9) * step
        low = floor(low / step + 1e-9) * step
        ticks = (0...Int(((high - low) / step).rounded())).map { low + Double($0) * step }
      case .logarithmic:
        if high <= low { high = low * 10 }
        let decades = Int(floor(log10(low)))...Int(ceil(log10(high) - 1e-9))
        // The axis ends at the nearest 1, 2 or 5 times a power of ten; up to two decades these are the ticks too.
        let grid = decades.flatMap { decade in [1.0, 2, 5].map { $0 * pow(10, Double(decade)) } }
        let (least, most) = (low, high)
        low = grid.last { $0 <= least * (1 + 1e-9) } ?? least
        high = grid.first { $0 >= most * (1 - 1e-9) } ?? most
        let ends = low...high
        let stride = max(1, decades.count / 8 + (decades.count > 8 ? 1 : 0))
        let powers = decades.filter { ($0 - decades.lowerBound) % stride == 0 }.map { pow(10, Double($0)) }
        ticks = (high / low <= 200 ? grid : powers).filter(ends.contains)
      }
      self.low = low
      self.high = high
    }

    func place(_ value: Double) -> Double? {
      guard value.isFinite, scale == .linear || value > 0 else { return nil }
      let share =
        scale == .linear ? (value - low) / (high - low) : (log10(value) - log10(low)) / (log10(high) - log10(low))
      return start + share * (end - start)
    }

    func label(_ value: Double) -> String {
      if scale == .logarithmic {
        let exponent = Int(floor(log10(value) + 1e-9))
        guard !(-3...4).contains(exponent) else { return value.readable() }
        return "\(Int((value / pow(10, Double(exponent))).rounded()))e\(exponent)"
      }
      return value.readable(digits: 6)
    }
  }

  /// Wide enough for the longest name at 6.6 units a letter.
  private var width: Double {
    let longest = series.reduce(0) { max($0, $1.name.count) }
    return max(Self.leastWidth, (Self.right + 40 + 6.6 * Double(longest)).rounded(.up))
  }

  /// The picture.
  public var svg: String {
    let x = Axis(series.flatMap(\.x), scale: xScale, from: Self.left, to: Self.right, includesZero: true)
    let y = Axis(
      series.flatMap { $0.y + ($0.isReference ? [] : ($0.lower ?? []) + ($0.upper ?? [])) }, scale: yScale,
      from: Self.bottom, to: Self.top, includesZero: startsAtZero)
    let height = Self.height + 14 * Double(max(0, captionLines.count - 1))
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(f(width)) \(f(height))\" "
        + "font-family=\"system-ui, sans-serif\" font-size=\"12\" role=\"img\" aria-label=\"\(escaped(title))\">",
      "<title>\(escaped(title))</title>",
      Self.style,
      "<rect class=\"paper\" width=\"\(f(width))\" height=\"\(f(height))\"/>",
      "<text class=\"ink\" x=\"\(f(Self.left))\" y=\"24\" font-size=\"15\" font-weight=\"600\">\(escaped(title))</text>",
    ]
    for tick in y.ticks {
      guard let place = y.place(tick) else { continue }
      lines.append(
        "<line class=\"grid\" x1=\"\(f(Self.left))\" x2=\"\(f(Self.right))\" y1=\"\(f(place))\" y2=\"\(f(place))\"/>"
          + "<text class=\"ink\" x=\"\(f(Self.left - 8))\" y=\"\(f(place + 4))\" text-anchor=\"end\">\(y.label(tick))</text>"
      )
    }
    for tick in x.ticks {
      guard let place = x.place(tick) else { continue }
      lines.append(
        "<line class=\"grid\" x1=\"\(f(place))\" x2=\"\(f(place))\" y1=\"\(f(Self.top))\" y2=\"\(f(Self.bottom))\"/>"
          + "<text class=\"ink\" x=\"\(f(place))\" y=\"\(f(Self.bottom + 18))\" text-anchor=\"middle\">\(x.label(tick))</text>"
      )
    }
    lines.append(
      "<path class=\"axis\" d=\"M\(f(Self.left)) \(f(Self.top))V\(f(Self.bottom))H\(f(Self.right))\"/>"
        + "<text class=\"ink\" x=\"\(f((Self.left + Self.right) / 2))\" y=\"\(f(Self.bottom + 38))\" "
        + "text-anchor=\"middle\">\(escaped(xLabel))</text>"
        + "<text class=\"ink\" transform=\"translate(16 \(f((Self.top + Self.bottom) / 2))) rotate(-90)\" "
        + "text-anchor=\"middle\">\(escaped(yLabel))</text>")
    lines.append(
      "<clipPath id=\"plot\"><rect x=\"\(f(Self.left))\" y=\"\(f(Self.top))\" "
        + "width=\"\(f(Self.right - Self.left))\" height=\"\(f(Self.bottom - Self.top))\"/></clipPath>")
    for (number, curve) in series.enumerated() { lines += draw(curve, number, x, y) }
    lines += labels(x, y)
    for (number, line) in captionLines.enumerated() {
      let place = Self.height - 12 + 14 * Double(number)
      lines.append("<text class=\"soft\" x=\"\(f(Self.left))\" y=\"\(f(place))\">\(escaped(line))</text>")
    }
    lines.append("</svg>")
    return lines.joined(separator: "\n") + "\n"
  }

  private func name(_ number: Int, _ curve: Series) -> String {
    curve.isReference ? "reference" : "s\(series[..<number].filter { !$0.isReference }.count % 8)"
  }

  /// The stroke of a curve: no two of the first 64 share colour and dashes.
  private func dash(_ number: Int) -> String {
    if series[number].isReference { return "1 3" }
    let place = series[..<number].filter { !$0.isReference }.count
    return Self.dashes[(place + place / Self.dashes.count * 3) % Self.dashes.count]
  }

  /// The caption in lines that fit the width.
  private var captionLines: [String] {
    var lines: [String] = []
    for word in caption.split(separator: " ") {
      if let last = lines.last, last.count + word.count < 118 {
        lines[lines.count - 1] += " \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }

  private func draw(_ curve: Series, _ number: Int, _ x: Axis, _ y: Axis) -> [String] {
    var lines: [String] = []
    let style = name(number, curve)
    if let lower = curve.lower, let upper = curve.upper {
      let top = points(curve.x, upper, x, y)
      let bottom = points(curve.x, lower.map { yScale == .logarithmic ? max($0, y.low) : $0 }, x, y)
      if top.count > 1, top.count == bottom.count {
        let outline = (top + bottom.reversed()).map { "\(f($0.x)) \(f($0.y))" }.joined(separator: "L")
        lines.append("<path class=\"\(style) band\" clip-path=\"url(#plot)\" d=\"M\(outline)Z\"/>")
      }
    }
    let middle = points(curve.x, curve.y, x, y)
    guard let end = middle.last else { return lines }
    let dash = dash(number)
    let path = middle.map { "\(f($0.x)) \(f($0.y))" }.joined(separator: "L")
    lines.append(
      "<path class=\"\(style) curve\" clip-path=\"url(#plot)\"\(dash.isEmpty ? "" : " stroke-dasharray=\"\(dash)\"") "
        + "d=\"M\(path)\"/>")
    if !curve.isReference, end.y >= Self.top - 1 {
      lines.append("<circle class=\"\(style) mark\" cx=\"\(f(end.x))\" cy=\"\(f(end.y))\" r=\"3\"/>")
    }
    return lines
  }

  private func points(_ xs: [Double], _ ys: [Double], _ x: Axis, _ y: Axis) -> [(x: Double, y: Double)] {
    zip(xs, ys).compactMap { a, b in
      guard let px = x.place(a), let py = y.place(b) else { return nil }
      return (px, py)
    }
  }

  /// Names beside the ends of the curves, pushed apart where they would overlap, each with a sample of its stroke.
  private func labels(_ x: Axis, _ y: Axis) -> [String] {
    var wanted: [(number: Int, y: Double)] = series.enumerated().compactMap { number, curve in
      points(curve.x, curve.y, x, y).last.map { (number, min(max($0.y, Self.top), Self.bottom)) }
    }
    wanted.sort { ($0.y, $0.number) < ($1.y, $1.number) }
    let spacing = 16.0
    for i in wanted.indices.dropFirst() { wanted[i].y = max(wanted[i].y, wanted[i - 1].y + spacing) }
    if let last = wanted.last, last.y > Self.bottom + 20 {
      wanted[wanted.count - 1].y = Self.bottom + 20
      for i in wanted.indices.dropLast().reversed() { wanted[i].y = min(wanted[i].y, wanted[i + 1].y - spacing) }
    }
    return wanted.map { entry in
      let curve = series[entry.number]
      let dash = dash(entry.number)
      return "<path class=\"\(name(entry.number, curve)) curve\"\(dash.isEmpty ? "" : " stroke-dasharray=\"\(dash)\"") "
        + "d=\"M\(f(Self.right + 8)) \(f(entry.y))h20\"/>"
        + "<text class=\"ink\" x=\"\(f(Self.right + 33))\" y=\"\(f(entry.y + 4))\">\(escaped(curve.name))</text>"
    }
  }

  private static let style: String = {
    let light = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#B8860B", "#56B4E9", "#7A4FA3", "#444444"]
    let dark = ["#5DB7F0", "#FF8A3D", "#2BD3A0", "#E8A3CC", "#F0E442", "#9AD7FF", "#B79AE0", "#BBBBBB"]
    func rules(_ colours: [String], paper: String, ink: String, soft: String, grid: String) -> String {
      ".paper{fill:\(paper)}.ink{fill:\(ink)}.soft{fill:\(soft);font-size:11px}.grid{stroke:\(grid);stroke-width:1}"
        + ".axis{stroke:\(soft);fill:none}.reference{stroke:\(soft)}"
        + colours.enumerated().map { ".s\($0){stroke:\($1);fill:\($1)}" }.joined()
    }
    return "<style>"
      + rules(light, paper: "#ffffff", ink: "#1a1a1a", soft: "#666666", grid: "#e6e6e6")
      + ".curve{fill:none;stroke-width:1.9;stroke-linejoin:round}.band{stroke:none;fill-opacity:.16}.mark{stroke:none}"
      + "@media (prefers-color-scheme:dark){"
      + rules(dark, paper: "#14171a", ink: "#ececec", soft: "#a0a0a0", grid: "#2c3136")
      + ".curve{fill:none}.band{stroke:none}}@media print{"
      + rules(light, paper: "#ffffff", ink: "#000000", soft: "#444444", grid: "#dddddd")
      + ".curve{fill:none}.band{stroke:none}}</style>"
  }()

  private func f(_ value: Double) -> String { SVG.number(value) }

  private func escaped(_ text: String) -> String { SVG.escaped(text) }
}
