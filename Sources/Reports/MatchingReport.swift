public import JSON
public import OnlineMatching

/// The exact values of one matching instance, for readers and for programs.
public struct MatchingEvaluationReport: Sendable {
  /// What is reported.
  public let evaluation: MatchingEvaluation

  /// A report of `evaluation`.
  public init(_ evaluation: MatchingEvaluation) { self.evaluation = evaluation }

  /// `{"offline", "online", "edges", "algorithms": {NAME: {"expectedWeight", "successProbability": [n]}},
  /// "benchmarks": {NAME: number}, "bounds": {NAME: {"lower", "upper"}}, "skipped": {NAME: reason}}`.
  public var json: JSONValue {
    .object([
      .init("offline", .integer(evaluation.instance.offlineCount)),
      .init("online", .integer(evaluation.instance.arrivalCount)),
      .init("edges", .integer(evaluation.instance.edgeCount)),
      .init(
        "algorithms",
        .object(
          evaluation.algorithms.map {
            .init(
              $0.algorithm.rawValue,
              [
                "expectedWeight": .finite($0.value.expectedWeight),
                "successProbability": .numbers($0.value.successProbability),
              ])
          })),
      .init(
        "benchmarks",
        .object(evaluation.benchmarks.map { .init($0.benchmark.rawValue, .finite($0.value.value)) })),
      .init(
        "bounds",
        .object(
          evaluation.benchmarks.filter { $0.value.rounds > 0 }.map {
            .init($0.benchmark.rawValue, ["lower": .finite($0.value.lower), "upper": .finite($0.value.upper)])
          })),
      .init("skipped", .object(evaluation.skipped.map { .init($0.name, .string($0.reason)) })),
    ])
  }

  /// Two tables: algorithms with their ratios to the main benchmarks, and the benchmarks.
  public var text: String {
    let instance = evaluation.instance
    let references = [MatchingBenchmark.clairvoyant, .stochasticCompactProgram, .matchingProgram]
      .compactMap { benchmark in evaluation.value(of: benchmark).map { (benchmark.rawValue, $0) } }
    var lines = [
      "\(instance.offlineCount) offline vertices, \(instance.arrivalCount) arrivals, \(instance.edgeCount) edges"
    ]
    if !evaluation.algorithms.isEmpty {
      lines += ["", columns(["algorithm", "expected weight"] + references.map { "/ \($0.0)" })]
      for entry in evaluation.algorithms {
        let weight = entry.value.expectedWeight
        lines.append(
          columns(
            [entry.algorithm.rawValue, fixed(weight)] + references.map { $0.1 > 0 ? fixed(weight / $0.1) : "-" }))
      }
    }
    if !evaluation.benchmarks.isEmpty {
      lines += ["", columns(["benchmark", "value"])]
      for entry in evaluation.benchmarks {
        lines.append(columns([entry.benchmark.rawValue, fixed(entry.value.value)]))
      }
    }
    if !evaluation.skipped.isEmpty {
      lines += [""] + evaluation.skipped.map { "skipped \($0.name): \($0.reason)" }
    }
    return lines.joined(separator: "\n")
  }
}

/// Cells in columns: the first to the left, the others to the right.
private func columns(_ cells: [String]) -> String {
  cells.enumerated().map { index, cell in
    let width = index == 0 ? 24 : max(18, cell.count + 2)
    let padding = String(repeating: " ", count: max(0, width - cell.count))
    return index == 0 ? cell + padding : padding + cell
  }.joined()
}

/// A number with nine decimals.
private func fixed(_ value: Double) -> String {
  let scaled = (value.magnitude * 1e9).rounded()
  guard scaled < 9e15 else { return "\(value)" }
  let digits = "\(Int(scaled))"
  let padded = String(repeating: "0", count: max(0, 10 - digits.count)) + digits
  return (value < 0 ? "-" : "") + padded.dropLast(9) + "." + padded.suffix(9)
}
