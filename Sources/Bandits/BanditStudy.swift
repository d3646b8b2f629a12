internal import RealModule
public import Simulation

/// A set of experiments that together show what a paper claims.
public struct BanditStudy: Sendable {
  /// One experiment of a study.
  public struct Section: Sendable {
    /// The short name of its files, such as `e1`.
    public let key: String
    /// What is shown.
    public let title: String
    /// The experiment.
    public let experiment: BanditExperiment
    /// How many replicates.
    public let replicates: Int
    /// Whether the axis of steps is logarithmic.
    public let hasLogarithmicSteps: Bool
    /// Whether the axis of regret is logarithmic.
    public let hasLogarithmicRegret: Bool

    /// Runs the experiment.
    ///
    /// - Parameters:
    ///   - workers: How many threads; all processors when nil.
    ///   - progress: Called with the replicates done and in all.
    /// - Returns: The statistics of the replicates.
    public func run(workers: Int? = nil, progress: (@Sendable (Int, Int) -> Void)? = nil) -> Replicates.Result {
      var engine = Replicates(count: replicates, workers: workers)
      engine.progress = progress
      return experiment.run(engine)
    }
  }

  /// The experiments in order.
  public let sections: [Section]

  /// Weighted tallying bandits: E1 to E4, each against T times the best saturated loss.
  ///
  /// - E1: the best arm needs practice; E2: all arms do; E3: E1 with burn-ins from 1 to 160; E4: the best arm is the worst
  ///   until its window is full.
  ///
  /// - Parameters:
  ///   - isQuick: A tenth of the steps and few replicates, to see that it works.
  ///   - seed: The seed.
  /// - Returns: The study.
  /// - Throws: ``BanditError``, which would be a mistake of this table.
  public static func weightedTallying(isQuick: Bool, seed: UInt64) throws(BanditError) -> BanditStudy {
    let horizon = isQuick ? 2000 : 20_000
    let replicates = isQuick ? 4 : 20
    func names(_ burnIn: Int, armCount: Int) -> String {
      let exploring = "m=\(PolicyChoice.defaultExploration(armCount: armCount, horizon: horizon))"
      return "se_wtb:M=\(burnIn),delta=0.05,se_wtb:M=1,delta=0.05,ucb1,thompson_beta,exp3_loss,eps_greedy:epsilon=0.1,"
        + "etc:\(exploring),etc_block:\(exploring),uniform"
    }
    func section(
      _ key: String, _ title: String, _ preset: TallyingPreset, _ policies: String, hasLogarithmicRegret: Bool = false
    ) throws(BanditError) -> Section {
      let problem = try preset.problem(horizon: horizon)
      let experiment = try BanditExperiment(
        problem, policies: PolicyChoice.list(policies), seed: seed, benchmark: .saturated)
      return Section(
        key: key, title: title, experiment: experiment, replicates: replicates, hasLogarithmicSteps: false,
        hasLogarithmicRegret: hasLogarithmicRegret)
    }
    let burnIns = [1, 5, 20, 40, 80, 160].map { "se_wtb:M=\($0),delta=0.05" }.joined(separator: ",")
    return BanditStudy(sections: [
      try section("e1", "E1: the best arm needs practice", .slowBestArm, names(20, armCount: 5)),
      try section("e2", "E2: all arms need practice", .allNeedPractice, names(20, armCount: 5)),
      try section("e3", "E3: the effect of the burn-in", .slowBestArm, burnIns),
      try section(
        "e4", "E4: the best arm is the worst until its window is full", .cliff,
        names(256, armCount: 3) + ",se_wtb:M=64,delta=0.05"),
    ])
  }

  /// Stochastic baselines, E6: ten Bernoulli arms of means 0.05 to 0.50, every policy, and the line of Lai and Robbins.
  ///
  /// - Parameters:
  ///   - isQuick: A fiftieth of the steps and few replicates.
  ///   - seed: The seed.
  /// - Returns: The study.
  /// - Throws: ``BanditError``, which would be a mistake of this table.
  public static func stochastic(isQuick: Bool, seed: UInt64) throws(BanditError) -> BanditStudy {
    let horizon = isQuick ? 2000 : 100_000
    let means = (1...10).map { Double($0) / 20 }
    let problem = try BanditProblem(.stochastic(StochasticBandit(means: means)), horizon: horizon)
    let experiment = try BanditExperiment(
      problem,
      policies: PolicyChoice.list(
        "ucb1,klucb,moss,imed,thompson_beta,bayes_ucb,ucb_v,se,tsallis_inf,exp3,exp3_loss,exp3_ix,"
          + "eps_greedy:epsilon=0.1,etc,greedy,uniform"),
      checkpoints: .logarithmic(count: 60), seed: seed)
    return BanditStudy(sections: [
      Section(
        key: "e6", title: "E6: ten Bernoulli arms, means 0.05 to 0.50", experiment: experiment,
        replicates: isQuick ? 4 : 50, hasLogarithmicSteps: true, hasLogarithmicRegret: true)
    ])
  }
}

/// E5, the lower-bound instance: one hidden arm has loss 0 once its window is full, all else costs 1. Without noise, trying
/// the arms one after another has expected complete policy regret m (K − 1) / 2.
///
/// Source of the instance: Malik, Li, Singh, COLT 2022, proposition 1.
public struct HiddenArmSearch: Sendable, Equatable {
  /// K.
  public let armCount: Int
  /// m.
  public let memory: Int
  /// m (K − 1) / 2.
  public var expected: Double { Double(memory * (armCount - 1)) / 2 }
  /// The complete policy regret when the hidden arm is each of the K arms, shape (K).
  public let regrets: [Double]
  /// Their mean.
  public var mean: Double { regrets.reduce(0, +) / Double(max(1, regrets.count)) }
  /// m K / 128, which every learner must pay for K large enough.
  public let lowerBound: Double

  /// Searches with exact optima.
  ///
  /// - Parameters:
  ///   - armCount: K ≥ 1.
  ///   - memory: m ≥ 1, small enough for the exact optimum.
  /// - Throws: ``BanditError``.
  public init(armCount: Int, memory: Int) throws(BanditError) {
    let horizon = memory * (armCount + 1)
    var regrets: [Double] = []
    for best in 0..<armCount {
      let bandit = try TallyingPreset.hidden(armCount: armCount, memory: memory, best: best)
      var actions = (0..<best).flatMap { [Int](repeating: $0, count: memory) }
      actions += [Int](repeating: best, count: horizon - actions.count)
      let total = try bandit.stepLosses(of: actions).reduce(0, +)
      regrets.append(total - (try TallyingOptimum(bandit, horizon: horizon).totalLoss))
    }
    self.armCount = armCount
    self.memory = memory
    self.regrets = regrets
    lowerBound = try BanditBound.tallyingLower(armCount: armCount, memory: memory)
  }
}
