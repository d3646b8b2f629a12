internal import LinearAlgebra
public import MDPs
internal import MDPSolvers

/// What a policy's return is: shaping that is harmless under one criterion may not be under another.
public enum ReturnCriterion: Sendable, Equatable {
  /// The sum of the first H rewards, γ^h r_h (γ = 1 allowed), over policies that may look at the clock.
  case finiteHorizon(Int)
  /// The sum of rewards until a terminal state, γ = 1 allowed; every policy must end.
  case episodes
  /// The mean reward a step in the long run.
  case average
}

/// Whether two rewards order all policies alike under a criterion other than discounting, and the shaping that proves it.
///
/// Returns are linear in how often each pair is played, and what all play has in common is shaping:
///
/// ```
/// finite horizon   r₂ = k r₁ + γ Σ_t P Φ_{h+1}(t) − Φ_h(s)     with Φ_H = 0
/// episodes         r₂ = k r₁ + γ Σ_t P Φ(t) − Φ(s)             with Φ = 0 in terminal states
/// average          r₂ = k r₁ + Σ_t P Φ(t) − Φ(s) + c
/// ```
///
/// on the pairs that some policy plays (for averages: plays for ever). The rewards order all policies alike exactly when
/// the equation has a solution with k > 0, or both are shaping alone.
public struct CriterionFinding: Sendable, Equatable {
  /// The criterion.
  public let criterion: ReturnCriterion
  /// Whether the order of all policies is the same.
  public let holds: Bool
  /// The relative residual of the equation.
  public let residual: Double
  /// k
  public let scale: Double
  /// Φ_0 … Φ_{H−1} for a finite horizon, Φ alone otherwise, each of shape (S); empty where the relation fails.
  public let potentials: [[Double]]
  /// c, for averages: what the mean reward rises by.
  public let constant: Double
  /// When the relation fails only because the last potential is not 0: that potential, shape (S); over a finite horizon
  /// it is known up to a constant, which every policy is paid alike.
  public let endPotential: [Double]?
}

/// Decides whether rewards order all policies alike under a criterion other than discounting.
public struct CriterionCheck: Sendable {
  /// The criterion.
  public var criterion: ReturnCriterion
  /// The tolerances, and the states where an episode ends.
  public var options: InvarianceOptions

  /// A check under `criterion`.
  public init(_ criterion: ReturnCriterion, options: InvarianceOptions = InvarianceOptions()) {
    self.criterion = criterion
    self.options = options
  }

  /// Compares two stationary rewards.
  ///
  /// - Parameters:
  ///   - mdp: the world; its discount is used by the first two criteria, 1 included.
  ///   - first: the true reward.
  ///   - second: the proxy.
  /// - Returns: the verdict with its potentials.
  /// - Throws: ``RewardInvarianceError/horizon(_:)``, ``RewardInvarianceError/endlessEpisode(state:)``,
  ///   ``RewardInvarianceError/severalRecurrentClasses(states:)``, ``RewardInvarianceError/model(_:)``.
  /// - Complexity: conjugate gradients over the transitions, times H for a finite horizon.
  public func run(_ mdp: MDP, from first: Reward, to second: Reward) throws(RewardInvarianceError) -> CriterionFinding {
    let (r1, r2) = try fitting { () throws(MDPError) in (try first.expected(in: mdp), try second.expected(in: mdp)) }
    switch criterion {
    case .finiteHorizon(let horizon):
      guard horizon >= 1 else { throw .horizon(horizon) }
      return finiteHorizon(
        mdp, [[Double]](repeating: r1, count: horizon), [[Double]](repeating: r2, count: horizon))
    case .episodes:
      let terminals: [Bool]
      if let given = options.terminals { terminals = given } else { terminals = try mdp.terminalStates(under: first) }
      return try episodes(mdp, r1, r2, terminals: terminals)
    case .average: return try average(mdp, r1, r2)
    }
  }

