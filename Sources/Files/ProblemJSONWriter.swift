internal import JSON
internal import LinearAlgebra
internal import MDPs

extension Problem {
  /// Writes JSON, table by table, so that the text never lies in memory as a whole.
  func writeJSON(to path: String) throws(FileError) {
    var output = try OutputFile(path: path)
    write(to: &output)
    try output.finish()
  }

  private func write(to output: inout OutputFile) {
    output.write("{\n")
    if statesDiscount { output.write("  \"discount\": \(mdp.discount),\n") }
    output.write("  \"initial\": \(JSONValue.numbers(mdp.initialDistribution)),\n")
    if let names = mdp.stateNames { output.write("  \"states\": \(JSONValue.array(names.map { .string($0) })),\n") }
    if let names = mdp.actionNames { output.write("  \"actions\": \(JSONValue.array(names.map { .string($0) })),\n") }
    if let availability = mdp.availability {
      let width = mdp.actionCount
      let rows = (0..<mdp.stateCount).map { s in
        JSONValue.array(availability[(s * width)..<((s + 1) * width)].map { .bool($0) })
      }
      output.write("  \"available\": \(JSONValue.array(rows)),\n")
    }
    output.write("  \"transitions\": ")
    switch mdp.transitions {
    case .dense(let matrix): writeNested(matrix, to: &output)
    case .sparse(let rows):
      output.write("{\"states\": \(mdp.stateCount), \"actions\": \(mdp.actionCount), \"entries\": ")
      writeEntries(rows, to: &output)
      output.write("}")
    }
    if let bounds {
      for (name, values) in [("transitionsLower", bounds.lower), ("transitionsUpper", bounds.upper)] {
        output.write(",\n  \"\(name)\": ")
        write(bounds.table(values, of: mdp, name: name), to: &output)
      }
    }
    output.write(",\n  \"rewards\": {")
    for (index, reward) in rewards.enumerated() {
      output.write("\(index == 0 ? "" : ",")\n    \(JSONValue.string(reward.name)): ")
      write(reward, to: &output)
    }
    output.write(rewards.isEmpty ? "}" : "\n  }")
    writeLabels("labels", labels.map { ($0.name, $0.states) }, to: &output)
    writeLabels("allowed", labels.compactMap { label in label.allowed.map { (label.name, $0) } }, to: &output)
    output.write("\n}\n")
  }

  private func write(_ reward: Reward, to output: inout OutputFile) {
    switch reward.values {
    case .state(let values): output.write(JSONValue.numbers(values).description)
    case .pair(let matrix):
      output.write("[")
      for s in 0..<matrix.rowCount {
        if s > 0 { output.write(", ") }
        writeRow(matrix.elements[(s * matrix.columnCount)..<((s + 1) * matrix.columnCount)], to: &output)
      }
      output.write("]")
    case .transition(let matrix): writeNested(matrix, to: &output)
    case .sparseTransition(let rows):
      output.write("{\"entries\": ")
      writeEntries(rows, to: &output)
      output.write("}")
    }
  }

  /// A matrix of shape (S·A, S) as `[state][action][next state]`.
  private func writeNested(_ matrix: Matrix, to output: inout OutputFile) {
    output.write("[")
    for s in 0..<mdp.stateCount {
      output.write(s > 0 ? ",\n    [" : "\n    [")
      for a in 0..<mdp.actionCount {
        if a > 0 { output.write(", ") }
        let start = (s * mdp.actionCount + a) * matrix.columnCount
        writeRow(matrix.elements[start..<(start + matrix.columnCount)], to: &output)
      }
      output.write("]")
    }
    output.write("]")
  }

  private func writeRow(_ row: ArraySlice<Double>, to output: inout OutputFile) {
    output.write("[")
    for (index, value) in row.enumerated() {
      if index > 0 { output.write(", ") }
      output.write(Self.text(value))
    }
    output.write("]")
  }

  private func writeEntries(_ rows: SparseRows, to output: inout OutputFile) {
    output.write("[")
    for row in 0..<rows.rowCount {
      for k in rows.positions(ofRow: row) {
        let (s, a) = (row / mdp.actionCount, row % mdp.actionCount)
        output.write("\(k > 0 ? "," : "")\n    [\(s), \(a), \(rows.columns[k]), \(Self.text(rows.values[k]))]")
      }
    }
    output.write("]")
  }

  private func writeLabels(_ key: String, _ sets: [(name: String, states: [Bool])], to output: inout OutputFile) {
    guard !sets.isEmpty else { return }
    let members = sets.map { set in
      JSONValue.Member(set.name, .integers(set.states.indices.filter { set.states[$0] }))
    }
    output.write(",\n  \"\(key)\": \(JSONValue.object(members))")
  }

  /// A double in its shortest form that reads back to the same; whole numbers without a fraction.
  ///
  /// Rewards that are not finite stand where they do not count (transitions that never happen): 0 says the same.
  private static func text(_ value: Double) -> String {
    guard value.isFinite else { return "0" }
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
