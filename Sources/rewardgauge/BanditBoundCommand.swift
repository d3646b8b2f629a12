import ArgumentParser
import RewardGauge

/// `bandit bound`: bounds on regret, and values that no policy can beat.
struct BanditBoundCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bound",
    abstract: "A bound on regret at one point, with its formula and source.",
    discussion: """
      NAME is one of \(allNames(of: NamedBanditBound.self)).

      EXAMPLES
        rewardgauge bandit bound se_wtb --K 5 --T 20000 --M 20 --delta 0.05
        rewardgauge bandit bound lai_robbins --means 0.4,0.6
        rewardgauge bandit bound gittins --a 1 --b 1 --discount 0.9
      """)

  @Argument(help: "The bound.", transform: { try parseName($0.replacing("-", with: "_")) })
  var name: NamedBanditBound

  @Option(name: .customLong("K"), help: "Number of arms.")
  var armCount: Int?

  @Option(name: .customLong("T"), help: "Horizon.")
  var horizon: Int?

  @Option(name: .customLong("m"), help: "Memory of the bandit.")
  var memory: Int?

  @Option(name: .customLong("M"), help: "Burn-in: plays after which an arm is taken to be saturated.")
  var burnIn: Int?

  @Option(help: "Probability of failure.")
  var delta: Double?

  @Option(name: .customLong("n1"), help: "Losses averaged in the first epoch; max(1, M) by default.")
  var firstSamples: Int?

  @Option(help: "Mean rewards, separated by commas.", transform: parseNumbers)
  var means: [Double]?

  @Option(help: "Standard deviation of Gaussian rewards.")
  var sigma: Double?

  @Option(help: "Successes of a beta prior.")
  var a: Double?

  @Option(help: "Failures of a beta prior.")
  var b: Double?

  @Option(help: "Discount.")
  var discount: Double?

  @OptionGroup var out: OutputOptions

  func run() throws {
    var point = BanditBoundPoint()
    point.armCount = armCount ?? means?.count
    point.horizon = horizon
    point.memory = memory
    point.burnIn = burnIn
    point.delta = delta
    point.firstSamples = firstSamples
    point.means = means
    point.sigma = sigma
    point.a = a
    point.b = b
    point.discount = discount
    let report = BanditBoundReport(name, try name.value(at: point))
    try out.emit(json: report.json, text: report.text)
  }
}

/// Numbers separated by commas.
func parseNumbers(_ text: String) throws -> [Double] {
  try text.split(separator: ",", omittingEmptySubsequences: false).map { field in
    guard let value = Double(field), value.isFinite else {
      throw ValidationError("\"\(field)\" is no number; write numbers separated by commas, such as 0.4,0.6")
    }
    return value
  }
}
