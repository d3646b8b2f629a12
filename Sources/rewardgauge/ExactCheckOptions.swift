import ArgumentParser
import RewardGauge

/// `check --exact`: the same questions decided in rational numbers, without a tolerance.
struct ExactCheckOptions: ParsableArguments {
  @Flag(help: "Decide in rational numbers, without a tolerance: however small a deviation is, it is one.")
  var exact = false

  @Option(help: "How --exact takes numbers that the file holds as doubles; see solve --help.")
  var rationals = NumberReading.automatic

  /// Refuses what has no exact form; `others` says which other options were given.
  func validate(against others: KeyValuePairs<String, Bool>) throws {
    guard exact else {
      if rationals != .automatic { throw ValidationError("--rationals goes with --exact") }
      return
    }
    if let other = others.first(where: \.value) {
      throw ValidationError("\(other.key) does not go with --exact; ask for it in a run of its own")
    }
  }

  /// Decides every relation, prints the findings, and exits with 1 when one that was required fails.
  func check(
    _ problem: Problem, _ first: Reward, _ second: Reward, relations: [RewardRelation], listsAll: Bool,
    regretLimit: Double?, terminals: [Bool]?, out: OutputOptions
  ) throws {
    let (truth, proxy) = try problem.rationalModels(first, second, rationals)
    let check = try ExactInvarianceCheck(
      truth: truth, proxy: proxy, first: first, second: second, terminals: terminals)
    let findings = try relations.map { try check.decide($0) }
    if !listsAll {
      for finding in findings {
        guard case .undecided(let reason) = finding.verdict else { continue }
        throw ValidationError("\(finding.relation.name): \(reason)")
      }
    }
    let limit = try regretLimit.map { try Rational(parsing: $0.description) }
    let regret = try limit.map { (found: try check.worstCaseRegret(), limit: $0) }
    let report = ExactCheckReport(
      findings, regret: regret, first: first.name, second: second.name, mdp: problem.mdp, source: check.source)
    try out.emit(json: report.json, text: report.text)
    let holds = listsAll ? findings.contains { $0.relation == .samePolicyOrder && $0.holds } : report.holds
    guard holds else { throw ExitCode(1) }
  }
}
