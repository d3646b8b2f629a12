import MDPSolvers
import Testing

@Suite("Exact solving: where common rules are wrong") struct ExactSolvingExperimentTests {
  @Test("every common answer is wrong, every proven one is right") func cases() throws {
    let cases = try ExactSolvingExperiment(ladderLength: 17, coinBound: 8).run()
    #expect(cases.map(\.exact) == ["7/10", "7/10", "867", cases[3].exact, cases[3].exact, "128", "1/2", "-100"])
    for found in cases {
      // By far more than the tolerance that the rules were given.
      #expect(abs(found.answer - found.truth) > 50 * 1e-6)
      #expect(abs(found.proven - found.truth) <= found.errorBound + found.truth.ulp)
      #expect(found.errorBound < 1e-8)
    }
  }
}
