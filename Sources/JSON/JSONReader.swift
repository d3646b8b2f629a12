/// Reads a JSON text step by step, without building it in memory: for files that hold large arrays of numbers.
///
/// The caller asks for what must come next and gets it or an error with line and column:
///
/// ```
/// var reader = JSONReader("{\"weights\": [0.5, 0.5]}")
/// try reader.beginObject()
/// while let name = try reader.nextMember() {
///   if name == "weights" { try reader.numbers(into: &weights) } else { try reader.skipValue() }
/// }
/// try reader.finish()
/// ```
///
/// The text is checked in full against RFC 8259, also where it is skipped: UTF-8, no name twice in one object, no number
/// beyond the range of a double, no nesting beyond ``nestingLimit``, nothing after the value.
public struct JSONReader: ~Copyable {
  /// Arrays and objects may be nested this deep.
  public static let nestingLimit = 256

  /// What kind of value comes next.
  public enum Kind: Sendable, Equatable {
    /// `{…}`
    case object
    /// `[…]`
    case array
    /// Text in quotes.
    case string
    /// A number.
    case number
    /// `true` or `false`
    case bool
    /// `null`
    case null
  }

  // The bytes are reached through a pointer because a large file is mapped, not copied; `owner` keeps them in place.
  private let bytes: UnsafePointer<UInt8>
  private let count: Int
  private let owner: AnyObject
  private var position = 0
  private var tokenStart = 0
  private var levels: [Level] = []

  /// An array or object that is being read.
  private struct Level {
    let isObject: Bool
    var isEmpty = true
    var names: Set<String> = []
  }

  /// A reader over bytes that live as long as `owner`, such as a mapped file.
  public init(bytes: UnsafeRawBufferPointer, owner: AnyObject) {
    let pointer = bytes.bindMemory(to: UInt8.self)
    self.owner = owner
    self.bytes = pointer.baseAddress.map { UnsafePointer($0) } ?? emptyText.start
    self.count = pointer.count
  }

  /// A reader over a copy of `bytes`.
  public init(_ bytes: [UInt8]) {
    let copy = TextCopy(bytes)
    self.init(bytes: UnsafeRawBufferPointer(start: copy.start, count: bytes.count), owner: copy)
  }

  /// A reader over `text`.
  public init(_ text: String) { self.init(Array(text.utf8)) }

  /// Where the value or name read last starts.
  public var place: JSONPlace { place(of: tokenStart) }

  /// How much of the text has been read, in bytes.
  public var offset: Int { position }

  // MARK: Structure

  /// What kind of value comes next; nothing is read but blanks.
  public mutating func peek() throws(JSONError) -> Kind {
    switch try nextByte("a value") {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
    case UInt8(ascii: "n"): return .null
    default: throw unexpected("a value")
    }
  }

  /// Enters an object.
  public mutating func beginObject() throws(JSONError) {
    guard try nextByte("an object") == UInt8(ascii: "{") else { throw unexpected("an object") }
    try enter(isObject: true)
  }

  /// The name of the next member of the object entered last; nil at its end, which leaves it.
  public mutating func nextMember() throws(JSONError) -> String? {
    guard try step(closing: UInt8(ascii: "}"), "a name in quotes or '}'") else { return nil }
    guard try nextByte("a name in quotes") == UInt8(ascii: "\"") else { throw unexpected("a name in quotes") }
    let name = try string()
    let start = tokenStart
    guard levels[levels.count - 1].names.insert(name).inserted else {
      throw .duplicateName(name, at: place(of: start))
    }
    guard try nextByte("':'") == UInt8(ascii: ":") else { throw unexpected("':'") }
    position += 1
    tokenStart = start
    return name
  }

  /// Enters an array.
  public mutating func beginArray() throws(JSONError) {
    guard try nextByte("an array") == UInt8(ascii: "[") else { throw unexpected("an array") }
    try enter(isObject: false)
  }

  /// Whether the array entered last has a further element, which is then read next; at its end it is left.
  public mutating func nextElement() throws(JSONError) -> Bool {
    try step(closing: UInt8(ascii: "]"), "a value or ']'")
  }

  /// Checks that nothing but blanks follows the value read.
  public mutating func finish() throws(JSONError) {
    skipBlanks()
    tokenStart = position
    if position < count { throw unexpected("the end of the text") }
  }

  // MARK: Values

  /// A number, as the nearest double.
  public mutating func number() throws(JSONError) -> Double {
    let number = try scanNumber()
    return try double(of: number)
  }

