import Simulation
import Testing

@testable import OnlineMatching

@Suite("Configuration programs") struct ConfigurationProgramTests {
  @Test("even sets are a mixture with the amounts given, of sizes one apart") func evenSets() {
    var stream = RandomStream(seed: 4)
    for count in 1...12 {
      let amounts = (0..<count).map { _ in stream.uniform() }
      let sets = ConfigurationStart.evenSets(amounts, amounts)
      #expect(sets.count <= count + 1)
      let sizes = Set(sets.map(\.count)).union(amounts.reduce(0, +) < 1 ? [0, 1] : [])
      #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
      #expect(Set(sets.flatMap { $0 }) == Set(amounts.indices))
    }
  }

  @Test("stopping sets attempt each position as often as asked") func stoppingSets() throws {
    // q_k of what is still open is attempted: the sets have to reach these amounts exactly, whatever their weights; so
    // that the program over these sets alone reaches the compact value.
    var stream = RandomStream(seed: 5, purpose: .instance)
    for _ in 0..<20 {
      let instance = try MatchingInstance.random(
        offline: 3, arrivals: 8, density: 0.7, probabilities: 0.05...0.9, weights: 0.5...2, using: &stream)
      let solution = try ConfigurationProgram(.stochastic, roundLimit: 1).solve(instance)
      let compact = try MatchingPrograms.stochasticCompact(instance).value
      #expect(abs(solution.value.lower - compact) <= 1e-8)
      #expect(abs(solution.value.upper - compact) <= 1e-8)
    }
  }

  @Test("one round is enough for B1 with equal probabilities", arguments: [1.0, 0.5, 0.3, 0.25, 0.07])
  func equalProbabilities(p: Double) throws {
    var stream = RandomStream(seed: 6, purpose: .instance)
    for _ in 0..<5 {
      let instance = try MatchingInstance.random(
        offline: 4, arrivals: 20, density: 0.6, probabilities: p...p, weights: 0.5...2, using: &stream)
      let first = try ConfigurationProgram(.truncated, roundLimit: 1).solve(instance).value
      #expect(first.gap <= 1e-8)
      #expect(abs(first.value - (try ConfigurationProgram(.truncated).solve(instance).value.value)) <= 1e-8)
    }
  }

  @Test("the prices are a dual solution whose value is the upper bound") func prices() throws {
    var stream = RandomStream(seed: 7, purpose: .instance)
    for reward in [ConfigurationProgram.Reward.truncated, .stochastic] {
      let instance = try MatchingInstance.random(
        offline: 5, arrivals: 12, density: 0.6, probabilities: 0.1...0.6, weights: 0.5...2, using: &stream)
      let solution = try ConfigurationProgram(reward).solve(instance)
      let total = solution.offlinePrices.reduce(0, +) + solution.arrivalPrices.reduce(0, +)
      #expect(abs(total - solution.value.upper) <= 1e-12)
      #expect(solution.value.gap >= 0 && solution.value.gap <= 1e-8)
      for use in solution.configurations {
        let u = use.configuration.offline
        let p = use.configuration.arrivals.map { v in
          instance.arrivals[v].first { $0.offline == u }?.probability ?? 0
        }
        let (value, uses) = reward.worth(p)
        let price = zip(use.configuration.arrivals, uses).reduce(solution.offlinePrices[u]) {
          $0 + solution.arrivalPrices[$1.0] * $1.1
        }
        #expect(price >= instance.weights[u] * value - 1e-9)
      }
    }
  }
}
