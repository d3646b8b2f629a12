import Files
import Foundation
import JSON
import LinearAlgebra
import MDPs
import TestSupport
import Testing

/// A folder that is gone when the body ends.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}

@Suite("npz problems") struct NpzTests {
  @Test("a table: FrozenLake 8x8") func table() throws {
    let problem = try Problem.read(
      from: Reference.path("mdps/toy/frozenlake-8x8.npz"), options: ReadOptions(discount: 0.99))
    #expect(problem.mdp.stateCount == 65)
    #expect(problem.mdp.actionCount == 4)
    #expect(problem.mdp.transitions.storedCount == 660)
    #expect(problem.mdp.availability == nil)
    #expect(throws: FileError.self) { try Problem.read(from: Reference.path("mdps/toy/frozenlake-8x8.npz")) }
  }

  @Test("single precision rows are refused unless the tolerance is raised") func tolerance() throws {
    let path = Reference.path("mdps/toy/seals-random.npz")
    let error = #expect(throws: FileError.self) { try Problem.read(from: path, options: ReadOptions(discount: 0.9)) }
    #expect(error?.description.contains("allow a larger row-sum tolerance") == true)
    let problem = try Problem.read(from: path, options: ReadOptions(discount: 0.9, rowSumTolerance: 1e-7))
    #expect(problem.mdp.largestRowSumDefect > 2.9e-8 && problem.mdp.largestRowSumDefect < 3e-8)
  }

  @Test("choices: a model of the verification set, with its exact numbers") func choices() throws {
    let problem = try Problem.read(
      from: Reference.path("mdps/qvbs/consensus-2-K2.npz"), options: ReadOptions(requiresDiscount: false))
    #expect(problem.mdp.stateCount == 272)
    #expect(problem.mdp.actionCount == 2)
    #expect(problem.mdp.availability?.count { $0 } == 400)
    #expect(problem.mdp.transitions.storedCount == 492)
    #expect(problem.rewards.map(\.name) == ["steps"])
    #expect(problem.mdp.initialDistribution[0] == 1)
    #expect(problem.labels.map(\.name) == ["c1", "c2", "disagree", "steps_max", "steps_min"])
    #expect(problem.exact?.probabilities.count == 492)
    #expect(problem.exact?.probabilities.first == (try? Rational(parsing: "1/2")))
  }

  @Test("all reference models are read", arguments: try Reference.files(in: "mdps/qvbs", suffix: ".npz"))
  func qvbs(file: String) throws {
    let problem = try Problem.read(from: Reference.path(file), options: ReadOptions(requiresDiscount: false))
    let facts = try Reference.json(file.replacingOccurrences(of: ".npz", with: ".json"))
    #expect(problem.mdp.stateCount == (try facts["states"].integer()))
    #expect(
      problem.mdp.availability?.count { $0 } ?? problem.mdp.stateCount * problem.mdp.actionCount
        == (try facts["choices"].integer()))
    #expect(problem.rewards.map(\.name) == (try facts["reward_models"].strings()))
  }

  /// Values, names, availability, labels and all four forms of a reward.
  static func everything() throws -> [Problem] {
    let sparse = try readJSON(
      """
      {"discount": 0.1, "transitions": {"states": 2, "actions": 2, "entries": [[0, 1, 1, 0.1], [0, 1, 0, 0.9], [1, 0, 0, 1], [1, 1, 1, 1]]},
       "available": [[false, true], [true, true]], "initial": [0.3, 0.7], "states": ["é", "b\\"c"],
       "rewards": {"t": {"entries": [[1, 0, 0, -0.0], [0, 1, 1, 1e-300]]}, "s": [0.1, -2]},
       "labels": {"goal": [1], "x": []}, "allowed": {"goal": [0]}}
      """)
    return [try readJSON(twoStates), sparse]
  }

  @Test("what is written comes back bit for bit, and twice the same bytes", arguments: ["npz", "json"], [false, true])
  func roundTrip(ending: String, compressed: Bool) throws {
    try withTemporaryFolder { folder in
      for problem in try Self.everything() {
        for name in ["a", "b"] {
          try problem.write(to: "\(folder)/\(name).\(ending)", options: WriteOptions(compressed: compressed))
        }
        #expect(try Problem.read(from: "\(folder)/a.\(ending)") == problem)
        let bytes = try ["a", "b"].map { try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\($0).\(ending)")) }
        #expect(bytes[0] == bytes[1])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)
      }
    }
  }

  @Test("a file that cannot be written leaves nothing behind") func unwritable() throws {
    try withTemporaryFolder { folder in
      let problem = try readJSON(twoStates)
      for ending in ["npz", "json"] {
        #expect(throws: FileError.self) { try problem.write(to: "\(folder)/none/p.\(ending)") }
        try FileManager.default.createDirectory(atPath: "\(folder)/d.\(ending)", withIntermediateDirectories: true)
        #expect(throws: FileError.self) { try problem.write(to: "\(folder)/d.\(ending)") }
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)
      #expect(throws: FileError.unknownFormat(path: "x.abc")) { try problem.write(to: "x.abc") }
    }
  }

  @Test("what cannot be read says why") func unreadable() throws {
    try withTemporaryFolder { folder in
      #expect(throws: FileError.unreadable(path: "\(folder)/no", reason: "No such file or directory")) {
        try Problem.read(from: "\(folder)/no")
      }
      #expect(throws: FileError.unreadable(path: folder, reason: "it is a folder")) { try Problem.read(from: folder) }
    }
    #expect(throws: FileError.unknownFormat(path: "x")) { try Problem.read([1, 2, 3], name: "x") }
    #expect(throws: FileError.unknownFormat(path: "x")) { try Problem.read([], name: "x") }
  }
}

@Suite("Tables of the benchmark") struct BenchmarkTableTests {
  @Test(
    "every bit is as agreed",
    arguments: [("frozenlake-8x8", 0xd63f_0b15_45cf_d332 as UInt64), ("taxi-v4", 0xbb8b_287f_5179_3c74)])
  func checksum(name: String, checksum: UInt64) throws {
    let problem = try Problem.read(from: Reference.path("mdps/toy/\(name).npz"), options: ReadOptions(discount: 0.9))
    #expect(try BenchmarkInstance.checksum(of: problem.mdp, reward: problem.rewards[0]) == checksum)
  }
}
