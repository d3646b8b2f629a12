extension JSONValue {
  /// The value that a text holds, by RFC 8259 and strictly: no name twice in one object, nothing after the value, no
  /// number beyond the range of a double, no nesting beyond ``JSONReader/nestingLimit``.
  ///
  /// - Throws: the first fault, with line and column.
  /// - Complexity: O(length)
  public static func parse(_ text: String) throws(JSONError) -> JSONValue { try parse(JSONReader(text)) }

  /// The value that UTF-8 bytes hold; as for a text, and the bytes are checked to be UTF-8.
  public static func parse(_ bytes: some Sequence<UInt8>) throws(JSONError) -> JSONValue {
    try parse(JSONReader(Array(bytes)))
  }

  private static func parse(_ reader: consuming JSONReader) throws(JSONError) -> JSONValue {
    let value = try reader.value()
    try reader.finish()
    return value
  }
}
