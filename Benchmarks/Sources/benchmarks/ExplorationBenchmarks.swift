import RewardGauge

/// Whole exploration runs; there is no peer that runs the same algorithm.
///
/// The project's bar for the relaxed explorer at S = 5, A = 3, d = 4, H = 64 is 0.5 s for 3000 episodes on one core.
enum ExplorationBenchmarks {
  /// Every benchmark of exploration.
  static let all: [Benchmark] = [
    Benchmark("exploration/relaxed") { [try run(.relaxed, episodes: 3000)] },
    Benchmark("exploration/coupled") { [try run(.coupled, episodes: 300)] },
    Benchmark("exploration/adversary") { [try adversary()] },
  ]

  private static func world() throws -> LinearMixtureMDP {
    try .randomMixture(stateCount: 5, actionCount: 3, dimension: 4, horizon: 64, seed: 7, rate: 2.0 / 64)
  }

  private static func run(_ explorer: HorizonFreeExploration.Explorer, episodes: Int) throws -> Comparison {
    let world = try world()
    return try .measure("S = 5, A = 3, d = 4, H = 64, \(episodes) episodes") {
      var session = try HorizonFreeExploration(explorer).session(in: world, seed: 1)
      try session.run(episodes: episodes)
      return session.counts
    }
  }

  private static func adversary() throws -> Comparison {
    let world = try world()
    var session = try HorizonFreeExploration().session(in: world, seed: 1)
    try session.run(episodes: 100)
    let model = try session.model(.targeted).kernel
    return .measure("S = 5, A = 3, H = 64") {
      TieFillingAdversary().worstCase(truth: world.kernel, model: model, horizon: world.horizon, start: 0).value
    }
  }
}
