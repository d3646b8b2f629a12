/// Comparisons as lines of a table.
enum Report {
  static let heading =
    pad("benchmark", 36) + pad("instance", 26) + pad("ours (10 – 90 %)", 34) + pad("peer", 24) + pad("theirs", 12)
    + "ratio"

  static func line(_ name: String, _ comparison: Comparison) -> String {
    let ours = comparison.ours
    let range = "\(time(ours.median)) (\(time(ours.tenth)) – \(time(ours.ninetieth)))"
    let theirs = comparison.theirs.map { time($0.median) } ?? ""
    var ratio = comparison.ratio.map { rounded($0, digits: 2) } ?? ""
    if let bar = comparison.bar, let value = comparison.ratio {
      ratio += value <= bar ? "  within \(bar)" : "  MISSES \(bar)"
    }
    return pad(name, 36) + pad(comparison.instance, 26) + pad(range, 34) + pad(comparison.peer, 24) + pad(theirs, 12)
      + ratio
  }

  /// A time with three significant digits and its unit.
  private static func time(_ seconds: Double) -> String {
    let (value, unit) =
      seconds < 1e-6
      ? (seconds * 1e9, "ns")
      : seconds < 1e-3 ? (seconds * 1e6, "µs") : seconds < 1 ? (seconds * 1e3, "ms") : (seconds, "s")
    return "\(rounded(value, digits: value < 10 ? 2 : value < 100 ? 1 : 0)) \(unit)"
  }

  private static func rounded(_ value: Double, digits: Int) -> String {
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let text = "\((value * scale).rounded() / scale)"
    return digits == 0 ? String(text.prefix { $0 != "." }) : text
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }
}
