import ArgumentParser
import RewardGauge

/// `matching family`: the standard hard instances, exact in the limit p → 0 or as files with finite p.
struct MatchingFamily: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "family",
    abstract: "Standard hard instances: exact values as p → 0, or the instance itself with p = 1/copies.",
    discussion: """
      FAMILIES
        triangular               unit blocks on {i, ..., n-1}, i = 0 ... n-1 (--n)
        triangular-then-private  the first k blocks of it, then a private block for each vertex left (--n, --k)
        non-adaptive-trap        triangular, played by the algorithm without feedback: tends to 1/2
        z-graph                  --k blocks on a vertex of their own and n shared ones, then a private block for each shared one
        triangle                 triangular with p = 1 (Karp, Vazirani, Vazirani)
        triangle-reversed        the same with labels reversed, which traps deterministic rules
        star                     one offline vertex, --copies arrivals with p = 1/copies
        complete                 n offline vertices, n · copies arrivals adjacent to all, p = 1/copies
        random                   n offline vertices, k arrivals, edges with probability --density, uniform p (--seed)

      EXAMPLES
        rewardgauge matching family triangular-then-private --n 30 --k 10
        rewardgauge matching family triangular --n 3 --copies 4 --as json --output g3.json
      """)

  enum Kind: String, CaseIterable {
    case triangular
    case triangularThenPrivate = "triangular-then-private"
    case nonAdaptiveTrap = "non-adaptive-trap"
    case zGraph = "z-graph"
    case triangle
    case triangleReversed = "triangle-reversed"
    case star, complete, random
  }

  @Argument(help: "The family.", transform: parseName)
  var kind: Kind

  @Option(help: "The number of offline vertices (of shared ones in the z-graph).")
  var n = 3

  @Option(help: "The second size: see the families.")
  var k: Int?

  @Option(help: "Arrivals a unit of mass; p = 1/copies.")
  var copies = 10

  @Option(help: "The density of a random graph.")
  var density = 0.5

  @Option(help: "The seed of a random graph.")
  var seed: UInt64 = 1

  @Option(
    name: .customLong("as"), help: ArgumentHelp("Print the instance as json, csv or dot.", valueName: "format"),
    transform: parseName)
  var format: MatchingFileFormat?

  @OptionGroup var out: OutputOptions

  func validate() throws {
    // Larger recursions would take hours, larger instances more memory than there is.
    guard (0...2_000).contains(n) else { throw ValidationError("--n is \(n); it must be between 0 and 2000") }
    guard (1...1_000_000).contains(copies) else {
      throw ValidationError("--copies is \(copies); it must be between 1 and 1000000")
    }
    guard Double(copies) * Double(n) * Double(n + (k ?? 0)) <= 1e9 || format == nil else {
      throw ValidationError("the instance would have over 1e9 edges; lower --n or --copies")
    }
  }

  func run() throws {
    if let format { return try out.emit(instance().text(as: format)) }
    let report = try report()
    try out.emit(json: report.json, text: report.text)
  }

  private func second() throws -> Int {
    guard let k else { throw ValidationError("\(kind.rawValue) needs --k") }
    return k
  }

  private func instance() throws -> MatchingInstance {
    switch kind {
    case .triangular, .nonAdaptiveTrap: return try .triangular(n, copiesPerUnit: copies)
    case .triangularThenPrivate: return try .triangularThenPrivate(n, second(), copiesPerUnit: copies)
    case .zGraph: return try .zGraph(shared: n, own: second(), copiesPerUnit: copies)
    case .triangle: return try .triangle(n)
    case .triangleReversed: return try .triangle(n, reversed: true)
    case .star: return try .star(arrivals: copies, probability: 1 / Double(copies))
    case .complete: return try .complete(offline: n, arrivals: n * copies, probability: 1 / Double(copies))
    case .random:
      var stream = RandomStream(seed: seed, purpose: .instance)
      return try .random(offline: n, arrivals: second(), density: density, using: &stream)
    }
  }

  private func report() throws -> MatchingFamilyReport {
    func laminar(_ family: LaminarFamily, _ parameters: [(name: String, value: Int)]) -> MatchingFamilyReport {
      MatchingFamilyReport(
        kind.rawValue, parameters: parameters, limit: (family.expectedSuccesses, family.matchingBound),
        scope: "every opportunistic algorithm")
    }
    switch kind {
    case .triangular: return laminar(try .triangular(n), [("n", n)])
    case .triangularThenPrivate:
      return laminar(try .triangularThenPrivate(n, second()), [("n", n), ("k", try second())])
    case .nonAdaptiveTrap:
      guard n >= 1 else { throw ValidationError("the non-adaptive trap needs --n of at least 1") }
      return MatchingFamilyReport(
        kind.rawValue, parameters: [("n", n)], limit: (RatioConstants.nonAdaptiveTrap(n) * Double(n), Double(n)),
        scope: "non-adaptive")
    case .star: return laminar(try .triangular(1), [("n", 1)])
    case .complete: return laminar(try LaminarFamily(size: n, mass: Double(n)), [("n", n)])
    case .zGraph:
      let own = try second()
      guard n >= 1, own >= 0 else { throw ValidationError("the z-graph needs --n of at least 1 and --k of at least 0") }
      let total = Double(n + own)
      return MatchingFamilyReport(
        kind.rawValue, parameters: [("n", n), ("k", own)],
        limit: (RatioConstants.zGraph(own: own, shared: n) * total, total), scope: "least-load, fluid limit")
    case .triangle, .triangleReversed, .random:
      return MatchingFamilyReport(
        kind.rawValue, parameters: [("n", n)], limit: nil,
        scope: "this family has no limit p → 0; print it with --as json and evaluate it")
    }
  }
}
