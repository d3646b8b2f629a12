import ArgumentParser
import RewardGauge

/// `explore run`: explore a world without rewards and judge what was learnt.
struct ExploreRun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Explores a linear mixture MDP without rewards and judges the learnt model for all rewards.",
    discussion: """
      WORLD is JSON, one of
        {"kind": "random-mixture", "states": 5, "actions": 3, "d": 4, "horizon": 16, "seed": 7, "rate": 0.1}
        {"kind": "zoned-river", "zones": [6, 3], "currents": [[0.6, 0.35, 0.05], [0.35, 0.55, 0.1]], "horizon": 48}
        {"kind": "hard-instance", "d": 3, "horizon": 5, "gap": 0.03, "signs": [1, -1]}
        {"kind": "tabular", "horizon": 8, "transitions": [S][A][S]}
        {"kind": "features", "horizon": 8, "features": [S][A][d][S], "parameter": [d]}

      EXAMPLE
        rewardgauge explore run world.json --explorer relaxed --episodes 10,100,1000
      """)

  @Argument(help: "The world.")
  var world: String

  /// The explorers by name.
  enum Explorer: String, ExpressibleByArgument, CaseIterable {
    case relaxed, coupled, uniform
    case ucrlRFE = "ucrl-rfe"
    case ucrlRFEPlus = "ucrl-rfe-plus"
    case rfUCRL = "rf-ucrl"
    case rfExpress = "rf-express"
  }

  /// The estimators by name.
  enum Estimator: String, ExpressibleByArgument, CaseIterable {
    case targeted
    case oneHot = "one-hot"
    case likelihood, empirical

    var library: ModelEstimator {
      switch self {
      case .targeted: .targeted
      case .oneHot: .oneHot
      case .likelihood: .maximumLikelihood
      case .empirical: .empirical
      }
    }
  }

  @Option(help: "How to explore.")
  var explorer = Explorer.relaxed

  @Option(
    help: ArgumentHelp("The numbers of episodes at which to judge, increasing.", valueName: "list"),
    transform: { text in
      try text.split(separator: ",", omittingEmptySubsequences: false).map {
        guard let count = Int($0) else {
          throw ValidationError("--episodes has \"\($0)\"; give whole numbers with commas between")
        }
        return count
      }
    })
  var episodes = [100, 1000]

  @Option(help: "The number of repetitions.")
  var replicates = 5

  @Option(help: "The seed of the first repetition; the others count on from it.")
  var seed: UInt64 = 1

  @Option(help: "How the kernel is estimated; by default what the explorer is judged by.")
  var estimator: Estimator?

  @Option(help: "Factor of the practical radius (relaxed, coupled, ucrl-rfe) or of the bonus (rf-ucrl, rf-express).")
  var radius: Double?

  @Option(help: ArgumentHelp("Use the radius of the theorem with this failure probability.", valueName: "delta"))
  var theory: Double?

  @Option(help: "Number of moment levels; 1 switches weighting off.")
  var levels: Int?

  @Option(name: .customLong("B"), help: "Bound on the norm of the parameter; by default the norm itself, at least 1.")
  var parameterNorm: Double?

  @Flag(help: "Cap the selection key at 1, as the source has it.")
  var truncated = false

  @Option(help: "How many repetitions run at the same time; by default one a processor.")
  var threads: Int?

  @OptionGroup var out: OutputOptions

  func validate() throws {
    let isHorizonFree = explorer == .relaxed || explorer == .coupled
    if theory != nil, !isHorizonFree { throw ValidationError("--theory is for the relaxed and coupled explorers") }
    if theory != nil, radius != nil { throw ValidationError("--theory and --radius exclude each other") }
    if levels != nil, !isHorizonFree { throw ValidationError("--levels is for the relaxed and coupled explorers") }
    if truncated, !isHorizonFree { throw ValidationError("--truncated is for the relaxed and coupled explorers") }
    if radius != nil, explorer == .uniform { throw ValidationError("--radius is not for uniform exploration") }
    let hasBound = isHorizonFree || explorer == .ucrlRFE || explorer == .ucrlRFEPlus
    if parameterNorm != nil, !hasBound { throw ValidationError("--B is not for explorers that ignore the features") }
    if let threads, threads < 1 { throw ValidationError("--threads is \(threads); it must be at least 1") }
  }

  private var method: ExplorationMethod {
    switch explorer {
    case .uniform: return .uniform
    case .rfUCRL, .rfExpress:
      var options = TabularExploration(explorer == .rfUCRL ? .rfUCRL : .rfExpress)
      if let radius { options.bonusScale = radius }
      return .tabular(options)
    case .ucrlRFE, .ucrlRFEPlus:
      var options = UCRLRFEExploration(plus: explorer == .ucrlRFEPlus)
      if let radius { options.radiusScale = radius }
      options.parameterBound = parameterNorm
      return .ucrlRFE(options)
    case .relaxed, .coupled:
      var options = HorizonFreeExploration(explorer == .relaxed ? .relaxed : .coupled)
      if let levels { options.levels = levels }
      if let radius { options.radius = .practical(radius) }
      if let theory { options.radius = .theory(theory) }
      options.parameterBound = parameterNorm
      options.selectionKey = truncated ? .truncated : .untruncated
      return .horizonFree(options)
    }
  }

  func run() throws {
    let model = try LinearMixtureMDP(path: world)
    var experiment = ExplorationExperiment(model, method, checkpoints: episodes)
    if let estimator { experiment.estimator = estimator.library }
    experiment.replicates = replicates
    experiment.seed = seed
    experiment.workers = threads
    let outcome = try experiment.run()
    if let parameterNorm, parameterNorm < model.parameterNorm {
      warn("--B is \(parameterNorm), below the norm \(model.parameterNorm) of the parameter: certificates mean nothing")
    }
    let report = ExplorationRunReport(experiment, outcome, name: explorer.rawValue)
    try out.emit(json: report.json, text: report.text)
  }
}