  /// A number as it is written, such as `0.1` or `1e-3`: for exact arithmetic.
  ///
  /// - Throws: a ``JSONError`` also when the number is beyond the range of a double.
  public mutating func numberText() throws(JSONError) -> String {
    let number = try scanNumber()
    _ = try double(of: number)
    return text(tokenStart..<number.end)
  }

  /// A number that is an integer of 64 bits; `2.0` and `1e3` are.
  public mutating func integer() throws(JSONError) -> Int {
    let number = try scanNumber()
    guard let value = integer(of: number) else {
      throw .unexpected(found: text(tokenStart..<number.end), expected: "an integer", at: place)
    }
    return value
  }

  /// A text.
  public mutating func string() throws(JSONError) -> String {
    guard try nextByte("a text in quotes") == UInt8(ascii: "\"") else { throw unexpected("a text in quotes") }
    let start = position + 1
    var end = start
    while end < count, bytes[end] != UInt8(ascii: "\""), bytes[end] != UInt8(ascii: "\\"), bytes[end] >= 0x20 {
      end += 1
    }
    if end < count, bytes[end] == UInt8(ascii: "\"") {
      position = end + 1
      return try validated(UnsafeBufferPointer(start: bytes + start, count: end - start))
    }
    return try stringWithEscapes(from: start)
  }

  /// `true` or `false`
  public mutating func bool() throws(JSONError) -> Bool {
    switch try nextByte("true or false") {
    case UInt8(ascii: "t"):
      try word("true")
      return true
    case UInt8(ascii: "f"):
      try word("false")
      return false
    default: throw unexpected("true or false")
    }
  }

  /// `null`
  public mutating func null() throws(JSONError) {
    guard try nextByte("null") == UInt8(ascii: "n") else { throw unexpected("null") }
    try word("null")
  }

  /// An array of numbers and nothing else, appended to `values`.
  ///
  /// - Parameters:
  ///   - values: Where the numbers go.
  ///   - limit: The largest number of elements; one more is an error, found before it is stored.
  /// - Throws: the first fault: something that is no number, one number too many, an end before the `]`.
  public mutating func numbers(into values: inout [Double], limit: Int = .max) throws(JSONError) {
    try beginArray()
    var read = 0
    while try nextElement() {
      let value = try number()
      guard read < limit else {
        throw .unexpected(found: "a further number", expected: "at most \(limit) numbers", at: place)
      }
      values.append(value)
      read += 1
    }
  }

  /// Passes over a value, which is checked all the same.
  public mutating func skipValue() throws(JSONError) {
    switch try peek() {
    case .object:
      try beginObject()
      while try nextMember() != nil { try skipValue() }
    case .array:
      try beginArray()
      while try nextElement() { try skipValue() }
    case .string: _ = try string()
    case .number: _ = try number()
    case .bool: _ = try bool()
    case .null: try null()
    }
  }

  /// A value with everything in it.
  public mutating func value() throws(JSONError) -> JSONValue {
    switch try peek() {
    case .object:
      try beginObject()
      var members: [JSONValue.Member] = []
      while let name = try nextMember() { members.append(JSONValue.Member(name, try value())) }
      return .object(members)
    case .array:
      try beginArray()
      var elements: [JSONValue] = []
      while try nextElement() { elements.append(try value()) }
      return .array(elements)
    case .string: return .string(try string())
    case .number:
      let number = try scanNumber()
      // −0 has no integer form: it stays a double, so that its sign survives.
      if number.isInteger, !(number.isNegative && number.digits == 0), let integer = integer(of: number) {
        return .integer(integer)
      }
      return .number(try double(of: number))
    case .bool: return .bool(try bool())
    case .null:
      try null()
      return .null
    }
  }

  /// The fault that a value of another kind than `expected` stands at ``place``: for callers with further demands.
  public func fault(expected: String, found: String) -> JSONError {
    .unexpected(found: found, expected: expected, at: place)
  }

  // MARK: Steps

  @inline(__always)
  private mutating func skipBlanks() {
    while position < count {
      let byte = bytes[position]
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
      position += 1
    }
  }

  /// The first byte of what comes next, which becomes the place of the next token.
  @inline(__always)
  private mutating func nextByte(_ expected: String) throws(JSONError) -> UInt8 {
    skipBlanks()
    tokenStart = position
    guard position < count else { throw .endOfText(expected: expected, at: place) }
    return bytes[position]
  }

  private mutating func enter(isObject: Bool) throws(JSONError) {
    guard levels.count < Self.nestingLimit else { throw .tooDeep(limit: Self.nestingLimit, at: place) }
    position += 1
    levels.append(Level(isObject: isObject))
  }

