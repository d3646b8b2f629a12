internal import LinearAlgebra
public import MDPs
internal import MDPSolvers

/// The most true return that can be lost by moving from one policy to another that the proxy likes at least as much:
///
/// ```
/// max { J_R(a) − J_R(b) : J_Q(b) ≥ J_Q(a) − slack }  =  min over λ ≥ 0 of range(R − λ Q) + λ · slack
/// ```
///
/// The right-hand side is convex and piecewise linear in λ. It is minimised exactly by cutting with the tangents at two
/// ends, each of which two planning problems give; the pair of policies where the tangents meet attains the value, and
/// any pair of tangents encloses it.
///
/// Source: definition in Skalse et al., STARC, arXiv 2309.15257 (2024); the dual by linear-programming duality in the one
/// coupling constraint.
public struct WorstCaseRegret: Sendable, Equatable {
  /// Two policies that attain the regret, on all states of the model as given.
  public struct Witness: Sendable, Equatable {
    /// b: liked by the proxy at least as much as ``forgone``.
    public let chosen: Policy
    /// a: the better one under the true reward.
    public let forgone: Policy
    /// J of chosen and forgone under the true reward.
    public let trueReturns: [Double]
    /// J of chosen and forgone under the proxy.
    public let proxyReturns: [Double]
    /// The occupancy of ``chosen``, on the reachable states.
    public let chosenOccupancy: OccupancyMeasure
    /// The occupancy of ``forgone``, on the reachable states.
    public let forgoneOccupancy: OccupancyMeasure
  }

  /// The regret, in units of the true return.
  public let value: Double
  /// A proven lower bound.
  public let lower: Double
  /// A proven upper bound.
  public let upper: Double
  /// The regret over the range of the true reward, in [0, 1]; 0 when the true reward is trivial.
  public let normalised: Double
  /// λ, the slope at which the proxy is subtracted.
  public let multiplier: Double
  /// The policies that attain the regret.
  public let witness: Witness
  /// How often range(R − λ Q) was evaluated, two planning problems each.
  public let evaluations: Int
}

extension ComparisonWorld {
  /// The worst-case regret of optimising `proxy` when `truth` is meant.
  ///
  /// - Parameters:
  ///   - proxy: Q.
  ///   - truth: R.
  ///   - slack: how much less proxy return the chosen policy may have, in units of the proxy's return; at least 0.
  /// - Returns: the regret with its enclosure and the policies that attain it, on the reachable states.
  /// - Throws: ``RewardDistanceError``
  /// - Complexity: two planning problems an evaluation, usually 4 to 10 evaluations, each started from the last.
  public func worstCaseRegret(
    of proxy: ComparedReward, truth: ComparedReward, slack: Double = 0
  ) throws(RewardDistanceError) -> WorstCaseRegret {
    precondition(slack >= 0, "slack is not negative")
    let (truth, proxy) = (try truth.core(), try proxy.core())
    var search = try RegretSearch(truth: truth, proxy: proxy, slack: slack)
    return try search.run()
  }

  /// The worst-case regret as a function of the slack: how fast the proxy fails when it is not optimised to the end.
  ///
  /// - Parameters:
  ///   - proxy: Q.
  ///   - truth: R.
  ///   - slacks: as shares of the proxy's range of returns, each in [0, 1].
  /// - Returns: one point a slack, in the order given.
  /// - Throws: ``RewardDistanceError``
  public func slackCurve(
    of proxy: ComparedReward, truth: ComparedReward, slacks: [Double]
  ) throws(RewardDistanceError) -> [(slack: Double, regret: WorstCaseRegret)] {
    let range = try proxy.returnRange().value
    var curve: [(Double, WorstCaseRegret)] = []
    for share in slacks { curve.append((share, try worstCaseRegret(of: proxy, truth: truth, slack: share * range))) }
    return curve
  }
}

/// The search over λ, on rewards scaled to unit projections so that its tolerances mean the same for all scales.
private struct RegretSearch {
  /// The policies at the two ends of the range.
  private enum Ends {
    case plays(ReturnPlanner.Extremes)
    /// On large sparse worlds: values in place of visits, and not to the last digit while the search is far from its end.
    case pencil(best: PencilSearch.Play, worst: PencilSearch.Play)
  }

