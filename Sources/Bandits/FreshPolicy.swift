internal import RealModule

/// A policy set up for a problem and ready to start; a copy starts again.
///
/// The cases keep the concrete types, so that the loops over them are specialised.
enum FreshPolicy: Sendable {
  case ucb(IndexPolicy<UCBIndex>)
  case klucb(IndexPolicy<KLUCBIndex>)
  case moss(IndexPolicy<MOSSIndex>)
  case imed(IndexPolicy<IMEDIndex>)
  case greedy(IndexPolicy<GreedyIndex>)
  case betaThompson(BetaThompson)
  case gaussianThompson(GaussianThompson)
  case epsilonGreedy(EpsilonGreedy)
  case exploreThenCommit(ExploreThenCommit)
  case successiveElimination(SuccessiveElimination)
  case exponentialWeights(ExponentialWeights)
  case tsallis(TsallisINF)
  case uniform(UniformPolicy)
  case ucbVariance(UCBVariance)
  case bayesUCB(IndexPolicy<BayesUCBIndex>)
  case burnIn(BurnInElimination)
  case tallyingExploration(TallyingExploration)
  case periodicElimination(PeriodicElimination)
  case sequence(FixedSequence)

  /// Something to be done with a policy of any type.
  protocol User {
    associatedtype Outcome
    func use<Policy: BanditPolicy>(_ policy: Policy) -> Outcome
  }

  /// Hands the policy to `user`.
  func open<U: User>(_ user: U) -> U.Outcome {
    switch self {
    case .ucb(let policy): user.use(policy)
    case .klucb(let policy): user.use(policy)
    case .moss(let policy): user.use(policy)
    case .imed(let policy): user.use(policy)
    case .greedy(let policy): user.use(policy)
    case .betaThompson(let policy): user.use(policy)
    case .gaussianThompson(let policy): user.use(policy)
    case .epsilonGreedy(let policy): user.use(policy)
    case .exploreThenCommit(let policy): user.use(policy)
    case .successiveElimination(let policy): user.use(policy)
    case .exponentialWeights(let policy): user.use(policy)
    case .tsallis(let policy): user.use(policy)
    case .uniform(let policy): user.use(policy)
    case .ucbVariance(let policy): user.use(policy)
    case .bayesUCB(let policy): user.use(policy)
    case .burnIn(let policy): user.use(policy)
    case .tallyingExploration(let policy): user.use(policy)
    case .periodicElimination(let policy): user.use(policy)
    case .sequence(let policy): user.use(policy)
    }
  }

  /// The policy as one whose choices can be enumerated; nil for those that draw from continuous laws.
  var enumerable: (any EnumerablePolicy)? {
    struct Cast: User {
      func use<Policy: BanditPolicy>(_ policy: Policy) -> (any EnumerablePolicy)? { policy as? any EnumerablePolicy }
    }
    return open(Cast())
  }
}

extension PolicyChoice {
  /// The number given for `parameter`, or `standard`, checked.
  func number(
    _ parameter: String, _ standard: Double, _ needed: String, _ isSound: (Double) -> Bool
  ) throws(BanditError) -> Double {
    let value = parameters[parameter] ?? standard
    guard isSound(value) else { throw .parameter(name: "\(entry.name): \(parameter)", value: value, needed: needed) }
    return value
  }

  /// The whole number of at least 1 given for `parameter`, or `standard`.
  func count(_ parameter: String, _ standard: Int) throws(BanditError) -> Int {
    let value = try number(parameter, Double(standard), "an integer of at least 1") {
      $0 >= 1 && $0 == $0.rounded() && $0 < 0x1p53
    }
    return Int(value)
  }

