import ArgumentParser
import RewardGauge

/// `matching search`: looks for families that are hard for every opportunistic algorithm.
struct MatchingSearch: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search",
    abstract: "Looks for nested families on which every opportunistic algorithm does badly, p → 0.",
    discussion: """
      Every candidate is evaluated exactly, so that its ratio is an upper bound for all opportunistic algorithms. The \
      benchmark is B0 (lp-matching), or B2 (lp-stochastic-config), of which two linear programs give an interval.

      EXAMPLES
        rewardgauge matching search --size 8 --steps 5000
        rewardgauge matching search --size 6 --steps 500 --benchmark lp-stochastic-config
      """)

  @Option(help: "The number of offline vertices, 1 to 200.")
  var size = 6

  @Option(help: "How many random changes are tried.")
  var steps = 2_000

  @Option(help: "The seed of the changes.")
  var seed: UInt64 = 1

  @Option(help: "What the successes are compared with: lp-matching or lp-stochastic-config.")
  var benchmark = MatchingBenchmark.matchingProgram.rawValue

  @Option(help: "For lp-stochastic-config: the number of pieces that a unit of mass is cut into, 1 to 1000.")
  var pieces = 16

  @OptionGroup var out: OutputOptions

  private var chosen: MatchingBenchmark? { MatchingBenchmark(rawValue: benchmark) }

  func validate() throws {
    guard chosen == .matchingProgram || chosen == .stochasticConfigurationProgram else {
      throw ValidationError("--benchmark is '\(benchmark)'; a search knows lp-matching and lp-stochastic-config")
    }
    guard (1...1000).contains(pieces) else {
      throw ValidationError("--pieces is \(pieces); it must be from 1 to 1000")
    }
    guard size <= 200 else { throw ValidationError("--size is \(size); it must be at most 200") }
  }

  func run() throws {
    let against: HardFamilySearch.Benchmark =
      chosen == .stochasticConfigurationProgram ? .stochastic(piecesPerUnit: pieces) : .matching
    let search = try HardFamilySearch(size: size, steps: steps, seed: seed, benchmark: against)
    let report = MatchingSearchReport(try search.run(), against: chosen ?? .matchingProgram)
    try out.emit(json: report.json, text: report.text)
  }
}
