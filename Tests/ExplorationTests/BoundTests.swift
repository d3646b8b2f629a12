import Exploration
import JSON
import TestSupport
import Testing

extension BoundParameters {
  /// The parameters of a case of `bounds.json`.
  init(_ reference: JSONCursor) throws {
    try self.init(
      dimension: reference["d"].integer(), stateCount: reference["S"].integer(), actionCount: reference["A"].integer(),
      horizon: reference["H"].integer(), accuracy: reference["eps"].double(),
      failureProbability: reference["delta"].double(), parameterNorm: reference["B"].double(),
      episodes: reference["K"].double())
  }
}

/// |a − b| ≤ tolerance · |b|.
func isClose(_ a: Double, _ b: Double, relative tolerance: Double) -> Bool { abs(a - b) <= tolerance * abs(b) }

@Suite("Bounds of reward-free exploration") struct BoundTests {
  /// d = 4, S = 5, A = 3, H = 16, ε = 0.1, δ = 0.1, B = 2.
  static func standard(horizon: Int = 16, accuracy: Double = 0.1, failureProbability: Double = 0.1) throws
    -> BoundParameters
  {
    try BoundParameters(
      dimension: 4, stateCount: 5, actionCount: 3, horizon: horizon, accuracy: accuracy,
      failureProbability: failureProbability, parameterNorm: 2, episodes: 10_000)
  }

  @Test("leading orders equal the reference at every point") func leading() throws {
    for point in try Reference.json("exploration/bounds.json")["cases"].elements() {
      let parameters = try BoundParameters(point["params"])
      for (key, bounds) in [
        ("leading_episodes", BoundCatalogue.leadingEpisodes), ("leading_regret", BoundCatalogue.leadingRegret),
      ] {
        let members = try point["values"][key].members()
        #expect(Set(members.map(\.name)) == Set(bounds.filter { !$0.isQuotedOnly }.map(\.id)))
        for (id, value) in members {
          let got = try #require(try BoundCatalogue.bound(id).evaluate(parameters).number)
          #expect(isClose(got, try value.double(), relative: 1e-9), "\(id)")
        }
      }
    }
  }

  @Test("explicit forms equal the reference at every point") func explicit() throws {
    for point in try Reference.json("exploration/bounds.json")["cases"].elements() {
      let p = try BoundParameters(point["params"])
      let free = HorizonFreeBound(p)
      let rfe = UCRLRFEBound(p)
      let bonus = TabularBonus(
        stateCount: p.stateCount, actionCount: p.actionCount, horizon: p.horizon,
        failureProbability: p.failureProbability)
      let quantities: [String: Double] = [
        "hf.levels": Double(free.levels), "hf.delta_level": free.levelFailureProbability, "hf.iota": free.iota,
        "hf.tau": free.tau, "hf.zeta": free.zeta, "hf.beta": free.beta, "hf.sum_constant": free.sumConstant,
        "hf.sum_sqrtK": free.sumRootK, "rfe.beta": rfe.beta, "rf_ucrl.bonus_n100": bonus.ucrl(visits: 100),
        "rf_express.bonus_n100": bonus.express(visits: 100),
      ]
      for (id, value) in try point["values"]["explicit"].members() where id != "rfe_plus" {
        let got = try quantities[id] ?? BoundCatalogue.bound(id).evaluate(p).number
        if value.value == .null {
          #expect(got == nil || got == .infinity, "\(id)")
        } else {
          let tolerance = id.hasSuffix(".sample_complexity") ? 1e-6 : 1e-9
          #expect(isClose(try #require(got), try value.double(), relative: tolerance), "\(id)")
        }
      }
      let plus = UCRLRFEPlusRadii(p)
      let radii = [
        "beta_hat": plus.betaHat, "beta_check": plus.betaCheck, "beta_tilde": plus.betaTilde, "beta": plus.beta,
      ]
      for (id, value) in try point["values"]["explicit"]["rfe_plus"].members() {
        #expect(isClose(try #require(radii[id]), try value.double(), relative: 1e-9), "\(id)")
      }
    }
  }

  @Test("the lower bound states nothing outside its conditions") func lowerBound() throws {
    func value(_ accuracy: Double, _ delta: Double, d: Int = 4, horizon: Int = 16) -> Double? {
      ExplorationLowerBound.episodes(
        dimension: d, horizon: horizon, accuracy: accuracy, failureProbability: delta
      ).number
    }
    #expect(abs(try #require(value(0.01, 0)) - 69.46576) < 5e-6)
    #expect(abs(try #require(value(0.01, 0.05)) - 34.57838) < 5e-6)
    #expect(value(0.1, 0) == nil)
    #expect(value(0.001, 0.16) == nil)
    #expect(value(0.01, 0.05, d: 1) == nil)
    #expect(value(0.01, 0.05, horizon: 1) == nil)
  }

