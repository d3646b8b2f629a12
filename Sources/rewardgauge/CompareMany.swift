import ArgumentParser
import RewardGauge

/// `compare --matrix` and `compare --against`: many rewards on one world.
struct ManyRewardsOptions: ParsableArguments {
  @Flag(help: "Compare all rewards of the file with each other.")
  var matrix = false

  @Option(help: ArgumentHelp("Only these rewards, separated by commas.", valueName: "names"))
  var rewards: String?

  @Option(
    help: ArgumentHelp(
      "Follow the other rewards, as checkpoints of a learning run, against this one.", valueName: "true")
  )
  var against: String?

  @Option(help: "text, json, csv, svg, or npz for --matrix; by default what --output ends in.")
  var format: AnswerFormat?

  /// Whether many rewards are compared.
  var isAsked: Bool { matrix || against != nil }

  func validate(names: [String], json: Bool, isSampling: Bool) throws {
    guard !(matrix && against != nil) else {
      throw ValidationError("--matrix and --against exclude each other; give one of them")
    }
    if !isAsked {
      guard rewards == nil else { throw ValidationError("--rewards chooses rewards for --matrix; add --matrix") }
      guard format == nil else { throw ValidationError("--format is for --matrix and --against; use --json or text") }
    }
    guard !matrix || names.isEmpty else {
      throw ValidationError("--matrix takes the names of rewards by --rewards \(names.joined(separator: ","))")
    }
    guard rewards == nil || matrix else {
      throw ValidationError("--against takes its checkpoints as arguments: compare FILE --against TRUE C1 C2")
    }
    guard format == nil || format == .json || !json else {
      throw ValidationError("--json and --format exclude each other; give one of them")
    }
  }
}

/// The form of an answer about many rewards.
enum AnswerFormat: String, CaseIterable, ExpressibleByArgument {
  case text, json, csv, npz, svg
}

extension CompareCommand {
  /// The form asked for, by option or by the ending of the output's name.
  private var format: AnswerFormat {
    if let format = many.format { return format }
    if out.json { return .json }
    guard let ending = out.output?.split(separator: ".").last, out.output?.contains(".") == true else { return .text }
    return AnswerFormat(rawValue: ending.lowercased()) ?? .text
  }

  /// `--matrix`
  func compareAll(_ problem: Problem, _ options: ComparisonOptions) throws {
    var rewards = problem.rewards
    if let names = many.rewards {
      var seen: Set<String> = []
      rewards = try names.split(separator: ",").map { try problem.reward(named: String($0).trimmingSpaces) }
        .filter { seen.insert($0.name).inserted }
    }
    guard !rewards.isEmpty else { throw ValidationError("there are no rewards to compare: the file has none") }
    let measures = try distances.measures(default: [PairMeasure(name: "VAL-2-2")])
    let world = try ComparisonWorld(problem.mdp, options: options)
    let admitted = try world.admit(rewards)
    var flags = world.flags
    var matrices: [RewardMatrix] = []
    for measure in measures {
      do throws(RewardDistanceError) {
        matrices.append(try world.matrix(of: measure, admitted))
      } catch {
        guard distances.skipsImpossible else { throw error }
        flags.append("left out \(measure.name): \(error)")
      }
    }
    guard !matrices.isEmpty else { throw ValidationError("no distance is possible here: \(flags.last ?? "")") }
    let report = RewardMatrixReport(matrices, flags: flags)
    if format == .npz {
      guard let output = out.output else {
        throw ValidationError("npz is no text: name a file by --output, such as --output distances.npz")
      }
      return try report.arrays.write(to: output)
    }
    try emit(json: report.json, text: report.text, csv: report.csv, svg: report.svg)
  }

  /// `--against`
  func compareCheckpoints(_ problem: Problem, against truth: String, _ options: ComparisonOptions) throws {
    let reward = try problem.reward(named: truth)
    let checkpoints =
      names.isEmpty
      ? problem.rewards.filter { $0.name != truth } : try names.map { try problem.reward(named: $0) }
    guard !checkpoints.isEmpty else {
      throw ValidationError("there are no checkpoints: the file has no reward besides \"\(truth)\"")
    }
    guard format != .npz else { throw ValidationError("--against prints text, json, csv or svg, not npz") }
    let world = try ComparisonWorld(problem.mdp, options: options)
    let curve = try world.curve(
      against: reward, checkpoints: checkpoints, distances: try distances.distances(default: RewardDistance.summary),
      skipsImpossible: distances.skipsImpossible)
    let report = CheckpointCurveReport(curve)
    try emit(json: report.json, text: report.text, csv: report.csv, svg: report.svg)
  }

  /// Prints or writes the form asked for; the others are never made.
  private func emit(
    json: @autoclosure () -> JSONValue, text: @autoclosure () -> String, csv: @autoclosure () -> String,
    svg: @autoclosure () -> String
  ) throws {
    switch format {
    case .json: try out.emit(json().serialised(pretty: many.format == nil && !many.matrix))
    case .csv: try out.emit(csv())
    case .svg: try out.emit(svg())
    case .text, .npz: try out.emit(text())
    }
  }
}
