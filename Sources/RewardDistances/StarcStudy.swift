internal import LinearAlgebra
internal import MDPs
internal import RealModule
internal import Simulation
internal import Synchronization

/// The random-MDP experiment of the STARC paper, with every quantity exact: how well does each distance track regret?
///
/// Environments, rewards and interpolations are drawn as the published code describes them; the regret of optimal policies,
/// which it estimates by simulation, is computed here, and worst-case regret beside it. Comparisons in which a reward is
/// trivial are dropped.
///
/// Source: Skalse et al., STARC, arXiv 2309.15257 (2024), figure 1.
public struct StarcStudy: Sendable {
  /// How many environments are drawn.
  public var environmentCount = 128
  /// The number of the first environment: another one, other draws.
  public var firstEnvironment = 0
  /// How many pairs of rewards an environment.
  public var pairCount = 8
  /// How many steps from the first reward of a pair to the second.
  public var stepCount = 16
  /// S
  public var stateCount = 32
  /// A
  public var actionCount = 4
  /// γ
  public var discount = 0.95
  /// Every draw follows from this number.
  public var seed: UInt64 = 42
  /// The distances to correlate with regret.
  public var distances: [RewardDistance]
  /// Called after each environment; perhaps from several threads.
  public var progress: (@Sendable (_ done: Int, _ total: Int) -> Void)?

  /// What a distance has to do with regret.
  public struct Row: Sendable, Equatable {
    /// The distance.
    public let distance: RewardDistance
    /// Pearson correlation with the regret of optimal policies, mean of both directions.
    public let withRegret: Double
    /// Pearson correlation with worst-case regret, mean of both directions.
    public let withWorstCase: Double
    /// The mean distance.
    public let mean: Double
    /// The distance in every comparison that counts.
    public let values: [Double]
  }

  /// The outcome.
  public struct Result: Sendable, Equatable {
    /// One row a distance.
    public let rows: [Row]
    /// How many comparisons count.
    public let comparisonCount: Int
    /// How many were dropped because a reward was trivial.
    public let droppedCount: Int
    /// The mean regret of optimal policies.
    public let meanRegret: Double
    /// The mean worst-case regret.
    public let meanWorstCase: Double
    /// The least and largest worst-case regret over range distance; theory says [½, 1].
    public let worstCaseOverRange: ClosedRange<Double>
    /// The regret of optimal policies in every comparison that counts.
    public let regrets: [Double]
    /// Worst-case regret in every comparison that counts.
    public let worstCases: [Double]
  }

  /// One point of the failure family.
  public struct FailurePoint: Sendable, Equatable {
    /// M, the size of the redistribution added to both rewards.
    public let size: Double
    /// Distances of R + M Z from −R + M Z, whose worst-case regret is 1.
    public let opposite: [Double]
    /// Their worst-case regret.
    public let regret: Double
  }

  /// The experiment in full size on the distances of the published table.
  public init() {
    let names = [
      "range", "MinimalL2-1-2", "Projection-1-2", "OptimalAdvantage-1-2", "VAL-1-1", "VAL-1-2", "VAL-2-2", "VAL-2-inf",
      "VAL-2-angle", "Projection-2-angle", "Projection-2-2", "MinimalL2-2-2", "VALPotential-1-1", "VALPotential-w1-w1",
      "VALPotential-2-2", "DARD-2-2", "DARD-w1-w1", "DARD-1-1", "EPIC-2-2", "EPIC-w2-w2", "EPIC-w1-1", "None-2-2",
      "None-w2-w2",
    ]
    distances = names.compactMap { try? RewardDistance(name: $0) }
  }

  private struct Sample: Sendable {
    let regret: Double
    let worstCase: Double
    let distances: [Double]
  }

  /// How many numbers the row of an environment holds.
  public var rowWidth: Int { pairCount * stepCount * (2 + distances.count) }

  /// All that the numbers of a run depend on, in one line: what names its journal.
  public var experiment: String {
    "starc seed \(seed) environments \(environmentCount) from \(firstEnvironment) pairs \(pairCount) steps \(stepCount) "
      + "states \(stateCount) actions \(actionCount) discount \(discount) distances "
      + distances.map(\.name).joined(separator: ",")
  }

