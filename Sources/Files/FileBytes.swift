internal import Glibc

/// The bytes of a file, mapped into memory so that reading a large file needs no second copy of it.
///
/// The bytes are reached through a pointer that is valid as long as this object lives. What is no regular file (a pipe)
/// is read into memory. A file that another program cuts short while it is read ends the process, as with every mapped
/// file.
final class FileBytes: @unchecked Sendable {
  // Sendable because nothing is written after the initialiser.

  /// A pipe may deliver this many bytes.
  private static let pipeLimit = 1 << 32

  /// Where the bytes come from, for messages.
  let path: String
  /// The bytes.
  let bytes: UnsafeRawBufferPointer
  private let isMapped: Bool

  /// The number of bytes.
  var count: Int { bytes.count }

  /// Maps the file at `path`.
  init(path: String) throws(FileError) {
    self.path = path
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
    switch status.st_mode & S_IFMT {
    case S_IFDIR:
      throw .unreadable(path: path, reason: "it is a folder")
    case S_IFREG where status.st_size > 0:
      let size = Int(status.st_size)
      guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, file, 0), start != MAP_FAILED else {
        throw .unreadable(path: path, reason: String(cString: strerror(errno)))
      }
      isMapped = true
      bytes = UnsafeRawBufferPointer(start: start, count: size)
    default:
      var content: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        let got = read(file, &buffer, buffer.count)
        if got < 0, errno == EINTR { continue }
        guard got >= 0 else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
        if got == 0 { break }
        guard content.count + got <= Self.pipeLimit else {
          throw .unreadable(path: path, reason: "more than \(Self.pipeLimit) bytes; save it to a file first")
        }
        content.append(contentsOf: buffer[0..<got])
      }
      isMapped = false
      bytes = Self.copy(content)
    }
  }

  /// Bytes that are in memory already; `name` stands for the path in messages.
  init(_ content: [UInt8], name: String) {
    path = name
    isMapped = false
    bytes = Self.copy(content)
  }

  /// The file at `path`; nil when there is none.
  static func ifExists(_ path: String) throws(FileError) -> FileBytes? {
    guard access(path, F_OK) == 0 else { return nil }
    return try FileBytes(path: path)
  }

  /// Takes over memory from `malloc`.
  init(owning memory: UnsafeMutableRawBufferPointer, name: String) {
    path = name
    isMapped = false
    bytes = UnsafeRawBufferPointer(memory)
  }

  private static func copy(_ content: [UInt8]) -> UnsafeRawBufferPointer {
    guard let start = malloc(max(1, content.count)) else { preconditionFailure("out of memory") }
    let memory = UnsafeMutableRawBufferPointer(start: start, count: content.count)
    memory.copyBytes(from: content)
    return UnsafeRawBufferPointer(memory)
  }

  deinit {
    if isMapped {
      munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
    } else {
      free(UnsafeMutableRawPointer(mutating: bytes.baseAddress))
    }
  }
}
