public import MDPs

/// Potential shaping over a finite horizon by a potential that depends on the step:
///
/// ```
/// F_h(s, a, t) = γ Φ_{h+1}(t) − Φ_h(s),     h = 0 … H − 1
/// ```
///
/// The bonuses of an episode sum to γᴴ Φ_H(s_H) − Φ_0(s_0). The order of all policies stays when Φ_H is 0 (or constant);
/// otherwise the last state is paid for, and the order may change.
///
/// Source: Devlin, Kudenko, Dynamic potential-based reward shaping (AAMAS 2012), §3.
public struct DynamicShaping: Sendable, Equatable {
  /// Φ_0 … Φ_H, each of shape (S).
  public let potentials: [[Double]]

  /// Shaping by Φ_0 … Φ_H.
  ///
  /// - Throws: ``RewardInvarianceError/horizon(_:)`` with fewer than two potentials.
  public init(potentials: [[Double]]) throws(RewardInvarianceError) {
    guard potentials.count >= 2 else { throw .horizon(potentials.count - 1) }
    self.potentials = potentials
  }

  /// The same potential at every step: what an implementer gets who shapes without looking at the clock.
  ///
  /// - Parameters:
  ///   - potential: Φ, shape (S).
  ///   - horizon: H.
  ///   - correctsEnd: whether Φ_H is set to 0, which makes the shaping harmless.
  /// - Throws: ``RewardInvarianceError/horizon(_:)``.
  public init(
    constant potential: [Double], horizon: Int, correctsEnd: Bool
  ) throws(RewardInvarianceError) {
    guard horizon >= 1 else { throw .horizon(horizon) }
    var potentials = [[Double]](repeating: potential, count: horizon + 1)
    if correctsEnd { potentials[horizon] = [Double](repeating: 0, count: potential.count) }
    try self.init(potentials: potentials)
  }

  /// H
  public var horizon: Int { potentials.count - 1 }

  /// The reward of each step.
  ///
  /// - Throws: ``RewardInvarianceError`` when a potential or the reward does not fit.
  /// - Complexity: O(H · transitions)
  public func shaped(_ reward: Reward, in mdp: MDP) throws(RewardInvarianceError) -> [Reward] {
    for potential in potentials { try require(potential, count: mdp.stateCount, of: "a potential of the steps") }
    var result: [Reward] = []
    for h in 0..<horizon {
      let (now, next) = (potentials[h], potentials[h + 1])
      result.append(try reward.adding(in: mdp) { s, _, t in mdp.discount * next[t] - now[s] })
    }
    return result
  }
}