  /// Moves to the next element or member; false at the end of the array or object, which is then left.
  @inline(__always)
  private mutating func step(closing: UInt8, _ expected: String) throws(JSONError) -> Bool {
    let top = levels.count - 1
    precondition(top >= 0 && levels[top].isObject == (closing == UInt8(ascii: "}")), "no such array or object is open")
    let byte = try nextByte(expected)
    if byte == closing {
      position += 1
      levels.removeLast()
      return false
    }
    if levels[top].isEmpty {
      levels[top].isEmpty = false
      return true
    }
    guard byte == UInt8(ascii: ",") else {
      throw unexpected(closing == UInt8(ascii: "}") ? "',' or '}'" : "',' or ']'")
    }
    position += 1
    if try nextByte("a value") == closing { throw unexpected("a value after ','") }
    return true
  }

  private mutating func word(_ word: StaticString) throws(JSONError) {
    for index in 0..<word.utf8CodeUnitCount {
      guard position + index < count else { throw .endOfText(expected: "\(word)", at: place(of: count)) }
      guard bytes[position + index] == word.utf8Start[index] else { throw unexpected("\(word)") }
    }
    position += word.utf8CodeUnitCount
  }

  // MARK: Numbers

  @inline(__always)
  private mutating func scanNumber() throws(JSONError) -> JSONNumber {
    let byte = try nextByte("a number")
    guard byte &- UInt8(ascii: "0") < 10 || byte == UInt8(ascii: "-") else { throw unexpected("a number") }
    var failure = position
    guard let number = JSONNumber(in: bytes, from: position, to: count, failure: &failure) else {
      guard failure < count else { throw .endOfText(expected: "a digit", at: place(of: count)) }
      let leadingZero = (0..<10).contains(bytes[failure] &- UInt8(ascii: "0"))
      position = failure
      tokenStart = failure
      throw unexpected(leadingZero ? "a number without leading zeros" : "a digit")
    }
    position = number.end
    return number
  }

  @inline(__always)
  private func double(of number: JSONNumber) throws(JSONError) -> Double {
    if let value = number.quickDouble { return value }
    return try slowDouble(of: number)
  }

  private func slowDouble(of number: JSONNumber) throws(JSONError) -> Double {
    let text = text(tokenStart..<number.end)
    // The standard library rounds correctly; it answers infinity or nil for what is too large.
    guard let value = Double(text), value.isFinite else { throw .numberOverflow(shortened(text), at: place) }
    return value
  }

  private func integer(of number: JSONNumber) -> Int? {
    if number.isInteger {
      guard !number.isTruncated else { return nil }
      if !number.isNegative { return Int(exactly: number.digits) }
      return number.digits == UInt64(Int.max) + 1 ? Int.min : Int(exactly: number.digits).map { -$0 }
    }
    // 2⁵³ and beyond, a fraction in the text could be lost in rounding: those are no integers here.
    guard !number.isTruncated, let value = number.quickDouble, value.magnitude < 0x1p53 else { return nil }
    return Int(exactly: value)
  }

  // MARK: Texts

  private mutating func stringWithEscapes(from start: Int) throws(JSONError) -> String {
    var unescaped: [UInt8] = []
    var index = start
    while index < count {
      let byte = bytes[index]
      switch byte {
      case UInt8(ascii: "\""):
        position = index + 1
        return try unescaped.withUnsafeBufferPointer { (buffer) throws(JSONError) in try validated(buffer) }
      case UInt8(ascii: "\\"):
        index = try escape(at: index, into: &unescaped)
      case 0..<0x20:
        throw .unexpected(
          found: "a control character", expected: "an escape such as \\n in its place", at: place(of: index))
      default:
        unescaped.append(byte)
        index += 1
      }
    }
    throw .endOfText(expected: "the closing quote", at: place(of: count))
  }

