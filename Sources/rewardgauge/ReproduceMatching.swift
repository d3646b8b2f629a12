import ArgumentParser
import RewardGauge

/// `reproduce online-matching`: the experiments of the paper page.
struct ReproduceMatching: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "online-matching",
    abstract: "Online matching with stochastic rewards: exact limits, simulations, ratios.",
    discussion: """
      Prints the outcome; --folder also writes tables and plots, as in Papers/online-matching-stochastic-rewards. Exit \
      status 1 when a check does not hold.
      """)

  @Flag(help: "Small sizes, a few seconds.")
  var quick = false

  @Option(help: "The seed of all randomness.")
  var seed: UInt64 = 1

  @Option(help: ArgumentHelp("Write outcome.md, tables and plots into this folder.", valueName: "path"))
  var folder: String?

  @OptionGroup var out: OutputOptions

  func run() throws {
    let report = try MatchingReproductionReport(MatchingExperiments(quick: quick, seed: seed))
    if let folder { try write(report.files, into: folder) }
    try out.emit(json: report.json, text: report.markdown)
    if report.checks.contains(where: { !$0.holds }) { throw ExitCode(1) }
  }
}
