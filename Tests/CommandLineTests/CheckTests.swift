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
    #expect(try finding["relation"].string() == "same policy order")
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
    guard case .object(let members) = content else { return }
    for (place, member) in members.enumerated() {
      for (n, other) in tampered(member).enumerated() {
        var changed = members
        changed[place] = .init(member.name, other)
        try Data(JSONValue.object(changed).serialised().utf8).write(to: URL(fileURLWithPath: path))
        let command = try Command("check", Self.lake, "true", "shaped", "--verify", path, "--json")
        #expect(command.status != 0, "\(member.name), change \(n)")
        if command.status == 1 { #expect(try !JSONCursor(command.json)["verified"].bool()) }
      }
    }
    try Data("{\"format\": \"other\"}".utf8).write(to: URL(fileURLWithPath: path))
    try expectRefusal("check", Self.lake, "true", "shaped", "--verify", path, saying: "is no certificate")
  }

  /// Changes of one member of a certificate, each of which must be seen.
  private func tampered(_ member: JSONValue.Member) -> [JSONValue] {
    switch (member.name, member.value) {
    case ("relation", _): return ["identical", "scale", "nonsense"]
    case ("transformation", _): return ["scale", "scale + shaping", "redistribution", "nonsense"]
    case (_, .array(let numbers)) where !numbers.isEmpty:
      let cursor = JSONCursor(member.value)
      guard let values = try? cursor.doubles() else { return [] }
      var bent = values
      bent[3] += 1e-3
      return [.numbers(bent), .numbers(values.map { 1 - $0 }), .numbers(values.dropLast())]
    case (_, .number), (_, .integer):
      let value = (try? JSONCursor(member.value).double()) ?? 0
      return [.number(value + 1), .number(-value)]
    case (_, .string): return ["nonsense"]
    default: return []
    }
  }

  @Test(
    "other kinds of proof are written and verify",
    arguments: [
      "same-optimal-policies", "same optimal actions", "optimality-preserving", "scale+shaping+redistribution",
      "shaping",
    ]) func proofs(relation: String) throws
  {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("proof.json").path
    let written = try Command("check", Self.lake, "true", "shaped", "--relation", relation, "--certificate", path)
    #expect(written.status == 0)
    #expect(try Command("check", Self.lake, "true", "shaped", "--verify", path).status == 0)
    #expect(try Command("check", Self.lake, "true", "proxy", "--verify", path).status == 1)
  }

  @Test("action sets from a file") func actionSets() throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    func file(_ name: String, _ content: String) throws -> String {
      let url = folder.appendingPathComponent(name)
      try Data(content.utf8).write(to: url)
      return url.path
    }
    let model = try file(
      "arms.json",
      """
      {"discount": 0.5, "initial": [1, 0], "states": ["left", "right"], "actions": ["stay", "go"],
       "transitions": [[[1, 0], [0, 1]], [[0, 1], [1, 0]]],
       "rewards": {"true": [[0, 1], [2, 0]], "proxy": [[1, 0], [0, 0]]}}
      """)
    let right = try file("right.json", #"{"left": ["go"], "right": ["stay"]}"#)
    let wrong = try file("wrong.json", "[[1], [0, 1]]")
    let bad = try file("bad.json", "[[1], [2]]")
    let question = ["check", model, "proxy", "true", "--relation", "optimality-preserving", "--action-sets"]
    #expect(try Command(question + [right]).status == 0)
    let failed = try Command(question + [wrong, "--json"])
    #expect(failed.status == 1)
    let action = try JSONCursor(failed.json)["relations"].elements()[0]["action"]
    #expect(try action["state"].integer() == 1 && action["action"].integer() == 1)
    #expect(try Command(question + [bad]).status == 2)
    try expectRefusal("check", model, "proxy", "true", "--action-sets", right, saying: "optimality-preserving")
    let proof = folder.appendingPathComponent("proof.json").path
    #expect(try Command(question + [right, "--certificate", proof]).status == 0)
    #expect(try Command("check", model, "proxy", "true", "--verify", proof).status == 0)
    #expect(try Command("check", model, "true", "proxy", "--verify", proof).status == 1)
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
