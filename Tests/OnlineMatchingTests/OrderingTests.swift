import OnlineMatching
import Simulation
import Testing

/// Random small instances of every kind: unequal and equal probabilities, weights, certain edges, isolated vertices.
enum RandomInstances {
  static func make(_ count: Int, seed: UInt64, offline: ClosedRange<Int> = 1...4, arrivals: ClosedRange<Int> = 1...5)
    throws
    -> [MatchingInstance]
  {
    var stream = RandomStream(seed: seed, purpose: .instance)
    return try (0..<count).map { k in
      let n = Int.random(in: offline, using: &stream)
      let m = Int.random(in: arrivals, using: &stream)
      switch k % 4 {
      case 0: return try .random(offline: n, arrivals: m, density: 0.5, using: &stream)
      case 1: return try .random(offline: n, arrivals: m, density: 0.6, weights: 0...3, using: &stream)
      case 2: return try .random(offline: n, arrivals: m, density: 0.6, probabilities: 0.25...0.25, using: &stream)
      default:
        // Some certain edges among uncertain ones.
        let base = try MatchingInstance.random(offline: n, arrivals: m, density: 0.6, weights: 1...2, using: &stream)
        return try MatchingInstance(
          offlineCount: n, weights: base.weights,
          arrivals: base.arrivals.map { $0.map { .init($0.offline, stream.bernoulli(0.3) ? 1 : $0.probability) } })
      }
    }
  }
}

@Suite("Order of algorithms and benchmarks") struct OrderingTests {
  /// LPs are feasible to 1e-9 in each row; a value is a sum of at most 60 terms of weight at most 3.
  static let tolerance = 1e-6

  @Test("the hierarchy of section 4 on random instances") func hierarchy() throws {
    for instance in try RandomInstances.make(120, seed: 5) {
      func value(_ benchmark: MatchingBenchmark) throws -> Double { try benchmark.value(on: instance).value }
      let b0 = try value(.matchingProgram), b1 = try value(.configurationProgram)
      let b2 = try value(.stochasticConfigurationProgram), compact = try value(.stochasticCompactProgram)
      let b3 = try value(.subsetProgram), b5 = try value(.clairvoyant), b6 = try value(.fullyOffline)
      let b7 = try value(.bestFixedAssignment), b8 = try value(.omniscient)
      let tolerance = Self.tolerance
      #expect(b5 <= b2 + tolerance)
      #expect(abs(b2 - compact) <= tolerance)
      #expect(b2 <= b3 + tolerance)
      #expect(b3 <= b0 + tolerance)
      #expect(b1 <= b0 + tolerance)
      #expect(b5 <= b6 + 1e-9)
      #expect(b6 <= b3 + tolerance)
      #expect(b6 <= b8 + 1e-9)
      #expect(b7 <= b5 + 1e-9)
      if instance.edgeCount <= 8 { #expect(b6 <= (try value(.pathProgram)) + tolerance) }
      for algorithm in MatchingAlgorithm.allCases where algorithm != .perturbedGreedy {
        let earned = try ExactEvaluation().value(of: algorithm, on: instance)
        #expect(earned.expectedWeight <= b5 + 1e-9, "\(algorithm)")
        #expect(earned.successProbability.allSatisfy { $0 >= 0 && $0 <= 1 + 1e-12 })
        if algorithm == .nonAdaptive { #expect(earned.expectedWeight <= b7 + 1e-9) }
        // Greedy earns half of the clairvoyant optimum.
        if algorithm == .greedy { #expect(earned.expectedWeight >= b5 / 2 - 1e-9) }
      }
    }
  }

  @Test("every program proves its value: the gap is closed") func gaps() throws {
    for instance in try RandomInstances.make(60, seed: 6, offline: 1...6, arrivals: 1...8) {
      for benchmark in [
        MatchingBenchmark.matchingProgram, .configurationProgram, .stochasticConfigurationProgram,
        .stochasticCompactProgram, .subsetProgram,
      ] {
        let value = try benchmark.value(on: instance)
        #expect(value.lower <= value.upper)
        #expect(value.gap <= 1e-7, "\(benchmark) \(value)")
      }
    }
  }

  @Test("B0 for equal p: with all arrivals alike it is min(n, m p)") func closedForm() throws {
    for (n, m, p) in [(2, 10, 0.1), (3, 50, 0.1), (1, 4, 0.25), (2, 3, 1.0)] {
      let instance = try MatchingInstance.complete(offline: n, arrivals: m, probability: p)
      #expect(
        abs(try MatchingBenchmark.matchingProgram.value(on: instance).value - min(Double(n), Double(m) * p)) < 1e-9)
    }
  }

  @Test("equal p and weights: every decreasing score is the least load, PerturbedGreedy is Ranking") func coincide()
    throws
  {
    for s in [2, 4] {
      let instance = try MatchingInstance.triangular(3, copiesPerUnit: s)
      let least = try ExactEvaluation().value(of: .leastLoad, on: instance)
      for algorithm in [
        MatchingAlgorithm.scoreExp, .scoreGU, .scoreGexp, .scoreInverse, .scoreHZEqual, .scoreStochasticEqual,
        .fullyAdaptive,
      ] {
        let value = try ExactEvaluation().value(of: algorithm, on: instance)
        #expect(abs(value.expectedWeight - least.expectedWeight) < 1e-12, "\(algorithm)")
      }
      #expect(
        try ExactEvaluation().value(of: .perturbedGreedy, on: instance)
          == ExactEvaluation().value(of: .ranking, on: instance))
    }
  }

  @Test("worked examples") func worked() throws {
    // p = 1: Ranking on the triangle.
    #expect(abs(try ExactEvaluation().value(of: .ranking, on: .triangle(4)).expectedWeight - 2.791666666666667) < 1e-12)
    #expect(abs(try ExactEvaluation().value(of: .ranking, on: .triangle(5)).expectedWeight - 3.425) < 1e-12)
    // Deterministic rules are trapped by reversed labels.
    #expect(try ExactEvaluation().value(of: .greedy, on: .triangle(4, reversed: true)).expectedWeight == 2)
    // One vertex, three tries at 1/2.
    let star = try MatchingInstance.star(arrivals: 3, probability: 0.5)
    for algorithm in MatchingAlgorithm.allCases {
      #expect(abs(try ExactEvaluation().value(of: algorithm, on: star).expectedWeight - 0.875) < 1e-12)
    }
    // G_3 with p = 1/3.
    #expect(
      abs(try ExactEvaluation().value(of: .leastLoad, on: .triangular(3, copiesPerUnit: 3)).expectedWeight - 1.972413)
        < 5e-7)
  }

