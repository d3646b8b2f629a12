/// A value inside a larger one together with the way to it, so that errors name the place: `arms[2].gaussian.sigma:
/// expected a number, found "x"`.
///
/// ```
/// let root = JSONCursor(try JSONValue.parse(text))
/// try root.allowOnly(["arms", "horizon"])
/// let horizon = try root["horizon"].integer(in: 1...)
/// for arm in try root["arms"].elements() { … }
/// ```
public struct JSONCursor: Sendable, Equatable {
  /// The value.
  public let value: JSONValue
  /// The way from the outermost value, such as `arms[2].mean`; empty for the outermost value itself.
  public let path: String

  /// A cursor at `value`, reached by `path`.
  public init(_ value: JSONValue, path: String = "") {
    self.value = value
    self.path = path
  }

  // MARK: Members and elements

  /// The member called `name`.
  ///
  /// - Throws: ``JSONError/missing(path:name:nearest:)`` with the names that look alike, or
  ///   ``JSONError/wrongValue(path:expected:found:)`` when this is no object.
  public subscript(name: String) -> JSONCursor {
    get throws(JSONError) {
      if let member = try optional(name) { return member }
      throw .missing(path: path, name: name, nearest: nearestNames(to: name, among: try memberNames()))
    }
  }

  /// The member called `name`; nil when there is none or it is `null`.
  ///
  /// - Throws: ``JSONError/wrongValue(path:expected:found:)`` when this is no object.
  public func optional(_ name: String) throws(JSONError) -> JSONCursor? {
    guard case .object = value else { throw wrong("an object") }
    guard let member = value[name], member != .null else { return nil }
    return JSONCursor(member, path: pathOfMember(name))
  }

  /// The members of an object, in their order.
  public func members() throws(JSONError) -> [(name: String, value: JSONCursor)] {
    guard case .object(let members) = value else { throw wrong("an object") }
    return members.map { ($0.name, JSONCursor($0.value, path: pathOfMember($0.name))) }
  }

  /// The names of the members of an object, in their order.
  public func memberNames() throws(JSONError) -> [String] {
    guard case .object(let members) = value else { throw wrong("an object") }
    return members.map(\.name)
  }

  /// The elements of an array.
  public func elements() throws(JSONError) -> [JSONCursor] {
    guard case .array(let elements) = value else { throw wrong("an array") }
    return elements.enumerated().map { JSONCursor($1, path: "\(path)[\($0)]") }
  }

  /// Checks that every member of an object has one of the `names`, so that a misspelt option is not passed over.
  ///
  /// - Throws: ``JSONError/unknown(path:name:nearest:)`` for the first that has not.
  public func allowOnly(_ names: [String]) throws(JSONError) {
    for name in try memberNames() where !names.contains(name) {
      throw .unknown(path: path, name: name, nearest: nearestNames(to: name, among: names))
    }
  }

  // MARK: Plain values

  /// A finite number.
  public func double() throws(JSONError) -> Double {
    switch value {
    case .integer(let value): return Double(value)
    case .number(let value) where value.isFinite: return value
    default: throw wrong("a number")
    }
  }

  /// A number within a range, such as `0...1`, `0..<1` or `0...`.
  public func double(in range: some RangeExpression<Double>) throws(JSONError) -> Double {
    let value = try double()
    guard range.contains(value) else { throw wrong("a number in \(words(range))") }
    return value
  }

  /// An integer; `2.0` is one.
  public func integer() throws(JSONError) -> Int {
    switch value {
    case .integer(let value): return value
    case .number(let value):
      guard value.magnitude < 0x1p53, let integer = Int(exactly: value) else { throw wrong("an integer") }
      return integer
    default: throw wrong("an integer")
    }
  }

  /// An integer within a range, such as `1...` or `0..<stateCount`.
  public func integer(in range: some RangeExpression<Int>) throws(JSONError) -> Int {
    let value = try integer()
    guard range.contains(value) else { throw wrong("an integer in \(words(range))") }
    return value
  }

  /// A text.
  public func string() throws(JSONError) -> String {
    guard case .string(let text) = value else { throw wrong("a text in quotes") }
    return text
  }

  /// `true` or `false`
  public func bool() throws(JSONError) -> Bool {
    guard case .bool(let value) = value else { throw wrong("true or false") }
    return value
  }

