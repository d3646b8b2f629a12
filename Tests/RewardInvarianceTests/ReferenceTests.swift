import JSON
import MDPs
import RewardDistances
import RewardInvariance
import TestSupport
import Testing

@Suite("The order of policies in the reference cases") struct ReferenceTests {
  @Test("verdict, scale, residual, counterexample", arguments: ComparisonCase.names)
  func order(name: String) throws {
    let reference = try ComparisonCase(name)
    let world = try ComparisonWorld(reference.mdp)
    let (first, second) = (try world.admit(reference.rewards[0]), try world.admit(reference.rewards[1]))
    let truth = try reference.file["independent"]
    let relation = try world.relation(first, second)
    let want = try truth["policyOrder"]
    #expect(relation.order.isSame == (try want["equivalent"].bool()))
    #expect(abs(relation.order.residual - (try want["residual"].double())) <= 1e-10)
    #expect(relation.optimal.sameEverywhere == (try truth["sameOptimalPolicies"]["everywhere"].bool()))
    #expect(relation.optimal.sameFromStart == (try truth["sameOptimalPolicies"]["fromMu0"].bool()))
    if let certificate = relation.order.certificate {
      #expect(abs(certificate.scale - (try want["scale"].double())) <= 1e-10 * certificate.scale)
      #expect(certificate.defect <= 1e-12 * (1 + certificate.shapingSize))
      #expect(relation.order.counterexample == nil)
    }
    if let counterexample = relation.order.counterexample {
      #expect(counterexample.trueReturns[0] > counterexample.trueReturns[1])
      #expect(counterexample.proxyReturns[0] < counterexample.proxyReturns[1])
      for (got, want) in zip(counterexample.trueReturns, try want["J1"].doubles()) {
        #expect(abs(got - want) <= 1e-9 * abs(want) + 1e-10)
      }
      for (got, want) in zip(counterexample.proxyReturns, try want["J2"].doubles()) {
        #expect(abs(got - want) <= 1e-9 * abs(want) + 1e-10)
      }
    }
  }
}
