public import LinearAlgebra

/// A stationary policy: how to act in each state, whatever came before.
public enum Policy: Sendable, Equatable {
  /// One action a state, shape (S).
  case deterministic([Int])
  /// π(a | s), shape (S, A); rows sum to 1.
  case stochastic(Matrix)

  /// How far the probabilities of a state may be from summing to 1.
  public static let sumTolerance = 1e-9

  /// The policy that plays the available actions of each state with equal probability.
  public static func uniform(for mdp: MDP) -> Policy {
    var probabilities = Matrix(rowCount: mdp.stateCount, columnCount: mdp.actionCount)
    for s in 0..<mdp.stateCount {
      let actions = mdp.availableActions(in: s)
      for a in actions { probabilities[s, a] = 1 / Double(actions.count) }
    }
    return .stochastic(probabilities)
  }

  /// π(`action` | `state`).
  public func probability(of action: Int, in state: Int) -> Double {
    switch self {
    case .deterministic(let actions): actions[state] == action ? 1 : 0
    case .stochastic(let probabilities): probabilities[state, action]
    }
  }

  /// π as a matrix of shape (S, A).
  public func probabilities(actionCount: Int) -> Matrix {
    switch self {
    case .stochastic(let probabilities): return probabilities
    case .deterministic(let actions):
      var result = Matrix(rowCount: actions.count, columnCount: actionCount)
      for (s, a) in actions.enumerated() { result[s, a] = 1 }
      return result
    }
  }

  /// Checks that the policy fits the model: shape, probabilities, sums, and no weight on actions that are not available.
  ///
  /// - Throws: ``MDPError`` with the first state that is wrong.
  /// - Complexity: O(S A)
  public func validate(for mdp: MDP) throws(MDPError) {
    switch self {
    case .deterministic(let actions):
      guard actions.count == mdp.stateCount else {
        throw .shape(of: "policy", expected: [mdp.stateCount], got: [actions.count])
      }
      for (s, a) in actions.enumerated() {
        guard a >= 0, a < mdp.actionCount, mdp.isAvailable(s, a) else { throw .policyAction(state: s, action: a) }
      }
    case .stochastic(let probabilities):
      guard probabilities.rowCount == mdp.stateCount, probabilities.columnCount == mdp.actionCount else {
        throw .shape(
          of: "policy", expected: [mdp.stateCount, mdp.actionCount],
          got: [probabilities.rowCount, probabilities.columnCount])
      }
      for s in 0..<mdp.stateCount {
        var sum = 0.0
        for a in 0..<mdp.actionCount {
          let p = probabilities[s, a]
          guard p >= 0, p.isFinite, p == 0 || mdp.isAvailable(s, a) else {
            throw .policyProbability(state: s, action: a, value: p)
          }
          sum += p
        }
        guard abs(sum - 1) <= Self.sumTolerance else {
          throw .policySum(state: s, sum: sum, tolerance: Self.sumTolerance)
        }
      }
    }
  }

  /// P_π and nothing else: the chain of the states under this policy, as sparse rows of shape (S, S).
  ///
  /// - Complexity: O(stored transitions of the actions played)
  public func chain(in mdp: MDP) -> SparseRows {
    var builder = SparseRowsBuilder(columnCount: mdp.stateCount)
    var weight = [Double](repeating: 0, count: mdp.stateCount)
    var touched: [Int] = []
    for s in 0..<mdp.stateCount {
      for a in 0..<mdp.actionCount {
        let probability = self.probability(of: a, in: s)
        guard probability > 0 else { continue }
        mdp.transitions.forEachSuccessor(ofRow: mdp.pair(s, a)) { t, p in
          if weight[t] == 0 { touched.append(t) }
          weight[t] += probability * p
        }
      }
      touched.sort()
      for t in touched {
        if weight[t] > 0 { builder.append(column: Int32(t), value: weight[t]) }
        weight[t] = 0
      }
      touched.removeAll(keepingCapacity: true)
      builder.endRow()
    }
    return builder.build()
  }

  /// Σ_a π(a | s) `values`[s, a], shape (S).
  ///
  /// - Parameters:
  ///   - values: pair-shaped, index `s * A + a`.
  ///   - actionCount: A.
  /// - Returns: one number a state.
  public func average(of values: [Double], actionCount: Int) -> [Double] {
    switch self {
    case .deterministic(let actions):
      return actions.enumerated().map { s, a in values[s * actionCount + a] }
    case .stochastic(let probabilities):
      return (0..<probabilities.rowCount).map { s in
        var sum = 0.0
        for a in 0..<actionCount where probabilities[s, a] > 0 {
          sum += probabilities[s, a] * values[s * actionCount + a]
        }
        return sum
      }
    }
  }
}
