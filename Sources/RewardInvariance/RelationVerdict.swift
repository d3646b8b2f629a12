public import MDPs
public import RewardDistances
internal import LinearAlgebra

/// Whether a relation holds between two rewards, with what proves or refutes it.
public struct RelationVerdict: Sendable {
  /// The relation asked about.
  public let relation: RewardRelation
  /// Whether it holds, to within the tolerances of the comparison.
  public let holds: Bool
  /// How far the rewards are from the relation, relative to their size: 0 up to rounding where it holds. Nil where the
  /// question has no margin.
  public let margin: Double?
  /// The scale k of the first reward, where the relation has one.
  public let scale: Double?
  /// The potential Φ, shape (S) of the model as given, where the relation has one.
  public let potential: [Double]?
  /// Two policies that refute the relation.
  public let counterexample: OrderCounterexample?
  /// A policy that is optimal for one reward and not for the other.
  public let separatingPolicy: Policy?
  /// Why, in one sentence.
  public let reason: String
}

extension ComparisonWorld {
  /// Decides whether `relation` holds between `first` (R₁) and `second` (R₂).
  ///
  /// - Parameters:
  ///   - relation: what to decide.
  ///   - first: R₁, the true reward.
  ///   - second: R₂, the proxy.
  /// - Returns: the verdict with its proof or refutation.
  /// - Throws: ``RewardDistanceError``, also when deterministic policies are too many to enumerate.
  public func verdict(
    on relation: RewardRelation, _ first: ComparedReward, _ second: ComparedReward
  ) throws(RewardDistanceError) -> RelationVerdict {
    let judge = RelationJudge(world: self, first: first, second: second, relation: relation)
    return switch relation {
    case .identical: try judge.difference(possibleOnly: false)
    case .impossibleMask: try judge.difference(possibleOnly: true)
    case .unreachableMask: try judge.unreachableMask()
    case .shaping, .constantInitialShaping, .zeroInitialShaping, .terminalShaping: try judge.shaping()
    case .scaledShaping: try judge.scaledShaping()
    case .redistribution: try judge.redistribution()
    case .shapingAndRedistribution, .samePolicyOrder, .unhackable: try judge.order()
    case .sameDeterministicOrder: try judge.deterministicOrder()
    case .sameOptimalPolicies, .sameOptimalActions, .proxySafe: try judge.optima()
    case .zeroPreservingMonotone: try judge.monotone()
    }
  }

  /// The verdicts on every relation that the model and the rewards allow to be decided.
  public func verdicts(_ first: ComparedReward, _ second: ComparedReward) -> [RelationVerdict] {
    RewardRelation.allCases.compactMap { relation in try? verdict(on: relation, first, second) }
  }
}

/// Decides one relation between two rewards.
private struct RelationJudge {
  let world: ComparisonWorld
  let first: ComparedReward
  let second: ComparedReward
  let relation: RewardRelation

  private var zeroPotential: [Double] { [Double](repeating: 0, count: world.original.stateCount) }
  private var tolerance: Double { world.options.equivalenceTolerance }

  private func verdict(
    _ holds: Bool, _ reason: String, margin: Double? = nil, scale: Double? = nil, potential: [Double]? = nil,
    counterexample: OrderCounterexample? = nil, separating: Policy? = nil
  ) -> RelationVerdict {
    RelationVerdict(
      relation: relation, holds: holds, margin: margin, scale: scale, potential: potential,
      counterexample: counterexample, separatingPolicy: separating, reason: reason)
  }

  // MARK: On transitions

  /// The rewards on all states of the model as given, with their difference and its size beside theirs.
  private func whole() throws(RewardDistanceError) -> (
    world: ComparisonWorld, f: TransitionFunction, g: TransitionFunction, size: Double
  ) {
    var options = world.options
    options.states = .all
    let all = try ComparisonWorld(world.original, options: options)
    let (f, g) = (try all.admit(first.original).raw(), try all.admit(second.original).raw())
    let size = max(try all.largest(f, possibleOnly: false), try all.largest(g, possibleOnly: false))
    return (all, f, g, size)
  }