  @Test("bounds are monotone in accuracy, failure probability and dimension") func monotone() throws {
    let accuracies = [0.5, 0.1, 0.01, 1e-4]
    let failures = [0.5, 0.1, 0.01, 1e-6]
    for id in ["hf.sample_complexity", "rfe.sample_complexity", "rf_express.recalled_bound"] {
      let bound = try BoundCatalogue.bound(id)
      let byAccuracy = try accuracies.map { try bound.evaluate(Self.standard(accuracy: $0)).number ?? .nan }
      let byFailure = try failures.map { try bound.evaluate(Self.standard(failureProbability: $0)).number ?? .nan }
      for values in [byAccuracy, byFailure] { #expect(zip(values, values.dropFirst()).allSatisfy { $0 < $1 }) }
      guard id != "rf_express.recalled_bound" else { continue }
      let byDimension = try [1, 2, 4, 8, 64].map {
        try bound.evaluate(Self.standard().with(dimension: $0)).number ?? .nan
      }
      #expect(zip(byDimension, byDimension.dropFirst()).allSatisfy { $0 < $1 })
    }
  }

  @Test("the horizon-free bound changes by less than 10 % when the horizon doubles") func horizonFree() throws {
    for exponent in 3..<40 {
      let first = try #require(HorizonFreeBound.episodes(Self.standard(horizon: 1 << exponent)).number)
      let second = try #require(HorizonFreeBound.episodes(Self.standard(horizon: 2 << exponent)).number)
      #expect(second >= first && second < 1.1 * first)
    }
  }

  @Test("the horizon-free bound overtakes UCRL-RFE between H = 64 and H = 128") func crossover() throws {
    let free = try BoundCatalogue.bound("hf.sample_complexity")
    let rfe = try BoundCatalogue.bound("rfe.sample_complexity")
    let answer = try #require(try CrossoverHorizon(free, below: rfe).solve(Self.standard()))
    #expect(answer.horizon > 64 && answer.horizon <= 128 && answer.above == 64)
    let before = try Self.standard(horizon: answer.horizon - 1)
    #expect(try #require(free.evaluate(before).number) > #require(rfe.evaluate(before).number))
    #expect(try CrossoverHorizon(rfe, below: free).solve(Self.standard())?.horizon == 1)
    let lower = try BoundCatalogue.bound("lower.derived")
    #expect(try CrossoverHorizon(free, below: lower).solve(Self.standard()) == nil)
    #expect(throws: ExplorationError.self) {
      try CrossoverHorizon(free, below: BoundCatalogue.bound("lower.regret_form"))
    }
    #expect(throws: ExplorationError.self) {
      try CrossoverHorizon(free, below: BoundCatalogue.bound("ucrl_rfe_upper"))
    }
  }

  @Test("extreme parameters give a number, infinity or no statement, never NaN") func extremes() throws {
    for d in [1, 1_000_000] {
      for horizon in [1, 1 << 40] {
        for accuracy in [1e-150, 1e150] {
          for episodes in [1, 1e300] {
            let p = try BoundParameters(
              dimension: d, stateCount: 1, actionCount: 1, horizon: horizon, accuracy: accuracy,
              failureProbability: 1e-12, parameterNorm: 1e6, episodes: episodes)
            for bound in BoundCatalogue.all {
              if let value = bound.evaluate(p).number { #expect(value >= 0, "\(bound.id)") }
            }
          }
        }
      }
    }
    #expect(
      try HorizonFreeBound.episodes(BoundTests.standard(accuracy: 1e-150)) == .infinite)
  }

  @Test("each parameter out of range is named") func validation() {
    #expect(throws: ExplorationError.parameter(name: "d", value: 0, needed: "at least 1")) {
      try BoundParameters(dimension: 0, stateCount: 2, actionCount: 2, horizon: 2)
    }
    #expect(throws: ExplorationError.parameter(name: "horizon", value: -3, needed: "at least 1")) {
      try BoundParameters(dimension: 1, stateCount: 2, actionCount: 2, horizon: -3)
    }
    for (accuracy, delta, norm, episodes, name) in [
      (0, 0.1, 1, 1, "epsilon"), (.infinity, 0.1, 1, 1, "epsilon"), (0.1, 1, 1, 1, "delta"), (0.1, 0, 1, 1, "delta"),
      (0.1, .nan, 1, 1, "delta"), (0.1, 0.1, 0.5, 1, "B"), (0.1, 0.1, 1, 0, "episodes"),
      (0.1, 0.1, 1, 1e301, "episodes"),
    ] as [(Double, Double, Double, Double, String)] {
      let error = #expect(throws: ExplorationError.self) {
        try BoundParameters(
          dimension: 1, stateCount: 2, actionCount: 2, horizon: 2, accuracy: accuracy, failureProbability: delta,
          parameterNorm: norm, episodes: episodes)
      }
      #expect(error?.description.hasPrefix("\(name) is ") == true)
    }
    #expect(throws: ExplorationError.self) { try BoundCatalogue.bound("nonsense") }
  }
}
