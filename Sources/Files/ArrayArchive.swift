/// Named arrays of answers, written as one npz file for NumPy. The same arrays give the same bytes.
public struct ArrayArchive: Sendable {
  /// The elements of an array, row-major.
  public enum Elements: Sendable {
    /// Double precision.
    case doubles([Double])
    /// 64-bit integers.
    case integers([Int])
    /// Text.
    case strings([String])
  }

  private var entries: [(name: String, elements: Elements, shape: [Int])] = []

  /// An archive without arrays yet.
  public init() {}

  /// Adds an array; its shape must fit its elements.
  public mutating func add(_ name: String, _ elements: Elements, shape: [Int]) {
    entries.append((name, elements, shape))
  }

  /// Writes the archive to `path`, whole or not at all.
  ///
  /// - Throws: ``FileError/unwritable(path:reason:)``
  public func write(to path: String) throws(FileError) {
    var writer = NpzWriter()
    for entry in entries {
      switch entry.elements {
      case .doubles(let values): writer.add(entry.name, .doubles(values), shape: entry.shape)
      case .integers(let values): writer.add(entry.name, .integers(values), shape: entry.shape)
      case .strings(let values): writer.add(entry.name, .strings(values), shape: entry.shape)
      }
    }
    // Numbers in full precision hardly shrink, and deflating them costs more than making them.
    try writer.write(to: path, compressed: false)
  }
}
