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

  @OptionGroup var options: ClaimStudyOptions

  func run() throws {
    var stream = options.stream
    try options.conclude(ClaimsReport(PotentialShapingStudy(caseCount: options.quick ? 30 : 300).run(using: &stream)))
  }
}
