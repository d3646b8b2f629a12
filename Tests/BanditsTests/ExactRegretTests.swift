import Bandits
import JSON
import TestSupport
import Testing

@Suite("Exact expected regret") struct ExactRegretTests {
  /// A policy of a reference table.
  struct Case: CustomTestStringConvertible, Sendable {
    let file: String
    let policy: String
    let means: [Double]
    let horizon: Int
    let expected: JSONCursor
    var testDescription: String { "\(file) \(policy)" }
  }

  static let cases: [Case] =
    (try? Reference.files(in: "bandits", suffix: ".json").filter { $0.contains("mab_") }.flatMap { file in
      let root = try Reference.json(file)
      return try root["expected"].members().map {
        Case(
          file: file, policy: $0.name, means: try root["means"].doubles(), horizon: try root["T"].integer(),
          expected: $0.value)
      }
    }) ?? []

  @Test("both tables are read") func found() { #expect(Self.cases.count == 18) }

  @Test("pulls, regret and curve agree with the reference", arguments: cases)
  func reference(test: Case) throws {
    let tolerance = test.policy.hasPrefix("klucb") ? 1e-8 : 1e-9
    let found = try ExactRegret(PolicyChoice(test.policy), means: test.means, horizon: test.horizon)
    #expect(try abs(found.expectedRegret - (test.expected["expected_regret"].double())) < tolerance)
    for (pulls, expected) in zip(found.expectedPulls, try test.expected["expected_pulls"].doubles()) {
      #expect(abs(pulls - expected) < tolerance)
    }
    guard let curve = try test.expected.optional("regret_curve")?.doubles() else { return }
    #expect(curve.count == found.curve.count)
    for (regret, expected) in zip(found.curve, curve) { #expect(abs(regret - expected) < tolerance) }
  }

  /// Counts, binomials and paths are three roads to one number.
  @Test(
    "the ways of computing agree",
    arguments: [
      "ucb1", "klucb", "moss", "moss_anytime", "imed", "greedy", "eps_greedy:epsilon=0.3", "uniform", "etc:m=1",
    ])
  func roads(policy: String) throws {
    for means in [[0.3, 0.8], [0.2, 0.5, 0.45], [0, 1], [0.7]] {
      let horizon = means.count == 3 ? 5 : 7
      let fast = try ExactRegret(PolicyChoice(policy), means: means, horizon: horizon)
      let slow = try ExactRegret.alongPaths(PolicyChoice(policy), means: means, horizon: horizon)
      for (a, b) in zip(fast.expectedPulls, slow.expectedPulls) { #expect(abs(a - b) < 1e-12) }
      #expect(abs(fast.expectedPulls.reduce(0, +) - Double(horizon)) < 1e-12)
    }
  }

  @Test("edges: one arm, no pulls, certain arms, too long") func edges() throws {
    for entry in PolicyEntry.all {
      let choice = try PolicyChoice(entry.name)
      guard let one = try? ExactRegret(choice, means: [0.3], horizon: 6) else { continue }
      #expect(one.expectedRegret == 0 && abs(one.expectedPulls[0] - 6) < 1e-12, "\(entry.name)")
      let none = try ExactRegret(choice, means: [0.3, 0.4], horizon: 0)
      #expect(none.curve == [] && none.expectedRegret == 0)
      let certain = try ExactRegret(choice, means: [0, 1], horizon: 6)
      #expect(certain.expectedRegret.isFinite)
    }
    #expect(throws: BanditError.self) {
      try ExactRegret(PolicyChoice("ucb1"), means: [0.1, 0.2, 0.3], horizon: 500)
    }
    #expect(throws: BanditError.self) {
      try ExactRegret(PolicyChoice("thompson_gaussian"), means: [0.1, 0.2], horizon: 5)
    }
    #expect(throws: BanditError.mean(arm: 1, value: 1.5)) {
      try ExactRegret(PolicyChoice("ucb1"), means: [0.1, 1.5], horizon: 5)
    }
  }