  // MARK: Arrays

  /// An array of numbers, of length `count` if that is given.
  public func doubles(count: Int? = nil) throws(JSONError) -> [Double] {
    try list("numbers", count: count) { (element) throws(JSONError) in try element.double() }
  }

  /// An array of integers, of length `count` if that is given.
  public func integers(count: Int? = nil) throws(JSONError) -> [Int] {
    try list("integers", count: count) { (element) throws(JSONError) in try element.integer() }
  }

  /// An array of texts, of length `count` if that is given.
  public func strings(count: Int? = nil) throws(JSONError) -> [String] {
    try list("texts", count: count) { (element) throws(JSONError) in try element.string() }
  }

  /// An array of rows of numbers, all of the same length.
  ///
  /// - Parameters:
  ///   - rowCount: The number of rows, if it is known.
  ///   - columnCount: The length of every row, if it is known; else the first row sets it.
  /// - Returns: The rows.
  /// - Throws: ``JSONError/wrongValue(path:expected:found:)`` naming the first row or number that does not fit.
  public func rows(rowCount: Int? = nil, columnCount: Int? = nil) throws(JSONError) -> [[Double]] {
    var width = columnCount
    return try list("rows", count: rowCount) { (element) throws(JSONError) in
      let row = try element.doubles(count: width)
      width = row.count
      return row
    }
  }

  private func list<Element>(
    _ kind: String, count: Int?, _ read: (JSONCursor) throws(JSONError) -> Element
  ) throws(JSONError) -> [Element] {
    guard case .array(let elements) = value, count == nil || elements.count == count else {
      throw wrong("an array of \(count.map { "\($0) " } ?? "")\(kind)")
    }
    var result: [Element] = []
    result.reserveCapacity(elements.count)
    // The path of an element is spelt out only once it is known to be wrong.
    for (index, element) in elements.enumerated() {
      do {
        result.append(try read(JSONCursor(element)))
      } catch {
        throw error.moved(below: "\(path)[\(index)]")
      }
    }
    return result
  }

  // MARK: Faults

  /// The fault that something other than `expected` stands here: for callers with demands of their own.
  public func wrong(_ expected: String) -> JSONError {
    .wrongValue(path: path, expected: expected, found: value.briefly)
  }

  private func pathOfMember(_ name: String) -> String {
    let plain =
      !name.isEmpty && name.utf8.allSatisfy { isNameByte($0) } && name.utf8.count <= 60
    return plain ? (path.isEmpty ? name : "\(path).\(name)") : "\(path)[\(quoted(name))]"
  }
}

private func isNameByte(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
    UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "_"), UInt8(ascii: "-"), 0x80...:
    true
  default: false
  }
}

extension JSONError {
  /// The same fault of a value that lies below `prefix`.
  fileprivate func moved(below prefix: String) -> JSONError {
    func moved(_ path: String) -> String {
      path.isEmpty || path.hasPrefix("[") ? prefix + path : "\(prefix).\(path)"
    }
    switch self {
    case .wrongValue(let path, let expected, let found):
      return .wrongValue(path: moved(path), expected: expected, found: found)
    case .missing(let path, let name, let nearest):
      return .missing(path: moved(path), name: name, nearest: nearest)
    case .unknown(let path, let name, let nearest):
      return .unknown(path: moved(path), name: name, nearest: nearest)
    default: return self
    }
  }
}

extension JSONValue {
  /// The value in a few words, for a message.
  var briefly: String {
    switch self {
    case .string(let text): quoted(text)
    case .array(let elements): "an array of \(elements.count)"
    case .object: "an object"
    default: description
    }
  }
}

/// A range in words: `1 or more`, `0...1`.
private func words<Bound: Comparable>(_ range: some RangeExpression<Bound>) -> String {
  switch range {
  case let range as PartialRangeFrom<Bound>: "\(range.lowerBound) or more"
  case let range as PartialRangeThrough<Bound>: "\(range.upperBound) or less"
  case let range as PartialRangeUpTo<Bound>: "less than \(range.upperBound)"
  case let range as Range<Bound>: "[\(range.lowerBound), \(range.upperBound))"
  case let range as ClosedRange<Bound>: "[\(range.lowerBound), \(range.upperBound)]"
  default: "\(range)"
  }
}
