public import LinearAlgebra

/// A reward function on the states, state-action pairs or transitions of a model, with a name.
///
/// A reward is not tied to a model: shapes are compared when the two meet (``expected(in:)``).
public struct Reward: Sendable, Equatable {
  /// What the reward depends on, with its numbers.
  public enum Values: Sendable, Equatable {
    /// R(s), shape (S): paid in state s whatever the action.
    case state([Double])
    /// R(s, a), shape (S, A).
    case pair(Matrix)
    /// R(s, a, t), shape (S·A, S): row `s * A + a`, column t.
    case transition(Matrix)
    /// R(s, a, t), shape (S·A, S); 0 where no entry is stored.
    case sparseTransition(SparseRows)
  }

  /// The name by which files and reports call it.
  public let name: String
  /// The numbers.
  public let values: Values

  /// A reward called `name`.
  public init(name: String, values: Values) {
    self.name = name
    self.values = values
  }

  /// The same reward under another name.
  public func named(_ name: String) -> Reward { Reward(name: name, values: values) }

  /// r(s, a) = Σ_t P(t | s, a) R(s, a, t), the pair form, shape (S·A) with index `s * A + a`.
  ///
  /// Transitions of probability 0 contribute nothing, whatever the reward says there, NaN and infinity included. Pairs
  /// whose action is not available get 0.
  ///
  /// - Throws: ``MDPError/shape(of:expected:got:)`` when the shapes do not fit the model,
  ///   ``MDPError/reward(name:state:action:next:value:)`` when a reward that counts is NaN or infinite.
  /// - Complexity: O(stored transitions)
  public func expected(in mdp: MDP) throws(MDPError) -> [Double] {
    let (S, A) = (mdp.stateCount, mdp.actionCount)
    try requireShape(stateCount: S, actionCount: A)
    var result = [Double](repeating: 0, count: S * A)
    let sums = rowSums(in: mdp)
    for s in 0..<S {
      for a in 0..<A where mdp.isAvailable(s, a) {
        let k = s * A + a
        switch values {
        case .state(let r):
          guard r[s].isFinite else { throw .reward(name: name, state: s, action: nil, next: nil, value: r[s]) }
          result[k] = r[s]
        case .pair(let r):
          guard r[s, a].isFinite else { throw .reward(name: name, state: s, action: a, next: nil, value: r[s, a]) }
          result[k] = r[s, a]
        case .transition(let r):
          if let sums {
            result[k] = sums[k]
          } else {
            result[k] = try expectedDense(r, row: k, state: s, action: a, in: mdp)
          }
        case .sparseTransition(let r):
          result[k] = try expectedSparse(r, row: k, state: s, action: a, in: mdp)
        }
        guard result[k].isFinite else {
          throw .reward(name: name, state: s, action: a, next: nil, value: result[k])
        }
      }
    }
    return result
  }

  /// R(s, a, t) at one transition, whatever form the reward has.
  public func value(state s: Int, action a: Int, next t: Int, actionCount: Int) -> Double {
    switch values {
    case .state(let r): r[s]
    case .pair(let r): r[s, a]
    case .transition(let r): r[s * actionCount + a, t]
    case .sparseTransition(let r): r[s * actionCount + a, t]
    }
  }

  /// Checks the shape against a model of S states and A actions.
  ///
  /// - Throws: ``MDPError/shape(of:expected:got:)`` naming the reward.
  public func requireShape(stateCount: Int, actionCount: Int) throws(MDPError) {
    let (expected, got): ([Int], [Int]) =
      switch values {
      case .state(let r): ([stateCount], [r.count])
      case .pair(let r): ([stateCount, actionCount], [r.rowCount, r.columnCount])
      case .transition(let r): ([stateCount * actionCount, stateCount], [r.rowCount, r.columnCount])
      case .sparseTransition(let r): ([stateCount * actionCount, stateCount], [r.rowCount, r.columnCount])
      }
    guard expected == got else { throw .shape(of: "reward \"\(name)\"", expected: expected, got: got) }
  }

  /// The part of the reward on the given states of a model with A actions, renumbered in their order.
  public func restricted(to states: [Int], actionCount: Int) -> Reward {
    let part: Values =
      switch values {
      case .state(let r): .state(states.map { r[$0] })
      case .pair(let r): .pair(r.rows(states))
      case .transition(let r): .transition(r.restricted(to: states, actionCount: actionCount))
      case .sparseTransition(let r): .sparseTransition(r.restricted(to: states, actionCount: actionCount))
      }
    return Reward(name: name, values: part)
  }

  /// Σ_t P R of every row at once where both are dense; nil where they are not, or where a sum is not finite and has to be
  /// looked into: what stands at probability 0 does not count, and NaN would.
  private func rowSums(in mdp: MDP) -> [Double]? {
    guard case .transition(let r) = values, case .dense(let p) = mdp.transitions else { return nil }
    let sums = p.rowDots(with: r)
    return sums.allSatisfy(\.isFinite) ? sums : nil
  }

  private func expectedDense(
    _ r: Matrix, row: Int, state: Int, action: Int, in mdp: MDP
  ) throws(MDPError) -> Double {
    var sum = 0.0
    var bad: Int?
    mdp.transitions.forEachSuccessor(ofRow: row) { t, p in
      let value = r[row, t]
      if !value.isFinite, bad == nil { bad = t }
      sum += p * value
    }
    if let bad { throw .reward(name: name, state: state, action: action, next: bad, value: r[row, bad]) }
    return sum
  }

  private func expectedSparse(
    _ r: SparseRows, row: Int, state: Int, action: Int, in mdp: MDP
  ) throws(MDPError) -> Double {
    var sum = 0.0
    for k in r.positions(ofRow: row) {
      let t = Int(r.columns[k])
      let p = mdp.transitions[row, t]
      guard p > 0 else { continue }
      guard r.values[k].isFinite else {
        throw .reward(name: name, state: state, action: action, next: t, value: r.values[k])
      }
      sum += p * r.values[k]
    }
    return sum
  }
}

extension Matrix {
  /// The given rows, in their order.
  fileprivate func rows(_ indices: [Int]) -> Matrix {
    var result = Matrix(rowCount: indices.count, columnCount: columnCount)
    for (i, row) in indices.enumerated() { for j in 0..<columnCount { result[i, j] = self[row, j] } }
    return result
  }
}
