import ArgumentParser
import RewardGauge

/// `explore crossover`: from which horizon on one bound is the smaller one.
struct ExploreCrossover: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "crossover",
    abstract: "The horizon from which one bound is at most another, everything else fixed.",
    discussion: """
      EXAMPLE
        rewardgauge explore crossover --d 4 --states 5 --actions 3 --B 2

      Bounds are named as in the table of `rewardgauge explore bounds`.
      """)

  @Argument(help: "The bound that is to become the smaller one.")
  var first = "hf.sample_complexity"

  @Argument(help: "The bound it is compared with.")
  var second = "rfe.sample_complexity"

  @OptionGroup var point: BoundOptions

  @OptionGroup var out: OutputOptions

  func run() throws {
    let parameters = try point.parameters(horizon: 1)
    let crossover = try CrossoverHorizon(BoundCatalogue.bound(first), below: BoundCatalogue.bound(second))
    let report = CrossoverReport(crossover, crossover.solve(parameters))
    try out.emit(json: report.json, text: report.text)
  }
}
