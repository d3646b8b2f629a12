extension JSONValue: CustomStringConvertible {
  /// The value as JSON on one line.
  public var description: String { serialised() }

  /// The value as a JSON text.
  ///
  /// Doubles are written with the fewest digits that read back to the same double; one that is NaN or infinite, which
  /// JSON cannot hold, is written as `null`.
  ///
  /// - Parameter pretty: Whether members and nested arrays stand on lines of their own, indented by two blanks.
  /// - Returns: The text, without a line break at its end.
  public func serialised(pretty: Bool = false) -> String {
    var text = ""
    write(to: &text, pretty: pretty)
    return text
  }

  /// Writes the value as a JSON text; see ``serialised(pretty:)``.
  public func write(to output: inout some TextOutputStream, pretty: Bool = false) {
    write(to: &output, indentation: pretty ? 0 : nil)
  }

  /// Writes at a depth of `indentation` levels; nil stands for one line.
  private func write(to output: inout some TextOutputStream, indentation: Int?) {
    switch self {
    case .null: output.write("null")
    case .bool(let value): output.write(value ? "true" : "false")
    case .integer(let value): output.write(value.description)
    case .number(let value): output.write(value.isFinite ? value.description : "null")
    case .string(let text): writeQuoted(text, to: &output)
    case .array(let elements):
      // An array of plain values stays on one line also in pretty print: a matrix shows its rows.
      let inner = elements.allSatisfy(\.isScalar) ? nil : indentation
      writeList(elements, "[", "]", to: &output, indentation: inner, spaced: indentation != nil) { element, output in
        element.write(to: &output, indentation: inner.map { $0 + 1 })
      }
    case .object(let members):
      writeList(members, "{", "}", to: &output, indentation: indentation, spaced: indentation != nil) {
        member, output in
        writeQuoted(member.name, to: &output)
        output.write(indentation == nil ? ":" : ": ")
        member.value.write(to: &output, indentation: indentation.map { $0 + 1 })
      }
    }
  }

  private var isScalar: Bool {
    switch self {
    case .array, .object: false
    default: true
    }
  }
}

private func writeList<Item, Output: TextOutputStream>(
  _ items: [Item], _ opening: String, _ closing: String, to output: inout Output, indentation: Int?, spaced: Bool,
  each: (Item, inout Output) -> Void
) {
  output.write(opening)
  for (index, item) in items.enumerated() {
    if index > 0 { output.write(spaced && indentation == nil ? ", " : ",") }
    if let indentation { output.write("\n" + String(repeating: "  ", count: indentation + 1)) }
    each(item, &output)
  }
  if let indentation, !items.isEmpty { output.write("\n" + String(repeating: "  ", count: indentation)) }
  output.write(closing)
}

private func writeQuoted(_ text: String, to output: inout some TextOutputStream) {
  output.write("\"")
  if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") && $0 != 0x7F }) {
    output.write(text)
  } else {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": escaped += "\\\""
      case "\\": escaped += "\\\\"
      case "\n": escaped += "\\n"
      case "\r": escaped += "\\r"
      case "\t": escaped += "\\t"
      case "\u{0}"..<" ", "\u{7F}":
        let digits = String(scalar.value, radix: 16)
        escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    output.write(escaped)
  }
  output.write("\"")
}
