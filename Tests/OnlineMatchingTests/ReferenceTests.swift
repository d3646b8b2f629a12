import Files
import JSON
import OnlineMatching
import TestSupport
import Testing

/// Every instance of `Tests/Reference/matching` with its exact values.
@Suite("Reference instances") struct MatchingReferenceTests {
  static func cases() throws -> [(name: String, cursor: JSONCursor, instance: MatchingInstance)] {
    try Reference.files(in: "matching", suffix: ".json").compactMap { file in
      let cursor = try Reference.json(file)
      guard try cursor["kind"].string() == "online_matching" else { return nil }
      return (file, cursor, try MatchingInstance(path: Reference.path(file)))
    }
  }

  @Test("there are ten instances") func count() throws { #expect(try Self.cases().count == 10) }

  @Test("every algorithm's expected weight and success probabilities") func algorithms() throws {
    for (name, cursor, instance) in try Self.cases() {
      for (key, expected) in try cursor["expected"]["algorithms"].members() {
        let algorithm = try #require(MatchingAlgorithm(rawValue: key.replacing("_", with: "-")), "\(key)")
        let tolerance = [.scoreHZEqual, .perturbedGreedy].contains(algorithm) ? 1e-8 : 1e-9
        let value = try ExactEvaluation().value(of: algorithm, on: instance)
        let weight = try expected["expected_weight"].double()
        #expect(abs(value.expectedWeight - weight) <= tolerance, "\(name) \(key)")
        let success = try expected["success_probability"].doubles(count: instance.offlineCount)
        for (got, want) in zip(value.successProbability, success) {
          #expect(abs(got - want) <= tolerance, "\(name) \(key)")
        }
      }
    }
  }

  @Test("every benchmark") func benchmarks() throws {
    for (name, cursor, instance) in try Self.cases() {
      for (key, expected) in try cursor["expected"]["benchmarks"].members() {
        let benchmark = try #require(MatchingBenchmark(rawValue: key.replacing("_", with: "-")), "\(key)")
        let tolerance = key.hasPrefix("lp") ? 1e-7 : 1e-9
        let value = try benchmark.value(on: instance)
        let want = try expected.double()
        #expect(abs(value.value - want) <= tolerance, "\(name) \(key) \(value)")
        #expect(value.gap <= 1e-7, "\(name) \(key) \(value)")
      }
    }
  }
}
