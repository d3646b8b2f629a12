internal import CZip

/// The arrays of an npz file, which is a zip archive of npy files. The central directory rules; every array read is
/// checked against its CRC-32.
///
/// Sizes are checked before memory is taken: an array must be as long as its shape says, a stored array
/// cannot be longer than the file, a compressed one not longer than its compressed bytes allow and all of them together
/// not longer than a limit.
final class NpzArchive {
  /// Deflate cannot compress better than this.
  private static let largestDeflateRatio = 1032

  private let file: FileBytes
  private let archive: OpaquePointer
  private let indices: [String: UInt64]
  private let unpackedSizeLimit: Int
  private var unpackedSize = 0

  /// The names of the arrays, without `.npy`, in the order of the archive.
  let names: [String]

  /// Opens the archive in `file`.
  init(_ file: FileBytes, unpackedSizeLimit: Int) throws(FileError) {
    var error = zip_error_t()
    zip_error_init(&error)
    defer { zip_error_fini(&error) }
    // The source does not own the bytes; `file` keeps them until the archive is closed.
    guard let source = zip_source_buffer_create(file.bytes.baseAddress, UInt64(file.count), 0, &error) else {
      throw .archive(path: file.path, reason: Self.message(&error))
    }
    guard let archive = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error) else {
      zip_source_free(source)
      throw .archive(
        path: file.path,
        reason: zip_error_code_zip(&error) == ZIP_ER_EXISTS
          ? "two arrays of the archive have the same name" : "no readable zip archive: \(Self.message(&error))")
    }
    var names: [String] = []
    var indices: [String: UInt64] = [:]
    var fault: FileError?
    for index in 0..<UInt64(max(0, zip_get_num_entries(archive, 0))) {
      guard let raw = zip_get_name(archive, index, 0) else {
        fault = .archive(path: file.path, reason: "entry \(index) of the zip archive has no name")
        break
      }
      var name = String(cString: raw)
      guard name.hasSuffix(".npy") else { continue }
      name.removeLast(4)
      indices[name] = index
      names.append(name)
    }
    if fault == nil, names.isEmpty {
      fault = .archive(path: file.path, reason: "the zip archive holds no array (no entry ends in .npy)")
    }
    self.file = file
    self.archive = archive
    self.names = names
    self.indices = indices
    self.unpackedSizeLimit = unpackedSizeLimit
    if let fault { throw fault }
  }

  deinit { zip_discard(archive) }

  /// Whether there is an array called `name`.
  func has(_ name: String) -> Bool { indices[name] != nil }

  /// Whether the array `name` holds integers; false when it cannot be opened.
  func isInteger(_ name: String) -> Bool {
    guard let (entry, header) = try? open(name) else { return false }
    zip_fclose(entry)
    return header.kind == .signed || header.kind == .unsigned
  }

  // MARK: Arrays

  /// An array as doubles, row-major, with its shape.
  func doubles(_ name: String, rank: Int? = nil) throws(FileError) -> (values: [Double], shape: [Int]) {
    try array(name, rank: rank, kinds: [.float, .signed, .unsigned, .boolean], zero: 0.0) { header in
      header.kind == .float && header.itemSize == 8 && !header.isBigEndian
    } convert: { bytes, header in
      switch header.kind {
      case .float:
        return header.itemSize == 8
          ? Double(bitPattern: integer(bytes, header))
          : Double(Float(bitPattern: UInt32(truncatingIfNeeded: integer(bytes, header))))
      case .signed: return Double(signed(bytes, header))
      default: return Double(integer(bytes, header))
      }
    }
  }

  /// An array as doubles of the given shape.
  func doubles(_ name: String, shape: [Int]) throws(FileError) -> [Double] {
    let (values, got) = try doubles(name)
    try require(name, got, shape)
    return values
  }

  /// An array of integers as `Int`, with its shape.
  func integers(_ name: String, rank: Int? = nil) throws(FileError) -> (values: [Int], shape: [Int]) {
    try array(name, rank: rank, kinds: [.signed, .unsigned, .boolean], zero: 0) { header in
      header.kind == .signed && header.itemSize == 8 && !header.isBigEndian
    } convert: { bytes, header in
      header.kind == .signed ? Int(signed(bytes, header)) : Int(exactly: integer(bytes, header))
    }
  }

  /// An array of integers of the given shape.
  func integers(_ name: String, shape: [Int]) throws(FileError) -> [Int] {
    let (values, got) = try integers(name)
    try require(name, got, shape)
    return values
  }

  /// An array of integers that fit 32 bits, of the given length.
  func indices(_ name: String, count: Int) throws(FileError) -> [Int32] {
    let (values, shape) = try array(name, rank: 1, kinds: [.signed, .unsigned], zero: Int32(0)) { header in
      header.kind == .signed && header.itemSize == 4 && !header.isBigEndian
    } convert: { bytes, header in
      header.kind == .signed
        ? Int32(exactly: signed(bytes, header)) : Int32(exactly: integer(bytes, header))
    }
    try require(name, shape, [count])
    return values
  }

  /// An array of truth values: booleans, or integers that are 0 or 1.
  func booleans(_ name: String, shape: [Int]) throws(FileError) -> [Bool] {
    let (values, got) = try array(name, rank: nil, kinds: [.boolean, .unsigned, .signed], zero: false) { _ in
      // A byte of a file is no Bool before it is known to be 0 or 1.
      false
    } convert: { bytes, header in
      switch integer(bytes, header) {
      case 0: false
      case 1: true
      default: nil
      }
    }
    try require(name, got, shape)
    return values
  }

  /// An array of texts.
  func strings(_ name: String) throws(FileError) -> [String] {
    try array(name, rank: 1, kinds: [.text], zero: "") { _ in
      false
    } convert: { bytes, header in
      var text = String.UnicodeScalarView()
      var ended = false
      for offset in stride(from: 0, to: header.itemSize, by: 4) {
        var code: UInt32 = 0
        for byte in 0..<4 {
          code |= UInt32(bytes[offset + byte]) << UInt32(8 * (header.isBigEndian ? 3 - byte : byte))
        }
        if code == 0 {
          ended = true
        } else {
          guard !ended, let scalar = Unicode.Scalar(code) else { return nil }
          text.append(scalar)
        }
      }
      return String(text)
    }.values
  }

  /// A single number.
  func scalar(_ name: String) throws(FileError) -> Double {
    let (values, shape) = try doubles(name)
    guard values.count == 1 else { throw wrong(name, "it has shape \(shape), but one number is needed") }
    return values[0]
  }

  /// A single count, from 1 to 2³¹ − 1.
  func count(_ name: String) throws(FileError) -> Int {
    let (values, shape) = try integers(name)
    guard values.count == 1 else { throw wrong(name, "it has shape \(shape), but one number is needed") }
    guard values[0] > 0, values[0] <= Int(Int32.max) else {
      throw wrong(name, "it is \(values[0]), but must lie between 1 and \(Int32.max)")
    }
    return values[0]
  }

  /// The fault that array `name` is wrong.
  func wrong(_ name: String, _ reason: String) -> FileError { .entry(path: file.path, entry: name, reason: reason) }

  /// Checks a shape.
  func require(_ name: String, _ got: [Int], _ expected: [Int]) throws(FileError) {
    guard got == expected else { throw wrong(name, "it has shape \(got), but \(expected) is needed") }
  }

  // MARK: Reading

  private func array<Element>(
    _ name: String, rank: Int?, kinds: [NpyHeader.Kind], zero: Element, isPlain: (NpyHeader) -> Bool,
    convert: (UnsafeRawBufferPointer, NpyHeader) -> Element?
  ) throws(FileError) -> (values: [Element], shape: [Int]) {
    let (entry, header) = try open(name)
    defer { zip_fclose(entry) }
    guard kinds.contains(header.kind) else {
      throw wrong(name, "its elements are of kind \(header.kind), but \(kinds[0]) is needed")
    }
    if let rank, header.shape.count != rank {
      throw wrong(name, "it has shape \(header.shape), but \(rank) dimensions are needed")
    }
    var fault: FileError?
    var values = [Element](unsafeUninitializedCapacity: header.count) { buffer, count in
      do throws(FileError) {
        if isPlain(header) {
          try fill(UnsafeMutableRawBufferPointer(buffer), from: entry, name)
          count = header.count
        } else {
          try forEachChunk(of: header, from: entry, name) { (bytes) throws(FileError) in
            guard let value = convert(bytes, header) else {
              throw wrong(name, "element \(count) is out of range for its meaning")
            }
            buffer.initializeElement(at: count, to: value)
            count += 1
          }
        }
        try expectEnd(of: entry, name)
      } catch {
        fault = error
      }
    }
    if let fault { throw fault }
    if header.isFortranOrder, header.shape.count > 1 { values = rowMajor(values, shape: header.shape) }
    return (values, header.shape)
  }

  /// Opens an array and reads its header; the data follow in the stream.
  private func open(_ name: String) throws(FileError) -> (entry: OpaquePointer, header: NpyHeader) {
    guard let index = indices[name] else { throw wrong(name, "the array is missing") }
    var status = zip_stat_t()
    guard zip_stat_index(archive, index, 0, &status) == 0 else { throw archiveFault(name) }
    guard status.encryption_method == UInt16(ZIP_EM_NONE) else { throw wrong(name, "it is encrypted") }
    let size = Int(clamping: status.size)
    let packed = Int(clamping: status.comp_size)
    guard packed <= file.count else { throw wrong(name, "it claims \(packed) bytes, more than the file has") }
    switch Int32(status.comp_method) {
    case ZIP_CM_STORE:
      guard size == packed else { throw wrong(name, "it claims \(size) bytes but \(packed) are stored") }
    case ZIP_CM_DEFLATE:
      guard size <= packed * Self.largestDeflateRatio else {
        throw wrong(name, "it claims \(size) bytes unpacked, which \(packed) bytes cannot hold")
      }
      guard size <= unpackedSizeLimit - unpackedSize else {
        throw wrong(name, "the arrays unpack to more than \(unpackedSizeLimit) bytes; save them without compression")
      }
      unpackedSize += size
    default: throw wrong(name, "compression method \(status.comp_method) is not supported; use stored or deflated")
    }
    guard let entry = zip_fopen_index(archive, index, 0) else { throw archiveFault(name) }
    do throws(FileError) {
      return (entry, try header(of: entry, name, size: size))
    } catch {
      zip_fclose(entry)
      throw error
    }
  }

  private func header(of entry: OpaquePointer, _ name: String, size: Int) throws(FileError) -> NpyHeader {
    var start = try bytes(min(12, size), from: entry, name)
    do throws(NpyHeader.Fault) {
      let range = try NpyHeader.dictionary(of: start)
      guard range.upperBound <= size else { throw NpyHeader.Fault(reason: "the npy header is cut short") }
      // Version 1 headers start within the bytes read already.
      do throws(FileError) {
        start += try bytes(max(0, range.upperBound - start.count), from: entry, name)
      } catch {
        throw NpyHeader.Fault(reason: "\(error)")
      }
      let header = try NpyHeader(dictionary: Array(start[range]))
      guard size - range.upperBound == header.dataSize, start.count == range.upperBound else {
        throw NpyHeader.Fault(
          reason: "its shape \(header.shape) needs \(header.dataSize) bytes, but \(size - range.upperBound) are there")
      }
      return header
    } catch {
      throw wrong(name, error.reason)
    }
  }

  private func bytes(_ count: Int, from entry: OpaquePointer, _ name: String) throws(FileError) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: count)
    var fault: FileError?
    result.withUnsafeMutableBytes { buffer in
      do throws(FileError) { try fill(buffer, from: entry, name) } catch { fault = error }
    }
    if let fault { throw fault }
    return result
  }

  private func fill(_ buffer: UnsafeMutableRawBufferPointer, from entry: OpaquePointer, _ name: String)
    throws(FileError)
  {
    var filled = 0
    while filled < buffer.count {
      let got = zip_fread(entry, buffer.baseAddress.map { $0 + filled }, UInt64(min(buffer.count - filled, 1 << 24)))
      guard got > 0 else { throw streamFault(entry, name, got) }
      filled += Int(got)
    }
  }

  private func forEachChunk(
    of header: NpyHeader, from entry: OpaquePointer, _ name: String,
    _ body: (UnsafeRawBufferPointer) throws(FileError) -> Void
  ) throws(FileError) {
    let perChunk = max(1, (1 << 16) / header.itemSize)
    var done = 0
    while done < header.count {
      let count = min(perChunk, header.count - done)
      let chunk = try bytes(count * header.itemSize, from: entry, name)
      var fault: FileError?
      chunk.withUnsafeBytes { buffer in
        do throws(FileError) {
          for item in 0..<count {
            try body(
              UnsafeRawBufferPointer(rebasing: buffer[(item * header.itemSize)..<((item + 1) * header.itemSize)]))
          }
        } catch { fault = error }
      }
      if let fault { throw fault }
      done += count
    }
  }

  /// Reads to the end, where the CRC-32 is compared.
  private func expectEnd(of entry: OpaquePointer, _ name: String) throws(FileError) {
    var byte: UInt8 = 0
    let got = zip_fread(entry, &byte, 1)
    guard got == 0 else { throw streamFault(entry, name, got) }
  }

  private func streamFault(_ entry: OpaquePointer, _ name: String, _ got: zip_int64_t) -> FileError {
    if got == 0 { return wrong(name, "the data end too early") }
    if got > 0 { return wrong(name, "there are more data than its shape says") }
    return wrong(name, "the data are damaged: \(Self.message(zip_file_get_error(entry)))")
  }

  private func archiveFault(_ name: String) -> FileError { wrong(name, Self.message(zip_get_error(archive))) }

  private static func message(_ error: UnsafeMutablePointer<zip_error_t>?) -> String {
    guard let error, let text = zip_error_strerror(error) else { return "unknown fault" }
    return String(cString: text)
  }
}