  func difference(possibleOnly: Bool) throws(RewardDistanceError) -> RelationVerdict {
    let (all, f, g, size) = try whole()
    let gap = try all.largest(.combination(1, g, -1, f), possibleOnly: possibleOnly)
    let margin = size > 0 ? gap / size : 0
    let place = possibleOnly ? "possible transition" : "transition"
    return verdict(
      margin <= 1e-12,
      margin <= 1e-12
        ? "the rewards agree on every \(place)" : "the rewards differ by \(gap) on some \(place)", margin: margin,
      scale: margin <= 1e-12 ? 1 : nil, potential: margin <= 1e-12 ? zeroPotential : nil)
  }

  func unreachableMask() throws(RewardDistanceError) -> RelationVerdict {
    let (a, b) = (try first.core(), try second.core())
    let (f, g) = (try a.raw(), try b.raw())
    let size = max(try a.world.largest(f, possibleOnly: true), try a.world.largest(g, possibleOnly: true))
    let gap = try a.world.largest(.combination(1, g, -1, f), possibleOnly: true)
    let margin = size > 0 ? gap / size : gap
    return verdict(
      margin <= 1e-12,
      margin <= 1e-12
        ? "the rewards agree on every transition that a trajectory from the start can take"
        : "the rewards differ by \(gap) on a transition that a trajectory from the start can take", margin: margin)
  }

  func shaping() throws(RewardDistanceError) -> RelationVerdict {
    let (all, f, g, size) = try whole()
    let (rest, level, mean) = try all.leastPotential(of: .combination(1, g, -1, f))
    let gap = try all.largest(rest, possibleOnly: false)
    let shift = all.mdp.discount < 1 ? mean / (all.mdp.discount - 1) : 0
    let potential = level.map { shift - $0 }
    let margin = size > 0 ? gap / size : 0
    guard margin <= tolerance, all.mdp.discount < 1 || abs(mean) <= tolerance * size else {
      return verdict(
        false, "no potential explains the difference: the best one leaves \(gap) on some transition", margin: margin)
    }
    let largest = normInfinity(potential)
    let negligible = 1e-9 * max(largest, size)
    let starts = potential.indices.filter { world.original.initialDistribution[$0] > 0 }
    func failing(_ states: [Int], from value: Double) -> Int? {
      states.first { abs(potential[$0] - value) > negligible }
    }
    switch relation {
    case .constantInitialShaping:
      if let s = failing(starts, from: potential[starts[0]]) {
        return verdict(
          false,
          "the potential is \(potential[s]) in start state \(name(s)) but \(potential[starts[0]]) in start state "
            + name(starts[0]), margin: margin, potential: potential)
      }
    case .zeroInitialShaping:
      if let s = failing(starts, from: 0) {
        return verdict(
          false, "the potential is \(potential[s]) in start state \(name(s)), not 0", margin: margin,
          potential: potential)
      }
    case .terminalShaping:
      if let s = failing(all.mdp.terminalStates(under: f), from: 0) {
        return verdict(
          false,
          "the potential is \(potential[s]) in terminal state \(name(s)), not 0: where episodes end there, returns move by "
            + "an amount that depends on the policy", margin: margin, potential: potential)
      }
    default: break
    }
    return verdict(
      true, "the potential explains the difference on every transition up to \(gap)", margin: margin, scale: 1,
      potential: potential)
  }

  private func name(_ state: Int) -> String { world.original.stateName(state) }

