public import LinearAlgebra
internal import MDPs
public import MDPSolvers
public import RewardDistances

/// Whether two rewards order all policies alike, decided in rationals without a tolerance.
public struct ExactPolicyOrder: Sendable, Equatable {
  /// Whether the two rewards order all policies alike.
  public let isSame: Bool
  /// Whether some pair of policies is ordered strictly one way by the first reward and strictly the other way by the
  /// second.
  public let isHackable: Bool
  /// Proof that the orders are the same.
  public let certificate: ExactOrderCertificate?
  /// Two policies that the rewards order differently.
  public let counterexample: ExactOrderCounterexample?
}

/// r₂(s, a) = k r₁(s, a) + γ Σ_t P(t | s, a) Φ(t) − Φ(s) for every reachable pair, exactly.
public struct ExactOrderCertificate: Sendable, Equatable {
  /// k > 0; 1 where both rewards are trivial and any would do.
  public let scale: Rational
  /// Φ, shape (S) of the model as given; 0 at states that are not reachable.
  public let potential: [Rational]
  /// max |r₂ − k r₁ − γ P Φ + Φ| over the reachable pairs, worked out from the certificate alone: 0.
  public let residual: Rational
}

/// Two policies with their exact returns. The true reward strictly prefers the first and the proxy strictly the second;
/// where one of the rewards is trivial, its two returns are equal.
public struct ExactOrderCounterexample: Sendable, Equatable {
  /// The policy that the true reward prefers.
  public let better: RationalPolicy
  /// The policy that the proxy prefers.
  public let worse: RationalPolicy
  /// J of better and worse under the true reward.
  public let trueReturns: [Rational]
  /// J of better and worse under the proxy.
  public let proxyReturns: [Rational]
}

extension ExactComparisonWorld {
  /// Decides whether `first` (the true reward) and `second` (the proxy) order all policies alike.
  ///
  /// They do exactly when their advantages over one fixed policy are positive multiples of each other, or both 0, on the
  /// reachable pairs: the advantage is a linear projection of rewards whose kernel is what no policy can tell apart.
  ///
  /// Source: Skalse and Abate, Misspecification in IRL, arXiv 2212.03201 (2023); Skalse et al., STARC, arXiv 2309.15257.
  ///
  /// - Parameters:
  ///   - first: r₁(s, a), shape (S·A).
  ///   - second: r₂(s, a), shape (S·A).
  /// - Returns: the verdict with its certificate or counterexample.
  /// - Throws: ``RewardDistanceError``
  /// - Complexity: two exact linear solves, and for a counterexample one worst-case regret.
  public func policyOrder(_ first: [Rational], _ second: [Rational]) throws(RewardDistanceError) -> ExactPolicyOrder {
    let (r1, r2) = (try restricted(first), try restricted(second))
    let base = ExactBasePolicy(planner)
    let (one, two) = (try base.levelled(r1), try base.levelled(r2))
    var relation = ScaleEquations()
    for (a, b) in zip(one.advantage, two.advantage) { relation.require(a, equals: b) }
    if let scale = relation.scale {
      let potential = zip(one.values, two.values).map { scale * $0 - $1 }
      var full = [Rational](repeating: 0, count: model.mdp.stateCount)
      for (i, s) in planner.states.enumerated() { full[s] = potential[i] }
      // advantages(over: Φ) of the reward k r₁ is k r₁ + γ P Φ − Φ: the certificate checked from its own numbers.
      let image = planner.advantages(over: potential, reward: r1.map { scale * $0 })
      let mdp = planner.mdp
      let residual =
        image.indices.filter { mdp.availability?[$0] ?? true }
        .map { (r2[$0] - image[$0]).magnitude }.max() ?? 0
      return ExactPolicyOrder(
        isSame: true, isHackable: false,
        certificate: ExactOrderCertificate(scale: scale, potential: full, residual: residual), counterexample: nil)
    }
    let isTrivial = (one.advantage.allSatisfy(\.isZero), two.advantage.allSatisfy(\.isZero))
    return ExactPolicyOrder(
      isSame: false, isHackable: !isTrivial.0 && !isTrivial.1, certificate: nil,
      counterexample: try counterexample(r1, r2, firstIsTrivial: isTrivial.0, secondIsTrivial: isTrivial.1))
  }

  /// From the pair behind the worst case, which the proxy holds equal, a little towards the pair that the proxy orders
  /// most clearly.
  private func counterexample(
    _ r1: [Rational], _ r2: [Rational], firstIsTrivial: Bool, secondIsTrivial: Bool
  ) throws(RewardDistanceError) -> ExactOrderCounterexample {
    let second = try ExactReturnRange(r2, in: self)
    // The proxy likes b more than a.
    var (a, b) = (second.worstPlay.occupancy, second.bestPlay.occupancy)
    if !firstIsTrivial {
      let regret = try worstCaseRegret(ofRestricted: r2, truth: r1)
      let (forgone, chosen) = (regret.witness.forgoneOccupancy, regret.witness.chosenOccupancy)
      let share =
        secondIsTrivial
        ? 0 : regret.value / (2 * (regret.value + (try ExactReturnRange(r1, in: self)).value))
      a = zip(forgone, a).map { (1 - share) * $0 + share * $1 }
      b = zip(chosen, b).map { (1 - share) * $0 + share * $1 }
    }
    return ExactOrderCounterexample(
      better: lifted(a), worse: lifted(b), trueReturns: [product(a, r1), product(b, r1)],
      proxyReturns: [product(a, r2), product(b, r2)])
  }
}

/// The policy of lowest actions, and rewards seen from it.
struct ExactBasePolicy {
  private let planner: ExactPlanner
  private let actions: [Int]

  init(_ planner: ExactPlanner) {
    self.planner = planner
    let mdp = planner.mdp
    actions = (0..<mdp.stateCount).map { mdp.availableActions(in: $0)[0] }
  }

  /// The values and advantages of the policy: r = A + V − γ P V, where A is what policies can tell apart.
  func levelled(
    _ reward: [Rational]
  ) throws(RewardDistanceError) -> (values: [Rational], advantage: [Rational]) {
    do {
      let values = try planner.values(of: actions, reward: reward)
      return (values, planner.advantages(over: values, reward: reward))
    } catch {
      throw .solver(error)
    }
  }
}

/// Equations k a = b in one unknown k > 0.
struct ScaleEquations {
  private var found: Rational?
  private var isContradictory = false

  /// Adds the equation k a = b.
  mutating func require(_ a: Rational, equals b: Rational) {
    if isContradictory { return }
    if a.isZero {
      isContradictory = !b.isZero
    } else if let found {
      isContradictory = found * a != b
    } else {
      found = b / a
      isContradictory = b.sign * a.sign <= 0
    }
  }

  /// The solution that an equation has settled.
  var settled: Rational? { isContradictory ? nil : found }

  /// The solution, 1 where every number is one; nil where there is none above 0.
  var scale: Rational? { isContradictory ? nil : found ?? 1 }
}
