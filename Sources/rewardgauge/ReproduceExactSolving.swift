import ArgumentParser
import RewardGauge

/// `reproduce exact-solving`: where common stopping rules answer wrongly, beside exact values.
struct ReproduceExactSolving: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exact-solving",
    abstract: "Problems on which common solvers answer wrongly without saying so, beside exact values.",
    discussion: """
      Takes a few seconds, most of them for an exact linear system of the shared coin. Exit status 1 when a proven \
      bound misses the exact value.

      EXAMPLE
        rewardgauge reproduce exact-solving
      """)

  @Flag(help: "A shorter ladder and a smaller coin.")
  var quick = false

  @OptionGroup var out: OutputOptions

  func run() throws {
    let experiment = ExactSolvingExperiment(ladderLength: quick ? 16 : 20, coinBound: quick ? 4 : 16)
    let report = ExactSolvingReport(try experiment.run())
    try out.emit(json: report.json, text: report.markdown)
    if !report.allHold { throw ExitCode(1) }
  }
}
