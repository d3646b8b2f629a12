import ArgumentParser
import RewardGauge

/// `matching adwords`: the classical problem with bids and budgets.
struct MatchingAdWords: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adwords",
    abstract: "Queries with bids, advertisers with budgets: Greedy, Balance, MSVV, water-filling beside the optimum.",
    discussion: """
      FILE is JSON, {"budgets": [n], "queries": [[[advertiser, bid], ...], ...]}. With all bids 1 it is b-matching, with \
      budgets 1 as well classical matching.

      EXAMPLE
        rewardgauge matching adwords queries.json --json
      """)

  @Argument(help: "The instance.")
  var file: String

  @Option(
    help: ArgumentHelp("Only these algorithms: \(allNames(of: AdWordsAlgorithm.self)).", valueName: "names"),
    transform: parseNames)
  var algorithms: [AdWordsAlgorithm]?

  @OptionGroup var out: OutputOptions

  func run() throws {
    let report = try AdWordsReport(
      AdWordsInstance(path: file), algorithms: algorithms ?? AdWordsAlgorithm.allCases)
    try out.emit(json: report.json, text: report.text)
  }
}
