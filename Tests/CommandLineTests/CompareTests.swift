import Foundation
import JSON
import TestSupport
import Testing

@Suite("compare") struct CompareTests {
  /// A reference case as a problem file, in a folder of its own.
  static func problem(_ name: String) throws -> String {
    let reference = try Reference.json("reward-distances/\(name).json")
    let problem: JSONValue = [
      "discount": try reference["gamma"].value, "initial": try reference["mu0"].value,
      "transitions": try reference["P"].value,
      "rewards": ["R1": try reference["R1"].value, "R2": try reference["R2"].value],
    ]
    let path = try temporaryFolder().appendingPathComponent("\(name).json").path
    try problem.serialised(pretty: false).write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  @Test(
    "the keys of the contract, with the reference's numbers",
    arguments: ["a02-random-3x2", "a04-shaping-5x2", "a08-grid-3x3"])
  func contract(name: String) throws {
    let file = try Self.problem(name)
    defer { try? FileManager.default.removeItem(atPath: (file as NSString).deletingLastPathComponent) }
    let run = try Command(
      "compare", file, "R1", "R2", "--json", "--metrics", "VAL-2-2,EPIC,range,Projection-2-angle,NPEC")
    #expect(run.status == 0)
    let answer = JSONCursor(try run.json)
    let truth = try Reference.json("reward-distances/\(name).json")["independent"]
    func isClose(_ got: JSONCursor, _ want: JSONCursor) throws -> Bool {
      abs(try got.double() - want.double()) <= 1e-9 * abs(try want.double()) + 1e-11
    }
    #expect(try answer["true"].string() == "R1" && answer["proxy"].string() == "R2")
    #expect(try answer["distances"].memberNames() == ["VAL-2-2", "EPIC", "range", "Projection-2-angle", "NPEC"])
    #expect(try isClose(answer["distances"]["VAL-2-2"], truth["distances"]["VAL|n=L2|m=L2"]))
    #expect(try isClose(answer["distances"]["range"], truth["rangeStarc"]))
    let equivalent = try truth["policyOrder"]["equivalent"].bool()
    #expect(try answer["relation"]["samePolicyOrder"].bool() == equivalent)
    #expect(
      try answer["relation"]["sameOptimalPolicies"].bool() == truth["sameOptimalPolicies"]["fromMu0"].bool())
    let states = try truth["reachable"].elements().count
    if equivalent {
      #expect(try isClose(answer["relation"]["scale"], truth["policyOrder"]["scale"]))
      #expect(try answer["relation"]["potential"].doubles().count == states)
      #expect(answer.value["counterexample"] == .null)
    } else {
      for key in ["better", "worse"] { #expect(try answer["counterexample"][key].rows().count == states) }
      #expect(try answer["counterexample"]["trueReturns"].doubles().count == 2)
      #expect(try answer["counterexample"]["proxyReturns"].doubles().count == 2)
      #expect(try answer["relation"].value["potential"] == .null)
    }
    let want = try truth["worstCaseRegret"]["R1trueR2proxy"]
    let regret = try answer["regret"]
    for (key, other) in [
      ("worstCase", "unnormalised"), ("normalised", "normalised"), ("multiplier", "multiplier"),
      ("optimalPolicyBest", "optimalPolicyBest"), ("optimalPolicyWorst", "optimalPolicyWorst"),
    ] { #expect(try isClose(regret[key], want[other]), "\(key)") }
    #expect(try regret["lower"].double() <= regret["worstCase"].double())
    #expect(try regret["upper"].double() >= regret["worstCase"].double())
    for key in ["chosen", "forgone"] { #expect(try regret["witness"][key].rows().count == states) }
    #expect(try isClose(answer["range"]["true"], truth["returns"].elements()[0]["range"]))
    #expect(try isClose(answer["range"]["proxy"], truth["returns"].elements()[1]["range"]))
    #expect(try answer["flags"].elements().count >= 0)
  }

  @Test("the page, every distance, and a file for the answer") func page() throws {
    let file = try Self.problem("a02-random-3x2")
    defer { try? FileManager.default.removeItem(atPath: (file as NSString).deletingLastPathComponent) }
    let page = try Command("compare", file, "R1", "R2")
    #expect(page.status == 0 && page.output.contains("DIFFERENT") && page.output.contains("VAL-2-2"))
    let out = (file as NSString).deletingLastPathComponent + "/answer.json"
    let all = try Command("compare", file, "R1", "R2", "--all", "--json", "--output", out)
    #expect(all.status == 0 && all.output.isEmpty)
    let answer = try JSONCursor(JSONValue.parse(Array(Data(contentsOf: URL(fileURLWithPath: out)))))
    #expect(try answer["distances"].memberNames().count > 100)
  }

  @Test("refusals: unknown reward, unknown distance, bad choices") func refusals() throws {
    let file = try Self.problem("a02-random-3x2")
    defer { try? FileManager.default.removeItem(atPath: (file as NSString).deletingLastPathComponent) }
    try expectRefusal("compare", file, "R1", "R3", saying: "R2")
    try expectRefusal("compare", file, "R1", "R2", "--metrics", "VAL-2-3", saying: "VAL-2-2")
    try expectRefusal("compare", file, "R1", "R2", "--metrics", "EPIC", "--all", saying: "--all")
    try expectRefusal("compare", file, "R1", "R2", "--states", "some", saying: "reachable")
    try expectRefusal("compare", file + "x", "R1", "R2", saying: "a02")
  }
}
