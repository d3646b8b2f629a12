import ArgumentParser
import RewardGauge

/// `info`: what a problem file holds.
struct InfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "Shows what a problem file holds: sizes, structure, rewards, labels.",
    discussion: """
      EXAMPLES
        rewardgauge info Examples/FrozenLake/frozen-lake.json
        rewardgauge info model.npz --json
      """)

  @OptionGroup var problem: ProblemOptions
  @OptionGroup var out: OutputOptions

  func run() throws {
    let summary = ProblemSummary(try problem.read(requiresDiscount: false))
    try out.emit(json: summary.json, text: summary.text)
  }
}
