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
    return try RegretSearch(truth: truth, proxy: proxy, slack: slack).run()
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
  /// What two planning problems say at one multiplier: the tangent f(μ) ≥ truth − μ (proxy − slack).
  private struct Tangent {
    let multiplier: Double
    let ends: ReturnPlanner.Extremes
    /// ⟨truth, d_best − d_worst⟩
    let truth: Double
    /// ⟨proxy, d_best − d_worst⟩ − slack: minus the slope.
    let proxy: Double
    /// The proven upper bound of f at the multiplier.
    let upper: Double

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

  /// The gap between value and cut, as a share of the range of the truth, at which the search ends.
  private static let tolerance = 1e-14
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
  }

  private func tangent(at multiplier: Double, from start: ReturnPlanner.Extremes?) throws(RewardDistanceError)
    -> Tangent
  {
    let ends = try planner.extremes(of: combine(1, a, -multiplier, b), from: start, isTight: false)
    return tangent(at: multiplier, with: ends)
  }

  private func tangent(at multiplier: Double, with ends: ReturnPlanner.Extremes) -> Tangent {
    var slope = ends.best.expectedReturn(of: b) - ends.worst.expectedReturn(of: b) - slack / proxyScale
    // A slope of rounding size is flat: its sign would say nothing.
    if abs(slope) <= 16 * .ulpOfOne * normInfinity(b) / (1 - truth.world.mdp.discount) { slope = 0 }
    return Tangent(
      multiplier: multiplier, ends: ends,
      truth: ends.best.expectedReturn(of: a) - ends.worst.expectedReturn(of: a), proxy: slope,
      upper: ends.upper + multiplier * slack / proxyScale)
  }

  func run() throws(RewardDistanceError) -> WorstCaseRegret {
    if try truth.isTrivial() {
      let lowest = try planner.extremes(of: a, isTight: false)
      let bound = truth.projectionRounding(try truth.projected()) + (try truth.returnRange().enclosure.upperBound)
      return result(value: 0, lower: 0, upper: bound, multiplier: 0, range: 0, mix: (lowest, lowest, 1), evaluations: 0)
    }
    let first = tangent(at: 0, with: try truth.extremes().scaled(by: 1 / truthScale))
    let range = first.value
    var evaluations = 1
    if first.proxy <= 0 {
      return result(
        value: range, lower: range, upper: first.upper, multiplier: 0, range: range,
        mix: (first.ends, first.ends, 1), evaluations: evaluations)
    }
    var low = first
    var high = try tangent(at: 1, from: first.ends)
    evaluations += 1
    while high.proxy > 0, evaluations < Self.evaluationLimit {
      low = high
      high = try tangent(at: 4 * high.multiplier, from: high.ends)
      evaluations += 1
    }
    var best = low.value < high.value ? low : high
    var (cut, gap) = (0.0, Double.infinity)
    var (followsCurve, overshoot, stalls) = (false, 0.1, 0)
    while true {
      // Where the tangents meet. Their slopes differ in sign, so the quotient is finite.
      let meeting = min(max((low.truth - high.truth) / (low.proxy - high.proxy), low.multiplier), high.multiplier)
      cut = min(low.value(at: meeting), high.value(at: meeting))
      // With few policies the tangents soon meet on the graph; with very many the graph looks smooth, and its curvature
      // tells the minimum better than its tangents.
      if best.value - cut > gap / 16 { followsCurve.toggle() }
      stalls = best.value - cut < 0.9 * gap ? 0 : stalls + 1
      gap = best.value - cut
      if gap <= Self.tolerance * range || evaluations >= Self.evaluationLimit || stalls >= 4 { break }
      if meeting <= low.multiplier || meeting >= high.multiplier {
        best = meeting <= low.multiplier ? low : high
        break
      }
      var point = meeting
      var aimsHigh: Bool?
      if followsCurve, let bottom = Self.bottom(low, high) {
        // A little past the minimum, seen from the nearer end, so that the farther end is replaced.
        let (left, right) = (bottom - low.multiplier, high.multiplier - bottom)
        let target = left < right ? bottom + overshoot * left : bottom - overshoot * right
        if target > low.multiplier, target < high.multiplier {
          point = target
          aimsHigh = left < right
        }
      }
      let isNearLow = point - low.multiplier < high.multiplier - point
      let middle = try tangent(at: point, from: isNearLow ? low.ends : high.ends)
      evaluations += 1
      if middle.value <= best.value { best = middle }
      if let aimsHigh {
        let hasHit = aimsHigh == (middle.proxy <= 0)
        overshoot = hasHit ? max(1e-3, overshoot / 4) : min(0.4, 8 * overshoot)
      } else if middle.value - cut <= Self.tolerance * range {
        break
      }
      if middle.proxy > 0 { low = middle } else { high = middle }
    }
    // Where the minimum is flat, the least multiplier stands for all: walk left along the steep side.
    while evaluations < Self.evaluationLimit, !planner.search.isSwept {
      let edge = (low.truth - best.value) / low.proxy
      guard edge > low.multiplier, edge < best.multiplier * (1 - 1e-12) else { break }
      let candidate = try tangent(at: edge, from: low.ends)
      evaluations += 1
      if candidate.value - cut <= Self.tolerance * range {
        best = candidate
        break
      }
      guard candidate.proxy > 0 else { break }
      low = candidate
    }
    if best.upper - best.value > 1e-11 * range {
      let x = combine(1, a, -best.multiplier, b)
      best = tangent(at: best.multiplier, with: try planner.extremes(of: x, from: best.ends))
    }
    let weight = -high.proxy / (low.proxy - high.proxy)
    return result(
      value: best.value, lower: cut, upper: best.upper, multiplier: best.multiplier, range: range,
      mix: (low.ends, high.ends, weight), evaluations: evaluations)
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