  /// Compares rewards that depend on the step, over the horizon of their number.
  ///
  /// - Throws: ``RewardInvarianceError/horizon(_:)`` when there is none, ``RewardInvarianceError/shape(of:expected:got:)``
  ///   when the numbers differ, ``RewardInvarianceError/model(_:)``.
  public func run(
    _ mdp: MDP, from first: [Reward], to second: [Reward]
  ) throws(RewardInvarianceError) -> CriterionFinding {
    guard !first.isEmpty else { throw .horizon(0) }
    guard second.count == first.count else {
      throw .shape(of: "the rewards of the steps", expected: first.count, got: second.count)
    }
    func tables(_ rewards: [Reward]) throws(RewardInvarianceError) -> [[Double]] {
      var result: [[Double]] = []
      for reward in rewards { result.append(try fitting { () throws(MDPError) in try reward.expected(in: mdp) }) }
      return result
    }
    return finiteHorizon(mdp, try tables(first), try tables(second))
  }

  private func finiteHorizon(_ mdp: MDP, _ first: [[Double]], _ second: [[Double]]) -> CriterionFinding {
    let (S, actionCount, H) = (mdp.stateCount, mdp.actionCount, first.count)
    // Node h·S + s is state s before step h; the last layer is after the end.
    var reached = mdp.initialDistribution.map { $0 > 0 }
    var from: [Int32] = []
    var (x, y): ([Double], [Double]) = ([], [])
    var builder = SparseRowsBuilder(columnCount: (H + 1) * S)
    for h in 0..<H {
      var next = [Bool](repeating: false, count: S)
      for s in 0..<S where reached[s] {
        for a in 0..<actionCount where mdp.isAvailable(s, a) {
          from.append(Int32(h * S + s))
          x.append(first[h][s * actionCount + a])
          y.append(second[h][s * actionCount + a])
          mdp.transitions.forEachSuccessor(ofRow: s * actionCount + a) { t, p in
            next[t] = true
            builder.append(column: Int32((h + 1) * S + t), value: p)
          }
          builder.endRow()
        }
      }
      reached = next
    }
    let rows = PotentialFit.Rows.pairs(from: from, next: builder.build())
    let nodes = (H + 1) * S
    let end = (0..<nodes).map { $0 >= H * S }
    func solve(_ constraint: PotentialConstraint) -> Solution {
      Solution(
        PotentialFit(rows: rows, stateCount: nodes, constraint: constraint, discount: mdp.discount), x, y,
        discount: mdp.discount, options: options)
    }
    let found = solve(PotentialConstraint(zeroAt: end, count: nodes))
    func layers(_ flat: [Double], _ range: Range<Int>) -> [[Double]] {
      range.map { Array(flat[($0 * S)..<(($0 + 1) * S)]) }
    }
    var endPotential: [Double]?
    if !found.holds {
      let free = solve(PotentialConstraint(free: nodes))
      if free.holds { endPotential = layers(free.potential, H..<(H + 1))[0] }
    }
    return found.finding(
      criterion, potentials: found.holds ? layers(found.potential, 0..<H) : [], endPotential: endPotential)
  }

  private func episodes(
    _ mdp: MDP, _ r1: [Double], _ r2: [Double], terminals: [Bool]
  ) throws(RewardInvarianceError) -> CriterionFinding {
    guard terminals.count == mdp.stateCount else {
      throw .shape(of: "the terminal states", expected: mdp.stateCount, got: terminals.count)
    }
    let reachable = mdp.statesReached(from: mdp.initialDistribution.map { $0 > 0 })
    if mdp.discount == 1, let state = endlessState(mdp, terminals, reachable) { throw .endlessEpisode(state: state) }
    let actionCount = mdp.actionCount
    let rows = r1.indices.filter {
      mdp.isAvailable($0 / actionCount, $0 % actionCount) && reachable[$0 / actionCount] && !terminals[$0 / actionCount]
    }
    let found = solve(mdp, rows, r1, r2, PotentialConstraint(zeroAt: terminals, count: mdp.stateCount))
    var endPotential: [Double]?
    if !found.holds {
      let free = solve(mdp, rows, r1, r2, PotentialConstraint(free: mdp.stateCount))
      if free.holds { endPotential = zip(free.potential, terminals).map { $1 ? $0 : 0 } }
    }
    return found.finding(criterion, potentials: found.holds ? [found.potential] : [], endPotential: endPotential)
  }

