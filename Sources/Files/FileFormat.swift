/// A format of problem files.
public enum FileFormat: String, Sendable, CaseIterable, Equatable {
  /// JSON: one object with `transitions`, `rewards` and so on.
  case json
  /// A NumPy archive of arrays with the same names, or in the table, choice or toolbox layout.
  case npz

  /// The usual ending of file names, without the point.
  public var fileExtension: String { rawValue }

  /// The format that a file name ends in; nil when it tells nothing.
  public init?(fileName: String) {
    let name = fileName.lowercased()
    guard let format = Self.allCases.first(where: { name.hasSuffix(".\($0.fileExtension)") }) else { return nil }
    self = format
  }

  /// The format that the first bytes of a file show; nil when they tell nothing.
  init?(content: UnsafeRawBufferPointer) {
    if content.starts(with: [0x50, 0x4B, 0x03, 0x04]) || content.starts(with: [0x50, 0x4B, 0x05, 0x06]) {
      self = .npz
      return
    }
    let blanks: [UInt8] = [0x20, 0x09, 0x0A, 0x0D]
    if content.prefix(4096).first(where: { !blanks.contains($0) }) == UInt8(ascii: "{") {
      self = .json
      return
    }
    return nil
  }
}
