internal import CPeers
internal import RewardGauge

/// The loops of bandit simulations beside plain C loops that do the same work with the same generator.
enum BanditBenchmarks {
  static let all = [
    Benchmark("bandits/ucb1") { [index("ucb1, 10 arms, 1e6 pulls", UCBIndex(), pulls: 1_000_000)] },
    Benchmark("bandits/tallying") { [try tallying(memory: 20), try tallying(memory: 100_000)] },
    Benchmark("bandits/klucb") { [alone("klucb, 10 arms, 1e5 pulls", IndexPolicy(KLUCBIndex(), armCount: 10))] },
    Benchmark("bandits/thompson") { [alone("thompson_beta, 10 arms, 1e5 pulls", BetaThompson(armCount: 10))] },
  ]

  private static let means = (1...10).map { Double($0) / 20 }

  /// Regret of one run, so that nothing is left out.
  private static func regret<Policy: BanditPolicy>(_ fresh: Policy, pulls: Int) -> Double {
    var policy = fresh
    var environment = BernoulliEnvironment(means: means)
    return BanditRun.play(
      &policy, in: &environment, horizon: pulls, checkpoints: [pulls],
      policyStream: RandomStream(seed: 1, purpose: .policy), environmentStreams: [RandomStream(seed: 1)]
    ).regret[0]
  }

  private static func index(_ name: String, _ rule: UCBIndex, pulls: Int) -> Comparison {
    .measure(
      name, peer: "C loop", bar: 1 / 0.95,
      ours: { regret(IndexPolicy(rule, armCount: 10), pulls: pulls) },
      theirs: { peer_ucb1(10, means, pulls, 1) })
  }

  private static func alone<Policy: BanditPolicy>(_ name: String, _ policy: Policy) -> Comparison {
    .measure(name) { regret(policy, pulls: 100_000) }
  }

  /// The tallying environment with unit weights, arms in turn: the cost of the environment alone.
  private static func tallying(memory: Int) throws -> Comparison {
    let bandit = try TallyingBandit(
      losses: (0..<5).map { .exponential(lo: 0.1, hi: 1, c: 0.1 * Double($0 + 1)) }, weights: .unit(memory: memory))
    let steps = 1_000_000
    let arms = (0..<steps).map { ($0 * 7 + $0 / 13) % 5 }
    let table = (0..<5).flatMap { arm in (1...memory).map { bandit.losses[arm](Double($0)) } }
    return try .measure(
      "tallying, memory \(memory), 1e6 steps", peer: "C loop", bar: 1 / 0.95,
      ours: { try bandit.totalLoss(of: arms) },
      theirs: { peer_tallying(5, memory, table, steps, arms) })
  }
}
