/// An npz archive made by hand, byte by byte, so that tests can make it wrong in any way.
struct HandMadeNpz {
  struct Entry {
    var name: String
    var content: [UInt8]
    /// What the archive claims; nil for the truth.
    var claimedSize: UInt32?
    var claimedChecksum: UInt32?
    var method: UInt16 = 0
  }

  var entries: [Entry] = []

  /// Adds an array whose npy header is written as given.
  mutating func add(_ name: String, descr: String, shape: String, fortran: Bool = false, data: [UInt8]) {
    let dictionary = "{'descr': '\(descr)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': \(shape), }\n"
    add(name, header: dictionary, data: data)
  }

  /// Adds an array with any text for a header.
  mutating func add(_ name: String, header: String, data: [UInt8]) {
    let text = Array(header.utf8)
    let npy: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, UInt8(text.count & 0xFF), UInt8(text.count >> 8)]
    entries.append(Entry(name: "\(name).npy", content: npy + text + data))
  }

  /// Adds an array of doubles.
  mutating func add(_ name: String, _ values: [Double], shape: String) {
    add(name, descr: "<f8", shape: shape, data: values.flatMap { Self.bytes($0.bitPattern) })
  }

  /// Adds an array of 64-bit integers.
  mutating func add(_ name: String, _ values: [Int]) {
    add(name, descr: "<i8", shape: "(\(values.count),)", data: values.flatMap { Self.bytes($0) })
  }

  /// The archive.
  var bytes: [UInt8] {
    var archive: [UInt8] = []
    var directory: [UInt8] = []
    for entry in entries {
      let offset = UInt32(archive.count)
      let checksum = entry.claimedChecksum ?? Self.crc32(entry.content)
      let size = entry.claimedSize ?? UInt32(entry.content.count)
      let shared =
        Self.bytes(UInt16(20)) + Self.bytes(UInt16(0)) + Self.bytes(entry.method) + Self.bytes(UInt16(0))
        + Self.bytes(UInt16(33)) + Self.bytes(checksum) + Self.bytes(UInt32(entry.content.count)) + Self.bytes(size)
        + Self.bytes(UInt16(entry.name.utf8.count)) + Self.bytes(UInt16(0))
      archive += [0x50, 0x4B, 3, 4] + shared + Array(entry.name.utf8) + entry.content
      directory +=
        [0x50, 0x4B, 1, 2] + Self.bytes(UInt16(20)) + shared + [UInt8](repeating: 0, count: 10) + Self.bytes(offset)
        + Array(entry.name.utf8)
    }
    let start = UInt32(archive.count)
    let count = Self.bytes(UInt16(entries.count))
    archive += directory
    return archive + [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + count + count + Self.bytes(UInt32(directory.count))
      + Self.bytes(start) + [0, 0]
  }

  static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  private static func crc32(_ bytes: [UInt8]) -> UInt32 {
    var crc: UInt32 = ~0
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
  }
}