  /// What two planning problems say at one multiplier: the tangent f(μ) ≥ truth − μ (proxy − slack).
  private struct Tangent {
    let multiplier: Double
    let ends: Ends
    /// ⟨truth, d_best − d_worst⟩
    let truth: Double
    /// ⟨proxy, d_best − d_worst⟩ − slack: minus the slope.
    let proxy: Double
    /// The proven upper bound of f at the multiplier.
    let upper: Double
    /// How far the values of the policies may be from the optimum, beside rounding.
    let tolerance: Double

    func value(at multiplier: Double) -> Double { truth - multiplier * proxy }
    var value: Double { value(at: multiplier) }
  }

  let truth: ComparedReward
  let proxy: ComparedReward
  let slack: Double
  private let planner: ReturnPlanner
  private let a: [Double]
  private let b: [Double]
  private let truthScale: Double
  private let proxyScale: Double

  /// The gap between value and cut, as a share of the range of the truth, at which the search ends: rounding, or less than
  /// the bounds of sweeps prove.
  private let tolerance: Double
  /// Nil where plays are found one by one: on small and dense worlds, and where sweeps contract slowly.
  private var pencil: PencilSearch?

  private static let evaluationLimit = 200

  init(truth: ComparedReward, proxy: ComparedReward, slack: Double) throws(RewardDistanceError) {
    self.truth = truth
    self.proxy = proxy
    self.slack = slack
    self.planner = try ReturnPlanner(truth.world)
    let (p, q) = (try truth.projected(), try proxy.projected())
    truthScale = p.norm > 0 ? p.norm : 1
    proxyScale = q.norm > 0 ? q.norm : 1
    a =
      try truth.isTrivial()
      ? [Double](repeating: 0, count: p.values.count) : p.values.map { [truthScale] in $0 / truthScale }
    b =
      try proxy.isTrivial()
      ? [Double](repeating: 0, count: q.values.count) : q.values.map { [proxyScale] in $0 / proxyScale }
    pencil = PencilSearch(truth.world.mdp, a, b)
    tolerance = pencil == nil ? 1e-14 : 1e-11
  }

  /// The tangent at `multiplier`, from a neighbour's policies.
  private mutating func tangent(
    at multiplier: Double, from start: Tangent, tolerance: PencilSearch.Tolerance
  ) throws(RewardDistanceError) -> Tangent {
    if let pencil, let (best, worst) = try pencilEnds(of: start, tolerance: tolerance) {
      let found = try planner.bothWays { direction throws(SolverError) in
        try pencil.optimum(
          at: multiplier, direction: direction, from: direction == .maximise ? best : worst, tolerance: tolerance)
      }
      if let top = found.0, let bottom = found.1 {
        return Tangent(
          multiplier: multiplier, ends: .pencil(best: top.play, worst: bottom.play),
          truth: top.play.firstReturn - bottom.play.firstReturn,
          proxy: levelled(top.play.secondReturn - bottom.play.secondReturn - slack / proxyScale),
          upper: top.bounds.upperBound - bottom.bounds.lowerBound + multiplier * slack / proxyScale,
          tolerance: tolerance.values)
      }
    }
    let ends = try plays(of: start, near: nil)
    pencil = nil
    return tangent(
      at: multiplier, with: try planner.extremes(of: combine(1, a, -multiplier, b), from: ends, isTight: false))
  }

  private func tangent(at multiplier: Double, with ends: ReturnPlanner.Extremes) -> Tangent {
    Tangent(
      multiplier: multiplier, ends: .plays(ends),
      truth: ends.best.expectedReturn(of: a) - ends.worst.expectedReturn(of: a),
      proxy: levelled(ends.best.expectedReturn(of: b) - ends.worst.expectedReturn(of: b) - slack / proxyScale),
      upper: ends.upper + multiplier * slack / proxyScale, tolerance: 0)
  }

  /// A slope of rounding size is flat: its sign would say nothing.
  private func levelled(_ slope: Double) -> Double {
    abs(slope) <= 16 * .ulpOfOne * normInfinity(b) / (1 - truth.world.mdp.discount) ? 0 : slope
  }

