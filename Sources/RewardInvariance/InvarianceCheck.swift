internal import LinearAlgebra
public import MDPs
internal import MDPSolvers
internal import RewardDistances

/// What a check of relations may choose.
public struct InvarianceOptions: Sendable {
  /// Rewards are related when what the relation leaves unexplained is at most this fraction.
  public var equivalenceTolerance = 1e-9
  /// A reward is nothing but shaping when what is left of it is at most this fraction.
  public var trivialityTolerance = 1e-10
  /// Actions are tied for the best when their advantage is at most this fraction of the largest.
  public var tieTolerance = 1e-9
  /// The states where an episode ends, shape (S); nil for absorbing states in which the first reward pays nothing.
  public var terminals: [Bool]?
  /// The most deterministic policies that are enumerated.
  public var deterministicPolicyLimit = 20_000

  /// The defaults.
  public init() {}
}

/// Decides how one reward relates to another on a model: which relations hold, each with its proof or refutation.
///
/// ```swift
/// let check = try InvarianceCheck(mdp, from: truth, to: proxy)
/// let finding = try check.decide(.transformed(.init(shaping: .any)))
/// let report = try check.report()            // every relation, the strongest ones, the classic mistake by name
/// ```
///
/// Source: Skalse et al., Invariance in policy optimisation and partial identifiability in reward learning, arXiv
/// 2203.07475 (2023); Skalse et al., Defining and characterizing reward hacking (NeurIPS 2022); Ng, Harada, Russell (ICML
/// 1999).
public final class InvarianceCheck {
  /// The model.
  public let mdp: MDP
  /// The first reward, the true one.
  public let first: Reward
  /// The second reward, the proxy.
  public let second: Reward
  /// The choices made.
  public let options: InvarianceOptions
  /// The states where an episode ends.
  public let terminals: [Bool]

  private let search: TransformationSearch
  private var comparison: (world: ComparisonWorld, first: ComparedReward, second: ComparedReward)?
  private var keptOrder: PolicyOrder?
  private var keptOptimal: OptimalPolicyRelation?
  private var kept: [RewardRelation: RelationFinding] = [:]

  /// Prepares the question how `second` relates to `first`.
  ///
  /// - Throws: ``RewardInvarianceError/model(_:)`` when a reward does not fit the model,
  ///   ``RewardInvarianceError/shape(of:expected:got:)`` when the terminal states do not.
  public init(
    _ mdp: MDP, from first: Reward, to second: Reward, options: InvarianceOptions = InvarianceOptions()
  ) throws(RewardInvarianceError) {
    if let given = options.terminals, given.count != mdp.stateCount {
      throw .shape(of: "the terminal states", expected: mdp.stateCount, got: given.count)
    }
    self.mdp = mdp
    self.first = first
    self.second = second
    self.options = options
    if let given = options.terminals { terminals = given } else { terminals = try mdp.terminalStates(under: first) }
    search = try TransformationSearch(
      mdp: mdp, first: first, second: second, terminals: terminals,
      equivalenceTolerance: options.equivalenceTolerance, trivialityTolerance: options.trivialityTolerance)
  }

  /// Decides one relation.
  ///
  /// - Returns: the verdict with its evidence; undecided, with the reason, where the model is too large for the question
  ///   or has discount 1.
  /// - Throws: ``RewardInvarianceError/comparison(_:)`` when a solver fails.
  public func decide(_ relation: RewardRelation) throws(RewardInvarianceError) -> RelationFinding {
    if let found = kept[relation] { return found }
    let found = try work(relation)
    kept[relation] = found
    return found
  }

  /// Decides every relation that makes a difference on this model.
  ///
  /// - Throws: as ``decide(_:)``.
  public func report() throws(RewardInvarianceError) -> InvarianceReport {
    var findings: [RelationFinding] = []
    for relation in RewardRelation.all {
      if case .transformed(let kind) = relation, !search.isDistinct(kind) { continue }
      if case .zeroPreservingMonotone(let mask) = relation, !search.isDistinct(RewardTransformation(mask: mask)) {
        continue
      }
      findings.append(try decide(relation))
    }
    let held = findings.filter(\.holds).map(\.relation)
    let strongest = held.filter { relation in !held.contains { $0 != relation && $0.implies(relation) } }
    return InvarianceReport(
      findings: findings, strongest: strongest, terminalFault: try terminalFault(),
      flags: findings.compactMap(\.warning))
  }

