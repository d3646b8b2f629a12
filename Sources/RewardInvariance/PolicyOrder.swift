internal import LinearAlgebra
public import MDPs
internal import MDPSolvers
public import RewardDistances

/// Whether two rewards order all policies alike, with a certificate or a counterexample.
///
/// They do exactly when their projections onto differences of occupancies are positive multiples of each other: then one
/// comes from the other by a positive scale, potential shaping and redistribution over next states.
///
/// Source: Skalse and Abate, Misspecification in IRL, arXiv 2212.03201 (2023); Skalse et al., STARC, arXiv 2309.15257.
public struct PolicyOrder: Sendable {
  /// Whether the two rewards order all policies alike.
  public let isSame: Bool
  /// sin θ of the projections: the relative size of what no scale can match; 1 when exactly one reward is trivial.
  public let residual: Double
  /// Proof that the orders are the same.
  public let certificate: OrderCertificate?
  /// Two policies that the rewards order differently.
  public let counterexample: OrderCounterexample?
  /// What the reader should know about the margin, where it is neither clear rounding nor clear difference.
  public let warning: String?
}

/// R₂ = k R₁ + γ Φ(t) − Φ(s) + Z, with Σ_t P Z = 0 for every reachable pair: anyone can check it by additions alone.
public struct OrderCertificate: Sendable, Equatable {
  /// k > 0
  public let scale: Double
  /// Φ, shape (S) of the model as given; 0 at states that are not reachable.
  public let potential: [Double]
  /// max |γ Φ(t) − Φ(s)| over the reachable states.
  public let shapingSize: Double
  /// max |Z| over all transitions from reachable states, impossible ones included; nil when a reward is not finite there.
  public let redistributionSize: Double?
  /// max |Z| over the transitions of positive probability; nil with ``redistributionSize``.
  public let possibleRedistributionSize: Double?
  /// max |Σ_t P Z| over the reachable pairs: 0 up to rounding.
  public let defect: Double
}

/// Two policies with their returns, the first strictly better under the true reward, not under the proxy.
public struct OrderCounterexample: Sendable, Equatable {
  /// The policy that the true reward prefers.
  public let better: Policy
  /// The policy that the proxy prefers.
  public let worse: Policy
  /// J of better and worse under the true reward.
  public let trueReturns: [Double]
  /// J of better and worse under the proxy.
  public let proxyReturns: [Double]
}

extension ComparisonWorld {
  /// Compares the order of policies under `first` (the true reward) and `second` (the proxy), on the reachable states.
  ///
  /// - Throws: ``RewardDistanceError``
  /// - Complexity: two projections and three policy evaluations.
  public func policyOrder(_ first: ComparedReward, _ second: ComparedReward) throws(RewardDistanceError) -> PolicyOrder
  {
    let (first, second) = (try first.core(), try second.core())
    let (p, q) = (try first.projected(), try second.projected())
    let match = RemainderMatch(
      p.values, q.values, sizes: (norm2(first.expected), norm2(second.expected)), isScaled: true,
      tolerance: options.equivalenceTolerance, trivialityTolerance: options.trivialityTolerance)
    if match.holds {
      let ratio = match.isFirstTrivial ? max(p.relativeNorm, q.relativeNorm) : match.sine
      return PolicyOrder(
        isSame: true, residual: match.sine, certificate: try certificate(scale: match.scale, first, second),
        counterexample: nil, warning: margin(ratio))
    }
    // Along this direction the first return rises and the second falls; a trivial one stays.
    var direction = [Double](repeating: 0, count: p.values.count)
    if !match.isFirstTrivial { direction = combine(1, direction, 1 / p.norm, p.values) }
    if !match.isSecondTrivial { direction = combine(1, direction, -1 / q.norm, q.values) }
    let isClose = match.isFirstTrivial ? q.relativeNorm : match.isSecondTrivial ? p.relativeNorm : match.residual
    return PolicyOrder(
      isSame: false, residual: match.sine, certificate: nil,
      counterexample: try counterexample(first, second, direction: direction), warning: margin(isClose))
  }

  /// A warning for numbers between clear rounding and clear difference.
  private func margin(_ ratio: Double) -> String? {
    guard ratio > 1e-12, ratio < 1e-6 else { return nil }
    return "the relative residual \(ratio) is small but above rounding: the verdict rests on the tolerance"
  }

  private func certificate(
    scale: Double, _ first: ComparedReward, _ second: ComparedReward
  ) throws(RewardDistanceError) -> OrderCertificate {
    let world = first.world
    // The constants may be large and cancel: they are taken apart from the rest.
    let (p, q) = (try first.projected(), try second.projected())
    let constant = scale * p.shift - q.shift
    let potential = combine(scale, p.levelPotential, -1, q.levelPotential).map { $0 + constant }
    let (largest, smallest) = (potential.max() ?? 0, potential.min() ?? 0)
    let gamma = world.mdp.discount
    let shapingSize = max(abs(gamma * largest - smallest), abs(gamma * smallest - largest))
    let image = world.mdp.transitions.expectation(of: potential)
    var defect = 0.0
    let width = world.mdp.actionCount
    for k in first.expected.indices where world.mdp.isAvailable(k / width, k % width) {
      let shaping = gamma * image[k] - potential[k / width]
      defect = max(defect, abs(second.expected[k] - scale * first.expected[k] - shaping))
    }
    var full = [Double](repeating: 0, count: world.original.stateCount)
    for (i, s) in world.states.enumerated() { full[s] = potential[i] }
    let rest = world.redistributionSizes(first, second, scale: scale, potential: potential)
    return OrderCertificate(
      scale: scale, potential: full, shapingSize: shapingSize, redistributionSize: rest?.all,
      possibleRedistributionSize: rest?.possible, defect: defect)
  }

  /// d± = d₀ ± e x around the occupancy of the uniform policy: J₁ rises and J₂ falls strictly along x.
  private func counterexample(
    _ first: ComparedReward, _ second: ComparedReward, direction x: [Double]
  ) throws(RewardDistanceError) -> OrderCounterexample {
    let world = first.world
    let center = try world.uniformOccupancy()
    var step = Double.infinity
    for k in x.indices where x[k] != 0 { step = min(step, 0.5 * center[k] / abs(x[k])) }
    if step == .infinity { step = 0 }
    func play(_ sign: Double) throws(RewardDistanceError) -> OccupancyMeasure {
      let shifted = OccupancyMeasure(values: combine(1, center, sign * step, x), actionCount: world.mdp.actionCount)
      // The returns are those of the policy as it will be read, not of the occupancy that it was made from.
      return try world.occupancy(of: shifted.policy(for: world.mdp), near: shifted)
    }
    let (up, down) = (try play(1), try play(-1))
    // Under a trivial reward all policies have one return, which is known without the rounding of each.
    func returns(_ reward: ComparedReward) throws(RewardDistanceError) -> [Double] {
      if try reward.isTrivial() { return [Double](repeating: try reward.returnRange().maximum, count: 2) }
      return [up.expectedReturn(of: reward.expected), down.expectedReturn(of: reward.expected)]
    }
    return OrderCounterexample(
      better: world.lifted(up), worse: world.lifted(down), trueReturns: try returns(first),
      proxyReturns: try returns(second))
  }
}
