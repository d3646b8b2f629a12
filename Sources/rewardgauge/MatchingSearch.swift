import ArgumentParser
import RewardGauge

/// `matching search`: looks for families that are hard for every opportunistic algorithm.
struct MatchingSearch: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search",
    abstract: "Looks for nested families on which every opportunistic algorithm does badly against B0, p → 0.",
    discussion: """
      Every candidate is evaluated exactly, so that its ratio is an upper bound for all opportunistic algorithms.

      EXAMPLE
        rewardgauge matching search --size 8 --steps 5000
      """)

  @Option(help: "The number of offline vertices, 1 to 200.")
  var size = 6

  @Option(help: "How many random changes are tried.")
  var steps = 2_000

  @Option(help: "The seed of the changes.")
  var seed: UInt64 = 1

  @OptionGroup var out: OutputOptions

  func validate() throws {
    guard size <= 200 else { throw ValidationError("--size is \(size); it must be at most 200") }
  }

  func run() throws {
    let report = MatchingSearchReport(try HardFamilySearch(size: size, steps: steps, seed: seed).run())
    try out.emit(json: report.json, text: report.text)
  }
}
