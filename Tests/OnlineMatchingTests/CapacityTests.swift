import Simulation
import Testing

@testable import OnlineMatching

@Suite("Capacities, ties and fractions") struct CapacityTests {
  @Test("with p = 1 the least relative load balances like the deterministic algorithm of b-matching")
  func deterministic() throws {
    var stream = RandomStream(seed: 3, purpose: .instance)
    for _ in 0..<20 {
      let capacities = (0..<4).map { _ in 1 + stream.index(below: 4) }
      let arrivals = (0..<10).map { _ in (0..<4).filter { _ in stream.bernoulli(0.6) } }
      let stochastic = try MatchingInstance(
        offlineCount: 4, capacities: capacities, arrivals: arrivals.map { $0.map { .init($0, 1) } })
      let value = try ExactEvaluation().value(of: .leastRelativeLoad, on: stochastic)
      let spent = AdWordsAlgorithm.balance.payments(
        on: try AdWordsInstance(
          budgets: capacities.map(Double.init), queries: arrivals.map { $0.map { .init($0, 1) } }))
      #expect(zip(value.successProbability, spent).allSatisfy { abs($0 - $1) < 1e-12 })
    }
  }

  @Test("with capacity 1 relative loads are loads") func unitCapacities() throws {
    for instance in try RandomInstances.make(8, seed: 31) where instance.hasUnitCapacities {
      let method = ExactEvaluation()
      #expect(
        abs(
          try method.value(of: .leastRelativeLoad, on: instance).expectedWeight
            - method.value(of: .leastLoad, on: instance).expectedWeight) < 1e-12)
    }
  }

  @Test("two capacities, by hand: the second attempt goes to the vertex with more room") func byHand() throws {
    // Vertex 0 has room for 3, vertex 1 for 1, p = 1/2. Relative loads go 0, 1/6, so that the second arrival goes to 1,
    // whose relative load then is 1/2; the third to 0.
    let edges: [MatchingInstance.Edge] = [.init(0, 0.5), .init(1, 0.5)]
    let instance = try MatchingInstance(offlineCount: 2, capacities: [3, 1], arrivals: [edges, edges, edges])
    let value = try ExactEvaluation().value(of: .leastRelativeLoad, on: instance)
    #expect(value.successProbability == [1, 0.5])
  }

  @Test("simulation has the exact law with capacities", arguments: MatchingSimulation.Outcomes.allCases)
  func law(outcomes: MatchingSimulation.Outcomes) throws {
    var stream = RandomStream(seed: 14, purpose: .instance)
    for _ in 0..<4 {
      let plain = try MatchingInstance.random(
        offline: 3, arrivals: 6, density: 0.8, probabilities: 0.2...0.9, weights: 0.5...2, using: &stream)
      let instance = try MatchingInstance(
        offlineCount: 3, weights: plain.weights, capacities: [2, 1, 3], arrivals: plain.arrivals)
      for ties in ScoreTies.allCases {
        var simulation = try MatchingSimulation(replicates: 4_000, seed: 6, outcomes: outcomes)
        simulation.ties = ties
        for estimate in simulation.run([.leastRelativeLoad, .capacityBalance, .fractionalBalance], on: instance) {
          let exact = try ExactEvaluation().value(of: estimate.algorithm, ties: ties, on: instance)
          #expect(abs(estimate.meanWeight - exact.expectedWeight) <= 5.5 * estimate.standardError + 1e-9)
        }
      }
    }
  }

  @Test("random ties: two equal vertices share, exactly and in simulation") func randomTies() throws {
    let instance = try MatchingInstance(
      offlineCount: 2, arrivals: [[.init(0, 0.5), .init(1, 0.5)], [.init(1, 0.5)]])
    let method = ExactEvaluation()
    #expect(try method.value(of: .greedy, on: instance).expectedWeight == 1)
    let exact = try method.value(of: .greedy, ties: .uniform, on: instance).expectedWeight
    #expect(abs(exact - 0.875) < 1e-15)
    var simulation = try MatchingSimulation(replicates: 20_000, seed: 2)
    simulation.ties = .uniform
    let estimate = simulation.run([.greedy], on: instance)[0]
    #expect(abs(estimate.meanWeight - exact) < 5 * estimate.standardError)
  }

  @Test("fractional parts share one level and sum to 1") func parts() throws {
    var stream = RandomStream(seed: 9)
    for function in ScoreFunction.allCases {
      let algorithm = FractionalBalance(function)
      for _ in 0..<20 {
        let count = 2 + stream.index(below: 3)
        let edges = (0..<count).map { MatchingInstance.Edge($0, 0.05 + 0.9 * stream.uniform()) }
        let weights = (0..<count).map { _ in 0.5 + stream.uniform() }
        let loads = (0..<count).map { _ in 1.5 * stream.uniform() }
        let parts = algorithm.parts(of: edges, weights: weights, loads: loads)
        #expect(abs(parts.reduce(0, +) - 1) < 1e-12 && parts.allSatisfy { $0 >= 0 && $0 <= 1 })
        // What is served in part is at the common level; what is not served is not above it.
        func gain(_ k: Int, _ part: Double) -> Double {
          edges[k].probability * weights[k] * function(loads[k] + edges[k].probability * part)
        }
        let served = (0..<count).filter { parts[$0] > 1e-9 }
        let level = served.map { gain($0, parts[$0]) }.min() ?? 0
        for k in 0..<count where parts[k] < 1 - 1e-9 { #expect(gain(k, parts[k]) <= level + 1e-7) }
      }
    }
  }

  @Test("small probabilities: the rounded fractional algorithm is near Balance on a triangular family")
  func fractionalLimit() throws {
    let instance = try MatchingInstance.triangular(3, copiesPerUnit: 4)
    let method = ExactEvaluation()
    let fractional = try method.value(of: .fractionalBalance, on: instance).expectedWeight
    let bound = try ExactOptimum.clairvoyant(instance)
    #expect(fractional <= bound + 1e-12 && fractional >= 0.5 * bound)
  }
}

