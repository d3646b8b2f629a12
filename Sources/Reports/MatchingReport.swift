public import JSON
public import OnlineMatching

/// The exact values of one matching instance, for readers and for programs.
public struct MatchingEvaluationReport: Sendable {
  /// What is reported.
  public let evaluation: MatchingEvaluation

  /// A report of `evaluation`.
  public init(_ evaluation: MatchingEvaluation) { self.evaluation = evaluation }

  /// `{"offline", "online", "edges", "algorithms": {NAME: {"expectedWeight", "successProbability": [n]}},
  /// "benchmarks": {NAME: number}, "bounds": {NAME: {"lower", "upper"}}, "skipped": {NAME: reason}}`, and with certificates
  /// `"certificates": {NAME: {BENCHMARK: {"ratio", "offline", "arrivals"}}}`.
  public var json: JSONValue {
    .object(members + (evaluation.certificates.isEmpty ? [] : [.init("certificates", certificates)]))
  }

  private var certificates: JSONValue {
    func one(_ certificate: MatchingCertificate) -> JSONValue {
      [
        "ratio": certificate.ratio.map(JSONValue.finite) ?? .null,
        "offline": certificate.tightest.map { .integer($0.offline) } ?? .null,
        "arrivals": .integers(certificate.tightest?.arrivals ?? []),
      ]
    }
    return .object(
      evaluation.certificates.map {
        .init(
          $0.algorithm.rawValue,
          [
            MatchingBenchmark.configurationProgram.rawValue: one($0.truncated),
            MatchingBenchmark.stochasticConfigurationProgram.rawValue: one($0.stochastic),
          ])
      })
  }

