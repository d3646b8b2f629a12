internal import RewardGauge

/// Simulation and benchmark programs of online matching; no peer computes any of them.
enum MatchingBenchmarks {
  static let all = [
    Benchmark("online-matching/stochastic-balance") { [try stochasticBalance()] },
    Benchmark("online-matching/stochastic-compact-program") { [try stochasticCompact()] },
    Benchmark("online-matching/configuration-program") { [try configuration()] },
  ]

  /// 200 runs of 5,000 arrivals on the triangular graph n = 50, p = 1/100, on one thread: a million arrivals a call.
  private static func stochasticBalance() throws -> Comparison {
    let instance = try MatchingInstance.triangular(50, copiesPerUnit: 100)
    let simulation = try MatchingSimulation(replicates: 200, shufflesLabels: true, workers: 1)
    return Comparison.measure("G_50, p = 1/100, 1e6 arrivals") { simulation.run([.leastLoad], on: instance) }
  }

  /// B2′ with about 10,000 edges.
  private static func stochasticCompact() throws -> Comparison {
    var stream = RandomStream(seed: 1, purpose: .instance)
    let instance = try MatchingInstance.random(
      offline: 200, arrivals: 2_000, density: 0.025, probabilities: 0.05...0.5, using: &stream)
    return try Comparison.measure("200 × 2,000, \(instance.edgeCount) edges") {
      try MatchingPrograms.stochasticCompact(instance)
    }
  }

  /// B1 by column generation, equal probabilities.
  private static func configuration() throws -> Comparison {
    var stream = RandomStream(seed: 1, purpose: .instance)
    let instance = try MatchingInstance.random(
      offline: 200, arrivals: 2_000, density: 0.025, probabilities: 0.1...0.1, using: &stream)
    return try Comparison.measure("200 × 2,000, p = 1/10, \(instance.edgeCount) edges") {
      try ConfigurationProgram(.truncated).solve(instance)
    }
  }
}
