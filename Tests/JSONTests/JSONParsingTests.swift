import JSON
import Testing

@Suite("JSON texts") struct JSONParsingTests {
  @Test("values of every kind") func kinds() throws {
    let value = try JSONValue.parse(
      " {\"a\": [1, -2.5, 1e3, true, false, null], \"b\": {\"c\": \"x\"}, \"\": -0} \n")
    let expected: JSONValue = [
      "a": [1, -2.5, .number(1000), true, false, nil], "b": ["c": "x"], "": .number(-0.0),
    ]
    #expect(value == expected)
    guard case .number(let zero) = value[""] else { throw JSONError.wrongValue(path: "", expected: "-0", found: "?") }
    #expect(zero.sign == .minus)
  }

  @Test("escapes and letters beyond ASCII") func escapes() throws {
    let text = #""\"\\\/\b\f\n\r\t\u0041\u00e9\uD83D\uDE00é😀""#
    #expect(try JSONValue.parse(text) == .string("\"\\/\u{8}\u{C}\n\r\tAé😀é😀"))
  }

  @Test("integers at the edge of 64 bits")
  func integers() throws {
    #expect(try JSONValue.parse("9223372036854775807") == .integer(.max))
    #expect(try JSONValue.parse("-9223372036854775808") == .integer(.min))
    #expect(try JSONValue.parse("9223372036854775808") == .number(9_223_372_036_854_775_808))
    #expect(try JSONValue.parse("-9223372036854775809") == .number(-9_223_372_036_854_775_808))
    #expect(try JSONValue.parse("123456789012345678901234567890") == .number(123_456_789_012_345_677_877_719_597_056))
  }

  @Test(
    "faults with their places",
    arguments: [
      ("", "1:1: the text ends where a value is expected"),
      ("[1, 2", "1:6: the text ends where a value or ']' is expected"),
      ("[1 2]", "1:4: expected ',' or ']', found '2'"),
      ("[1,]", "1:4: expected a value after ',', found ']'"),
      ("[,1]", "1:2: expected a value, found ','"),
      ("{\"a\" 1}", "1:6: expected ':', found '1'"),
      ("{a: 1}", "1:2: expected a name in quotes, found 'a'"),
      ("{\"a\": 1, \"a\": 2}", "1:10: the name \"a\" stands twice in one object; remove one"),
      ("{\"a\": 1,}", "1:9: expected a value after ',', found '}'"),
      ("[1]\n x", "2:2: expected the end of the text, found 'x'"),
      ("01", "1:2: expected a number without leading zeros, found '1'"),
      ("-", "1:2: the text ends where a digit is expected"),
      ("-x", "1:2: expected a digit, found 'x'"),
      ("[1.]", "1:4: expected a digit, found ']'"),
      ("[1e]", "1:4: expected a digit, found ']'"),
      ("1e999", "1:1: the number 1e999 is beyond the range of double precision"),
      ("NaN", "1:1: expected a value, found 'NaN'"),
      ("tru", "1:4: the text ends where true is expected"),
      ("nulk", "1:1: expected null, found 'nulk'"),
      ("\"a", "1:3: the text ends where the closing quote is expected"),
      ("\"a\nb\"", "1:3: expected an escape such as \\n in its place, found a control character"),
      ("\"\\x\"", "1:3: expected one of"),
      ("\"\\uD800x\"", "1:2: expected a pair or a single character, found half of a surrogate pair"),
      ("\"\\u12G4\"", "1:6: expected a hexadecimal digit, found 'G4'"),
      ("é", "1:1: expected a value, found a character beyond ASCII"),
    ])
  func faults(text: String, message: String) {
    let error = #expect(throws: JSONError.self) { try JSONValue.parse(text) }
    #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
  }

  @Test(
    "bytes that are not UTF-8",
    arguments: [[0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22]])
  func notUTF8(bytes: [UInt8]) {
    #expect(throws: JSONError.notUTF8(at: JSONPlace(line: 1, column: 1))) { try JSONValue.parse(bytes) }
  }

  @Test("nesting has a limit") func nesting() throws {
    let limit = JSONReader.nestingLimit
    _ = try JSONValue.parse(String(repeating: "[", count: limit) + String(repeating: "]", count: limit))
    #expect(throws: JSONError.tooDeep(limit: limit, at: JSONPlace(line: 1, column: limit + 1))) {
      try JSONValue.parse(String(repeating: "[", count: 100_000))
    }
  }

  @Test("the reader skips, counts and keeps the text of numbers") func reader() throws {
    var reader = JSONReader("{\"skip\": [{\"a\": [1, \"x\"]}], \"p\": 0.10, \"n\": 2e0, \"list\": [1, 2, 3]}")
    var names: [String] = []
    var numbers: [Double] = []
    try reader.beginObject()
    while let name = try reader.nextMember() {
      names.append(name)
      switch name {
      case "p": #expect(try reader.numberText() == "0.10")
      case "n": #expect(try reader.integer() == 2)
      case "list": try reader.numbers(into: &numbers, limit: 3)
      default: try reader.skipValue()
      }
    }
    try reader.finish()
    #expect(names == ["skip", "p", "n", "list"])
    #expect(numbers == [1, 2, 3])
    var short = JSONReader("[1, 2, 3]")
    let error = #expect(throws: JSONError.self) { try short.numbers(into: &numbers, limit: 2) }
    #expect(error?.description == "1:8: expected at most 2 numbers, found a further number")
  }

  @Test("a duplicate name is found also in what is skipped") func duplicateSkipped() {
    var reader = JSONReader("[{\"a\": 1, \"a\": 2}]")
    #expect(throws: JSONError.duplicateName("a", at: JSONPlace(line: 1, column: 11))) { try reader.skipValue() }
  }
}
