internal import LinearAlgebra
internal import MDPs

/// A problem as a list of choices and branches: what the choice formats write.
struct ChoiceList {
  /// The first choice of each state; ends with the number of choices.
  private(set) var stateToChoice: [Int] = [0]
  /// The row s · A + a of each choice.
  private(set) var choiceRows: [Int] = []
  /// The first branch of each choice; ends with the number of branches.
  private(set) var choiceToBranch: [Int] = [0]
  /// Where each branch leads.
  private(set) var targets: [Int32] = []
  /// How likely each branch is.
  private(set) var probabilities: [Double] = []
  /// The same exactly, where the problem is exact.
  private(set) var exactProbabilities: [Rational]?
  /// The states in which an episode may start.
  let initialStates: [Int]

  /// The choices of `problem`: its available actions. Branches of probability 0 are left out.
  ///
  /// - Throws: ``FileError/cannotHold(format:what:)`` when the start is not uniform over some states.
  init(_ problem: Problem, for format: FileFormat) throws(FileError) {
    let mdp = problem.mdp
    initialStates = mdp.initialDistribution.indices.filter { mdp.initialDistribution[$0] > 0 }
    let share = 1 / Double(initialStates.count)
    guard initialStates.allSatisfy({ mdp.initialDistribution[$0] == share }) else {
      throw .cannotHold(format: format, what: "a start distribution that is not uniform over some states")
    }
    let rows = mdp.transitions.sparseRows
    exactProbabilities = problem.exact.map { _ in [] }
    for s in 0..<mdp.stateCount {
      for a in 0..<mdp.actionCount where mdp.isAvailable(s, a) {
        choiceRows.append(mdp.pair(s, a))
        for k in rows.positions(ofRow: mdp.pair(s, a)) where rows.values[k] > 0 {
          targets.append(rows.columns[k])
          probabilities.append(rows.values[k])
          if let exact = problem.exact { exactProbabilities?.append(exact.probabilities[k]) }
        }
        choiceToBranch.append(targets.count)
      }
      stateToChoice.append(choiceRows.count)
    }
  }
}

extension Problem {
  /// Labels with the sets of allowed states beside them as labels of their own, `allowed_NAME`.
  var flatLabels: [(name: String, states: [Bool])] {
    labels.flatMap { label in
      [(label.name, label.states)] + (label.allowed.map { [("allowed_\(label.name)", $0)] } ?? [])
    }
  }

  /// r(s, a) of reward number `index` exactly: as the file had it, or the rational that its doubles are; nil when the
  /// problem is not exact.
  func exactReward(_ index: Int) throws(FileError) -> [Rational]? {
    guard let exact else { return nil }
    if let known = exact.rewards[index] { return known }
    do {
      return try rewards[index].expected(in: mdp).map { Rational(exactly: $0) ?? 0 }
    } catch {
      throw .model(path: "reward \"\(rewards[index].name)\"", error: error)
    }
  }
}
