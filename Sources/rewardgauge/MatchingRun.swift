import ArgumentParser
import RewardGauge

/// `matching run`: Monte Carlo with common random numbers.
struct MatchingRun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Simulates algorithms on one instance with common random numbers.",
    discussion: """
      EXAMPLES
        rewardgauge matching run instance.json --replicates 10000 --seed 7
        rewardgauge matching family triangular --n 50 --copies 100 --as json --output g50.json
        rewardgauge matching run g50.json --algorithms least-load,ranking --shuffle-labels --benchmark lp-matching

      Ties go to the lowest label; --shuffle-labels relabels the offline vertices in every run, so that a labelling that \
      follows the arrival order tells nothing.
      """)

  @Argument(help: "The instance: JSON or CSV, as for evaluate.")
  var file: String

  @Option(
    help: ArgumentHelp("These algorithms: \(allNames(of: MatchingAlgorithm.self)).", valueName: "names"),
    transform: parseNames)
  var algorithms: [MatchingAlgorithm] = [.leastLoad, .greedy, .scoreGU, .ranking, .perturbedGreedy, .random]

  @Option(help: "The number of runs.")
  var replicates = 1_000

  @Option(help: "The seed of all randomness.")
  var seed: UInt64 = 1

  @Option(help: "thresholds (one number an offline vertex) or coins (one an arrival).", transform: parseName)
  var outcomes: MatchingSimulation.Outcomes = .thresholds

  @Flag(help: "Give the offline vertices random labels in every run.")
  var shuffleLabels = false

  @Option(help: "The number of threads; the answer does not depend on it.")
  var threads: Int?

  @Option(
    help: ArgumentHelp("What ratios are taken to: \(allNames(of: MatchingBenchmark.self)).", valueName: "name"),
    transform: parseName)
  var benchmark: MatchingBenchmark = .stochasticCompactProgram

  @OptionGroup var out: OutputOptions

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads is \(threads); it must be at least 1") }
    guard !algorithms.isEmpty else { throw ValidationError("--algorithms needs at least one name") }
  }

  func run() throws {
    let instance = try MatchingInstance(path: file)
    var simulation = try MatchingSimulation(
      replicates: replicates, seed: seed, outcomes: outcomes, shufflesLabels: shuffleLabels, workers: threads)
    simulation.progress = progressBar("runs")
    let estimates = simulation.run(algorithms, on: instance)
    let report = MatchingRunReport(
      simulation, estimates, benchmark: (benchmark, try benchmark.value(on: instance).value))
    try out.emit(json: report.json, text: report.text)
  }
}
