import Files
import LinearAlgebra
import MDPs
import TestSupport
import Testing

/// The example of the format's description.
let twoStates = """
  { "discount": 0.9,
    "initial": [1, 0],
    "transitions": [[[1, 0], [0.5, 0.5]], [[0, 1], [0.75, 0.25]]],
    "rewards": { "true": [[1, 1], [0, 3]], "proxy": [[[0, 0], [2, 0]], [[0, 1], [0, 2]]], "state": [1, -2] },
    "states": ["left", "right"], "actions": ["stay", "go"] }
  """

func readJSON(_ text: String, options: ReadOptions = ReadOptions()) throws(FileError) -> Problem {
  try Problem.read(Array(text.utf8), name: "p.json", options: options)
}

@Suite("JSON problems") struct ProblemJSONTests {
  @Test("the dense form") func dense() throws {
    let problem = try readJSON(twoStates)
    #expect(problem.mdp.discount == 0.9)
    #expect(problem.mdp.initialDistribution == [1, 0])
    #expect(problem.mdp.stateNames == ["left", "right"])
    #expect(problem.mdp.actionNames == ["stay", "go"])
    #expect(
      problem.mdp.transitions
        == .dense(try Matrix(rowCount: 4, columnCount: 2, elements: [1, 0, 0.5, 0.5, 0, 1, 0.75, 0.25])))
    #expect(problem.rewards.map(\.name) == ["true", "proxy", "state"])
    #expect(try problem.reward(named: "true").expected(in: problem.mdp) == [1, 1, 0, 3])
    #expect(try problem.reward(named: "proxy").expected(in: problem.mdp) == [0, 1, 1, 0.5])
    #expect(try problem.reward(named: "state").expected(in: problem.mdp) == [1, 1, -2, -2])
  }

  @Test("the sparse form, in any order of members and entries, says the same") func sparse() throws {
    let problem = try readJSON(
      """
      {"rewards": {"proxy": {"entries": [[1, 1, 1, 2], [0, 1, 0, 2], [1, 0, 1, 1]]}},
       "transitions": {"entries": [[1, 1, 0, 0.75], [0, 0, 0, 1], [0, 1, 1, 0.5], [0, 1, 0, 0.5], [1, 0, 1, 1], [1, 1, 1, 0.25]],
                       "actions": 2, "states": 2},
       "discount": 0.9, "initial": [1, 0]}
      """)
    let dense = try readJSON(twoStates)
    #expect(problem.mdp.transitions.sparseRows == dense.mdp.transitions.sparseRows)
    #expect(
      try problem.reward(named: "proxy").expected(in: problem.mdp)
        == dense.reward(named: "proxy").expected(in: dense.mdp))
  }

  @Test("short names and remarks") func shortNames() throws {
    let problem = try readJSON(
      #"{"format": "case", "gamma": 0.5, "mu0": [0, 1], "P": [[[1, 0]], [[0, 1]]], "R1": [[1], [2]], "R": [3, 4], "note": {"a": [null]}}"#
    )
    #expect(problem.mdp.discount == 0.5)
    #expect(problem.rewards.map(\.name) == ["R1", "R"])
    #expect(problem.mdp.initialDistribution == [0, 1])
  }

  @Test("availability, labels and a uniform start") func availability() throws {
    let problem = try readJSON(
      """
      {"discount": 0, "transitions": {"states": 2, "actions": 2, "entries": [[0, 1, 1, 1], [1, 0, 0, 1], [1, 1, 1, 1]]},
       "available": [[false, true], [true, true]], "rewards": {}, "labels": {"goal": [1]}, "allowed": {"goal": [0]}}
      """)
    #expect(problem.mdp.availability == [false, true, true, true])
    #expect(problem.mdp.initialDistribution == [0.5, 0.5])
    #expect(
      try problem.label(named: "goal") == StateLabel(name: "goal", states: [false, true], allowed: [true, false]))
  }

  @Test("a discount may come from outside, or not be needed") func discount() throws {
    let text = #"{"transitions": [[[1]]], "rewards": {"r": [1]}}"#
    #expect(throws: FileError.noDiscount(path: "p.json")) { try readJSON(text) }
    #expect(try readJSON(text, options: ReadOptions(discount: 0.3)).mdp.discount == 0.3)
    let undiscounted = try readJSON(text, options: ReadOptions(requiresDiscount: false))
    #expect(undiscounted.mdp.discount == 1 && !undiscounted.statesDiscount)
    #expect(try readJSON(twoStates, options: ReadOptions(discount: 0.3)).mdp.discount == 0.3)
  }

  @Test(
    "faults say where and what",
    arguments: [
      ("[1]", "p.json:1:1: expected an object, found an array"),
      ("{}", "p.json: \"transitions\" is missing"),
      (
        #"{"transitions": [[[1]]], "rewards": {"r": [1]}, "discout": 0.5}"#,
        "p.json: \"discout\" is not a known name; did you mean \"discount\"?"
      ),
      (#"{"transitions": [[[1]]], "transitions": [[[1]]]}"#, "p.json:1:26: the name \"transitions\" stands twice"),
      (
        #"{"discount": 0.5, "transitions": [[[1]]], "rewards": {"r": [1], "r": [2]}}"#,
        "p.json:1:65: the name \"r\" stands twice"
      ),
      (#"{"discount": 1.5, "transitions": [[[1]]]}"#, "p.json: the discount is 1.5; it must lie in [0, 1)"),
      (
        #"{"discount": 0.5, "transitions": [[[0.5]]]}"#,
        "p.json: the probabilities after action 0 in state 0 sum to 0.5"
      ),
      (
        #"{"discount": 0.5, "transitions": [[[-1, 2]], [[0, 1]]]}"#,
        "p.json: the probability of state 0 after action 0 in state 0 is -1.0"
      ),
      (
        #"{"discount": 0.5, "transitions": [[[1, 0]], [[1]]]}"#, "p.json:1:48: expected 2 numbers in every row, found 1"
      ),
      (
        #"{"discount": 0.5, "transitions": [[[1, 0]], [[1, 0], [1, 0]]]}"#,
        "p.json:1:54: expected 1 rows in every state"
      ),
      (
        #"{"discount": 0.5, "transitions": [[[1, 0]]]}"#,
        "p.json: transitions: expected an array [state][action][next state], found 1 states but rows of 2"
      ),
      (
        #"{"discount": 0.5, "transitions": [[1, 0]]}"#,
        "p.json: transitions: expected an array [state][action][next state]"
      ),
      (#"{"discount": 0.5, "transitions": []}"#, "p.json:1:35: expected at least one element"),
      (#"{"discount": 0.5, "transitions": [[[null]]]}"#, "p.json:1:37: expected a number, found 'null'"),
      (
        #"{"discount": 0.5, "transitions": [[[1]]], "rewards": {"r": [1, 2]}}"#,
        "p.json: rewards.r: expected an array of shape [1], found one of shape [2]"
      ),
      (#"{"discount": 0.5, "transitions": [[[1]]], "initial": [0.5]}"#, "p.json: the start distribution sums to 0.5"),
      (
        #"{"discount": 0.5, "transitions": [[[1]]], "available": [[false]]}"#, "p.json: state 0 has no available action"
      ),
      (
        #"{"discount": 0.5, "transitions": [[[1]]], "labels": {"g": [1]}}"#,
        "p.json: labels.g[0]: expected a state below 1, found 1"
      ),
      (
        #"{"discount": 0.5, "transitions": {"states": 1000000000, "actions": 2000000000, "entries": []}}"#,
        "p.json: transitions.entries: expected an entry for each of the 2000000000000000000 state-action pairs"
      ),
      (
        #"{"discount": 0.5, "transitions": [[[1]]], "rewards": {"r": {"entries": [[0, 0, 0, 0.5], [0, 0, 0, 0.5]]}}}"#,
        "p.json: rewards.r.entries[1]: expected one entry for each transition, found the transition of entry 0 again"
      ),
      (
        #"{"discount": 0.5, "transitions": {"states": 1, "actions": 1, "entries": [[0, 0, 1, 1]]}}"#,
        "p.json: transitions.entries[0]: expected a state below 1"
      ),
      (
        #"{"discount": 0.5, "transitions": {"states": 1, "actions": 1, "entries": [[0, 0, 1]]}}"#,
        "p.json:1:82: expected an entry [state, action, next state, number]"
      ),
      (
        #"{"discount": 0.5, "transitions": [[[1]]], "rewards": {"r": [1e400]}}"#,
        "p.json:1:61: the number 1e400 is beyond the range"
      ),
      (#"{"discount": 0.5, "transitions": [[[1]]"#, "p.json:1:40: the text ends"),
    ])
  func faults(text: String, message: String) {
    let error = #expect(throws: FileError.self) { try readJSON(text) }
    #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
  }

  @Test("an unknown reward comes with the nearest names") func unknownReward() throws {
    let problem = try readJSON(twoStates)
    let error = #expect(throws: FileError.self) { try problem.reward(named: "prxy") }
    #expect(error?.description == #"there is no reward called "prxy"; did you mean "proxy"?"#)
    let other = #expect(throws: FileError.self) { try problem.reward(named: "zzzzz") }
    #expect(other?.description == #"there is no reward called "zzzzz"; there are "true", "proxy", "state""#)
  }

  @Test("a wide table of zeros becomes sparse, a full one stays dense") func storage() throws {
    let n = 80
    func row(_ s: Int) -> String { "[[" + (0..<n).map { $0 == s ? "1" : "0" }.joined(separator: ",") + "]]" }
    let problem = try readJSON(
      #"{"discount": 0.5, "rewards": {}, "transitions": ["# + (0..<n).map(row).joined(separator: ",") + "]}")
    guard case .sparse(let rows) = problem.mdp.transitions else {
      Issue.record("dense")
      return
    }
    #expect(rows.nonZeroCount == n)
  }

  @Test(
    "every comparison case of the reference tables is read",
    arguments: try Reference.files(in: "mdps/toy", suffix: ".npz"))
  func toy(file: String) throws {
    let options = ReadOptions(discount: 0.9, rowSumTolerance: 1e-7)
    let problem = try Problem.read(from: Reference.path(file), options: options)
    #expect(problem.rewards.map(\.name) == ["reward"])
  }

  @Test("policies") func policies() throws {
    let mdp = try readJSON(twoStates).mdp
    func read(_ text: String) throws(FileError) -> Policy {
      try Policy.read(Array(text.utf8), name: "q.json", for: mdp)
    }
    #expect(try read("[1, 0]") == .deterministic([1, 0]))
    #expect(try read(#"["go", "stay"]"#) == .deterministic([1, 0]))
    #expect(try read(#"{"policy": [[0.5, 0.5], [1, 0]]}"#) == .stochastic(try Matrix(rows: [[0.5, 0.5], [1, 0]])))
    for (text, message) in [
      ("[1]", "q.json: the file: expected an action or a row of probabilities for each of 2 states"),
      ("[1, 2]", "q.json: [1]: expected an integer in [0, 2), found 2"),
      (#"["go", "stey"]"#, "q.json: [1]: \"stey\" is not a known name; did you mean \"stay\"?"),
      ("[[0.5, 0.4], [1, 0]]", "q.json: the policy's action probabilities in state 0 sum to 0.9"),
    ] {
      let error = #expect(throws: FileError.self) { try read(text) }
      #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }
  }
}
