public import JSON
public import MDPs

/// What is wrong with a file, or with what was asked of it.
///
/// Every case carries the path; `description` is one sentence that ends with the mend where there is one.
public enum FileError: Error, Equatable, Sendable {
  /// The file cannot be opened or read; `reason` is the system's.
  case unreadable(path: String, reason: String)
  /// The file cannot be written; nothing was left behind.
  case unwritable(path: String, reason: String)
  /// Neither the content nor the name tells the format.
  case unknownFormat(path: String)
  /// The text is no JSON, or the JSON does not say what it must.
  case json(path: String, error: JSONError)
  /// The archive or compressed stream is malformed, truncated or refused.
  case archive(path: String, reason: String)
  /// An entry of an archive (an array of an npz, a member of a UMB file) is malformed.
  case entry(path: String, entry: String, reason: String)
  /// A line of a text format is malformed; lines count from 1.
  case line(path: String, line: Int, reason: String)
  /// The numbers do not form a model.
  case model(path: String, error: MDPError)
  /// The file holds no discount and none was given.
  case noDiscount(path: String)
  /// The problem has no reward of that name.
  case unknownReward(name: String, known: [String])
  /// The problem has no label of that name.
  case unknownLabel(name: String, known: [String])
  /// An until that is bounded in steps or in reward, which no set of states can say.
  case boundedUntil(String)
  /// The format has no way to say what the problem holds.
  case cannotHold(format: FileFormat, what: String)
}

extension FileError: CustomStringConvertible {
  /// One sentence that says what is wrong, where, and how to mend it.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
    case .unwritable(let path, let reason): "\(path): cannot be written: \(reason)"
    case .unknownFormat(let path):
      "\(path): the format is not known; name the file "
        + FileFormat.allCases.map { "*.\($0.fileExtension)" }.joined(separator: ", ")
    case .json(let path, let error): "\(path)\(error.hasPlace ? ":" : ": ")\(error)"
    case .archive(let path, let reason): "\(path): \(reason)"
    case .entry(let path, let entry, let reason): "\(path): \(entry): \(reason)"
    case .line(let path, let line, let reason): "\(path):\(line): \(reason)"
    case .model(let path, let error): "\(path): \(error)"
    case .noDiscount(let path):
      "\(path): the file states no discount; give one, such as --discount 0.99, or choose an undiscounted criterion"
    case .unknownReward(let name, let known): Self.unknown("reward", name, known)
    case .unknownLabel(let name, let known): Self.unknown("label", name, known)
    case .boundedUntil(let text):
      "\"\(text)\" is bounded in steps or in reward, and no set of states says that; put the bound into the model (a "
        + "counter in the state), or use the finite-horizon criterion for a number of steps"
    case .cannotHold(let format, let what): "a \(format.rawValue) file cannot hold \(what); choose another format"
    }
  }

  private static func unknown(_ kind: String, _ name: String, _ known: [String]) -> String {
    let nearest = nearestNames(to: name, among: known)
    let names = (nearest.isEmpty ? Array(known.prefix(8)) : nearest).map { "\"\($0)\"" }
    guard !names.isEmpty else { return "there is no \(kind) called \"\(name)\": the file has no \(kind)s" }
    return "there is no \(kind) called \"\(name)\"; "
      + (nearest.isEmpty ? "there \(known.count == 1 ? "is" : "are") " : "did you mean ")
      + names.joined(separator: nearest.isEmpty ? ", " : " or ")
      + (nearest.isEmpty ? (known.count > names.count ? " and \(known.count - names.count) more" : "") : "?")
  }
}

extension JSONError {
  /// Whether the description starts with line and column.
  fileprivate var hasPlace: Bool {
    switch self {
    case .wrongValue, .missing, .unknown: false
    default: true
    }
  }
}
