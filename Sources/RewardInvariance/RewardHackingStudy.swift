internal import LinearAlgebra
internal import MDPs
internal import MDPSolvers

/// When one reward can be gamed by optimising another, on random worlds: two rewards are *hackable* on a set of policies
/// when some pair of policies is ordered strictly one way by the first and strictly the other way by the second.
///
/// On all stationary policies only trivial rewards and equivalent ones are safe from each other. On a finite set others
/// are: turning a reward until the first two policies tie gives one, a *simplification*, which orders fewer policies and
/// none against the other.
///
/// Source: Skalse, Howe, Krasheninnikov, Krueger, Defining and characterizing reward hacking (NeurIPS 2022), arXiv
/// 2209.13085, theorems 1 to 3.
public struct RewardHackingStudy: Sendable {
  /// How many pairs of rewards are tried.
  public var caseCount: Int

  /// A study of `caseCount` pairs of each kind.
  public init(caseCount: Int) {
    precondition(caseCount >= 0, "a number of cases is needed")
    self.caseCount = caseCount
  }

  /// Runs the study.
  ///
  /// - Returns: the claims with how often they held.
  /// - Throws: ``RewardInvarianceError``; none is expected.
  /// - Complexity: some forty policy evaluations a case
  public func run(using generator: inout some RandomNumberGenerator) throws(RewardInvarianceError) -> [ReproducedClaim]
  {
    var random = ReproducedClaim("random rewards are hackable on all policies, by a pair with opposite strict orders")
    var equivalent = ReproducedClaim("rewards that are equivalent (scale, shaping, redistribution) are unhackable")
    var trivial = ReproducedClaim("a trivial reward and any other one are unhackable")
    var negated = ReproducedClaim("a reward and its negative are hackable")
    var simplified = ReproducedClaim(
      "on a finite set of policies every reward has a simplification: unhackable, not trivial, not equivalent")
    var continued = ReproducedClaim("the same simplification is hackable on all policies")
    var fractions = [3, 10, 30].map { (size: $0, count: 0) }
    for i in 0..<caseCount {
      let (states, actions) = (2 + i % 4, 2 + i % 2)
      let mdp = try StudyProblems.model(
        states: states, actions: actions, discount: [0.5, 0.9, 0.99][i % 3], using: &generator)
      let (first, second) = (
        StudyProblems.reward(mdp, using: &generator), StudyProblems.reward(mdp, name: "R'", using: &generator)
      )
      random.record(try isHacked(first, second, in: mdp))
      let same = try StudyProblems.change(first, by: .policyOrder, in: mdp, using: &generator)
      equivalent.record(try isProvenSafe(first, same, in: mdp))
      let nothing = Reward(name: "0", values: .state([Double](repeating: 1, count: states)))
      let shaping = try StudyProblems.change(
        nothing, by: RewardTransformation(shaping: .any, redistributed: true), in: mdp, using: &generator)
      trivial.record(try isProvenSafe(first, shaping, in: mdp))
      let negative = try first.adding(in: mdp) { s, a, t in
        -2 * first.value(state: s, action: a, next: t, actionCount: actions)
      }
      negated.record(try isHacked(first, negative, in: mdp))

      // A finite set: some deterministic policies and some that mix.
      var policies: [Policy] = []
      for n in 0..<30 {
        let policy = StudyProblems.policy(mdp, using: &generator)
        let actions = (0..<states).map { _ in Int.random(in: 0..<actions, using: &generator) }
        policies.append(n % 3 == 2 ? .deterministic(actions) : policy)
      }
      var plays: [OccupancyMeasure] = []
      for policy in policies {
        plays.append(try solving { () throws(SolverError) in try PolicyEvaluation(of: policy, in: mdp) }.occupancy())
      }
      func returns(_ reward: Reward) throws(RewardInvarianceError) -> [Double] {
        let r = try fitting { () throws(MDPError) in try reward.expected(in: mdp) }
        return plays.map { $0.expectedReturn(of: r) }
      }
      let (j1, j2) = (try returns(first), try returns(second))
      for n in fractions.indices
      where isHackable(Array(j1.prefix(fractions[n].size)), Array(j2.prefix(fractions[n].size))) {
        fractions[n].count += 1
      }
      let size = 3 + i % 8
      let (own, turn) = (Array(j1.prefix(size)), Array(j2.prefix(size)))
      // Where the other reward orders the set alike, its negative does not.
      guard let angle = firstTie(own, turn) ?? firstTie(own, turn.map { -$0 }).map({ -$0 }) else { continue }
      let simpler = try first.adding(in: mdp) { s, a, t in
        angle * second.value(state: s, action: a, next: t, actionCount: actions)
      }
      let after = Array(try returns(simpler).prefix(size))
      simplified.record(isSimplification(own, after))
      continued.record(try isHacked(first, simpler, in: mdp))
    }
    if caseCount > 0 {
      random.note =
        "on finite sets less often: "
        + fractions.map { "\(100 * $0.count / caseCount) % with \($0.size) policies" }.joined(separator: ", ")
    }
    return [random, negated, equivalent, trivial, simplified, continued]
  }

  /// Whether the detector calls the pair hackable with two policies whose returns show it.
  private func isHacked(_ first: Reward, _ second: Reward, in mdp: MDP) throws(RewardInvarianceError) -> Bool {
    let finding = try InvarianceCheck(mdp, from: first, to: second).decide(.unhackable)
    guard finding.verdict == .fails, case .order(let pair) = finding.evidence else { return false }
    return pair.trueReturns[0] > pair.trueReturns[1] && pair.proxyReturns[0] < pair.proxyReturns[1]
  }

  /// Whether the detector calls the pair unhackable with a certificate that checks.
  private func isProvenSafe(_ first: Reward, _ second: Reward, in mdp: MDP) throws(RewardInvarianceError) -> Bool {
    let finding = try InvarianceCheck(mdp, from: first, to: second).decide(.unhackable)
    guard finding.holds, let evidence = finding.evidence else { return false }
    return CertificateChecker().check(evidence, of: .unhackable, first: first, second: second, in: mdp).isValid
  }

  /// Two returns are tied when they differ by at most this fraction of the range of all.
  private static let tie = 1e-9

  private func isHackable(_ x: [Double], _ y: [Double]) -> Bool {
    let (tieX, tieY) = (Self.tie * spread(x), Self.tie * spread(y))
    return x.indices.contains { i in x.indices.contains { x[i] > x[$0] + tieX && y[i] < y[$0] - tieY } }
  }

  /// Whether `y` never orders against `x`, ties some policies that `x` does not, and orders some.
  private func isSimplification(_ x: [Double], _ y: [Double]) -> Bool {
    let (tieX, tieY) = (Self.tie * spread(x), Self.tie * max(spread(x), spread(y)))
    let tiesMore = x.indices.contains { i in
      x.indices.contains { x[i] > x[$0] + tieX && abs(y[i] - y[$0]) <= tieY }
    }
    return !isHackable(x, y) && tiesMore && spread(y) > tieY
  }

  private func spread(_ x: [Double]) -> Double { (x.max() ?? 0) - (x.min() ?? 0) }

  /// The least t > 0 at which x + t y ties two policies that x orders; nil when it never does.
  private func firstTie(_ x: [Double], _ y: [Double]) -> Double? {
    var least = Double.infinity
    for i in x.indices {
      for k in x.indices where x[i] < x[k] && y[i] > y[k] { least = min(least, (x[k] - x[i]) / (y[i] - y[k])) }
    }
    return least.isFinite ? least : nil
  }
}
