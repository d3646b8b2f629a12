import Foundation
import JSON
import TestSupport
import Testing

@Suite("bandit") struct BanditCommandTests {
  /// A problem file that lives for one test.
  static func file(_ text: String, _ body: (String, URL) throws -> Void) throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("problem.json")
    try Data(text.utf8).write(to: path)
    try body(path.path, folder)
  }

  static let tallying =
    #"{"K":3,"m":3,"weights":[1,1,1],"T":60,"loss":[{"type":"table","values":[0.9,0.5,0.1]},"#
    + #"{"type":"const","value":0.4},{"type":"table","values":[0.2,0.3,0.6]}]}"#

  @Test("optimum answers under its names") func optimum() throws {
    try Self.file(Self.tallying) { path, _ in
      let answer = JSONCursor(try Command("bandit", "optimum", path, "--horizon", "10", "--json").json)
      #expect(try abs(answer["optimalTotalLoss"].double() - 2.2) < 1e-12)
      #expect(try answer["optimalSequence"].integers() == [Int](repeating: 0, count: 10))
      #expect(try answer["constantArmTotalLoss"].doubles(count: 3).count == 3)
      #expect(try answer["saturatedLoss"].doubles() == [0.1, 0.4, 0.6])
      #expect(try answer["reo"]["strong"].bool() && answer["reo"]["cycle"].bool())
      #expect(try answer["reo"]["arm"].integer() == 0 && answer["states"].integer() == 76)
      #expect(try abs(answer["minimumMeanCycle"].double() - 0.1) < 1e-12 && answer["optimalCycle"].integers() == [0])
    }
  }

  @Test("evaluate gives every policy of the reference") func evaluate() throws {
    try Self.file(#"{"means":[0.4,0.6],"T":14}"#) { path, _ in
      let answer = JSONCursor(try Command("bandit", "evaluate", path, "--json").json)
      let reference = try Reference.json("bandits/mab_01_two_arms.json")["expected"]
      for (name, expected) in try reference.members() {
        let found = try answer["policies"][name]
        #expect(try abs(found["expectedRegret"].double() - expected["expected_regret"].double()) < 1e-8, "\(name)")
      }
    }
  }

  @Test("a run gives the same bytes on any threads, resumed from any cut, and merged from shards") func bytes() throws {
    try Self.file(Self.tallying) { path, folder in
      let common = [
        "--policies", "ucb1,se_wtb:M=3,delta=0.1,thompson_beta", "--replicates", "20", "--seed", "3", "--checkpoints",
        "4",
        "--json",
      ]
      let whole = try Command(["bandit", "run", path] + common).output
      #expect(!whole.isEmpty)
      #expect(try Command(["bandit", "run", path, "--threads", "1"] + common).output == whole)

      let journal = folder.appendingPathComponent("journal")
      #expect(try Command(["bandit", "run", path, "--journal", journal.path] + common).output == whole)
      let bytes = try Data(contentsOf: journal)
      for cut in [10, bytes.count / 3, bytes.count / 2, bytes.count - 1] {
        try bytes.prefix(cut).write(to: journal)
        #expect(
          try Command(["bandit", "run", path, "--journal", journal.path] + common).output == whole, "cut at \(cut)")
        #expect(try Data(contentsOf: journal).count == bytes.count)
      }

      var parts: [String] = []
      for index in 1...3 {
        parts.append(folder.appendingPathComponent("part\(index)").path)
        _ = try Command(
          ["bandit", "run", path, "--shard", "\(index)/3", "--journal", parts[index - 1]] + common)
      }
      #expect(try Command(["bandit", "merge"] + parts + ["--json"]).output == whole)
      let hole = try Command(["bandit", "merge", parts[0], parts[2], "--json"])
      #expect(hole.status == 2 && hole.output.isEmpty && hole.complaint.contains("replicate 6"))
      let other = try Command(["bandit", "run", path, "--journal", parts[0], "--seed", "4"])
      #expect(other.status == 2 && other.complaint.contains("another experiment"))
    }
  }

  @Test("killed at any moment, a run resumes to the same bytes") func killed() throws {
    try Self.file(#"{"means":[0.3,0.5,0.45],"T":20000}"#) { path, folder in
      let common = ["bandit", "run", path, "--policies", "ucb1,thompson_beta", "--replicates", "120", "--seed", "5"]
      let report = common + ["--checkpoints", "4", "--json"]
      let whole = try Command(report).output
      let journal = folder.appendingPathComponent("journal")
      for rows in [1, 30] {
        let process = Process()
        process.executableURL = Command.executable
        process.arguments = report + ["--journal", journal.path]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        // A row is about 300 bytes; wherever the signal then falls, between rows or within one.
        func size() -> Int { (try? Data(contentsOf: journal).count) ?? 0 }
        while process.isRunning, size() < 300 * rows { usleep(500) }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
      }
      #expect(try Command(report + ["--journal", journal.path]).output == whole)
    }
  }

  @Test("a run says all that its numbers depend on") func provenance() throws {
    try Self.file(Self.tallying) { path, _ in
      let answer = JSONCursor(
        try Command("bandit", "run", path, "--policies", "ucb1", "--replicates", "3", "--seed", "9", "--json").json)
      #expect(try answer["seed"].integer() == 9 && answer["replicates"].integer() == 3)
      #expect(try answer["version"].string() == "0.1.0" && answer["problem"]["T"].integer() == 60)
      #expect(try answer["problem"]["loss"].elements().count == 3)
      let policy = try answer["policies"]["ucb1"]
      #expect(try policy["quantiles"].memberNames() == ["5", "25", "50", "75", "95"])
      #expect(try policy["checkpoints"].integers().last == 60 && policy["pulls"].doubles().reduce(0, +) == 60)
      #expect(try policy["formula"].string().contains("sqrt(2 ln t / N)"))
    }
  }

  @Test("bounds stand beside the data; one far above is named instead", arguments: [false, true])
  func bounds(isLogarithmic: Bool) throws {
    try Self.file(#"{"means":[0.4,0.6],"T":300}"#) { path, folder in
      let picture = folder.appendingPathComponent("regret.svg")
      let run = try Command(
        ["bandit", "run", path, "--policies", "ucb1,moss", "--replicates", "4", "--svg", picture.path]
          + (isLogarithmic ? ["--log-regret"] : []))
      #expect(run.status == 0)
      let svg = try String(contentsOf: picture, encoding: .utf8)
      #expect(svg.contains(">Lai–Robbins</text>"))
      #expect(svg.contains(">MOSS bound at T</text>") == isLogarithmic)
      #expect(svg.contains("Above the axis") != isLogarithmic)
    }
  }

  @Test(
    "bad input is one line and status 2",
    arguments: [
      #"{"K":0,"m":1,"loss":[],"T":3}"#, #"{"K":1,"m":0,"loss":[{"type":"const","value":0.3}],"T":3}"#,
      #"{"K":1,"m":2,"weights":[1],"loss":[{"type":"const","value":0.3}],"T":3}"#,
      #"{"K":1,"m":2,"weights":[0,1],"loss":[{"type":"const","value":0.3}],"T":3}"#,
      #"{"K":1,"m":1,"weights":[1],"loss":[{"type":"const","value":1.3}],"T":3}"#,
      #"{"K":1,"m":2,"weights":[1,0.5],"loss":[{"type":"table","values":[0.3,0.2]}],"T":3}"#,
      #"{"means":[0.3,1.4],"T":3}"#, #"{"means":[0.3],"T":-1}"#, #"{"means":[]}"#, "[]", "",
    ])
  func bad(text: String) throws {
    try Self.file(text) { path, _ in
      for command in ["optimum", "evaluate", "run"] {
        let refused = try Command("bandit", command, path, "--json")
        #expect(refused.status == 2 && refused.output.isEmpty)
        #expect(refused.complaint.split(separator: "\n").count == 1)
      }
    }
  }

  @Test("every preset is a problem that the commands read") func presets() throws {
    let names = try JSONCursor(try Command("bandit", "presets", "--json").json)["presets"].memberNames()
    #expect(names.count == 14)
    for name in names {
      let problem = try Command("bandit", "presets", name, "--horizon", "12").output
      try Self.file(problem) { path, _ in
        let run = try Command("bandit", "run", path, "--policies", "uniform", "--replicates", "2", "--json")
        #expect(run.status == 0, "\(name)")
      }
    }
  }

  @Test("the studies run in their quick size, with the same bytes on any threads") func reproduce() throws {
    for (name, keys) in [("weighted-tallying-bandits", ["e1", "e2", "e3", "e4"]), ("stochastic-bandits", ["e6"])] {
      let folder = try temporaryFolder()
      defer { try? FileManager.default.removeItem(at: folder) }
      let command = try Command("reproduce", name, "--quick", "--folder", folder.path)
      #expect(command.status == 0)
      let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      #expect(files == keys.flatMap { ["\($0).csv", "\($0).svg"] } + ["results.md"])
      let page = try String(contentsOf: folder.appendingPathComponent("results.md"), encoding: .utf8)
      #expect(page == command.output)
      #expect(try Command("reproduce", name, "--quick", "--threads", "1").output == page)
    }
  }
}
