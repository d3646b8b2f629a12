import Foundation
import JSON
import Testing

/// The command `check`: what holds is 0, what does not 1, what cannot be asked 2.
@Suite("check") struct CheckTests {
  private static let lake = projectFolder.appendingPathComponent("Examples/FrozenLake/frozen-lake.json").path

  @Test("properties that hold") func holds() throws {
    for relation in [
      "shaping", "scale+shaping+redistribution", "same-policy-order", "same-optimal-policies", "proxy-safe",
    ] {
      let command = try Command("check", Self.lake, "true", "shaped", "--relation", relation)
      #expect(command.status == 0, "\(relation): \(command.output)\(command.complaint)")
      #expect(command.output.contains("holds"))
    }
    let limits = try Command(
      "check", Self.lake, "true", "shaped", "--max-regret", "1e-6", "--max-distance", "VAL-2-2=1e-6", "--max-distance",
      "range=1e-6", "--json")
    #expect(limits.status == 0, "\(limits.output)")
    #expect(try JSONCursor(limits.json)["limits"].elements().count == 3)
  }

  @Test("properties that do not hold") func fails() throws {
    let command = try Command("check", Self.lake, "true", "proxy", "--json")
    #expect(command.status == 1)
    let answer = try JSONCursor(command.json)
    #expect(try !answer["holds"].bool())
    let finding = try answer["relations"].elements()[0]
    #expect(try finding["relation"].string() == "same-policy-order")
    let example = try finding["counterexample"]
    let (a, b) = (try example["trueReturns"].doubles(count: 2), try example["proxyReturns"].doubles(count: 2))
    #expect(a[0] > a[1])
    #expect(b[0] < b[1])
    #expect(try Command("check", Self.lake, "true", "proxy", "--max-regret", "0.0001").status == 1)
    #expect(try Command("check", Self.lake, "true", "proxy", "--max-distance", "VAL-2-2=0.0001").status == 1)
    let words = try Command("check", Self.lake, "true", "proxy", "--explain")
    #expect(words.status == 1)
    #expect(words.output.contains("Refutation: two policies A and B."))
  }

  @Test("a certificate verifies, a tampered one does not") func certificates() throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("proof.json").path
    #expect(try Command("check", Self.lake, "true", "shaped", "--certificate", path).status == 0)
    #expect(try Command("check", Self.lake, "true", "shaped", "--verify", path).status == 0)
    #expect(try Command("check", Self.lake, "true", "proxy", "--verify", path).status == 1)
    let content = try JSONValue.parse(Data(contentsOf: URL(fileURLWithPath: path)))
    guard case .object(var members) = content else { return }
    let place = try #require(members.firstIndex { $0.name == "shapingPotential" })
    guard case .array(var numbers) = members[place].value else { return }
    numbers[3] = .number(try JSONCursor(numbers[3]).double() + 1e-3)
    members[place] = .init("shapingPotential", .array(numbers))
    try Data(JSONValue.object(members).serialised().utf8).write(to: URL(fileURLWithPath: path))
    let tampered = try Command("check", Self.lake, "true", "shaped", "--verify", path, "--json")
    #expect(tampered.status == 1)
    #expect(try !JSONCursor(tampered.json)["verified"].bool())
    try Data("{\"format\": \"other\"}".utf8).write(to: URL(fileURLWithPath: path))
    try expectRefusal("check", Self.lake, "true", "shaped", "--verify", path, saying: "is no certificate")
  }

  @Test("bad questions are refused") func refusals() throws {
    try expectRefusal("check", Self.lake, "true", "shaped", "--relation", "shapin", saying: "did you mean shaping")
    try expectRefusal("check", Self.lake, "true", "nonsense", saying: "nonsense")
    try expectRefusal("check", Self.lake, "true", "shaped", "--max-regret", "2", saying: "[0, 1]")
    try expectRefusal("check", Self.lake, "true", "shaped", "--max-distance", "VAL-2-2", saying: "NAME=x")
    try expectRefusal("check", Self.lake, "true", "shaped", "--max-distance", "VAAL-2-2=1", saying: "VAL-2-2")
    try expectRefusal("check", Self.lake, "true", "shaped", "--verify", "/nowhere", saying: "cannot read")
    try expectRefusal("check", Self.lake, "true", "shaped", "--verify", "x", "--max-regret", "0", saying: "--verify")
    try expectRefusal(
      "check", Self.lake, "true", "shaped", "--relation", "same-deterministic-order", "--tolerance", "2",
      saying: "(0, 1)")
  }
}