  /// Runs the experiment in parallel; the same seed gives the same numbers whatever the number of threads.
  ///
  /// - Parameters:
  ///   - workers: The largest number of threads; all processors when nil.
  ///   - recorded: Rows of an earlier, interrupted run by environment; they are not run again.
  ///   - record: Called with every new row as soon as it is made, one call at a time.
  /// - Returns: the correlations.
  /// - Throws: ``RewardDistanceError``
  public func run(
    workers: Int? = nil, recorded: [Int: [Double]] = [:],
    record: (@Sendable (_ environment: Int, _ row: [Double]) -> Void)? = nil
  ) throws(RewardDistanceError) -> Result {
    let width = 2 + distances.count
    var engine = Replicates(count: environmentCount, workers: workers)
    let rows = Mutex<[Int: [Double]]>(recorded.filter { $0.key < environmentCount && $0.value.count == rowWidth })
    let known = rows.withLock { $0 }
    let (total, progress) = (environmentCount, progress)
    engine.record = { environment, row in
      record?(environment, row)
      let done = rows.withLock { rows in
        rows[environment] = row
        return rows.count
      }
      progress?(done, total)
    }
    _ = try engine.run(width: rowWidth, recorded: known) { (environment: Int) throws(RewardDistanceError) -> [Double] in
      // A comparison that does not count leaves a row of NaN.
      try self.samples(environment: environment).flatMap { sample in
        sample.map { [$0.regret, $0.worstCase] + $0.distances } ?? [Double](repeating: .nan, count: width)
      }
    }
    var samples: [Sample] = []
    var dropped = 0
    let kept = rows.withLock { $0 }
    for environment in 0..<environmentCount {
      guard let row = kept[environment] else { continue }
      for start in stride(from: 0, to: row.count, by: width) {
        if row[start].isNaN {
          dropped += 1
        } else {
          samples.append(
            Sample(
              regret: row[start], worstCase: row[start + 1],
              distances: Array(row[(start + 2)..<(start + width)])))
        }
      }
    }
    return summary(samples, dropped: dropped)
  }

  private func summary(_ samples: [Sample], dropped: Int) -> Result {
    let (regret, worst) = (samples.map(\.regret), samples.map(\.worstCase))
    let rows = distances.enumerated().map { i, distance in
      let x = samples.map { $0.distances[i] }
      return Row(
        distance: distance, withRegret: correlation(x, regret), withWorstCase: correlation(x, worst), mean: mean(x),
        values: x)
    }
    var (low, high) = (Double.infinity, 0.0)
    if let range = distances.firstIndex(of: .range) {
      for sample in samples where sample.distances[range] > 1e-6 {
        low = min(low, sample.worstCase / sample.distances[range])
        high = max(high, sample.worstCase / sample.distances[range])
      }
    }
    return Result(
      rows: rows, comparisonCount: samples.count, droppedCount: dropped, meanRegret: mean(regret),
      meanWorstCase: mean(worst), worstCaseOverRange: min(low, high)...max(high, 0), regrets: regret,
      worstCases: worst)
  }

  /// How the correlations depend on the discount: the experiment at each of them, on environments of its own.
  ///
  /// - Parameters:
  ///   - discounts: the values of γ.
  ///   - environmentCount: environments a discount.
  ///   - workers: The largest number of threads; all processors when nil.
  /// - Returns: one result a discount.
  /// - Throws: ``RewardDistanceError``
  public func sweep(
    discounts: [Double], environmentCount: Int, workers: Int? = nil
  ) throws(RewardDistanceError) -> [(discount: Double, result: Result)] {
    var results: [(Double, Result)] = []
    for (i, discount) in discounts.enumerated() {
      var study = self
      study.discount = discount
      study.environmentCount = environmentCount
      study.firstEnvironment = Self.sweepStart + i * environmentCount
      study.progress = nil
      results.append((discount, try study.run(workers: workers)))
      progress?(i + 1, discounts.count)
    }
    return results
  }

  /// Environments of sweeps are numbered from here, apart from those of the experiment.
  private static let sweepStart = 1_000_000

  /// `count` discounts from 0.8 to 0.999 with equal factors between their distances from 1.
  public static func sweepDiscounts(_ count: Int) -> [Double] {
    (0..<count).map { 1 - 0.2 * Double.pow(0.001 / 0.2, Double($0) / Double(max(1, count - 1))) }
  }

  private func samples(environment: Int) throws(RewardDistanceError) -> [Sample?] {
    var stream = RandomStream(seed: seed, replicate: firstEnvironment + environment, purpose: .instance)
    let world = try ComparisonWorld(drawWorld(&stream))
    var result: [Sample?] = []
    for _ in 0..<pairCount {
      let (x, y) = (drawReward(&stream), drawReward(&stream))
      let first = try world.admit(Reward(name: "R1", values: .transition(x)))
      for i in 1...stepCount {
        let share = Double(i) / Double(stepCount)
        let mixed = combine(1 - share, x.elements, share, y.elements)
        let second = try world.admit(
          Reward(name: "R2", values: .transition(Matrix(sound: x.rowCount, x.columnCount, mixed))))
        let (own, other) = (try first.isTrivial(), try second.isTrivial())
        if own || other {
          result.append(nil)
          continue
        }
        var values: [Double] = []
        for distance in distances { values.append(try world.distance(distance, first, second).value) }
        let regret =
          try
          (world.optimalPolicyRegret(of: second, truth: first).normalisedBest
          + world.optimalPolicyRegret(of: first, truth: second).normalisedBest) / 2
        let worst =
          try
          (world.worstCaseRegret(of: second, truth: first).normalised
          + world.worstCaseRegret(of: first, truth: second).normalised) / 2
        result.append(Sample(regret: regret, worstCase: worst, distances: values))
      }
    }
    return result
  }

