import Bandits
import Simulation
import Testing

@Suite("Bandit experiments") struct BanditExperimentTests {
  static let twoArms = try? BanditProblem(.stochastic(StochasticBandit(means: [0.4, 0.6])), horizon: 14)

  @Test("simulated means lie within four standard errors of the exact ones") func exact() throws {
    let problem = try #require(Self.twoArms)
    let policies = try PolicyChoice.list(
      "ucb1,klucb,moss,imed,greedy,uniform,eps_greedy:epsilon=0.1,etc:m=3,thompson_beta,klucb:c=3,ucb1:ties=random,"
        + "bayes_ucb,bayes_ucb:c=1")
    let experiment = try BanditExperiment(problem, policies: policies, checkpoints: .at(Array(1...14)), seed: 5)
    let result = experiment.run(Replicates(count: 20_000))
    for (policy, outcome) in zip(policies, experiment.outcomes(result.statistics)) {
      let exact = try ExactRegret(policy, means: [0.4, 0.6], horizon: 14)
      for t in 0..<14 {
        #expect(abs(outcome.mean[t] - exact.curve[t]) <= 4 * outcome.standardError[t] + 1e-9, "\(policy.name) \(t)")
        #expect(
          abs(outcome.realisedMean[t] - exact.curve[t]) <= 4.5 * outcome.realisedStandardError[t] + 1e-9,
          "\(policy.name) \(t)")
      }
      #expect(abs(outcome.pulls.reduce(0, +) - 14) < 1e-9)
    }
    let short = try BanditProblem(.stochastic(StochasticBandit(means: [0.4, 0.6])), horizon: 7)
    let adversarial = try PolicyChoice.list("exp3:gamma=0.2,exp3_loss,exp3_ix,tsallis_inf")
    let run = try BanditExperiment(short, policies: adversarial, checkpoints: .at([7]), seed: 6)
    let outcomes = run.outcomes(run.run(Replicates(count: 20_000)).statistics)
    for (policy, outcome) in zip(adversarial, outcomes) {
      let exact = try ExactRegret(policy, means: [0.4, 0.6], horizon: 7)
      #expect(abs(outcome.mean[0] - exact.expectedRegret) <= 4 * outcome.standardError[0], "\(policy.name)")
    }
  }

  @Test("threads and company change no number") func independence() throws {
    let problem = try #require(Self.twoArms)
    let alone = try BanditExperiment(problem, policies: PolicyChoice.list("thompson_beta"), seed: 3)
    let company = try BanditExperiment(problem, policies: PolicyChoice.list("ucb1,thompson_beta,uniform"), seed: 3)
    let a = alone.outcomes(alone.run(Replicates(count: 130, workers: 1)).statistics)[0]
    let b = company.outcomes(company.run(Replicates(count: 130, workers: 3)).statistics)[1]
    #expect(a == b)
  }

  @Test("common random numbers give the same rewards to all policies") func tapes() throws {
    let bandit = try StochasticBandit(arms: [.uniform(low: 0, high: 1), .beta(a: 2, b: 2)])
    let problem = try BanditProblem(.stochastic(bandit), horizon: 50)
    let experiment = try BanditExperiment(
      problem, policies: PolicyChoice.list("best_arm,etc:m=1000000"), checkpoints: .at([2]), seed: 3,
      hasCommonRandomNumbers: true)
    let other = try BanditExperiment(
      problem, policies: PolicyChoice.list("ucb1,best_arm"), checkpoints: .at([2]), seed: 3,
      hasCommonRandomNumbers: true)
    let n = 2 * 1 + 2
    #expect(Array(experiment.row(4)[0..<n]) == Array(other.row(4)[n..<(2 * n)]))
  }

  @Test("oracles: the optimal sequence has no complete policy regret") func oracle() throws {
    let bandit = try TallyingBandit(
      losses: [.table([0, 1]), .table([0, 1])], weights: .unit(memory: 2))
    let problem = try BanditProblem(.tallying(bandit, noise: .bernoulli), horizon: 30)
    let experiment = try BanditExperiment(problem, policies: PolicyChoice.list("optimal_sequence,best_arm"), seed: 1)
    #expect(experiment.benchmark == .complete)
    let outcomes = experiment.outcomes(experiment.run(Replicates(count: 3)).statistics)
    #expect(outcomes[0].mean.allSatisfy { abs($0) < 1e-12 } && abs(outcomes[1].mean[29] - 29) < 1e-12)
  }

  @Test("every policy runs in every kind of world, with finite results") func everyWhere() throws {
    let worlds: [BanditProblem] = [
      try BanditProblem(.stochastic(StochasticBandit(means: [0.2, 0.7, 0.5])), horizon: 60),
      try BanditProblem(
        .stochastic(StochasticBandit(arms: [.beta(a: 1, b: 2), .constant(0.3)], delay: .geometric(mean: 4))),
        horizon: 60),
      try BanditProblem(
        .stochastic(
          StochasticBandit(
            arms: [.bernoulli(mean: 0.1), .bernoulli(mean: 0.9)], delay: .constant(7), drift: 0.1)), horizon: 60),
      try BanditProblem(
        .stochastic(StochasticBandit(arms: [.gaussian(mean: 2, sigma: 1), .gaussian(mean: -1, sigma: 3)])), horizon: 60),
      try BanditProblem(
        .tallying(
          TallyingBandit(
            losses: [.exponential(lo: 0.1, hi: 1, c: 1), .constant(0.4)], weights: .geometric(0.7, memory: 9)),
          noise: .beta(concentration: 3)), horizon: 60),
      try BanditProblem(
        .tallying(
          TallyingBandit(
            losses: [.linear(a: 0, b: 0.1), .constant(0.4)], weights: TallyWeights([1, 0, 0.5])),
          noise: .clippedGaussian(sigma: 0.2)), horizon: 60),
      try BanditProblem(.stochastic(StochasticBandit(means: [0.3])), horizon: 20),
      try BanditProblem(.stochastic(StochasticBandit(means: [0, 1])), horizon: 0),
    ]
    for problem in worlds {
      for entry in PolicyEntry.all {
        let choice = try PolicyChoice(entry.name)
        let found = Result { () throws(BanditError) in try BanditExperiment(problem, policies: [choice], seed: 1) }
        guard case .success(let experiment) = found else {
          #expect(entry.needsUnitInterval || entry.name == "algdet", "\(entry.name)")
          continue
        }
        let outcome = experiment.outcomes(experiment.run(Replicates(count: 3)).statistics)[0]
        #expect(outcome.mean.filter { !$0.isFinite }.isEmpty, "\(entry.name)")
        #expect(abs(outcome.pulls.reduce(0, +) - Double(problem.horizon)) < 1e-9, "\(entry.name)")
      }
    }
  }

  @Test("names of policies: parameters, lists, and what is wrong with them") func names() throws {
    let list = try PolicyChoice.list("ucb1,exp3:gamma=0.2,T=7,se_wtb:M=3,delta=0.1,n1=3,greedy")
    #expect(list.map(\.name) == ["ucb1", "exp3:gamma=0.2,T=7", "se_wtb:M=3,delta=0.1,n1=3", "greedy"])
    #expect(list[1].horizon == 7 && list[2].parameters["n1"] == 3)
    #expect(throws: BanditError.unknownPolicy("UCB-1", nearest: ["ucb1", "ucb"])) { try PolicyChoice("UCB-1") }
    #expect(throws: BanditError.unknownPolicyParameter(policy: "etc", parameter: "n", known: ["m"])) {
      try PolicyChoice("etc:n=3")
    }
    for text in ["etc:m", "etc:m=x", "etc:m=1,m=2", "exp3:T=-1", "ucb1:ties=maybe"] {
      #expect(throws: BanditError.policySyntax(text)) { try PolicyChoice(text) }
    }
    let problem = try #require(Self.twoArms)
    for text in ["etc:m=0", "eps_greedy:epsilon=2", "se_wtb:delta=1", "se_wtb:M=0", "ucb:alpha=0", "exp3:gamma=-1"] {
      #expect(throws: BanditError.self, "\(text)") {
        try BanditExperiment(problem, policies: [PolicyChoice(text)], seed: 1)
      }
    }
  }
}
