/// Small parts that every SVG picture needs.
enum SVG {
  /// A coordinate with one decimal.
  static func number(_ value: Double) -> String {
    let tenths = (min(max(value, -1e6), 1e6) * 10).rounded() / 10
    return tenths == tenths.rounded() ? "\(Int(tenths))" : "\(tenths)"
  }

  /// Text as it may stand between tags and in attributes.
  static func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default: result.append(character)
      }
    }
  }
}
