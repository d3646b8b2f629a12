import ArgumentParser

/// `reproduce NAME`: re-runs a paper of `Papers/`.
struct ReproduceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reproduce",
    abstract: "Re-runs the experiments of a paper and writes their tables and plots.",
    subcommands: [
      ReproduceStarc.self, ReproduceExactSolving.self, ReproduceInvariance.self, ReproduceHorizonFreeExploration.self,
      ReproduceWeightedTallying.self, ReproduceStochasticBandits.self,
    ])
}
