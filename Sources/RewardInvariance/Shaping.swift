internal import LinearAlgebra
public import MDPs

/// Changes of a reward that leave the order of all policies as it is: potential shaping, redistribution, positive scale.
///
/// Sources: Ng, Harada, Russell, Policy invariance under reward transformations (ICML 1999), theorem 1; Skalse et al.,
/// Invariance in policy optimisation and partial identifiability in reward learning (ICML 2023), arXiv 2203.07475, §2.
extension Reward {
  /// Potential shaping:
  ///
  /// ```
  /// R'(s, a, t) = R(s, a, t) + γ Φ(t) − Φ(s)
  /// ```
  ///
  /// Every policy's return falls by ⟨μ₀, Φ⟩, whatever the dynamics. Where both the model and the reward are sparse, the
  /// result is stored on the possible transitions and on those that the reward stores; elsewhere, where no policy ever
  /// comes, it stays 0. Rows of unavailable actions stay as they are.
  ///
  /// - Parameters:
  ///   - potential: Φ, shape (S).
  ///   - mdp: whose discount is γ (1 is allowed).
  /// - Returns: R'.
  /// - Throws: ``RewardInvarianceError/shape(of:expected:got:)``, ``RewardInvarianceError/notFinite(of:index:value:)``,
  ///   ``RewardInvarianceError/model(_:)`` when the reward does not fit.
  /// - Complexity: O(S² A) on dense models, O(stored transitions) on sparse ones.
  public func shaped(by potential: [Double], in mdp: MDP) throws(RewardInvarianceError) -> Reward {
    try require(potential, count: mdp.stateCount, of: "the potential")
    let rest = 1 - mdp.discount
    return try mapped(in: mdp, name: "\(name) + shaping") { s, _, t, value in
      // γ Φ(t) − Φ(s), so summed that large constant parts of Φ cost no digits when γ is near 1.
      value + ((potential[t] - potential[s]) - rest * potential[t])
    }
  }

  /// Potential shaping followed by averaging over next states: a reward by pairs,
  ///
  /// ```
  /// r'(s, a) = r(s, a) + γ Σ_t P(t | s, a) Φ(t) − Φ(s)
  /// ```
  ///
  /// - Parameters:
  ///   - potential: Φ, shape (S).
  ///   - mdp: the dynamics.
  /// - Returns: r'.
  /// - Throws: as ``shaped(by:in:)``.
  /// - Complexity: O(stored transitions)
  public func shapedInExpectation(by potential: [Double], in mdp: MDP) throws(RewardInvarianceError) -> Reward {
    try require(potential, count: mdp.stateCount, of: "the potential")
    var pairs = try fitting { () throws(MDPError) in try expected(in: mdp) }
    let next = mdp.transitions.expectation(of: potential)
    for s in 0..<mdp.stateCount {
      for a in 0..<mdp.actionCount where mdp.isAvailable(s, a) {
        pairs[mdp.pair(s, a)] += mdp.discount * next[mdp.pair(s, a)] - potential[s]
      }
    }
    return Reward(name: "\(name) + shaping", pairs: pairs, in: mdp)
  }

  /// The reward by pairs with the same expectation: r(s, a) paid whatever the next state.
  ///
  /// - Throws: ``RewardInvarianceError/model(_:)``.
  public func averaged(in mdp: MDP) throws(RewardInvarianceError) -> Reward {
    Reward(name: name, pairs: try fitting { () throws(MDPError) in try expected(in: mdp) }, in: mdp)
  }

  /// S'-redistribution: adds `change`, less its expectation, to each pair's transitions:
  ///
  /// ```
  /// R'(s, a, t) = R(s, a, t) + Δ(s, a, t) − Σ_u P(u | s, a) Δ(s, a, u)     where P(t | s, a) > 0
  /// R'(s, a, t) = R(s, a, t) + Δ(s, a, t)                                  where it is 0
  /// ```
  ///
  /// The expected reward r(s, a) stays as it is, and with it everything that a policy can earn. On sparse models and
  /// rewards, Δ is read on the stored transitions only.
  ///
  /// - Parameters:
  ///   - mdp: the dynamics.
  ///   - change: Δ(s, a, t).
  /// - Returns: R'.
  /// - Throws: ``RewardInvarianceError/model(_:)`` when the reward does not fit or Δ is not finite somewhere.
  /// - Complexity: as ``shaped(by:in:)``.
  public func redistributed(
    in mdp: MDP, by change: (_ state: Int, _ action: Int, _ next: Int) -> Double
  ) throws(RewardInvarianceError) -> Reward {
    let (S, A) = (mdp.stateCount, mdp.actionCount)
    var mean = [Double](repeating: 0, count: S * A)
    for s in 0..<S {
      for a in 0..<A where mdp.isAvailable(s, a) {
        var bad: (next: Int, value: Double)?
        var (sum, mass) = (0.0, 0.0)
        mdp.transitions.forEachSuccessor(ofRow: mdp.pair(s, a)) { t, p in
          let value = change(s, a, t)
          if !value.isFinite, bad == nil { bad = (t, value) }
          sum += p * value
          mass += p
        }
        if let bad { throw .model(.reward(name: "change", state: s, action: a, next: bad.next, value: bad.value)) }
        mean[mdp.pair(s, a)] = sum / mass
      }
    }
    return try mapped(in: mdp, name: "\(name) + redistribution") { s, a, t, value in
      let k = mdp.pair(s, a)
      return value + change(s, a, t) - (mdp.transitions[k, t] > 0 ? mean[k] : 0)
    }
  }

