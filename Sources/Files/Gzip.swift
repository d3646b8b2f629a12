internal import CZlib
internal import Glibc

/// Gzip (RFC 1952) through zlib.
enum Gzip {
  /// Whether bytes start as a gzip stream does.
  static func matches(_ bytes: UnsafeRawBufferPointer) -> Bool { bytes.starts(with: [0x1F, 0x8B, 0x08]) }

  /// The content of a gzip file, of one or more members; its checksums are compared.
  ///
  /// Memory grows with what is really there, not with what a header claims, and stops at `limit` bytes.
  static func unpacked(_ file: FileBytes, limit: Int) throws(FileError) -> FileBytes {
    var stream = z_stream()
    // 15 bits of window, 16 for the gzip wrapping.
    guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw .archive(path: file.path, reason: "zlib does not start")
    }
    defer { inflateEnd(&stream) }
    var capacity = min(max(1 << 16, 4 * file.count), limit)
    var memory = malloc(max(1, capacity))
    var used = 0
    var consumed = 0
    var fault: String?
    var isComplete = false
    while fault == nil, !isComplete {
      if used == capacity {
        guard capacity < limit else {
          fault = "it unpacks to more than \(limit) bytes; unpack it first"
          break
        }
        capacity = min(2 * capacity, limit)
        guard let larger = realloc(memory, capacity) else {
          fault = "it unpacks to more than fits the memory"
          break
        }
        memory = larger
      }
      guard let start = memory, let source = file.bytes.baseAddress else {
        fault = "there is no memory for it"
        break
      }
      let available = min(file.count - consumed, 1 << 30)
      let room = min(capacity - used, 1 << 30)
      stream.next_in = UnsafeMutablePointer(mutating: source.assumingMemoryBound(to: UInt8.self) + consumed)
      stream.avail_in = UInt32(available)
      stream.next_out = (start + used).assumingMemoryBound(to: UInt8.self)
      stream.avail_out = UInt32(room)
      let code = inflate(&stream, Z_NO_FLUSH)
      consumed += available - Int(stream.avail_in)
      used += room - Int(stream.avail_out)
      switch code {
      case Z_STREAM_END:
        if consumed == file.count {
          isComplete = true
        } else if inflateReset(&stream) != Z_OK {
          fault = "the gzip stream is damaged"
        }
      case Z_OK: if consumed == file.count, stream.avail_out > 0 { fault = "the gzip stream is cut short" }
      case Z_BUF_ERROR: if stream.avail_out > 0 { fault = "the gzip stream is cut short" }
      default: fault = "the gzip stream is damaged" + (stream.msg.map { ": \(String(cString: $0))" } ?? "")
      }
    }
    if let fault {
      free(memory)
      throw .archive(path: file.path, reason: fault)
    }
    let name = file.path.hasSuffix(".gz") ? String(file.path.dropLast(3)) : file.path
    return FileBytes(owning: UnsafeMutableRawBufferPointer(start: memory, count: used), name: name)
  }

  /// `content` as one gzip member without name or time, so that the same content gives the same bytes.
  static func packed(_ content: [UInt8]) throws(FileError) -> [UInt8] {
    var stream = z_stream()
    guard
      deflateInit2_(
        &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
        Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw .archive(path: "gzip", reason: "zlib does not start") }
    defer { deflateEnd(&stream) }
    var packed: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    var code = Z_OK
    var content = content
    content.withUnsafeMutableBufferPointer { source in
      stream.next_in = source.baseAddress
      var rest = source.count
      repeat {
        if stream.avail_in == 0 {
          stream.avail_in = UInt32(min(rest, 1 << 30))
          rest -= Int(stream.avail_in)
        }
        chunk.withUnsafeMutableBufferPointer { output in
          stream.next_out = output.baseAddress
          stream.avail_out = UInt32(output.count)
          code = deflate(&stream, rest == 0 ? Z_FINISH : Z_NO_FLUSH)
        }
        packed += chunk[..<(chunk.count - Int(stream.avail_out))]
      } while code == Z_OK || (code == Z_BUF_ERROR && rest > 0)
    }
    return packed
  }
}
