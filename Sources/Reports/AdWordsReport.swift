public import JSON
public import OnlineMatching

/// What every AdWords algorithm earns on one instance, beside the fractional optimum.
public struct AdWordsReport: Sendable {
  private let bound: BenchmarkValue
  private let results: [(algorithm: AdWordsAlgorithm, spent: [Double])]

  /// Runs `algorithms` on `instance`.
  ///
  /// - Throws: ``OnlineMatching/MatchingError/linearProgram(name:reason:)``.
  public init(
    _ instance: AdWordsInstance, algorithms: [AdWordsAlgorithm] = AdWordsAlgorithm.allCases
  ) throws(MatchingError) {
    bound = try instance.allocationBound()
    results = algorithms.map { ($0, $0.payments(on: instance)) }
  }

  private func ratio(_ revenue: Double) -> Double { bound.value > 0 ? revenue / bound.value : .nan }

  /// `{"algorithms": {NAME: {"revenue", "ratio", "spent": [n]}}, "benchmarks": {"lp-allocation": number}}`.
  public var json: JSONValue {
    [
      "algorithms": .object(
        results.map {
          let revenue = $0.spent.reduce(0, +)
          return .init(
            $0.algorithm.rawValue,
            ["revenue": .finite(revenue), "ratio": .finite(ratio(revenue)), "spent": .numbers($0.spent)])
        }),
      "benchmarks": ["lp-allocation": .finite(bound.value)],
    ]
  }

  /// One table.
  public var text: String {
    var table = TextTable(
      header: ["algorithm", "revenue", "/ lp-allocation"], alignments: [.left, .right, .right])
    for result in results {
      let revenue = result.spent.reduce(0, +)
      table.append(result.algorithm.rawValue, revenue.readable(digits: 10), ratio(revenue).readable(digits: 7))
    }
    return "lp-allocation = \(bound.value.readable(digits: 10))\n\n\(table.text())"
  }
}
