import Foundation
import JSON
import Testing

/// The command `solve`: every method and criterion by name, and the degenerate cases, each with its right end.
@Suite("solve") struct SolveTests {
  /// Writes `text` as a problem file and calls `body` with its path.
  private static func withProblem<T>(_ text: String, _ body: (String) throws -> T) throws -> T {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("problem.json").path
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return try body(path)
  }

  /// The answer to a problem, as JSON.
  private static func solve(_ text: String, _ options: String...) throws -> JSONCursor {
    try withProblem(text) { path in
      let command = try Command(["solve", path, "--json"] + options)
      #expect(command.status == 0, "\(command.complaint)")
      return try JSONCursor(command.json)
    }
  }

  /// A problem that is refused in one line.
  private static func refuse(
    _ text: String, _ options: String..., saying words: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try withProblem(text) { path in
      let command = try Command(["solve", path] + options)
      #expect(command.status == 2 && command.output.isEmpty, sourceLocation: sourceLocation)
      #expect(
        command.complaint.split(separator: "\n").count == 1, "\(command.complaint)", sourceLocation: sourceLocation)
      #expect(command.complaint.contains(words), "\(command.complaint)", sourceLocation: sourceLocation)
    }
  }

  private static let two = """
    {"discount": 0.9, "initial": [1, 0], "transitions": [[[1, 0], [0.5, 0.5]], [[0, 1], [0.75, 0.25]]],
     "rewards": {"true": [[1, 1], [0, 3]], "proxy": [[0, 1], [1, 2]]}}
    """

  @Test(
    "discounted methods by name",
    arguments: [
      "automatic", "policy-iteration", "value-iteration", "modified-policy-iteration", "gauss-seidel",
      "action-elimination", "topological", "prioritised-sweeping", "krylov-policy-iteration", "linear-program",
      "dual-linear-program", "enumeration",
    ])
  func methods(name: String) throws {
    let answer = try Self.solve(Self.two, "--reward", "true", "--method", name)
    // Play 1 everywhere: (1 − 0.45) v0 − 0.45 v1 = 1, (1 − 0.225) v1 − 0.675 v0 = 3.
    let truth = (0.775 + 0.45 * 3) / (0.55 * 0.775 - 0.45 * 0.675)
    #expect(try answer["lower"].double() <= truth && truth <= answer["upper"].double())
    #expect(try answer["policy"].elements().map { try $0.integer() } == [1, 1])
    #expect(try answer["errorBound"].double() <= 1e-9)
  }

  @Test("average methods by name, and Blackwell") func average() throws {
    for options in [
      ["--criterion", "average"], ["--criterion", "average", "--method", "policy-iteration"],
      ["--criterion", "average", "--method", "linear-program"],
      ["--criterion", "average", "--method", "relative-value-iteration"], ["--criterion", "blackwell"],
    ] {
      try Self.withProblem(Self.two) { path in
        let command = try Command(["solve", path, "--json", "--reward", "true"] + options)
        let answer = try JSONCursor(command.json)
        // Stationary (0.6, 0.4): 0.6 · 1 + 0.4 · 3.
        #expect(try abs(answer["objective"].double() - 1.8) < 1e-8, "\(options)")
      }
    }
    let exact = try Self.solve(Self.two, "--reward", "true", "--criterion", "blackwell")
    #expect(try exact["exact"]["objective"].string() == "9/5")
    #expect(try exact["level"].string() == "E4")
  }

  @Test("a front, its proof, and the exact one") func pareto() throws {
    let front = try Self.solve(Self.two, "--criterion", "pareto", "--objectives", "true,-proxy", "--precision", "1e-7")
    #expect(try front["precision"].double() <= 1e-7)
    let exact = try Self.solve(Self.two, "--criterion", "pareto", "--objectives", "true,-proxy", "--exact")
    let (found, proven) = (try front["vertices"].elements(), try exact["vertices"].elements())
    #expect(found.count == proven.count && found.count > 1)
    for (f, p) in zip(found, proven) {
      let (x, y) = (try f["returns"].doubles(count: 2), try p["returns"].doubles(count: 2))
      #expect(abs(x[0] - y[0]) < 1e-7 && abs(x[1] - y[1]) < 1e-7)
      for plane in try front["outer"].elements() {
        let w = try plane["weights"].doubles(count: 2)
        #expect(try w[0] * y[0] - w[1] * y[1] <= plane["bound"].double() + 1e-12)
      }
    }
    try Self.refuse(Self.two, "--criterion", "pareto", saying: "--objectives")
    try Self.refuse(Self.two, "--criterion", "pareto", "--objectives", "true,nope", saying: "nope")
  }

  @Test("the occupancy of the answer") func occupancy() throws {
    let answer = try Self.solve(Self.two, "--reward", "true", "--occupancy")
    let rows = try answer["occupancy"].elements().map { try $0.doubles(count: 2) }
    #expect(abs(rows.joined().reduce(0, +) - 10) < 1e-12)
    #expect(try abs(rows[0][1] + 3 * rows[1][1] - answer["objective"].double()) < 1e-10)
  }

  @Test("one state, one action: evaluation") func smallest() throws {
    let answer = try Self.solve(#"{"discount": 0.5, "transitions": [[[1]]], "rewards": {"r": [[1]]}}"#)
    #expect(try answer["value"].doubles() == [2])
  }

  @Test("actions that differ from state to state") func availability() throws {
    let text = """
      {"discount": 0.5, "transitions": {"states": 2, "actions": 2,
       "entries": [[0, 0, 1, 1], [0, 1, 0, 1], [1, 0, 1, 1]]}, "available": [[true, true], [true, false]],
       "rewards": {"r": [[0, 1], [3, 9]]}}
      """
    let answer = try Self.solve(text)
    #expect(try answer["value"].doubles() == [3, 6])
    #expect(try answer["policy"].elements().map { try $0.integer() } == [0, 0])
  }

  @Test(
    "discount 0: the best reward, the lowest tied action", arguments: ["automatic", "value-iteration", "topological"])
  func zeroDiscount(method: String) throws {
    let text = #"{"discount": 0, "transitions": [[[1], [1], [1]]], "rewards": {"r": [[1, 2, 2]]}}"#
    let answer = try Self.solve(text, "--method", method)
    #expect(try answer["value"].doubles() == [2])
    #expect(try answer["policy"].elements().map { try $0.integer() } == [1])
    #expect(try answer["errorBound"].double() <= 1e-9)
  }

  @Test("discounts that are none", arguments: ["1", "-0.1", "1.5", "nan"]) func discounts(text: String) throws {
    try Self.refuse(Self.two, "--reward", "true", "--discount=\(text)", saying: "discount")
  }

  @Test("a discount within 2⁻⁴⁰ of 1, and a tolerance of 0: the bound achieved, not the one asked for")
  func floors() throws {
    let near = try Self.solve(Self.two, "--reward", "true", "--discount", "0.9999999999999")
    #expect(try near["ending"].string() == "toleranceNotReached")
    #expect(try near["errorBound"].double() > near["tolerance"].double())
    let zero = try Self.solve(Self.two, "--reward", "true", "--tolerance", "0", "--method", "value-iteration")
    #expect(try zero["ending"].string() == "toleranceNotReached")
    #expect(try zero["errorBound"].double() < 1e-11)
  }

  @Test("ties: the lowest action, whatever the number of threads") func ties() throws {
    let text = """
      {"discount": 0.5, "transitions": [[[0, 1], [0, 1], [0, 1]], [[1, 0], [1, 0], [1, 0]]],
       "rewards": {"r": [[1, 1, 0], [0, 2, 2]]}}
      """
    for threads in ["1", "2"] {
      let answer = try Self.solve(text, "--threads", threads)
      #expect(try answer["policy"].elements().map { try $0.integer() } == [0, 1])
    }
  }

  @Test("absorbing and unreachable states keep their numbers") func states() throws {
    let text = """
      {"discount": 0.5, "initial": [0.5, 0, 0.5, 0], "transitions":
       [[[0, 0, 1, 0]], [[0, 1, 0, 0]], [[0, 0, 1, 0]], [[1, 0, 0, 0]]], "rewards": {"r": [1, 2, 3, 4]}}
      """
    let answer = try Self.solve(text)
    #expect(try answer["value"].doubles() == [4, 4, 6, 6])
    #expect(try answer["objective"].double() == 5)
  }

  @Test("faulty files are refused with the place") func faults() throws {
    func file(_ row: String, reward: String = "[[1]]") -> String {
      #"{"discount": 0.5, "transitions": [[\#(row)]], "rewards": {"r": \#(reward)}}"#
    }
    try Self.refuse(file("[0.9]"), saying: "0.9")
    try Self.refuse(file("[-1]"), saying: "-1")
    try Self.refuse(file("[1]", reward: "[[1e999]]"), saying: "1e999")
    let empty = """
      {"discount": 0.5, "transitions": {"states": 2, "actions": 1, "entries": [[0, 0, 1, 1]]},
       "available": [[true], [false]], "rewards": {"r": [1, 1]}}
      """
    try Self.refuse(empty, saying: "state 1")
  }

  @Test("probabilities of one transition add up; two rewards of it contradict each other") func duplicates() throws {
    let text = """
      {"discount": 0.5, "transitions": {"states": 2, "actions": 1,
       "entries": [[0, 0, 1, 0.25], [1, 0, 1, 1], [0, 0, 0, 0.5], [0, 0, 1, 0.25]]}, "rewards": {"r": [0, 1]}}
      """
    // v1 = 2 and v0 = (v0 + v1) / 4.
    #expect(try abs(Self.solve(text)["value"].doubles()[0] - 2.0 / 3) < 1e-9)
    let twice = text.replacingOccurrences(of: "[0, 1]}", with: #"{"entries": [[0, 0, 1, 1], [0, 0, 1, 2]]}}"#)
    try Self.refuse(twice, saying: "entries[1]")
    try Self.refuse(text.replacingOccurrences(of: "0.5]", with: "0.25]"), saying: "0.75")
  }

  @Test("worlds at the edge under every criterion: an answer without NaN, or one line that says what is wrong")
  func edges() throws {
    func world(_ size: String, discount: String) -> String {
      """
      {"discount": \(discount), "transitions": [[[0, 0.5, 0.5], [1, 0, 0]], [[0, 0, 1], [0, 1, 0]], [[0, 0, 1], [0.5, 0, 0.5]]],
       "rewards": {"r": [[\(size), 0], [-\(size), \(size)], [0, \(size)]], "c": [[\(size), 0], [0, \(size)], [0, 0]]}}
      """
    }
    let one = #"{"discount": 0, "transitions": [[[1]]], "rewards": {"r": [[2]], "c": [[1]]}}"#
    let still = """
      {"discount": 0.5, "transitions": [[[1, 0], [1, 0]], [[0, 1], [0, 1]]],
       "rewards": {"r": [[1, 2], [-3, -4]], "c": [[0, 1], [1, 0]]}}
      """
    let criteria = [
      "discounted", "finite-horizon --horizon 0", "average", "blackwell", "soft --temperature 1e300", "total",
      "robust --radius 2", "robust --interval-width 1", "constrained --constraint c<=1e-300", "minimum",
      "entropic-risk --risk 1e300", "entropic-risk --risk -1e-300", "nested-cvar --level 1e-300", "guaranteed-minimum",
    ]
    let worlds = [
      world("1e300", discount: "0.5"), world("1e-300", discount: "0.5"), world("1.7e308", discount: "0.5"),
      world("1", discount: "0.99999999999997"), one, still,
    ]
    for (text, words) in worlds.flatMap({ text in criteria.map { (text, $0.split(separator: " ").map(String.init)) } })
    {
      // Risk that fades over 10¹⁴ steps takes long.
      if words[0] == "entropic-risk", text.contains("999") { continue }
      try Self.withProblem(text) { path in
        let command = try Command(["solve", path, "--json", "--reward", "r", "--criterion"] + words)
        let said = "\(words): \(command.complaint) \(text)"
        guard command.status == 0 else {
          #expect(command.status == 2 && command.output.isEmpty, "\(said)")
          #expect(command.complaint.split(separator: "\n").count == 1, "\(said)")
          return
        }
        // The parser takes no NaN and no Infinity; what is not known comes with a reason.
        let answer = try command.json
        #expect(!command.output.contains("null") || answer["reason"] != nil, "\(said)")
        let cursor = JSONCursor(answer)
        if let lower = try? cursor["lower"].double(), let upper = try? cursor["upper"].double() {
          #expect(try lower <= cursor["objective"].double() && cursor["objective"].double() <= upper, "\(said)")
        }
      }
    }
    try Self.refuse(worlds[2], "--reward", "r", saying: "action 0 in state 0")
  }

  @Test("rewards of 1e300 and 1e-300", arguments: ["1e300", "1e-300"]) func scale(factor: String) throws {
    let text = #"{"discount": 0.5, "transitions": [[[1]]], "rewards": {"r": [[\#(factor)]]}}"#
    let answer = try Self.solve(text)
    let value = 2 * (Double(factor) ?? 0)
    #expect(try answer["lower"].double() <= value && value <= answer["upper"].double())
  }

  @Test("several closed classes stop relative value iteration, by name") func multichain() throws {
    let text = #"{"transitions": [[[1, 0]], [[0, 1]]], "rewards": {"r": [1, 2]}}"#
    try Self.refuse(
      text, "--criterion", "average", "--method", "relative-value-iteration", saying: "[0] and among [1]")
    let answer = try Self.solve(text, "--criterion", "average")
    #expect(try answer["value"].doubles() == [1, 2])
    #expect(try answer["structure"].string() == "multichain")
    #expect(try answer["level"].string() == "E2")
  }

  @Test("a periodic cycle has its mean") func periodic() throws {
    let text = #"{"transitions": [[[0, 1]], [[1, 0]]], "rewards": {"r": [1, 4]}}"#
    let answer = try Self.solve(text, "--criterion", "average", "--method", "relative-value-iteration")
    #expect(try abs(answer["objective"].double() - 2.5) < 1e-8)
  }

  @Test("constraints that cannot be met come with their contradiction") func infeasible() throws {
    try Self.refuse(
      Self.two, "--reward", "true", "--criterion", "constrained", "--constraint", "proxy<=-1", saying: "contradict")
  }

  @Test("options are told where they belong") func options() throws {
    try Self.refuse(Self.two, "--reward", "true", "--horizon", "3", saying: "finite-horizon")
    try Self.refuse(Self.two, "--reward", "true", "--criterion", "finite-horizon", saying: "--horizon STEPS")
    try Self.refuse(
      Self.two, "--reward", "true", "--criterion", "average", "--method", "gauss-seidel", saying: "discounted")
    try Self.refuse(Self.two, "--reward", "true", "--objectives", "true,proxy", saying: "pareto")
    try Self.refuse(Self.two, "--reward", "true", "--precision", "1e-3", saying: "pareto")
    try Self.refuse(Self.two, "--reward", "true", "--tolerance", "nan", saying: "--tolerance")
  }

  @Test("info tells the structure") func info() throws {
    try Self.withProblem(Self.two) { path in
      let answer = try JSONCursor(Command("info", path, "--json").json)
      #expect(try answer["structure"].string() == "communicating")
      #expect(try answer["endComponents"].integer() == 1)
    }
  }
}
