import Foundation
import JSON
import Testing

/// Writes a problem for one test and hands over its path.
private func withFile(_ text: String, name: String = "problem.json", _ body: (String) throws -> Void) throws {
  let folder = try temporaryFolder()
  defer { try? FileManager.default.removeItem(at: folder) }
  let path = folder.appendingPathComponent(name).path
  try text.write(toFile: path, atomically: true, encoding: .utf8)
  try body(path)
}

/// From 0 to 1 (pays 0 for ever) or 2 (pays 1 for ever) by halves; a second action goes to 1 for sure and pays 0.25.
private let fork = """
  {"discount": 0.5, "initial": [1, 0, 0],
   "transitions": [[[0, 0.5, 0.5], [0, 1, 0]], [[0, 1, 0], [0, 1, 0]], [[0, 0, 1], [0, 0, 1]]],
   "rewards": {"r": [[0, 0.25], [0, 0], [1, 1]]}, "labels": {"rich": [2]}}
  """

@Suite("solve: ambiguity, risk and the worst reward") struct SolveRiskTests {
  private func objective(_ arguments: String...) throws -> Double {
    let command = try Command(["solve"] + arguments + ["--json"])
    #expect(command.status == 0, "\(command.complaint)")
    let json = try command.json
    let value = try JSONCursor(json)["objective"].double()
    let (lower, upper) = (try JSONCursor(json)["lower"].double(), try JSONCursor(json)["upper"].double())
    #expect(lower <= value && value <= upper)
    for key in ["value", "policy", "errorBound", "iterations", "method", "level"] { #expect(json[key] != nil) }
    return value
  }

  @Test("values by hand") func values() throws {
    try withFile(fork) { file in
      // 0 is worth γ/2 · 2 = 0.5 in expectation.
      #expect(abs(try objective(file) - 0.5) < 1e-9)
      #expect(abs(try objective(file, "--criterion", "robust", "--interval-width", "0.125") - 0.375) < 1e-9)
      #expect(
        abs(try objective(file, "--criterion", "robust", "--interval-width", "0.125", "--nature", "with") - 0.625)
          < 1e-9)
      #expect(abs(try objective(file, "--criterion", "robust", "--radius", "0.25") - 0.375) < 1e-9)
      // Nature's best is 3/8 for the rich state when that is at the edge of the ball.
      let edge = 0.625 * log(1.25) + 0.375 * log(0.75)
      #expect(abs(try objective(file, "--criterion", "robust", "--divergence", "\(edge)") - 0.375) < 1e-9)
      #expect(abs(try objective(file, "--criterion", "robust", "--divergence", "0") - 0.5) < 1e-9)
      // The worst quarter is all poor, so that the sure quarter is better.
      #expect(abs(try objective(file, "--criterion", "nested-cvar", "--level", "0.25") - 0.25) < 1e-9)
      #expect(abs(try objective(file, "--criterion", "nested-cvar", "--level", "1") - 0.5) < 1e-9)
      let entropic = try objective(file, "--criterion", "entropic-risk", "--risk=-2")
      #expect(abs(entropic + 0.5 * log((1 + exp(-2)) / 2)) < 1e-9)
      #expect(abs(try objective(file, "--criterion", "entropic-risk", "--risk", "1", "--horizon", "1") - 0.25) < 1e-12)
      // One may stay in the rich state or in the poor one for ever: the growth from all states lies between.
      let growth = try objective(file, "--criterion", "average-entropic-risk", "--risk", "-1")
      #expect(growth >= -1e-9 && growth <= 1 + 1e-9)
      // The worst reward ahead is 0 whatever one does; rich states keep 1.
      #expect(try objective(file, "--criterion", "guaranteed-minimum") == 0)
      #expect(abs(try objective(file, "--criterion", "minimum")) < 1e-9)
    }
  }

