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

      RELATIONS
        same-policy-order (the default), unhackable, same-deterministic-order, same-optimal-actions,
        same-optimal-policies, proxy-safe; identical, or freedoms joined by +: scale, one of shaping,
        k-initial-shaping, 0-initial-shaping, terminal-shaping, redistribution, one of impossible-masked,
        unreachable-masked; zero-preserving-monotone, with +impossible-masked or +unreachable-masked.
        `--relation all` lists every one and which hold; it then asks for same-policy-order.
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

  func run() throws {
    let limits = try maxDistance.map(distanceLimit)
    let asked = try relations()
    let problem = try problem.read()
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

  private func write(_ result: RewardCheckResult, to path: String, mdp: MDP) throws {
    guard let finding = result.findings.first, case .certificate(let proof) = finding.evidence else {
      return warn("no certificate was written, because there is no proof by potential to write")
    }
    let file = CertificateFile(proof, first: first, second: second, actionCount: mdp.actionCount)
    try writeFile(file.json.serialised() + "\n", to: path)
  }

  private func check(proof path: String, _ r1: Reward, _ r2: Reward, _ mdp: MDP) throws {
    guard let data = FileManager.default.contents(atPath: path) else { throw CheckError.unreadable(path) }
    let file: CertificateFile
    do {
      file = try CertificateFile(JSONCursor(try JSONValue.parse(data)))
    } catch {
      throw CheckError.malformed(path, "\(error)")
    }
    let verdict = CertificateChecker(tolerance: tolerance).check(file.certificate, first: r1, second: r2, in: mdp)
    let kind = file.certificate.transformation.name
    try out.emit(
      json: [
        "first": .string(first), "second": .string(second), "holds": .bool(verdict.isValid), "relation": .string(kind),
        "verified": .bool(verdict.isValid), "defect": .finite(verdict.defect),
        "fault": verdict.fault.map { .string($0) } ?? .null,
      ],
      text: verdict.isValid
        ? "The certificate proves \(kind): defect \(verdict.defect.readable(digits: 2)).\n"
        : "The certificate does not prove \(kind): \(verdict.fault ?? "").\n")
    guard verdict.isValid else { throw ExitCode(1) }
  }
}

/// What only `check` can find wrong.
private enum CheckError: Error, CustomStringConvertible {
  case unknownRelation(String)
  case undecided(String)
  case unreadable(String)
  case malformed(String, String)

  var description: String {
    switch self {
    case .unknownRelation(let name):
      let near = nearestNames(to: name, among: RewardRelation.all.map(\.name))
      return "there is no relation called \"\(name)\"; "
        + (near.isEmpty ? "see rewardgauge check --help" : "did you mean \(near.joined(separator: ", "))?")
    case .undecided(let reason): return reason
    case .unreadable(let path): return "cannot read the certificate \(path); give the path of a file that check wrote"
    case .malformed(let path, let reason): return "\(path) is no certificate: \(reason)"
    }
  }
}
