/// How far apart the true world and the model can drift in an episode, whatever the policy: a certified bound on the
/// planning error for all rewards of total at most 1, in polynomial time.
///
/// Both chains are coupled step by step as well as possible; D is the largest probability that they separate:
///
/// ```
/// D_h(s) = max_a [ 1 − Σ_t min(P, Q)(t | s, a) + Σ_t min(P, Q)(t | s, a) D_{h+1}(t) ],    D_H = 0
/// ```
///
/// Hence |V_P − V_Q| ≤ D₁ for every policy and reward, and sup E ≤ min(1, 2 D₁) (derived). It is loose for long horizons:
/// a certificate, not an estimate.
public struct CouplingBound: Sendable, Equatable {
  /// D₁(s₁) in [0, 1].
  public let separation: Double
  /// The weaker recursion D_h = max_a min(1, TV + Σ_t P D_{h+1}) of the source's proof.
  public let truncated: Double

  /// min(1, 2 D₁): no reward of total at most 1 makes planning in the model worse by more.
  public var planningErrorBound: Double { min(1, 2 * separation) }

  /// The bound for a world `truth` and a planner's `model`.
  ///
  /// - Complexity: O(H S² A)
  public init(_ truth: TransitionKernel, _ model: TransitionKernel, horizon: Int, start: Int) {
    let (n, actions) = (truth.stateCount, truth.actionCount)
    let overlap = zip(truth.probabilities, model.probabilities).map { min($0, $1) }
    var (exact, weak) = ([Double](repeating: 0, count: n), [Double](repeating: 0, count: n))
    for _ in 0..<max(0, horizon - 1) {
      var (exactHere, weakHere) = (exact, weak)
      for s in 0..<n {
        var (best, worst) = (0.0, 0.0)
        for a in 0..<actions {
          let row = (s * actions + a) * n
          // 1 − overlap as a sum of differences: equal rows give exactly 0.
          var (apart, joint, drift) = (0.0, 0.0, 0.0)
          for t in 0..<n {
            apart += max(0, truth.probabilities[row + t] - model.probabilities[row + t])
            joint += overlap[row + t] * exact[t]
            drift += truth.probabilities[row + t] * weak[t]
          }
          best = max(best, apart + joint)
          worst = max(worst, min(1, apart + drift))
        }
        (exactHere[s], weakHere[s]) = (min(1, best), worst)
      }
      (exact, weak) = (exactHere, weakHere)
    }
    separation = exact[start]
    truncated = weak[start]
  }
}
