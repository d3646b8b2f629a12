internal import LinearAlgebra
internal import LinearPrograms
internal import MDPs
internal import MDPSolvers

/// Constants of a model with which the distance `VAL-inf-inf` bounds worst-case regret from both sides,
///
/// ```
/// L · d(R₁, R₂) ≤ regret(R₁, R₂) ≤ U · d(R₁, R₂),   U = β/α,   L = α/(2β)
/// ```
///
/// where α and β are the least and largest range of returns of an advantage function of maximum norm 1. α is exact, by one
/// linear program a pair; β is the bound 2/(1 − γ). The distance `range` has U = 1 and L = ½ in every model.
///
/// Source: soundness and completeness are of Skalse et al., STARC, arXiv 2309.15257 (2024); the constants are explicit here.
public struct SoundnessConstants: Sendable, Equatable {
  /// h(s): the discounted weight of the first visit to each state under the policy of the comparison, shape (S).
  public let firstVisits: [Double]
  /// A closed-form lower bound of α, from first visits and returns.
  public let alphaLowerBound: Double
  /// α; nil when the model is too large for its linear programs.
  public let alpha: Double?
  /// 2/(1 − γ) ≥ β
  public let betaUpperBound: Double

  /// U: regret is at most this times the distance.
  public var soundness: Double { betaUpperBound / (alpha ?? alphaLowerBound) }
  /// L: regret is at least this times the distance.
  public var completeness: Double { (alpha ?? alphaLowerBound) / (2 * betaUpperBound) }

  /// The most variables of a linear program for which α is found exactly.
  public static let programLimit = 1500
}

extension ComparisonWorld {
  /// The constants of `VAL-inf-inf` on this world.
  ///
  /// - Parameter programLimit: The most variables of a linear program for which α is found exactly.
  /// - Returns: the constants.
  /// - Throws: ``RewardDistanceError/weights(of:reason:)`` when the policy leaves an available action out, or a state is
  ///   not reachable: no constants exist then.
  /// - Complexity: S solves, and S·A linear programs of S·(A + 2) variables where they are small enough.
  public func soundnessConstants(
    programLimit: Int = SoundnessConstants.programLimit
  ) throws(RewardDistanceError) -> SoundnessConstants {
    try requireDiscounted("constants of a distance")
    let (S, A, gamma) = (mdp.stateCount, mdp.actionCount, mdp.discount)
    let evaluation = try evaluation()
    var visits: [Double] = []
    var bound = Double.infinity
    for s in 0..<S {
      var unit = [Double](repeating: 0, count: S)
      unit[s] = 1
      let green = evaluation.solve(unit)
      let u = green.map { $0 / green[s] }
      let h = dot(u, mdp.initialDistribution)
      guard h > 0 else { throw .weights(of: "start distribution", reason: "state \(states[s]) is never reached") }
      visits.append(h)
      var (least, smallest) = (Double.infinity, 1.0)
      for a in mdp.availableActions(in: s) {
        let probability = policy.probability(of: a, in: s)
        guard probability > 0 else {
          throw .weights(
            of: "policy", reason: "action \(a) of state \(states[s]) has probability 0; constants need all")
        }
        var back = 0.0
        mdp.transitions.forEachSuccessor(ofRow: mdp.pair(s, a)) { t, p in back += gamma * p * u[t] }
        least = min(least, back)
        smallest = min(smallest, probability)
      }
      if smallest < 1 { bound = min(bound, h / ((1 - least) * (1 - smallest))) }
    }
    return SoundnessConstants(
      firstVisits: visits, alphaLowerBound: bound.isFinite ? bound : 0,
      alpha: S * (A + 2) <= programLimit && bound.isFinite ? try leastRange() : nil,
      betaUpperBound: 2 / (1 - gamma))
  }

  /// A lower bound of α at the cost of one occupancy: that of the first visits, h(s)/((1 − k)(1 − min π)), with h(s) = d(s)/G(s, s)
  /// for the visits d of the policy, k ≥ 0, and at most 1/(1 − γ p − γ² (1 − p)) visits G(s, s) from s itself, p being
  /// the probability to stay: who leaves is back after two steps at the earliest.
  ///
  /// - Throws: as ``soundnessConstants(programLimit:)``.
  func leastRangeFromVisits() throws(RewardDistanceError) -> Double {
    try requireDiscounted("constants of a distance")
    let (A, gamma, occupancy) = (mdp.actionCount, mdp.discount, try occupancy())
    var bound = Double.infinity
    for s in 0..<mdp.stateCount {
      var (visits, stay, smallest) = (0.0, 0.0, 1.0)
      for a in mdp.availableActions(in: s) {
        let probability = policy.probability(of: a, in: s)
        visits += occupancy[s * A + a]
        smallest = min(smallest, probability)
        mdp.transitions.forEachSuccessor(ofRow: s * A + a) { t, p in if t == s { stay += probability * p } }
      }
      guard smallest > 0, visits > 0 else {
        throw .weights(of: "policy", reason: "constants need every action of every state to be played")
      }
      if smallest < 1 { bound = min(bound, visits * (1 - gamma * stay - gamma * gamma * (1 - stay)) / (1 - smallest)) }
    }
    return bound.isFinite ? bound : 0
  }

  /// α: the least range of returns of an advantage function that is 1 at some pair.
  ///
  /// For each pair: min ⟨μ₀, v − w⟩ over x, v, w with Bᵀ w ≤ x ≤ Bᵀ v, x = 1 at the pair, Σ_a π x = 0 in every state.
  private func leastRange() throws(RewardDistanceError) -> Double {
    do {
      let (S, A) = (mdp.stateCount, mdp.actionCount)
      var program = LinearProgram(.minimise)
      for _ in 0..<(S * A) { try program.addColumn(cost: 0, bounds: .free) }
      for sign in [1.0, -1] {
        for s in 0..<S { try program.addColumn(cost: sign * mdp.initialDistribution[s], bounds: .free) }
      }
      for k in 0..<(S * A) where mdp.isAvailable(k / A, k % A) {
        for block in 0..<2 {
          var coefficients = [k / A: 1.0]
          mdp.transitions.forEachSuccessor(ofRow: k) { t, p in coefficients[t, default: 0] -= mdp.discount * p }
          var entries = coefficients.sorted { $0.key < $1.key }.map {
            (column: S * A + block * S + $0.key, value: $0.value)
          }
          entries.append((k, -1))
          try program.addRow(block == 0 ? .atLeast(0) : .atMost(0), entries: entries)
        }
      }
      for s in 0..<S {
        try program.addRow(
          .equal(0), entries: mdp.availableActions(in: s).map { (s * A + $0, policy.probability(of: $0, in: s)) })
      }
      var least = Double.infinity
      var basis: Basis?
      for s in 0..<S where mdp.availableActions(in: s).count > 1 {
        for a in mdp.availableActions(in: s) {
          try program.setBounds(LinearProgram.Bounds.equal(1), ofColumn: s * A + a)
          let solution = try program.solve(from: basis)
          basis = solution.basis
          least = min(least, solution.objective)
          try program.setBounds(LinearProgram.Bounds.free, ofColumn: s * A + a)
        }
      }
      return least
    } catch {
      throw .weights(of: "the linear program of the constants", reason: "\(error)")
    }
  }
}