  /// Sets the policy up for `problem`.
  ///
  /// - Throws: ``BanditError`` when a parameter is out of range or the policy does not fit.
  func prepare(for problem: BanditProblem) throws(BanditError) -> FreshPolicy {
    let armCount = problem.armCount, horizon = problem.horizon
    let isInUnitInterval =
      switch problem.model {
      case .stochastic(let bandit): bandit.isInUnitInterval
      case .tallying(_, let noise): noise.isInUnitInterval
      }
    if entry.needsUnitInterval, !isInUnitInterval {
      throw .unsuitablePolicy(
        policy: name, reason: "it is for rewards in [0, 1]; use ucb_subgaussian or thompson_gaussian")
    }
    func positive(_ parameter: String, _ standard: Double) throws(BanditError) -> Double {
      try number(parameter, standard, "a positive number") { $0 > 0 }
    }
    switch entry.name {
    case "ucb1": return .ucb(IndexPolicy(UCBIndex(alpha: 2), armCount: armCount, ties: ties))
    case "ucb":
      return .ucb(IndexPolicy(UCBIndex(alpha: try positive("alpha", 2)), armCount: armCount, ties: ties))
    case "ucb_subgaussian":
      let sigma = try positive("sigma", Self.defaultSigma(problem))
      return .ucb(IndexPolicy(UCBIndex(alpha: 2 * sigma * sigma), armCount: armCount, ties: ties))
    case "klucb":
      let c = try number("c", 0, "a number that is not negative") { $0 >= 0 }
      return .klucb(IndexPolicy(KLUCBIndex(c: c), armCount: armCount, ties: ties))
    case "moss":
      return .moss(IndexPolicy(MOSSIndex(armCount: armCount, horizon: horizon), armCount: armCount, ties: ties))
    case "moss_anytime":
      return .moss(IndexPolicy(MOSSIndex(armCount: armCount, horizon: nil), armCount: armCount, ties: ties))
    case "imed": return .imed(IndexPolicy(IMEDIndex(), armCount: armCount, ties: ties))
    case "greedy": return .greedy(IndexPolicy(GreedyIndex(), armCount: armCount, ties: ties))
    case "thompson_beta": return .betaThompson(BetaThompson(armCount: armCount))
    case "thompson_gaussian":
      let sigma = try positive("sigma", Self.defaultSigma(problem))
      return .gaussianThompson(GaussianThompson(armCount: armCount, sigma: sigma))
    case "eps_greedy":
      let epsilon = try number("epsilon", 0.1, "a number in [0, 1]") { $0 >= 0 && $0 <= 1 }
      return .epsilonGreedy(EpsilonGreedy(armCount: armCount, epsilon: epsilon))
    case "etc", "etc_block":
      let pulls = try count("m", Self.defaultExploration(armCount: armCount, horizon: horizon))
      return .exploreThenCommit(
        ExploreThenCommit(
          armCount: armCount, pullsPerArm: pulls, order: entry.name == "etc" ? .roundRobin : .blocks))
    case "se": return .successiveElimination(SuccessiveElimination(armCount: armCount, horizon: horizon))
    case "exp3":
      let gamma = try number(
        "gamma", ExponentialWeights.tunedGamma(armCount: armCount, horizon: horizon), "a number in [0, 1]"
      ) { $0 >= 0 && $0 <= 1 }
      return .exponentialWeights(ExponentialWeights(.rewards(gamma: gamma), armCount: armCount))
    case "exp3_loss", "exp3_ix":
      let tuned = ExponentialWeights.tunedEta(armCount: armCount, horizon: horizon)
      let eta = try number("eta", tuned, "a number that is not negative") { $0 >= 0 }
      guard entry.name == "exp3_ix" else {
        return .exponentialWeights(ExponentialWeights(.losses(eta: eta), armCount: armCount))
      }
      let gamma = try number("gamma", eta / 2, "a number that is not negative") { $0 >= 0 }
      return .exponentialWeights(
        ExponentialWeights(.implicitExploration(eta: eta, gamma: gamma), armCount: armCount))
    case "tsallis_inf": return .tsallis(TsallisINF(armCount: armCount))
    case "uniform": return .uniform(UniformPolicy(armCount: armCount))
    case "se_wtb":
      let memory = if case .tallying(let bandit, _) = problem.model { bandit.memory } else { 1 }
      let burnIn = try count("M", memory)
      return .burnIn(
        try BurnInElimination(
          armCount: armCount, horizon: horizon, burnIn: burnIn, delta: parameters["delta"] ?? 0.05,
          firstSamples: try count("n1", max(1, burnIn))))
    case "ucb_v": return .ucbVariance(UCBVariance(armCount: armCount, zeta: try positive("zeta", 1)))
    case "bayes_ucb":
      let c = try number("c", 0, "a number that is not negative") { $0 >= 0 }
      return .bayesUCB(IndexPolicy(BayesUCBIndex(horizon: horizon, c: c), armCount: armCount, ties: ties))
    case "algdet", "se_tb": return try prepareTallying(for: problem)
    case "best_arm":
      return .sequence(FixedSequence([Self.bestArm(problem)], armCount: armCount))
    case "optimal_sequence":
      guard case .tallying(let bandit, _) = problem.model else {
        return .sequence(FixedSequence([Self.bestArm(problem)], armCount: armCount))
      }
      let sequence = try TallyingOptimum(bandit, horizon: horizon).sequence
      return .sequence(FixedSequence(sequence.isEmpty ? [0] : sequence, armCount: armCount))
    default: preconditionFailure("the catalogue lists a policy that is not made here: \(entry.name)")
    }
  }

