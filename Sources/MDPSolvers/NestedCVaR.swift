internal import LinearAlgebra
public import MDPs

/// Discounted values under nested (iterated) conditional value at risk: at every step the mean over the worst share α of
/// what may happen,
///
/// ```
/// v(s) = max_a CVaR_α over t of [ r(s, a, t) + γ v(t) ]
/// ```
///
/// Worst is least for gains and largest for costs; α = 1 is the expectation, α → 0 the worst case of every step. CVaR_α of
/// a row is its minimum over the distributions with p'(t) ≤ p(t) / α, so this is a robust problem with intervals: a
/// γ-contraction with a stationary optimal policy and MacQueen bounds (level E2). It is not the CVaR of the whole
/// return, which has no stationary optimal policy in the states alone. The objective is the mean of v over the start
/// distribution.
///
/// Source: Ruszczyński, Risk-averse dynamic programming for Markov decision processes (2010); Chow, Tamar, Mannor and
/// Pavone, Risk-sensitive and robust decision-making, a CVaR optimization approach (2015).
public struct NestedCVaR: Sendable {
  /// α ∈ (0, 1]: the share of the worst outcomes that counts.
  public var level: Double
  /// Tolerance, limits, threads.
  public var options: SolverOptions

  /// The criterion at a level.
  public init(level: Double, options: SolverOptions = SolverOptions()) {
    self.level = level
    self.options = options
  }

  /// The optimum.
  ///
  /// - Throws: ``SolverError/level(_:)``, ``SolverError/model(_:)``,
  ///   ``SolverError/discountOutOfRange(discount:largestRowSumDefect:)``.
  public func solve(_ mdp: MDP, reward: Reward, direction: Direction = .maximise) throws(SolverError) -> Solution {
    let solution = try robust(mdp).solve(mdp, reward: reward, direction: direction)
    return Solution(
      values: solution.values, policy: solution.policy, objective: solution.objective,
      objectiveBounds: solution.objectiveBounds, guarantee: solution.guarantee, method: "nested CVaR value iteration",
      iterations: solution.iterations)
  }

  /// The values of a given policy.
  ///
  /// - Throws: as ``solve(_:reward:direction:)``.
  public func evaluate(
    _ policy: Policy, in mdp: MDP, reward: Reward, direction: Direction = .maximise
  ) throws(SolverError) -> PolicyValue {
    try robust(mdp).evaluate(policy, in: mdp, reward: reward, direction: direction)
  }

  private func robust(_ mdp: MDP) throws(SolverError) -> RobustIteration {
    guard level > 0, level <= 1 else { throw .level(level) }
    let p = mdp.transitions.sparseRows.values
    return RobustIteration(
      ambiguity: .intervals(lower: [Double](repeating: 0, count: p.count), upper: p.map { min(1, $0 / level) }),
      options: options)
  }
}
