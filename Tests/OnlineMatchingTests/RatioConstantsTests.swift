import JSON
import OnlineMatching
import TestSupport
import Testing

/// The numbers of `om_08` and `om_12`.
@Suite("Constants and vanishing families") struct RatioConstantsTests {
  static func near(_ got: Double, _ want: Double, _ tolerance: Double = 1e-9) -> Bool { abs(got - want) <= tolerance }

  @Test("nested families in the limit") func families() throws {
    let table = try Reference.json("matching/om_08_vanishing_families.json")
    for row in try table["triangular"].elements() {
      let family = try LaminarFamily.triangular(try row["n"].integer())
      #expect(Self.near(family.expectedSuccesses, try row["expected"].double()))
      #expect(Self.near(family.ratio, try row["ratio"].double()))
    }
    for row in try table["triangular_then_private"].elements() {
      let family = try LaminarFamily.triangularThenPrivate(try row["n"].integer(), try row["k"].integer())
      #expect(Self.near(family.expectedSuccesses, try row["expected"].double()))
      #expect(Self.near(family.ratio, try row["ratio"].double()))
    }
    #expect(Self.near(RatioConstants.triangularThenPrivateLimit.ratio, try table["mean_field_limit"].double()))
    #expect(Self.near(try LaminarFamily.triangularThenPrivate(100, 34).ratio, 0.5849168, 5e-8))
  }

  @Test("closed forms and integrals") func constants() throws {
    let values = try Reference.json("matching/om_12_constants.json")["values"]
    for (p, value) in try values["mp12_eta"].members() {
      #expect(Self.near(RatioConstants.stochasticBalance(try #require(Double(p))), try value.double()))
    }
    for (p, value) in try values["mp12_kappa"].members() {
      #expect(Self.near(RatioConstants.ranking(try #require(Double(p))), try value.double()))
    }
    #expect(Self.near(RatioConstants.stochasticBalance(0), try values["mp12_stochastic_balance_p0"].double()))
    #expect(Self.near(RatioConstants.ranking(0), try values["mp12_ranking_p0"].double()))
    #expect(Self.near(RatioConstants.crossover, try values["mp12_crossover_p"].double()))
    #expect(Self.near(RatioConstants.triangularHardness, try values["mp12_hardness_G3"].double()))
    #expect(Self.near(RatioConstants.huangZhangEqual, try values["hz20_equal"].double()))
    #expect(Self.near(RatioConstants.goyalUdwani, try values["gu20"].double()))
    #expect(Self.near(RatioConstants.stochasticEqual, try values["stochastic_equal"].double()))
    #expect(RatioConstants.stochasticEqualResidual < 1e-14)
    let limit = RatioConstants.triangularThenPrivateLimit
    #expect(Self.near(limit.ratio, try values["triangular_then_private_limit"]["ratio"].double()))
    #expect(Self.near(limit.share, try values["triangular_then_private_limit"]["s"].double()))
  }

  @Test("the z-graph's limit has its minimum 0.58823 near 0.43") func zGraph() throws {
    let want = try Reference.json("matching/om_12_constants.json")["values"]["mp12_z_graph"]["ratio"].double()
    // The reference has 4,000 shared vertices; the rest is O(1/n).
    #expect(Self.near(RatioConstants.zGraph(own: 1_716, shared: 4_000), want))
    for own in [1_500, 1_600, 1_850, 2_000] { #expect(RatioConstants.zGraph(own: own, shared: 4_000) > want) }
  }

  @Test("delay equations converge with second order") func delay() throws {
    let values = try Reference.json("matching/om_12_constants.json")["values"]
    for (kind, name) in [
      (DelayEquation.Kind.huangZhang, "hz20_unequal_limit"), (.stochastic, "stochastic_unequal_limit"),
    ] {
      let equation = DelayEquation(kind)
      let (a, b, c) = (equation.solve(step: 0.02), equation.solve(step: 0.01), equation.solve(step: 0.005))
      #expect(Self.near(b.ratio, try values[name]["h01"].double(), 2e-5))
      #expect(Self.near(c.ratio, try values[name]["h005"].double(), 2e-5))
      // Second order: halving the step quarters the error.
      #expect(abs((a.ratio - b.ratio) / (b.ratio - c.ratio) - 4) < 0.5)
      #expect(c.minimumSlack > -1e-5 && c.minimumSlack > a.minimumSlack)
      #expect(Self.near(equation.extrapolated(step: 0.01), try values[name]["extrapolated"].double(), 2e-5))
    }
  }
}