  /// k R.
  ///
  /// - Throws: ``RewardInvarianceError/scale(_:)`` unless `factor` is positive and finite.
  public func scaled(by factor: Double) throws(RewardInvarianceError) -> Reward {
    guard factor > 0, factor.isFinite else { throw .scale(factor) }
    return mapValues(name: "\(name) × \(factor)") { factor * $0 }
  }

  /// R with a constant added everywhere; below discount 1 this is shaping by the constant potential c / (γ − 1).
  public func shifted(by constant: Double) -> Reward {
    if case .sparseTransition(let rows) = values {
      // Entries that are not stored are 0 and would have to change as well.
      return Reward(name: "\(name) + constant", values: .transition(rows.dense)).mapValues(name: "\(name) + constant") {
        $0 + constant
      }
    }
    return mapValues(name: "\(name) + constant") { $0 + constant }
  }

  /// Adds a reward for transitions, such as a bonus that may be no shaping at all.
  ///
  /// - Parameters:
  ///   - mdp: the model.
  ///   - bonus: F(s, a, t).
  /// - Returns: R + F.
  /// - Throws: ``RewardInvarianceError/model(_:)`` when the reward does not fit.
  /// - Complexity: as ``shaped(by:in:)``.
  public func adding(
    in mdp: MDP, _ bonus: (_ state: Int, _ action: Int, _ next: Int) -> Double
  ) throws(RewardInvarianceError) -> Reward {
    try mapped(in: mdp, name: "\(name) + bonus") { s, a, t, value in value + bonus(s, a, t) }
  }

  /// The reward by transitions whose value at (s, a, t) is `change` of the value here.
  private func mapped(
    in mdp: MDP, name: String, _ change: (_ s: Int, _ a: Int, _ t: Int, _ value: Double) -> Double
  ) throws(RewardInvarianceError) -> Reward {
    let (S, A) = (mdp.stateCount, mdp.actionCount)
    try fitting { () throws(MDPError) in try requireShape(stateCount: S, actionCount: A) }
    if case .sparse(let possible) = mdp.transitions, !isDenseByTransition {
      var stored: SparseRows?
      if case .sparseTransition(let rows) = values { stored = rows }
      var builder = SparseRowsBuilder(columnCount: S, capacity: possible.nonZeroCount)
      for k in 0..<(S * A) {
        if mdp.isAvailable(k / A, k % A) {
          var extra = stored.map { $0.positions(ofRow: k) } ?? 0..<0
          for i in possible.positions(ofRow: k) where possible.values[i] > 0 {
            let column = possible.columns[i]
            while let rows = stored, let j = extra.first, rows.columns[j] < column {
              let t = Int(rows.columns[j])
              builder.append(column: rows.columns[j], value: change(k / A, k % A, t, rows.values[j]))
              extra = extra.dropFirst()
            }
            var value = stored == nil ? self.value(state: k / A, action: k % A, next: Int(column), actionCount: A) : 0
            if let rows = stored, let j = extra.first, rows.columns[j] == column {
              value = rows.values[j]
              extra = extra.dropFirst()
            }
            builder.append(column: column, value: change(k / A, k % A, Int(column), value))
          }
          if let rows = stored {
            for j in extra {
              builder.append(
                column: rows.columns[j], value: change(k / A, k % A, Int(rows.columns[j]), rows.values[j]))
            }
          }
        } else if let rows = stored {
          for j in rows.positions(ofRow: k) { builder.append(column: rows.columns[j], value: rows.values[j]) }
        }
        builder.endRow()
      }
      return Reward(name: name, values: .sparseTransition(builder.build()))
    }
    var result = Matrix(rowCount: S * A, columnCount: S)
    for k in 0..<(S * A) {
      let available = mdp.isAvailable(k / A, k % A)
      for t in 0..<S {
        let value = self.value(state: k / A, action: k % A, next: t, actionCount: A)
        result[k, t] = available ? change(k / A, k % A, t, value) : value
      }
    }
    return Reward(name: name, values: .transition(result))
  }

  private var isDenseByTransition: Bool {
    if case .transition = values { true } else { false }
  }

  private func mapValues(name: String, _ change: (Double) -> Double) -> Reward {
    let changed: Values =
      switch values {
      case .state(let r): .state(r.map(change))
      case .pair(let r): .pair(r.mapped(change))
      case .transition(let r): .transition(r.mapped(change))
      case .sparseTransition(let r): .sparseTransition(r.mapped(change))
      }
    return Reward(name: name, values: changed)
  }

  /// A reward by pairs over an array with index `s * A + a`.
  init(name: String, pairs: [Double], in mdp: MDP) {
    var matrix = Matrix(rowCount: mdp.stateCount, columnCount: mdp.actionCount)
    for s in 0..<mdp.stateCount { for a in 0..<mdp.actionCount { matrix[s, a] = pairs[mdp.pair(s, a)] } }
    self.init(name: name, values: .pair(matrix))
  }
}

extension Matrix {
  fileprivate func mapped(_ change: (Double) -> Double) -> Matrix {
    var result = self
    for i in 0..<rowCount { for j in 0..<columnCount { result[i, j] = change(self[i, j]) } }
    return result
  }
}

extension SparseRows {
  fileprivate func mapped(_ change: (Double) -> Double) -> SparseRows {
    var builder = SparseRowsBuilder(columnCount: columnCount, capacity: nonZeroCount)
    for i in 0..<rowCount {
      for k in positions(ofRow: i) { builder.append(column: columns[k], value: change(values[k])) }
      builder.endRow()
    }
    return builder.build()
  }
}
