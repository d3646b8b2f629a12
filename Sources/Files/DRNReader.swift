internal import LinearAlgebra
internal import MDPs

extension ProblemParts {
  /// Reads a DRN file, the text format of the Storm model checker: `MDP` and `DTMC` with numbers of type `double` or
  /// `rational`. The labels are kept; the label `init` marks the start states.
  init(drn file: FileBytes) throws(FileError) {
    var reader = DRNReader(file)
    let model = try reader.read()
    do {
      self = try model.parts()
    } catch {
      throw .archive(path: file.path, reason: error.reason)
    }
  }
}

private struct DRNReader {
  /// A model may have so many kinds of reward: memory is taken for each in every state and choice.
  private static let rewardLimit = 64
  /// Labels times states may be this many.
  private static let labelLimit = 1 << 30

  private var lines: TextLines
  private var numbers = TextNumbers()
  private var model = ChoiceModel()
  private var isExact: Bool?
  private var rewardNames: [String] = []
  private var placeholders: [Substring: Substring] = [:]
  private var declaredStates: Int?
  private var declaredChoices: Int?
  private var labels: [(name: String, states: [Int])] = []
  private var labelNumbers: [String: Int] = [:]
  private var stateCount: Int { model.stateToChoice.count - 1 }
  private var choiceCount = 0
  private var hasState = false
  private var choiceIsOpen = false

  init(_ file: FileBytes) {
    lines = TextLines(file)
    model.exactProbabilities = []
  }

  // MARK: Header

  mutating func read() throws(FileError) -> ChoiceModel {
    var line = try nextLine()
    while let text = line {
      guard text.hasPrefix("@") else { throw lines.fault("expected a header line that starts with @") }
      let key = text.prefix { $0 != ":" && $0 != " " && $0 != "\t" }
      let rest = text.dropFirst(key.count).drop { $0 == ":" || $0 == " " || $0 == "\t" }
      switch key {
      case "@type": try readType(try value(rest, &line))
      case "@value_type": try readValueType(try value(rest, &line))
      case "@parameters":
        guard try value(rest, &line).isEmpty else { throw lines.fault("a model with parameters has no fixed numbers") }
      case "@placeholders":
        try readPlaceholders(&line)
        continue
      case "@reward_models": rewardNames = try value(rest, &line).words.map(String.init)
      case "@nr_states": declaredStates = try readCount(try value(rest, &line))
      case "@nr_choices": declaredChoices = try readCount(try value(rest, &line))
      case "@model":
        guard rewardNames.count <= Self.rewardLimit else { throw lines.fault("more than \(Self.rewardLimit) rewards") }
        startRewards(states: 0)
        try readBody()
        return try finish()
      default: throw lines.fault("the header \"\(key)\" is not known")
      }
      // A header whose value is missing has read the next header already.
      line = line == text ? try nextLine() : line
    }
    throw lines.fault("the file ends before @model")
  }

  private mutating func nextLine() throws(FileError) -> String? { try lines.nextContent(remark: "//") }

  /// The value of a header: on its line or on the next, which may be blank. The next header is no value; it is left in
  /// `line`.
  private mutating func value(_ rest: Substring, _ line: inout String?) throws(FileError) -> Substring {
    guard rest.isEmpty else { return rest }
    guard let next = try lines.next() else { throw lines.fault("the file ends before @model") }
    if next.hasPrefix("@") {
      line = next
      return ""
    }
    return Substring(next)
  }

  private func readType(_ value: Substring) throws(FileError) {
    guard ["MDP", "DTMC"].contains(value.trimmed.uppercased()) else {
      throw lines.fault("models of type \(value.trimmed) are not supported; MDP and DTMC are")
    }
  }

  private mutating func readValueType(_ value: Substring) throws(FileError) {
    switch value.trimmed {
    case "double": isExact = false
    case "rational": isExact = true
    default: throw lines.fault("numbers of type \(value.trimmed) are not supported; double and rational are")
    }
  }

  private mutating func readPlaceholders(_ line: inout String?) throws(FileError) {
    line = try nextLine()
    while let text = line, text.hasPrefix("$") {
      guard let (name, value) = text[...].halves else { throw lines.fault("expected \"$name : value\"") }
      placeholders[name.trimmed] = value.trimmed
      line = try nextLine()
    }
  }