@Suite("AdWords") struct AdWordsTests {
  @Test("by hand: the classic trap of Greedy, and water-filling on the triangle") func byHand() throws {
    // 0 bids 1, 1 bids 1.01 on the first 10 queries, and only 1 on the next: Greedy uses up the wrong budget.
    let first = [AdWordsInstance.Bid(0, 1), .init(1, 1.01)]
    let trap = try AdWordsInstance(
      budgets: [10, 10.1], queries: Array(repeating: first, count: 10) + Array(repeating: [.init(1, 1.01)], count: 10))
    #expect(abs(AdWordsAlgorithm.greedy.payments(on: trap).reduce(0, +) - 10.1) < 1e-9)
    #expect(abs(try trap.allocationBound().value - 20.1) < 1e-9)
    #expect(AdWordsAlgorithm.smallBids.payments(on: trap).reduce(0, +) > 13)
    // Triangle of 3: levels 1/3, then 1/3 + 1/2, then full.
    let triangle = try AdWordsInstance(
      budgets: [1, 1, 1], queries: (0..<3).map { v in (v..<3).map { .init($0, 1) } })
    let filled = AdWordsAlgorithm.waterFilling.payments(on: triangle)
    for (got, want) in zip(filled, [1.0 / 3, 5.0 / 6, 1]) { #expect(abs(got - want) < 1e-12) }
  }

  @Test("small bids: MSVV and water-filling earn 1 − 1/e of the optimum, Greedy half, all pay within budgets")
  func ratios() throws {
    var stream = RandomStream(seed: 12, purpose: .instance)
    for _ in 0..<15 {
      let queries = (0..<200).map { _ in
        (0..<5).filter { _ in stream.bernoulli(0.5) }.map { AdWordsInstance.Bid($0, stream.uniform()) }
      }
      let instance = try AdWordsInstance(budgets: (0..<5).map { _ in 5 + 20 * stream.uniform() }, queries: queries)
      let bound = try instance.allocationBound()
      #expect(bound.gap < 1e-6)
      for algorithm in AdWordsAlgorithm.allCases {
        let spent = algorithm.payments(on: instance)
        #expect(zip(spent, instance.budgets).allSatisfy { $0 <= $1 + 1e-12 })
        let ratio = spent.reduce(0, +) / bound.value
        // Bids are at most 1/5 of a budget: a loss of that order at most for the integral rule.
        switch algorithm {
        case .greedy: #expect(ratio >= 0.5 - 1e-9)
        case .smallBids: #expect(ratio >= 0.632 * 0.8)
        case .waterFilling: #expect(ratio >= 0.6321)
        case .balance: #expect(ratio <= 1 + 1e-9)
        }
      }
    }
  }

  @Test("bad instances are named") func errors() {
    #expect(throws: MatchingError.duplicateEdge(arrival: 0, offline: 0)) {
      try AdWordsInstance(budgets: [1], queries: [[.init(0, 1), .init(0, 1)]])
    }
    #expect(throws: MatchingError.offlineVertex(arrival: 0, edge: 0, value: 1, count: 1)) {
      try AdWordsInstance(budgets: [1], queries: [[.init(1, 1)]])
    }
    #expect(
      throws: MatchingError.parameter(name: "the budget of advertiser 0", value: 0, needed: "positive and finite")
    ) {
      try AdWordsInstance(budgets: [0], queries: [])
    }
    #expect(
      throws: MatchingError.parameter(name: "bid 0 on query 0", value: -1, needed: "at least 0 and finite")
    ) {
      try AdWordsInstance(budgets: [1], queries: [[.init(0, -1)]])
    }
  }
}