  /// Sets up a policy that is only for tallying bandits with unit weights.
  private func prepareTallying(for problem: BanditProblem) throws(BanditError) -> FreshPolicy {
    let bandit: TallyingBandit, noise: LossNoise
    switch problem.model {
    case .stochastic(let arms):
      guard arms.isInUnitInterval, arms.delay == .none else {
        throw .unsuitablePolicy(policy: name, reason: "it is for losses in [0, 1] that are seen at once")
      }
      bandit = try arms.asTallying()
      noise = .bernoulli
    case .tallying(let tallying, let seen): (bandit, noise) = (tallying, seen)
    }
    guard bandit.hasCounts else {
      throw .unsuitablePolicy(policy: name, reason: "it is for weights that are all 1; use se_wtb")
    }
    guard entry.name == "algdet" else {
      do throws(BanditError) {
        return .periodicElimination(
          try PeriodicElimination(
            armCount: bandit.armCount, memory: bandit.memory, horizon: problem.horizon,
            delta: parameters["delta"] ?? 0.05))
      } catch .tooManyStates(let needed, let budget) {
        throw .unsuitablePolicy(
          policy: name, reason: "K^sqrt(T) is about \(needed) sequences, more than \(budget); shorten T or use se_wtb")
      }
    }
    guard noise == .none else {
      throw .unsuitablePolicy(policy: name, reason: "it is for losses without noise (\"noise\": \"none\"); use se_wtb")
    }
    if bandit.armCount * bandit.memory < problem.horizon {
      // What it will search after exploring is searched here once, so that it cannot fail on the way.
      _ = try HistoryGraph(bandit, horizon: nil, budget: MinimumMeanCycle.defaultStateBudget)
    }
    return .tallyingExploration(
      TallyingExploration(armCount: bandit.armCount, memory: bandit.memory, horizon: problem.horizon))
  }

  /// The policies that are compared on `problem` when none are named.
  public static func suitable(for problem: BanditProblem) throws(BanditError) -> [PolicyChoice] {
    let names: [String]
    switch problem.model {
    case .stochastic(let bandit) where !bandit.isInUnitInterval:
      names = ["ucb_subgaussian", "thompson_gaussian", "eps_greedy:epsilon=0.1", "etc", "uniform"]
    case .stochastic:
      names = [
        "ucb1", "klucb", "moss", "imed", "thompson_beta", "tsallis_inf", "exp3_loss", "eps_greedy:epsilon=0.1", "etc",
      ]
    case .tallying(_, let noise) where !noise.isInUnitInterval:
      names = [
        "se_wtb", "se_wtb:M=1", "ucb_subgaussian", "thompson_gaussian", "eps_greedy:epsilon=0.1", "etc", "uniform",
      ]
    case .tallying:
      names = [
        "se_wtb", "se_wtb:M=1", "ucb1", "thompson_beta", "exp3_loss", "eps_greedy:epsilon=0.1", "etc", "uniform",
      ]
    }
    var choices: [PolicyChoice] = []
    for name in names { choices.append(try PolicyChoice(name)) }
    return choices
  }

  /// T^(2/3) (ln T / K)^(1/3) / K, at least 1: exploring pulls of each arm that balance exploring and committing.
  static func defaultExploration(armCount: Int, horizon: Int) -> Int {
    let steps = Double(max(2, horizon)), arms = Double(armCount)
    return max(1, Int(Double.pow(steps, 2.0 / 3) * Double.pow(Double.log(steps) / arms, 1.0 / 3) / arms))
  }

  /// The largest standard deviation among Gaussian arms, else 1/2, which bounds that of rewards in [0, 1].
  private static func defaultSigma(_ problem: BanditProblem) -> Double {
    switch problem.model {
    case .stochastic(let bandit):
      let sigmas = bandit.arms.map { if case .gaussian(_, let sigma) = $0 { sigma } else { 0.5 } }
      return max(sigmas.max() ?? 0.5, .leastNormalMagnitude)
    case .tallying(_, .gaussian(let sigma)): return max(sigma, .leastNormalMagnitude)
    case .tallying: return 0.5
    }
  }

  /// The arm that is best alone.
  private static func bestArm(_ problem: BanditProblem) -> Int {
    switch problem.model {
    case .stochastic(let bandit):
      let best = bandit.bestMean
      return bandit.means.firstIndex { $0 >= best - TieRule.tolerance } ?? 0
    case .tallying(let bandit, _):
      let losses = (0..<bandit.armCount).map { bandit.constantLoss(of: $0, horizon: problem.horizon) }
      let least = losses.min() ?? 0
      return losses.firstIndex { $0 <= least + TieRule.tolerance } ?? 0
    }
  }
}