  private func readCount(_ value: Substring) throws(FileError) -> Int {
    guard let count = Int(value.trimmed), count > 0, count <= Int(Int32.max) else {
      throw lines.fault("expected a count from 1 to \(Int32.max), found \"\(value.prefix(40))\"")
    }
    return count
  }

  // MARK: Body

  private mutating func readBody() throws(FileError) {
    while let line = try nextLine() {
      let text = line[...].afterBlanks
      if text.startsWith("state ") {
        try readState(text.dropFirst("state ".count))
      } else if text.startsWith("action ") || text == "action" {
        try readAction(text.dropFirst("action".count))
      } else {
        try readBranch(text)
      }
    }
  }

  private mutating func readState(_ text: Substring) throws(FileError) {
    if hasState { model.stateToChoice.append(choiceCount) }
    hasState = true
    choiceIsOpen = false
    let state = stateCount
    var rest = text.drop { $0 == " " }
    let id = rest.prefix { $0.isNumber }
    guard Int(id) == state else {
      throw lines.fault("state \(id.isEmpty ? "?" : String(id)) stands where state \(state) is expected")
    }
    guard state < declaredStates ?? Int(Int32.max) else {
      throw lines.fault("more states than the \(declaredStates ?? 0) of @nr_states")
    }
    rest = rest.dropFirst(id.count).drop { $0 == " " }
    guard !rest.hasPrefix("!"), !rest.hasPrefix("{") else {
      throw lines.fault("rates and observations are not supported")
    }
    let paid = try readRewards(&rest)
    startRewards(states: state)
    for index in model.rewards.indices {
      model.rewards[index].states.append(paid.isEmpty ? TextNumber.zero : paid[index], exact: isExact)
    }
    while let label = try readLabel(&rest) {
      if label == "init" {
        model.initialStates.append(state)
      } else if let number = labelNumbers[label] {
        labels[number].states.append(state)
      } else {
        labelNumbers[label] = labels.count
        labels.append((label, [state]))
      }
    }
  }

  private mutating func readLabel(_ rest: inout Substring) throws(FileError) -> String? {
    rest = rest.drop { $0 == " " || $0 == "\t" }
    guard let first = rest.first else { return nil }
    let label: Substring
    if first == "\"" {
      label = rest.dropFirst().prefix { $0 != "\"" }
      rest = rest.dropFirst(label.count + 1)
      guard rest.first == "\"" else { throw lines.fault("the closing quote of a label is missing") }
      rest = rest.dropFirst()
    } else {
      label = rest.prefix { $0 != " " && $0 != "\t" }
      rest = rest.dropFirst(label.count)
    }
    return String(label)
  }

  private mutating func readAction(_ text: Substring) throws(FileError) {
    guard hasState else { throw lines.fault("an action stands before the first state") }
    var rest = text.drop { $0 == " " || $0 == "\t" }
    let name = rest.prefix { $0 != " " && $0 != "\t" }
    rest = rest.dropFirst(name.count).drop { $0 == " " || $0 == "\t" }
    let paid = try readRewards(&rest)
    guard rest.isEmpty else { throw lines.fault("\"\(rest.prefix(40))\" is not expected after an action") }
    try openChoice(name: name.isEmpty || name == "__NOLABEL__" ? nil : String(name), paid: paid)
  }

  private mutating func openChoice(name: String?, paid: [TextNumber]) throws(FileError) {
    startRewards(states: stateCount + 1)
    guard choiceCount < declaredChoices ?? Int(Int32.max) else {
      throw lines.fault("more choices than the \(declaredChoices ?? 0) of @nr_choices")
    }
    choiceCount += 1
    choiceIsOpen = true
    model.choiceNames.append(name)
    for index in model.rewards.indices {
      model.rewards[index].choices.append(paid.isEmpty ? TextNumber.zero : paid[index], exact: isExact)
    }
  }

