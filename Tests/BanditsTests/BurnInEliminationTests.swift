import Bandits
import JSON
import Simulation
import TestSupport
import Testing

@Suite("Successive elimination with burn-in") struct BurnInEliminationTests {
  /// Plays without noise; returns the learner and the arms played.
  static func play(
    _ bandit: TallyingBandit, horizon: Int, burnIn: Int, delta: Double, first: Int?
  ) throws -> (policy: BurnInElimination, actions: [Int]) {
    var policy = try BurnInElimination(
      armCount: bandit.armCount, horizon: horizon, burnIn: burnIn, delta: delta, firstSamples: first)
    var stream = RandomStream(seed: 0)
    var actions: [Int] = []
    for _ in 0..<horizon {
      let arm = policy.choose(using: &stream)
      actions.append(arm)
      let loss = try #require(try bandit.stepLosses(of: Array(actions.suffix(2 * bandit.memory))).last)
      policy.learn(arm: arm, reward: 1 - loss, using: &stream)
    }
    return (policy, actions)
  }

  static let traced = TallyingReference.all.filter { $0.root.value["se_wtb"] != nil }

  @Test("noise-free traces are those of the reference, step for step", arguments: traced)
  func traces(reference: TallyingReference) throws {
    let parameters = try reference.root["se_wtb"]["params"], expected = try reference.root["se_wtb"]["expected"]
    let horizon = try parameters["T"].integer()
    let (policy, actions) = try Self.play(
      reference.bandit, horizon: horizon, burnIn: try parameters["M"].integer(),
      delta: try parameters["delta"].double(), first: try parameters["n1"].integer())
    #expect(try policy.epochLimit == (expected["S"].integer()))
    #expect(try abs(policy.logTerm - (expected["L"].double())) < 1e-12)
    #expect(try policy.alive == (expected["alive"].integers()))
    let epochs = try expected["epochs"].elements()
    #expect(policy.epochs.count == epochs.count)
    for (epoch, row) in zip(policy.epochs, epochs) {
      #expect(try epoch.number == (row["epoch"].integer()) && epoch.samples == (row["samples"].integer()))
      #expect(try epoch.survivors == (row["survivors"].integers()) && epoch.end == (row["t_end"].integer()))
      #expect(try abs(epoch.radius - (row["radius"].double())) < 1e-12)
      for (name, mean) in try row["means"].members() {
        let found = try #require(Int(name).flatMap { epoch.means[$0] })
        #expect(try abs(found - (mean.double())) < 1e-12)
      }
    }
    let runs = try expected["runs"].elements().flatMap { run in
      let pair = try run.integers()
      return [Int](repeating: pair[0], count: pair[1])
    }
    #expect(actions == runs)
    let regret = try TallyingRegret(of: actions, on: reference.bandit)
    #expect(try abs(regret.totalLoss - (expected["total_loss"].double())) < 1e-9)
    let complete = try #require(regret.complete)
    #expect(try abs(complete - expected["cpr"].double()) < 1e-9)
  }

  @Test("there are traces") func found() { #expect(!Self.traced.isEmpty) }

  /// E4 by hand: epoch 1 costs 255 + 511·0.4 + 511·0.5, then 255 losses while the window of arm 0 refills.
  @Test("the cliff: burn-in keeps the arm that is best only after 256 plays") func cliff() throws {
    let bandit = try TallyingBandit(
      losses: [.step(hi: 1, lo: 0, threshold: 256), .constant(0.4), .constant(0.5)], weights: .unit(memory: 256))
    let problem = try BanditProblem(.tallying(bandit, noise: .none), horizon: 20_000)
    let experiment = try BanditExperiment(
      problem, policies: PolicyChoice.list("se_wtb:M=256,delta=0.05"), seed: 1, benchmark: .saturated)
    let row = experiment.row(0)
    #expect(abs(row[experiment.finalRegrets[0]] - 969.9) < 1e-6)
  }

  @Test("parameters out of range are refused by name") func faults() {
    func make(_ m: Int, _ delta: Double, _ n1: Int?) throws -> BurnInElimination {
      try BurnInElimination(armCount: 2, horizon: 10, burnIn: m, delta: delta, firstSamples: n1)
    }
    #expect(throws: BanditError.parameter(name: "M", value: 0, needed: "an integer of at least 1")) {
      try make(0, 0.1, 1)
    }
    for delta in [0, 1, -0.5, 1.5, Double.nan] { #expect(throws: BanditError.self) { try make(1, delta, 1) } }
    #expect(throws: BanditError.self) { try make(1, 0.1, 0) }
  }
}