  /// Decodes the escape at `index` and returns the position after it.
  private func escape(at index: Int, into unescaped: inout [UInt8]) throws(JSONError) -> Int {
    guard index + 1 < count else { throw .endOfText(expected: "the rest of an escape", at: place(of: count)) }
    switch bytes[index + 1] {
    case UInt8(ascii: "\""): unescaped.append(UInt8(ascii: "\""))
    case UInt8(ascii: "\\"): unescaped.append(UInt8(ascii: "\\"))
    case UInt8(ascii: "/"): unescaped.append(UInt8(ascii: "/"))
    case UInt8(ascii: "b"): unescaped.append(0x08)
    case UInt8(ascii: "f"): unescaped.append(0x0C)
    case UInt8(ascii: "n"): unescaped.append(0x0A)
    case UInt8(ascii: "r"): unescaped.append(0x0D)
    case UInt8(ascii: "t"): unescaped.append(0x09)
    case UInt8(ascii: "u"):
      var code = try codeUnit(at: index + 2)
      var end = index + 6
      if code & 0xFC00 == 0xD800, end + 1 < count, bytes[end] == UInt8(ascii: "\\"), bytes[end + 1] == UInt8(ascii: "u")
      {
        let low = try codeUnit(at: end + 2)
        if low & 0xFC00 == 0xDC00 {
          code = 0x10000 + ((code & 0x3FF) << 10) + (low & 0x3FF)
          end += 6
        }
      }
      guard let scalar = Unicode.Scalar(code) else {
        throw .unexpected(
          found: "half of a surrogate pair", expected: "a pair or a single character", at: place(of: index))
      }
      unescaped.append(contentsOf: Array(String(Character(scalar)).utf8))
      return end
    default:
      throw .unexpected(
        found: describe(index + 1), expected: "one of \" \\ / b f n r t u after a backslash", at: place(of: index + 1))
    }
    return index + 2
  }

  private func codeUnit(at index: Int) throws(JSONError) -> UInt32 {
    var code: UInt32 = 0
    for place in index..<(index + 4) {
      guard place < count else { throw .endOfText(expected: "a hexadecimal digit", at: self.place(of: count)) }
      let byte = bytes[place]
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): code = code << 4 | UInt32(byte - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): code = code << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
      case UInt8(ascii: "A")...UInt8(ascii: "F"): code = code << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
      default:
        throw .unexpected(found: describe(place), expected: "a hexadecimal digit", at: self.place(of: place))
      }
    }
    return code
  }

  private func validated(_ buffer: UnsafeBufferPointer<UInt8>) throws(JSONError) -> String {
    guard let text = String(validating: buffer, as: UTF8.self) else { throw .notUTF8(at: place) }
    return text
  }

  private func text(_ range: Range<Int>) -> String {
    String(decoding: UnsafeBufferPointer(start: bytes + range.lowerBound, count: range.count), as: UTF8.self)
  }

  // MARK: Faults

  /// Line and column are counted only when something is wrong, so that reading pays nothing for them.
  private func place(of offset: Int) -> JSONPlace {
    var line = 1
    var column = 1
    for index in 0..<min(offset, count) {
      if bytes[index] == 0x0A {
        line += 1
        column = 1
      } else if bytes[index] & 0xC0 != 0x80 {
        column += 1
      }
    }
    return JSONPlace(line: line, column: column)
  }

  private func unexpected(_ expected: String) -> JSONError {
    .unexpected(found: describe(position), expected: expected, at: place(of: position))
  }

  /// What stands at `offset`, in words.
  private func describe(_ offset: Int) -> String {
    guard offset < count else { return "the end of the text" }
    switch bytes[offset] {
    case UInt8(ascii: "{"): return "an object"
    case UInt8(ascii: "["): return "an array"
    case UInt8(ascii: "\""):
      var end = offset + 1
      while end < count, end < offset + 40, bytes[end] != UInt8(ascii: "\""), bytes[end] >= 0x20 { end += 1 }
      return quoted(text((offset + 1)..<end))
    case 0..<0x20: return "a control character"
    case 0xEF where offset == 0: return "a byte order mark or a letter beyond ASCII"
    case 0x7F...: return "a character beyond ASCII"
    default:
      var end = offset + 1
      while end < count, end < offset + 24, isWordByte(bytes[end]), isWordByte(bytes[offset]) { end += 1 }
      return "'\(text(offset..<end))'"
    }
  }
}

private func isWordByte(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
    UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
    true
  default: false
  }
}

private func shortened(_ text: String) -> String { text.utf8.count > 40 ? text.prefix(40) + "…" : text }

/// An allocation that holds a copy of a text.
private final class TextCopy: @unchecked Sendable {
  // Sendable because nothing is written after the initialiser.
  let start: UnsafePointer<UInt8>

  init(_ bytes: [UInt8]) {
    let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, bytes.count))
    bytes.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { memory.initialize(from: base, count: source.count) }
    }
    start = UnsafePointer(memory)
  }

  deinit { start.deallocate() }
}

/// A valid address for texts of no bytes.
private let emptyText = TextCopy([])
