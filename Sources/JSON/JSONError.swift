/// Where in a text something stands.
public struct JSONPlace: Sendable, Equatable, CustomStringConvertible {
  /// The line, counted from 1.
  public let line: Int
  /// The character within the line, counted from 1.
  public let column: Int

  /// The place at `line` and `column`.
  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  /// `line:column`
  public var description: String { "\(line):\(column)" }
}

/// What is wrong with a JSON text, or with the value that it holds.
///
/// `description` is one sentence: the place, what was found, what is needed. Faults of the text carry line and column;
/// faults of a value carry its path, such as `arms[2].gaussian.sigma`.
public enum JSONError: Error, Equatable, Sendable {
  /// Something other than `expected` stands at a place.
  case unexpected(found: String, expected: String, at: JSONPlace)
  /// The text ends where `expected` was due.
  case endOfText(expected: String, at: JSONPlace)
  /// Bytes that are not UTF-8.
  case notUTF8(at: JSONPlace)
  /// Arrays and objects are nested deeper than `limit`.
  case tooDeep(limit: Int, at: JSONPlace)
  /// A name stands twice in one object.
  case duplicateName(String, at: JSONPlace)
  /// A number is beyond the range of double precision.
  case numberOverflow(String, at: JSONPlace)
  /// The value at `path` is of another kind than needed.
  case wrongValue(path: String, expected: String, found: String)
  /// The object at `path` lacks a member; `nearest` are the names it has that look alike.
  case missing(path: String, name: String, nearest: [String])
  /// The object at `path` has a member that means nothing here; `nearest` are the known names that look alike.
  case unknown(path: String, name: String, nearest: [String])
}

extension JSONError: CustomStringConvertible {
  /// One sentence that says what is wrong, where, and how to mend it.
  public var description: String {
    switch self {
    case .unexpected(let found, let expected, let place):
      "\(place): expected \(expected), found \(found)"
    case .endOfText(let expected, let place):
      "\(place): the text ends where \(expected) is expected; is the file complete?"
    case .notUTF8(let place):
      "\(place): these bytes are not UTF-8; save the file as UTF-8"
    case .tooDeep(let limit, let place):
      "\(place): arrays and objects are nested deeper than \(limit) levels"
    case .duplicateName(let name, let place):
      "\(place): the name \(quoted(name)) stands twice in one object; remove one"
    case .numberOverflow(let text, let place):
      "\(place): the number \(text) is beyond the range of double precision"
    case .wrongValue(let path, let expected, let found):
      "\(path.isEmpty ? "the file" : path): expected \(expected), found \(found)"
    case .missing(let path, let name, let nearest):
      "\(path.isEmpty ? "" : "\(path): ")\(quoted(name)) is missing"
        + (nearest.isEmpty ? "" : "; did you write \(alternatives(nearest)) instead?")
    case .unknown(let path, let name, let nearest):
      "\(path.isEmpty ? "" : "\(path): ")\(quoted(name)) is not a known name"
        + (nearest.isEmpty ? "" : "; did you mean \(alternatives(nearest))?")
    }
  }
}

/// Names in quotes, joined by "or".
private func alternatives(_ names: [String]) -> String { names.map(quoted).joined(separator: " or ") }

/// A text in quotes, as JSON writes it; cut when long.
func quoted(_ text: String) -> String {
  let limit = 60
  return JSONValue.string(text.count > limit ? text.prefix(limit) + "…" : text).description
}
