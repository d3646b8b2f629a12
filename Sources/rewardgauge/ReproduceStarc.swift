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
      Prints the tables; with --folder also writes them there, with CSV files and plots. The full study takes some minutes,
      --quick some seconds. With --journal every environment is kept as soon as it is done, and the same command goes on
      from there after an interruption.

      EXAMPLES
        rewardgauge reproduce starc --folder Papers/starc
        rewardgauge reproduce starc --folder Papers/starc --journal starc.journal
        rewardgauge reproduce starc --quick
      """)

  @Flag(help: "Eight environments with four pairs of rewards each.")
  var quick = false

  @Option(help: "The number that every draw follows from.")
  var seed: UInt64 = 42

  @Option(help: ArgumentHelp("Keep the environments that are done in this file, and go on from it.", valueName: "path"))
  var journal: String?

  @Option(help: "How many threads; all processors by default. The bytes are the same for any number.")
  var threads: Int?

  @Option(help: ArgumentHelp("Write tables, CSV files and plots into this folder.", valueName: "path"))
  var folder: String?

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads is \(threads); it must be at least 1") }
  }

  func run() throws {
    var study = StarcStudy()
    study.seed = seed
    if quick { (study.environmentCount, study.pairCount, study.stepCount) = (8, 4, 4) }
    study.progress = progressBar("environments")
    var recorded: [Int: [Double]] = [:]
    var record: (@Sendable (Int, [Double]) -> Void)?
    let failure = WriteFailure()
    if let journal {
      let (writer, rows) = try ReplicateJournal.open(path: journal, experiment: study.experiment, width: study.rowWidth)
      recorded = rows
      record = { environment, row in failure.note { try writer.append(environment, row) } }
    }
    let result = try study.run(workers: threads, recorded: recorded, record: record)
    try failure.check()
    let opposites = try ["EPIC", "DARD", "VAL-2-2", "MinimalL2-2-2", "range"].map { try RewardDistance(name: $0) }
    let failures = try study.failureFamily(sizes: (0...6).map { pow(10, Double($0)) }, distances: opposites)
    var swept = study
    swept.distances = try ["range", "VAL-2-2", "DARD-2-2", "EPIC-2-2", "None-2-2"].map { try RewardDistance(name: $0) }
    (swept.pairCount, swept.stepCount) = quick ? (2, 4) : (8, 8)
    swept.progress = progressBar("discounts")
    let sweep = try swept.sweep(
      discounts: StarcStudy.sweepDiscounts(quick ? 4 : 16), environmentCount: quick ? 1 : 4, workers: threads)
    let report = StarcStudyReport(result, failures: failures, failureDistances: opposites, sweep: sweep, seed: seed)
    if let folder { try write(report.files, into: folder) }
    print(report.markdown, terminator: "")
  }
}
