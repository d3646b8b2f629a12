import Bandits
import Simulation
import Testing

@Suite("Exact methods for tallying bandits") struct TallyingPolicyTests {
  /// Unit weights and tables drawn at random.
  static func random(_ seed: Int) throws -> (bandit: TallyingBandit, horizon: Int) {
    var stream = RandomStream(seed: UInt64(seed), purpose: .instance)
    let arms = 1 + stream.index(below: 4), memory = 1 + stream.index(below: 4)
    let losses = (0..<arms).map { _ in LossFunction.table((0..<memory).map { _ in stream.uniform() }) }
    return (try TallyingBandit(losses: losses, weights: .unit(memory: memory)), 5 + stream.index(below: 60))
  }

  static func regret(_ policy: String, _ bandit: TallyingBandit, _ noise: LossNoise, _ horizon: Int) throws -> Double {
    let experiment = try BanditExperiment(
      BanditProblem(.tallying(bandit, noise: noise), horizon: horizon), policies: PolicyChoice.list(policy),
      checkpoints: .at([horizon]), seed: 1, benchmark: .complete)
    return experiment.outcomes(experiment.run(Replicates(count: 1)).statistics)[0].mean[0]
  }

  @Test("ALGdet pays at most m (K + 1), and its plan is an optimal continuation", arguments: 0..<40)
  func exploration(seed: Int) throws {
    let (bandit, horizon) = try Self.random(seed)
    let regret = try Self.regret("algdet", bandit, .none, horizon)
    let bound = try BanditBound.noiseFreeTallying(armCount: bandit.armCount, memory: bandit.memory)
    #expect(regret > -1e-9 && regret <= bound + 1e-9)
  }

  @Test("an optimal continuation is as good as brute force from the same history", arguments: 0..<20)
  func continuation(seed: Int) throws {
    let bandit = try TallyingOptimumTests.random(UInt64(seed))
    let history = (0..<5).map { ($0 * 3 + seed) % bandit.armCount }
    let steps = 5
    func loss(_ plays: [Int]) throws -> Double { try bandit.stepLosses(of: history + plays)[5...].reduce(0, +) }
    let found = try bandit.optimalContinuation(after: history, steps: steps)
    let best = try TallyingOptimumTests.sequences(arms: bandit.armCount, horizon: steps).map(loss).min() ?? 0
    #expect(found.count == steps)
    #expect(try abs(loss(found) - best) < 1e-9)
  }

  @Test("SE-TB ends with a sequence of least loss when there is no noise to confuse it") func periodic() throws {
    // Alternating is free, an arm alone costs 1.
    let bandit = try TallyingBandit(losses: [.table([0, 1]), .table([0, 1])], weights: .unit(memory: 2))
    let regret = try Self.regret("se_tb:delta=0.1", bandit, .none, 100)
    #expect(regret >= 0 && regret <= 100)
    var policy = try PeriodicElimination(armCount: 2, memory: 2, horizon: 100, delta: 0.1)
    #expect(policy.period == 10 && policy.survivors == 1024)
    var stream = RandomStream(seed: 1)
    for _ in 0..<100 {
      let arm = policy.choose(using: &stream)
      #expect((0..<2).contains(arm))
      policy.learn(arm: arm, reward: 1, using: &stream)
    }
    #expect(throws: BanditError.self) { try PeriodicElimination(armCount: 3, memory: 2, horizon: 400, delta: 0.1) }
    #expect(throws: BanditError.parameter(name: "delta", value: 0, needed: "a number in (0, 1)")) {
      try PeriodicElimination(armCount: 2, memory: 2, horizon: 16, delta: 0)
    }
  }

  @Test("policies that do not fit say so", arguments: ["algdet", "se_tb"]) func unsuitable(name: String) throws {
    let fading = try TallyingBandit(losses: [.constant(0.1), .constant(0.2)], weights: TallyWeights([1, 0.5]))
    #expect(throws: BanditError.self) { try Self.regret(name, fading, .none, 16) }
    let long = try TallyingBandit(losses: [.constant(0.1), .constant(0.2)], weights: .unit(memory: 2))
    #expect(throws: BanditError.self) { try Self.regret(name, long, .bernoulli, 10_000) }
  }
}

@Suite("Bounds beside the data") struct BoundCurveTests {
  static func names(_ problem: BanditProblem, _ policies: String, _ benchmark: BanditExperiment.Benchmark? = nil) throws
    -> [String]
  {
    try BanditExperiment(
      problem, policies: PolicyChoice.list(policies), checkpoints: .linear(count: 5), seed: 1, benchmark: benchmark
    ).boundCurves.map(\.name)
  }