  /// Softmax over t of standard normals, those at most 1 replaced by −20: about five successors, none impossible.
  private func drawWorld(_ stream: inout RandomStream) throws(RewardDistanceError) -> MDP {
    let (S, A) = (stateCount, actionCount)
    let threshold = S < 50 ? 1.0 : S < 100 ? 1.5 : 1.8
    var elements: [Double] = []
    for _ in 0..<(S * A) {
      var row: [Double] = []
      for _ in 0..<S {
        let x = stream.normal()
        row.append(Double.exp(x > threshold ? x : -20))
      }
      let sum = row.reduce(0, +)
      elements += row.map { $0 / sum }
    }
    let matrix = Matrix(sound: S * A, S, elements)
    return try model { () throws(MDPError) in try MDP(actionCount: A, transitions: .dense(matrix), discount: discount) }
  }

  private func drawReward(_ stream: inout RandomStream) -> Matrix {
    let (S, A) = (stateCount, actionCount)
    var x = (0..<(S * A * S)).map { _ in stream.normal() }
    let threshold = S < 50 ? 3.0 : S < 100 ? 3.5 : 3.8
    if stream.uniform() < 0.2 { x = x.map { $0 > threshold ? $0 : 0 } }
    if stream.uniform() < 0.7 {
      let scale = 10 * stream.uniform()
      x = x.map { $0 * scale }
    }
    if stream.uniform() < 0.3 {
      let shift = 10 * stream.uniform()
      x = x.map { $0 + shift }
    }
    if stream.uniform() < 0.5 {
      let draws = (0..<S).map { _ in stream.normal() }
      let (scale, shift) = (10 * stream.uniform(), stream.uniform())
      let potential = draws.map { $0 * scale + shift }
      for k in 0..<(S * A) { for t in 0..<S { x[k * S + t] += discount * potential[t] - potential[k / A] } }
    }
    return Matrix(sound: S * A, S, x)
  }

  /// R + M Z against −R + M Z for a pure redistribution Z: opposite rewards that EPIC and DARD come to call equal.
  ///
  /// - Parameters:
  ///   - sizes: the values of M.
  ///   - distances: what to measure.
  /// - Returns: one point a size.
  /// - Throws: ``RewardDistanceError``
  public func failureFamily(
    sizes: [Double], distances: [RewardDistance]
  ) throws(RewardDistanceError) -> [FailurePoint] {
    var stream = RandomStream(seed: seed, replicate: environmentCount, purpose: .instance)
    let mdp = try drawWorld(&stream)
    let world = try ComparisonWorld(mdp)
    let (S, rows) = (stateCount, stateCount * actionCount)
    let r = (0..<(rows * S)).map { _ in stream.normal() }
    var z = (0..<(rows * S)).map { _ in stream.normal() }
    for k in 0..<rows {
      var mean = 0.0
      mdp.transitions.forEachSuccessor(ofRow: k) { t, p in mean += p * z[k * S + t] }
      for t in 0..<S { z[k * S + t] -= mean }
    }
    var points: [FailurePoint] = []
    for size in sizes {
      let a = try world.admit(Reward(name: "+", values: .transition(Matrix(sound: rows, S, combine(1, r, size, z)))))
      let b = try world.admit(Reward(name: "-", values: .transition(Matrix(sound: rows, S, combine(-1, r, size, z)))))
      var values: [Double] = []
      for distance in distances { values.append(try world.distance(distance, a, b).value) }
      points.append(
        FailurePoint(size: size, opposite: values, regret: try world.worstCaseRegret(of: b, truth: a).normalised))
    }
    return points
  }
}

private func mean(_ x: [Double]) -> Double { x.isEmpty ? 0 : x.reduce(0, +) / Double(x.count) }

/// Pearson's correlation; 0 where one of the two does not vary.
private func correlation(_ x: [Double], _ y: [Double]) -> Double {
  let (u, v) = (x.map { [m = mean(x)] in $0 - m }, y.map { [m = mean(y)] in $0 - m })
  let scale = norm2(u) * norm2(v)
  return scale > 0 ? dot(u, v) / scale : 0
}
