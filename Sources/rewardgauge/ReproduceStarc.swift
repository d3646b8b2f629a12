import ArgumentParser
import Foundation
import RewardGauge

/// `reproduce starc`: how well each distance tracks regret on random worlds.
struct ReproduceStarc: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "starc",
    abstract:
      "The random-MDP experiment of the STARC paper with exact regret, and the failure family of EPIC and DARD.",
    discussion: """
      Prints the tables; with --folder also writes them there. The full study takes some minutes, --quick some seconds.

      EXAMPLE
        rewardgauge reproduce starc --folder Papers/starc
      """)

  @Flag(help: "Eight environments with four pairs of rewards each.")
  var quick = false

  @Option(help: "The number that every draw follows from.")
  var seed: UInt64 = 42

  @Option(help: ArgumentHelp("Write results.md and results.csv into this folder.", valueName: "path"))
  var folder: String?

  func run() throws {
    var study = StarcStudy()
    study.seed = seed
    if quick { (study.environmentCount, study.pairCount, study.stepCount) = (8, 4, 4) }
    study.progress = { done, total in if done == total || done % 16 == 0 { warn("\(done) of \(total) environments") } }
    let distances = try ["EPIC", "DARD", "VAL-2-2", "MinimalL2-2-2", "range"].map { try RewardDistance(name: $0) }
    let failures = try study.failureFamily(sizes: (0...6).map { pow(10, Double($0)) }, distances: distances)
    let report = StarcStudyReport(try study.run(), failures: failures, failureDistances: distances, seed: seed)
    if let folder {
      try write([("results.md", report.markdown), ("results.csv", report.csv)], into: folder)
    }
    print(report.markdown, terminator: "")
  }
}