  @Test("capacities: copies share the successes") func capacities() throws {
    let instance = try MatchingInstance(
      offlineCount: 2, weights: [1, 3], capacities: [2, 1],
      arrivals: [[.init(0, 0.5), .init(1, 0.2)], [.init(0, 0.5)], [.init(0, 1)]])
    let value = try ExactEvaluation().value(of: .greedy, on: instance)
    #expect(abs(value.successProbability[0] - (0.5 + 1)) < 1e-12)
    #expect(abs(value.successProbability[1] - 0.2) < 1e-12)
    #expect(abs(value.expectedWeight - 2.1) < 1e-12)
  }
}

@Suite("Bad and large instances are named") struct MatchingErrorTests {
  @Test("each error case") func cases() {
    typealias Edge = MatchingInstance.Edge
    #expect(throws: MatchingError.count(of: "weights", expected: 2, got: 1)) {
      try MatchingInstance(offlineCount: 2, weights: [1], arrivals: [])
    }
    #expect(throws: MatchingError.weight(offline: 1, value: -1)) {
      try MatchingInstance(offlineCount: 2, weights: [1, -1], arrivals: [])
    }
    #expect(throws: MatchingError.capacity(offline: 0, value: 0)) {
      try MatchingInstance(offlineCount: 1, capacities: [0], arrivals: [])
    }
    #expect(throws: MatchingError.offlineVertex(arrival: 1, edge: 0, value: 1, count: 1)) {
      try MatchingInstance(offlineCount: 1, arrivals: [[], [Edge(1, 0.5)]])
    }
    #expect(throws: MatchingError.probability(arrival: 0, edge: 0, value: 1.5)) {
      try MatchingInstance(offlineCount: 1, arrivals: [[Edge(0, 1.5)]])
    }
    #expect(throws: MatchingError.self) { try MatchingInstance(offlineCount: 1, arrivals: [[Edge(0, .nan)]]) }
    #expect(throws: MatchingError.duplicateEdge(arrival: 0, offline: 0)) {
      try MatchingInstance(offlineCount: 1, arrivals: [[Edge(0, 0.5), Edge(0, 0)]])
    }
    #expect(throws: MatchingError.parameter(name: "n", value: 0, needed: "at least 1")) {
      try LaminarFamily.triangular(0)
    }
    #expect(throws: MatchingError.self) { try LaminarFamily.triangularThenPrivate(3, 4) }
    #expect(throws: MatchingError.self) { try HardFamilySearch(size: 0) }
  }

  @Test("what is too large is skipped with a reason") func large() throws {
    let instance = try MatchingInstance.complete(offline: 25, arrivals: 2, probability: 0.5)
    let evaluation = MatchingEvaluation(instance)
    let skipped = Dictionary(uniqueKeysWithValues: evaluation.skipped.map { ($0.name, $0.reason) })
    for name in ["clairvoyant", "fully-offline", "omniscient", "lp-path", "ranking"] {
      #expect(skipped[name] != nil, "\(name)")
    }
    #expect(skipped["clairvoyant"]?.contains("25, above the limit of 24") == true)
    #expect(skipped["lp-matching"] == nil)
  }

  @Test("zero weights are attempted when nothing better is there, and earn nothing") func zeroWeights() throws {
    let instance = try MatchingInstance(
      offlineCount: 2, weights: [0, 1], arrivals: [[.init(0, 0.5)], [.init(0, 1), .init(1, 0.5)]])
    for algorithm in MatchingAlgorithm.allCases {
      let value = try ExactEvaluation().value(of: algorithm, on: instance)
      if algorithm == .greedy {
        #expect(value.successProbability == [0.5, 0.5])
        #expect(value.expectedWeight == 0.5)
      }
    }
  }

  @Test("without arrivals or vertices everything is 0") func empty() throws {
    for instance in [
      try MatchingInstance(offlineCount: 0, arrivals: []), try MatchingInstance(offlineCount: 0, arrivals: [[], []]),
      try MatchingInstance(offlineCount: 3, arrivals: []),
      try MatchingInstance(offlineCount: 2, arrivals: [[.init(0, 0)], []]),
    ] {
      let evaluation = MatchingEvaluation(instance)
      #expect(evaluation.skipped.isEmpty)
      #expect(evaluation.algorithms.allSatisfy { $0.value.expectedWeight == 0 })
      #expect(evaluation.benchmarks.allSatisfy { $0.value.value == 0 })
    }
  }
}
