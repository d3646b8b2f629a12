import Foundation
import JSON
import TestSupport
import Testing

@Suite("rewardgauge matching") struct MatchingCommandTests {
  @Test("evaluate answers every reference instance with the contract's keys") func evaluate() throws {
    for file in try Reference.files(in: "matching", suffix: ".json") {
      let reference = try Reference.json(file)
      guard try reference["kind"].string() == "online_matching" else { continue }
      let command = try Command("matching", "evaluate", Reference.path(file), "--json")
      #expect(command.status == 0, "\(command.complaint)")
      let answer = JSONCursor(try command.json)
      for (name, expected) in try reference["expected"]["algorithms"].members() {
        let algorithm = try answer["algorithms"][name.replacing("_", with: "-")]
        #expect(abs(try algorithm["expectedWeight"].double() - expected["expected_weight"].double()) <= 1e-8)
        #expect(try algorithm["successProbability"].doubles().count == reference["instance"]["offline"].integer())
      }
      for (name, expected) in try reference["expected"]["benchmarks"].members() {
        #expect(abs(try answer["benchmarks"][name.replacing("_", with: "-")].double() - expected.double()) <= 1e-7)
      }
      _ = try answer["skipped"].members()
    }
  }

  @Test("a bare instance and a table are read too") func formats() throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let nested = Reference.path("matching/om_05_weighted_unequal.json")
    let whole = try Command("matching", "evaluate", nested, "--json").output
    for format in ["json", "csv"] {
      let path = folder.appendingPathComponent("instance.\(format)").path
      #expect(try Command("matching", "evaluate", nested, "--as", format, "--output", path).status == 0)
      #expect(try Command("matching", "evaluate", path, "--json").output == whole)
    }
    #expect(try Command("matching", "evaluate", nested, "--as", "dot").output.hasPrefix("graph matching {"))
  }

  @Test("bad input is refused in one line") func refusals() throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    func file(_ name: String, _ text: String) throws -> String {
      let path = folder.appendingPathComponent(name)
      try Data(text.utf8).write(to: path)
      return path.path
    }
    for (text, words) in [
      ("", "expected"), ("[1]", "expected an object"), ("{\"offline\": 1}", "\"online\" is missing"),
      ("{\"offline\": 1, \"online\": [[[0, 1.5]]]}", "edge 0 of arrival 0 has probability 1.5"),
      ("{\"offline\": 1, \"online\": [[[0, -0.5]]]}", "probability -0.5"),
      ("{\"offline\": 1, \"online\": [[[0, null]]]}", "online[0][0][1]: expected a number"),
      ("{\"offline\": 1, \"online\": [[[0, NaN]]]}", "expected a value"),
      ("{\"offline\": 1, \"online\": [[[0, 0.5], [0, 0.5]]]}", "two edges to offline vertex 0"),
      ("{\"offline\": 1, \"online\": [[[2, 0.5]]]}", "names offline vertex 2"),
      ("{\"offline\": 1, \"online\": [[[0.5, 0.5]]]}", "expected an integer"),
      ("{\"offline\": 1, \"online\": [[[0]]]}", "a pair [offline vertex, probability]"),
      ("{\"offline\": 1, \"weights\": [1, 2], \"online\": []}", "weights has 2 elements"),
      ("{\"offline\": 1, \"wieghts\": [1], \"online\": []}", "did you mean \"weights\""),
    ] {
      try expectRefusal("matching", "evaluate", file("bad.json", text), saying: words)
    }
    try expectRefusal("matching", "evaluate", file("bad.csv", "arrival,offline\n"), saying: "bad.csv:1: the header")
    try expectRefusal(
      "matching", "evaluate", file("bad.csv", "arrival,offline,probability\n0,0,x\n"),
      saying: "bad.csv:2: the probability")
    try expectRefusal("matching", "evaluate", "/nonexistent.json", saying: "No such file")
    let good = Reference.path("matching/om_01_single_edge.json")
    try expectRefusal("matching", "evaluate", good, "--algorithms", "gredy", saying: "did you mean greedy")
    try expectRefusal("matching", "evaluate", good, "--state-limit", "0", saying: "at least 1")
    try expectRefusal("matching", "family", "triangular", "--n", "0", saying: "n is 0")
    try expectRefusal("matching", "family", "triangular-then-private", "--n", "3", saying: "needs --k")
    try expectRefusal("matching", "search", "--size", "0", saying: "must be at least 1")
  }

  @Test("run: the same bytes for any number of threads, near the exact values") func run() throws {
    let file = Reference.path("matching/om_05_weighted_unequal.json")
    func answer(_ threads: String) throws -> String {
      try Command("matching", "run", file, "--replicates", "2000", "--seed", "5", "--threads", threads, "--json").output
    }
    let one = try answer("1")
    #expect(one == (try answer("3")))
    let greedy = JSONCursor(try JSONValue.parse(one))
    let estimate = try greedy["algorithms"]["greedy"]
    #expect(abs(try estimate["meanWeight"].double() - 2.4664) < 5 * (try estimate["standardError"].double()))
    try expectRefusal("matching", "run", file, "--replicates", "0", saying: "between 1 and")
    try expectRefusal("matching", "run", file, "--threads", "0", saying: "at least 1")
    try expectRefusal("matching", "run", file, "--outcomes", "dice", saying: "thresholds, coins")
  }

  @Test("run: shards and an interrupted journal give the bytes of one run") func shards() throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = Reference.path("matching/om_05_weighted_unequal.json")
    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
    let options = ["matching", "run", file, "--replicates", "500", "--seed", "9", "--ties", "random", "--json"]
    let whole = try Command(options).output
    for part in 1...3 {
      let command = try Command(options + ["--journal", path("\(part).journal"), "--shard", "\(part)/3"])
      #expect(command.status == 0)
      #expect(try (166...167).contains(JSONCursor(command.json)["replicates"].integer()))
    }
    let journals = (1...3).map { path("\($0).journal") }
    #expect(try Command(["matching", "merge"] + journals + ["--json"]).output == whole)
    // An interrupted journal: cut in the middle of a line, then resumed.
    let data = try Data(contentsOf: URL(fileURLWithPath: journals[0]))
    try data.prefix(data.count * 2 / 3).write(to: URL(fileURLWithPath: path("cut.journal")))
    #expect(try Command(options + ["--journal", path("cut.journal")]).output == whole)
    try expectRefusal(
      "matching", "run", file, "--replicates", "400", "--journal", path("cut.journal"), saying: "another experiment")
    try expectRefusal("matching", "merge", journals[0], saying: "replicate")
    try expectRefusal("matching", "merge", file, saying: "journal")
    try expectRefusal("matching", "run", file, "--shard", "4/3", saying: "4/3")
  }

  @Test("adwords answers in JSON and refuses what is wrong") func adwords() throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("queries.json")
    try Data(#"{"budgets": [1, 1, 1], "queries": [[[0, 1], [1, 1], [2, 1]], [[1, 1], [2, 1]], [[2, 1]]]}"#.utf8)
      .write(to: file)
    let answer = JSONCursor(try Command("matching", "adwords", file.path, "--json").json)
    #expect(abs(try answer["benchmarks"]["lp-allocation"].double() - 3) < 1e-9)
    #expect(abs(try answer["algorithms"]["water-filling"]["revenue"].double() - 13.0 / 6) < 1e-9)
    #expect(try answer["algorithms"]["balance"]["spent"].doubles() == [1, 1, 1])
    try Data(#"{"budgets": [0], "queries": []}"#.utf8).write(to: file)
    try expectRefusal("matching", "adwords", file.path, saying: "the budget of advertiser 0 is 0")
    try Data(#"{"budgets": [1], "queries": [[[0]]]}"#.utf8).write(to: file)
    try expectRefusal("matching", "adwords", file.path, saying: "a pair [advertiser, bid]")
  }

  @Test("certificates are below the true ratios") func certificates() throws {
    let file = Reference.path("matching/om_09_scores_differ.json")
    let answer = JSONCursor(try Command("matching", "evaluate", file, "--certificates", "--json").json)
    let bound = try answer["benchmarks"]["lp-stochastic-config"].double()
    for (name, certificate) in try answer["certificates"].members() {
      let earned = try answer["algorithms"][name]["expectedWeight"].double()
      #expect(try certificate["lp-stochastic-config"]["ratio"].double() <= earned / bound + 1e-9)
    }
    #expect(try answer["certificates"].members().count == 7)
  }

  @Test("reproduce online-matching: the quick version's checks hold and its files are written") func reproduce() throws
  {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let command = try Command("reproduce", "online-matching", "--quick", "--json", "--folder", folder.path)
    #expect(command.status == 0, "\(command.output)")
    #expect(try JSONCursor(command.json)["checks"].elements().allSatisfy { try $0["holds"].bool() })
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 7)
  }

  @Test("ratios, family and search answer in JSON") func others() throws {
    let ratios = JSONCursor(try Command("matching", "ratios", "--json").json)
    #expect(try ratios["ratios"].elements().count > 15)
    #expect(abs(try ratios["constants"]["gu20"].double() - 0.5963473623) < 1e-10)
    #expect(abs(try ratios["interval"].doubles()[1] - 0.5838453939) < 1e-10)
    let family = JSONCursor(try Command("matching", "family", "triangular", "--n", "3", "--json").json)
    #expect(abs(try family["ratio"].double() - 0.6209161596137213) < 1e-12)
    let trap = JSONCursor(try Command("matching", "family", "non-adaptive-trap", "--n", "2", "--json").json)
    // Loads 1/2 and 3/2.
    #expect(abs(try trap["ratio"].double() - 0.5 * (2 - 0.6065306597126334 - 0.22313016014842982)) < 1e-12)
    let search = JSONCursor(try Command("matching", "search", "--size", "3", "--steps", "50", "--json").json)
    #expect(abs(try search["ratio"].double() - 0.6097749953282586) < 1e-9)
  }
}