  private func pencilEnds(
    of tangent: Tangent, tolerance: PencilSearch.Tolerance
  ) throws(RewardDistanceError) -> (PencilSearch.Play, PencilSearch.Play)? {
    switch tangent.ends {
    case .pencil(let best, let worst): return (best, worst)
    case .plays(let ends):
      // Searches begin at λ = 0, where the values of plays are those under a.
      guard let pencil, tangent.multiplier == 0 else { return nil }
      let found = try planner.bothWays { direction throws(SolverError) in
        direction == .maximise
          ? pencil.play(of: ends.best.policy, values: ends.best.values, tolerance: tolerance)
          : pencil.play(of: ends.worst.policy, values: ends.worst.values.map { -$0 }, tolerance: tolerance)
      }
      guard let best = found.0, let worst = found.1 else { return nil }
      return (best, worst)
    }
  }

  /// The policies of a tangent with their visits.
  private func plays(
    of tangent: Tangent, near start: ReturnPlanner.Extremes?
  ) throws(RewardDistanceError) -> ReturnPlanner.Extremes {
    switch tangent.ends {
    case .plays(let ends): return ends
    case .pencil(let best, let worst):
      let search = planner.search
      let (top, bottom) = try planner.bothWays { direction throws(SolverError) in
        direction == .maximise
          ? search.play(of: best.policy, values: best.values, near: start?.best)
          : search.play(of: worst.policy, values: worst.values.map { -$0 }, near: start?.worst)
      }
      return ReturnPlanner.Extremes(
        best: top, worst: bottom, lower: tangent.value,
        upper: tangent.upper - tangent.multiplier * slack / proxyScale)
    }
  }

