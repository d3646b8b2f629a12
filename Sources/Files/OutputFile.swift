internal import Glibc

/// A file that comes into being whole or not at all: written under another name in the same folder, then renamed.
///
/// A target that is no regular file, such as `/dev/stdout`, is written directly. What goes to a name ending in `.gz` is
/// packed with gzip.
struct OutputFile: ~Copyable {
  private let path: String
  private let file: Int32
  /// The name under which the file is written; nil when the target is written directly.
  private let temporaryPath: String?
  private var buffer: [UInt8] = []
  private var failure: Int32 = 0
  private var isFinished = false
  /// Whether all of the content waits in the buffer to be packed.
  private let isPacked: Bool

  /// Opens a file that will replace `path`.
  init(path: String) throws(FileError) {
    self.path = path
    isPacked = path.lowercased().hasSuffix(".gz")
    if let direct = Self.specialFile(path) {
      temporaryPath = nil
      file = try Self.open(direct, flags: O_WRONLY | O_TRUNC, path: path)
    } else {
      let temporary = Self.temporaryPath(for: path)
      temporaryPath = temporary
      file = try Self.open(temporary, flags: O_WRONLY | O_CREAT | O_EXCL, path: path)
    }
    buffer.reserveCapacity(1 << 16)
  }

  deinit {
    guard !isFinished else { return }
    close(file)
    if let temporaryPath { unlink(temporaryPath) }
  }

  /// Adds text.
  mutating func write(_ text: String) {
    buffer.append(contentsOf: text.utf8)
    if buffer.count >= 1 << 16, !isPacked { flush() }
  }

  /// Adds bytes.
  mutating func write(_ bytes: UnsafeRawBufferPointer) {
    guard !isPacked else {
      buffer.append(contentsOf: bytes)
      return
    }
    flush()
    writeAll(bytes)
  }

  /// Puts the file in its place.
  consuming func finish() throws(FileError) {
    if isPacked { buffer = try Gzip.packed(buffer) }
    flush()
    isFinished = true
    let closed = close(file)
    if failure == 0, closed != 0 { failure = errno }
    if let temporaryPath {
      if failure == 0, rename(temporaryPath, Self.resolved(path)) != 0 { failure = errno }
      if failure != 0 { unlink(temporaryPath) }
    }
    guard failure == 0 else { throw .unwritable(path: path, reason: String(cString: strerror(failure))) }
  }

  /// Puts a file that another writer has made at `temporary` in the place of `path`.
  static func move(_ temporary: String, to path: String) throws(FileError) {
    guard let special = specialFile(path) else {
      guard rename(temporary, resolved(path)) == 0 else {
        let reason = String(cString: strerror(errno))
        unlink(temporary)
        throw .unwritable(path: path, reason: reason)
      }
      return
    }
    defer { unlink(temporary) }
    let content = try FileBytes(path: temporary)
    var output = try OutputFile(path: special)
    output.write(content.bytes)
    try output.finish()
  }

  private mutating func flush() {
    buffer.withUnsafeBytes { writeAll($0) }
    buffer.removeAll(keepingCapacity: true)
  }

  private mutating func writeAll(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes
    while failure == 0, let start = rest.baseAddress, !rest.isEmpty {
      let written = Glibc.write(file, start, rest.count)
      if written < 0 {
        if errno != EINTR { failure = errno }
      } else {
        rest = UnsafeRawBufferPointer(rebasing: rest[written...])
      }
    }
  }

  private static func open(_ name: String, flags: Int32, path: String) throws(FileError) -> Int32 {
    let file = Glibc.open(name, flags | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw .unwritable(path: path, reason: String(cString: strerror(errno))) }
    return file
  }

  /// The path itself when it names something that exists and is no regular file.
  private static func specialFile(_ path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG else { return nil }
    return path
  }

  /// A name beside `path` that no other process uses.
  static func temporaryPath(for path: String) -> String {
    let target = resolved(path)
    let cut = target.lastIndex(of: "/").map { target.index(after: $0) } ?? target.startIndex
    return "\(target[..<cut]).\(target[cut...]).\(getpid())-\(UInt64.random(in: .min ... .max)).partial"
  }

  /// Where a symbolic link leads, so that the link survives and its target is replaced.
  static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }
}
