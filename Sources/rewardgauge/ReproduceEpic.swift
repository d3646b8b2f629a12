import ArgumentParser
import RewardGauge

/// `reproduce epic`: distances between the gridworld rewards of the EPIC paper.
struct ReproduceEpic: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "epic",
    abstract: "Distances between the gridworld rewards of the EPIC paper, beside the published ones.",
    discussion: """
      Takes less than a second. Exit status 1 when a published distance does not come out.

      EXAMPLE
        rewardgauge reproduce epic --folder Papers/epic
      """)

  @Option(help: ArgumentHelp("Write results.md, results.csv and distances.svg into this folder.", valueName: "path"))
  var folder: String?

  @OptionGroup var out: OutputOptions

  func run() throws {
    let report = EpicGridStudyReport(try EpicGridStudy().run())
    if let folder { try write(report.files, into: folder) }
    try out.emit(json: report.json, text: report.markdown)
    if !report.allHold { throw ExitCode(1) }
  }
}
