import ArgumentParser
import RewardGauge

/// `compare`: how a proxy differs from the true reward, and what that can cost.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compares a proxy with the true reward: distances, order of policies, exact worst-case regret.",
    discussion: """
      EXAMPLES
        rewardgauge compare Examples/FrozenLake/frozen-lake.json true proxy
        rewardgauge compare model.npz true proxy --metrics VAL-2-2,range,EPIC --json
        rewardgauge compare model.json true proxy --all --output answer.json --json

      A distance is named CANONICALISATION-NORM-METRIC: None, EPIC, DARD, VALPotential, MinimalPotential, VAL, MinimalL2,
      Projection, OptimalAdvantage, Greedy, Singleton; norms 1, 2, inf, with prefix w (transition probabilities),
      o (occupancy) or u (uniform), and 0 for none; metrics are norms or angle. Others have names of their own: range,
      EPIC, DARD, pearson, spearman, NPEC, ERC.
      """)

  @OptionGroup var problem: ProblemOptions

  @Argument(help: ArgumentHelp("The name of the true reward in the file.", valueName: "true"))
  var truth: String

  @Argument(help: "The name of the proxy in the file.")
  var proxy: String

  @Option(help: ArgumentHelp("The distances to work out, separated by commas.", valueName: "names"))
  var metrics: String?

  @Flag(help: "Work out every distance.")
  var all = false

  @Option(help: "Which states the distances are taken over; regret and order always see the reachable ones alone.")
  var states = StateChoice.reachable

  @OptionGroup var out: OutputOptions

  func validate() throws {
    guard metrics == nil || !all else {
      throw ValidationError("--metrics and --all exclude each other; give one of them")
    }
  }

  func run() throws {
    let selection = try selection()
    let problem = try problem.read()
    var options = ComparisonOptions()
    options.states = states.set
    let comparison = try RewardComparison(
      problem.mdp, truth: problem.reward(named: truth), proxy: problem.reward(named: proxy), selection: selection,
      options: options)
    let report = ComparisonReport(comparison)
    try out.emit(json: report.json, text: report.text)
  }

  private func selection() throws -> RewardComparison.Selection {
    if all { return .all }
    guard let metrics else { return .summary }
    return .named(try metrics.split(separator: ",").map { try RewardDistance(name: String($0).trimmingSpaces) })
  }
}

/// Which states distances are taken over, as the command line says it.
enum StateChoice: String, CaseIterable, ExpressibleByArgument {
  case reachable, all

  var set: ComparisonOptions.StateSet { self == .all ? .all : .reachable }
}

extension String {
  fileprivate var trimmingSpaces: String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
}
