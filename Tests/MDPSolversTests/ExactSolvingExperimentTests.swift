import MDPSolvers
import Testing

@Suite("Exact solving: where common rules are wrong") struct ExactSolvingExperimentTests {
  @Test("every common answer is wrong, every proven one is right") func cases() throws {
    let cases = try ExactSolvingExperiment().run()
    #expect(cases.map(\.exact).first == "7/10" && cases.last?.exact == "-100")
    for found in cases {
      #expect(abs(found.answer - found.truth) > 0.1)
      #expect(abs(found.proven - found.truth) <= found.errorBound + found.truth.ulp)
      #expect(found.errorBound < 1e-8)
    }
  }
}
