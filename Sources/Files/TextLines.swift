internal import Glibc
internal import JSON
internal import LinearAlgebra

/// The lines of a text file, one after the other, with their numbers.
struct TextLines {
  /// No line of a model is longer.
  private static let lengthLimit = 1 << 24

  private let file: FileBytes
  private var offset = 0
  /// The number of the line read last, counted from 1.
  private(set) var number = 0

  /// The lines of `file`.
  init(_ file: FileBytes) { self.file = file }

  /// The next line without its end; nil after the last.
  mutating func next() throws(FileError) -> String? {
    guard offset < file.count else { return nil }
    number += 1
    let rest = UnsafeRawBufferPointer(rebasing: file.bytes[offset...])
    var length = rest.count
    if let start = rest.baseAddress, let end = memchr(start, 0x0A, rest.count) {
      length = UnsafeRawPointer(end) - start
    }
    offset += length + 1
    guard length <= Self.lengthLimit else { throw fault("the line has more than \(Self.lengthLimit) characters") }
    if length > 0, rest[length - 1] == 0x0D { length -= 1 }
    guard let text = String(validating: rest[..<length], as: UTF8.self) else {
      throw fault("these bytes are not UTF-8; save the file as UTF-8")
    }
    return text
  }

  /// The next line that is neither blank nor, if a mark is given, a remark that starts with it.
  mutating func nextContent(remark: String? = nil) throws(FileError) -> String? {
    while let line = try next() {
      let content = line[...].afterBlanks
      if content.isEmpty { continue }
      if let remark, content.startsWith(remark) { continue }
      return line
    }
    return nil
  }

  /// The fault that the line read last is wrong.
  func fault(_ reason: String) -> FileError { .line(path: file.path, line: max(1, number), reason: reason) }
}

// Lines are taken apart by bytes: blanks and marks are ASCII, and a byte of a longer character is never one of them.

extension Substring {
  /// The text after the blanks at its start.
  var afterBlanks: Substring { Substring(utf8.drop { $0 == 0x20 || $0 == 0x09 }) }

  /// The text without blanks at either end.
  var trimmed: Substring {
    var rest = afterBlanks.utf8
    while let last = rest.last, last == 0x20 || last == 0x09 { rest.removeLast() }
    return Substring(rest)
  }

  /// The parts between blanks.
  var words: [Substring] { utf8.split { $0 == 0x20 || $0 == 0x09 }.map { Substring($0) } }

  /// Whether the text starts with `other`, byte for byte.
  func startsWith(_ other: String) -> Bool { utf8.starts(with: other.utf8) }

  /// The text up to the first colon and the text after it; nil when there is none.
  var halves: (Substring, Substring)? {
    guard let colon = utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    return (self[..<colon], self[utf8.index(after: colon)...])
  }
}

extension String {
  /// The parts between blanks.
  var words: [Substring] { self[...].words }

  /// The text without blanks at either end.
  var trimmed: Substring { self[...].trimmed }
}

/// A number as a text says it.
struct TextNumber {
  /// The double next to it.
  var double: Double
  /// Exactly what the text says, where that was asked for.
  var exact: Rational?

  /// 0
  static let zero = TextNumber(double: 0, exact: 0)
}

/// Reads numbers of text formats, decimal or `p/q`. Exact ones are remembered, for few different ones fill most files.
struct TextNumbers {
  private static let memoryLimit = 4096
  private static let lengthLimit = 10_000

  private var known: [Substring: TextNumber] = [:]
  /// Whether a fraction `p/q` has been read.
  private(set) var hasSeenFraction = false

  /// The number that `text` writes; nil when it is none, or beyond the range of a double.
  mutating func parse(_ text: Substring, exactly: Bool) -> TextNumber? {
    if exactly, let number = known[text] { return number }
    let isFraction = text.utf8.contains(UInt8(ascii: "/"))
    guard text.utf8.count <= Self.lengthLimit, text.utf8.allSatisfy(Self.isNumberByte) else { return nil }
    if !exactly, !isFraction {
      guard let double = Double(decimal: text) else { return nil }
      return TextNumber(double: double, exact: nil)
    }
    guard let exact = try? Rational(parsing: String(text)) else { return nil }
    // A rational has no −0; the double keeps it.
    let double = exact.isZero && text.first == "-" ? -0.0 : Double(exact)
    guard double.isFinite else { return nil }
    if isFraction { hasSeenFraction = true }
    let number = TextNumber(double: double, exact: exact)
    if known.count < Self.memoryLimit { known[text] = number }
    return number
  }

  private static func isNumberByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"),
      UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "/"):
      true
    default: false
    }
  }
}
