public import LinearAlgebra
public import MDPs

/// Look-ahead advice: shaping by a potential of pairs,
///
/// ```
/// F(s, a, t, b) = γ Φ(t, b) − Φ(s, a)
/// ```
///
/// where b is the next action. For every policy π the action values become Q'(s, a) = Q(s, a) − Φ(s, a), so that a
/// learner must choose by Q' + Φ, not by Q', to keep its optimum. Against a fixed policy for b the bonus is an ordinary
/// reward of pairs (``reward(_:against:in:)``); it is no potential shaping, and changes the order of other policies
/// unless Φ depends on the state alone.
///
/// Source: Wiewiora, Cottrell, Elkan, Principled methods for advising reinforcement learning agents (ICML 2003), §3.
public struct LookAheadAdvice: Sendable, Equatable {
  /// Φ, shape (S, A).
  public let potential: Matrix

  /// Advice by the given potential of pairs.
  public init(potential: Matrix) { self.potential = potential }

  /// r(s, a) + γ Σ_t P(t | s, a) Σ_b π(b | t) Φ(t, b) − Φ(s, a).
  ///
  /// - Throws: ``RewardInvarianceError`` when a shape does not fit.
  /// - Complexity: O(stored transitions)
  public func reward(_ reward: Reward, against policy: Policy, in mdp: MDP) throws(RewardInvarianceError) -> Reward {
    try checkAdvice(potential, mdp)
    try fitting { () throws(MDPError) in try policy.validate(for: mdp) }
    var pairs = try fitting { () throws(MDPError) in try reward.expected(in: mdp) }
    let actionCount = mdp.actionCount
    let state = (0..<mdp.stateCount).map { t in
      (0..<actionCount).reduce(0.0) { $0 + policy.probability(of: $1, in: t) * potential[t, $1] }
    }
    let next = mdp.transitions.expectation(of: state)
    for k in pairs.indices where mdp.isAvailable(k / actionCount, k % actionCount) {
      pairs[k] += mdp.discount * next[k] - potential[k / actionCount, k % actionCount]
    }
    return Reward(name: "\(reward.name) + look-ahead advice", pairs: pairs, in: mdp)
  }

  /// The greedy actions of a learner with values Q' (`learned`, shape (S·A)) under this advice:
  /// argmax_a Q'(s, a) + Φ(s, a), the first of the best.
  public func greedyActions(_ learned: [Double], in mdp: MDP) -> [Int] {
    (0..<mdp.stateCount).map { s in
      var best: (action: Int, value: Double)?
      for a in 0..<mdp.actionCount where mdp.isAvailable(s, a) {
        let value = learned[mdp.pair(s, a)] + potential[s, a]
        if best.map({ value > $0.value }) ?? true { best = (a, value) }
      }
      return best?.action ?? 0
    }
  }
}

/// Look-back advice: the bonus for a step compares its pair with the one before,
///
/// ```
/// F_n = Φ(s_n, a_n) − Φ(s_{n−1}, a_{n−1}) / γ,     F_0 = Φ(s_0, a_0)
/// ```
///
/// so that the discounted sum over n = 0 … N is γᴺ Φ(s_N, a_N): nothing but the end is left.
///
/// Source: Wiewiora, Cottrell, Elkan, Principled methods for advising reinforcement learning agents (ICML 2003), §4.
public struct LookBackAdvice: Sendable, Equatable {
  /// Φ, shape (S, A).
  public let potential: Matrix

  /// Advice by the given potential of pairs.
  public init(potential: Matrix) { self.potential = potential }

  /// The bonus of each step of a trajectory.
  ///
  /// - Parameters:
  ///   - steps: the state and action of each step.
  ///   - discount: γ in (0, 1].
  /// - Returns: F_0, F_1, …
  public func bonuses(along steps: [(state: Int, action: Int)], discount: Double) -> [Double] {
    precondition(discount > 0 && discount <= 1, "look-back advice divides by the discount")
    return steps.indices.map { n in
      let own = potential[steps[n].state, steps[n].action]
      return n == 0 ? own : own - potential[steps[n - 1].state, steps[n - 1].action] / discount
    }
  }
}

private func checkAdvice(_ potential: Matrix, _ mdp: MDP) throws(RewardInvarianceError) {
  guard potential.rowCount == mdp.stateCount, potential.columnCount == mdp.actionCount else {
    throw .shape(
      of: "the potential of pairs", expected: mdp.stateCount * mdp.actionCount,
      got: potential.rowCount * potential.columnCount)
  }
  try require(potential.elements, count: mdp.stateCount * mdp.actionCount, of: "the potential of pairs")
}
