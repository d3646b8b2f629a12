import RewardInvariance
import TestSupport
import Testing

@Suite("Exact transforms and near misses") struct InvarianceStressTests {
  @Test("no verdict is wrong up to discounts within 1e-9 of 1") func stress() throws {
    var generator = SeededGenerator(seed: 5)
    for outcome in try InvarianceStress(pairCount: 100).run(using: &generator) {
      #expect(outcome.pairs == 20)
      #expect(outcome.falseDifferences == 0 && outcome.falseEquivalences == 0, "\(outcome)")
      #expect(outcome.refusedCertificates == 0, "\(outcome)")
    }
  }
}
