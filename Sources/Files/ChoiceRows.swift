internal import LinearAlgebra
internal import MDPs

/// A model as a list of choices: each state has some, each choice some branches. Most explicit formats are of this kind.
///
/// As a world the choices of a state become its actions 0, 1, …, and a state with fewer than the most has the rest
/// unavailable.
struct ChoiceRows {
  /// What is wrong with the lists, in words that name the place.
  struct Fault: Error {
    var reason: String
  }

  /// A model may have this many state-action pairs, or so many times its choices if that is more: a state with very many
  /// choices beside many states with few would need a table of another order of size than its file.
  private static let pairLimit = 1 << 26
  private static let pairsPerChoiceLimit = 256

  /// The first choice of each state; ends with the number of choices. Ascends strictly.
  let stateToChoice: [Int]
  /// The largest number of choices of a state.
  let actionCount: Int

  /// The number of states.
  var stateCount: Int { stateToChoice.count - 1 }
  /// The number of choices.
  var choiceCount: Int { stateToChoice[stateCount] }

  /// Checks that the starts of the states' choices are such, and end at the number of choices.
  init(stateToChoice: [Int], choiceCount: Int) throws(Fault) {
    try Self.requireStarts(stateToChoice, of: "state", items: "choices")
    let states = stateToChoice.count - 1
    guard stateToChoice[states] == choiceCount else {
      throw Fault(reason: "the choices of the states end at \(stateToChoice[states]), but there are \(choiceCount)")
    }
    var most = 0
    for s in 0..<states {
      let count = stateToChoice[s + 1] - stateToChoice[s]
      guard count > 0 else {
        throw Fault(reason: "state \(s) has no choice; an absorbing state needs a loop to itself")
      }
      most = max(most, count)
    }
    guard states > 0 else { throw Fault(reason: "the model has no state") }
    let limit = min(max(Self.pairLimit, Self.pairsPerChoiceLimit * choiceCount), Int(Int32.max))
    guard most <= limit / states else {
      throw Fault(
        reason: "\(states) states of which one has \(most) choices make a table of more than \(limit) pairs; "
          + "split the state with so many choices")
    }
    self.stateToChoice = stateToChoice
    self.actionCount = most
  }

  /// Checks that `starts` begins at 0 and ascends.
  static func requireStarts(_ starts: [Int], of owner: String, items: String) throws(Fault) {
    guard let first = starts.first, first == 0 else {
      throw Fault(reason: "the \(items) of \(owner) 0 start at \(starts.first ?? -1), but must start at 0")
    }
    for k in 1..<max(1, starts.count) where starts[k] < starts[k - 1] {
      throw Fault(reason: "the \(items) of \(owner) \(k - 1) end at \(starts[k]), before they start")
    }
  }

  /// The row s · A + a of each choice, in order.
  var rows: [Int32] {
    var rows: [Int32] = []
    rows.reserveCapacity(choiceCount)
    for s in 0..<stateCount {
      for c in stateToChoice[s]..<stateToChoice[s + 1] { rows.append(Int32(s * actionCount + c - stateToChoice[s])) }
    }
    return rows
  }

  /// Which actions are available, shape (S·A); nil when all are.
  var availability: [Bool]? {
    guard choiceCount < stateCount * actionCount else { return nil }
    return table([Bool](repeating: true, count: choiceCount), empty: false)
  }

  /// The choice of each branch, where the branches of choice c are `starts[c]..<starts[c + 1]` of `count`.
  func branchChoices(starts: [Int], count: Int) throws(Fault) -> [Int32] {
    try Self.requireStarts(starts, of: "choice", items: "branches")
    guard starts.count == choiceCount + 1, starts[choiceCount] == count else {
      throw Fault(
        reason: "\(starts.count - 1) choices with branches up to \(starts.last ?? 0) do not fit "
          + "\(choiceCount) choices and \(count) branches")
    }
    var choices: [Int32] = []
    choices.reserveCapacity(count)
    for c in 0..<choiceCount { for _ in starts[c]..<starts[c + 1] { choices.append(Int32(c)) } }
    return choices
  }

