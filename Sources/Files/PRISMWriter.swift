internal import LinearAlgebra
internal import MDPs

extension Problem {
  /// Writes PRISM's explicit files: `model.tra` with `model.lab` beside it, and `model.srew` or `model.trew` for each reward,
  /// numbered when there are several.
  func writePRISM(to path: String) throws(FileError) {
    let base = path.hasSuffix(".tra") ? String(path.dropLast(4)) : path
    let choices = try ChoiceList(self, for: .prism)
    let labels = flatLabels
    for label in labels where label.name == "init" || label.name.contains(where: { "\"\n\r".contains($0) }) {
      throw .cannotHold(format: .prism, what: "the label name \"\(label.name)\"")
    }
    for reward in rewards where reward.name.contains(where: { "\"\n\r".contains($0) }) {
      throw .cannotHold(format: .prism, what: "the reward name \"\(reward.name)\"")
    }
    for index in rewards.indices {
      // The number ties the files of one reward together.
      let number = rewards.count == 1 ? "" : "\(index + 1)"
      try writeStateRewards(index, to: "\(base)\(number).srew")
      try writeTransitionRewards(index, choices, to: "\(base)\(number).trew")
    }
    try writeLabels(labels, choices, to: "\(base).lab")
    try writeTransitions(choices, to: path)
  }

  private func writeTransitions(_ choices: ChoiceList, to path: String) throws(FileError) {
    let names = mdp.actionNames.flatMap { names in
      names.allSatisfy { !$0.isEmpty && !$0.contains(where: \.isWhitespace) } ? names : nil
    }
    var output = try OutputFile(path: path)
    output.write("\(mdp.stateCount) \(choices.choiceRows.count) \(choices.targets.count)\n")
    forEachBranch(choices) { state, choice, action, branch in
      let value = choices.exactProbabilities?[branch].description ?? choices.probabilities[branch].description
      output.write("\(state) \(choice) \(choices.targets[branch]) \(value)\(names.map { " \($0[action])" } ?? "")\n")
    }
    try output.finish()
  }

  private func writeLabels(
    _ labels: [(name: String, states: [Bool])], _ choices: ChoiceList, to path: String
  ) throws(FileError) {
    let starts = Set(choices.initialStates)
    var output = try OutputFile(path: path)
    output.write("0=\"init\" 1=\"deadlock\"")
    for (number, label) in labels.enumerated() where label.name != "deadlock" {
      output.write(" \(number + 2)=\"\(label.name)\"")
    }
    output.write("\n")
    for s in 0..<mdp.stateCount {
      var numbers = starts.contains(s) ? ["0"] : []
      for (number, label) in labels.enumerated() where label.states[s] {
        numbers.append(label.name == "deadlock" ? "1" : "\(number + 2)")
      }
      if !numbers.isEmpty { output.write("\(s): \(numbers.joined(separator: " "))\n") }
    }
    try output.finish()
  }

  private func writeStateRewards(_ index: Int, to path: String) throws(FileError) {
    var lines: [String] = []
    if case .state(let values) = rewards[index].values {
      let exact = try exactReward(index)
      for (s, value) in values.enumerated() where value != 0 || value.sign == .minus {
        lines.append("\(s) \(exact?[mdp.pair(s, mdp.availableActions(in: s)[0])].description ?? value.description)\n")
      }
    }
    var output = try OutputFile(path: path)
    output.write("# Reward structure \"\(rewards[index].name)\"\n# State rewards\n\(mdp.stateCount) \(lines.count)\n")
    for line in lines { output.write(line) }
    try output.finish()
  }

  private func writeTransitionRewards(_ index: Int, _ choices: ChoiceList, to path: String) throws(FileError) {
    let reward = rewards[index]
    var lines: [String] = []
    if case .state = reward.values {
    } else {
      var exact: [Rational]?
      if case .pair = reward.values { exact = try exactReward(index) }
      forEachBranch(choices) { state, choice, action, branch in
        let target = Int(choices.targets[branch])
        let value = reward.value(state: state, action: action, next: target, actionCount: mdp.actionCount)
        guard value != 0 || value.sign == .minus else { return }
        lines.append(
          "\(state) \(choice) \(target) \(exact?[mdp.pair(state, action)].description ?? value.description)\n")
      }
    }
    var output = try OutputFile(path: path)
    output.write(
      "# Reward structure \"\(reward.name)\"\n# Transition rewards\n"
        + "\(mdp.stateCount) \(choices.choiceRows.count) \(lines.count)\n")
    for line in lines { output.write(line) }
    try output.finish()
  }

  /// Calls `body` with the state, the number of the choice within it, the action and the number of each branch.
  private func forEachBranch(_ choices: ChoiceList, _ body: (Int, Int, Int, Int) -> Void) {
    for s in 0..<mdp.stateCount {
      for c in choices.stateToChoice[s]..<choices.stateToChoice[s + 1] {
        let action = choices.choiceRows[c] - s * mdp.actionCount
        for b in choices.choiceToBranch[c]..<choices.choiceToBranch[c + 1] {
          body(s, c - choices.stateToChoice[s], action, b)
        }
      }
    }
  }
}
