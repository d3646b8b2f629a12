import ArgumentParser
import RewardGauge

/// `explore evaluate`: what planning in a wrong kernel costs, over all rewards.
struct ExploreEvaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "The worst planning error over all rewards of total at most 1, between a witness and a certificate.",
    discussion: """
      FILE is JSON, {"truth": [S][A][S], "model": [S][A][S], "horizon": H, "start": 0}: the kernel of the world and the one \
      that the planner believes.

      EXAMPLE
        rewardgauge explore evaluate kernels.json --exact --json
      """)

  @Argument(help: "The two kernels.")
  var file: String

  @Flag(help: "Also compute the supremum itself, by linear programs; for tiny models.")
  var exact = false

  @OptionGroup var out: OutputOptions

  func run() throws {
    let pair = try KernelPair(path: file)
    let evaluation = try ExplorationEvaluation(
      truth: pair.truth, model: pair.model, horizon: pair.horizon, start: pair.start, exact: exact)
    let report = ExplorationEvaluationReport(evaluation, start: pair.start)
    try out.emit(json: report.json, text: report.text)
  }
}