  func scaledShaping() throws(RewardDistanceError) -> RelationVerdict {
    let (all, f, g, _) = try whole()
    let (u, v) = (try all.leastPotential(of: f), try all.leastPotential(of: g))
    let sine = try all.admitAngle(u.function, v.function, sizes: (f, g))
    switch sine {
    case .bothZero:
      return verdict(true, "both rewards are shaping alone", margin: 0, scale: 1)
    case .oneZero: return verdict(false, "one reward is shaping alone and the other is not", margin: 1)
    case .angle(let sine, let scale):
      guard let scale, sine <= tolerance else {
        return verdict(
          false,
          scale == nil
            ? "the rewards, less their shaping, point opposite ways"
            : "no scale and potential explain the difference", margin: sine)
      }
      let shift = all.mdp.discount < 1 ? (v.mean - scale * u.mean) / (all.mdp.discount - 1) : 0
      let potential = combine(scale, u.potential, -1, v.potential).map { $0 + shift }
      return verdict(
        true, "the scale \(scale) and the potential explain the difference on every transition", margin: sine,
        scale: scale, potential: potential)
    }
  }

  func redistribution() throws(RewardDistanceError) -> RelationVerdict {
    let (r, q) = (try first.core().expected, try second.core().expected)
    let size = max(normInfinity(r), normInfinity(q))
    let gap = normInfinity(combine(1, q, -1, r))
    let margin = size > 0 ? gap / size : 0
    return verdict(
      margin <= tolerance,
      margin <= tolerance
        ? "the expected rewards agree for every reachable state and action"
        : "the expected rewards differ by \(gap) for some state and action", margin: margin,
      scale: margin <= tolerance ? 1 : nil, potential: margin <= tolerance ? zeroPotential : nil)
  }

  func monotone() throws(RewardDistanceError) -> RelationVerdict {
    let (all, f, g, _) = try whole()
    let (x, y) = (f.dense.elements, g.dense.elements)
    let (states, actions) = (all.mdp.stateCount, all.mdp.actionCount)
    let available = x.indices.filter { all.mdp.isAvailable($0 / states / actions, $0 / states % actions) }
    if let i = available.first(where: { (x[$0] == 0) != (y[$0] == 0) }) {
      return verdict(false, "one reward is 0 and the other \(x[i] == 0 ? y[i] : x[i]) on the same transition")
    }
    let order = available.sorted { x[$0] < x[$1] }
    for (i, j) in zip(order, order.dropFirst()) {
      if x[i] == x[j] ? y[i] != y[j] : y[i] >= y[j] {
        return verdict(
          false, "R1 has \(x[i]) and \(x[j]) on two transitions where R2 has \(y[i]) and \(y[j])")
      }
    }
    return verdict(true, "both rewards order all transitions alike, ties and zeros included")
  }

  // MARK: On policies

  func order() throws(RewardDistanceError) -> RelationVerdict {
    let order = try world.policyOrder(first, second)
    switch relation {
    case .unhackable:
      let (own, other) = (try first.core().isTrivial(), try second.core().isTrivial())
      let trivial = own || other
      return verdict(
        order.isSame || trivial,
        order.isSame
          ? "the rewards order all policies alike"
          : trivial
            ? "one of the rewards likes all policies equally" : "two policies are ordered strictly opposite ways",
        margin: order.residual, counterexample: trivial ? nil : order.counterexample)
    case .shapingAndRedistribution:
      guard let certificate = order.certificate else { break }
      let holds = abs(certificate.scale - 1) <= tolerance
      return verdict(
        holds, holds ? "shaping and redistribution explain the difference" : "the scale is \(certificate.scale), not 1",
        margin: order.residual, scale: certificate.scale, potential: certificate.potential)
    default: break
    }
    guard let certificate = order.certificate else {
      return verdict(
        false, "two policies are ordered differently (relative residual \(order.residual))", margin: order.residual,
        counterexample: order.counterexample)
    }
    return verdict(
      true, "a scale and a potential explain every expected reward", margin: order.residual, scale: certificate.scale,
      potential: certificate.potential)
  }

  func optima() throws(RewardDistanceError) -> RelationVerdict {
    let optimal = try world.optimalPolicies(first, second)
    let holds =
      switch relation {
      case .sameOptimalActions: optimal.sameEverywhere
      case .proxySafe: optimal.isProxySafe
      default: optimal.sameFromStart
      }
    guard !holds else { return verdict(true, "the sets of optimal actions agree where it matters") }
    if let unsafe = optimal.unsafePolicy {
      return verdict(false, "a policy optimal for R2 is not optimal for R1", separating: unsafe)
    }
    let back = try world.optimalPolicies(second, first)
    return verdict(
      false,
      back.unsafePolicy == nil
        ? "the optimal actions differ in a state that optimal play never reaches"
        : "a policy optimal for R1 is not optimal for R2", separating: back.unsafePolicy)
  }

