/// Tar archives (POSIX ustar): regular files by name.
enum Tar {
  private static let blockSize = 512

  /// Whether bytes start as a ustar archive does.
  static func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count >= blockSize && bytes[257..<262].elementsEqual("ustar".utf8)
  }

  /// The files of an archive and where their content lies. Folders are passed over.
  static func members(of file: FileBytes) throws(FileError) -> [String: Range<Int>] {
    func fault(_ reason: String) -> FileError { .archive(path: file.path, reason: reason) }
    var members: [String: Range<Int>] = [:]
    var offset = 0
    while offset + blockSize <= file.count {
      let header = UnsafeRawBufferPointer(rebasing: file.bytes[offset..<(offset + blockSize)])
      // Zeros mark the end.
      if header.allSatisfy({ $0 == 0 }) { return members }
      guard matches(header) else { throw fault("the tar archive is damaged at byte \(offset)") }
      guard let size = number(header[124..<136]), let checksum = number(header[148..<156]) else {
        throw fault("the tar header at byte \(offset) has no size or checksum")
      }
      var sum = 0
      for (index, byte) in header.enumerated() { sum += (148..<156).contains(index) ? 0x20 : Int(byte) }
      guard sum == checksum else { throw fault("the tar header at byte \(offset) is damaged") }
      let start = offset + blockSize
      let prefix = text(header[345..<500])
      let name = (prefix.isEmpty ? "" : prefix + "/") + text(header[0..<100])
      guard size <= file.count - start else { throw fault("the tar archive ends within \(name); is it complete?") }
      switch header[156] {
      case 0, UInt8(ascii: "0"):
        guard members.updateValue(start..<(start + size), forKey: name) == nil else {
          throw fault("the tar archive holds \(name) twice")
        }
      case UInt8(ascii: "5"), UInt8(ascii: "x"), UInt8(ascii: "g"): break
      default: throw fault("\(name) is no regular file")
      }
      offset = start + (size + blockSize - 1) / blockSize * blockSize
    }
    throw fault("the tar archive has no end; is it complete?")
  }

  /// An archive of files, in order, of no time and no owner.
  static func archive(_ files: [(name: String, content: [UInt8])]) -> [UInt8] {
    var archive: [UInt8] = []
    for (name, content) in files {
      var header = [UInt8](repeating: 0, count: blockSize)
      func put(_ text: String, at offset: Int) {
        header.replaceSubrange(offset..<(offset + text.utf8.count), with: text.utf8)
      }
      precondition(name.utf8.count <= 100, "the name of a member is too long for its field")
      put(name, at: 0)
      put("0000644", at: 100)
      put("0000000", at: 108)
      put("0000000", at: 116)
      put(octal(content.count, digits: 11), at: 124)
      put(octal(0, digits: 11), at: 136)
      put("        ", at: 148)
      put("0", at: 156)
      put("ustar", at: 257)
      put("00", at: 263)
      put(octal(header.reduce(0) { $0 + Int($1) }, digits: 6), at: 148)
      header[154] = 0
      archive += header
      archive += content
      archive += [UInt8](repeating: 0, count: (blockSize - content.count % blockSize) % blockSize)
    }
    return archive + [UInt8](repeating: 0, count: 2 * blockSize)
  }

  private static func octal(_ value: Int, digits: Int) -> String {
    let text = String(value, radix: 8)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }

  /// A number in octal digits, ended by a blank or zero byte.
  private static func number(_ field: Slice<UnsafeRawBufferPointer>) -> Int? {
    Int(text(field).trimmed, radix: 8).flatMap { $0 >= 0 ? $0 : nil }
  }

  private static func text(_ field: Slice<UnsafeRawBufferPointer>) -> String {
    String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
  }
}
