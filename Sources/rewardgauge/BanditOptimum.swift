import ArgumentParser
import RewardGauge

/// `bandit optimum`: the best that can be had of a problem, exactly.
struct BanditOptimum: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "optimum",
    abstract: "The least total loss, the first optimal sequence, repeated exposure and the best cycle, exactly.",
    discussion: """
      A stochastic problem is taken as a tallying bandit of memory 1 with losses 1 - mean.

      EXAMPLE
        rewardgauge bandit presets tallying > practice.json
        rewardgauge bandit optimum practice.json
      """)

  @OptionGroup var source: BanditProblemOptions

  @Option(help: "The largest number of states that the recursion may have.")
  var stateLimit = TallyingOptimum.defaultStateBudget

  @OptionGroup var out: OutputOptions

  func validate() throws {
    guard stateLimit > 0 else { throw ValidationError("--state-limit is \(stateLimit); it must be at least 1") }
  }

  func run() throws {
    let problem = try source.problem()
    let bandit =
      switch problem.model {
      case .stochastic(let bandit): try bandit.asTallying()
      case .tallying(let bandit, _): bandit
      }
    let report = try TallyingOptimumReport(bandit, horizon: problem.horizon, stateBudget: stateLimit)
    try out.emit(json: report.json, text: report.text)
  }
}
