/// The head of an npy file: what its bytes mean.
///
/// Format: a magic string, two version bytes, the length of the header, and a Python dictionary of exactly `descr`,
/// `fortran_order` and `shape` (NumPy Enhancement Proposal 1). The dictionary is parsed strictly.
struct NpyHeader: Equatable {
  /// What an element is.
  enum Kind: Equatable {
    /// IEEE floating point.
    case float
    /// Integer with sign.
    case signed
    /// Integer without sign.
    case unsigned
    /// One byte, 0 or 1.
    case boolean
    /// A text of 32-bit characters, filled up with zeros.
    case text
  }

  /// Why a header is refused.
  struct Fault: Error, Equatable {
    var reason: String
  }

  /// Headers are a line; this is far beyond any real one.
  static let lengthLimit = 1 << 16

  var kind: Kind
  /// Bytes an element.
  var itemSize: Int
  var isBigEndian: Bool
  /// Whether the first index runs fastest.
  var isFortranOrder: Bool
  var shape: [Int]
  /// The number of elements.
  var count: Int

  /// The bytes of all elements.
  var dataSize: Int { count * itemSize }

  /// The length of the dictionary from the first 12 bytes of the file, and where it starts.
  static func dictionary(of start: [UInt8]) throws(Fault) -> Range<Int> {
    guard start.count >= 10, start[0..<6].elementsEqual([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]) else {
      throw Fault(reason: "it is no npy array (its first bytes are not \\x93NUMPY)")
    }
    let offset: Int
    let length: Int
    switch (start[6], start[7]) {
    case (1, 0):
      offset = 10
      length = Int(start[8]) | Int(start[9]) << 8
    case (2, 0), (3, 0):
      guard start.count >= 12 else { throw Fault(reason: "the npy header is cut short") }
      offset = 12
      length = Int(start[8]) | Int(start[9]) << 8 | Int(start[10]) << 16 | Int(start[11]) << 24
    default: throw Fault(reason: "npy version \(start[6]).\(start[7]) is not known; versions 1.0, 2.0 and 3.0 are")
    }
    guard length <= lengthLimit else { throw Fault(reason: "the npy header claims \(length) bytes") }
    return offset..<(offset + length)
  }

  /// Parses the dictionary.
  init(dictionary: [UInt8]) throws(Fault) {
    var parser = DictionaryParser(bytes: dictionary)
    var descr: String?
    var order: Bool?
    var shape: [Int]?
    try parser.expect("{")
    while !parser.skip("}") {
      let key = try parser.string()
      try parser.expect(":")
      switch key {
      case "descr" where descr == nil:
        guard !parser.isNext("[") else { throw Fault(reason: "records (structured arrays) are not supported") }
        descr = try parser.string()
      case "fortran_order" where order == nil: order = try parser.boolean()
      case "shape" where shape == nil: shape = try parser.tuple()
      default: throw Fault(reason: "the npy header has \"\(key)\", which is unknown or stands twice")
      }
      if !parser.skip(",") {
        try parser.expect("}")
        break
      }
    }
    try parser.end()
    guard let descr, let order, let shape else {
      throw Fault(reason: "the npy header must hold descr, fortran_order and shape")
    }
    (kind, itemSize, isBigEndian) = try Self.type(descr)
    isFortranOrder = order
    self.shape = shape
    var count = 1
    for length in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      guard !overflow else { throw Fault(reason: "the shape \(shape) is impossibly large") }
      count = product
    }
    guard !count.multipliedReportingOverflow(by: itemSize).overflow else {
      throw Fault(reason: "the shape \(shape) is impossibly large")
    }
    self.count = count
  }

  private static func type(_ descr: String) throws(Fault) -> (Kind, Int, Bool) {
    let letters = Array(descr.unicodeScalars)
    if letters.contains("O") { throw Fault(reason: "it holds Python objects; save it as an array of numbers") }
    guard letters.count >= 3, let size = Int(String(String.UnicodeScalarView(letters[2...]))), size > 0 else {
      throw Fault(reason: "the element type \"\(descr)\" is not supported; use float64 or int64")
    }
    let bigEndian: Bool
    switch letters[0] {
    case "<", "=": bigEndian = false
    case "|": bigEndian = false
    case ">": bigEndian = true
    default: throw Fault(reason: "the element type \"\(descr)\" has no byte order")
    }
    switch (letters[1], size) {
    case ("f", 4), ("f", 8): return (.float, size, bigEndian)
    case ("i", 1), ("i", 2), ("i", 4), ("i", 8): return (.signed, size, bigEndian)
    case ("u", 1), ("u", 2), ("u", 4), ("u", 8): return (.unsigned, size, bigEndian)
    case ("b", 1): return (.boolean, 1, bigEndian)
    case ("U", 1...(1 << 20)): return (.text, 4 * size, bigEndian)
    default: throw Fault(reason: "the element type \"\(descr)\" is not supported; use float64 or int64")
    }
  }
}

/// The little of Python's literals that an npy header uses.
private struct DictionaryParser {
  let bytes: [UInt8]
  var position = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func skipBlanks() {
    while position < bytes.count, bytes[position] == 0x20 || bytes[position] == 0x0A { position += 1 }
  }

  mutating func isNext(_ character: Unicode.Scalar) -> Bool {
    skipBlanks()
    return position < bytes.count && UInt32(bytes[position]) == character.value
  }

  mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard isNext(character) else { return false }
    position += 1
    return true
  }

  mutating func expect(_ character: Unicode.Scalar) throws(NpyHeader.Fault) {
    guard skip(character) else { throw fault("'\(character)'") }
  }

  mutating func string() throws(NpyHeader.Fault) -> String {
    skipBlanks()
    guard position < bytes.count, bytes[position] == UInt8(ascii: "'") || bytes[position] == UInt8(ascii: "\"") else {
      throw fault("a text in quotes")
    }
    let quote = bytes[position]
    let start = position + 1
    var end = start
    while end < bytes.count, bytes[end] != quote, bytes[end] >= 0x20, bytes[end] < 0x7F,
      bytes[end] != UInt8(ascii: "\\")
    {
      end += 1
    }
    guard end < bytes.count, bytes[end] == quote else { throw fault("a text in quotes") }
    position = end + 1
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  mutating func boolean() throws(NpyHeader.Fault) -> Bool {
    skipBlanks()
    for (word, value) in [("True", true), ("False", false)] where bytes[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    throw fault("True or False")
  }

  mutating func tuple() throws(NpyHeader.Fault) -> [Int] {
    try expect("(")
    var values: [Int] = []
    while !skip(")") {
      values.append(try integer())
      guard values.count <= 32 else { throw NpyHeader.Fault(reason: "the shape has more than 32 dimensions") }
      if !skip(",") {
        guard values.count > 1 else { throw fault("','") }
        try expect(")")
        break
      }
    }
    return values
  }

  mutating func integer() throws(NpyHeader.Fault) -> Int {
    skipBlanks()
    let start = position
    while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
    guard let value = Int(String(decoding: bytes[start..<position], as: UTF8.self)) else {
      throw fault("a length that fits 64 bits")
    }
    return value
  }

  mutating func end() throws(NpyHeader.Fault) {
    skipBlanks()
    guard position == bytes.count else { throw fault("the end") }
  }

  func fault(_ expected: String) -> NpyHeader.Fault {
    NpyHeader.Fault(reason: "the npy header is malformed at byte \(position): expected \(expected)")
  }
}
