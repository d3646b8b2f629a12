internal import LinearAlgebra
internal import MDPs

/// What a reader of a choice format found: choices, branches, rewards and labels, before they become a problem.
struct ChoiceModel {
  /// The first choice of each state; ends with the number of choices.
  var stateToChoice: [Int] = [0]
  /// The choice that each branch belongs to; branches may stand in any order.
  var branchChoices: [Int32] = []
  /// Where each branch leads.
  var targets: [Int32] = []
  /// How likely each branch is.
  var probabilities: [Double] = []
  /// The same exactly, where the file is exact.
  var exactProbabilities: [Rational]?
  var initialStates: [Int] = []
  var rewards: [ChoiceReward] = []
  /// Names with the states they hold for.
  var labels: [(name: String, states: [Bool])] = []
  var stateNames: [String]?
  /// The name of each choice, where choices have names.
  var choiceNames: [String?] = []

  /// Forgets what is known exactly, for files whose numbers are doubles.
  mutating func dropExact() {
    exactProbabilities = nil
    for index in rewards.indices {
      rewards[index].states.exact = []
      rewards[index].choices.exact = []
      rewards[index].branches.exact = []
    }
  }

  /// The parts of a problem.
  func parts() throws(ChoiceRows.Fault) -> ProblemParts {
    let rows = try ChoiceRows(stateToChoice: stateToChoice, choiceCount: stateToChoice[stateToChoice.count - 1])
    let (transitions, exact) = try rows.transitions(
      branchChoices: branchChoices, targets: targets, probabilities: probabilities, exact: exactProbabilities)
    var parts = ProblemParts(actionCount: rows.actionCount, transitions: .sparse(transitions))
    parts.availability = rows.availability
    parts.initial = try rows.initialDistribution(uniformOver: initialStates)
    parts.stateNames = stateNames
    parts.actionNames = actionNames(in: rows)
    var exactRewards: [[Rational]?] = []
    for reward in rewards {
      let (reward, exactReward) = try reward.reward(
        in: rows, branchChoices: branchChoices, targets: targets, probabilities: probabilities,
        exactProbabilities: exactProbabilities, isExact: exact != nil)
      parts.rewards.append(reward)
      exactRewards.append(exactReward)
    }
    parts.exact = exact.map { ExactNumbers(probabilities: $0, rewards: exactRewards) }
    for label in labels {
      if label.name.hasPrefix("allowed_"), labels.contains(where: { "allowed_\($0.name)" == label.name }) { continue }
      let allowed = labels.first { $0.name == "allowed_\(label.name)" }
      parts.labels.append(StateLabel(name: label.name, states: label.states, allowed: allowed?.states))
    }
    return parts
  }

  /// The names of the choices as names of actions: when the choices of one number have the same name in every state.
  private func actionNames(in rows: ChoiceRows) -> [String]? {
    guard choiceNames.count == rows.choiceCount else { return nil }
    var names = [String?](repeating: nil, count: rows.actionCount)
    for s in 0..<rows.stateCount {
      for c in rows.stateToChoice[s]..<rows.stateToChoice[s + 1] {
        let action = c - rows.stateToChoice[s]
        guard let name = choiceNames[c], names[action] == nil || names[action] == name else { return nil }
        names[action] = name
      }
    }
    let known = names.compactMap(\.self)
    // Numbers in order are no names.
    guard Set(known).count == rows.actionCount, known != known.indices.map(String.init) else { return nil }
    return known
  }
}
