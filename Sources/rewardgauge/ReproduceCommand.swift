import ArgumentParser
import Foundation

/// `reproduce NAME`: re-runs a paper of `Papers/`.
struct ReproduceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reproduce",
    abstract: "Re-runs the experiments of a paper and writes their tables and plots.",
    subcommands: [
      ReproduceStarc.self, ReproduceEpic.self, ReproduceExactSolving.self, ReproducePotentialShaping.self,
      ReproduceRewardHacking.self, ReproduceInvariance.self, ReproduceHorizonFreeExploration.self,
      ReproduceWeightedTallying.self, ReproduceStochasticBandits.self, ReproduceMatching.self,
    ])
}

/// Writes the tables and plots of a reproduction into `folder`, which is made if it is not there.
func write(_ files: [(name: String, content: String)], into folder: String) throws {
  do {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  } catch {
    throw CommandError.unwritable(path: folder, reason: (error as NSError).localizedDescription)
  }
  for file in files { try writeFile(file.content, to: "\(folder)/\(file.name)") }
}
