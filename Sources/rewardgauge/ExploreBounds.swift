import ArgumentParser
import RewardGauge

/// `explore bounds`: every bound of the field at one point.
struct ExploreBounds: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bounds",
    abstract:
      "Every bound on reward-free exploration: all constants where a proof has them, leading orders, provenance.",
    discussion: """
      EXAMPLE
        rewardgauge explore bounds --d 4 --states 5 --actions 3 --horizon 16 --B 2 --episodes 10000

      In JSON, null means infinite or "no statement"; "reasons" says which.
      """)

  @OptionGroup var point: BoundOptions

  @Option(help: "Number of steps H of an episode.")
  var horizon: Int

  @Flag(help: "Print the comparison table with the source of every bound, in Markdown.")
  var markdown = false

  @OptionGroup var out: OutputOptions

  func validate() throws {
    if markdown, out.json {
      throw ValidationError("--markdown and --json are two forms of the answer; give one of them")
    }
  }

  func run() throws {
    let report = ExplorationBoundsReport(try point.parameters(horizon: horizon))
    try out.emit(json: report.json, text: markdown ? report.markdown : report.text)
  }
}
