import OnlineMatching
import Simulation
import Testing

@Suite("Simulation of matching") struct MatchingSimulationTests {
  /// 14 algorithms × 12 instances × 2 views: at 5.5 standard errors the chance of any false alarm is about 1e-5.
  @Test("thresholds and coins give the exact law of every algorithm", arguments: MatchingSimulation.Outcomes.allCases)
  func law(outcomes: MatchingSimulation.Outcomes) throws {
    for instance in try RandomInstances.make(12, seed: 21) {
      let simulation = try MatchingSimulation(replicates: 4_000, seed: 3, outcomes: outcomes)
      for estimate in simulation.run(MatchingAlgorithm.allCases, on: instance) {
        guard let exact = try? ExactEvaluation().value(of: estimate.algorithm, on: instance) else { continue }
        #expect(
          abs(estimate.meanWeight - exact.expectedWeight) <= 5.5 * estimate.standardError + 1e-9,
          "\(estimate.algorithm) \(estimate.meanWeight) ± \(estimate.standardError), exact \(exact.expectedWeight)")
        for (got, want) in zip(estimate.successProbability, exact.successProbability) {
          #expect(abs(got - want) <= 5.5 * (want * max(0, 1 - want) / 4_000).squareRoot() + 1e-9)
        }
      }
    }
  }

  @Test("PerturbedGreedy on two vertices agrees with its exact value") func perturbed() throws {
    let instance = try MatchingInstance(
      offlineCount: 2, weights: [1, 2],
      arrivals: [
        [.init(0, 0.9), .init(1, 0.4)], [.init(0, 0.5), .init(1, 0.6)], [.init(1, 0.3)],
        [.init(0, 0.2), .init(1, 0.2)],
      ])
    let estimate = try MatchingSimulation(replicates: 40_000, seed: 8).run([.perturbedGreedy], on: instance)[0]
    #expect(abs(estimate.meanWeight - 2.2865890847411885) <= 5 * estimate.standardError)
  }

  @Test("the same bytes for any number of threads; another seed, other bytes") func determinism() throws {
    let instance = try RandomInstances.make(2, seed: 2)[1]
    let one = try MatchingSimulation(replicates: 300, seed: 4, workers: 1).run(MatchingAlgorithm.allCases, on: instance)
    let four = try MatchingSimulation(replicates: 300, seed: 4, workers: 4).run(
      MatchingAlgorithm.allCases, on: instance)
    #expect(one == four)
    #expect(one != (try MatchingSimulation(replicates: 300, seed: 5).run(MatchingAlgorithm.allCases, on: instance)))
  }

  @Test("shared thresholds make differences precise") func coupling() throws {
    let instance = try MatchingInstance.triangular(4, copiesPerUnit: 10)
    func error(_ outcomes: MatchingSimulation.Outcomes) throws -> Double {
      try MatchingSimulation(replicates: 2_000, outcomes: outcomes, shufflesLabels: true)
        .run([.leastLoad, .ranking], on: instance)[1].differenceStandardError
    }
    let alone = try MatchingSimulation(replicates: 2_000).run([.leastLoad], on: instance)[0].standardError
    #expect(try error(.thresholds) < alone)
  }

  @Test("random labels hide the future: Greedy on G_2 falls from the clairvoyant value to the mean over labels")
  func labels()
    throws
  {
    let instance = try MatchingInstance.triangular(2, copiesPerUnit: 4)
    let optimum = try ExactOptimum.clairvoyant(instance)
    #expect(abs(try ExactEvaluation().value(of: .greedy, on: instance).expectedWeight - optimum) < 1e-12)
    let mean =
      (optimum + (try ExactEvaluation().value(of: .greedy, on: instance.relabelled([1, 0])).expectedWeight)) / 2
    for algorithm in [MatchingAlgorithm.greedy, .nonAdaptive] {
      let want =
        algorithm == .greedy
        ? mean
        : try [[0, 1], [1, 0]].reduce(0.0) {
          $0 + (try ExactEvaluation().value(of: algorithm, on: instance.relabelled($1)).expectedWeight) / 2
        }
      let estimate = try MatchingSimulation(replicates: 20_000, shufflesLabels: true).run([algorithm], on: instance)[0]
      #expect(abs(estimate.meanWeight - want) <= 5 * estimate.standardError)
    }
  }

  /// As p → 0 every opportunistic algorithm earns the limit of the family; at p = 1/200 the gap is O(p).
  @Test("opportunistic algorithms merge towards the limit of G_3") func limit() throws {
    let family = try LaminarFamily.triangular(3)
    let simulation = try MatchingSimulation(replicates: 6_000, seed: 9, shufflesLabels: true)
    for estimate in simulation.run(
      [.leastLoad, .ranking, .random, .greedy], on: try family.instance(copiesPerUnit: 200))
    {
      #expect(abs(estimate.meanWeight - family.expectedSuccesses) <= 5 * estimate.standardError + 0.02)
    }
  }

  @Test("an algorithm of one's own plays against the same outcomes") func own() throws {
    let instance = try RandomInstances.make(1, seed: 7)[0]
    let simulation = try MatchingSimulation(replicates: 50, seed: 2)
    let means = simulation.run([.greedy], on: instance)[0].successProbability
    var counts = [Double](repeating: 0, count: instance.offlineCount)
    for replicate in 0..<50 {
      let matcher = ScoreMatcher(GreedyRule(), weights: instance.weights)
      for (u, success) in simulation.play(matcher, on: instance, replicate: replicate).enumerated() where success {
        counts[u] += 1
      }
    }
    for (count, mean) in zip(counts, means) { #expect(abs(count / 50 - mean) < 1e-12) }
  }

  @Test("no replicates are refused") func refused() {
    #expect(throws: MatchingError.self) { try MatchingSimulation(replicates: 0) }
  }
}
