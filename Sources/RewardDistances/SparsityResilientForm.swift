internal import LinearAlgebra
internal import MDPs

/// The canonical form of SRRD, with the model's own successors in place of sampled ones.
extension ComparedReward {
  /// With ρ(t | s) = Σ_a D_A(a) P(t | s, a), S₁ ~ ρ(t), S₂ ~ ρ(s), S₃ ~ D_S, S₄ ~ ρ(S₃), S₅ ~ ρ²(t), S₆ ~ ρ²(s) and A ~ D_A, all
  /// independent:
  ///
  /// ```
  /// R(s, a, t) + E[ γ R(t, A, S₁) − R(s, A, S₂) − γ R(S₃, A, S₄)
  ///                + γ² R(S₁, A, S₅) − γ² R(S₄, A, S₅) + γ R(S₃, A, S₆) − γ R(S₂, A, S₆) ]
  /// ```
  ///
  /// Shaping cancels term by term for any distributions, but only where the reward is known on all the pairs of states that
  /// are met, most of which no transition joins: with 0 read in their place, as samples have it, the form is not invariant.
  /// Absorbing states are ordinary ones here.
  ///
  /// Source: Nyanhongo, Henrique and Santos, Reward Distance Comparisons Under Transition Sparsity, TMLR 2025,
  /// arXiv 2504.11508.
  ///
  /// - Complexity: O(stored transitions) for rewards that are sums of one by pair and one by next state, O(S³) otherwise.
  func sparsityResilient() throws(RewardDistanceError) -> TransitionFunction {
    let raw = try raw()
    let mdp = world.mdp
    let (S, A, gamma) = (mdp.stateCount, mdp.actionCount, mdp.discount)
    let (states, actions) = (try stateWeights(), try actionWeights())
    func step(_ x: [Double]) -> [Double] { mdp.averaged(mdp.transitions.expectation(of: x), actions) }
    // Σ_a D_A R(x, a, y) = own(x) + next(y) + table(x, y); the first two are followed by steps of ρ alone.
    let own = mdp.averaged(raw.pair, actions)
    let next = raw.next ?? [Double](repeating: 0, count: S)
    let (ownOnce, nextOnce) = (step(own), step(next))
    let nextTwice = step(nextOnce)
    let (ownMean, ownMeanOnce, nextMeanOnce) = (dot(states, own), dot(states, ownOnce), dot(states, nextOnce))
    // E R(x, A, y) by the laws of x and y, as functions of the state that they start from.
    var successor = (0..<S).map { own[$0] + nextOnce[$0] }
    var chained = (0..<S).map { ownOnce[$0] + nextTwice[$0] }
    var fromStart = nextTwice.map { ownMean + $0 }
    var fromSecond = nextTwice.map { ownMeanOnce + $0 }
    var grand = ownMean + nextMeanOnce
    let stored: Transitions? =
      switch raw.table {
      case .none: nil
      case .dense(let matrix): .dense(matrix)
      case .sparse(let rows): .sparse(rows)
      }
    if let stored {
      let limit = ComparisonWorld.transitionLimit / 16
      guard S * S <= limit else {
        throw .tooLarge(quantity: "SRRD of a reward by transition", entries: S * S, limit: limit)
      }
      let chain = mdp.transitions.averaged(actions, stateCount: S)
      let table = stored.averaged(actions, stateCount: S)
      try algebra { () throws(LinearAlgebraError) in
        let second = try chain.multiplied(by: chain)
        let secondLaw = try chain.transposeMultiplied(by: states)
        successor = combine(1, successor, 1, chain.rowDots(with: table))
        chained = combine(1, chained, 1, second.rowDots(with: try chain.multiplied(by: table)))
        fromStart = combine(1, fromStart, 1, try second.multiplied(by: try table.transposeMultiplied(by: states)))
        fromSecond = combine(1, fromSecond, 1, try second.multiplied(by: try table.transposeMultiplied(by: secondLaw)))
        grand += dot(try table.multiplied(by: secondLaw), states)
      }
    }
    let pair = (0..<(S * A)).map { k in
      let s = k / A
      return gamma * (fromStart[s] - chained[s] - grand) - successor[s]
    }
    return raw.adding(
      pair: pair, next: (0..<S).map { gamma * (successor[$0] + gamma * (chained[$0] - fromSecond[$0])) })
  }
}

extension Transitions {
  /// Σ_a `weights`(s, a) X(s, a, t) for the numbers X that are stored, shape (S, S).
  fileprivate func averaged(_ weights: [Double], stateCount: Int) -> Matrix {
    let actionCount = weights.count / stateCount
    var result = Matrix(rowCount: stateCount, columnCount: stateCount)
    result.withUnsafeMutableElements { out in
      for row in weights.indices where weights[row] > 0 {
        let start = row / actionCount * stateCount
        switch self {
        case .dense(let matrix): for (t, x) in matrix.row(row).enumerated() { out[start + t] += weights[row] * x }
        case .sparse(let rows):
          for i in rows.positions(ofRow: row) { out[start + Int(rows.columns[i])] += weights[row] * rows.values[i] }
        }
      }
    }
    return result
  }
}
