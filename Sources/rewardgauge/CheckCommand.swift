import ArgumentParser
import Foundation
import RewardGauge

/// `check`: does a required property hold between two rewards? The exit status says it, for scripts and CI.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Checks that a reward change is harmless: exit status 0 when every required property holds, 1 when not.",
    discussion: """
      EXAMPLES
        rewardgauge check Examples/FrozenLake/frozen-lake.json true shaped --relation shaping --explain
        rewardgauge check model.json true proxy --max-regret 0.05 --max-distance VAL-2-2=0.1
        rewardgauge check model.json true shaped --relation same-policy-order --certificate proof.json
        rewardgauge check model.json true shaped --verify proof.json
        rewardgauge check model.json true shaped --relation shaping --exact
        rewardgauge check model.json true proxy --relation optimality-preserving --action-sets sets.json

      RELATIONS
        same-policy-order (the default), unhackable, same-deterministic-order, same-optimal-actions,
        same-optimal-policies, proxy-safe; identical, or freedoms joined by +: scale, one of shaping,
        k-initial-shaping, 0-initial-shaping, terminal-shaping, redistribution, one of impossible-masked,
        unreachable-masked; zero-preserving-monotone, with +impossible-masked or +unreachable-masked;
        optimality-preserving, with --action-sets. Names of two words may also be typed with blanks, as reports print them.
        `--relation all` lists every one and which hold; it then asks for same-policy-order.

      ACTION SETS
        A JSON file with one list of actions (numbers or names) a state, [[0], [0, 1]], or an object with one list for each
        state's name. optimality-preserving then asks whether exactly these actions are optimal under R2, in every state;
        without the file, whether the optimal actions of R1 are.
      """)

  @OptionGroup var problem: ProblemOptions

  @Argument(help: ArgumentHelp("The name of the true reward in the file.", valueName: "r1"))
  var first: String

  @Argument(help: ArgumentHelp("The name of the changed reward in the file.", valueName: "r2"))
  var second: String

  @Option(help: ArgumentHelp("A relation that must hold; may be repeated.", valueName: "name"))
  var relation: [String] = []

  @Option(help: ArgumentHelp("The most that optimising R2 may cost in R1, as a share of R1's range.", valueName: "x"))
  var maxRegret: Double?

  @Option(help: ArgumentHelp("The most that a distance may be; may be repeated.", valueName: "name=x"))
  var maxDistance: [String] = []

  @Option(help: ArgumentHelp("Write the proof of the first relation to this file, when it holds.", valueName: "path"))
  var certificate: String?

  @Option(help: ArgumentHelp("Check this proof against the file instead of searching for one.", valueName: "path"))
  var verify: String?

  @Option(help: "Rewards are related when what the relation leaves unexplained is at most this fraction.")
  var tolerance = InvarianceOptions().equivalenceTolerance

  @Option(help: ArgumentHelp("The states where an episode ends, by number, separated by commas.", valueName: "states"))
  var terminals: String?

  @Option(help: ArgumentHelp("The actions that must be optimal, for optimality-preserving.", valueName: "path"))
  var actionSets: String?

  @Flag(help: "Print the argument in words.")
  var explain = false

  @OptionGroup var exactly: ExactCheckOptions

  @OptionGroup var out: OutputOptions

  func validate() throws {
    try exactly.validate(
      against: [
        "--verify": verify != nil, "--certificate": certificate != nil, "--max-distance": !maxDistance.isEmpty,
        "--explain": explain,
      ])
    guard verify == nil || (relation.isEmpty && maxRegret == nil && maxDistance.isEmpty && certificate == nil) else {
      throw ValidationError("--verify checks a proof and nothing else; leave the other requirements out")
    }
    guard actionSets == nil || asksForOptimality else {
      throw ValidationError("--action-sets belongs to --relation optimality-preserving; add it")
    }
    guard !(explain && out.json) else {
      throw ValidationError("--explain and --json are two forms of the answer; give one of them")
    }
    guard tolerance > 0, tolerance < 1 else {
      throw ValidationError("--tolerance is \(tolerance); it must lie in (0, 1)")
    }
    if let maxRegret, !(maxRegret >= 0 && maxRegret <= 1) {
      throw ValidationError("--max-regret is \(maxRegret); it must lie in [0, 1], a share of the range of returns")
    }
  }

  private var asksForOptimality: Bool {
    relation.contains { RewardRelation(name: $0) == .optimalityPreserving(nil) }
  }

  func run() throws {
    let limits = try maxDistance.map(distanceLimit)
    var asked = try relations()
    let problem = try problem.read()
    if let actionSets {
      let sets = try sets(from: actionSets, problem.mdp)
      asked = asked.map { $0 == .optimalityPreserving(nil) ? .optimalityPreserving(sets) : $0 }
    }
    let (r1, r2) = (try problem.reward(named: first), try problem.reward(named: second))
    if let verify { return try check(proof: verify, r1, r2, problem.mdp) }
    let terminals = try terminalFlags(problem.mdp)
    if exactly.exact {
      return try exactly.check(
        problem, r1, r2, relations: asked, listsAll: relation == ["all"], regretLimit: maxRegret, terminals: terminals,
        out: out)
    }
    var options = InvarianceOptions()
    options.equivalenceTolerance = tolerance
    options.terminals = terminals
    let result = try RewardCheck(relations: asked, regretLimit: maxRegret, distanceLimits: limits, options: options)
      .run(problem.mdp, from: r1, to: r2)
    let listsAll = relation == ["all"]
    if !listsAll, let reason = result.undecided.first { throw CheckError.undecided(reason) }
    let report = CheckReport(result)
    try out.emit(json: report.json, text: explain ? report.explanation : report.text)
    if let certificate { try write(result, to: certificate, mdp: problem.mdp) }
    let holds = listsAll ? result.findings.contains { $0.relation == .samePolicyOrder && $0.holds } : result.holds
    guard holds else { throw ExitCode(1) }
  }

  private func relations() throws -> [RewardRelation] {
    if relation.isEmpty { return maxRegret == nil && maxDistance.isEmpty ? [.samePolicyOrder] : [] }
    if relation == ["all"] { return RewardRelation.all }
    return try relation.map { name in
      guard let relation = RewardRelation(name: name) else { throw CheckError.unknownRelation(name) }
      return relation
    }
  }

  private func distanceLimit(_ text: String) throws -> (distance: RewardDistance, limit: Double) {
    let parts = text.split(separator: "=", omittingEmptySubsequences: false)
    guard parts.count == 2, let limit = Double(parts[1]), limit >= 0 else {
      throw ValidationError("--max-distance is \(text); NAME=x with a number x that is not negative is needed")
    }
    return (try RewardDistance(name: String(parts[0])), limit)
  }

  private func terminalFlags(_ mdp: MDP) throws -> [Bool]? {
    guard let terminals else { return nil }
    var flags = [Bool](repeating: false, count: mdp.stateCount)
    for part in terminals.split(separator: ",") {
      guard let s = Int(part), s >= 0, s < mdp.stateCount else {
        throw ValidationError("--terminals names \(part); states are numbers from 0 to \(mdp.stateCount - 1)")
      }
      flags[s] = true
    }
    return flags
  }

  private func sets(from path: String, _ mdp: MDP) throws -> ActionSets {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw CheckError.unreadable("action sets", path)
    }
    do {
      return try ActionSets(JSONCursor(try JSONValue.parse(data)), in: mdp)
    } catch {
      throw CheckError.malformed(path, "list of action sets", "\(error)")
    }
  }

  private func write(_ result: RewardCheckResult, to path: String, mdp: MDP) throws {
    let file = result.findings.first.flatMap {
      CertificateFile(
        $0, first: first, second: second, stateCount: mdp.stateCount, actionCount: mdp.actionCount)
    }
    guard let file else { return warn("no certificate was written, because there is no proof to write") }
    try writeFile(file.json.serialised() + "\n", to: path)
  }

  private func check(proof path: String, _ r1: Reward, _ r2: Reward, _ mdp: MDP) throws {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw CheckError.unreadable("certificate", path)
    }
    let file: CertificateFile
    do {
      file = try CertificateFile(JSONCursor(try JSONValue.parse(data)), for: mdp, first: first, second: second)
    } catch {
      throw CheckError.malformed(path, "certificate", "\(error)")
    }
    let checker = CertificateChecker(
      tolerance: tolerance, tieTolerance: max(tolerance, InvarianceOptions().tieTolerance),
      terminals: try terminalFlags(mdp))
    let verdict = checker.check(file.proof, of: file.relation, first: r1, second: r2, in: mdp)
    let name = file.relation.name
    let fault = file.fault ?? verdict.fault
    try out.emit(
      json: [
        "first": .string(first), "second": .string(second), "holds": .bool(fault == nil), "relation": .string(name),
        "verified": .bool(fault == nil), "defect": .finite(verdict.defect),
        "fault": fault.map { .string($0) } ?? .null,
      ],
      text: fault.map { "The certificate does not prove \(name): \($0).\n" }
        ?? "The certificate proves \(name): defect \(verdict.defect.readable(digits: 2)).\n")
    guard fault == nil else { throw ExitCode(1) }
  }
}

/// What only `check` can find wrong.
private enum CheckError: Error, CustomStringConvertible {
  case unknownRelation(String)
  case undecided(String)
  case unreadable(String, String)
  case malformed(String, String, String)

  var description: String {
    switch self {
    case .unknownRelation(let name):
      let known = RewardRelation.all + [.optimalityPreserving(nil)]
      let near = nearestNames(to: name, among: known.map(\.optionName))
      return "there is no relation called \"\(name)\"; "
        + (near.isEmpty ? "see rewardgauge check --help" : "did you mean \(near.joined(separator: ", "))?")
    case .undecided(let reason): return reason
    case .unreadable(let what, let path): return "cannot read the \(what) \(path); give the path of a JSON file"
    case .malformed(let path, let what, let reason): return "\(path) is no \(what): \(reason)"
    }
  }
}
