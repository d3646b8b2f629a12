import ArgumentParser
import RewardGauge

/// Bandits: exact optima, exact expected regret, simulation, bounds.
struct Bandit: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Stochastic and weighted tallying bandits: exact optima, exact expected regret, simulation, bounds.",
    subcommands: [
      BanditOptimum.self, BanditEvaluate.self, BanditRunCommand.self, BanditMerge.self, BanditBoundCommand.self,
      BanditPresets.self,
    ])
}

/// The problem file and its horizon.
struct BanditProblemOptions: ParsableArguments {
  @Argument(
    help: """
      The problem: {"means": [...], "T": n} or {"arms": [...], "T": n} (stochastic), or \
      {"K": n, "m": n, "weights": [...], "loss": [...], "T": n, "noise": ...} (weighted tallying).
      """)
  var file: String

  @Option(help: ArgumentHelp("Play this many steps instead of the file's T.", valueName: "T"))
  var horizon: Int?

  func problem() throws -> BanditProblem { try BanditProblemFile.problem(path: file, horizon: horizon) }
}

/// A list of policies on the command line.
func parsePolicies(_ text: String) throws -> [PolicyChoice] {
  do throws(BanditError) { return try PolicyChoice.list(text) } catch { throw ValidationError(error.description) }
}