  /// The transitions of branches in any order, with their exact numbers in the order of the stored transitions if there are
  /// any. Branches of a choice to one state are added up; exact ones must sum to 1 in every choice.
  func transitions(
    branchChoices: [Int32], targets: [Int32], probabilities: [Double], exact: [Rational]? = nil
  ) throws(Fault) -> (transitions: SparseRows, exact: [Rational]?) {
    guard branchChoices.count == targets.count, probabilities.count == targets.count else {
      throw Fault(reason: "\(targets.count) targets and \(probabilities.count) probabilities do not fit each other")
    }
    if let exact { try requireSums(exact, branchChoices) }
    let rows = rows
    let (sums, order) = try place(branchChoices.map { rows[Int($0)] }, targets, probabilities)
    guard let exact, let order else { return (sums, exact) }
    var merged: [Rational] = []
    merged.reserveCapacity(sums.nonZeroCount)
    var previous: Int?
    for k in order {
      if let previous, branchChoices[previous] == branchChoices[k], targets[previous] == targets[k] {
        merged[merged.count - 1] += exact[k]
      } else {
        merged.append(exact[k])
      }
      previous = k
    }
    return (sums, merged)
  }

  /// A reward of one number a branch, in any order; branches to one state must agree, for they become one transition.
  func reward(
    named name: String, branchChoices: [Int32], targets: [Int32], numbers: [Double]
  ) throws(Fault) -> Reward {
    let rows = rows
    let (sums, order) = try place(branchChoices.map { rows[Int($0)] }, targets, numbers)
    if order != nil, sums.nonZeroCount < targets.count {
      throw Fault(reason: "reward \"\(name)\": two branches of a choice lead to one state, where each is paid apart")
    }
    return Reward(name: name, values: .sparseTransition(sums))
  }

  private func place(
    _ branchRows: [Int32], _ targets: [Int32], _ values: [Double]
  ) throws(Fault) -> (rows: SparseRows, order: [Int]?) {
    do {
      return try EntryCollector(rows: branchRows, columns: targets, values: values)
        .build(rowCount: stateCount * actionCount, columnCount: stateCount, duplicates: .added)
    } catch {
      guard case .outside(let position, _, let column) = error else { throw Fault(reason: "a branch stands twice") }
      throw Fault(reason: "branch \(position) leads to state \(column), but the states are 0..<\(stateCount)")
    }
  }

  private func requireSums(_ exact: [Rational], _ branchChoices: [Int32]) throws(Fault) {
    var sums = [Rational](repeating: 0, count: choiceCount)
    for (k, probability) in exact.enumerated() {
      guard probability.sign >= 0 else { throw Fault(reason: "branch \(k) has the probability \(probability)") }
      sums[Int(branchChoices[k])] += probability
    }
    for (c, sum) in sums.enumerated() where sum != 1 {
      let s = state(of: c)
      throw Fault(
        reason:
          "the probabilities of choice \(c - stateToChoice[s]) in state \(s) sum to \(sum), but exact ones must sum to 1"
      )
    }
  }

  private func state(of choice: Int) -> Int {
    (stateToChoice.firstIndex { $0 > choice } ?? stateCount) - 1
  }

  /// The uniform distribution over the given states.
  func initialDistribution(uniformOver states: [Int]) throws(Fault) -> [Double] {
    guard !states.isEmpty else { throw Fault(reason: "there is no initial state") }
    var result = [Double](repeating: 0, count: stateCount)
    for s in states {
      guard s >= 0, s < stateCount else {
        throw Fault(reason: "initial state \(s) does not exist; the states are 0..<\(stateCount)")
      }
      guard result[s] == 0 else { throw Fault(reason: "initial state \(s) stands twice") }
      result[s] = 1 / Double(states.count)
    }
    return result
  }

  /// Numbers of the choices as a table of shape (S, A), `empty` where there is no choice.
  func table<Number>(_ numbers: [Number], empty: Number) -> [Number] {
    var result = [Number](repeating: empty, count: stateCount * actionCount)
    for (row, number) in zip(rows, numbers) { result[Int(row)] = number }
    return result
  }

  /// A reward of one number a choice.
  func reward(named name: String, _ numbers: [Double]) -> Reward {
    var matrix = Matrix(rowCount: stateCount, columnCount: actionCount)
    for s in 0..<stateCount {
      for c in stateToChoice[s]..<stateToChoice[s + 1] { matrix[s, c - stateToChoice[s]] = numbers[c] }
    }
    return Reward(name: name, values: .pair(matrix))
  }
}
