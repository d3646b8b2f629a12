public import MDPs

/// How the return of a fixed policy, J = μ₀ᵀ v_π, answers to small changes of the problem.
///
/// ```
/// ∂J/∂r(s, a) = x(s, a)               x the occupancy of π
/// ∂J/∂p(t | s, a) = γ x(s, a) v_π(t)  along directions that sum to zero over t
/// ∂v/∂γ = (I − γ P_π)⁻¹ P_π v_π
/// ```
///
/// For the optimal value they hold where the optimal policy is unique; at ties v* has directional derivatives only, the
/// largest over the tied policies (``Solution/ties(in:)``).
///
/// Source: Puterman, Markov Decision Processes (1994), §6.1; Cao, Stochastic Learning and Optimization (2007), ch. 2.
public struct Sensitivities: Sendable {
  /// ∂J/∂r(s, a): the occupancy measure.
  public let occupancy: OccupancyMeasure
  /// v_π, shape (S).
  public let values: ValueFunction
  /// ∂v_π/∂γ, shape (S).
  public let valuesByDiscount: [Double]
  /// ∂J/∂γ.
  public let returnByDiscount: Double
  private let discount: Double

  init(_ evaluation: PolicyEvaluation, pairReward: [Double]) {
    let mdp = evaluation.mdp
    occupancy = evaluation.occupancy()
    values = evaluation.values(pairReward: pairReward)
    let expected = mdp.transitions.expectation(of: values)
    valuesByDiscount = evaluation.solve(evaluation.policy.average(of: expected, actionCount: mdp.actionCount))
    var sum = 0.0
    for (p, v) in zip(mdp.initialDistribution, valuesByDiscount) { sum += p * v }
    returnByDiscount = sum
    discount = mdp.discount
  }

  /// ∂J/∂p(`next` | `state`, `action`), along directions that sum to zero over the next state.
  public func returnByTransition(_ state: Int, _ action: Int, _ next: Int) -> Double {
    discount * occupancy.values[state * occupancy.actionCount + action] * values[next]
  }
}

extension PolicyEvaluation {
  /// The derivatives of the policy's return with respect to rewards, probabilities and discount.
  ///
  /// - Throws: ``SolverError/shape(of:expected:got:)``, ``SolverError/reward(state:action:value:)``.
  /// - Complexity: three solves after the factorisation.
  public func sensitivities(pairReward: [Double]) throws(SolverError) -> Sensitivities {
    _ = try maskedRewards(pairReward, in: mdp, direction: .maximise, allowed: nil)
    return Sensitivities(self, pairReward: pairReward)
  }
}
