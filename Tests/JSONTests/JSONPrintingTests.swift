import JSON
import Testing

@Suite("JSON printing") struct JSONPrintingTests {
  @Test("compact") func compact() {
    let value: JSONValue = ["a": [1, 0.1, .number(-0.0)], "b": nil, "c": true, "d": [:], "e": []]
    #expect(value.description == #"{"a":[1,0.1,-0.0],"b":null,"c":true,"d":{},"e":[]}"#)
  }

  @Test("pretty: rows of plain values stay on their line") func pretty() {
    let value: JSONValue = ["a": [[1, 2], [3, 4]], "b": "x", "c": [["d": 1]], "e": []]
    let text = """
      {
        "a": [
          [1, 2],
          [3, 4]
        ],
        "b": "x",
        "c": [
          {
            "d": 1
          }
        ],
        "e": []
      }
      """
    #expect(value.serialised(pretty: true) == text)
  }

  @Test("every character comes back") func characters() throws {
    var text = "é😀\u{2028}\u{7F}\"\\/"
    for code in UInt8(0)..<0x20 { text.unicodeScalars.append(Unicode.Scalar(code)) }
    let value = JSONValue.object([.init(text, .string(text))])
    #expect(try JSONValue.parse(value.description) == value)
    #expect(value.description.unicodeScalars.allSatisfy { $0.value >= 0x20 })
  }

  @Test("what JSON cannot hold becomes null") func notFinite() {
    #expect(
      JSONValue.array([.number(.nan), .number(.infinity), .finite(-.infinity)]).description == "[null,null,null]")
    #expect(JSONValue.numbers([1, .nan]) == [1.0, nil])
  }

  @Test("pretty and compact hold the same value") func same() throws {
    let value: JSONValue = ["deep": [[["x": [1.5, nil]]], "t"], "n": -3]
    #expect(try JSONValue.parse(value.serialised(pretty: true)) == value)
    #expect(try JSONValue.parse(value.description) == value)
  }
}
