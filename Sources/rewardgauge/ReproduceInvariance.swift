import ArgumentParser
import RewardGauge

/// `reproduce invariance`: exact transforms and near misses, and how often the order test is wrong about them.
struct ReproduceInvariance: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "invariance",
    abstract: "Tells exact transforms of a reward from near misses, up to discounts within 1e-9 of 1.",
    discussion: """
      Exit status 1 when a verdict is wrong, or a certificate is refused by the independent checker.

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
    let report = InvarianceStressReport(
      try InvarianceStress(pairCount: quick ? 100 : 10_000).run(using: &generator))
    try out.emit(json: report.json, text: report.markdown)
    if !report.allHold { throw ExitCode(1) }
  }
}
