internal import LinearAlgebra
internal import MDPs

extension Problem {
  /// Writes DRN: exact fractions where the problem has them, else doubles in the shortest form that reads back the same.
  func writeDRN(to path: String) throws(FileError) {
    let choices = try ChoiceList(self, for: .drn)
    let columns = try rewards.indices.map { (index) throws(FileError) in try DRNReward(self, index) }
    for name in rewards.map(\.name) where name.isEmpty || !name.allSatisfy({ $0.isASCII && !$0.isWhitespace }) {
      throw .cannotHold(format: .drn, what: "the reward name \"\(name)\" (blanks and letters beyond ASCII)")
    }
    let labels = flatLabels
    for label in labels
    where label.name.isEmpty || label.name == "init" || label.name.contains(where: { "\"\n\r".contains($0) }) {
      throw .cannotHold(format: .drn, what: "the label name \"\(label.name)\"")
    }
    let labelTexts = labels.map { label in
      label.name.contains { " \t[]!{}".contains($0) } ? " \"\(label.name)\"" : " \(label.name)"
    }
    let actionNames = mdp.actionNames.flatMap { names in
      names.allSatisfy { !$0.isEmpty && $0 != "__NOLABEL__" && !$0.contains { " \t\n\r".contains($0) } } ? names : nil
    }
    let starts = Set(choices.initialStates)

    var output = try OutputFile(path: path)
    output.write(
      """
      // Written by RewardGauge
      @type: MDP
      @value_type: \(exact == nil ? "double" : "rational")
      @parameters

      @reward_models
      \(rewards.map(\.name).joined(separator: " "))
      @nr_states
      \(mdp.stateCount)
      @nr_choices
      \(choices.choiceRows.count)
      @model

      """)
    for s in 0..<mdp.stateCount {
      output.write("state \(s)")
      if !columns.isEmpty { output.write(" [\(columns.map { $0.state(s) }.joined(separator: ", "))]") }
      if starts.contains(s) { output.write(" init") }
      for (label, text) in zip(labels, labelTexts) where label.states[s] { output.write(text) }
      output.write("\n")
      for c in choices.stateToChoice[s]..<choices.stateToChoice[s + 1] {
        let row = choices.choiceRows[c]
        let action = row - s * mdp.actionCount
        output.write("\taction \(actionNames?[action] ?? String(c - choices.stateToChoice[s]))")
        if !columns.isEmpty { output.write(" [\(columns.map { $0.pair(row) }.joined(separator: ", "))]") }
        output.write("\n")
        for b in choices.choiceToBranch[c]..<choices.choiceToBranch[c + 1] {
          let probability = choices.exactProbabilities?[b].description ?? choices.probabilities[b].description
          output.write("\t\t\(choices.targets[b]) : \(probability)\n")
        }
      }
    }
    try output.finish()
  }
}

/// A reward as DRN writes it: by state and by action.
private struct DRNReward {
  private let states: [String]?
  private let pairs: [String]?

  init(_ problem: Problem, _ index: Int) throws(FileError) {
    let reward = problem.rewards[index]
    let exact = try problem.exactReward(index)?.map(\.description)
    let mdp = problem.mdp
    switch reward.values {
    case .state(let values):
      // Every choice of a state is paid the same: the first available one tells.
      states =
        exact.map { exact in
          (0..<mdp.stateCount).map { s in exact[mdp.pair(s, mdp.availableActions(in: s)[0])] }
        } ?? values.map(\.description)
      pairs = nil
    case .pair(let matrix):
      states = nil
      pairs = exact ?? matrix.elements.map(\.description)
    case .transition, .sparseTransition:
      throw .cannotHold(format: .drn, what: "reward \"\(reward.name)\", which depends on the next state")
    }
  }

  func state(_ state: Int) -> String { states?[state] ?? "0" }

  func pair(_ row: Int) -> String { pairs?[row] ?? "0" }
}
