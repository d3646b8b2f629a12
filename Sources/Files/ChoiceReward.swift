internal import LinearAlgebra
internal import MDPs

/// A reward as choice formats keep it: parts by state, by choice and by branch, which add up.
struct ChoiceReward {
  /// Numbers, with their exact values where they are known.
  struct Numbers {
    var doubles: [Double] = []
    var exact: [Rational] = []

    /// Whether nothing is paid.
    var isZero: Bool { doubles.allSatisfy { $0 == 0 && $0.sign == .plus } }
  }

  var name: String
  /// One a state, or none.
  var states = Numbers()
  /// One a choice, or none.
  var choices = Numbers()
  /// One a branch, or none.
  var branches = Numbers()

  /// The reward in its simplest form, and r(s, a) exactly when every part is exact.
  func reward(
    in rows: ChoiceRows, branchChoices: [Int32], targets: [Int32], probabilities: [Double],
    exactProbabilities: [Rational]?,
    isExact: Bool
  ) throws(ChoiceRows.Fault) -> (reward: Reward, exact: [Rational]?) {
    let exact =
      isExact ? exactPairs(in: rows, branchChoices: branchChoices, exactProbabilities: exactProbabilities) : nil
    switch (states.isZero, choices.isZero, branches.isZero) {
    case (false, true, true): return (Reward(name: name, values: .state(states.doubles)), exact)
    case (true, true, false):
      let reward = try rows.reward(
        named: name, branchChoices: branchChoices, targets: targets, numbers: branches.doubles)
      return (reward, exact)
    case (true, true, true): return (Reward(name: name, values: .state(zeros(rows.stateCount))), exact)
    case (true, false, true): return (rows.reward(named: name, choices.doubles), exact)
    default:
      if let exact { return (Self.pairs(named: name, exact.map { Double($0) }, in: rows), exact) }
      var sums = choices.doubles.isEmpty ? zeros(rows.choiceCount) : choices.doubles
      if !states.doubles.isEmpty {
        for s in 0..<rows.stateCount {
          for c in rows.stateToChoice[s]..<rows.stateToChoice[s + 1] { sums[c] += states.doubles[s] }
        }
      }
      for (k, number) in branches.doubles.enumerated() { sums[Int(branchChoices[k])] += probabilities[k] * number }
      return (rows.reward(named: name, sums), nil)
    }
  }

  private func exactPairs(
    in rows: ChoiceRows, branchChoices: [Int32], exactProbabilities: [Rational]?
  ) -> [Rational]? {
    var sums = choices.exact.isEmpty ? [Rational](repeating: 0, count: rows.choiceCount) : choices.exact
    if !states.exact.isEmpty {
      for s in 0..<rows.stateCount {
        for c in rows.stateToChoice[s]..<rows.stateToChoice[s + 1] { sums[c] += states.exact[s] }
      }
    }
    if !branches.exact.isEmpty {
      guard let exactProbabilities else { return nil }
      for (k, number) in branches.exact.enumerated() { sums[Int(branchChoices[k])] += exactProbabilities[k] * number }
    }
    return rows.table(sums, empty: 0)
  }

  private static func pairs(named name: String, _ values: [Double], in rows: ChoiceRows) -> Reward {
    var matrix = Matrix(rowCount: rows.stateCount, columnCount: rows.actionCount)
    for s in 0..<rows.stateCount {
      for a in 0..<rows.actionCount { matrix[s, a] = values[s * rows.actionCount + a] }
    }
    return Reward(name: name, values: .pair(matrix))
  }

  private func zeros(_ count: Int) -> [Double] { [Double](repeating: 0, count: count) }
}