  mutating func run() throws(RewardDistanceError) -> WorstCaseRegret {
    if try truth.isTrivial() {
      let lowest = try planner.extremes(of: a, isTight: false)
      let bound = truth.projectionRounding(try truth.projected()) + (try truth.returnRange().enclosure.upperBound)
      return result(value: 0, lower: 0, upper: bound, multiplier: 0, range: 0, mix: (lowest, lowest, 1), evaluations: 0)
    }
    let start = try truth.extremes().scaled(by: 1 / truthScale)
    var first = tangent(at: 0, with: start)
    let range = first.value
    var evaluations = 1
    if first.proxy <= 0 {
      return result(
        value: range, lower: range, upper: first.upper, multiplier: 0, range: range, mix: (start, start, 1),
        evaluations: evaluations)
    }
    let finest = tolerance * range / 16
    // In the Euclidean norm the ray of the proxy comes nearest at the cosine of the angle; in the range it is not far.
    let cosine = dot(a, b)
    let beginning = cosine > 0 ? cosine : 1
    var rough = PencilSearch.Tolerance(
      values: max(finest, 1e-7 * first.proxy * beginning), slope: max(finest, 1e-5 * first.proxy))
    if let (best, worst) = try pencilEnds(of: first, tolerance: rough) {
      first = Tangent(
        multiplier: 0, ends: .pencil(best: best, worst: worst), truth: first.truth, proxy: first.proxy,
        upper: first.upper, tolerance: 0)
    }
    var low = first
    var high = try rising(from: beginning, above: &low, tolerance: rough, evaluations: &evaluations)
    let prefersCurve = pencil != nil
    var (cut, gap, stalls) = (0.0, Double.infinity, 0)
    var (step, margin, lastBottom) = (Step.hit, 0.0, Double?.none)
    while evaluations < Self.evaluationLimit {
      let meeting = Self.meeting(low, high)
      cut = min(low.value(at: meeting), high.value(at: meeting))
      let newGap = min(low.value, high.value) - cut
      let isAtEnd =
        newGap <= tolerance * range || meeting <= low.multiplier || meeting >= high.multiplier || stalls >= 4
      rough.values = isAtEnd ? finest : min(rough.values, max(finest, 1e-5 * newGap))
      rough.slope = max(finest, 1e-4 * newGap / (high.multiplier - low.multiplier))
      // Ends that were seen too roughly for what is left are looked at again.
      let enough = isAtEnd ? finest : max(finest, 0.1 * newGap)
      if low.tolerance > enough || high.tolerance > enough {
        let (isLow, end) = low.tolerance > enough ? (true, low) : (false, high)
        let again = try tangent(at: end.multiplier, from: end, tolerance: rough)
        evaluations += 1
        // A slope that was near 0 may have changed its sign: the minimum lies on the other side.
        if isLow == (again.proxy > 0) {
          if isLow { low = again } else { high = again }
        } else if isLow {
          (low, high) = (first, again)
        } else {
          low = again
          high = try rising(from: 1.25 * again.multiplier, above: &low, tolerance: rough, evaluations: &evaluations)
        }
        stalls = 0
        continue
      }
      if isAtEnd { break }
      let isPoor = newGap > gap / 4
      stalls = newGap < 0.9 * gap ? 0 : stalls + 1
      gap = newGap
      // With few policies the tangents soon meet on the graph; with very many the graph looks smooth, and its curvature
      // tells the minimum better than its tangents.
      let followsCurve = step == .miss || step == .hit && !isPoor || step == .meeting && (isPoor || prefersCurve)
      var (point, isAboveBottom) = (meeting, Bool?.none)
      if followsCurve, let bottom = Self.bottom(low, high) {
        // A little past the minimum, seen from the nearer end, so that the farther end is replaced: by as much as the
        // minimum was last misjudged.
        let (left, right) = (bottom - low.multiplier, high.multiplier - bottom)
        let nearer = min(left, right)
        margin = step == .miss ? 8 * margin : lastBottom.map { max(abs(bottom - $0), 0.01 * nearer) } ?? 0.1 * nearer
        let target = left < right ? bottom + min(margin, right / 2) : bottom - min(margin, left / 2)
        lastBottom = bottom
        if target > low.multiplier, target < high.multiplier { (point, isAboveBottom) = (target, left < right) }
      }
      let isNearLow = point - low.multiplier < high.multiplier - point
      let middle = try tangent(at: point, from: isNearLow ? low : high, tolerance: rough)
      evaluations += 1
      step = isAboveBottom.map { $0 == (middle.proxy <= 0) ? .hit : .miss } ?? .meeting
      if middle.proxy > 0 { low = middle } else { high = middle }
    }
    var best = low.value < high.value ? low : high
    // Where the minimum is flat, the least multiplier stands for all: walk left along the steep side.
    while evaluations < Self.evaluationLimit, !planner.search.isSwept {
      let edge = (low.truth - best.value) / low.proxy
      guard edge > low.multiplier, edge < best.multiplier * (1 - 1e-12) else { break }
      let candidate = try tangent(at: edge, from: low, tolerance: rough)
      evaluations += 1
      if candidate.value - cut <= tolerance * range {
        best = candidate
        break
      }
      guard candidate.proxy > 0 else { break }
      low = candidate
    }
    // What is told rests on visits.
    let left = try plays(of: low, near: start)
    let right = try plays(of: high, near: left)
    if case .pencil = best.ends {
      low = tangent(at: low.multiplier, with: left)
      high = tangent(at: high.multiplier, with: right)
      let meeting = Self.meeting(low, high)
      cut = max(low.value(at: meeting), high.value(at: meeting))
      best = tangent(
        at: best.multiplier,
        with: best.multiplier == low.multiplier ? left : right)
    }
    if best.upper - best.value > max(1e-11, 4 * tolerance) * range {
      let x = combine(1, a, -best.multiplier, b)
      best = tangent(at: best.multiplier, with: try planner.extremes(of: x, from: try plays(of: best, near: left)))
    }
    let weight = low.proxy > high.proxy ? -high.proxy / (low.proxy - high.proxy) : 1
    return result(
      value: best.value, lower: cut, upper: best.upper, multiplier: best.multiplier, range: range,
      mix: (left, right, weight), evaluations: evaluations)
  }

