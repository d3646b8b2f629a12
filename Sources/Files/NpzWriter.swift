internal import CZip

/// Writes arrays as an npz file. The same arrays give the same bytes: every entry has the same date.
struct NpzWriter {
  /// The elements of an array, row-major.
  enum Elements {
    /// `<f8`
    case doubles([Double])
    /// `<i8`
    case integers([Int])
    /// `<i4`
    case indices([Int32])
    /// `|b1`
    case booleans([Bool])
    /// `<U…`, as wide as the longest
    case strings([String])
  }

  private var entries: [(name: String, header: [UInt8], elements: Elements)] = []

  /// Adds an array.
  mutating func add(_ name: String, _ elements: Elements, shape: [Int]) {
    entries.append((name, Self.header(descr: elements.descr, shape: shape), elements))
  }

  /// Adds a list.
  mutating func add(_ name: String, _ elements: Elements) { add(name, elements, shape: [elements.count]) }

  /// Writes the archive to `path`, deflated or stored; on failure nothing is left behind.
  func write(to path: String, compressed: Bool) throws(FileError) {
    let temporary = OutputFile.temporaryPath(for: path)
    var code: Int32 = 0
    guard let archive = zip_open(temporary, ZIP_CREATE | ZIP_EXCL, &code) else {
      var error = zip_error_t()
      zip_error_init_with_code(&error, code)
      defer { zip_error_fini(&error) }
      throw .unwritable(path: path, reason: Self.message(&error))
    }
    // libzip reads the arrays when the archive is closed: they are held in place until then, not copied.
    let isWritten = withBytes(of: entries[...], held: []) { held in
      for (index, entry) in entries.enumerated() {
        guard Self.add(entry.name, header: held[2 * index], data: held[2 * index + 1], to: archive, compressed) else {
          return false
        }
      }
      return zip_close(archive) == 0
    }
    guard isWritten else {
      let reason = Self.message(zip_get_error(archive))
      zip_discard(archive)
      throw .unwritable(path: path, reason: reason)
    }
    try OutputFile.move(temporary, to: path)
  }

  /// Calls `body` with header and data of every array, in turn, held in place.
  private func withBytes(
    of rest: ArraySlice<(name: String, header: [UInt8], elements: Elements)>, held: [UnsafeRawBufferPointer],
    _ body: ([UnsafeRawBufferPointer]) -> Bool
  ) -> Bool {
    guard let entry = rest.first else { return body(held) }
    return entry.header.withUnsafeBytes { header in
      entry.elements.withBytes { data in withBytes(of: rest.dropFirst(), held: held + [header, data], body) }
    }
  }

  private static func add(
    _ name: String, header: UnsafeRawBufferPointer, data: UnsafeRawBufferPointer, to archive: OpaquePointer,
    _ compressed: Bool
  ) -> Bool {
    var fragments = [header, data].map { bytes in
      zip_buffer_fragment_t(
        data: bytes.baseAddress.map { UnsafeMutablePointer(mutating: $0.assumingMemoryBound(to: UInt8.self)) },
        length: UInt64(bytes.count))
    }
    guard let source = zip_source_buffer_fragment(archive, &fragments, UInt64(fragments.count), 0) else { return false }
    let index = zip_file_add(archive, "\(name).npy", source, ZIP_FL_ENC_UTF_8)
    guard index >= 0 else {
      zip_source_free(source)
      return false
    }
    let method = compressed ? ZIP_CM_DEFLATE : ZIP_CM_STORE
    // 1 January 1980, the first day that a zip file knows.
    return zip_set_file_compression(archive, UInt64(index), method, 0) == 0
      && zip_file_set_dostime(archive, UInt64(index), 0, 1 << 5 | 1, 0) == 0
  }

  private static func message(_ error: UnsafeMutablePointer<zip_error_t>?) -> String {
    guard let error, let text = zip_error_strerror(error) else { return "unknown fault" }
    return String(cString: text)
  }

  /// An npy header of version 1, padded so that the data start at a multiple of 64 bytes.
  private static func header(descr: String, shape: [Int]) -> [UInt8] {
    let lengths = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var text = "{'descr': '\(descr)', 'fortran_order': False, 'shape': (\(lengths)), }"
    text += String(repeating: " ", count: 63 - (text.utf8.count + 10) % 64) + "\n"
    let length = text.utf8.count
    return [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(text.utf8)
  }
}

extension NpzWriter.Elements {
  fileprivate var count: Int {
    switch self {
    case .doubles(let values): values.count
    case .integers(let values): values.count
    case .indices(let values): values.count
    case .booleans(let values): values.count
    case .strings(let values): values.count
    }
  }

  fileprivate var descr: String {
    switch self {
    case .doubles: "<f8"
    case .integers: "<i8"
    case .indices: "<i4"
    case .booleans: "|b1"
    case .strings(let texts): "<U\(Self.width(texts))"
    }
  }

  /// Calls `body` with the elements as they stand in the file. The machine is little-endian, as is the file.
  fileprivate func withBytes(_ body: (UnsafeRawBufferPointer) -> Bool) -> Bool {
    switch self {
    case .doubles(let values): return values.withUnsafeBytes(body)
    case .integers(let values): return values.withUnsafeBytes(body)
    case .indices(let values): return values.withUnsafeBytes(body)
    case .booleans(let values): return values.withUnsafeBytes(body)
    case .strings(let texts):
      let width = Self.width(texts)
      var codes: [UInt32] = []
      for text in texts {
        codes += text.unicodeScalars.map(\.value)
        codes += [UInt32](repeating: 0, count: width - text.unicodeScalars.count)
      }
      return codes.withUnsafeBytes(body)
    }
  }

  private static func width(_ texts: [String]) -> Int { max(1, texts.map(\.unicodeScalars.count).max() ?? 1) }
}
