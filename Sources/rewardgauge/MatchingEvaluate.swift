import ArgumentParser
import RewardGauge

/// `matching evaluate`: exact values of all algorithms and benchmarks on one instance.
struct MatchingEvaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "The exact value of every algorithm and every benchmark on one instance.",
    discussion: """
      FILE is JSON, {"offline": n, "weights": [n], "online": [[[u, p], ...], ...]}, on its own or as the member "instance" \
      of a larger object; or CSV with the header arrival,offline,probability[,weight].

      EXAMPLE
        rewardgauge matching evaluate instance.json --algorithms greedy,least-load --benchmarks clairvoyant,lp-matching

      What is too large for an exact answer is named under "skipped" with the reason.
      """)

  @Argument(help: "The instance.")
  var file: String

  @Option(
    help: ArgumentHelp("Only these algorithms: \(allNames(of: MatchingAlgorithm.self)).", valueName: "names"),
    transform: parseNames)
  var algorithms: [MatchingAlgorithm]?

  @Option(
    help: ArgumentHelp("Only these benchmarks: \(allNames(of: MatchingBenchmark.self)).", valueName: "names"),
    transform: parseNames)
  var benchmarks: [MatchingBenchmark]?

  @Flag(help: "Also prove by primal-dual accounting which share of the configuration programs each balance rule earns.")
  var certificates = false

  @Option(help: "How score rules tell equal scores apart: lowest (offline vertex) or random.", transform: parseName)
  var ties: ScoreTies = .lowestIndex

  @Option(help: "The largest number of states that an exact evaluation may keep.")
  var stateLimit = ExactEvaluation().stateLimit

  @Option(
    name: .customLong("as"),
    help: ArgumentHelp("Print the instance itself as json, csv or dot, without evaluating it.", valueName: "format"),
    transform: parseName)
  var format: MatchingFileFormat?

  @OptionGroup var out: OutputOptions

  func validate() throws {
    guard stateLimit > 0 else { throw ValidationError("--state-limit is \(stateLimit); it must be at least 1") }
  }

  func run() throws {
    let instance = try MatchingInstance(path: file)
    if let format { return try out.emit(instance.text(as: format)) }
    let evaluation = MatchingEvaluation(
      instance, algorithms: algorithms ?? MatchingAlgorithm.allCases,
      benchmarks: benchmarks ?? MatchingBenchmark.allCases, certifies: certificates, ties: ties,
      method: ExactEvaluation(stateLimit: stateLimit))
    let report = MatchingEvaluationReport(evaluation)
    try out.emit(json: report.json, text: report.text)
  }
}
