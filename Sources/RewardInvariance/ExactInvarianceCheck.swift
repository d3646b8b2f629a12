public import LinearAlgebra
public import MDPSolvers
public import MDPs
public import RewardDistances

/// What rational arithmetic found about one relation between two rewards: no tolerance, no margin.
public struct ExactFinding: Sendable, Equatable {
  /// The relation.
  public let relation: RewardRelation
  /// Whether it holds; undecided with the reason for relations that this decision does not cover.
  public let verdict: RelationFinding.Verdict
  /// What proves the verdict.
  public let evidence: Evidence?

  /// Whether the relation holds.
  public var holds: Bool { verdict == .holds }

  /// The proof of a verdict, in rationals.
  public enum Evidence: Sendable, Equatable {
    /// R₂ = k R₁ + γ Φ(t) − Φ(s) + Z with this scale k and potential Φ, shape (S).
    case certificate(scale: Rational, potential: [Rational])
    /// Two policies that the rewards order differently.
    case order(ExactOrderCounterexample)
    /// A policy that is optimal for one reward and not for the other.
    case separating(ExactOptimalPolicyRelation.Separation)
    /// The first transition (or pair, where `next` is nil) that contradicts the equations before it.
    case place(state: Int, action: Int, next: Int?)
    /// The first state whose potential is not what the relation asks for.
    case potential(state: Int, value: Rational)
  }
}

/// Decides relations between two rewards on a discounted model in rationals.
///
/// Seen from one fixed policy of values V, a reward is R = Z + V(s) − γ V(t), and Z keeps what shaping cannot change; so R₂
/// is k R₁ + γ Φ(t) − Φ(s) exactly when Z₂ = k Z₁ on every transition asked for, with Φ = k V₁ − V₂. With redistribution
/// the same holds of the expectations of Z. One linear solve a reward, then comparisons of fractions.
///
/// Source: Skalse et al., Invariance in policy optimisation and partial identifiability in reward learning, arXiv
/// 2203.07475 (2023).
public struct ExactInvarianceCheck: Sendable {
  private let models: (first: RationalModel, second: RationalModel)
  private let rewards: (first: Reward, second: Reward)
  private let world: ExactComparisonWorld
  private let everywhere: ExactPlanner
  private let terminals: [Bool]

  /// Prepares the question how `second` relates to `first`.
  ///
  /// - Parameters:
  ///   - truth: the world with `first`.
  ///   - proxy: the same world, read alike, with `second`.
  ///   - first: the true reward.
  ///   - second: the proxy.
  ///   - terminals: the states where an episode ends, shape (S); nil for absorbing states in which `first` pays nothing.
  /// - Throws: ``RewardInvarianceError/comparison(_:)`` for a discount of 1,
  ///   ``RewardInvarianceError/shape(of:expected:got:)``.
  public init(
    truth: RationalModel, proxy: RationalModel, first: Reward, second: Reward, terminals: [Bool]? = nil
  ) throws(RewardInvarianceError) {
    models = (truth, proxy)
    rewards = (first, second)
    world = try comparing { () throws(RewardDistanceError) in try ExactComparisonWorld(truth) }
    everywhere = try solving { () throws(SolverError) in try ExactPlanner(truth, onReachable: false) }
    if let terminals, terminals.count != truth.mdp.stateCount {
      throw .shape(of: "the terminal states", expected: truth.mdp.stateCount, got: terminals.count)
    }
    if let terminals { self.terminals = terminals } else { self.terminals = try truth.mdp.terminalStates(under: first) }
  }

  /// How the numbers of the input were read, in words.
  public var source: String { models.first.source }

  /// The exact worst-case regret of optimising the second reward when the first is meant.
  public func worstCaseRegret() throws(RewardInvarianceError) -> ExactWorstCaseRegret {
    try comparing { () throws(RewardDistanceError) in
      try world.worstCaseRegret(of: models.second.rewards, truth: models.first.rewards)
    }
  }

  /// Decides one relation.
  ///
  /// - Throws: ``RewardInvarianceError``
  public func decide(_ relation: RewardRelation) throws(RewardInvarianceError) -> ExactFinding {
    let (r1, r2) = (models.first.rewards, models.second.rewards)
    switch relation {
    case .transformed(let kind): return try transformed(kind)
    case .samePolicyOrder, .unhackable:
      let order = try comparing { () throws(RewardDistanceError) in try world.policyOrder(r1, r2) }
      let holds = relation == .unhackable ? !order.isHackable : order.isSame
      return ExactFinding(
        relation: relation, verdict: holds ? .holds : .fails,
        evidence: order.certificate.map { .certificate(scale: $0.scale, potential: $0.potential) }
          ?? (holds ? nil : order.counterexample.map { .order($0) }))
    case .sameOptimalActions, .sameOptimalPolicies, .proxySafe:
      let optimal = try comparing { () throws(RewardDistanceError) in try world.optimalPolicies(r1, r2) }
      let holds =
        relation == .sameOptimalActions
        ? optimal.sameEverywhere : relation == .proxySafe ? optimal.isProxySafe : optimal.sameFromStart
      return ExactFinding(
        relation: relation, verdict: holds ? .holds : .fails,
        evidence: holds ? nil : optimal.separating.map { .separating($0) })
    case .sameDeterministicOrder, .zeroPreservingMonotone, .optimalityPreserving:
      return ExactFinding(
        relation: relation,
        verdict: .undecided(reason: "it is not decided in rationals; ask without --exact"), evidence: nil)
    }
  }

