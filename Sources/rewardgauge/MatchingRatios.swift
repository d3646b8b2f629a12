import ArgumentParser
import RewardGauge

/// `matching ratios`: the known competitive ratios, recomputed.
struct MatchingRatios: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ratios",
    abstract: "The known competitive ratios with their assumptions and sources, recomputed with all digits.")

  @OptionGroup var out: OutputOptions

  func run() throws {
    let report = MatchingRatiosReport()
    try out.emit(json: report.json, text: report.text)
  }
}
