import ArgumentParser
import RewardGauge

/// `reproduce weighted-tallying-bandits`: E1 to E5.
struct ReproduceWeightedTallying: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "weighted-tallying-bandits",
    abstract: "Learners whose losses depend on recent plays: burn-in, cliffs, hidden arms.",
    discussion: """
      EXAMPLE
        rewardgauge reproduce weighted-tallying-bandits --folder Papers/weighted-tallying-bandits
      """)

  @OptionGroup var options: BanditStudyOptions

  func run() throws {
    let study = try BanditStudy.weightedTallying(isQuick: options.quick, seed: options.seed)
    try options.report(study, appendix: BanditStudyReport.appendix(HiddenArmSearch(armCount: 10, memory: 8)))
  }
}

/// `reproduce stochastic-bandits`: E6.
struct ReproduceStochasticBandits: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stochastic-bandits",
    abstract: "All policies on ten Bernoulli arms, with the line of Lai and Robbins.",
    discussion: """
      EXAMPLE
        rewardgauge reproduce stochastic-bandits --folder Papers/stochastic-bandits
      """)

  @OptionGroup var options: BanditStudyOptions

  func run() throws { try options.report(BanditStudy.stochastic(isQuick: options.quick, seed: options.seed)) }
}

/// What the reproductions of bandit papers share.
struct BanditStudyOptions: ParsableArguments {
  @Flag(help: "Fewer steps and replicates: some tenths of a second.")
  var quick = false

  @Option(help: "The seed of all random numbers.")
  var seed: UInt64 = 1

  @Option(help: "How many threads; all processors by default. The bytes are the same for any number.")
  var threads: Int?

  @Option(help: ArgumentHelp("Write results.md, CSV tables and SVG charts into this folder.", valueName: "path"))
  var folder: String?

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads is \(threads); it must be at least 1") }
  }

  /// Runs the sections, prints the page and writes the files that were asked for.
  func report(_ study: BanditStudy, appendix: String = "") throws {
    let results = study.sections.map { section in
      (
        section: section,
        result: section.run(workers: threads, progress: progressBar("replicates of \(section.key)"))
      )
    }
    let report = BanditStudyReport(results, heading: "Seed \(seed)\(quick ? ", quick" : "").", appendix: appendix)
    if let folder { for file in report.files { try writeFile(file.content, to: "\(folder)/\(file.name)") } }
    print(report.markdown, terminator: "")
  }
}
