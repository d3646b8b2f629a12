internal import LinearAlgebra
internal import MDPs

/// The files of a model as the PRISM model checker exports it: transitions, and beside them labels, rewards by state
/// and by transition, and the variables of the states.
struct PRISMFiles {
  /// `model.tra`
  var transitions: FileBytes
  /// `model.lab`
  var labels: FileBytes?
  /// `model.srew`, or `model1.srew`, `model2.srew`, … for several rewards
  var stateRewards: [FileBytes] = []
  /// `model.trew`, numbered in the same way
  var transitionRewards: [FileBytes] = []
  /// `model.sta`
  var states: FileBytes?

  /// The transitions in `file`, and what lies beside it.
  init(transitions file: FileBytes) throws(FileError) {
    transitions = file
    guard file.path.hasSuffix(".tra") else { return }
    let base = String(file.path.dropLast(4))
    labels = try FileBytes.ifExists("\(base).lab")
    states = try FileBytes.ifExists("\(base).sta")
    stateRewards = try Self.numbered(base, "srew")
    transitionRewards = try Self.numbered(base, "trew")
  }

  /// Transitions alone.
  init(only file: FileBytes) { transitions = file }

  private static func numbered(_ base: String, _ ending: String) throws(FileError) -> [FileBytes] {
    if let single = try FileBytes.ifExists("\(base).\(ending)") { return [single] }
    var files: [FileBytes] = []
    while let next = try FileBytes.ifExists("\(base)\(files.count + 1).\(ending)") { files.append(next) }
    return files
  }
}

extension ProblemParts {
  /// Reads PRISM's explicit files. Without labels the episode starts in state 0. Numbers count as exact when every choice
  /// sums to exactly 1 as it is written.
  init(prism files: PRISMFiles) throws(FileError) {
    var reader = PRISMReader()
    try reader.readTransitions(files.transitions)
    if let labels = files.labels { try reader.readLabels(labels) }
    if let states = files.states { try reader.readStates(states) }
    for file in files.stateRewards { try reader.readStateRewards(file) }
    for file in files.transitionRewards { try reader.readTransitionRewards(file) }
    do {
      self = try reader.model.parts()
    } catch {
      throw .archive(path: files.transitions.path, reason: error.reason)
    }
  }
}

private struct PRISMReader {
  private static let labelLimit = 1 << 30

  private(set) var model = ChoiceModel()
  private var numbers = TextNumbers()
  private var stateCount = 0
  private var isMDP = true
  /// Where each branch of a choice to a state stands.
  private var branchNumbers: [Place: Int] = [:]

  private struct Place: Hashable {
    var choice: Int32
    var target: Int32
  }

  // MARK: Transitions

  mutating func readTransitions(_ file: FileBytes) throws(FileError) {
    var lines = TextLines(file)
    let header = try counts(&lines, "\"states choices transitions\" or \"states transitions\"", 2...3)
    isMDP = header.count == 3
    stateCount = header[0]
    let declared = header[header.count - 1]
    // Each state has a transition, so the file itself bounds what is allocated.
    guard stateCount <= declared, declared <= file.count else {
      throw lines.fault("\(stateCount) states cannot have \(declared) transitions in a file of \(file.count) bytes")
    }
    var sources: [(state: Int32, choice: Int32)] = []
    var choiceCounts = [Int32](repeating: 0, count: stateCount)
    var names: [(state: Int32, choice: Int32, name: String)] = []
    model.exactProbabilities = []
    while let line = try lines.nextContent(remark: "#") {
      let words = line.words
      guard words.count >= (isMDP ? 4 : 3), words.count <= (isMDP ? 5 : 4) else {
        throw lines.fault(
          isMDP ? "expected \"source choice target value [action]\"" : "expected \"source target value\"")
      }
      let source = try index(words[0], stateCount, "a state", lines)
      let choice = isMDP ? try index(words[1], Int(Int32.max), "a choice", lines) : 0
      let target = try index(words[isMDP ? 2 : 1], stateCount, "a state", lines)
      let number = try self.number(words[isMDP ? 3 : 2], lines)
      sources.append((source, choice))
      choiceCounts[Int(source)] = max(choiceCounts[Int(source)], choice + 1)
      model.targets.append(target)
      model.probabilities.append(number.double)
      if let exact = number.exact { model.exactProbabilities?.append(exact) }
      if isMDP, words.count == 5 { names.append((source, choice, String(words[4]))) }
    }
    guard sources.count == declared else {
      throw lines.fault("\(sources.count) transitions stand here, but the first line says \(declared); is it complete?")
    }
    model.stateToChoice = [0]
    for (state, count) in choiceCounts.enumerated() {
      let sum = model.stateToChoice[state] + Int(count)
      guard sum <= declared else { throw lines.fault("state \(state) has choices without transitions") }
      model.stateToChoice.append(sum)
    }
    if isMDP, model.stateToChoice[stateCount] != header[1] {
      throw lines.fault("\(model.stateToChoice[stateCount]) choices stand here, but the first line says \(header[1])")
    }
    for (state, choice) in sources { model.branchChoices.append(Int32(model.stateToChoice[Int(state)]) + choice) }
    if !names.isEmpty {
      model.choiceNames = [String?](repeating: nil, count: model.stateToChoice[stateCount])
      for (state, choice, name) in names { model.choiceNames[model.stateToChoice[Int(state)] + Int(choice)] = name }
    }
    if !sumsExactly() { model.dropExact() }
    model.initialStates = [0]
  }

