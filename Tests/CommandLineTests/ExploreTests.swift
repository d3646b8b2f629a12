import Foundation
import JSON
import TestSupport
import Testing

@Suite("explore") struct ExploreTests {
  @Test("bounds --json equals the reference, key by key") func bounds() throws {
    for point in try Reference.json("exploration/bounds.json")["cases"].elements() {
      var arguments = ["explore", "bounds", "--json"]
      for (key, option) in [
        ("d", "--d"), ("S", "--states"), ("A", "--actions"), ("H", "--horizon"), ("eps", "--epsilon"),
        ("delta", "--delta"), ("B", "--B"), ("K", "--episodes"),
      ] {
        arguments += [option, try JSONValue.number(point["params"][key].double()).serialised()]
      }
      for index in arguments.indices where arguments[index].hasSuffix(".0") { arguments[index].removeLast(2) }
      let command = try Command(arguments)
      #expect(command.status == 0 && command.complaint.isEmpty)
      let answer = JSONCursor(try command.json)
      for (key, reference) in [
        ("explicit", "explicit"), ("leadingEpisodes", "leading_episodes"), ("leadingRegret", "leading_regret"),
      ] {
        for (id, value) in try point["values"][reference].members() {
          let got = JSONCursor(try #require(answer.value[key]?[id]))
          switch value.value {
          case .null: #expect(got.value == .null, "\(id)")
          case .object:
            for (name, part) in try value.members() {
              let (a, b) = (try got[name].double(), try part.double())
              #expect(abs(a - b) <= 1e-9 * abs(b))
              #expect(try answer[key]["\(id).\(name)"].double() == a)
            }
          default:
            let (a, b) = (try got.double(), try value.double())
            #expect(abs(a - b) <= (id.hasSuffix(".sample_complexity") ? 1e-6 : 1e-9) * abs(b), "\(id)")
          }
        }
      }
    }
  }

  @Test("a null has its reason, and the table names its sources") func words() throws {
    let point = ["--d", "4", "--states", "5", "--actions", "3", "--horizon", "16", "--B", "2"]
    let json = try Command(["explore", "bounds", "--json"] + point).json
    #expect(json["explicit"]?["lower.derived"] == .null)
    #expect(try JSONCursor(json)["reasons"]["lower.derived"].string().hasPrefix("no statement: epsilon"))
    let table = try Command(["explore", "bounds", "--markdown"] + point)
    #expect(table.status == 0)
    #expect(table.output.contains("| `hf_rfe_upper_total` | linear mixture MDP | total | upper | episodes | d²/ε² |"))
    #expect(table.output.contains("arXiv 2303.10165"))
    #expect(try Command(["explore", "bounds"] + point).output.contains("no statement"))
    let crossing = try Command(
      "explore", "crossover", "--d", "4", "--states", "5", "--actions", "3", "--B", "2", "--json")
    #expect(try (65...128).contains(JSONCursor(crossing.json)["horizon"].integer()))
  }

  @Test("bad parameters are refused in one line") func refusals() throws {
    func refuse(_ options: String..., saying words: String) throws {
      let command = try Command(["explore", "bounds", "--d", "4", "--states", "5", "--actions", "3"] + options)
      #expect(command.status == 2 && command.output.isEmpty)
      #expect(command.complaint.split(separator: "\n").count == 1 && command.complaint.contains(words))
    }
    try refuse("--horizon", "0", saying: "horizon is 0")
    try refuse("--horizon", "8", "--delta", "1", saying: "delta is 1")
    try refuse("--horizon", "8", "--B", "0.5", saying: "B is 0.5")
    try refuse("--horizon", "8", "--json", "--markdown", saying: "--markdown")
    try refuse(saying: "--horizon")
    try expectRefusal(
      "explore", "crossover", "nonsense", "--d", "4", "--states", "5", "--actions", "3", saying: "no bound is called")
  }

  /// A file with `text` in a folder of its own, for the time of `body`.
  private func withFile(_ text: String, _ body: (String) throws -> Void) throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("input.json")
    try Data(text.utf8).write(to: file)
    try body(file.path)
  }

