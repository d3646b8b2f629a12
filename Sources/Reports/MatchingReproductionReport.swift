public import JSON
public import OnlineMatching

/// The reproduction of the theory of online matching with stochastic rewards: tables, plots and checks.
public struct MatchingReproductionReport: Sendable {
  /// One claim and whether it held.
  public struct Check: Sendable, Equatable {
    /// The claim.
    public let claim: String
    /// What was found.
    public let found: String
    /// Whether it held.
    public let holds: Bool
  }

  private let experiments: MatchingExperiments
  private let nested: [MatchingExperiments.RatioPoint]
  private let zGraph: [MatchingExperiments.RatioPoint]
  private let random: [MatchingExperiments.RandomSummary]
  private let convergence: [MatchingExperiments.ConvergencePoint]
  private let hardest: [MatchingExperiments.BoundPoint]

  /// Runs the experiments.
  ///
  /// - Throws: ``OnlineMatching/MatchingError`` when a program could not be solved.
  public init(_ experiments: MatchingExperiments) throws(MatchingError) {
    self.experiments = experiments
    nested = try experiments.nestedFamilies()
    zGraph = try experiments.zGraph()
    random = try experiments.randomInstances()
    convergence = try experiments.convergence()
    hardest = try experiments.hardestNested()
  }

  /// The claims that the numbers were checked against.
  public var checks: [Check] {
    let finest = nested.map(\.copies).max() ?? 1
    // The ratio at finite p differs from the limit by less than p / 5 on these families (exactly computed for G_3).
    let bias = 0.2 / Double(finest)
    let opportunistic = nested.filter { $0.copies == finest && $0.algorithm.isOpportunistic }
    let worst = opportunistic.map {
      ((($0.limit ?? $0.ratio) - $0.ratio).magnitude - bias) / max(1e-12, $0.standardError)
    }
    .reduce(-.infinity) { max($0, $1) }
    let balance = zGraph.filter { $0.algorithm == .leastLoad }
    let zGap = balance.map { ($0.ratio - ($0.limit ?? 0)).magnitude - 5 * $0.standardError }.reduce(0) { max($0, $1) }
    // Half of the optimum is a theorem for Greedy alone where probabilities and weights differ.
    let least = random.first { $0.algorithm == .greedy }?.clairvoyant.least ?? 0
    let most = random.map(\.clairvoyant.largest).reduce(0) { max($0, $1) }
    let last = convergence.last
    let limit = RatioConstants.triangularThenPrivateLimit.ratio
    let stated = KnownRatio.all.filter { $0.recomputed != nil }
    let off = stated.map { ($0.value - ($0.recomputed ?? 0)).magnitude }.reduce(0) { max($0, $1) }
    return [
      Check(
        claim:
          "every opportunistic algorithm meets the exact limit of nested families at p = 1/\(finest), within p/5 and 5 s.e.",
        found: "largest distance beyond p/5: \(max(0, worst).readable(digits: 3)) s.e.", holds: worst <= 5),
      Check(
        claim: "Stochastic Balance tends to its fluid limit on z-graphs (0.02 for the finite size, 5 s.e.)",
        found: "largest distance beyond 5 s.e.: \(zGap.readable(digits: 3))", holds: zGap <= 0.02),
      Check(
        claim:
          "no algorithm beats the clairvoyant optimum, and Greedy earns half of it on each random instance",
        found: "ratios up to \(most.readable()), Greedy at least \(least.readable())",
        holds: most <= 1 + 1e-9 && least >= 0.5),
      Check(
        claim: "Balance on G_3 falls to 0.6209 as p → 0",
        found: last.map { "\($0.averaged.readable()) at p = 1/\($0.copies)" } ?? "-",
        holds: last.map {
          ($0.averaged - RatioConstants.triangularHardness).magnitude <= 0.2 / Double($0.copies)
        } ?? false),
      Check(
        claim: "the hardest T(n, k) falls towards 0.5838454 and stays above",
        found: hardest.last.map { "\(shown($0.ratio)) at n = \($0.size)" } ?? "-",
        holds: zip(hardest, hardest.dropFirst()).allSatisfy { $0.ratio > $1.ratio }
          && hardest.allSatisfy { $0.ratio > limit }),
      Check(
        claim: "recomputed constants agree with the published digits (0.0017, the widest rounding)",
        found: "largest difference \(off.readable(digits: 3))", holds: off <= 0.0017),
    ]
  }

