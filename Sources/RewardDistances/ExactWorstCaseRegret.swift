public import LinearAlgebra
public import MDPSolvers

/// The worst-case regret of optimising a proxy, in rationals: value, multiplier and the pair of policies that attains it.
///
/// ```
/// max { J_R(a) − J_R(b) : J_Q(b) ≥ J_Q(a) }  =  min over λ ≥ 0 of range(R − λ Q)
/// ```
///
/// Both sides are attained exactly: `witness` is feasible on the left with the value that the multiplier has on the right.
public struct ExactWorstCaseRegret: Sendable {
  /// The regret in units of the true return.
  public let value: Rational
  /// ``value`` over the range of the true reward, in [0, 1]; 0 for a trivial true reward.
  public let normalised: Rational
  /// The least λ at which range(R − λ Q) is least.
  public let multiplier: Rational
  /// The pair of policies that attains the regret.
  public let witness: Witness
  /// How many ranges were worked out.
  public let evaluations: Int

  /// Two policies with their returns: the proxy likes `chosen` at least as much as `forgone`.
  public struct Witness: Sendable {
    /// The policy that the proxy would have.
    public let chosen: RationalPolicy
    /// The policy that is given up for it.
    public let forgone: RationalPolicy
    /// J_R of chosen and forgone.
    public let trueReturns: [Rational]
    /// J_Q of chosen and forgone.
    public let proxyReturns: [Rational]
    /// The occupancies on the states that count, shape (S'·A).
    package let chosenOccupancy: [Rational]
    package let forgoneOccupancy: [Rational]
  }
}

extension ExactComparisonWorld {
  /// What optimising `proxy` can cost when `truth` is meant.
  ///
  /// The function λ ↦ range(R − λ Q) is convex with finitely many pieces. Tangents at 0 and at infinity are cut, the range
  /// worked out where they meet, and one of them replaced, until the range equals the cut; in rationals it does.
  ///
  /// - Complexity: about ten exact ranges
  public func worstCaseRegret(
    of proxy: [Rational], truth: [Rational]
  ) throws(RewardDistanceError) -> ExactWorstCaseRegret {
    try worstCaseRegret(ofRestricted: restricted(proxy), truth: restricted(truth))
  }

  /// The same for rewards on the states that count.
  package func worstCaseRegret(
    ofRestricted proxy: [Rational], truth: [Rational]
  ) throws(RewardDistanceError) -> ExactWorstCaseRegret {
    try ExactRegretSearch(self, truth: truth, proxy: proxy).run()
  }
}

/// The search for the multiplier.
private struct ExactRegretSearch {
  private let world: ExactComparisonWorld
  private let truth: [Rational]
  private let proxy: [Rational]

  init(_ world: ExactComparisonWorld, truth: [Rational], proxy: [Rational]) {
    self.world = world
    self.truth = truth
    self.proxy = proxy
  }

  /// A pair of occupancies (a, b): f(λ) ≥ ⟨R, a − b⟩ − λ ⟨Q, a − b⟩ everywhere, with equality where it was found.
  private struct Tangent {
    let range: ExactReturnRange
    let forgone: [Rational]
    let chosen: [Rational]
    /// ⟨R, a − b⟩
    let truth: Rational
    /// ⟨Q, a − b⟩: the slope is its negative.
    let proxy: Rational

    func value(at multiplier: Rational) -> Rational { truth - multiplier * proxy }
  }

  private func tangent(_ range: ExactReturnRange, reversed: Bool = false) -> Tangent {
    let (a, b) = (range.bestPlay.occupancy, range.worstPlay.occupancy)
    let difference = reversed ? zip(b, a).map { $0 - $1 } : range.difference
    return Tangent(
      range: range, forgone: reversed ? b : a, chosen: reversed ? a : b, truth: product(difference, truth),
      proxy: product(difference, proxy))
  }

  func run() throws(RewardDistanceError) -> ExactWorstCaseRegret {
    let trueRange = try ExactReturnRange(truth, in: world)
    var low = tangent(trueRange)
    if trueRange.value.isZero {
      return answer(0, multiplier: 0, range: 0, (low.forgone, low.forgone), evaluations: 1)
    }
    if low.proxy <= 0 {
      return answer(
        trueRange.value, multiplier: 0, range: trueRange.value, (low.forgone, low.chosen), evaluations: 1)
    }
    // For large λ the range is that of −Q, whose extremes are those of Q exchanged.
    var high = tangent(try ExactReturnRange(proxy, in: world), reversed: true)
    var evaluations = 2
    var best: (multiplier: Rational, value: Rational)
    while true {
      let meeting = (low.truth - high.truth) / (low.proxy - high.proxy)
      let cut = low.value(at: meeting)
      let middle = try range(at: meeting, from: low)
      evaluations += 1
      best = (meeting, middle.value(at: meeting))
      if best.value == cut { break }
      if middle.proxy > 0 { low = middle } else { high = middle }
    }
    let weight = -high.proxy / (low.proxy - high.proxy)
    func mixed(_ x: [Rational], _ y: [Rational]) -> [Rational] {
      zip(x, y).map { weight * $0 + (1 - weight) * $1 }
    }
    let pair = (mixed(low.forgone, high.forgone), mixed(low.chosen, high.chosen))
    // Where the minimum is flat, the least multiplier stands for all: walk left along the steep side.
    while true {
      let edge = (low.truth - best.value) / low.proxy
      guard edge < best.multiplier else { break }
      let candidate = try range(at: edge, from: low)
      evaluations += 1
      if candidate.value(at: edge) == best.value {
        best.multiplier = edge
        break
      }
      low = candidate
    }
    return answer(
      best.value, multiplier: best.multiplier, range: trueRange.value, pair, evaluations: evaluations)
  }

  private func range(at multiplier: Rational, from near: Tangent) throws(RewardDistanceError) -> Tangent {
    tangent(
      try ExactReturnRange(zip(truth, proxy).map { $0 - multiplier * $1 }, in: world, from: near.range))
  }

  private func answer(
    _ value: Rational, multiplier: Rational, range: Rational, _ pair: (forgone: [Rational], chosen: [Rational]),
    evaluations: Int
  ) -> ExactWorstCaseRegret {
    ExactWorstCaseRegret(
      value: value, normalised: range.isZero ? 0 : value / range, multiplier: multiplier,
      witness: ExactWorstCaseRegret.Witness(
        chosen: world.lifted(pair.chosen), forgone: world.lifted(pair.forgone),
        trueReturns: [product(pair.chosen, truth), product(pair.forgone, truth)],
        proxyReturns: [product(pair.chosen, proxy), product(pair.forgone, proxy)],
        chosenOccupancy: pair.chosen, forgoneOccupancy: pair.forgone),
      evaluations: evaluations)
  }
}
