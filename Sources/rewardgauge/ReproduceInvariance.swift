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

  @Flag(help: "A hundredth of the pairs.")
  var quick = false

  @Option(help: "The seed of the random problems.")
  var seed: UInt64 = 1

  @OptionGroup var out: OutputOptions

  func run() throws {
    var generator = RandomStream(seed: seed)
    let stress = InvarianceStressReport(
      try InvarianceStress(pairCount: quick ? 100 : 10_000).run(using: &generator))
    let table = IdentifiabilityReport(try IdentifiabilityStudy(caseCount: quick ? 10 : 200).run(using: &generator))
    try out.emit(
      json: ["identifiability": table.json, "outcomes": stress.json["outcomes"] ?? .null],
      text: table.markdown + "\n" + stress.markdown)
    if !(stress.allHold && table.allHold) { throw ExitCode(1) }
  }
}
