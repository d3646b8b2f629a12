import ArgumentParser
import RewardGauge

/// `reproduce invariance`: what determines a reward up to what, row by row; exact transforms and near misses, and how
/// often the order test is wrong about them.
struct ReproduceInvariance: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "invariance",
    abstract: "What determines a reward up to what; exact transforms told from near misses up to discounts near 1.",
    discussion: """
      Exit status 1 when a row of the table fails, a verdict is wrong, or a certificate is refused by the independent
      checker.

      EXAMPLE
        rewardgauge reproduce invariance
      """)

  @OptionGroup var options: ClaimStudyOptions

  func run() throws {
    var stream = options.stream
    let stress = InvarianceStressReport(
      try InvarianceStress(pairCount: options.quick ? 100 : 10_000).run(using: &stream))
    let table = IdentifiabilityReport(
      try IdentifiabilityStudy(caseCount: options.quick ? 10 : 200).run(using: &stream))
    try options.conclude(
      json: ["identifiability": table.json, "outcomes": stress.json["outcomes"] ?? .null],
      text: table.markdown + "\n" + stress.markdown, allHold: stress.allHold && table.allHold)
  }
}
