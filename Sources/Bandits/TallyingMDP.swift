internal import LinearAlgebra
public import MDPs

extension TallyingBandit {
  /// The bandit as a deterministic decision process, for the solvers of such.
  ///
  /// States are the last plays that can still count (fewer at the start), actions are arms, and the reward of a play is minus
  /// its mean loss. With a finite horizon T its value from the start is −OPT_T; its best average reward is −ρ*.
  ///
  /// Source: Malik, Li, Singh, COLT 2022, lemma 1.
  ///
  /// - Parameter stateBudget: The most states to make.
  /// - Returns: The process, whose initial state 0 is the empty history and whose discount is 1, and the reward by state and
  ///   action.
  /// - Throws: ``BanditError/tooManyStates(needed:budget:)``.
  /// - Complexity: Σ_{l < m} K^l states, K rows of one entry each.
  public func toMDP(stateBudget: Int = 1_000_000) throws(BanditError) -> (mdp: MDP, reward: Reward) {
    let memory = weights.map(\.effectiveMemory).max() ?? 1
    var histories: [[Int]] = [[]]
    var number: [[Int]: Int] = [[]: 0]
    var columns: [Int32] = []
    var rewards: [Double] = []
    var state = 0
    while state < histories.count {
      let history = histories[state]
      for arm in 0..<armCount {
        var tally = weights[arm][0]
        for (back, played) in history.reversed().enumerated() where played == arm { tally += weights[arm][back + 1] }
        rewards.append(-losses[arm](tally))
        let after = Array((history + [arm]).suffix(memory - 1))
        if number[after] == nil {
          guard histories.count < stateBudget else {
            throw .tooManyStates(needed: Double(histories.count) + 1, budget: stateBudget)
          }
          number[after] = histories.count
          histories.append(after)
        }
        columns.append(Int32(number[after] ?? 0))
      }
      state += 1
    }
    let rows = columns.count
    do {
      let transitions = try SparseRows(
        rowCount: rows, columnCount: histories.count, rowStarts: Array(0...rows), columns: columns,
        values: [Double](repeating: 1, count: rows))
      var start = [Double](repeating: 0, count: histories.count)
      start[0] = 1
      let mdp = try MDP(
        actionCount: armCount, transitions: .sparse(transitions), discount: 1, initialDistribution: start,
        stateNames: histories.map { $0.isEmpty ? "start" : $0.map(String.init).joined(separator: " ") })
      let values = try Matrix(rowCount: histories.count, columnCount: armCount, elements: rewards)
      return (mdp, Reward(name: "minus loss", values: .pair(values)))
    } catch {
      preconditionFailure("the rows of a deterministic process are sound: \(error)")
    }
  }
}
