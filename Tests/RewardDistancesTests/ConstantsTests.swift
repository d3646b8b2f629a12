import LinearAlgebra
import MDPs
import RewardDistances
import TestSupport
import Testing

/// Bounds between distances and exact worst-case regret, on random worlds.
@Suite("Soundness, completeness and slack") struct ConstantsTests {
  @Test("lower bound ≤ regret ≤ upper bound, for every distance that proves one", arguments: LawTests.samples)
  func bounds(sample: LawTests.Sample) throws {
    var generator = SeededGenerator(seed: 400 + sample.seed)
    let world = try sample.world(&generator)
    let rewards = try (0..<3).map { try world.admit(.random(name: "\($0)", for: world.mdp, using: &generator)) }
    for (i, j) in [(0, 1), (1, 2), (2, 0)] {
      let (truth, proxy) = (rewards[i], rewards[j])
      let regret = try world.worstCaseRegret(of: proxy, truth: truth).normalised
      let optimal = try world.optimalPolicyRegret(of: proxy, truth: truth).normalisedWorst
      let values = try RewardDistance.all.map { try world.distance($0, truth, proxy) }
      let bounds = try world.regretBounds(of: values, truth, proxy)
      #expect(bounds.count > 10)
      for bound in bounds {
        let quantity = bound.quantity == .worstCase ? regret : optimal
        #expect(bound.lower - 1e-10 <= quantity && quantity <= bound.upper + 1e-10, "\(bound.distance)")
      }
    }
  }

  @Test("the slack curve starts at the worst-case regret, rises and ends at 1", arguments: LawTests.samples)
  func slack(sample: LawTests.Sample) throws {
    var generator = SeededGenerator(seed: 500 + sample.seed)
    let world = try sample.world(&generator)
    let truth = try world.admit(.random(name: "r", for: world.mdp, using: &generator))
    let proxy = try world.admit(.random(name: "q", for: world.mdp, using: &generator))
    let curve = try world.slackCurve(of: proxy, truth: truth, slacks: [0, 0.01, 0.1, 0.5, 1])
    #expect(curve[0].regret.normalised == (try world.worstCaseRegret(of: proxy, truth: truth).normalised))
    for (a, b) in zip(curve, curve.dropFirst()) { #expect(b.regret.value >= a.regret.value - 1e-10) }
    #expect(abs(curve[4].regret.normalised - 1) < 1e-9)
    let range = try proxy.returnRange().value
    for (slack, regret) in curve {
      let witness = regret.witness
      #expect(witness.proxyReturns[0] >= witness.proxyReturns[1] - slack * range - 1e-9 * range)
      #expect(abs(witness.trueReturns[1] - witness.trueReturns[0] - regret.value) <= 1e-9 * (1 + regret.value))
      #expect(regret.lower <= regret.value && regret.value <= regret.upper)
    }
  }
}
