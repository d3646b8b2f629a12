internal import MDPs

extension Problem {
  /// The set of states that `text` describes: a label by its name, or labels joined by `&`, `|` and `!` with parentheses,
  /// names that hold other signs in quotes; `A U B` is the set B reached through A alone.
  ///
  /// ```
  /// done        "finished" & !"agree"        (!"collision") U "all_delivered"        true U "done"
  /// ```
  ///
  /// - Throws: ``FileError/unknownLabel(name:known:)`` for a name that the file does not have, whole where the text is no
  ///   expression; ``FileError/boundedUntil(_:)``.
  public func label(matching text: String) throws(FileError) -> StateLabel {
    if let label = labels.first(where: { $0.name == text }) { return label }
    do {
      guard text.contains(where: { "&|!()\"".contains($0) }) || text.contains(" U ") else {
        return try label(named: text)
      }
      var expression = LabelExpression(text, labels: labels, stateCount: mdp.stateCount)
      return try expression.parse()
    } catch {
      // Only what cannot be read is looked into, since names of labels may hold these signs.
      guard ["Urew", "U<", "U=", "U[", "F<", "F=", "F["].contains(where: { text.contains($0) }) else { throw error }
      throw .boundedUntil(text)
    }
  }
}

/// A boolean expression over labels, read by recursive descent.
private struct LabelExpression {
  private let text: String
  private let labels: [StateLabel]
  private let stateCount: Int
  private var rest: Substring

  init(_ text: String, labels: [StateLabel], stateCount: Int) {
    self.text = text
    self.labels = labels
    self.stateCount = stateCount
    rest = text[...]
  }

  mutating func parse() throws(FileError) -> StateLabel {
    let first = try disjunction()
    guard rest.hasPrefix("U"), let sign = rest.dropFirst().first, " (!\"".contains(sign) else {
      guard rest.isEmpty else { throw unknown(text) }
      return StateLabel(name: text, states: first)
    }
    rest = rest.dropFirst()
    let second = try disjunction()
    guard rest.isEmpty else { throw unknown(text) }
    return StateLabel(name: text, states: second, allowed: zip(first, second).map { $0 || $1 })
  }

  private mutating func disjunction() throws(FileError) -> [Bool] {
    var states = try conjunction()
    while take("|") { states = zip(states, try conjunction()).map { $0 || $1 } }
    return states
  }

  private mutating func conjunction() throws(FileError) -> [Bool] {
    var states = try factor()
    while take("&") { states = zip(states, try factor()).map { $0 && $1 } }
    return states
  }

  private mutating func factor() throws(FileError) -> [Bool] {
    skipBlanks()
    // Labels may be formulas themselves: the longest name that stands here wins.
    let literal = labels.filter { rest.hasPrefix($0.name) && $0.name.hasPrefix("(") }
      .max { $0.name.utf8.count < $1.name.utf8.count }
    if let literal {
      rest = rest.dropFirst(literal.name.count)
      skipBlanks()
      return literal.states
    }
    if take("!") { return try factor().map { !$0 } }
    if take("(") {
      let states = try disjunction()
      guard take(")") else { throw unknown(text) }
      return states
    }
    let name: Substring
    let isQuoted = rest.hasPrefix("\"")
    if isQuoted {
      rest = rest.dropFirst()
      guard let end = rest.firstIndex(of: "\"") else { throw unknown(text) }
      name = rest[..<end]
      rest = rest[rest.index(after: end)...]
    } else {
      name = rest.prefix { !" &|!()\"".contains($0) }
      rest = rest.dropFirst(name.count)
    }
    skipBlanks()
    guard let label = labels.first(where: { $0.name == name }) else {
      if !isQuoted, name == "true" || name == "false" { return [Bool](repeating: name == "true", count: stateCount) }
      throw unknown(name.isEmpty ? text : String(name))
    }
    return label.states
  }

  private mutating func take(_ sign: String) -> Bool {
    skipBlanks()
    guard rest.hasPrefix(sign) else { return false }
    rest = rest.dropFirst(sign.count)
    skipBlanks()
    return true
  }

  private mutating func skipBlanks() { rest = rest.drop { $0 == " " } }

  private func unknown(_ name: String) -> FileError { .unknownLabel(name: name, known: labels.map(\.name)) }
}