  private mutating func readBranch(_ text: Substring) throws(FileError) {
    guard hasState else { throw lines.fault("expected \"state 0\"") }
    guard let (successor, probability) = text.halves, let target = Int32(successor.trimmed), target >= 0 else {
      throw lines.fault("expected \"state\", \"action\" or \"successor : probability\", found \"\(text.prefix(40))\"")
    }
    // A chain may leave out its only action.
    if !choiceIsOpen { try openChoice(name: nil, paid: []) }
    let number = try readNumber(probability.trimmed)
    model.branchChoices.append(Int32(choiceCount - 1))
    model.targets.append(target)
    model.probabilities.append(number.double)
    if isExact != false, let exact = number.exact { model.exactProbabilities?.append(exact) }
  }

  /// A list of rewards in brackets, one a model; empty when there is none.
  private mutating func readRewards(_ rest: inout Substring) throws(FileError) -> [TextNumber] {
    guard rest.first == "[" else { return [] }
    let list = rest.dropFirst().prefix { $0 != "]" }
    rest = rest.dropFirst(list.count + 1)
    guard rest.first == "]" else { throw lines.fault("the closing bracket of the rewards is missing") }
    rest = rest.dropFirst().drop { $0 == " " || $0 == "\t" }
    var paid: [TextNumber] = []
    for text in list.split(separator: ",") { paid.append(try readNumber(text.trimmed)) }
    // A model without a name shows only in that something is paid.
    if rewardNames.isEmpty, paid.count == 1 { rewardNames = ["reward"] }
    guard paid.count == rewardNames.count || paid.isEmpty else {
      throw lines.fault("\(paid.count) rewards stand here, but @reward_models names \(rewardNames.count)")
    }
    return paid
  }

  /// Makes room for the rewards once they are known; the states and choices before paid nothing.
  private mutating func startRewards(states: Int) {
    guard model.rewards.count < rewardNames.count else { return }
    for name in rewardNames {
      var reward = ChoiceReward(name: name)
      reward.states = ChoiceReward.Numbers(zeros: states, exact: isExact)
      reward.choices = ChoiceReward.Numbers(zeros: choiceCount, exact: isExact)
      model.rewards.append(reward)
    }
  }

  private mutating func readNumber(_ text: Substring) throws(FileError) -> TextNumber {
    var text = text
    if text.hasPrefix("$") {
      guard let value = placeholders[text] else { throw lines.fault("the placeholder \(text) has no value") }
      text = value
    }
    guard !text.hasPrefix("[") else { throw lines.fault("intervals are not supported") }
    guard let number = numbers.parse(text, exactly: isExact != false) else {
      throw lines.fault("\"\(text.prefix(40))\" is no number")
    }
    return number
  }

  // MARK: End

  private mutating func finish() throws(FileError) -> ChoiceModel {
    guard hasState else { throw lines.fault("the model has no state") }
    model.stateToChoice.append(choiceCount)
    if let declaredStates, declaredStates != stateCount {
      throw lines.fault("the file ends after \(stateCount) of \(declaredStates) states; is it complete?")
    }
    if let declaredChoices, declaredChoices != choiceCount {
      throw lines.fault("the file ends after \(choiceCount) of \(declaredChoices) choices; is it complete?")
    }
    // A file that does not say what its numbers are is exact when it writes fractions.
    if !(isExact ?? numbers.hasSeenFraction) { model.dropExact() }
    guard labels.count <= Self.labelLimit / stateCount else {
      throw lines.fault("\(labels.count) labels for \(stateCount) states are too many")
    }
    for label in labels {
      var states = [Bool](repeating: false, count: stateCount)
      for state in label.states { states[state] = true }
      model.labels.append((label.name, states))
    }
    return model
  }
}

extension ChoiceReward.Numbers {
  /// Nothing, `count` times.
  init(zeros count: Int, exact: Bool?) {
    doubles = [Double](repeating: 0, count: count)
    if exact != false { self.exact = [Rational](repeating: 0, count: count) }
  }

  /// Adds a number, exactly where the file is not known to be inexact.
  mutating func append(_ number: TextNumber, exact isExact: Bool?) {
    doubles.append(number.double)
    if isExact != false, let number = number.exact { exact.append(number) }
  }
}
