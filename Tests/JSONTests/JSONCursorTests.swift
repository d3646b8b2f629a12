import JSON
import Testing

@Suite("Reading a value by its path") struct JSONCursorTests {
  static func root() throws -> JSONCursor {
    JSONCursor(
      try JSONValue.parse(
        #"{"arms": [{"mean": 0.5}, {"gaussian": {"sigma": "x"}}], "horizon": 10.0, "odd name": [1, "y"], "none": null}"#
      ))
  }

  @Test("values") func values() throws {
    let root = try Self.root()
    #expect(try root["horizon"].integer() == 10)
    #expect(try root["arms"].elements()[0]["mean"].double(in: 0...1) == 0.5)
    #expect(try root.optional("none") == nil)
    #expect(try root.optional("other") == nil)
    #expect(try root.members().map(\.name) == ["arms", "horizon", "odd name", "none"])
    #expect(try JSONCursor([[1, 2], [3, 4]]).rows(rowCount: 2, columnCount: 2) == [[1, 2], [3, 4]])
    #expect(try JSONCursor(["a", "b"]).strings() == ["a", "b"])
  }

  @Test("errors name the path, what was expected and what was found") func errors() throws {
    let root = try Self.root()
    func message(_ body: () throws -> Void) -> String {
      do {
        try body()
        return "no error"
      } catch { return "\(error)" }
    }
    #expect(
      message { _ = try root["arms"].elements()[1]["gaussian"]["sigma"].double() }
        == #"arms[1].gaussian.sigma: expected a number, found "x""#)
    #expect(message { _ = try root["odd name"].doubles() } == #"["odd name"][1]: expected a number, found "y""#)
    #expect(message { _ = try root["horizen"] } == #""horizen" is missing; did you write "horizon" instead?"#)
    #expect(message { _ = try root["arms"].elements()[0]["xyz"] } == #"arms[0]: "xyz" is missing"#)
    #expect(
      message { try root.allowOnly(["arm", "horizon"]) } == #""arms" is not a known name; did you mean "arm"?"#)
    #expect(
      message { _ = try root["horizon"].integer(in: 11...) } == "horizon: expected an integer in 11 or more, found 10.0"
    )
    #expect(message { _ = try root["arms"].double() } == "arms: expected a number, found an array of 2")
    #expect(message { _ = try root["arms"]["x"] } == "arms: expected an object, found an array of 2")
    #expect(
      message { _ = try JSONCursor([[1, 2], [3]], path: "r").rows() }
        == "r[1]: expected an array of 2 numbers, found an array of 1")
    #expect(message { _ = try JSONCursor([1.5]).integers() } == "[0]: expected an integer, found 1.5")
    #expect(message { _ = try JSONCursor(3).string() } == "the file: expected a text in quotes, found 3")
  }

  @Test(
    "near names",
    arguments: [("tru", ["true"]), ("Proxy", ["proxy"]), ("prxoy", ["proxy"]), ("zzzz", []), ("true2", ["true"])])
  func nearest(name: String, expected: [String]) {
    #expect(nearestNames(to: name, among: ["true", "proxy", "shaped"]) == expected)
  }
}