  @Test("run explores and gives the same bytes whatever the threads") func run() throws {
    let world = #"{"kind": "random-mixture", "states": 3, "actions": 2, "d": 2, "horizon": 4, "seed": 7}"#
    try withFile(world) { file in
      for explorer in ["relaxed", "coupled", "uniform", "ucrl-rfe", "ucrl-rfe-plus", "rf-ucrl", "rf-express"] {
        let arguments = [
          "explore", "run", file, "--explorer", explorer, "--episodes", "3,8", "--replicates", "3", "--json",
        ]
        let one = try Command(arguments + ["--threads", "1"])
        #expect(one.status == 0, "\(one.complaint)")
        #expect(try Command(arguments + ["--threads", "2"]).output == one.output)
        let checkpoints = try JSONCursor(one.json)["checkpoints"].elements()
        let episodes = try checkpoints.map { try $0["episodes"].integer() }
        #expect(episodes == [3, 8])
        for checkpoint in checkpoints {
          let found = try checkpoint["found"]["mean"].double()
          #expect(try found >= 0 && found <= min(1, 2 * checkpoint["separation"]["mean"].double()) + 1e-12)
        }
      }
      try expectRefusal("explore", "run", file, "--episodes", "8,3", saying: "increasing")
      try expectRefusal("explore", "run", file, "--episodes", "0", saying: "at least 1")
      try expectRefusal("explore", "run", file, "--theory", "2", saying: "delta is 2")
      try expectRefusal("explore", "run", file, "--explorer", "uniform", "--levels", "2", saying: "--levels")
      try expectRefusal("explore", "run", file, "--explorer", "uniform", "--estimator", "targeted", saying: "no value")
      try expectRefusal("explore", "run", file, "--B", "0.5", saying: "B is 0.5")
    }
    try withFile(#"{"kind": "maze", "horizon": 3}"#) { file in
      try expectRefusal("explore", "run", file, saying: "no kind of world is called \"maze\"")
    }
    try withFile(#"{"kind": "hard-instance", "horizon": 3, "d": 2, "gap": 0.3, "signs": [1]}"#) { file in
      try expectRefusal("explore", "run", file, saying: "Delta is 0.3")
    }
    try withFile(#"{"kind": "tabular", "horizon": 3, "transitions": [[[0.5, 0.4]], [[1, 0]]]}"#) { file in
      try expectRefusal("explore", "run", file, saying: "P[0, 0, :] sums to 0.9")
    }
    try withFile(#"{"kind": "features", "horizon": 2, "features": [[[[0.5, 0.5]]], [[[1, 0]]]], "parameter": [1]}"#) {
      file in
      let command = try Command("explore", "run", file, "--episodes", "2", "--replicates", "1")
      #expect(command.status == 0)
    }
  }

  @Test("evaluate equals the reference") func evaluate() throws {
    let entry = try Reference.json("exploration/adversary.json")["cases"].elements()[0]
    let text = JSONValue.object([
      .init("truth", try #require(entry.value["P"])), .init("model", try #require(entry.value["P_model"])),
      .init("horizon", .integer(try entry["H"].integer())),
    ]).serialised()
    try withFile(text) { file in
      let answer = JSONCursor(try Command("explore", "evaluate", file, "--exact", "--json").json)
      #expect(abs(try answer["exact"].double() - entry["exact_sup"].double()) < 1e-6)
      #expect(abs(try answer["witness"]["value"].double() - entry["tie_fill_pool"].double()) < 1e-9)
      #expect(abs(try answer["separation"].double() - entry["coupling_bound"].double()) < 1e-9)
      #expect(try Command("explore", "evaluate", file, "--exact").output.contains("exact supremum"))
    }
    try withFile(#"{"truth": [[[1]]], "model": [[[1]]], "horizon": 0}"#) { file in
      try expectRefusal("explore", "evaluate", file, saying: "horizon is 0")
    }
    try withFile(#"{"truth": [[[1]]], "model": [[[1]]]}"#) { file in
      try expectRefusal("explore", "evaluate", file, saying: "horizon")
    }
  }

  @Test("reproduce writes its page, tables and charts") func reproduce() throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let command = try Command(
      "reproduce", "horizon-free-exploration", "--quick", "--folder", folder.path)
    #expect(command.status == 0)
    let held = try #require(command.output.firstMatch(of: /(\d+) of (\d+) expectations held/))
    #expect(held.1 == held.2 && Int(held.1) ?? 0 >= 20)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(Set(files).isSuperset(of: ["bounds-dimension.svg", "bounds-horizon.svg", "e7-theory.csv", "results.md"]))
    try expectRefusal(
      "reproduce", "horizon-free-exploration", "--only", "nonsense", saying: "no experiment is called \"nonsense\"")
  }
}