  private func transformed(_ kind: RewardTransformation) throws(RewardInvarianceError) -> ExactFinding {
    let relation = RewardRelation.transformed(kind)
    let planner = kind.mask == .unreachable ? world.planner : everywhere
    let mdp = models.first.mdp
    let width = mdp.actionCount
    let (r1, r2) = (planner.restricted(models.first.rewards), planner.restricted(models.second.rewards))
    let zero = [Rational](repeating: 0, count: planner.states.count)
    var (v1, v2) = (zero, zero)
    if kind.shaping != .none {
      let base = ExactBasePolicy(planner)
      (v1, v2) = try comparing { () throws(RewardDistanceError) in
        (try base.levelled(r1).values, try base.levelled(r2).values)
      }
    }
    var equations = ScaleEquations()
    if !kind.isScaled { equations.require(1, equals: 1) }
    func fails(_ evidence: ExactFinding.Evidence) throws(RewardInvarianceError) -> ExactFinding {
      // Where no wider kind holds either, two policies show more than a place.
      let order = try comparing { () throws(RewardDistanceError) in
        try world.policyOrder(models.first.rewards, models.second.rewards)
      }
      return ExactFinding(
        relation: relation, verdict: .fails, evidence: order.counterexample.map { .order($0) } ?? evidence)
    }
    let shaped =
      kind.isRedistributed
      ? (planner.advantages(over: v1, reward: r1), planner.advantages(over: v2, reward: r2)) : ([], [])
    var place = [Int](repeating: -1, count: mdp.stateCount)
    for (i, s) in planner.states.enumerated() { place[s] = i }
    let discount = models.first.discount
    let looksAhead = kind.shaping != .none && !discount.isZero
    let next = kind.isRedistributed ? [] : try nextStates(kind.mask)
    for (i, s) in planner.states.enumerated() {
      for a in mdp.availableActions(in: s) {
        let k = mdp.pair(s, a)
        if kind.isRedistributed {
          equations.require(shaped.0[i * width + a], equals: shaped.1[i * width + a])
          if equations.scale == nil { return try fails(.place(state: s, action: a, next: nil)) }
          continue
        }
        for t in next[k] {
          guard let x = models.first.transitionReward(rewards.first, row: k, next: t),
            let y = models.second.transitionReward(rewards.second, row: k, next: t)
          else { return try fails(.place(state: s, action: a, next: t)) }
          let (ahead1, ahead2) = looksAhead ? (discount * v1[place[t]], discount * v2[place[t]]) : (0, 0)
          equations.require(x + ahead1 - v1[i], equals: y + ahead2 - v2[i])
          if equations.scale == nil { return try fails(.place(state: s, action: a, next: t)) }
        }
      }
    }
    if let state = potentialFault(kind, v1, v2, planner.states, &equations) {
      let scale = equations.settled ?? 1
      return try fails(.potential(state: state, value: scale * v1[place[state]] - v2[place[state]]))
    }
    guard let scale = equations.scale else { return try fails(.place(state: 0, action: 0, next: nil)) }
    var potential = [Rational](repeating: 0, count: mdp.stateCount)
    for (i, s) in planner.states.enumerated() { potential[s] = scale * v1[i] - v2[i] }
    return ExactFinding(
      relation: relation, verdict: .holds, evidence: .certificate(scale: scale, potential: potential))
  }

  /// The next states on which the equation is asked for, by row s · A + a.
  private func nextStates(_ mask: RewardTransformation.Mask) throws(RewardInvarianceError) -> [[Int]] {
    let mdp = models.first.mdp
    let domain = try TransitionDomain(
      mdp, mask: mask, reachable: mdp.reachableStates(), rewards: [rewards.first, rewards.second])
    var next = [[Int]](repeating: [], count: mdp.stateCount * mdp.actionCount)
    for i in 0..<domain.count { next[Int(domain.row[i])].append(Int(domain.to[i])) }
    return next
  }

  /// The first state where Φ = k V₁ − V₂ is not what the kind of shaping allows, for any k that the equations leave.
  private func potentialFault(
    _ kind: RewardTransformation, _ v1: [Rational], _ v2: [Rational], _ states: [Int],
    _ equations: inout ScaleEquations
  ) -> Int? {
    let start = models.first.mdp.initialDistribution
    let bound: (Int) -> Bool =
      switch kind.shaping {
      case .none, .any: { _ in false }
      case .zeroInitial, .commonInitial: { start[$0] > 0 }
      case .zeroTerminal: { terminals[$0] }
      }
    var anchor: Int?
    for (i, s) in states.enumerated() where bound(s) {
      let (a, b): (Rational, Rational)
      if kind.shaping == .commonInitial {
        guard let first = anchor else {
          anchor = i
          continue
        }
        (a, b) = (v1[i] - v1[first], v2[i] - v2[first])
      } else {
        (a, b) = (v1[i], v2[i])
      }
      let before = equations
      equations.require(a, equals: b)
      if equations.scale == nil {
        equations = before
        return s
      }
    }
    return nil
  }
}