  /// A tangent that does not fall, at `multiplier` or as far beyond as it takes; what falls on the way becomes `low`.
  private mutating func rising(
    from multiplier: Double, above low: inout Tangent, tolerance: PencilSearch.Tolerance, evaluations: inout Int
  ) throws(RewardDistanceError) -> Tangent {
    var (next, reach) = (multiplier, 1.2)
    while true {
      let found = try tangent(at: next, from: low, tolerance: tolerance)
      evaluations += 1
      if found.proxy <= 0 || evaluations >= Self.evaluationLimit { return found }
      // A little beyond where the slopes so far would come to 0.
      let fall = low.proxy - found.proxy
      let step = fall > 0 ? (found.multiplier - low.multiplier) * found.proxy / fall : .infinity
      next = min(4 * found.multiplier, found.multiplier + max(reach * step, 1e-6 * found.multiplier))
      (low, reach) = (found, 2)
    }
  }

  /// How the last point was chosen, and whether it replaced the end that it was meant to.
  private enum Step {
    case meeting, hit, miss
  }

  /// Where two tangents meet, or the end nearer to that.
  private static func meeting(_ low: Tangent, _ high: Tangent) -> Double {
    guard low.proxy > high.proxy else { return low.multiplier }
    return min(max((low.truth - high.truth) / (low.proxy - high.proxy), low.multiplier), high.multiplier)
  }

  /// Where the cubic through the values and slopes at both ends is least; nil where rounding leaves none inside.
  ///
  /// Source: Nocedal and Wright, Numerical Optimization (2006), §3.5.
  private static func bottom(_ low: Tangent, _ high: Tangent) -> Double? {
    let width = high.multiplier - low.multiplier
    let (left, right) = (-low.proxy, -high.proxy)
    let d1 = left + right + 3 * (low.value - high.value) / width
    let d2 = max(0, d1 * d1 - left * right).squareRoot()
    let point = high.multiplier - width * (right + d2 - d1) / (right - left + 2 * d2)
    return point > low.multiplier && point < high.multiplier ? point : nil
  }

  private func result(
    value: Double, lower: Double, upper: Double, multiplier: Double, range: Double,
    mix: (low: ReturnPlanner.Extremes, high: ReturnPlanner.Extremes, weight: Double), evaluations: Int
  ) -> WorstCaseRegret {
    // Sums of S·A products, and the projections themselves, were rounded.
    let mass = 2 / (1 - truth.world.mdp.discount)
    let size = normInfinity(a) + multiplier * normInfinity(b)
    var rounding = 8 * .ulpOfOne * mass * size * truthScale
    if let p = try? truth.projected() { rounding += truth.projectionRounding(p) }
    if let q = try? proxy.projected() { rounding += multiplier * truthScale / proxyScale * proxy.projectionRounding(q) }
    let value = max(0, value) * truthScale
    let chosen = mix.low.worst.occupancy.mixed(with: mix.high.worst.occupancy, weight: mix.weight)
    let forgone = mix.low.best.occupancy.mixed(with: mix.high.best.occupancy, weight: mix.weight)
    return WorstCaseRegret(
      value: value, lower: min(value, max(0, lower * truthScale - rounding)),
      upper: max(value, upper * truthScale + rounding),
      normalised: range > 0 ? min(1, value / (range * truthScale)) : 0,
      multiplier: multiplier * truthScale / proxyScale,
      witness: WorstCaseRegret.Witness(
        chosen: truth.world.lifted(chosen), forgone: truth.world.lifted(forgone),
        trueReturns: [chosen.expectedReturn(of: truth.expected), forgone.expectedReturn(of: truth.expected)],
        proxyReturns: [chosen.expectedReturn(of: proxy.expected), forgone.expectedReturn(of: proxy.expected)],
        chosenOccupancy: chosen, forgoneOccupancy: forgone),
      evaluations: evaluations)
  }
}

extension ComparisonWorld {
  /// The policy of an occupancy on this world, as a policy on all states of the model as given: uniform where no policy
  /// ever comes.
  package func lifted(_ occupancy: OccupancyMeasure) -> Policy {
    let policy = occupancy.policy(for: mdp)
    guard states.count < original.stateCount else { return policy }
    var probabilities = Policy.uniform(for: original).probabilities(actionCount: mdp.actionCount)
    for (i, s) in states.enumerated() {
      for a in 0..<mdp.actionCount { probabilities[s, a] = policy.probability(of: a, in: i) }
    }
    return .stochastic(probabilities)
  }
}
