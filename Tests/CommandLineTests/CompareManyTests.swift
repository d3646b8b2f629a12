import Files
import Foundation
import JSON
import TestSupport
import Testing

@Suite("compare many rewards, and transitions") struct CompareManyTests {
  /// A world with four rewards of every shape, in a folder of its own.
  static func problem() throws -> (file: String, folder: String) {
    let folder = try temporaryFolder().path
    let file = folder + "/problem.json"
    try """
    {"discount": 0.9, "initial": [0.5, 0.5, 0],
     "transitions": [[[0.5, 0.5, 0], [0, 0, 1]], [[0, 1, 0], [0.25, 0.5, 0.25]], [[1, 0, 0], [0, 0, 1]]],
     "rewards": {"true": [[1, 0], [0, 2], [1, 1]], "early": [[0, 1], [1, 0], [0, 0]], "late": [[1, 0], [0, 1.5], [1, 1]],
                 "by state": [0, 1, 3], "flat": [1, 1, 1]}}
    """.write(toFile: file, atomically: true, encoding: .utf8)
    return (file, folder)
  }

  @Test("a matrix as JSON: the pairs of compare, symmetric, zero on the diagonal") func matrix() throws {
    let (file, folder) = try Self.problem()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let run = try Command("compare", file, "--matrix", "--metrics", "VAL-2-2,EPIC,NPEC,range,regret", "--json")
    #expect(run.status == 0, "\(run.complaint)")
    let answer = JSONCursor(try run.json)
    let names = try answer["rewards"].strings()
    #expect(names == ["true", "early", "late", "by state", "flat"])
    #expect(try answer["order"].integers().sorted() == [0, 1, 2, 3, 4] && answer["clusters"].elements().count == 4)
    for (i, j) in [(0, 1), (1, 3), (2, 4)] {
      let pair = try Command(
        "compare", file, names[i], names[j], "--metrics", "VAL-2-2,EPIC,NPEC,range", "--json")
      let want = JSONCursor(try pair.json)
      for name in ["VAL-2-2", "EPIC", "NPEC", "range"] {
        let got = try answer["distances"][name].rows()[i][j]
        #expect(abs(got - (try want["distances"][name].double())) <= 1e-10, "\(name) \(i) \(j)")
      }
      let regret = try answer["distances"]["regret"].rows()[i][j]
      #expect(abs(regret - (try want["regret"]["normalised"].double())) <= 1e-10)
    }
    let values = try answer["distances"]["VAL-2-2"].rows()
    for i in 0..<5 { for j in 0..<5 { #expect(values[i][j] == values[j][i] && (i != j || values[i][j] == 0)) } }
  }

  @Test("every distance, some rewards") func all() throws {
    let (file, folder) = try Self.problem()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let run = try Command("compare", file, "--matrix", "--all", "--rewards", "late,true,late", "--json")
    let answer = JSONCursor(try run.json)
    #expect(try answer["rewards"].strings() == ["late", "true"])
    #expect(try answer["distances"].memberNames().count > 150)
  }

  @Test("text, CSV, SVG and npz, by option and by the ending of the output") func formats() throws {
    let (file, folder) = try Self.problem()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let text = try Command("compare", file, "--matrix")
    #expect(text.status == 0 && text.output.hasPrefix("VAL-2-2\n") && text.output.contains("by state"))
    let csv = try Command("compare", file, "--matrix", "--format", "csv")
    #expect(csv.output.hasPrefix("measure,from,true,early,late,by state,flat\nVAL-2-2,true,0.0,"))
    #expect(csv.output.split(separator: "\n").count == 6)
    for (name, start) in [("a.svg", "<svg"), ("a.csv", "measure"), ("a.json", "{"), ("a.npz", "PK"), ("a.txt", "VAL")] {
      let run = try Command("compare", file, "--matrix", "--output", "\(folder)/\(name)")
      #expect(run.status == 0 && run.output.isEmpty, "\(run.complaint)")
      let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
      #expect(bytes.starts(with: start.utf8), "\(name)")
    }
    let svg = try String(contentsOfFile: "\(folder)/a.svg", encoding: .utf8)
    #expect(svg.contains("prefers-color-scheme:dark") && svg.contains("by state") && !svg.contains("nan"))
  }

  @Test("a curve of checkpoints") func against() throws {
    let (file, folder) = try Self.problem()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let run = try Command("compare", file, "--against", "true", "early", "late", "--json")
    #expect(run.status == 0, "\(run.complaint)")
    let answer = JSONCursor(try run.json)
    #expect(try answer["checkpoints"].strings() == ["early", "late"] && answer["against"].string() == "true")
    for (i, name) in ["early", "late"].enumerated() {
      let pair = JSONCursor(try Command("compare", file, "true", name, "--json").json)
      #expect(
        try abs(answer["distances"]["range"].doubles()[i] - pair["distances"]["range"].double()) <= 1e-11
          && abs(answer["regret"]["normalised"].doubles()[i] - pair["regret"]["normalised"].double()) <= 1e-11
          && abs(answer["regret"]["optimalPolicyWorst"].doubles()[i] - pair["regret"]["optimalPolicyWorst"].double())
            <= 1e-11
      )
    }
    let all = try Command("compare", file, "--against", "true", "--format", "csv", "--metrics", "VAL-2-2")
    #expect(all.output.hasPrefix("checkpoint,VAL-2-2,regret,optimal-policy regret\nearly,"))
    #expect(all.output.split(separator: "\n").count == 5)
    #expect(try Command("compare", file, "--against", "true", "--format", "svg").output.hasPrefix("<svg"))
    #expect(try Command("compare", file, "--against", "true").output.contains("late"))
  }

  @Test("bounds beside the distances") func bounds() throws {
    let (file, folder) = try Self.problem()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let answer = JSONCursor(try Command("compare", file, "true", "late", "--all", "--json").json)
    let regret = try answer["regret"]["normalised"].double()
    #expect(try answer["bounds"].memberNames().contains("range"))
    for (name, bound) in try answer["bounds"].members() where try bound["quantity"].string() == "worstCase" {
      #expect(try bound["lower"].double() <= regret + 1e-9 && regret <= bound["upper"].double() + 1e-9, "\(name)")
    }
  }

  @Test("policies and coverages from files") func choices() throws {
    let (file, folder) = try Self.problem()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func value(_ name: String, _ arguments: String...) throws -> Double {
      let run = try Command(["compare", file, "true", "early", "--json", "--metrics", name] + arguments)
      #expect(run.status == 0, "\(run.complaint)")
      return try JSONCursor(run.json)["distances"].members()[0].value.double()
    }
    let (policy, coverage) = (folder + "/policy.json", folder + "/coverage.json")
    try "[[0.9, 0.1], [0.5, 0.5], [0.2, 0.8]]".write(toFile: policy, atomically: true, encoding: .utf8)
    try #"{"coverage": [[1, 0], [2, 1], [0, 3]], "states": [0.5, 0.25, 0.25]}"#
      .write(toFile: coverage, atomically: true, encoding: .utf8)
    #expect(try value("VAL-2-2", "--policy", policy) != value("VAL-2-2"))
    #expect(try value("EPIC", "--coverage", "transitions") == value("EPIC-w"))
    #expect(try value("EPIC", "--coverage", "uniform") == value("EPIC"))
    #expect(try value("EPIC", "--coverage", coverage) == value("EPIC-c", "--coverage", coverage))
    #expect(try value("EPIC", "--coverage", coverage) != value("EPIC-w"))
    try expectRefusal("compare", file, "true", "early", "--metrics", "EPIC-c", saying: "weights")
    try expectRefusal("compare", file, "true", "early", "--coverage", folder + "/none.json", saying: "none.json")
    try "[[1, 2]]".write(toFile: coverage, atomically: true, encoding: .utf8)
    try expectRefusal("compare", file, "true", "early", "--coverage", coverage, saying: "3 states")
    try expectRefusal("compare", file, "true", "early", "--policy", coverage, saying: "3 states")
  }

  @Test("transitions: estimates with intervals") func samples() throws {
    let folder = try temporaryFolder().path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = folder + "/transitions.csv"
    try "s,a,s',r1,r2\n0,0,0,1,0\n0,0,1,1,2\n0,1,1,0,1\n1,0,1,2,0\n1,1,0,0,0\n".write(
      toFile: file, atomically: true, encoding: .utf8)
    let run = try Command("compare", "--samples", file, "--discount", "0.9", "--resamples", "20", "--json")
    #expect(run.status == 0, "\(run.complaint)")
    let answer = JSONCursor(try run.json)
    #expect(try answer["transitions"].integer() == 5)
    #expect(try answer["distances"].memberNames() == ["VAL-2-2", "EPIC-c", "DARD-c", "pearson-c"])
    for (_, estimate) in try answer["distances"].members() {
      #expect(try estimate["lower"].double() <= estimate["upper"].double() && estimate["estimate"].double() >= 0)
    }
    let again = try Command("compare", "--samples", file, "--discount", "0.9", "--resamples", "20", "--json")
    #expect(again.output == run.output)
    let named = try Command(
      "compare", "--samples", file, "--discount", "0.9", "--metrics", "VAL-1-1,EPIC", "--resamples", "0", "--json")
    #expect(try JSONCursor(named.json)["distances"]["EPIC"].value["lower"] == .null)
    #expect(try Command("compare", "--samples", file, "--discount", "0.9").output.contains("95 % interval"))
    try expectRefusal("compare", "--samples", file, saying: "--discount")
    try expectRefusal("compare", "--samples", file, "--discount", "0.9", "--metrics", "range", saying: "estimated")
    try expectRefusal("compare", "--samples", file, "--discount", "1.5", saying: "discount")
    try expectRefusal("compare", "--samples", file + "x", "--discount", "0.9", saying: "transitions.csvx")
    try "0,0,1,1\n".write(toFile: file, atomically: true, encoding: .utf8)
    try expectRefusal("compare", "--samples", file, "--discount", "0.9", saying: "transitions.csv:1: there are 4")
  }

  @Test("refusals of options that do not go together") func refusals() throws {
    let (file, folder) = try Self.problem()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try expectRefusal("compare", file, "true", saying: "proxy are needed")
    try expectRefusal("compare", saying: "problem file")
    try expectRefusal("compare", file, "--matrix", "--against", "true", saying: "exclude")
    try expectRefusal("compare", file, "--matrix", "--rewards", "true,lat", saying: "late")
    try expectRefusal("compare", file, "--matrix", "--metrics", "VAL-2", saying: "VAL-2-2")
    try expectRefusal("compare", file, "--matrix", "--metrics", "regrets", saying: "regret")
    try expectRefusal("compare", file, "--matrix", "--format", "npz", saying: "--output")
    try expectRefusal("compare", file, "--matrix", "--format", "csv", "--json", saying: "exclude")
    try expectRefusal("compare", file, "--against", "tru", saying: "true")
    try expectRefusal("compare", file, "true", "late", "--rewards", "flat", saying: "--matrix")
    try expectRefusal("compare", file, "true", "late", "--seed", "3", saying: "--samples")
  }

  @Test("the papers, in a small size") func papers() throws {
    let folder = try temporaryFolder().path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let epic = try Command("reproduce", "epic", "--folder", folder + "/epic")
    #expect(epic.status == 0 && epic.output.contains("agrees"))
    #expect(FileManager.default.fileExists(atPath: folder + "/epic/distances.svg"))
    let journal = folder + "/journal"
    let first = try Command("reproduce", "starc", "--quick", "--journal", journal, "--folder", folder + "/starc")
    #expect(first.status == 0, "\(first.complaint)")
    #expect(FileManager.default.fileExists(atPath: folder + "/starc/scatter.svg"))
    // Everything is in the journal: the same page comes back.
    #expect(try Command("reproduce", "starc", "--quick", "--journal", journal, "--threads", "1").output == first.output)
    try expectRefusal("reproduce", "starc", "--journal", journal, saying: "another experiment")
  }
}