  private var members: [JSONValue.Member] {
    [
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
    ]
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
      var table = TextTable(
        header: ["algorithm", "expected weight"] + references.map { "/ \($0.0)" },
        alignments: [.left, .right] + references.map { _ in .right })
      for entry in evaluation.algorithms {
        let weight = entry.value.expectedWeight
        table.append(
          [entry.algorithm.rawValue, shown(weight)] + references.map { $0.1 > 0 ? shown(weight / $0.1) : "-" })
      }
      lines += ["", table.text()]
    }
    if !evaluation.benchmarks.isEmpty {
      var table = TextTable(header: ["benchmark", "value"], alignments: [.left, .right])
      for entry in evaluation.benchmarks { table.append(entry.benchmark.rawValue, shown(entry.value.value)) }
      lines += [table.text()]
    }
    if !evaluation.certificates.isEmpty {
      var table = TextTable(
        header: ["certified share of", "lp-config", "lp-stochastic-config"], alignments: [.left, .right, .right])
      for entry in evaluation.certificates {
        table.append(
          entry.algorithm.rawValue, entry.truncated.ratio.map(shown) ?? "-", entry.stochastic.ratio.map(shown) ?? "-")
      }
      lines += [table.text()]
    }
    if !evaluation.skipped.isEmpty {
      lines += evaluation.skipped.map { "skipped \($0.name): \($0.reason)" }
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
    var ratios = TextTable(
      header: ["stated", "recomputed", "", "algorithm", "probabilities", "weights", "against", "source", "evidence"],
      alignments: [.right, .right] + [TextTable.Alignment](repeating: .left, count: 7))
    for ratio in KnownRatio.all {
      ratios.append(
        ratio.value.readable(digits: 7), ratio.recomputed.map(shown) ?? "-", ratio.direction.rawValue, ratio.algorithm,
        ratio.probabilities, ratio.weights, ratio.benchmark, ratio.source, ratio.evidence.rawValue)
    }
    var guarantees = TextTable(header: ["p", "least-load", "ranking"], alignments: [.right, .right, .right])
    for p in Self.probabilities {
      guarantees.append("\(p)", shown(RatioConstants.stochasticBalance(p)), shown(RatioConstants.ranking(p)))
    }
    var lines = [
      ratios.text(),
      "Guarantees against B0 for equal p, unweighted; they cross at p = \(shown(RatioConstants.crossover))",
      guarantees.text(),
    ]
    for (kind, name) in [(DelayEquation.Kind.huangZhang, "0.572"), (.stochastic, "0.611")] {
      let equation = DelayEquation(kind)
      var table = TextTable(header: ["h", "ratio", "slack"], alignments: [.right, .right, .right])
      for step in Self.steps {
        let solution = equation.solve(step: step)
        table.append("\(step)", shown(solution.ratio), solution.minimumSlack.readable(digits: 3))
      }
      table.append("→ 0", shown(equation.extrapolated(step: 0.01)), "")
      lines += ["The delay equation behind \(name), with the slack of its inequality", table.text()]
    }
    let limit = RatioConstants.triangularThenPrivateLimit
    lines += [
      "Equal vanishing p against B0: the best ratio is in [\(shown(RatioConstants.huangZhangEqual)), \(shown(limit.ratio))]; the "
        + "upper end is derived here from T(n, (1-s)n) with s = \(shown(limit.share)), a derivation to be checked"
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
      expected successes   \(shown(limit.expected))   (\(scope))
      matching bound B0    \(shown(limit.matchingBound))
      ratio                \(shown(limit.expected / limit.matchingBound))
      """
  }
}

/// The outcome of a search for hard families.
public struct MatchingSearchReport: Sendable {
  /// What was found.
  public let result: HardFamilySearch.Result
  /// What the successes were compared with.
  public let benchmark: MatchingBenchmark

  /// A report of a search.
  public init(_ result: HardFamilySearch.Result, against benchmark: MatchingBenchmark) {
    self.result = result
    self.benchmark = benchmark
  }

  /// `{"size", "benchmark", "ratio", "expected", "bound": [lower, upper], "matchingBound", "family": {"size", "mass",
  /// "children"}, "evaluated", "progress"}`.
  public var json: JSONValue {
    [
      "size": .integer(result.family.size), "benchmark": .string(benchmark.rawValue), "ratio": .finite(result.ratio),
      "expected": .finite(result.family.expectedSuccesses),
      "bound": .numbers([result.bound.lowerBound, result.bound.upperBound]),
      "matchingBound": .finite(result.family.matchingBound),
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
    let (low, high) = (result.bound.lowerBound, result.bound.upperBound)
    let bound = low == high ? shown(low) : "between \(shown(low)) and \(shown(high))"
    return """
      hardest of \(result.evaluated) nested families on \(result.family.size) vertices, p → 0
      \(result.family)
      expected successes   \(shown(result.family.expectedSuccesses))   (every opportunistic algorithm)
      \(benchmark == .matchingProgram ? "matching bound B0  " : "stochastic bound B2")  \(bound)
      ratio                \(low == high ? "" : "at most ")\(shown(result.ratio))
      """
  }
}

/// The estimates of a simulation, for readers and for programs.
public struct MatchingRunReport: Sendable {
  /// The simulation.
  public let simulation: MatchingSimulation
  /// What came out.
  public let outcome: MatchingSimulation.Outcome
  /// The benchmark that ratios are taken to, with its value.
  public let benchmark: (name: MatchingBenchmark, value: Double)

  /// A report of an outcome.
  public init(
    _ simulation: MatchingSimulation, _ outcome: MatchingSimulation.Outcome,
    benchmark: (name: MatchingBenchmark, value: Double)
  ) {
    self.simulation = simulation
    self.outcome = outcome
    self.benchmark = benchmark
  }

  /// `{"replicates", "seed", "outcomes", "ties", "shuffledLabels", "benchmark": {"name", "value"}, "algorithms": {NAME:
  /// {"meanWeight", "standardError", "ratio", "successProbability": [n], "difference": {"mean", "standardError"}}}}`; the
  /// difference is to the first algorithm, and replicates are those of this share.
  public var json: JSONValue {
    [
      "replicates": .integer(outcome.replicates.count), "seed": .integer(Int(truncatingIfNeeded: simulation.seed)),
      "outcomes": .string(simulation.outcomes.rawValue), "ties": .string(simulation.ties.rawValue),
      "shuffledLabels": .bool(simulation.shufflesLabels),
      "benchmark": ["name": .string(benchmark.name.rawValue), "value": .finite(benchmark.value)],
      "algorithms": .object(
        outcome.estimates.map {
          .init(
            $0.algorithm.rawValue,
            [
              "meanWeight": .finite($0.meanWeight), "standardError": .finite($0.standardError),
              "ratio": .finite(ratio($0)), "successProbability": .numbers($0.successProbability),
              "difference": ["mean": .finite($0.meanDifference), "standardError": .finite($0.differenceStandardError)],
            ])
        }),
    ]
  }

  private func ratio(_ estimate: MatchingSimulation.Estimate) -> Double {
    benchmark.value > 0 ? estimate.meanWeight / benchmark.value : .nan
  }

  /// One table.
  public var text: String {
    var table = TextTable(
      header: ["algorithm", "mean weight", "± 1 s.e.", "/ \(benchmark.name.rawValue)", "minus the first", "± 1 s.e."],
      alignments: [.left, .right, .right, .right, .right, .right])
    for estimate in outcome.estimates {
      table.append(
        estimate.algorithm.rawValue, estimate.meanWeight.readable(), estimate.standardError.readable(digits: 2),
        ratio(estimate).readable(), estimate.meanDifference.readable(digits: 4),
        estimate.differenceStandardError.readable(digits: 2))
    }
    return "\(outcome.replicates.count) runs, seed \(simulation.seed), \(benchmark.name.rawValue) = "
      + "\(shown(benchmark.value))\n\n\(table.text())"
  }
}

/// A number with the digits that a reader compares.
private func shown(_ value: Double) -> String { value.readable(digits: 10) }