  /// The classic mistake, if this is one: shaping whose potential is not 0 at terminal states.
  ///
  /// - Throws: as ``decide(_:)``.
  public func terminalFault() throws(RewardInvarianceError) -> TerminalPotentialFault? {
    guard try !search.fit(.policyOrder).holds, let found = try search.fitIgnoringTerminalLoops() else { return nil }
    let size = normInfinity(found.potential)
    let states = terminals.indices.filter { terminals[$0] && abs(found.potential[$0]) > 1e-9 * size }
    guard !states.isEmpty else { return nil }
    return TerminalPotentialFault(
      potential: found.potential, states: states, scale: found.scale, residual: found.residual)
  }

  /// The order of all policies, with a counterexample.
  func order() throws(RewardInvarianceError) -> PolicyOrder {
    if let keptOrder { return keptOrder }
    let (world, x, y) = try compared()
    let order = try comparing { () throws(RewardDistanceError) in try world.policyOrder(x, y) }
    keptOrder = order
    return order
  }

  /// The optimal policies.
  func optimal() throws(RewardInvarianceError) -> OptimalPolicyRelation {
    if let keptOptimal { return keptOptimal }
    let (world, x, y) = try compared()
    let optimal = try comparing { () throws(RewardDistanceError) in try world.optimalPolicies(x, y) }
    keptOptimal = optimal
    return optimal
  }

  private var comparisonOptions: ComparisonOptions {
    var choices = ComparisonOptions()
    choices.equivalenceTolerance = options.equivalenceTolerance
    choices.trivialityTolerance = options.trivialityTolerance
    choices.tieTolerance = options.tieTolerance
    return choices
  }

  func compared() throws(RewardInvarianceError) -> (ComparisonWorld, ComparedReward, ComparedReward) {
    if let comparison { return comparison }
    let choices = comparisonOptions
    let made = try comparing { () throws(RewardDistanceError) in
      let world = try ComparisonWorld(mdp, options: choices)
      return (world, try world.admit(first), try world.admit(second))
    }
    comparison = made
    return made
  }

  private func work(_ relation: RewardRelation) throws(RewardInvarianceError) -> RelationFinding {
    switch relation {
    case .transformed(let kind): return try transformed(kind)
    case .zeroPreservingMonotone(let mask): return try monotone(mask)
    default: break
    }
    guard mdp.discount < 1 else {
      return RelationFinding(
        relation: relation,
        verdict: .undecided(
          reason: "at discount 1 returns need a horizon, episodes that end, or averages: ask under such a criterion"),
        residual: nil, evidence: nil)
    }
    switch relation {
    case .samePolicyOrder: return try policyOrder()
    case .unhackable: return try unhackable()
    case .sameDeterministicOrder: return try deterministicOrder()
    case .optimalityPreserving(let sets): return try optimalityPreserving(sets)
    default: return try optimalRelation(relation)
    }
  }

  private func transformed(_ kind: RewardTransformation) throws(RewardInvarianceError) -> RelationFinding {
    let relation = RewardRelation.transformed(kind)
    return try unlessTooLarge(relation) { () throws(RewardInvarianceError) in
      // A kind within the widest one cannot hold where that fails; knowing so spares large models the work.
      if kind != .policyOrder, kind.isWithin(.policyOrder) {
        let widest = try search.fit(.policyOrder)
        if !widest.holds {
          return RelationFinding(
            relation: relation, verdict: .fails, residual: widest.residual, evidence: try evidence(widest))
        }
      }
      let fit = try search.fit(kind)
      return RelationFinding(
        relation: relation, verdict: fit.holds ? .holds : .fails, residual: fit.residual, evidence: try evidence(fit))
    }
  }

  /// The certificate where the relation holds; else two policies where these exist, or the place of the largest remainder.
  private func evidence(_ fit: TransformationFit) throws(RewardInvarianceError) -> RelationEvidence? {
    if let certificate = fit.certificate { return .certificate(certificate) }
    if mdp.discount < 1, try !search.fit(.policyOrder).holds, let pair = try order().counterexample {
      return .order(pair)
    }
    return fit.worst.map { .place(state: $0.state, action: $0.action, next: $0.next, remainder: $0.remainder) }
  }

