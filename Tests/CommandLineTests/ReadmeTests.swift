import Foundation
import RewardGauge
import Testing

/// What README.md shows must go on working.
@Suite("README") struct ReadmeTests {
  @Test("the Swift snippet") func snippet() throws {
    let problem = try Problem.read(
      from: projectFolder.appendingPathComponent("Examples/FrozenLake/frozen-lake.json").path)
    let world = try ComparisonWorld(problem.mdp)
    let truth = try world.admit(problem.reward(named: "true"))
    let proxy = try world.admit(problem.reward(named: "proxy"))
    let distance = try world.distance(RewardDistance(name: "VAL-2-2"), truth, proxy)
    let regret = try world.worstCaseRegret(of: proxy, truth: truth)
    #expect(distance.value > 1 && regret.normalised > 0.999)
  }
}