  /// Whether the probabilities of every choice, as they are written, sum to 1.
  private func sumsExactly() -> Bool {
    guard let exact = model.exactProbabilities else { return false }
    var sums = [Rational](repeating: 0, count: model.stateToChoice[stateCount])
    for (branch, probability) in exact.enumerated() { sums[Int(model.branchChoices[branch])] += probability }
    return sums.allSatisfy { $0 == 1 }
  }

  // MARK: Labels and states

  mutating func readLabels(_ file: FileBytes) throws(FileError) {
    var lines = TextLines(file)
    guard let header = try lines.nextContent(remark: "#") else { throw lines.fault("the file is empty") }
    var names: [Int: String] = [:]
    var order: [Int] = []
    var rest = Substring(header).drop { $0 == " " }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      rest = rest.dropFirst(digits.count)
      guard let number = Int(digits), rest.hasPrefix("=\"") else {
        throw lines.fault("expected labels such as 0=\"init\"")
      }
      let name = rest.dropFirst(2).prefix { $0 != "\"" }
      rest = rest.dropFirst(2 + name.count)
      guard rest.first == "\"" else { throw lines.fault("the closing quote of a label is missing") }
      rest = rest.dropFirst().drop { $0 == " " }
      guard names.updateValue(String(name), forKey: number) == nil else {
        throw lines.fault("label \(number) stands twice")
      }
      order.append(number)
    }
    guard names.count <= Self.labelLimit / stateCount else { throw lines.fault("\(names.count) labels are too many") }
    var sets: [Int: [Bool]] = [:]
    for number in order { sets[number] = [Bool](repeating: false, count: stateCount) }
    while let line = try lines.nextContent(remark: "#") {
      guard let (number, list) = line[...].halves else { throw lines.fault("expected \"state: label label …\"") }
      let state = try index(number.trimmed, stateCount, "a state", lines)
      for word in list.words {
        guard let number = Int(word), sets[number] != nil else { throw lines.fault("label \(word) is not declared") }
        sets[number]?[Int(state)] = true
      }
    }
    for number in order {
      let (name, states) = (names[number] ?? "", sets[number] ?? [])
      if name == "init" {
        model.initialStates = states.indices.filter { states[$0] }
      } else if name != "deadlock" || states.contains(true) {
        model.labels.append((name, states))
      }
    }
  }

  mutating func readStates(_ file: FileBytes) throws(FileError) {
    var lines = TextLines(file)
    _ = try lines.nextContent(remark: "#")
    var names = [String?](repeating: nil, count: stateCount)
    while let line = try lines.nextContent(remark: "#") {
      guard let (number, name) = line[...].halves else { throw lines.fault("expected \"state:(values)\"") }
      names[Int(try index(number.trimmed, stateCount, "a state", lines))] = String(name.trimmed)
    }
    let known = names.compactMap(\.self)
    guard known.count == stateCount else { throw lines.fault("\(known.count) of \(stateCount) states stand here") }
    model.stateNames = known
  }

  // MARK: Rewards

  mutating func readStateRewards(_ file: FileBytes) throws(FileError) {
    var lines = TextLines(file)
    let name = try rewardName(file)
    let header = try counts(&lines, "\"states nonzeros\"", 2...2)
    guard header[0] == stateCount else {
      throw lines.fault("rewards for \(header[0]) states, but there are \(stateCount)")
    }
    var values = ChoiceReward.Numbers(zeros: stateCount, exact: model.exactProbabilities != nil)
    var read = 0
    while let line = try lines.nextContent(remark: "#") {
      let words = line.words
      guard words.count == 2 else { throw lines.fault("expected \"state value\"") }
      let state = Int(try index(words[0], stateCount, "a state", lines))
      let number = try self.number(words[1], lines)
      values.doubles[state] = number.double
      if !values.exact.isEmpty { values.exact[state] = number.exact ?? 0 }
      read += 1
    }
    guard read == header[1] else {
      throw lines.fault("\(read) rewards stand here, but the first line says \(header[1])")
    }
    let place = rewardIndex(name)
    model.rewards[place].states = values
  }

  mutating func readTransitionRewards(_ file: FileBytes) throws(FileError) {
    var lines = TextLines(file)
    let name = try rewardName(file)
    let header = try counts(&lines, "\"states choices nonzeros\"", isMDP ? 3...3 : 2...2)
    guard header[0] == stateCount else {
      throw lines.fault("rewards for \(header[0]) states, but there are \(stateCount)")
    }
    if branchNumbers.isEmpty {
      for branch in model.targets.indices {
        branchNumbers[Place(choice: model.branchChoices[branch], target: model.targets[branch])] = branch
      }
    }
    var values = ChoiceReward.Numbers(zeros: model.targets.count, exact: model.exactProbabilities != nil)
    var read = 0
    while let line = try lines.nextContent(remark: "#") {
      let words = line.words
      guard words.count == (isMDP ? 4 : 3) else { throw lines.fault("expected \"source choice target value\"") }
      let source = Int(try index(words[0], stateCount, "a state", lines))
      let choices = model.stateToChoice[source + 1] - model.stateToChoice[source]
      let choice = isMDP ? Int(try index(words[1], choices, "a choice of state \(source)", lines)) : 0
      let target = try index(words[isMDP ? 2 : 1], stateCount, "a state", lines)
      let place = Place(choice: Int32(model.stateToChoice[source] + choice), target: target)
      guard let branch = branchNumbers[place] else { throw lines.fault("there is no such transition") }
      let number = try self.number(words[isMDP ? 3 : 2], lines)
      values.doubles[branch] = number.double
      if !values.exact.isEmpty { values.exact[branch] = number.exact ?? 0 }
      read += 1
    }
    let declared = header[header.count - 1]
    guard read == declared else { throw lines.fault("\(read) rewards stand here, but the first line says \(declared)") }
    let place = rewardIndex(name)
    if let choices = byChoice(values) {
      model.rewards[place].choices = choices
    } else {
      model.rewards[place].branches = values
    }
  }

  /// Rewards of branches as rewards of their choices, when all branches of each choice are paid the same.
  private func byChoice(_ branches: ChoiceReward.Numbers) -> ChoiceReward.Numbers? {
    let count = model.stateToChoice[stateCount]
    var choices = ChoiceReward.Numbers(zeros: count, exact: !branches.exact.isEmpty)
    var isSet = [Bool](repeating: false, count: count)
    for (branch, choice) in model.branchChoices.enumerated() {
      let c = Int(choice)
      if isSet[c], choices.doubles[c].bitPattern != branches.doubles[branch].bitPattern { return nil }
      isSet[c] = true
      choices.doubles[c] = branches.doubles[branch]
      if !branches.exact.isEmpty { choices.exact[c] = branches.exact[branch] }
    }
    return choices
  }

  /// The place of the reward `name`, which a file by state and one by transition may share.
  private mutating func rewardIndex(_ name: String) -> Int {
    if let known = model.rewards.firstIndex(where: { $0.name == name }) { return known }
    model.rewards.append(ChoiceReward(name: name))
    return model.rewards.count - 1
  }

  /// The name in the remarks at the head of a reward file; `reward` when there is none.
  private func rewardName(_ file: FileBytes) throws(FileError) -> String {
    var lines = TextLines(file)
    while let line = try lines.next(), line.hasPrefix("#") {
      guard line.contains("eward structure"), let quote = line.firstIndex(of: "\"") else { continue }
      return String(line[line.index(after: quote)...].prefix { $0 != "\"" })
    }
    return "reward"
  }

  // MARK: Words

  private func counts(
    _ lines: inout TextLines, _ expected: String, _ words: ClosedRange<Int>
  ) throws(FileError) -> [Int] {
    let line = try lines.nextContent(remark: "#") ?? ""
    let counts = line.words.compactMap { Int($0) }.filter { $0 >= 0 && $0 <= Int(Int32.max) }
    guard words.contains(counts.count), counts.count == line.words.count, counts[0] > 0 else {
      throw lines.fault("expected \(expected), found \"\(line.prefix(40))\"")
    }
    return counts
  }

  private func index(_ word: Substring, _ limit: Int, _ what: String, _ lines: TextLines) throws(FileError) -> Int32 {
    guard let index = Int32(word), index >= 0, Int(index) < limit else {
      throw lines.fault("expected \(what) below \(limit), found \"\(word.prefix(40))\"")
    }
    return index
  }

  private mutating func number(_ word: Substring, _ lines: TextLines) throws(FileError) -> TextNumber {
    guard let number = numbers.parse(word, exactly: model.exactProbabilities != nil) else {
      throw lines.fault("\"\(word.prefix(40))\" is no number")
    }
    return number
  }
}
