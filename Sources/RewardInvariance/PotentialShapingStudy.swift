internal import LinearAlgebra
internal import MDPs
internal import MDPSolvers
internal import RewardDistances

/// The theorem on potential shaping, tried in both directions on random worlds.
///
/// *Sufficient*: a bonus F = γ Φ(t) − Φ(s) leaves the optimal policies of every world (T, R) as they are. *Necessary*: for
/// any other F there is a world in which R + F makes optimal what R does not. The worlds are searched for blindly, and
/// built: under R = −F/2 the bonus turns R into −R, so that wherever T lets policies tell F from shaping, the best
/// policies become the worst.
///
/// Source: Ng, Harada, Russell, Policy invariance under reward transformations (ICML 1999), theorem 1 and corollary 2.
public struct PotentialShapingStudy: Sendable {
  /// How many bonuses of each kind are tried.
  public var caseCount: Int
  /// How many random worlds the blind search tries for one bonus.
  public var tryCount: Int

  /// A study of `caseCount` bonuses of each kind.
  public init(caseCount: Int, tryCount: Int = 100) {
    precondition(caseCount >= 0 && tryCount > 0, "cases and tries are needed")
    self.caseCount = caseCount
    self.tryCount = tryCount
  }

  /// Runs the study.
  ///
  /// - Returns: the claims with how often they held.
  /// - Throws: ``RewardInvarianceError``; none is expected.
  /// - Complexity: about ten small planning problems a case, and `tryCount` more for each bonus
  public func run(using generator: inout some RandomNumberGenerator) throws(RewardInvarianceError) -> [ReproducedClaim]
  {
    var order = ReproducedClaim("shaping keeps the order of all policies, by a certificate that checks")
    var returns = ReproducedClaim("shaping lowers the return of a random policy by ⟨μ₀, Φ⟩")
    var values = ReproducedClaim("shaping lowers the optimal action values in each state by Φ")
    var safe = ReproducedClaim("no random world is found in which shaping changes the optimal policies")
    var built = ReproducedClaim("for a random bonus, R = −F/2 is a world in which its optimal policies are the worst")
    var nearly = ReproducedClaim("so it is for a bonus that is shaping up to a thousandth")
    var blind = ReproducedClaim("a blind search finds a world in which a random bonus makes another policy optimal")
    var tries = 0
    for i in 0..<caseCount {
      let discount = [0.5, 0.9, 0.99][i % 3]
      let (states, actions) = (2 + i % 4, 2 + i % 2)
      let world = try StudyProblems.model(states: states, actions: actions, discount: discount, using: &generator)
      let reward = StudyProblems.reward(world, using: &generator)
      let potential = Potentials.random(for: world, size: 3, using: &generator)
      let shaped = try reward.shaped(by: potential, in: world)
      let finding = try InvarianceCheck(world, from: reward, to: shaped).decide(.samePolicyOrder)
      order.record(
        finding.evidence.map {
          CertificateChecker().check($0, of: .samePolicyOrder, first: reward, second: shaped, in: world).isValid
        } ?? false)
      let shift = zip(world.initialDistribution, potential).reduce(0) { $0 + $1.0 * $1.1 }
      let policy = StudyProblems.policy(world, using: &generator)
      let play = try solving { () throws(SolverError) in try PolicyEvaluation(of: policy, in: world) }.occupancy()
      let (r, q) = try fitting { () throws(MDPError) in (try reward.expected(in: world), try shaped.expected(in: world))
      }
      returns.record(
        abs(play.expectedReturn(of: q) - play.expectedReturn(of: r) + shift) <= 1e-12 * 10 / (1 - discount))
      let (before, after) = (try optimalActionValues(world, reward), try optimalActionValues(world, shaped))
      values.record(
        before.indices.allSatisfy {
          abs(after[$0] - before[$0] + potential[$0 / actions]) <= 1e-9 * 10 / (1 - discount)
        })

      // The same potential and the same bonus in one world after another.
      let bonus = StudyProblems.reward(world, name: "F", using: &generator)
      let plain = Reward(name: "0", values: .state([Double](repeating: 0, count: states)))
      let zero = try plain.shaped(by: potential, in: world)
      let almost = try zero.adding(in: world) { s, a, t in
        1e-3 * bonus.value(state: s, action: a, next: t, actionCount: actions)
      }
      built.record(try turnsAround(bonus, in: world))
      nearly.record(try turnsAround(almost, in: world))
      var (foundForBonus, foundForShaping) = (false, false)
      for attempt in 1...tryCount {
        let other = try StudyProblems.model(states: states, actions: actions, discount: discount, using: &generator)
        let truth = StudyProblems.reward(other, using: &generator)
        if !foundForBonus, try !isSafe(bonus, added: truth, in: other) {
          foundForBonus = true
          tries += attempt
        }
        // Shaping is tried on a tenth of the worlds: one failure would be enough.
        if attempt % 10 == 1, try !isSafe(zero, added: truth, in: other) { foundForShaping = true }
        if foundForBonus, attempt > 20 { break }
      }
      blind.record(foundForBonus)
      safe.record(!foundForShaping)
    }
    if blind.held > 0 {
      blind.note = "after \((10 * Double(tries) / Double(blind.held)).rounded() / 10) worlds on average"
    }
    return [order, returns, values, safe, built, nearly, blind]
  }

  private func optimalActionValues(_ mdp: MDP, _ reward: Reward) throws(RewardInvarianceError) -> [Double] {
    let problem = try solving { () throws(SolverError) in try DiscountedProblem(mdp, reward: reward) }
    return problem.actionValues(of: problem.solve().values).values
  }

  /// Whether every policy optimal for truth + bonus is optimal for the truth.
  private func isSafe(_ bonus: Reward, added truth: Reward, in mdp: MDP) throws(RewardInvarianceError) -> Bool {
    let changed = try truth.adding(in: mdp) { s, a, t in
      bonus.value(state: s, action: a, next: t, actionCount: mdp.actionCount)
    }
    return try InvarianceCheck(mdp, from: truth, to: changed).decide(.proxySafe).holds
  }

  /// Whether the best policies for −F/2 + F are the worst for −F/2.
  private func turnsAround(_ bonus: Reward, in mdp: MDP) throws(RewardInvarianceError) -> Bool {
    func part(_ factor: Double) throws(RewardInvarianceError) -> Reward {
      let none = Reward(name: "R", values: .state([Double](repeating: 0, count: mdp.stateCount)))
      return try none.adding(in: mdp) { s, a, t in
        factor * bonus.value(state: s, action: a, next: t, actionCount: mdp.actionCount)
      }
    }
    let check = try InvarianceCheck(mdp, from: try part(-0.5), to: try part(0.5))
    guard case .separating(let found) = try check.decide(.proxySafe).evidence else { return false }
    let (_, x, _) = try check.compared()
    let range = try comparing { () throws(RewardDistanceError) in try x.returnRange() }
    // A separating policy is the worst of those optimal for R + F, and these are the worst for R.
    return range.value > 0 && abs(found.firstReturn - range.minimum) <= 1e-6 * range.value
  }
}
