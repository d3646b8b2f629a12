import ArgumentParser
import Foundation
import RewardGauge

/// `bandit run`: regret by simulation.
struct BanditRunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Simulated regret of policies with error bars; reproducible, resumable, splittable over machines.",
    discussion: """
      FILE is a problem, or an experiment {"problem": {...}, "policies": [...], "replicates": n, "seed": n, ...}; options \
      on the command line win. The same seed gives the same bytes on any number of threads and any split into shards.

      EXAMPLES
        rewardgauge bandit run problem.json --policies ucb1,thompson_beta --replicates 1000 --seed 7 --svg regret.svg
        rewardgauge bandit run problem.json --journal part2.journal --shard 2/8    (one of eight machines)
        rewardgauge bandit merge part*.journal --json
      """)

  @Argument(help: "The problem or experiment.")
  var file: String

  @Option(help: ArgumentHelp("Play this many steps instead of the file's T.", valueName: "T"))
  var horizon: Int?

  @Option(
    help: ArgumentHelp(
      "Policies such as ucb1 or se_wtb:M=20,delta=0.05; `bandit presets` lists all.", valueName: "names"),
    transform: parsePolicies)
  var policies: [PolicyChoice]?

  @Option(help: "How many replicates.")
  var replicates: Int?

  @Option(help: "The seed of all random numbers.")
  var seed: UInt64?

  @Option(help: "At how many steps regret is recorded.")
  var checkpoints: Int?

  @Flag(help: "Record at equal factors instead of equal distances.")
  var logarithmic = false

  @Option(help: "What regret of a tallying bandit is measured against: complete, saturated or constant.")
  var benchmark: String?

  @Flag(help: "The i-th reward of an arm is the same for all policies of a replicate.")
  var commonRandomNumbers = false

  @Option(help: "Stop as soon as the standard error of every final regret is at most this.")
  var precision: Double?

  @Option(help: "How many threads; all processors by default.")
  var threads: Int?

  @Option(help: ArgumentHelp("Write replicates here as they are made; resume from it if it exists.", valueName: "path"))
  var journal: String?

  @Option(help: ArgumentHelp("Run only share i of n of the replicates.", valueName: "i/n"))
  var shard: String?

  @OptionGroup var views: BanditViews

  @OptionGroup var out: OutputOptions

  func validate() throws {
    for (name, value) in [("replicates", replicates), ("checkpoints", checkpoints), ("threads", threads)] {
      if let value, value < 1 { throw ValidationError("--\(name) is \(value); it must be at least 1") }
    }
    if let precision, !(precision > 0 && precision.isFinite) {
      throw ValidationError("--precision is \(precision); it must be positive")
    }
    if precision != nil, shard != nil {
      throw ValidationError(
        "--precision looks at all replicates in order, which one shard does not have; leave one out")
    }
  }

  func run() throws {
    let settings = try BanditExperimentFile(path: file, horizon: horizon)
    let count = replicates ?? settings.replicates ?? 100
    let checkpointCount = checkpoints ?? settings.checkpointCount ?? 100
    let isLogarithmic = logarithmic || settings.hasLogarithmicCheckpoints ?? false
    let experiment = try BanditExperiment(
      settings.problem, policies: policies ?? settings.policies ?? PolicyChoice.suitable(for: settings.problem),
      checkpoints: isLogarithmic ? .logarithmic(count: checkpointCount) : .linear(count: checkpointCount),
      seed: seed ?? settings.seed ?? 0,
      hasCommonRandomNumbers: commonRandomNumbers || settings.hasCommonRandomNumbers ?? false,
      benchmark: try benchmark.map(parseName) ?? settings.benchmark)
    var engine = Replicates(count: count, workers: threads)
    if let shard { engine.shard = try Shard(shard) }
    engine.precision = precision.map { .init(standardError: $0, quantities: experiment.finalRegrets) }
    engine.progress = progressBar("replicates")
    var recorded: [Int: [Double]] = [:]
    let failure = WriteFailure()
    if let journal {
      guard
        let header = BanditExperimentFile.json(
          experiment, replicates: count, checkpointCount: checkpointCount, isLogarithmic: isLogarithmic)
      else { throw ValidationError("--journal: the problem cannot be written to a file") }
      let (writer, rows) = try ReplicateJournal.open(
        path: journal, experiment: header.serialised(), width: experiment.rowWidth)
      recorded = rows
      engine.record = { replicate, row in failure.note { try writer.append(replicate, row) } }
    }
    let result = experiment.run(engine, recorded: recorded)
    try failure.check()
    try views.emit(BanditRunReport(experiment, result), out)
  }
}

/// `bandit merge`: the journals of several machines, or of one, as one answer.
struct BanditMerge: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "One answer from the journals of all shards: the same bytes as one run.")

  @Argument(help: "Journals of one experiment that together hold all replicates.")
  var journals: [String]

  @OptionGroup var views: BanditViews

  @OptionGroup var out: OutputOptions

  func run() throws {
    let (header, rows) = try ReplicateJournal.merged(paths: journals)
    guard let first = journals.first else { throw ValidationError("name at least one journal") }
    guard let value = try? JSONValue.parse(header), value["problem"] != nil else {
      throw ReplicateJournal.Failure.noExperiment(path: first)
    }
    let settings = try BanditExperimentFile(JSONCursor(value), path: first)
    let checkpointCount = settings.checkpointCount ?? 100
    let experiment = try BanditExperiment(
      settings.problem, policies: settings.policies ?? [],
      checkpoints: settings.hasLogarithmicCheckpoints == true
        ? .logarithmic(count: checkpointCount) : .linear(count: checkpointCount),
      seed: settings.seed ?? 0, hasCommonRandomNumbers: settings.hasCommonRandomNumbers ?? false,
      benchmark: settings.benchmark)
    let result = try Replicates(count: settings.replicates ?? 0).merge(width: experiment.rowWidth, rows: rows)
    try views.emit(BanditRunReport(experiment, result), out)
  }
}

/// Pictures and tables beside the answer.
struct BanditViews: ParsableArguments {
  @Option(help: ArgumentHelp("Draw the curves into this file.", valueName: "path"))
  var svg: String?

  @Option(help: ArgumentHelp("Write the curves as a table into this file.", valueName: "path"))
  var csv: String?

  @Option(help: "The title of the picture.")
  var title = "Regret"

  @Flag(help: "Logarithmic axis of steps in the picture.")
  var logSteps = false

  @Flag(help: "Logarithmic axis of regret in the picture.")
  var logRegret = false

  /// Writes what was asked for, then the answer.
  func emit(_ report: BanditRunReport, _ out: OutputOptions) throws {
    if let svg {
      let chart = report.chart(
        title: title, xScale: logSteps ? .logarithmic : .linear, yScale: logRegret ? .logarithmic : .linear)
      try writeFile(chart.svg, to: svg)
    }
    if let csv { try writeFile(report.csv, to: csv) }
    try out.emit(json: report.json(version: RewardGaugeCommand.configuration.version), text: report.text)
  }
}

/// The first failure of writes that happen on several threads.
final class WriteFailure: @unchecked Sendable {
  // Sendable because every access holds the lock.
  private let lock = NSLock()
  private var first: (any Error)?

  /// Runs `write` unless an earlier one failed.
  func note(_ write: () throws -> Void) {
    lock.withLock {
      guard first == nil else { return }
      do { try write() } catch { first = error }
    }
  }

  /// Throws what failed.
  func check() throws { if let error = lock.withLock({ first }) { throw error } }
}
