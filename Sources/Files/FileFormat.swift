/// A format of problem files.
public enum FileFormat: String, Sendable, CaseIterable, Equatable {
  /// JSON: one object with `transitions`, `rewards` and so on.
  case json
  /// A NumPy archive of arrays with the same names; of an exact problem the choice layout, which has room for fractions.
  case npz
  /// A NumPy archive in the table layout: `S`, `A`, `rowptr`, `col`, `prob`, `reward`, `initial`.
  case table
  /// A NumPy archive as the MDP toolboxes hold it: `P` of shape (A, S, S) and `R`.
  case toolbox
  /// DRN, the text format of the Storm model checker.
  case drn
  /// UMB, the binary format shared by model checkers.
  case umb
  /// The explicit files of the PRISM model checker: `.tra`, and `.lab`, `.srew`, `.trew` beside it.
  case prism

  /// The usual ending of file names, without the point.
  public var fileExtension: String {
    switch self {
    case .json, .npz, .drn, .umb: rawValue
    case .table, .toolbox: "\(rawValue).npz"
    case .prism: "tra"
    }
  }

  /// The format that a file name ends in; nil when it tells nothing. Formats of one file that do not compress by themselves
  /// may have `.gz` after their ending.
  public init?(fileName: String) {
    var name = fileName.lowercased()
    if [".json.gz", ".drn.gz", ".umb.gz"].contains(where: { name.hasSuffix($0) }) { name.removeLast(3) }
    let fitting = Self.allCases.filter { name.hasSuffix(".\($0.fileExtension)") }
    guard let format = fitting.max(by: { $0.fileExtension.utf8.count < $1.fileExtension.utf8.count }) else {
      return nil
    }
    self = format
  }

  /// The format that the first bytes of a file show; nil when they tell nothing. The layouts of npz are told apart later.
  init?(content: UnsafeRawBufferPointer) {
    let blanks: [UInt8] = [0x20, 0x09, 0x0A, 0x0D]
    let start = content.prefix(4096)
    if start.starts(with: [0x50, 0x4B, 0x03, 0x04]) || start.starts(with: [0x50, 0x4B, 0x05, 0x06]) {
      self = .npz
    } else if Tar.matches(content) {
      self = .umb
    } else if start.starts(with: "@type".utf8) || start.containsLine(startingWith: "@type") {
      self = .drn
    } else if start.first(where: { !blanks.contains($0) }) == UInt8(ascii: "{") {
      self = .json
    } else {
      return nil
    }
  }
}

extension Slice<UnsafeRawBufferPointer> {
  /// Whether a line after the first starts with `text`.
  fileprivate func containsLine(startingWith text: String) -> Bool {
    indices.contains { self[$0] == 0x0A && self[($0 + 1)...].starts(with: text.utf8) }
  }
}
