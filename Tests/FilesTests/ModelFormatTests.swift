import Files
import Foundation
import JSON
import LinearAlgebra
import MDPs
import TestSupport
import Testing

let undiscounted = ReadOptions(requiresDiscount: false)

@Suite("Formats of model checkers") struct ModelFormatTests {
  /// One model in several encodings, made by other programs.
  static let encodings = [
    "mdps/qvbs/consensus-2-K2.drn", "mdps/formats/consensus-2-K2-double.umb",
    "mdps/formats/consensus-2-K2-double-gz.umb",
    "mdps/formats/consensus-2-K2-rational.umb", "mdps/formats/consensus-2-K2.tra",
  ]

  static func consensus() throws -> Problem {
    try Problem.read(from: Reference.path("mdps/qvbs/consensus-2-K2.npz"), options: undiscounted)
  }

  @Test("one model in six encodings is the same", arguments: encodings) func sameModel(file: String) throws {
    let known = try Self.consensus()
    let problem = try Problem.read(from: Reference.path(file), options: undiscounted)
    #expect(problem.mdp == known.mdp)
    #expect(problem.rewards.map(\.name) == ["steps"])
    #expect(try problem.rewards[0].expected(in: problem.mdp) == known.rewards[0].expected(in: known.mdp))
    let finished = try problem.label(named: "finished").states
    #expect(finished == (try known.label(named: "c1").states))
    let isExact = !file.contains("double")
    #expect((problem.exact != nil) == isExact)
    if isExact {
      #expect(problem.exact?.probabilities == known.exact?.probabilities)
      #expect(problem.exact?.rewards == known.exact?.rewards)
    }
  }

  @Test("successors in any order, some twice: probabilities add up, as fractions too", arguments: ["drn", "tra"])
  func duplicates(format: String) throws {
    let drn = """
      @type: MDP
      @parameters

      @reward_models
      r
      @nr_states
      2
      @nr_choices
      2
      @model
      state 0 [1] init
      \taction 0
      \t\t1 : 1/6
      \t\t0 : 1/3
      \t\t1 : 1/2
      state 1 [0] goal
      \taction 0
      \t\t1 : 1
      """
    let files = [
      "drn": ["m.drn": drn],
      "tra": [
        "m.tra": "2 2 4\n0 0 1 1/6\n0 0 0 1/3\n0 0 1 1/2\n1 0 1 1\n",
        "m.lab": "0=\"init\" 1=\"deadlock\" 2=\"goal\"\n0: 0\n1: 2\n", "m.srew": "2 1\n0 1\n",
      ],
    ]
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("rewardgauge-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in try #require(files[format]) {
      try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }
    let problem = try Problem.read(from: folder.appendingPathComponent("m.\(format)").path, options: undiscounted)
    let third = Rational(1) / 3
    let probabilities: [Rational] = [third, third + third, 1]
    let doubles: [Double] = probabilities.map { Double($0) }
    #expect(problem.exact?.probabilities == probabilities)
    #expect(problem.mdp.transitions.sparseRows.values == doubles)
    for copy in ["m.npz", "m.umb", "copy.drn"] {
      let path = folder.appendingPathComponent(copy).path
      try problem.write(to: path)
      #expect(try Problem.read(from: path, options: undiscounted).exact?.probabilities == problem.exact?.probabilities)
    }
  }