  private func policyOrder() throws(RewardInvarianceError) -> RelationFinding {
    let fit = try search.fit(.policyOrder)
    return RelationFinding(
      relation: .samePolicyOrder, verdict: fit.holds ? .holds : .fails, residual: fit.residual,
      evidence: try evidence(fit))
  }

  /// The finding of `body`, or an undecided one where the question is too large.
  private func unlessTooLarge(
    _ relation: RewardRelation, _ body: () throws(RewardInvarianceError) -> RelationFinding
  ) throws(RewardInvarianceError) -> RelationFinding {
    do {
      return try body()
    } catch {
      guard case .tooLarge = error else { throw error }
      return RelationFinding(
        relation: relation, verdict: .undecided(reason: error.description), residual: nil, evidence: nil)
    }
  }

  private func unhackable() throws(RewardInvarianceError) -> RelationFinding {
    let fit = try search.fit(.policyOrder)
    let (_, x, y) = try compared()
    let trivial = try comparing { () throws(RewardDistanceError) in (try x.core().isTrivial(), try y.core().isTrivial())
    }
    if fit.holds || trivial.0 || trivial.1 {
      var evidence = fit.certificate.map(RelationEvidence.certificate)
      if evidence == nil { evidence = try triviality(isFirst: trivial.0) }
      return RelationFinding(relation: .unhackable, verdict: .holds, residual: nil, evidence: evidence)
    }
    return RelationFinding(
      relation: .unhackable, verdict: .fails, residual: fit.residual,
      evidence: try order().counterexample.map(RelationEvidence.order))
  }

  /// The proof that a reward is nothing but shaping and redistribution, where it checks to rounding.
  private func triviality(isFirst: Bool) throws(RewardInvarianceError) -> RelationEvidence? {
    let zero = Reward(name: "0", values: .state([Double](repeating: 0, count: mdp.stateCount)))
    let search = try TransformationSearch(
      mdp: mdp, first: zero, second: isFirst ? first : second, terminals: terminals,
      equivalenceTolerance: options.equivalenceTolerance, trivialityTolerance: options.trivialityTolerance)
    let kind = RewardTransformation(shaping: .any, redistributed: true, mask: .unreachable)
    guard let certificate = try search.fit(kind).certificate else { return nil }
    return checked(.triviality(TrivialityCertificate(isFirst: isFirst, shaping: certificate)), of: .unhackable)
  }

  /// The evidence, unless the checker finds that it does not prove the relation.
  private func checked(_ evidence: RelationEvidence, of relation: RewardRelation) -> RelationEvidence? {
    let checker = CertificateChecker(
      tolerance: options.equivalenceTolerance, tieTolerance: max(options.tieTolerance, options.equivalenceTolerance),
      terminals: terminals)
    return checker.check(evidence, of: relation, first: first, second: second, in: mdp).isValid ? evidence : nil
  }

  private func optimalityPreserving(_ sets: ActionSets?) throws(RewardInvarianceError) -> RelationFinding {
    let relation = RewardRelation.optimalityPreserving(sets)
    if let sets, sets.isMember.count != mdp.stateCount * mdp.actionCount {
      throw .shape(of: "the action sets", expected: mdp.stateCount * mdp.actionCount, got: sets.isMember.count)
    }
    var choices = comparisonOptions
    choices.states = .all
    let all = choices
    let (x, y) = try comparing { () throws(RewardDistanceError) in
      let world = try ComparisonWorld(mdp, options: all)
      return (try world.admit(first), try world.admit(second))
    }
    let other = try comparing { () throws(RewardDistanceError) in try y.optimalActions() }
    let own: [Bool]
    if let sets {
      own = sets.isMember
    } else {
      own = try comparing { () throws(RewardDistanceError) in try x.optimalActions() }
    }
    if let k = own.indices.first(where: { own[$0] != other[$0] }) {
      let losses = try comparing { () throws(RewardDistanceError) in try y.canonical(.optimalAdvantage).pair }
      return RelationFinding(
        relation: relation, verdict: .fails, residual: nil,
        evidence: .action(
          state: k / mdp.actionCount, action: k % mdp.actionCount, isOptimalForSecond: other[k], loss: -losses[k]))
    }
    let certificate = OptimalityCertificate(
      first: sets == nil ? try optimalValues(x) : nil, second: try optimalValues(y), actionSets: sets,
      tieTolerance: options.tieTolerance, discount: mdp.discount)
    return RelationFinding(
      relation: relation, verdict: .holds, residual: nil, evidence: checked(.optimality(certificate), of: relation))
  }

