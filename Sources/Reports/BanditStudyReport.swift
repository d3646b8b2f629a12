public import Bandits
public import Simulation

/// The outcome of a study of bandits as a page with tables, and its pictures and data as files.
public struct BanditStudyReport: Sendable {
  /// The page, in Markdown.
  public let markdown: String
  /// `results.md`, and an SVG and a CSV a section.
  public let files: [(name: String, content: String)]

  /// Puts the page together.
  ///
  /// - Parameters:
  ///   - sections: The sections with what came out of them.
  ///   - heading: A line on how it was run.
  ///   - appendix: What follows the sections.
  public init(
    _ sections: [(section: BanditStudy.Section, result: Replicates.Result)], heading: String, appendix: String = ""
  ) {
    var page = "\(heading)\n"
    var files: [(name: String, content: String)] = []
    for (section, result) in sections {
      let report = BanditRunReport(section.experiment, result)
      let horizon = section.experiment.problem.horizon
      page += "\n## \(section.title)\n\n\(horizon) steps, \(section.replicates) replicates.\n\n"
      page += report.table.markdown + "\n![\(section.title)](\(section.key).svg)\n"
      let chart = report.chart(
        title: section.title, xScale: section.hasLogarithmicSteps ? .logarithmic : .linear,
        yScale: section.hasLogarithmicRegret ? .logarithmic : .linear)
      files.append(("\(section.key).svg", chart.svg))
      files.append(("\(section.key).csv", report.csv))
    }
    markdown = page + appendix
    self.files = [("results.md", markdown)] + files
  }

  /// The paragraph on E5.
  public static func appendix(_ search: HiddenArmSearch) -> String {
    """

    ## E5: searching for a hidden arm

    \(search.armCount) arms, memory \(search.memory), no noise, exactly: trying the arms one after another has complete policy \
    regret \(search.mean.readable()) on average over the hidden arm (m (K − 1) / 2 = \(search.expected.readable()) by hand); \
    every learner must pay m K / 128 = \(search.lowerBound.readable()) for K large enough.

    """
  }
}
