extension Problem {
  /// Reads a problem file.
  ///
  /// The content decides the format, then the name. Large files are mapped and read as a stream, so that the memory
  /// needed is little more than that of the arrays.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - format: The format, where neither content nor name tell it.
  ///   - options: The discount to use, tolerances and limits.
  /// - Returns: A problem whose every number has been checked.
  /// - Throws: ``FileError`` with the first fault and its place.
  public static func read(
    from path: String, format: FileFormat? = nil, options: ReadOptions = ReadOptions()
  ) throws(FileError) -> Problem {
    try read(FileBytes(path: path), format: format, options: options)
  }

  /// Reads a problem from bytes in memory; `name` stands for the path in messages and for telling the format.
  ///
  /// - Throws: ``FileError`` with the first fault and its place.
  public static func read(
    _ bytes: [UInt8], name: String, format: FileFormat? = nil, options: ReadOptions = ReadOptions()
  ) throws(FileError) -> Problem {
    try read(FileBytes(bytes, name: name), format: format, options: options)
  }

  private static func read(_ packed: FileBytes, format: FileFormat?, options: ReadOptions) throws(FileError) -> Problem
  {
    let file =
      Gzip.matches(packed.bytes) ? try Gzip.unpacked(packed, limit: options.unpackedSizeLimit) : packed
    if file.bytes.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]) {
      throw .archive(path: file.path, reason: "it is packed with xz; unpack it first (xz -d)")
    }
    guard let format = format ?? FileFormat(content: file.bytes) ?? FileFormat(fileName: file.path) else {
      throw .unknownFormat(path: file.path)
    }
    let parts =
      switch format {
      case .json: try ProblemParts(json: file)
      case .npz, .table, .toolbox: try ProblemParts(npz: file, options: options)
      case .drn: try ProblemParts(drn: file)
      case .umb: try ProblemParts(umb: file)
      case .prism: try ProblemParts(prism: PRISMFiles(transitions: file))
      }
    return try parts.problem(from: file.path, options: options)
  }
}