// MARK: - Elements

/// The bits of an element as an integer, without regard to sign.
private func integer(_ bytes: UnsafeRawBufferPointer, _ header: NpyHeader) -> UInt64 {
  var value: UInt64 = 0
  for index in 0..<header.itemSize {
    value = value << 8 | UInt64(bytes[header.isBigEndian ? index : header.itemSize - 1 - index])
  }
  return value
}

/// An element that is an integer with sign.
private func signed(_ bytes: UnsafeRawBufferPointer, _ header: NpyHeader) -> Int64 {
  let shift = UInt64(64 - 8 * header.itemSize)
  return Int64(bitPattern: integer(bytes, header) << shift) >> Int64(shift)
}

/// Elements of which the first index runs fastest, in the order in which the last one does.
private func rowMajor<Element>(_ values: [Element], shape: [Int]) -> [Element] {
  var strides = [Int](repeating: 1, count: shape.count)
  for axis in 1..<shape.count { strides[axis] = strides[axis - 1] * shape[axis - 1] }
  var index = [Int](repeating: 0, count: shape.count)
  var source = 0
  var result: [Element] = []
  result.reserveCapacity(values.count)
  for _ in 0..<values.count {
    result.append(values[source])
    for axis in shape.indices.reversed() {
      index[axis] += 1
      source += strides[axis]
      if index[axis] < shape[axis] { break }
      source -= strides[axis] * shape[axis]
      index[axis] = 0
    }
  }
  return result
}