  /// The most deterministic policies that are enumerated.
  private static let policyLimit = 1 << 16

  func deterministicOrder() throws(RewardDistanceError) -> RelationVerdict {
    let (a, b) = (try first.core(), try second.core())
    let mdp = a.world.mdp
    let choices = (0..<mdp.stateCount).map { mdp.availableActions(in: $0) }
    var count = 1
    for list in choices {
      count *= list.count
      guard count <= Self.policyLimit else {
        throw .tooLarge(
          quantity: "the order of all deterministic policies", entries: count, limit: Self.policyLimit)
      }
    }
    let (p, q) = (try a.projected().values, try b.projected().values)
    var returns: [(x: Double, y: Double)] = []
    var policy = choices.map { $0[0] }
    var digits = [Int](repeating: 0, count: choices.count)
    for _ in 0..<count {
      let d = try a.world.occupancy(of: .deterministic(policy))
      returns.append((d.expectedReturn(of: p), d.expectedReturn(of: q)))
      for s in digits.indices {
        digits[s] = (digits[s] + 1) % choices[s].count
        policy[s] = choices[s][digits[s]]
        if digits[s] > 0 { break }
      }
    }
    func spread(_ x: [Double]) -> Double { (x.max() ?? 0) - (x.min() ?? 0) }
    let (ties, otherTies) = (tolerance * spread(returns.map(\.x)), tolerance * spread(returns.map(\.y)))
    returns.sort { $0.x < $1.x }
    for (low, high) in zip(returns, returns.dropFirst()) {
      let (rise, other) = (high.x - low.x, high.y - low.y)
      if rise <= ties ? abs(other) > otherTies : other <= otherTies {
        return verdict(
          false,
          "two of the \(count) deterministic policies have returns differing by \(rise) under R1 and by \(other) under R2"
        )
      }
    }
    return verdict(true, "all \(count) deterministic policies are ordered alike")
  }
}

/// How two rewards stand after their shaping was taken out.
enum ShapingFreeAngle {
  case bothZero
  case oneZero
  /// sin θ, and the scale |g|/|f| cos θ where it is positive.
  case angle(sine: Double, scale: Double?)
}

extension ComparisonWorld {
  /// The angle of `u` and `v`, each judged against the size of the reward it came from.
  fileprivate func admitAngle(
    _ u: TransitionFunction, _ v: TransitionFunction, sizes: (TransitionFunction, TransitionFunction)
  ) throws(RewardDistanceError) -> ShapingFreeAngle {
    let (a, b) = (try euclidean(u), try euclidean(v))
    let zeroU = a <= options.trivialityTolerance * (try euclidean(sizes.0))
    let zeroV = b <= options.trivialityTolerance * (try euclidean(sizes.1))
    if zeroU || zeroV { return zeroU && zeroV ? .bothZero : .oneZero }
    let chord = try euclidean(.combination(1 / a, u, -1 / b, v))
    let opposite = try euclidean(.combination(1 / a, u, 1 / b, v))
    let square = chord * chord + opposite * opposite
    let cosine = (opposite * opposite - chord * chord) / square
    return .angle(sine: min(1, 2 * chord * opposite / square), scale: cosine > 0 ? b / a * cosine : nil)
  }
}

extension MDP {
  /// The states that every action keeps, with reward 0.
  fileprivate func terminalStates(under reward: TransitionFunction) -> [Int] {
    (0..<stateCount).filter { s in
      (0..<actionCount).allSatisfy { a in
        guard isAvailable(s, a) else { return true }
        let row = pair(s, a)
        return transitions[row, s] == 1 && reward[row, s] == 0
      }
    }
  }
}