  @Test("a truncated archive is refused by name") func truncated() {
    let error = #expect(throws: FileError.self) {
      try Problem.read(from: Reference.path("mdps/formats/malformed-truncated.umb"), options: undiscounted)
    }
    #expect(
      error?.description.contains("the tar archive") == true || error?.description.contains("missing") == true,
      "\(error?.description ?? "")")
  }

  @Test(
    "every DRN model equals its npz, in doubles and exactly",
    arguments: try Reference.files(in: "mdps/qvbs", suffix: ".drn"))
  func drn(file: String) throws {
    let text = try Problem.read(from: Reference.path(file), options: undiscounted)
    let arrays = try Problem.read(
      from: Reference.path(file.replacingOccurrences(of: ".drn", with: ".npz")), options: undiscounted)
    #expect(text.mdp.transitions == arrays.mdp.transitions)
    #expect(text.mdp.initialDistribution == arrays.mdp.initialDistribution)
    #expect(text.mdp.availability == arrays.mdp.availability)
    #expect(text.exact?.probabilities == arrays.exact?.probabilities)
    // The chain's reward was not written into its text.
    guard !file.contains("haddad") else { return }
    for reward in arrays.rewards {
      #expect(try text.reward(named: reward.name).expected(in: text.mdp) == reward.expected(in: arrays.mdp))
    }
    let order = try arrays.rewards.map { reward in try #require(text.rewards.firstIndex { $0.name == reward.name }) }
    let textRewards = try #require(text.exact).rewards
    let arrayRewards = try #require(arrays.exact).rewards
    #expect(order.map { textRewards[$0] } == arrayRewards)
  }

  /// Values, labels and names that every choice format has room for; exact and not.
  static func problems() throws -> [Problem] {
    let doubles = try readJSON(
      """
      {"transitions": {"states": 3, "actions": 2, "entries": [[0, 1, 1, 0.1], [0, 1, 0, 0.9], [1, 0, 0, 1], [1, 1, 1, 1], [2, 0, 0, 0.3333333333333333], [2, 0, 1, 0.6666666666666667]]},
       "available": [[false, true], [true, true], [true, false]], "initial": [0.5, 0, 0.5],
       "rewards": {"pair": [[0, 0.1], [1e-300, -2.5], [7, 0]], "s": [0.1, -2, -0.0]},
       "labels": {"goal": [1], "a b": [0], "deadlock": [2]}, "allowed": {"goal": [0]}}
      """, options: undiscounted)
    return [doubles, try consensus()]
  }

  @Test(
    "what is written comes back: numbers bit for bit, fractions exactly",
    arguments: [FileFormat.drn, .umb, .prism, .npz], [false, true])
  func roundTrip(format: FileFormat, compressed: Bool) throws {
    try withTemporaryFolder { folder in
      for problem in try Self.problems() {
        let path = "\(folder)/p.\(format.fileExtension)"
        try problem.write(to: path, options: WriteOptions(compressed: compressed))
        let back = try Problem.read(from: path, options: undiscounted)
        var actions = problem.mdp.availability ?? []
        if format != .npz {
          // The choices of a state are numbered from 0: action 1 of state 0 becomes its only one.
          actions = back.mdp.availability ?? []
          #expect(back.mdp.availability?.count { $0 } == problem.mdp.availability?.count { $0 })
        }
        #expect(back.mdp.availability == actions)
        #expect(back.mdp.transitions.sparseRows.values == problem.mdp.transitions.sparseRows.values)
        #expect(back.mdp.transitions.sparseRows.columns == problem.mdp.transitions.sparseRows.columns)
        #expect(back.mdp.initialDistribution == problem.mdp.initialDistribution)
        #expect(Set(back.labels.map(\.name)) == Set(problem.labels.map(\.name)))
        for label in problem.labels { #expect(try back.label(named: label.name) == label) }
        for reward in problem.rewards {
          let values = try back.reward(named: reward.name).expected(in: back.mdp)
          let known = try reward.expected(in: problem.mdp)
          let (a, b) = (back.mdp.availability ?? [], problem.mdp.availability ?? [])
          let got = zip(values, a).filter { $0.1 }.map { $0.0.bitPattern }
          let expected = zip(known, b).filter { $0.1 }.map { $0.0.bitPattern }
          #expect(got == expected)
        }
        #expect(back.exact?.probabilities == problem.exact?.probabilities || format == .prism)
        if problem.exact != nil { #expect(back.exact?.rewards == problem.exact?.rewards) }
        let second = "\(folder)/q.\(format.fileExtension)"
        try problem.write(to: second, options: WriteOptions(compressed: compressed))
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(contentsOf: URL(fileURLWithPath: second)))
      }
    }
  }

  @Test("fractions beyond 64 bits survive") func large() throws {
    let text = """
      @type: MDP
      @value_type: rational
      @parameters

      @reward_models
      r
      @nr_states
      2
      @nr_choices
      2
      @model
      state 0 [-123456789012345678901234567890/7] init
      \taction 0 [1]
      \t\t0 : 1/100000000000000000000000000000000000000007
      \t\t1 : 100000000000000000000000000000000000000006/100000000000000000000000000000000000000007
      state 1
      \taction 0
      \t\t1 : 1
      """
    let problem = try Problem.read(Array(text.utf8), name: "x.drn", options: undiscounted)
    let tiny = try Rational(parsing: "1/100000000000000000000000000000000000000007")
    #expect(problem.exact?.probabilities[0] == tiny)
    #expect(problem.exact?.rewards[0]?[0] == (try Rational(parsing: "-123456789012345678901234567883/7")))
    try withTemporaryFolder { folder in
      for ending in ["drn", "umb", "tra"] {
        try problem.write(to: "\(folder)/x.\(ending)")
        let back = try Problem.read(from: "\(folder)/x.\(ending)", options: undiscounted)
        #expect(back.exact == problem.exact, "\(ending)")
      }
      #expect(throws: FileError.self) { try problem.write(to: "\(folder)/x.npz") }
    }
  }

  @Test("the odd corners of DRN") func drnCorners() throws {
    func read(_ body: String, header: String = "@type: MDP\n@parameters\n\n@reward_models\n\n") throws -> Problem {
      try Problem.read(Array((header + body).utf8), name: "x.drn", options: undiscounted)
    }
    // One reward without a name, action rewards without state rewards, no counts, a quoted label, a comment.
    let odd = try read(
      "@model\n// remark\nstate 0 init \"two words\" end\n action go [0.5]\n  1 : 0.25\n  0 : 0.75\nstate 1\n action stay\n  1 : 1\n"
    )
    #expect(odd.rewards.map(\.name) == ["reward"])
    #expect(try odd.rewards[0].expected(in: odd.mdp) == [0.5, 0])
    #expect(odd.labels.map(\.name) == ["two words", "end"])
    #expect(odd.exact == nil)
    #expect(odd.mdp.transitions[0, 0] == 0.75)
    // A chain without action lines; a file with fractions is exact though it does not say so.
    let chain = try read("@model\nstate 0 init\n 0 : 1/3\n 1 : 2/3\nstate 1\n 1 : 1\n", header: "@type: DTMC\n")
    #expect(chain.mdp.actionCount == 1)
    #expect(chain.exact?.probabilities.map(\.description) == ["1/3", "2/3", "1"])
    let held = try read(
      "@model\nstate 0 init\n 0 : $p\n", header: "@type: DTMC\n@placeholders\n$p : 1\n@reward_models\n\n")
    #expect(held.mdp.stateCount == 1)
    let decimal = try read(
      "@model\nstate 0 init\n 0 : 0.1\n 0 : 9e-1\n", header: "@type: DTMC\n@value_type: rational\n")
    #expect(decimal.exact?.probabilities.map(\.description) == ["1"])
    for (body, header, message) in [
      ("@model\nstate 1\n 0 : 1\n", "@type: MDP\n", "x.drn:3: state 1 stands where state 0 is expected"),
      ("@model\n 0 : 1\n", "@type: MDP\n", "x.drn:3: expected \"state 0\""),
      ("@model\nstate 0 init\n 0 : 1\n", "@type: CTMC\n", "x.drn:1: models of type CTMC are not supported"),
      (
        "@model\nstate 0 init\n 0 : 1\n", "@type: MDP\n@value_type: double-interval\n",
        "x.drn:2: numbers of type double-interval"
      ),
      ("@model\nstate 0 init\n 0 : x\n", "@type: MDP\n", "x.drn:4: \"x\" is no number"),
      ("@model\nstate 0 init\n 0 : 1/0\n", "@type: MDP\n", "x.drn:4: \"1/0\" is no number"),
      ("@model\nstate 0 init\n 1 : 1\n", "@type: MDP\n", "x.drn: branch 0 leads to state 1"),
      (
        "@model\nstate 0 init\n 0 : 1/2\n", "@type: MDP\n", "x.drn: the probabilities of choice 0 in state 0 sum to 1/2"
      ),
      ("@model\nstate 0 init\n", "@type: MDP\n", "x.drn: state 0 has no choice"),
      ("@model\nstate 0\n 0 : 1\n", "@type: MDP\n", "x.drn: there is no initial state"),
      ("@model\nstate 0 [1, 2] init\n 0 : 1\n", "@type: MDP\n", "x.drn:3: 2 rewards stand here"),
      ("@model\nstate 0 [1\n 0 : 1\n", "@type: MDP\n", "x.drn:3: the closing bracket"),
      ("@model\nstate 0 \"a\n 0 : 1\n", "@type: MDP\n", "x.drn:3: the closing quote"),
      ("@nr_states\n2\n@model\nstate 0 init\n 0 : 1\n", "@type: MDP\n", "x.drn:6: the file ends after 1 of 2 states"),
      ("@nr_states\n1\n@model\nstate 0 init\n 0 : 1\nstate 1\n", "@type: MDP\n", "x.drn:7: more states than the 1"),
      ("@nr_states\n0\n@model\n", "@type: MDP\n", "x.drn:2: expected a count"),
      ("@what\n", "@type: MDP\n", "x.drn:2: the header \"@what\" is not known"),
      ("", "@type: MDP\n", "x.drn:1: the file ends before @model"),
    ] {
      let error = #expect(throws: FileError.self) { try read(body, header: header) }
      #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }
  }

  @Test("PRISM's transitions alone, and their faults") func prism() throws {
    func read(_ text: String) throws -> Problem {
      try Problem.read(Array(text.utf8), name: "x.tra", format: .prism, options: undiscounted)
    }
    let problem = try read("2 3 4\n0 0 1 0.25\n0 0 0 0.75\n1 1 0 1 b\n1 0 1 1 a\n")
    #expect(problem.mdp.availability == [true, false, true, true])
    #expect(problem.mdp.transitions[0, 1] == 0.25)
    #expect(problem.exact?.probabilities.first?.description == "3/4")
    #expect(try read("# a chain\n2 2\n0 1 1\n1 0 1\n").mdp.actionCount == 1)
    #expect(try read("1 2\n0 0 0.3333333333\n0 0 0.6666666667\n").exact?.probabilities.count == 1)
    for (text, message) in [
      ("", "x.tra:1: expected \"states choices transitions\""), ("0 0\n", "x.tra:1: expected"),
      ("2000000000 2000000000\n", "x.tra:1: 2000000000 states cannot have"),
      ("1 1 2\n0 0 0 1\n", "x.tra:2: 1 transitions stand here, but the first line says 2"),
      ("1 2 1\n0 1 0 1\n", "x.tra:2: state 0 has choices without transitions"),
      ("1 1 1\n0 2000000000 0 1\n", "x.tra:2: state 0 has choices without transitions"),
      ("1 1 1\n0 0 1 1\n", "x.tra:2: expected a state below 1, found \"1\""),
      ("1 1 1\n0 0 0\n", "x.tra:2: expected \"source choice target value [action]\""),
      ("1 1 1\n0 0 0 nan\n", "x.tra:2: \"nan\" is no number"),
      ("1 1 1\n0 0 0 0.5\n", "x.tra: the probabilities after action 0 in state 0 sum to 0.5"),
    ] {
      let error = #expect(throws: FileError.self) { try read(text) }
      #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }
  }

  @Test("toolbox and table layouts come back") func layouts() throws {
    let toolbox = try readJSON(
      #"{"discount": 0.9, "transitions": [[[1, 0], [0.5, 0.5]], [[0, 1], [0.75, 0.25]]], "initial": [1, 0], "rewards": {"reward": [[1, 1], [0, 3]], "R2": [[[0, 0], [2, 0]], [[0, 1], [0, 2]]], "R3": [1, 2]}}"#
    )
    try withTemporaryFolder { folder in
      try toolbox.write(to: "\(folder)/x.toolbox.npz")
      #expect(try Problem.read(from: "\(folder)/x.toolbox.npz") == toolbox)
      #expect(throws: FileError.self) { try toolbox.write(to: "\(folder)/x.table.npz") }
      let table = try Problem.read(
        from: Reference.path("mdps/toy/frozenlake-8x8.npz"), options: ReadOptions(discount: 0.99))
      try table.write(to: "\(folder)/y.table.npz")
      #expect(try Problem.read(from: "\(folder)/y.table.npz") == table)
      #expect(throws: FileError.self) { try Self.consensus().write(to: "\(folder)/z.table.npz") }
    }
  }

  @Test("what a format cannot say is refused, what it leaves out is listed") func limits() throws {
    let problem = try readJSON(twoStates)
    #expect(problem.omissions(in: .json).isEmpty && problem.omissions(in: .npz).isEmpty)
    #expect(problem.omissions(in: .drn) == ["the discount 0.9", "the names of the states"])
    #expect(try Self.consensus().omissions(in: .json) == ["exact fractions (doubles are written)"])
    try withTemporaryFolder { folder in
      let error = #expect(throws: FileError.self) { try problem.write(to: "\(folder)/x.drn") }
      #expect(
        error?.description
          == "a drn file cannot hold reward \"proxy\", which depends on the next state; choose another format")
      let skewed = try readJSON(#"{"transitions": [[[1, 0]], [[0, 1]]], "initial": [0.3, 0.7]}"#, options: undiscounted)
      for ending in ["drn", "umb", "tra"] {
        #expect(throws: FileError.self) { try skewed.write(to: "\(folder)/y.\(ending)") }
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
      // UMB has room for rewards by branch.
      let branches = try readJSON(
        #"{"transitions": [[[0.5, 0.5]], [[0, 1]]], "initial": [1, 0], "rewards": {"t": [[[1, 2]], [[0, 3]]]}}"#,
        options: undiscounted)
      for ending in ["umb", "tra"] {
        try branches.write(to: "\(folder)/t.\(ending)")
        let back = try Problem.read(from: "\(folder)/t.\(ending)", options: undiscounted)
        #expect(try back.rewards[0].expected(in: back.mdp) == [1.5, 3])
        #expect(back.rewards[0].value(state: 0, action: 0, next: 1, actionCount: 1) == 2)
      }
    }
  }

  @Test("gzip around any format") func gzip() throws {
    try withTemporaryFolder { folder in
      let problem = try Self.consensus()
      try problem.write(to: "\(folder)/x.umb", options: WriteOptions(compressed: true))
      let packed = Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/x.umb")))
      #expect(packed.starts(with: [0x1F, 0x8B]))
      #expect(packed.count < 10_000)
      for length in [3, 20, packed.count / 2, packed.count - 1] {
        #expect(throws: FileError.self) { try Problem.read(Array(packed[..<length]), name: "x", options: undiscounted) }
      }
      for ending in ["umb.gz", "drn.gz", "json.gz"] {
        try problem.write(to: "\(folder)/y.\(ending)", options: WriteOptions(compressed: true))
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/y.\(ending)")))
        #expect(bytes.starts(with: [0x1F, 0x8B]))
        let back = try Problem.read(from: "\(folder)/y.\(ending)", options: undiscounted)
        #expect(back.mdp == problem.mdp && back.rewards == problem.rewards)
      }
      var small = undiscounted
      small.unpackedSizeLimit = 1000
      let error = #expect(throws: FileError.self) { try Problem.read(packed, name: "x", options: small) }
      #expect(error?.description == "x: it unpacks to more than 1000 bytes; unpack it first")
    }
    let xz: [UInt8] = [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, 0]
    #expect(throws: FileError.archive(path: "x", reason: "it is packed with xz; unpack it first (xz -d)")) {
      try Problem.read(xz, name: "x")
    }
  }
}