  /// The outcome as a page.
  public var markdown: String {
    var text =
      "# Outcome\n\nSeed \(experiments.seed), \(experiments.isQuick ? "quick" : "full") sizes.\n\n## Checks\n\n"
    var list = TextTable(header: ["claim", "found", "holds"], alignments: [.left, .left, .left])
    for check in checks { list.append(check.claim, check.found, check.holds ? "yes" : "NO") }
    text += list.markdown
    for (title, points) in [
      ("X1: nested families, ratio to B0 and its exact limit", nested),
      ("X2: z-graphs, ratio to B0 and the limit of Balance", zGraph),
    ] {
      var table = TextTable(
        header: ["instance", "p", "algorithm", "ratio", "± 1 s.e.", "limit"],
        alignments: [.left, .left, .left, .right, .right, .right])
      for point in points {
        table.append(
          point.family, "1/\(point.copies)", point.algorithm.rawValue, point.ratio.readable(digits: 4),
          point.standardError.readable(digits: 2), point.limit?.readable(digits: 7) ?? "-")
      }
      text += "\n## \(title)\n\n\(table.markdown)"
    }
    var instances = TextTable(
      header: ["algorithm", "least / B5", "mean / B5", "least / B2", "mean / B2"],
      alignments: [.left, .right, .right, .right, .right])
    for row in random {
      instances.append(
        [row.algorithm.rawValue]
          + [row.clairvoyant.least, row.clairvoyant.mean, row.stochastic.least, row.stochastic.mean].map {
            $0.readable(digits: 4)
          })
    }
    text += "\n## X3: random weighted instances, exact\n\n\(instances.markdown)"
    var finite = TextTable(
      header: ["p", "Balance, natural labels", "Balance, mean over labels", "clairvoyant", "B2"],
      alignments: [.left, .right, .right, .right, .right])
    for row in convergence {
      finite.append(
        ["1/\(row.copies)"]
          + [row.natural, row.averaged, row.clairvoyant, row.stochastic].map { $0.readable(digits: 8) })
    }
    text += "\n## X4: G_3 over B0 as p falls, exact\n\n\(finite.markdown)"
    text +=
      "\n## X5: guarantees of Balance and Ranking\n\nThey cross at p = \(shown(RatioConstants.crossover)); see crossover.svg.\n"
    var bounds = TextTable(header: ["n", "k", "T(n, k) over n"], alignments: [.right, .right, .right])
    for row in hardest { bounds.append("\(row.size)", "\(row.shared)", shown(row.ratio)) }
    text += "\n## The hardest T(n, k), exact sums\n\n\(bounds.markdown)"
    return text
  }

  /// Tables and plots, by file name.
  public var files: [(name: String, content: String)] {
    [
      ("outcome.md", markdown), ("nested-families.csv", csv(nested)), ("z-graph.csv", csv(zGraph)),
      ("nested-families.svg", nestedChart.svg), ("convergence.svg", convergenceChart.svg),
      ("crossover.svg", crossoverChart.svg), ("hardest.svg", hardestChart.svg),
    ]
  }

  /// `{"quick", "seed", "checks": [{"claim", "found", "holds"}], "hardest": [{"n", "k", "ratio"}], "limit"}`.
  public var json: JSONValue {
    [
      "quick": .bool(experiments.isQuick), "seed": .integer(Int(truncatingIfNeeded: experiments.seed)),
      "checks": .array(
        checks.map { ["claim": .string($0.claim), "found": .string($0.found), "holds": .bool($0.holds)] }),
      "hardest": .array(
        hardest.map { ["n": .integer($0.size), "k": .integer($0.shared), "ratio": .finite($0.ratio)] }),
      "limit": .finite(RatioConstants.triangularThenPrivateLimit.ratio),
    ]
  }

