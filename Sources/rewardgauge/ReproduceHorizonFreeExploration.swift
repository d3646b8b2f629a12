import ArgumentParser
import RewardGauge

/// `reproduce horizon-free-exploration`: the experiments E1 to E7.
struct ReproduceHorizonFreeExploration: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "horizon-free-exploration",
    abstract: "Horizon-free reward-free exploration: certificates, true errors, baselines, ablations.",
    discussion: """
      Prints the tables; with --folder also writes them, their CSV data and the charts there. The full study takes a few \
      minutes on two cores, --quick some seconds. Exit status 1 when an expectation of the full study does not hold.

      EXAMPLE
        rewardgauge reproduce horizon-free-exploration --folder Papers/horizon-free-exploration
      """)

  @Flag(help: "A small version of each experiment.")
  var quick = false

  @Option(help: ArgumentHelp("Only these experiments: \(Self.partNames).", valueName: "names"))
  var only: String?

  @Option(help: ArgumentHelp("Write results.md, CSV tables and SVG charts into this folder.", valueName: "path"))
  var folder: String?

  @Option(help: "How many repetitions run at the same time; by default one a processor.")
  var threads: Int?

  private static let partNames = HorizonFreeStudy.Part.allCases.map(\.rawValue).joined(separator: ",")

  func run() throws {
    if let threads, threads < 1 { throw ValidationError("--threads is \(threads); it must be at least 1") }
    var study = HorizonFreeStudy(quick: quick)
    study.workers = threads
    var tables: [StudyTable] = []
    for part in try parts() {
      warn("running \(part.rawValue)")
      tables += try study.run(part)
    }
    let report = ExplorationStudyReport(tables, quick: quick)
    if let folder { try write(report.files, into: folder) }
    print(report.markdown, terminator: "")
    if !quick, !report.allHold { throw ExitCode(1) }
  }

  private func parts() throws -> [HorizonFreeStudy.Part] {
    guard let only else { return HorizonFreeStudy.Part.allCases }
    return try only.split(separator: ",", omittingEmptySubsequences: false).map { name in
      guard let part = HorizonFreeStudy.Part(rawValue: String(name)) else {
        throw ValidationError("no experiment is called \"\(name)\"; known are \(Self.partNames)")
      }
      return part
    }
  }
}
