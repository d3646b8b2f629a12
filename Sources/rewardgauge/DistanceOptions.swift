import ArgumentParser
import RewardGauge

/// Which distances to work out, over which states, policy and coverage.
struct DistanceOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The distances to work out, separated by commas.", valueName: "names"))
  var metrics: String?

  @Flag(help: "Work out every distance.")
  var all = false

  @Option(help: "Which states the distances are taken over; regret and order always see the reachable ones alone.")
  var states = StateChoice.reachable

  @Option(
    help: ArgumentHelp(
      "The policy of VAL, ERC and weights o, as a JSON file (as `solve` prints it); uniform by default.",
      valueName: "path"))
  var policy: String?

  @Option(
    help: ArgumentHelp(
      "What EPIC, DARD, SRRD and pearson are taken over where their name does not say: uniform, transitions, occupancy, or a file with coverage [s][a][t], states and actions (which weights c and EPIC's means then use).",
      valueName: "name or path"))
  var coverage: String?

  func validate() throws {
    guard metrics == nil || !all else {
      throw ValidationError("--metrics and --all exclude each other; give one of them")
    }
    guard metrics.map({ !split($0).isEmpty }) ?? true else {
      throw ValidationError("--metrics names no distance; for example VAL-2-2,range")
    }
  }

  /// The coverage that stands for uniform.
  private var weighting: RewardNorm.Weighting? {
    switch coverage {
    case nil: nil
    case "uniform": .uniform
    case "transitions": .transitions
    case "occupancy": .occupancy
    default: .custom
    }
  }

  /// What the comparison may choose, with files read and checked.
  func comparisonOptions(for mdp: MDP) throws -> ComparisonOptions {
    var options = ComparisonOptions()
    options.states = states.set
    if let policy { options.policy = try Policy.read(from: policy, for: mdp) }
    if let coverage, weighting == .custom {
      let given = try Coverage.read(from: coverage, for: mdp)
      options.customWeights = given.weights
      options.stateDistribution = given.states
      options.actionDistribution = given.actions
    }
    return options
  }

  /// The measures asked for; the given ones when nothing was.
  func measures(default summary: [PairMeasure]) throws -> [PairMeasure] {
    if all { return RewardDistance.all.map { .distance(covered($0)) } }
    guard let metrics else {
      return summary.map { measure in
        guard case .distance(let distance) = measure else { return measure }
        return .distance(covered(distance))
      }
    }
    return try split(metrics).map { name in
      let measure = try PairMeasure(name: name)
      guard case .distance(let distance) = measure else { return measure }
      return .distance(covered(distance))
    }
  }

  /// The distances asked for; the given ones when nothing was.
  func distances(default summary: [RewardDistance]) throws -> [RewardDistance] {
    if all { return RewardDistance.all.map(covered) }
    guard let metrics else { return summary.map(covered) }
    return try split(metrics).map { covered(try RewardDistance(name: $0)) }
  }

  /// Whether distances that the world does not allow are left out with a flag, because none was asked for by name.
  var skipsImpossible: Bool { metrics == nil }

  /// The distances of one pair.
  func selection() throws -> RewardComparison.Selection {
    if weighting == nil || weighting == .uniform {
      if all { return .all }
      guard metrics != nil else { return .summary }
    }
    let chosen = try distances(default: RewardDistance.summary)
    return skipsImpossible ? .possible(chosen) : .named(chosen)
  }

  /// The distance over the coverage asked for, where its name does not say over which.
  private func covered(_ distance: RewardDistance) -> RewardDistance {
    guard let weighting, case .pearson(let canonicalisation, .uniform) = distance else { return distance }
    return .pearson(canonicalisation, weighting)
  }

  private func split(_ names: String) -> [String] {
    names.split(separator: ",").map { String($0).trimmingSpaces }.filter { !$0.isEmpty }
  }
}

/// Which states distances are taken over, as the command line says it.
enum StateChoice: String, CaseIterable, ExpressibleByArgument {
  case reachable, all

  var set: ComparisonOptions.StateSet { self == .all ? .all : .reachable }
}

extension String {
  /// The text without spaces at either end.
  var trimmingSpaces: String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
}
