import Bandits
import MDPSolvers
import MDPs
import Testing

@Suite("Tallying bandits as decision processes") struct TallyingMDPTests {
  @Test("finite horizons and averages of the process are those of the bandit", arguments: 0..<12)
  func agrees(seed: Int) throws {
    let bandit = try TallyingOptimumTests.random(UInt64(seed))
    let (mdp, reward) = try bandit.toMDP()
    let horizon = 9
    let finite = try FiniteHorizon(horizon: horizon).solve(mdp, reward: reward)
    #expect(try abs(finite.objective + TallyingOptimum(bandit, horizon: horizon).totalLoss) < 1e-10)
    let average = try AverageReward().solve(mdp, reward: reward)
    #expect(try abs(average.objective + MinimumMeanCycle(bandit).mean) < 1e-9)
  }

  @Test("too many histories are refused") func budget() throws {
    let wide = try TallyingBandit(losses: [.linear(a: 0, b: 0.1), .constant(0.4)], weights: .unit(memory: 30))
    #expect(throws: BanditError.tooManyStates(needed: 101, budget: 100)) { try wide.toMDP(stateBudget: 100) }
  }
}
