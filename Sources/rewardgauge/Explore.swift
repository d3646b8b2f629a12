import ArgumentParser
import RewardGauge

/// Reward-free exploration: what it costs in theory, and how it goes when run.
struct Explore: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Reward-free exploration of linear mixture MDPs: bounds, runs, worst cases over all rewards.",
    subcommands: [ExploreBounds.self, ExploreCrossover.self, ExploreRun.self, ExploreEvaluate.self])
}

/// The quantities that bounds depend on, without the horizon.
struct BoundOptions: ParsableArguments {
  @Option(name: .customLong("d"), help: "Dimension of the linear mixture.")
  var dimension: Int

  @Option(help: "Number of states.")
  var states: Int

  @Option(help: "Number of actions.")
  var actions: Int

  @Option(help: "Accuracy ε asked of the planned policies.")
  var epsilon: Double = 0.1

  @Option(help: "Failure probability δ.")
  var delta: Double = 0.1

  @Option(name: .customLong("B"), help: "Bound on the Euclidean norm of the parameter θ, at least 1.")
  var parameterNorm: Double = 1

  @Option(help: "Number of episodes K for regret and suboptimality.")
  var episodes: Double = 1000

  /// The checked quantities at `horizon`.
  func parameters(horizon: Int) throws -> BoundParameters {
    try BoundParameters(
      dimension: dimension, stateCount: states, actionCount: actions, horizon: horizon, accuracy: epsilon,
      failureProbability: delta, parameterNorm: parameterNorm, episodes: episodes)
  }
}
