public import LinearAlgebra
internal import MDPs

/// A direction in which a problem may change by a little.
public enum ProblemChange: Sendable {
  /// The rewards of the pairs, shape (S·A).
  case reward([Double])
  /// The transition probabilities, shape (S·A, S); each row sums to 0, and is negative only where there is probability.
  case transitions(SparseRows)
  /// The discount, by +1.
  case discount
}

/// How the optimal return answers to a small change of the problem.
///
/// Where several policies are optimal the optimum has a kink: each has its own derivative, and the best of them counts, so
/// that the slopes to the two sides differ.
///
/// Source: Danskin, The theory of max-min (1967); Puterman, Markov Decision Processes (1994), §6.1.
public struct DirectionalDerivative: Sendable, Equatable {
  /// The slope when the change is made.
  public let right: Double
  /// The slope from where the change comes: minus the slope of the opposite change.
  public let left: Double
  /// An optimal policy that stays optimal when a little of the change is made.
  public let policyAfter: [Int]
  /// An optimal policy that stays optimal when a little of the opposite change is made.
  public let policyBefore: [Int]
  /// The actions of each state that may be optimal; the derivative rests on them.
  public let ties: [[Int]]

  /// Whether the optimal policy is unique.
  public var isUnique: Bool { ties.allSatisfy { $0.count == 1 } }
}

extension Solution {
  /// The directional derivative of the optimal return from the start distribution.
  ///
  /// - Parameters:
  ///   - change: the direction.
  ///   - problem: the problem that this is the solution of; ties are told apart only as far as its error bound allows.
  /// - Returns: both slopes and the tied actions.
  /// - Throws: ``SolverError/shape(of:expected:got:)``, ``SolverError/reward(state:action:value:)``,
  ///   ``SolverError/direction(state:action:sum:)`` where a change of probabilities does not sum to 0.
  /// - Complexity: two solves restricted to the tied actions.
  public func derivative(
    along change: ProblemChange, in problem: DiscountedProblem
  ) throws(SolverError) -> DirectionalDerivative {
    let mdp = problem.mdp
    let slopes: [Double]
    switch change {
    case .reward(let direction):
      slopes = direction
    case .discount:
      slopes = mdp.transitions.expectation(of: values)
    case .transitions(let rows):
      guard rows.rowCount == mdp.stateCount * mdp.actionCount, rows.columnCount == mdp.stateCount else {
        throw .shape(of: "change of transitions", expected: mdp.stateCount * mdp.actionCount, got: rows.rowCount)
      }
      var result = [Double](repeating: 0, count: rows.rowCount)
      for k in 0..<rows.rowCount {
        var (sum, size) = (0.0, 0.0)
        for j in rows.positions(ofRow: k) {
          sum += rows.values[j]
          size += abs(rows.values[j])
          result[k] += mdp.discount * rows.values[j] * values[Int(rows.columns[j])]
        }
        guard abs(sum) <= 1e-12 * max(size, 1e-300) else {
          throw .direction(state: k / mdp.actionCount, action: k % mdp.actionCount, sum: sum)
        }
      }
      slopes = result
    }
    let allowed = tiedActionMask(in: problem)
    let other: Direction = problem.direction == .maximise ? .minimise : .maximise
    let after = try DiscountedProblem(mdp, pairReward: slopes, direction: problem.direction, allowed: allowed).solve()
    let before = try DiscountedProblem(mdp, pairReward: slopes, direction: other, allowed: allowed).solve()
    return DirectionalDerivative(
      right: after.objective, left: before.objective, policyAfter: after.policy, policyBefore: before.policy,
      ties: ties(in: problem))
  }
}