  /// The values of optimal play on all states, 0 where they do not count.
  private func optimalValues(_ reward: ComparedReward) throws(RewardInvarianceError) -> OptimalityCertificate.Values {
    let world = reward.world
    let actions = try comparing { () throws(RewardDistanceError) in try reward.optimalActions() }
    let projected = try comparing { () throws(RewardDistanceError) in try reward.projected() }
    let policy = Policy.deterministic(
      world.states.indices.map { i in
        (0..<mdp.actionCount).first { actions[i * mdp.actionCount + $0] } ?? 0
      })
    let values = try solving { () throws(SolverError) in
      try PolicyEvaluation(of: policy, in: world.mdp, method: world.states.count > 5000 ? .krylov : .automatic)
    }.values(pairReward: projected.values)
    // V = V_p + Φ, whose constant parts are kept apart.
    let mean = values.reduce(0, +) / Double(values.count)
    var levels = [Double](repeating: 0, count: mdp.stateCount)
    for (i, s) in world.states.enumerated() { levels[s] = (values[i] - mean) + projected.levelPotential[i] }
    return OptimalityCertificate.Values(levels: levels, constant: (1 - mdp.discount) * (mean + projected.shift))
  }

  private func optimalRelation(_ relation: RewardRelation) throws(RewardInvarianceError) -> RelationFinding {
    let optimal = try optimal()
    let holds =
      switch relation {
      case .sameOptimalActions: optimal.sameEverywhere
      case .sameOptimalPolicies: optimal.sameFromStart
      default: optimal.isProxySafe
      }
    let (world, x, y) = try compared()
    guard !holds else {
      let cores = try comparing { () throws(RewardDistanceError) in (try x.core(), try y.core()) }
      let certificate = OptimalityCertificate(
        first: try optimalValues(cores.0), second: try optimalValues(cores.1), tieTolerance: options.tieTolerance,
        discount: mdp.discount)
      return RelationFinding(
        relation: relation, verdict: .holds, residual: nil, evidence: checked(.optimality(certificate), of: relation))
    }
    var policy = optimal.unsafePolicy
    var isOptimalForFirst = false
    if policy == nil {
      policy = try comparing { () throws(RewardDistanceError) in try world.optimalPolicies(y, x).unsafePolicy }
      isOptimalForFirst = true
    }
    // Optimal actions may differ only where no optimal policy comes: no policy shows it then.
    guard let policy else {
      let (own, other) = try comparing { () throws(RewardDistanceError) in
        (try x.core().optimalActions(), try y.core().optimalActions())
      }
      let k = zip(own, other).enumerated().first { $1.0 != $1.1 }?.offset ?? 0
      let (state, loss) = try comparing { () throws(RewardDistanceError) in
        (
          try world.core().states[k / mdp.actionCount],
          try -(own[k] ? y : x).core().canonical(.optimalAdvantage).pair[k]
        )
      }
      return RelationFinding(
        relation: relation, verdict: .fails, residual: nil,
        evidence: .action(state: state, action: k % mdp.actionCount, isOptimalForSecond: other[k], loss: loss))
    }
    return RelationFinding(
      relation: relation, verdict: .fails, residual: nil,
      evidence: .separating(try separating(policy, isOptimalForFirst: isOptimalForFirst, x, y)))
  }

  private func separating(
    _ policy: Policy, isOptimalForFirst: Bool, _ x: ComparedReward, _ y: ComparedReward
  ) throws(RewardInvarianceError) -> SeparatingPolicy {
    let evaluation = try solving { () throws(SolverError) in try PolicyEvaluation(of: policy, in: mdp) }
    let play = evaluation.occupancy()
    let (a, b) = try comparing { () throws(RewardDistanceError) in (try x.returnRange(), try y.returnRange()) }
    return SeparatingPolicy(
      policy: policy, isOptimalForFirst: isOptimalForFirst,
      firstReturn: play.expectedReturn(of: search.expected.first), firstOptimum: a.maximum,
      secondReturn: play.expectedReturn(of: search.expected.second), secondOptimum: b.maximum)
  }