  /// With symmetric arms Thompson sampling cannot prefer one, however many there are.
  @Test("Thompson sampling is fair to equal arms", arguments: [2, 3, 4]) func fair(arms: Int) throws {
    let found = try ExactRegret(
      PolicyChoice("thompson_beta"), means: [Double](repeating: 0.4, count: arms), horizon: 6)
    for pulls in found.expectedPulls { #expect(abs(pulls - 6 / Double(arms)) < 1e-12) }
  }
}

@Suite("Formulas of bandits") struct FormulaTests {
  @Test("the numbers of the reference table") func reference() throws {
    let root = try Reference.json("bandits/formulas_01.json")
    func near(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-9 * max(1, abs(b)) }
    for row in try root["kl"].elements() {
      #expect(try near(BernoulliDivergence.kl(row["p"].double(), row["q"].double()), row["value"].double()))
    }
    for row in try root["klucb_index"].elements() {
      let index = KLUCBIndex(c: try row["c"].double())
      let moment = index.moment(time: try row["t"].integer(), bestMean: 0)
      let value = index.value(mean: try row["mean"].double(), pulls: try row["n"].double(), at: moment)
      #expect(try near(value, row["value"].double()))
    }
    for row in try root["lai_robbins"].elements() {
      #expect(try near(BanditBound.laiRobbins(means: row["means"].doubles()), row["value"].double()))
    }
    for row in try root["bayes_optimal_reward_beta11"].elements() {
      let value = try BayesOptimalValue.uniformPrior(armCount: try row["K"].integer(), horizon: try row["T"].integer())
      #expect(try near(value, row["value"].double()))
    }
    for row in try root["se_wtb_bound"].elements() {
      let found = try BanditBound.burnInElimination(
        armCount: try row["K"].integer(), horizon: try row["T"].integer(), burnIn: try row["M"].integer(),
        delta: try row["delta"].double(), firstSamples: try row["n1"].integer())
      #expect(try near(found.bound, row["bound"].double()) && found.epochLimit == (row["S"].integer()))
      #expect(try near(found.logTerm, row["L"].double()))
    }
    for row in try root["tallying_theorem1"].elements() {
      let value = try BanditBound.tallyingElimination(
        armCount: try row["K"].integer(), memory: try row["m"].integer(), horizon: try row["T"].integer(),
        delta: try row["delta"].double())
      #expect(try near(value, row["value"].double()))
    }
  }

  @Test("divergences at the ends are no NaN") func ends() {
    #expect(BernoulliDivergence.kl(0, 0) == 0 && BernoulliDivergence.kl(1, 1) == 0)
    #expect(BernoulliDivergence.kl(0.5, 0) == .infinity && BernoulliDivergence.kl(0.5, 1) == .infinity)
    #expect(BernoulliDivergence.kl(0, 1) == .infinity && BernoulliDivergence.kl(1, 0) == .infinity)
    for p in [0, 1e-12, 0.3, 1 - 1e-12, 1.0] {
      for level in [-1, 0, 1e-12, 0.01, 1, 50, 1e6] {
        let q = BernoulliDivergence.upperBound(p, level: level)
        #expect(q >= p && q <= 1)
      }
    }
  }

  /// Bisection is the definition; Newton's method must land on the same number.
  @Test("upper confidence bounds equal bisection to full precision") func bisection() {
    for p in stride(from: 0.01, to: 1, by: 0.07) {
      for level in [1e-4, 1e-2, 0.1, 0.5, 2, 10] {
        var low = p, high = 1.0
        for _ in 0..<200 {
          let middle = (low + high) / 2
          if BernoulliDivergence.kl(p, middle) <= level { low = middle } else { high = middle }
        }
        #expect(abs(BernoulliDivergence.upperBound(p, level: level) - low) < 3e-13)
      }
    }
  }

  /// Gittins, Glazebrook, Weber (2011), table of Bernoulli indices for discount 0.9.
  @Test("Gittins indices lie in their enclosures and match the tables") func gittins() throws {
    for (a, b, known) in [(1.0, 1.0, 0.7029), (1, 2, 0.5001), (2, 1, 0.8001), (1, 3, 0.3796)] {
      let index = try GittinsIndex(a: a, b: b, discount: 0.9)
      #expect(abs(index.value - known) < 6e-5)
      #expect(index.enclosure.upperBound - index.enclosure.lowerBound < 1e-7)
    }
    #expect(throws: BanditError.self) { try GittinsIndex(a: 0, b: 1, discount: 0.9) }
    #expect(throws: BanditError.self) { try GittinsIndex(a: 1, b: 1, discount: 1) }
  }
}
