import ArgumentParser
import RewardGauge

/// `matching run`: Monte Carlo with common random numbers.
struct MatchingRun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Simulates algorithms on one instance with common random numbers; resumable, splittable over machines.",
    discussion: """
      EXAMPLES
        rewardgauge matching run instance.json --replicates 10000 --seed 7
        rewardgauge matching family triangular --n 50 --copies 100 --as json --output g50.json
        rewardgauge matching run g50.json --algorithms least-load,ranking --shuffle-labels --benchmark lp-matching
        rewardgauge matching run g50.json --journal part2.journal --shard 2/8    (one of eight machines)
        rewardgauge matching merge part*.journal --json

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

  @Option(help: "How score rules tell equal scores apart: lowest (offline vertex) or random.", transform: parseName)
  var ties: ScoreTies = .lowestIndex

  @Flag(help: "Give the offline vertices random labels in every run.")
  var shuffleLabels = false

  @Option(help: "The number of threads; the answer does not depend on it.")
  var threads: Int?

  @Option(
    help: ArgumentHelp("What ratios are taken to: \(allNames(of: MatchingBenchmark.self)).", valueName: "name"),
    transform: parseName)
  var benchmark: MatchingBenchmark = .stochasticCompactProgram

  @Option(help: ArgumentHelp("Write runs here as they are made; resume from it if it exists.", valueName: "path"))
  var journal: String?

  @Option(help: ArgumentHelp("Make only share i of n of the runs.", valueName: "i/n"))
  var shard: String?

  @OptionGroup var out: OutputOptions

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads is \(threads); it must be at least 1") }
    guard !algorithms.isEmpty else { throw ValidationError("--algorithms needs at least one name") }
  }

  func run() throws {
    let run = try MatchingRunFile(
      instance: MatchingInstance(path: file), algorithms: algorithms, simulation: simulation())
    var engine = Replicates(count: replicates, workers: threads)
    if let shard { engine.shard = try Shard(shard) }
    engine.progress = progressBar("runs")
    var recorded: [Int: [Double]] = [:]
    let failure = WriteFailure()
    if let journal {
      let (writer, rows) = try ReplicateJournal.open(
        path: journal, experiment: run.json.serialised(),
        width: MatchingSimulation.rowWidth(algorithms, on: run.instance))
      recorded = rows
      engine.record = { replicate, row in failure.note { try writer.append(replicate, row) } }
    }
    let outcome = run.simulation.run(algorithms, on: run.instance, engine: engine, recorded: recorded)
    try failure.check()
    try run.report(outcome, benchmark).emit(out)
  }

  private func simulation() throws -> MatchingSimulation {
    var simulation = try MatchingSimulation(
      replicates: replicates, seed: seed, outcomes: outcomes, shufflesLabels: shuffleLabels, workers: threads)
    simulation.ties = ties
    return simulation
  }
}

/// `matching merge`: the journals of several machines, or of one, as one answer.
struct MatchingMerge: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "One answer from the journals of all shards of matching run: the same bytes as one run.")

  @Argument(help: "Journals of one simulation that together hold all runs.")
  var journals: [String]

  @Option(
    help: ArgumentHelp("What ratios are taken to: \(allNames(of: MatchingBenchmark.self)).", valueName: "name"),
    transform: parseName)
  var benchmark: MatchingBenchmark = .stochasticCompactProgram

  @OptionGroup var out: OutputOptions

  func run() throws {
    let (header, rows) = try ReplicateJournal.merged(paths: journals)
    guard let first = journals.first else { throw ValidationError("name at least one journal") }
    guard let value = try? JSONValue.parse(header), value["instance"] != nil else {
      throw ReplicateJournal.Failure.noExperiment(path: first)
    }
    let run = try MatchingRunFile(json: value, path: first)
    try run.report(run.simulation.merged(run.algorithms, on: run.instance, rows: rows), benchmark).emit(out)
  }
}

extension MatchingRunFile {
  fileprivate func report(
    _ outcome: MatchingSimulation.Outcome, _ benchmark: MatchingBenchmark
  ) throws -> MatchingRunReport {
    MatchingRunReport(simulation, outcome, benchmark: (benchmark, try benchmark.value(on: instance).value))
  }
}

extension MatchingRunReport {
  fileprivate func emit(_ out: OutputOptions) throws { try out.emit(json: json, text: text) }
}