  @Test("each problem gets the bounds whose conditions hold") func apply() throws {
    let arms = try BanditProblem(.stochastic(StochasticBandit(means: [0.4, 0.6])), horizon: 100)
    #expect(
      try Self.names(arms, "ucb1,moss,exp3,exp3:gamma=0.2") == [
        "Lai–Robbins", "worst case, lower", "UCB1 bound", "MOSS bound at T", "EXP3 bound at T",
      ])
    #expect(try Self.names(arms, "uniform") == ["Lai–Robbins", "worst case, lower"])
    let gaussian = try BanditProblem(
      .stochastic(StochasticBandit(arms: [.gaussian(mean: 0, sigma: 2), .gaussian(mean: 1, sigma: 2)])), horizon: 100)
    #expect(try Self.names(gaussian, "ucb_subgaussian") == ["Lai–Robbins"])
    let late = try BanditProblem(.stochastic(StochasticBandit(arms: [.constant(1)], delay: .constant(3))), horizon: 9)
    #expect(try Self.names(late, "ucb1").isEmpty)
  }

  @Test("M below m is legal, but the bound is withheld") func burnIn() throws {
    let problem = try TallyingPreset.slowBestArm.problem(horizon: 1000)
    #expect(
      try Self.names(problem, "se_wtb:M=1,se_wtb:M=20", .saturated) == [
        "lower bound m K / 128 at T", "SE-WTB bound, M = 20, at T",
      ])
    var point = BanditBoundPoint()
    (point.armCount, point.horizon, point.memory, point.burnIn, point.delta) = (5, 1000, 20, 19, 0.1)
    let withheld = try NamedBanditBound.burnInElimination.value(at: point)
    #expect(withheld.value == nil && withheld.reason != nil)
  }
}

@Suite("Further index policies") struct FurtherPolicyTests {
  /// P(Beta(a, b) > x) for whole parameters is P(Bin(a + b − 1, x) ≤ a − 1); quantiles from SciPy 1.11, beta.ppf.
  @Test("Bayes-UCB takes the posterior's quantile") func quantiles() {
    func index(_ successes: Double, _ pulls: Double, _ time: Int) -> Double {
      let rule = BayesUCBIndex(horizon: 100)
      return rule.value(mean: successes / pulls, pulls: pulls, at: rule.moment(time: time, bestMean: 0))
    }
    for (successes, pulls, time, expected) in Self.scipy {
      #expect(abs(index(successes, pulls, time) - expected) < 1e-12, "\(successes) \(pulls) \(time)")
    }
    #expect(index(0, 1, 1) == 0)
  }

  static let scipy: [(Double, Double, Int, Double)] = [
    (0, 1, 2, 0.2928932188134525), (1, 1, 2, 0.7071067811865476), (3, 10, 50, 0.6229545786643682),
    (7, 7, 100, 0.9987444968227265), (0, 20, 1000, 0.280314326998848), (450, 900, 5000, 0.5587479779290969),
    (98000, 196000, 100000, 0.5048165729933576), (2, 5, 7, 0.627936941120885),
  ]

  @Test("UCB-V worked by hand") func variance() throws {
    var policy = UCBVariance(armCount: 2)
    var stream = RandomStream(seed: 1)
    // Arm 0: rewards 1 0 1 1, V = 3/16; arm 1: 1/2, V = 0.
    for (arm, reward) in [(0, 1.0), (1, 0.5), (0, 0), (0, 1), (0, 1)] {
      _ = policy.choose(using: &stream)
      policy.learn(arm: arm, reward: reward, using: &stream)
    }
    // t = 5: arm 0 has 0.75 + sqrt(2 · 0.1875 · ln 5 / 4) + 0.75 ln 5 = 2.345…, arm 1 has 0.5 + 3 ln 5 = 5.328….
    #expect(policy.distribution() == [0, 1])
  }

  @Test("exact and along paths agree", arguments: ["bayes_ucb", "bayes_ucb:c=1,ties=random"]) func roads(name: String)
    throws
  {
    let counts = try ExactRegret(PolicyChoice(name), means: [0.3, 0.7], horizon: 7)
    let paths = try ExactRegret.alongPaths(PolicyChoice(name), means: [0.3, 0.7], horizon: 7)
    #expect(counts.method == .counts && abs(counts.expectedRegret - paths.expectedRegret) < 1e-12)
  }

  @Test("the leader's short cut chooses the arm that all indices choose", arguments: 0..<20) func leader(seed: Int) {
    func follow<Index: ArmIndex>(_ index: Index) {
      var policy = IndexPolicy(index, armCount: 5)
      var stream = RandomStream(seed: UInt64(seed))
      for _ in 0..<200 {
        let expected = policy.distribution().firstIndex(of: 1)
        let arm = policy.choose(using: &stream)
        #expect(arm == expected)
        // Means near each other, so that arms tie and take turns.
        policy.learn(arm: arm, reward: stream.bernoulli(0.3 + 0.05 * Double(arm % 3)) ? 1 : 0, using: &stream)
      }
    }
    follow(UCBIndex())
    follow(UCBIndex(alpha: 0.1))
    follow(KLUCBIndex(c: 1))
    follow(MOSSIndex(armCount: 5, horizon: 200))
    follow(IMEDIndex())
    follow(GreedyIndex())
    follow(BayesUCBIndex(horizon: 200))
  }
}
