public import Bandits
internal import Files
public import JSON
public import Simulation

/// Simulated regret of policies: for readers, for programs, and as a picture.
public struct BanditRunReport: Sendable {
  /// The experiment.
  public let experiment: BanditExperiment
  /// What came out of its replicates.
  public let result: Replicates.Result
  /// What the statistics say of each policy.
  public let outcomes: [BanditExperiment.Outcome]

  /// A report of `result`.
  public init(_ experiment: BanditExperiment, _ result: Replicates.Result) {
    self.experiment = experiment
    self.result = result
    outcomes = experiment.outcomes(result.statistics)
  }

  /// What regret is measured against, in words.
  private var benchmark: String {
    guard case .tallying = experiment.problem.model else { return "the best arm" }
    return switch experiment.benchmark {
    case .complete: "the optimal sequence (complete policy regret)"
    case .saturated: "T times the best saturated loss"
    case .constant: "the best constant sequence"
    }
  }

  /// `{"policies": {NAME: {"checkpoints", "mean", "standardError", "quantiles": {"5": […], …}, "pulls", …}}, "seed",
  /// "replicates", …}`
  ///
  /// - Parameter version: The program's version, for the provenance.
  /// - Returns: The object.
  public func json(version: String) -> JSONValue {
    let percent = BanditExperiment.quantileProbabilities.map { "\(Int(($0 * 100).rounded()))" }
    // Null for losses that are functions of the caller, which no file can hold.
    let problem: JSONValue = experiment.problem.json ?? JSONValue.null
    return .object([
      .init(
        "policies",
        .object(
          outcomes.map { outcome in
            .init(
              outcome.name,
              .object([
                .init("checkpoints", .integers(experiment.checkpoints)),
                .init("mean", .numbers(outcome.mean)),
                .init("standardError", .numbers(outcome.standardError)),
                .init("standardDeviation", .numbers(outcome.standardDeviation)),
                .init(
                  "quantiles",
                  .object(zip(percent, outcome.quantiles).map { .init($0, .numbers($1)) })),
                .init("pulls", .numbers(outcome.pulls)),
                .init("realisedMean", .numbers(outcome.realisedMean)),
                .init("realisedStandardError", .numbers(outcome.realisedStandardError)),
                .init(
                  "formula",
                  .string(experiment.policies.first { $0.name == outcome.name }?.entry.formula ?? "")),
              ]))
          })),
      // Text, because a seed may use all 64 bits and JSON numbers do not.
      .init("seed", Int(exactly: experiment.seed).map { .integer($0) } ?? .string("\(experiment.seed)")),
      .init("replicates", .integer(result.statistics.count)),
      .init("stoppedEarly", .bool(result.stoppedEarly)),
      .init("problem", problem),
      .init("T", .integer(experiment.problem.horizon)),
      .init("K", .integer(experiment.problem.armCount)),
      .init("benchmark", .string(benchmark)),
      .init("commonRandomNumbers", .bool(experiment.hasCommonRandomNumbers)),
      .init(
        "generator",
        .string("xoshiro256++ seeded by Philox4x32-10 of (seed, replicate, policy, purpose); 53-bit uniforms")),
      .init("version", .string(version)),
    ])
  }

  /// One line a policy and checkpoint: `policy,step,mean,standardError,q5,q25,q50,q75,q95`.
  public var csv: String {
    let percent = BanditExperiment.quantileProbabilities.map { "q\(Int(($0 * 100).rounded()))" }
    var lines = [(["policy", "step", "mean", "standardError"] + percent).joined(separator: ",")]
    for outcome in outcomes {
      // A name may hold commas, as in se_wtb:M=20,delta=0.05.
      let name = outcome.name.contains(",") ? "\"\(outcome.name)\"" : outcome.name
      for (i, step) in experiment.checkpoints.enumerated() {
        lines.append(
          ([name, "\(step)", "\(outcome.mean[i])", "\(outcome.standardError[i])"]
            + outcome.quantiles.map { "\($0[i])" }).joined(separator: ","))
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A table of the regret at the horizon.
  public var table: TextTable {
    var table = TextTable(
      header: ["policy", "regret", "±2 s.e.", "median", "5 %", "95 %", "pulls"],
      alignments: [.left, .right, .right, .right, .right, .right, .left])
    for outcome in outcomes {
      guard let last = outcome.mean.indices.last else { continue }
      table.append(
        outcome.name, outcome.mean[last].readable(digits: 5), (2 * outcome.standardError[last]).readable(digits: 2),
        outcome.quantiles[2][last].readable(digits: 5), outcome.quantiles[0][last].readable(digits: 5),
        outcome.quantiles[4][last].readable(digits: 5),
        outcome.pulls.map { $0.readable(digits: 4) }.joined(separator: " "))
    }
    return table
  }

  /// One page.
  public var text: String {
    let count = result.statistics.count
    return "\(experiment.problem.armCount) arms, \(experiment.problem.horizon) steps, \(count) replicates, "
      + "seed \(experiment.seed)\(result.stoppedEarly ? " (stopped at the precision asked for)" : "")\n"
      + "regret against \(benchmark)\n\n" + table.text()
  }

  /// The curves as a picture, with bands of two standard errors and the bounds that apply.
  ///
  /// A bound far above the data is not drawn on a linear axis, where it would press the curves together; the caption names
  /// it.
  ///
  /// - Parameters:
  ///   - title: What is shown.
  ///   - xScale: The axis of steps.
  ///   - yScale: The axis of regret.
  /// - Returns: The chart.
  public func chart(
    title: String, xScale: LineChart.Scale = .linear, yScale: LineChart.Scale = .linear
  ) -> LineChart {
    let steps = experiment.checkpoints.map(Double.init)
    var caption =
      "Mean of \(result.statistics.count) replicates, bands of two standard errors; against \(benchmark)."
    var chart = LineChart(title: title, xLabel: "steps", yLabel: "regret", xScale: xScale, yScale: yScale)
    for outcome in outcomes {
      let spread = outcome.standardError.map { 2 * $0 }
      chart.series.append(
        .init(
          name: outcome.name, x: steps, y: outcome.mean, lower: zip(outcome.mean, spread).map { $0 - $1 },
          upper: zip(outcome.mean, spread).map { $0 + $1 }))
    }
    let highest = outcomes.flatMap(\.mean).max() ?? 0
    var beyond: [String] = []
    for bound in experiment.boundCurves {
      guard let last = bound.values.last else { continue }
      if yScale == .linear, last > 1.5 * highest {
        beyond.append("\(bound.name) \(last.readable(digits: 3))")
      } else {
        chart.series.append(.init(name: bound.name, x: steps, y: bound.values, isReference: true))
      }
    }
    if !beyond.isEmpty { caption += " Above the axis: \(beyond.joined(separator: "; "))." }
    chart.caption = caption
    return chart
  }
}