  private func csv(_ points: [MatchingExperiments.RatioPoint]) -> String {
    points.reduce(into: "instance,vertices,copies,algorithm,ratio,standardError,limit\n") { text, point in
      text += "\"\(point.family)\",\(point.size),\(point.copies),\(point.algorithm.rawValue),\(point.ratio),"
      text += "\(point.standardError),\(point.limit.map { "\($0)" } ?? "")\n"
    }
  }

  private var nestedChart: LineChart {
    var chart = LineChart(
      title: "Triangular families G_n: ratio to B0", xLabel: "n", yLabel: "ratio", xScale: .logarithmic,
      caption: "Band: ± 2 standard errors of least-load at p = 1/100; the others' are alike.")
    chart.startsAtZero = false
    let triangular = nested.filter { $0.family.hasPrefix("G_") }
    for algorithm in [MatchingAlgorithm.leastLoad, .ranking, .random] {
      for copies in [10, 100] {
        let points = triangular.filter { $0.algorithm == algorithm && $0.copies == copies }
        guard !points.isEmpty else { continue }
        // Seven bands on top of each other would hide the curves.
        let hasBand = algorithm == .leastLoad && copies == 100
        chart.series.append(
          .init(
            name: "\(algorithm.rawValue), p = 1/\(copies)", x: points.map { Double($0.size) }, y: points.map(\.ratio),
            lower: hasBand ? points.map { $0.ratio - 2 * $0.standardError } : nil,
            upper: hasBand ? points.map { $0.ratio + 2 * $0.standardError } : nil))
      }
    }
    let limits = triangular.filter { $0.algorithm == .leastLoad && $0.copies == 10 }
    chart.series.append(
      .init(
        name: "limit p → 0", x: limits.map { Double($0.size) }, y: limits.map { $0.limit ?? .nan }, isReference: true))
    return chart
  }

  private var convergenceChart: LineChart {
    var chart = LineChart(
      title: "G_3 as p falls: value over B0, exact", xLabel: "1/p", yLabel: "ratio", xScale: .logarithmic)
    chart.startsAtZero = false
    let x = convergence.map { Double($0.copies) }
    chart.series = [
      .init(name: "B2", x: x, y: convergence.map(\.stochastic)),
      .init(name: "clairvoyant", x: x, y: convergence.map(\.clairvoyant)),
      .init(name: "Balance", x: x, y: convergence.map(\.averaged)),
      .init(name: "limit", x: x, y: x.map { _ in RatioConstants.triangularHardness }, isReference: true),
    ]
    return chart
  }

  private var crossoverChart: LineChart {
    var chart = LineChart(title: "Guarantees against B0, equal p, unweighted", xLabel: "p", yLabel: "ratio")
    chart.startsAtZero = false
    let x = (1...100).map { Double($0) / 100 }
    chart.series = [
      .init(name: "Balance", x: x, y: x.map(RatioConstants.stochasticBalance)),
      .init(name: "Ranking", x: x, y: x.map(RatioConstants.ranking)),
    ]
    return chart
  }

  private var hardestChart: LineChart {
    var chart = LineChart(
      title: "The hardest T(n, k): ratio to B0 as p → 0", xLabel: "n", yLabel: "ratio", xScale: .logarithmic)
    chart.startsAtZero = false
    let x = hardest.map { Double($0.size) }
    chart.series = [
      .init(name: "T(n, k), best k", x: x, y: hardest.map(\.ratio)),
      .init(
        name: "limit 0.58385", x: x, y: x.map { _ in RatioConstants.triangularThenPrivateLimit.ratio },
        isReference: true),
      .init(name: "guarantee 0.57610", x: x, y: x.map { _ in RatioConstants.huangZhangEqual }, isReference: true),
      .init(name: "G_3: 0.62092", x: x, y: x.map { _ in RatioConstants.triangularHardness }, isReference: true),
    ]
    return chart
  }

  private func shown(_ value: Double) -> String { value.readable(digits: 10) }
}
