import ArgumentParser
import RewardGauge

/// `reproduce potential-shaping`: the theorem of Ng, Harada and Russell in both directions.
struct ReproducePotentialShaping: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "potential-shaping",
    abstract: "Tries to break shaping by potentials, and breaks every other bonus, on random worlds.",
    discussion: """
      Exit status 1 when a claim fails in a case.

      EXAMPLE
        rewardgauge reproduce potential-shaping
      """)

  @Flag(help: "A tenth of the cases.")
  var quick = false

  @Option(help: "The seed of the random problems.")
  var seed: UInt64 = 1

  @OptionGroup var out: OutputOptions

  func run() throws {
    var generator = RandomStream(seed: seed)
    let report = ClaimsReport(try PotentialShapingStudy(caseCount: quick ? 30 : 300).run(using: &generator))
    try out.emit(json: report.json, text: report.markdown)
    if !report.allHold { throw ExitCode(1) }
  }
}
