import Foundation
import JSON
import Testing

@Suite("check") struct CheckTests {
  static let problem = projectFolder.appendingPathComponent("Examples/FrozenLake/frozen-lake.json").path

  @Test("the exit status says whether the relation holds") func status() throws {
    #expect(try Command("check", Self.problem, "true", "shaped").status == 0)
    #expect(try Command("check", Self.problem, "true", "proxy").status == 1)
    for relation in ["shaping", "terminal-shaping", "same-optimal-policies", "proxy-safe", "unhackable"] {
      #expect(try Command("check", Self.problem, "true", "shaped", "--relation", relation).status == 0, "\(relation)")
    }
    for relation in ["identical", "redistribution", "impossible-mask", "zero-preserving-monotone"] {
      #expect(try Command("check", Self.problem, "true", "shaped", "--relation", relation).status == 1, "\(relation)")
    }
    #expect(try Command("check", Self.problem, "true", "proxy", "--max-regret", "1").status == 0)
    #expect(try Command("check", Self.problem, "true", "proxy", "--max-regret", "0.5").status == 1)
    #expect(try Command("check", Self.problem, "true", "proxy", "--max-distance", "VAL-2-2=2").status == 0)
    #expect(try Command("check", Self.problem, "true", "proxy", "--max-distance", "VAL-2-2=0.1").status == 1)
    let answer = try Command("check", Self.problem, "true", "proxy", "--json").json
    #expect(answer["holds"] == .bool(false))
  }

  @Test(
    "certificates verify, tampered ones do not", arguments: [["shaped", "shaping"], ["proxy", "same-policy-order"]])
  func certificates(_ proxyAndRelation: [String]) throws {
    let (proxy, relation) = (proxyAndRelation[0], proxyAndRelation[1])
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("proof.json")
    _ = try Command(
      "check", Self.problem, "true", proxy, "--relation", relation, "--certificate", path.path)
    #expect(try Command("check", Self.problem, "true", proxy, "--verify", path.path).status == 0)
    // A proof of one pair is none of another.
    let other = proxy == "shaped" ? "proxy" : "shaped"
    #expect(try Command("check", Self.problem, "true", other, "--verify", path.path).status == 1)
    guard case .object(let members) = try JSONValue.parse(Array(Data(contentsOf: path))) else { return }
    let tampered: [JSONValue.Member] = members.map { member in
      switch (member.name, member.value) {
      case ("potential", .array(var numbers)):
        numbers[9] = .number(7.5)
        return .init("potential", .array(numbers))
      case ("better", _): return .init("better", members.first { $0.name == "worse" }?.value ?? .null)
      default: return member
      }
    }
    try JSONValue.object(tampered).serialised(pretty: false).write(to: path, atomically: true, encoding: .utf8)
    #expect(try Command("check", Self.problem, "true", proxy, "--verify", path.path).status == 1)
  }

  @Test("refusals") func refusals() throws {
    try expectRefusal("check", Self.problem, "true", "shaped", "--relation", "shapping", saying: "shaping")
    try expectRefusal("check", Self.problem, "true", "shaped", "--max-distance", "VAL-2-2", saying: "NAME=VALUE")
    try expectRefusal("check", Self.problem, "true", "shaped", "--max-regret", "-1", saying: "--max-regret")
    try expectRefusal("check", Self.problem, "true", "nothing", saying: "nothing")
    try expectRefusal("check", Self.problem, "true", "shaped", "--verify", "/nowhere.json", saying: "/nowhere.json")
  }
}
