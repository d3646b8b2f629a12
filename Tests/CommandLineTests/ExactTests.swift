import Foundation
import JSON
import TestSupport
import Testing

/// `--exact` of solve, compare and check.
@Suite("Exact answers") struct ExactCommandTests {
  /// The two-state example: true, another proxy, and a third that shares the true one's optima.
  private static let example: JSONValue = [
    "discount": 0.5, "initial": [0.5, 0.5],
    "transitions": [[[1, 0], [0.5, 0.5]], [[0, 1], [0.75, 0.25]]],
    "rewards": [
      "R1": [[[1, 9], [0, 2]], [[-7, 0], [4, 0]]], "R2": [[[0, 0], [2, 0]], [[0, 1], [0, 2]]],
      "R3": [[[1, 9], [4, 2]], [[-7, 2], [4, 4]]],
      // 3 R1 + γ Φ(t) − Φ(s) with Φ = (1, 0.2).
      "shaped": [[[2.5, 26.1], [-0.5, 5.1]], [[-20.7, -0.1], [12.3, -0.1]]],
    ],
  ]

  private func withExample(_ body: (String, URL) throws -> Void) throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("example.json").path
    try Self.example.serialised(pretty: false).write(toFile: path, atomically: true, encoding: .utf8)
    try body(path, folder)
  }

  private func answer(_ arguments: String...) throws -> JSONCursor {
    let run = try Command(arguments)
    #expect(run.status == 0, "\(run.complaint)")
    return JSONCursor(try run.json)
  }

  @Test("compare") func compare() throws {
    try withExample { file, _ in
      let exact = try answer("compare", file, "R1", "R3", "--exact", "--json")["exact"]
      let regret = try exact["regret"]
      for (key, value) in [
        ("worstCase", "8/3"), ("normalised", "6/7"), ("multiplier", "1/5"), ("optimalPolicyBest", "0"),
        ("optimalPolicyWorst", "0"),
      ] { #expect(try regret[key].string() == value) }
      #expect(try regret["witness"]["forgone"].elements().map { try $0.strings() } == [["3/4", "1/4"], ["0", "1"]])
      #expect(try exact["reverseRegret"]["normalised"].string() == "240/343")
      #expect(try exact["range"]["true"].string() == "28/9")
      #expect(try exact["distances"]["range"].string() == "51/49")
      #expect(try !exact["relation"]["samePolicyOrder"].bool() && exact["relation"]["sameOptimalPolicies"].bool())
      let same = try answer("compare", file, "R1", "shaped", "--exact", "--json")["exact"]
      #expect(try same["relation"]["samePolicyOrder"].bool())
      #expect(try same["relation"]["scale"].string() == "3")
      #expect(try same["relation"]["potential"].strings() == ["1", "1/5"])
      #expect(try same["relation"]["residual"].string() == "0")
      #expect(try same["regret"]["worstCase"].string() == "0" && same["regret"]["multiplier"].string() == "1/3")
      #expect(same.value["counterexample"] == .null)
      #expect(try Command("compare", file, "R1", "R3", "--exact").output.contains("240/343") == false)
      #expect(try Command("compare", file, "R1", "R3", "--exact").output.contains("6/7"))
      try expectRefusal("compare", file, "R1", "R3", "--rationals", "dyadic", saying: "--exact")
    }
  }

  @Test("check") func check() throws {
    try withExample { file, _ in
      func status(_ arguments: String...) throws -> Int32 {
        try Command(["check", file] + arguments + ["--exact"]).status
      }
      #expect(try status("R1", "shaped") == 0)
      #expect(try status("R1", "shaped", "--relation", "scale+shaping") == 0)
      #expect(try status("R1", "shaped", "--relation", "shaping") == 1)
      #expect(try status("R1", "R3") == 1)
      #expect(try status("R1", "R3", "--relation", "same-optimal-policies") == 0)
      #expect(try status("R1", "R3", "--relation", "all") == 1)
      #expect(try status("R1", "R3", "--max-regret", "0.9") == 0)
      #expect(try status("R1", "R3", "--max-regret", "0.85") == 1)
      let json = JSONCursor(try Command("check", file, "R1", "R3", "--exact", "--json").json)
      #expect(try json["exact"].bool() && !json["holds"].bool())
      let pair = try json["relations"].elements()[0]["counterexample"]
      #expect(try pair["trueReturns"].strings().count == 2)
      try expectRefusal(
        "check", file, "R1", "R3", "--exact", "--relation", "same-deterministic-order", saying: "rationals")
      try expectRefusal("check", file, "R1", "R3", "--exact", "--explain", saying: "--explain")
    }
  }

  @Test("solve: horizons, averages, limits, policies") func solve() throws {
    try withExample { file, folder in
      func exact(_ arguments: String...) throws -> JSONCursor {
        let run = try Command(["solve", file, "--reward", "R1", "--exact", "--json"] + arguments)
        #expect(run.status == 0, "\(run.complaint)")
        return try JSONCursor(run.json)["exact"]
      }
      #expect(try exact()["objective"].string() == "34/9")
      #expect(try exact("--direction", "min")["objective"].string() == "2/3")
      // One step pays 1 or 1 in state 0, and 0 or 3 in state 1; two steps add half of what follows.
      let two = try exact("--criterion", "finite-horizon", "--horizon", "2")
      #expect(try two["value"].strings() == ["2", "15/4"])
      // Back and forth by the second actions: the stationary distribution is (3/5, 2/5).
      let average = try exact("--criterion", "average")
      #expect(try average["value"].strings() == ["9/5", "9/5"])
      #expect(try average["bias"].strings() == ["-16/25", "24/25"])
      let limited = try exact("--criterion", "constrained", "--constraint", "R2<=3/2")
      #expect(try limited["constraints"].elements()[0]["return"].string() == "3/2")
      #expect(try limited["policy"].elements().count == 2)
      let policy = folder.appendingPathComponent("policy.json").path
      try #"[["1/3", "2/3"], [0.25, 0.75]]"#.write(toFile: policy, atomically: true, encoding: .utf8)
      let value = try exact("--evaluate", policy)
      // v₀ = 1 + (2/3 v₀ + 1/3 v₁)/2 and v₁ = 9/4 + (9/16 v₀ + 7/16 v₁)/2.
      #expect(try value["value"].strings() == ["222/91", "342/91"])
      #expect(try exact("--evaluate", policy, "--criterion", "average")["value"].elements().count == 2)
      try expectRefusal(
        "solve", file, "--reward", "R1", "--exact", "--criterion", "constrained", "--constraint", "R2<=1/10",
        saying: "every policy spends at least")
      try expectRefusal(
        "solve", file, "--reward", "R1", "--exact", "--criterion", "soft", "--temperature", "1", saying: "--exact")
      try #"[["1/3", "1/3"], ["1/4", "3/4"]]"#.write(toFile: policy, atomically: true, encoding: .utf8)
      try expectRefusal("solve", file, "--reward", "R1", "--exact", "--evaluate", policy, saying: "state 0")
    }
  }

  @Test("a target may be an expression over labels") func labels() throws {
    let drn = Reference.path("mdps/qvbs/consensus-2-K2.drn")
    let answer = try answer(
      "solve", drn, "--criterion", "reachability", "--target", "finished & !\"agree\"", "--exact", "--json")
    #expect(try answer["exact"]["objective"].string() == "13/120")
    try expectRefusal(
      "solve", drn, "--criterion", "reachability", "--target", "finished & nonsense", saying: "nonsense")
  }
}

@Suite("reproduce exact-solving") struct ReproduceExactSolvingTests {
  @Test("the quick run answers, and every proven bound holds") func quick() throws {
    let command = try Command("reproduce", "exact-solving", "--quick", "--json")
    #expect(command.status == 0, "\(command.complaint)")
    let cases = try JSONCursor(command.json)["cases"].elements()
    #expect(cases.count == 8)
    for found in cases {
      let (truth, proven) = (try found["truth"].double(), try found["proven"].double())
      let (answer, bound) = (try found["answer"].double(), try found["errorBound"].double())
      #expect(abs(proven - truth) <= bound + truth.ulp && abs(answer - truth) > 5e-5)
    }
  }
}