  private func deterministicOrder() throws(RewardInvarianceError) -> RelationFinding {
    let relation = RewardRelation.sameDeterministicOrder
    let fit = try search.fit(.policyOrder)
    if fit.holds {
      return RelationFinding(
        relation: relation, verdict: .holds, residual: nil, evidence: fit.certificate.map(RelationEvidence.certificate))
    }
    let (world, x, y) = try compared()
    let core = try comparing { () throws(RewardDistanceError) in (try world.core(), try x.core(), try y.core()) }
    return try unlessTooLarge(relation) { () throws(RewardInvarianceError) in
      let pair = try DeterministicOrder(
        limit: options.deterministicPolicyLimit, tolerance: options.equivalenceTolerance
      )
      .firstDifference(core.1.expected, core.2.expected, in: core.0.mdp)
      guard let pair else {
        let proof = try DeterministicOrder(
          limit: options.deterministicPolicyLimit, tolerance: options.equivalenceTolerance
        )
        .ranking(core.1.expected, core.2.expected, in: core.0.mdp, states: core.0.states)
        return RelationFinding(
          relation: relation, verdict: .holds, residual: nil, evidence: checked(.ranking(proof), of: relation))
      }
      return RelationFinding(
        relation: relation, verdict: .fails, residual: nil,
        evidence: .order(
          OrderCounterexample(
            better: core.0.lifted(.deterministic(pair.better)), worse: core.0.lifted(.deterministic(pair.worse)),
            trueReturns: pair.firstReturns, proxyReturns: pair.secondReturns)))
    }
  }

  private func monotone(_ mask: RewardTransformation.Mask) throws(RewardInvarianceError) -> RelationFinding {
    let relation = RewardRelation.zeroPreservingMonotone(mask)
    return try unlessTooLarge(relation) { () throws(RewardInvarianceError) in
      let monotone = try MonotoneRelation(mdp, mask: mask, reachable: search.reachable, rewards: [first, second])
      if let fault = monotone.firstFault(first, second, in: mdp) {
        return RelationFinding(relation: relation, verdict: .fails, residual: nil, evidence: .entries(fault))
      }
      return RelationFinding(
        relation: relation, verdict: .holds, residual: nil,
        evidence: .monotone(monotone.certificate(first, second, in: mdp)))
    }
  }
}

/// Every relation between two rewards that was decided.
public struct InvarianceReport: Sendable, Equatable {
  /// One finding a relation, changes of rewards first.
  public let findings: [RelationFinding]
  /// The relations that hold and are implied by no other one that holds.
  public let strongest: [RewardRelation]
  /// The classic mistake, when it was made.
  public let terminalFault: TerminalPotentialFault?
  /// What a reader should know beside the verdicts.
  public let flags: [String]

  /// The relations that hold.
  public var held: [RewardRelation] { findings.filter(\.holds).map(\.relation) }

  /// What was found about one relation; nil when it makes no difference on this model.
  public func finding(_ relation: RewardRelation) -> RelationFinding? { findings.first { $0.relation == relation } }
}

/// Runs `body` and reports a fault of the comparison as one of the question about invariance.
func comparing<Value>(_ body: () throws(RewardDistanceError) -> Value) throws(RewardInvarianceError) -> Value {
  do { return try body() } catch { throw .comparison(error) }
}

/// Runs `body` and reports a fault of a solver as one of the question about invariance.
func solving<Value>(_ body: () throws(SolverError) -> Value) throws(RewardInvarianceError) -> Value {
  do { return try body() } catch { throw .solver(error) }
}

extension ComparisonWorld {
  /// A policy on the states that count as one on all of them, the others playing their first action.
  func lifted(_ policy: Policy) -> Policy {
    guard case .deterministic(let actions) = policy, states.count < original.stateCount else { return policy }
    var all = (0..<original.stateCount).map { original.availableActions(in: $0)[0] }
    for (i, s) in states.enumerated() { all[s] = actions[i] }
    return .deterministic(all)
  }
}