  private func average(_ mdp: MDP, _ r1: [Double], _ r2: [Double]) throws(RewardInvarianceError) -> CriterionFinding {
    let actionCount = mdp.actionCount
    let reachable = mdp.statesReached(from: mdp.initialDistribution.map { $0 > 0 })
    let components = EndComponents(
      mdp.transitions.sparseRows, actionCount: actionCount,
      allowed: r1.indices.map { reachable[$0 / actionCount] && mdp.isAvailable($0 / actionCount, $0 % actionCount) })
    if components.count > 1 {
      let states = (0..<components.count).compactMap { number in
        components.component.firstIndex { $0 == Int32(number) }
      }
      throw .severalRecurrentClasses(states: states)
    }
    let found = solve(
      mdp, r1.indices.filter { components.stays[$0] }, r1, r2, PotentialConstraint(free: mdp.stateCount), discount: 1,
      hasFreeConstant: true)
    return found.finding(criterion, potentials: found.holds ? [found.potential] : [], endPotential: nil)
  }

  private func solve(
    _ mdp: MDP, _ rows: [Int], _ r1: [Double], _ r2: [Double], _ constraint: PotentialConstraint,
    discount: Double? = nil, hasFreeConstant: Bool = false
  ) -> Solution {
    var builder = SparseRowsBuilder(columnCount: mdp.stateCount)
    for k in rows {
      mdp.transitions.forEachSuccessor(ofRow: k) { t, p in builder.append(column: Int32(t), value: p) }
      builder.endRow()
    }
    let fit = PotentialFit(
      rows: .pairs(from: rows.map { Int32($0 / mdp.actionCount) }, next: builder.build()), stateCount: mdp.stateCount,
      constraint: constraint, discount: discount ?? mdp.discount, hasFreeConstant: hasFreeConstant)
    return Solution(
      fit, rows.map { r1[$0] }, rows.map { r2[$0] }, discount: discount ?? mdp.discount, options: options)
  }

  /// A state from which some policy never meets a terminal state, or nil.
  private func endlessState(_ mdp: MDP, _ terminals: [Bool], _ reachable: [Bool]) -> Int? {
    var endless = zip(reachable, terminals).map { $0 && !$1 }
    var changed = true
    while changed {
      changed = false
      for s in endless.indices where endless[s] {
        let canStay = mdp.availableActions(in: s).contains { a in
          var stays = true
          mdp.transitions.forEachSuccessor(ofRow: mdp.pair(s, a)) { t, _ in if !endless[t] { stays = false } }
          return stays
        }
        if !canStay {
          endless[s] = false
          changed = true
        }
      }
    }
    return endless.firstIndex(of: true)
  }

  /// The scale and potential that come nearest, and whether they prove the relation.
  private struct Solution {
    let holds: Bool
    let residual: Double
    let scale: Double
    let potential: [Double]
    let constant: Double

    init(_ fit: PotentialFit, _ x: [Double], _ y: [Double], discount: Double, options: InvarianceOptions) {
      let (a, b) = (fit.split(x), fit.split(y))
      let match = RemainderMatch(
        a.remainder, b.remainder, sizes: (norm2(x), norm2(y)), isScaled: true, tolerance: options.equivalenceTolerance,
        trivialityTolerance: options.trivialityTolerance)
      (holds, residual, scale) = (match.holds, match.residual, match.scale)
      let scale = match.scale
      let (u, v) = (a.fullPotential(discount: discount), b.fullPotential(discount: discount))
      potential = zip(v, u).map { $0 - scale * $1 }
      constant = zip(b.constants, a.constants).map { $0 - scale * $1 }.first { $0 != 0 } ?? 0
    }

    func finding(
      _ criterion: ReturnCriterion, potentials: [[Double]], endPotential: [Double]?
    ) -> CriterionFinding {
      CriterionFinding(
        criterion: criterion, holds: holds, residual: residual, scale: scale, potentials: potentials,
        constant: criterion == .average ? constant : 0, endPotential: endPotential)
    }
  }
}
