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

/// The known ratios with recomputed digits, and the constants behind them.
public struct MatchingRatiosReport: Sendable {
  /// The report; computing it solves the delay equations at three step widths.
  public init() {}

  private static let steps = [0.02, 0.01, 0.005]
  private static let probabilities = [0.01, 0.1, 0.25, 0.5, 1]

  /// `{"ratios": [{"value", "recomputed", "direction", "algorithm", "probabilities", "weights", "benchmark", "source",
  /// "evidence"}], "constants": {…}, "interval": [lower, upper]}`.
  public var json: JSONValue {
    let limit = RatioConstants.triangularThenPrivateLimit
    func table(_ value: (Double) -> Double) -> JSONValue {
      .object(Self.probabilities.map { .init("\($0)", .finite(value($0))) })
    }
    func delay(_ kind: DelayEquation.Kind) -> JSONValue {
      let equation = DelayEquation(kind)
      let solutions = Self.steps.map { equation.solve(step: $0) }
      return [
        "steps": .array(
          solutions.map {
            ["h": .finite($0.step), "ratio": .finite($0.ratio), "minimumSlack": .finite($0.minimumSlack)]
          }),
        "extrapolated": .finite(equation.extrapolated(step: 0.01)),
      ]
    }
    let constants: JSONValue = [
      "mp12-stochastic-balance-p0": .finite(RatioConstants.stochasticBalance(0)),
      "mp12-eta": table(RatioConstants.stochasticBalance),
      "mp12-ranking-p0": .finite(RatioConstants.ranking(0)),
      "mp12-kappa": table(RatioConstants.ranking),
      "mp12-crossover-p": .finite(RatioConstants.crossover),
      "mp12-hardness-g3": .finite(RatioConstants.triangularHardness),
      "mp12-z-graph": [
        "alpha": 0.429, "shared": 4000, "ratio": .finite(RatioConstants.zGraph(own: 1_716, shared: 4_000)),
      ],
      "hz20-equal": .finite(RatioConstants.huangZhangEqual),
      "gu20": .finite(RatioConstants.goyalUdwani),
      "stochastic-equal": .finite(RatioConstants.stochasticEqual),
      "stochastic-equal-residual": .finite(RatioConstants.stochasticEqualResidual),
      "triangular-then-private-limit": ["ratio": .finite(limit.ratio), "s": .finite(limit.share)],
      "hz20-unequal-limit": delay(.huangZhang),
      "stochastic-unequal-limit": delay(.stochastic),
    ]
    return [
      "ratios": .array(
        KnownRatio.all.map {
          [
            "value": .finite($0.value), "recomputed": $0.recomputed.map(JSONValue.finite) ?? .null,
            "direction": .string($0.direction.rawValue), "algorithm": .string($0.algorithm),
            "probabilities": .string($0.probabilities), "weights": .string($0.weights),
            "benchmark": .string($0.benchmark), "source": .string($0.source), "evidence": .string($0.evidence.rawValue),
          ]
        }),
      "constants": constants,
      "interval": .numbers([RatioConstants.huangZhangEqual, limit.ratio]),
    ]
  }

  /// The table of ratios, the constants with their convergence, and the interval for equal vanishing probabilities.
  public var text: String {
    var lines = ["stated   recomputed    what"]
    for ratio in KnownRatio.all {
      let recomputed = ratio.recomputed.map(fixed) ?? "-          "
      lines.append(
        "\(fixed(ratio.value).prefix(7))  \(recomputed)   \(ratio.direction.rawValue): \(ratio.algorithm); p "
          + "\(ratio.probabilities); weights \(ratio.weights); against \(ratio.benchmark); \(ratio.source) "
          + "[\(ratio.evidence.rawValue)]")
    }
    lines += ["", "p         least-load     ranking   (guarantees against B0, equal p, unweighted)"]
    for p in Self.probabilities {
      lines.append(
        "\(fixed(p).prefix(6))   \(fixed(RatioConstants.stochasticBalance(p)))  \(fixed(RatioConstants.ranking(p)))")
    }
    lines.append("they cross at p = \(fixed(RatioConstants.crossover))")
    for (kind, name) in [(DelayEquation.Kind.huangZhang, "0.572"), (.stochastic, "0.611")] {
      let equation = DelayEquation(kind)
      lines += ["", "the delay equation behind \(name) at step h, and its slack"]
      for step in Self.steps {
        let solution = equation.solve(step: step)
        lines.append("h = \(step)  \(fixed(solution.ratio))  slack \(solution.minimumSlack)")
      }
      lines.append("h → 0      \(fixed(equation.extrapolated(step: 0.01)))")
    }
    let limit = RatioConstants.triangularThenPrivateLimit
    lines += [
      "",
      "equal vanishing p against B0: the best ratio is in [\(fixed(RatioConstants.huangZhangEqual)), \(fixed(limit.ratio))]; the "
        + "upper end is derived here from T(n, (1-s)n) with s = \(fixed(limit.share)), a derivation to be checked",
    ]
    return lines.joined(separator: "\n")
  }
}