  @Test("intervals of a file, and those that fit nothing") func intervals() throws {
    let bounded = fork.replacingOccurrences(
      of: "\"rewards\"",
      with: """
        "transitionsLower": {"entries": [[0, 0, 1, 0.25], [0, 0, 2, 0.375], [0, 1, 1, 1], [1, 0, 1, 1], [1, 1, 1, 1],
          [2, 0, 2, 1], [2, 1, 2, 1]]}, "rewards"
        """)
    try withFile(bounded) { file in
      let value = try objective(file, "--criterion", "robust")
      #expect(abs(value - 0.375) < 1e-9)
      // They survive a conversion to the formats that have room for them.
      let copy = file + ".npz"
      let conversion = try Command("convert", file, copy)
      #expect(conversion.status == 0)
      let copied = try objective(copy, "--criterion", "robust")
      #expect(abs(copied - 0.375) < 1e-9)
    }
    try withFile(bounded.replacingOccurrences(of: "[0, 0, 1, 0.25]", with: "[0, 0, 1, 0.75]")) { file in
      try expectRefusal("solve", file, "--criterion", "robust", saying: "action 0 in state 0")
    }
    try withFile(bounded.replacingOccurrences(of: "[0, 0, 1, 0.25]", with: "[0, 0, 0, 0.25]")) { file in
      try expectRefusal("solve", file, "--criterion", "robust", saying: "whose probability in transitions is 0")
    }
    try withFile(fork) { file in
      try expectRefusal("solve", file, "--criterion", "robust", saying: "--interval-width")
      try expectRefusal("solve", file, "--criterion", "robust", "--radius", "3", saying: "[0, 2]")
      try expectRefusal("solve", file, "--criterion", "robust", "--divergence=-1", saying: "at least 0")
      try expectRefusal(
        "solve", file, "--criterion", "robust", "--radius", "1", "--interval-width", "0.1", saying: "give one")
    }
  }

  @Test("criteria without an answer are refused with the reason") func refused() throws {
    try withFile(fork) { file in
      try expectRefusal("solve", file, "--criterion", "mean-variance", saying: "NP-hard")
      try expectRefusal("solve", file, "--criterion", "cvar", saying: "nested-cvar")
      try expectRefusal("solve", file, "--criterion", "static-cvar", saying: "nested-cvar")
      try expectRefusal("solve", file, "--criterion", "nonsense", saying: "choose discounted")
      try expectRefusal("solve", file, "--criterion", "entropic-risk", saying: "--risk")
      try expectRefusal("solve", file, "--criterion", "entropic-risk", "--risk", "0", saying: "other than 0")
      try expectRefusal("solve", file, "--criterion", "average-entropic-risk", saying: "--risk")
      try expectRefusal("solve", file, "--criterion", "nested-cvar", "--level", "0", saying: "(0, 1]")
      try expectRefusal("solve", file, "--risk", "1", saying: "entropic-risk")
      try expectRefusal("solve", file, "--method", "interval-iteration", saying: "total or reachability")
    }
  }

  @Test("the methods of undiscounted problems agree") func methods() throws {
    let folder = projectFolder.appendingPathComponent("Tests/Reference/mdps/qvbs").path
    for method in ["automatic", "interval-iteration", "optimistic-value-iteration"] {
      let file = "\(folder)/consensus-2-K2.npz"
      #expect(
        abs(
          try objective(
            file, "--criterion", "total", "--reward", "steps", "--target", "steps_max", "--method", method) - 75) < 1e-7
      )
    }
  }

  @Test("a prior and a policy that is evaluated") func policies() throws {
    try withFile(fork) { file in
      let policy = file + ".policy.json"
      try "[[0.5, 0.5], [0.5, 0.5], [0.5, 0.5]]".write(toFile: policy, atomically: true, encoding: .utf8)
      let soft = try objective(file, "--criterion", "soft", "--temperature", "1", "--prior", policy)
      // 1 is worth 0, 2 is worth 2: log of the mean of exp(1/2) and exp(1/4).
      #expect(abs(soft - log((exp(0.5) + exp(0.25)) / 2)) < 1e-9)
      #expect(
        abs(
          try objective(file, "--criterion", "robust", "--interval-width", "0.125", "--evaluate", policy)
            - (0.375 + 0.25) / 2) < 1e-9)
    }
  }
}
