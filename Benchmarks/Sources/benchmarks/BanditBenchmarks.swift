internal import CPeers
internal import RewardGauge

/// The loops of bandit simulations beside plain C loops that do the same work with the same generator.
enum BanditBenchmarks {
  static let all = [
    Benchmark("bandits/ucb1") { [index("ucb1, 10 arms, 1e6 pulls", UCBIndex(), pulls: 1_000_000)] },
    Benchmark("bandits/tallying") { [try tallying(memory: 20), try tallying(memory: 100_000)] },
    Benchmark("bandits/klucb") { [alone("klucb, 10 arms, 1e5 pulls", IndexPolicy(KLUCBIndex(), armCount: 10))] },
    Benchmark("bandits/thompson") { [alone("thompson_beta, 10 arms, 1e5 pulls", BetaThompson(armCount: 10))] },
    Benchmark("bandits/threads") { [try threads()] },
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

  /// The tallying environment with unit weights under uniform plays: the cost of the environment and the engine. The C loop
  /// is given its table of losses, as an experiment gives one to all its replicates.
  private static func tallying(memory: Int) throws -> Comparison {
    let steps = 1_000_000
    let bandit = try TallyingBandit(
      losses: (0..<5).map { .exponential(lo: 0.1, hi: 1, c: 0.1 * Double($0 + 1)) }, weights: .unit(memory: memory))
    let experiment = try BanditExperiment(
      BanditProblem(.tallying(bandit, noise: .bernoulli), horizon: steps), policies: PolicyChoice.list("uniform"),
      checkpoints: .at([steps]), seed: 1, benchmark: .saturated)
    let table = (0..<5).flatMap { arm in (1...memory).map { bandit.losses[arm](Double($0)) } }
    return .measure(
      "memory \(memory), 1e6 steps", peer: "C loop", bar: 1 / 0.95,
      ours: { experiment.row(0) },
      theirs: { peer_tallying(5, memory, table, steps, 1) })
  }

  /// How much two threads gain: the same replicates on one.
  private static func threads() throws -> Comparison {
    let experiment = try BanditExperiment(
      BanditProblem(.stochastic(StochasticBandit(means: means)), horizon: 20_000),
      policies: PolicyChoice.list("ucb1,thompson_beta"), checkpoints: .linear(count: 20), seed: 1)
    return .measure(
      "32 replicates, 2 threads", peer: "1 thread", bar: 1 / 1.8,
      ours: { experiment.run(Replicates(count: 32, workers: 2)) },
      theirs: { experiment.run(Replicates(count: 32, workers: 1)) })
  }
}