/// A named family of instances in the limit of vanishing probabilities.
public struct MatchingFamilyReport: Sendable {
  /// What the family is called.
  public let name: String
  /// Its parameters.
  public let parameters: [(name: String, value: Int)]
  /// Expected successes in the limit, and B0 in the limit; nil where no exact limit is known.
  public let limit: (expected: Double, matchingBound: Double)?
  /// For whom the limit holds.
  public let scope: String

  /// A report of a family.
  public init(
    _ name: String, parameters: [(name: String, value: Int)], limit: (expected: Double, matchingBound: Double)?,
    scope: String
  ) {
    self.name = name
    self.parameters = parameters
    self.limit = limit
    self.scope = scope
  }

  /// `{"family", parameters …, "expected", "matchingBound", "ratio", "scope"}`; the three numbers are null with a `reason`
  /// where no exact limit is known.
  public var json: JSONValue {
    var members: [JSONValue.Member] = [.init("family", .string(name))]
    members += parameters.map { .init($0.name, .integer($0.value)) }
    members += [
      .init("expected", limit.map { .finite($0.expected) } ?? .null),
      .init("matchingBound", limit.map { .finite($0.matchingBound) } ?? .null),
      .init("ratio", limit.map { .finite($0.expected / $0.matchingBound) } ?? .null),
      .init(limit == nil ? "reason" : "scope", .string(scope)),
    ]
    return .object(members)
  }

  /// The same in words.
  public var text: String {
    let heading = "\(name)(" + parameters.map { "\($0.name) = \($0.value)" }.joined(separator: ", ") + ")"
    guard let limit else { return "\(heading)\n\(scope)" }
    return """
      \(heading), p → 0
      expected successes   \(fixed(limit.expected))   (\(scope))
      matching bound B0    \(fixed(limit.matchingBound))
      ratio                \(fixed(limit.expected / limit.matchingBound))
      """
  }
}

/// The outcome of a search for hard families.
public struct MatchingSearchReport: Sendable {
  /// What was found.
  public let result: HardFamilySearch.Result

  /// A report of a search.
  public init(_ result: HardFamilySearch.Result) { self.result = result }

  /// `{"size", "ratio", "expected", "matchingBound", "family": {"size", "mass", "children"}, "evaluated", "progress"}`.
  public var json: JSONValue {
    [
      "size": .integer(result.family.size), "ratio": .finite(result.family.ratio),
      "expected": .finite(result.family.expectedSuccesses), "matchingBound": .finite(result.family.matchingBound),
      "family": Self.tree(result.family), "evaluated": .integer(result.evaluated),
      "progress": .numbers(result.progress),
    ]
  }

  private static func tree(_ family: LaminarFamily) -> JSONValue {
    [
      "size": .integer(family.size), "mass": .finite(family.mass), "children": .array(family.children.map(tree)),
    ]
  }

  /// The same in words.
  public var text: String {
    """
    hardest of \(result.evaluated) nested families on \(result.family.size) vertices, p → 0
    \(result.family)
    expected successes   \(fixed(result.family.expectedSuccesses))   (every opportunistic algorithm)
    matching bound B0    \(fixed(result.family.matchingBound))
    ratio                \(fixed(result.family.ratio))
    """
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
