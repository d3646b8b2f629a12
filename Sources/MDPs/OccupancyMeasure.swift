internal import LinearAlgebra

/// The discounted occupancy measure of a policy,
///
/// ```
/// d(s, a) = Σ_t γᵗ Pr(s_t = s, a_t = a),   Σ d = 1 / (1 − γ)
/// ```
///
/// not normalised. The occupancy measures of a model are exactly the non-negative solutions of the flow equations
/// Σ_a d(t, a) − γ Σ_{s,a} P(t | s, a) d(s, a) = μ₀(t), and the return of a policy is linear in them.
///
/// Source: Puterman, Markov Decision Processes (1994), §6.9.
public struct OccupancyMeasure: Sendable, Equatable {
  /// d(s, a), index `s * A + a`; non-negative.
  public let values: [Double]
  /// A, the number of actions.
  public let actionCount: Int

  /// S, the number of states.
  public var stateCount: Int { values.count / actionCount }

  /// An occupancy measure over numbers that a solver has made; rounding below 0 is cut off at 0.
  public init(values: [Double], actionCount: Int) {
    precondition(actionCount > 0 && values.count % actionCount == 0, "one number a state-action pair is needed")
    self.values = values.map { $0 > 0 ? $0 : 0 }
    self.actionCount = actionCount
  }

  /// Σ_a d(s, a), shape (S): the discounted number of visits to each state.
  public var stateVisits: [Double] {
    (0..<stateCount).map { s in values[(s * actionCount)..<((s + 1) * actionCount)].reduce(0, +) }
  }

  /// ⟨r, d⟩: the return of the policy under the pair-shaped reward `reward`.
  public func expectedReturn(of reward: [Double]) -> Double {
    precondition(reward.count == values.count, "one reward a state-action pair is needed")
    var sum = 0.0
    for k in values.indices { sum += values[k] * reward[k] }
    return sum
  }

  /// π(a | s) = d(s, a) / Σ_a d(s, a); the available actions with equal probability where the state is never visited.
  public func policy(for mdp: MDP) -> Policy {
    var probabilities = Policy.uniform(for: mdp).probabilities(actionCount: actionCount)
    for (s, visits) in stateVisits.enumerated() where visits > 0 {
      for a in 0..<actionCount { probabilities[s, a] = values[s * actionCount + a] / visits }
    }
    return .stochastic(probabilities)
  }

  /// `weight` · self + (1 − `weight`) · `other`: again an occupancy measure, for a weight in [0, 1].
  public func mixed(with other: OccupancyMeasure, weight: Double) -> OccupancyMeasure {
    OccupancyMeasure(
      values: zip(values, other.values).map { weight * $0 + (1 - weight) * $1 }, actionCount: actionCount)
  }
}
