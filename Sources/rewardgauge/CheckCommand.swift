import ArgumentParser
import Foundation
import RewardGauge

/// `check`: whether a property of two rewards holds; the exit status says it.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Checks a relation between two rewards, for scripts and CI: exit status 0 when it holds, 1 when not.",
    discussion: """
      EXAMPLES
        rewardgauge check Examples/FrozenLake/frozen-lake.json true shaped --relation shaping
        rewardgauge check model.json true proxy --max-regret 0.1 --max-distance VAL-2-2=0.5
        rewardgauge check model.json true shaped --certificate proof.json
        rewardgauge check model.json true shaped --verify proof.json

      Relations: \(RewardRelation.allCases.map(\.rawValue).joined(separator: ", ")).
      Without any of the options, same-policy-order is checked.
      """)

  @OptionGroup var problem: ProblemOptions

  @Argument(help: ArgumentHelp("The name of the first (true) reward in the file.", valueName: "true"))
  var truth: String

  @Argument(help: "The name of the second reward in the file.")
  var proxy: String

  @Option(help: ArgumentHelp("The relation that must hold; may be given several times.", valueName: "name"))
  var relation: [String] = []

  @Flag(help: "Print the verdict on every relation; the exit status is that of the relations asked for.")
  var explain = false

  @Option(
    help: ArgumentHelp("The largest worst-case regret allowed, as a share of the range of returns.", valueName: "share")
  )
  var maxRegret: Double?

  @Option(
    help: ArgumentHelp(
      "The largest distance allowed, such as VAL-2-2=0.1; may be given several times.", valueName: "name=value"))
  var maxDistance: [String] = []

  @Option(help: ArgumentHelp("Write the proof of the relation (or of its failure) to this file.", valueName: "path"))
  var certificate: String?

  @Option(help: ArgumentHelp("Check this proof against the two rewards, and nothing else.", valueName: "path"))
  var verify: String?

  @OptionGroup var out: OutputOptions

  func validate() throws {
    if let maxRegret, !(maxRegret >= 0) { throw ValidationError("--max-regret is \(maxRegret); it must be at least 0") }
    if verify != nil, certificate != nil || !relation.isEmpty || maxRegret != nil || !maxDistance.isEmpty || explain {
      throw ValidationError("--verify checks the proof in the file alone; give it without other checks")
    }
  }

  func run() throws {
    let relations = try self.relations()
    let limits = try self.limits()
    let problem = try problem.read()
    let (first, second) = (try problem.reward(named: truth), try problem.reward(named: proxy))
    var outcomes: [RelationReport.Outcome] = []
    var flags: [String] = []
    var rest: [RelationVerdict] = []
    if let verify {
      outcomes = [.certificate(path: verify, try readCertificate(verify).check(on: problem.mdp, first, second))]
    } else {
      let world = try ComparisonWorld(problem.mdp)
      let (a, b) = (try world.admit(first), try world.admit(second))
      flags = world.flags
      for relation in relations { outcomes.append(.relation(try world.verdict(on: relation, a, b))) }
      for (distance, limit) in limits {
        outcomes.append(.limit(name: distance.name, value: try world.distance(distance, a, b).value, limit: limit))
      }
      if let maxRegret {
        let regret = try world.worstCaseRegret(of: b, truth: a)
        outcomes.append(.limit(name: "worst-case regret", value: regret.normalised, limit: maxRegret))
      }
      if explain { rest = world.verdicts(a, b).filter { !relations.contains($0.relation) } }
    }
    if let certificate { try write(outcomes, to: certificate) }
    let asked = RelationReport(truth: truth, proxy: proxy, mdp: problem.mdp, outcomes: outcomes, flags: flags)
    let full = RelationReport(
      truth: truth, proxy: proxy, mdp: problem.mdp, outcomes: outcomes + rest.map { .relation($0) }, flags: flags)
    try out.emit(
      json: asked.holds == full.holds || !explain ? full.json : full.json.replacing("holds", by: .bool(asked.holds)),
      text: full.text)
    if !asked.holds { throw ExitCode(1) }
  }

  private func relations() throws -> [RewardRelation] {
    if relation.isEmpty, maxRegret == nil, maxDistance.isEmpty, verify == nil { return [.samePolicyOrder] }
    return try relation.map { name in
      guard let relation = RewardRelation(name: name) else {
        let near = nearestNames(to: name, among: RewardRelation.allCases.map(\.rawValue))
        throw ValidationError(
          "there is no relation called \"\(name)\"; "
            + (near.isEmpty
              ? "there are \(RewardRelation.allCases.map(\.rawValue).joined(separator: ", "))"
              : "did you mean \(near.joined(separator: ", "))?"))
      }
      return relation
    }
  }

  private func limits() throws -> [(RewardDistance, Double)] {
    try maxDistance.map { text in
      let parts = text.split(separator: "=", omittingEmptySubsequences: false)
      guard parts.count == 2, let limit = Double(parts[1]), limit >= 0 else {
        throw ValidationError("--max-distance \(text): NAME=VALUE is needed, such as VAL-2-2=0.1")
      }
      return (try RewardDistance(name: String(parts[0])), limit)
    }
  }

  private func readCertificate(_ path: String) throws -> RelationCertificate {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ValidationError("cannot read \(path); give the path of a certificate that check wrote")
    }
    return try RelationCertificate(JSONCursor(JSONValue.parse(Array(data))))
  }

  private func write(_ outcomes: [RelationReport.Outcome], to path: String) throws {
    for case .relation(let verdict) in outcomes {
      guard let certificate = RelationCertificate(verdict, truth: truth, proxy: proxy) else { continue }
      let file = try OutputOptions.parse(["--output", path])
      return try file.emit(certificate.json.serialised(pretty: true))
    }
    throw ValidationError(
      "--certificate: this verdict has neither a potential nor two policies to write; ask for same-policy-order or shaping"
    )
  }
}

extension JSONValue {
  /// The object with another value for one of its members.
  fileprivate func replacing(_ name: String, by value: JSONValue) -> JSONValue {
    guard case .object(let members) = self else { return self }
    return .object(members.map { $0.name == name ? Member(name, value) : $0 })
  }
}
