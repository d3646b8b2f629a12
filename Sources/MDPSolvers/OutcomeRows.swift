internal import LinearAlgebra
internal import MDPs

/// A decision problem seen by its outcomes: what each transition pays, in maximum form, beside its probability.
///
/// Risk and ambiguity are about the distribution of r(s, a, t) + γ v(t) over t, not about its mean alone, so that the
/// reward of a transition may not be averaged beforehand.
struct OutcomeRows: Sendable {
  let rows: SparseRows
  let stateCount: Int
  let actionCount: Int
  /// r of every stored transition, in maximum form.
  let rewards: [Double]
  /// The rows that may be played, shape (S·A).
  let playable: [Bool]
  /// The expected operator of the same problem: contraction, slack and rounding are read off it. Its rewards are the
  /// largest of each row in size.
  let bellman: BellmanOperator

  /// The outcomes of `reward` on `mdp`.
  ///
  /// - Throws: ``SolverError/model(_:)``; ``SolverError/discountOutOfRange(discount:largestRowSumDefect:)`` for a discount
  ///   of 1, unless `allowsUndiscounted`.
  init(
    _ mdp: MDP, reward: Reward, direction: Direction, allowsUndiscounted: Bool = false
  ) throws(SolverError) {
    // Checks shapes and that every reward that counts is finite.
    let expected: [Double]
    do { expected = try reward.expected(in: mdp) } catch { throw .model(error) }
    let rows = mdp.transitions.sparseRows
    let (S, A) = (mdp.stateCount, mdp.actionCount)
    var rewards = [Double](repeating: 0, count: rows.nonZeroCount)
    for s in 0..<S {
      for a in 0..<A where mdp.isAvailable(s, a) {
        for j in rows.positions(ofRow: s * A + a) where rows.values[j] > 0 {
          rewards[j] =
            direction.sign
            * (reward.isByTransition
              ? reward.value(state: s, action: a, next: Int(rows.columns[j]), actionCount: A) : expected[s * A + a])
        }
      }
    }
    try self.init(mdp, rows: rows, rewards: rewards, allowsUndiscounted: allowsUndiscounted)
  }

  /// The outcomes of a discounted problem, whose reward is known by pairs.
  init(_ problem: DiscountedProblem) throws(SolverError) {
    let rows = problem.mdp.transitions.sparseRows
    var rewards = [Double](repeating: 0, count: rows.nonZeroCount)
    for k in 0..<rows.rowCount where problem.bellman.rewards[k] > -.infinity {
      for j in rows.positions(ofRow: k) { rewards[j] = problem.bellman.rewards[k] }
    }
    try self.init(
      problem.mdp, rows: rows, rewards: rewards, playable: problem.bellman.rewards.map { $0 > -.infinity })
  }

  private init(
    _ mdp: MDP, rows: SparseRows, rewards: [Double], playable: [Bool]? = nil, allowsUndiscounted: Bool = false
  ) throws(SolverError) {
    let playable = playable ?? (0..<rows.rowCount).map { mdp.availability?[$0] ?? true }
    self.rows = rows
    stateCount = mdp.stateCount
    actionCount = mdp.actionCount
    self.rewards = rewards
    self.playable = playable
    let largest = (0..<rows.rowCount).map { k in
      playable[k]
        ? rows.positions(ofRow: k).reduce(0) { abs(rewards[$1]) > abs($0) ? rewards[$1] : $0 } : -.infinity
    }
    bellman =
      allowsUndiscounted
      ? BellmanOperator(
        undiscounted: mdp.transitions, actionCount: mdp.actionCount, discount: mdp.discount, rewards: largest,
        rowSumDefect: mdp.largestRowSumDefect)
      : try BellmanOperator(
        transitions: mdp.transitions, actionCount: mdp.actionCount, discount: mdp.discount, rewards: largest,
        rowSumDefect: mdp.largestRowSumDefect)
  }

  /// The least and largest reward of a transition that may happen; 0…0 when there is none.
  var rewardRange: ClosedRange<Double> {
    var (least, most) = (Double.infinity, -Double.infinity)
    for k in 0..<rows.rowCount where playable[k] {
      for j in rows.positions(ofRow: k) where rows.values[j] > 0 {
        least = min(least, rewards[j])
        most = max(most, rewards[j])
      }
    }
    return least <= most ? least...most : 0...0
  }
}

extension Reward {
  /// Whether it depends on the next state.
  var isByTransition: Bool {
    switch values {
    case .state, .pair: false
    case .transition, .sparseTransition: true
    }
  }
}
