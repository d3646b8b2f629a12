import ArgumentParser
import RewardGauge

/// `reproduce weighted-tallying-bandits`
struct ReproduceWeightedTallying: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "weighted-tallying-bandits",
    abstract: "Learners on weighted tallying bandits: E1 to E5, tables and pictures.")

  @OptionGroup var study: BanditStudyOptions

  func run() throws {
    try study.run(BanditStudy.weightedTallying(isQuick: study.quick, seed: study.seed)) {
      let search = try HiddenArmSearch(armCount: 10, memory: 8)
      return """

        ## E5: searching for a hidden arm

        K = 10, m = 8, no noise: complete policy regret \(search.mean.readable()) on average over the hidden arm, \
        m (K - 1) / 2 = 36 by hand; every learner must pay m K / 128 = \(search.lowerBound.readable()).

        """
    }
  }
}

/// `reproduce stochastic-bandits`
struct ReproduceStochasticBandits: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stochastic-bandits",
    abstract: "All policies on ten Bernoulli arms, with the line of Lai and Robbins.")

  @OptionGroup var study: BanditStudyOptions

  func run() throws { try study.run(BanditStudy.stochastic(isQuick: study.quick, seed: study.seed)) { "" } }
}

/// What the reproductions of bandit papers share: run the sections, write a table and a picture each.
struct BanditStudyOptions: ParsableArguments {
  @Flag(help: "Fewer steps and replicates: to see that it works.")
  var quick = false

  @Option(help: "The seed of all random numbers.")
  var seed: UInt64 = 1

  @Option(help: ArgumentHelp("Write outcome.md, and an SVG and a CSV a section, into this folder.", valueName: "folder"))
  var directory: String?

  func run(_ study: BanditStudy, appendix: () throws -> String) throws {
    var page = "# Outcome\n\nSeed \(seed)\(quick ? ", quick" : "").\n"
    for section in study.sections {
      let result = section.run { $0.progress = progressBar("replicates of \(section.key)") }
      let report = BanditRunReport(section.experiment, result)
      page += "\n## \(section.title)\n\n\(section.experiment.problem.horizon) steps, \(section.replicates) replicates.\n\n"
      page += report.table.markdown
      guard let directory else { continue }
      page += "\n![\(section.title)](\(section.key).svg)\n"
      let chart = report.chart(
        title: section.title, xScale: section.hasLogarithmicSteps ? .logarithmic : .linear, overlays: section.overlays)
      try writeFile(chart.svg, to: "\(directory)/\(section.key).svg")
      try writeFile(report.csv, to: "\(directory)/\(section.key).csv")
    }
    page += try appendix()
    if let directory {
      try writeFile(page, to: "\(directory)/outcome.md")
    } else {
      print(page, terminator: "")
    }
  }
}
