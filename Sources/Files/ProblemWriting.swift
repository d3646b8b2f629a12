extension Problem {
  /// Writes a problem file, whole or not at all: an existing file is replaced only once the new one is complete.
  ///
  /// A format that cannot say what matters refuses (``FileError/cannotHold(format:what:)``); what it only leaves out is listed
  /// by ``omissions(in:)``. The same problem gives the same bytes, and doubles come back bit for bit.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - format: The format; nil takes the one that the name ends in.
  ///   - options: Compression.
  /// - Throws: ``FileError/unknownFormat(path:)``, ``FileError/unwritable(path:reason:)``, or
  ///   ``FileError/cannotHold(format:what:)`` when the format has no way to say what the problem holds.
  public func write(
    to path: String, format: FileFormat? = nil, options: WriteOptions = WriteOptions()
  ) throws(FileError) {
    guard let format = format ?? FileFormat(fileName: path) else { throw .unknownFormat(path: path) }
    switch format {
    case .json: try writeJSON(to: path)
    case .npz where exact != nil: try writeChoices(to: path, options: options)
    case .npz: try writeNpz(to: path, options: options)
    case .table: try writeTable(to: path, options: options)
    case .toolbox: try writeToolbox(to: path, options: options)
    case .drn: try writeDRN(to: path)
    case .umb: try writeUMB(to: path, options: options)
    case .prism: try writePRISM(to: path)
    }
  }
}
