internal import LinearAlgebra
internal import MDPs

/// A model as a list of choices: each state has some, each choice some branches. Most explicit formats are of this kind.
///
/// As a ``MDPs/MDP`` the choices of a state become its actions 0, 1, …, and a state with fewer than the most has the rest
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
  /// The number of the action that each choice becomes, state by state.
  let actionCount: Int

  /// The number of states.
  var stateCount: Int { stateToChoice.count - 1 }
  /// The number of choices.
  var choiceCount: Int { stateToChoice[stateCount] }

  /// Checks that the starts of the states' choices are such, and end at the number of choices.
  init(stateToChoice: [Int], choiceCount: Int) throws(Fault) {
    try Self.requireStarts(stateToChoice, of: "state", items: "choices")
    guard stateToChoice[stateToChoice.count - 1] == choiceCount else {
      throw Fault(
        reason:
          "the choices of the states end at \(stateToChoice[stateToChoice.count - 1]), but there are \(choiceCount)")
    }
    var most = 0
    for s in 0..<(stateToChoice.count - 1) {
      let count = stateToChoice[s + 1] - stateToChoice[s]
      guard count > 0 else {
        throw Fault(reason: "state \(s) has no choice; an absorbing state needs a loop to itself")
      }
      most = max(most, count)
    }
    let states = stateToChoice.count - 1
    let limit = max(Self.pairLimit, Self.pairsPerChoiceLimit * choiceCount)
    guard states > 0 else { throw Fault(reason: "the model has no state") }
    guard most <= limit / states, most * states <= Int(Int32.max) else {
      throw Fault(
        reason: "\(states) states of which one has \(most) choices make a table of \(limit) pairs or more; "
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
    var result = [Bool](repeating: false, count: stateCount * actionCount)
    for row in rows { result[Int(row)] = true }
    return result
  }

  /// The transitions of branches, with their exact numbers in the same order if there are any. Branches of a choice to
  /// one state are added up.
  func transitions(
    choiceToBranch: [Int], targets: [Int32], probabilities: [Double], fractions: [Fraction]? = nil
  ) throws(Fault) -> (transitions: SparseRows, fractions: [Fraction]?) {
    try Self.requireStarts(choiceToBranch, of: "choice", items: "branches")
    guard choiceToBranch.count == choiceCount + 1, choiceToBranch[choiceCount] == targets.count,
      probabilities.count == targets.count
    else {
      throw Fault(
        reason: "\(choiceCount) choices, \(choiceToBranch.count) starts ending at \(choiceToBranch.last ?? 0), "
          + "\(targets.count) targets and \(probabilities.count) probabilities do not fit each other")
    }
    var branchRows: [Int32] = []
    branchRows.reserveCapacity(targets.count)
    for (c, row) in rows.enumerated() {
      for _ in choiceToBranch[c]..<choiceToBranch[c + 1] { branchRows.append(row) }
    }
    let collector = EntryCollector(rows: branchRows, columns: targets, values: probabilities)
    let built: (rows: SparseRows, order: [Int]?)
    do {
      built = try collector.build(rowCount: stateCount * actionCount, columnCount: stateCount, duplicates: .added)
    } catch {
      guard case .outside(let position, _, let column) = error else { throw Fault(reason: "a branch stands twice") }
      throw Fault(reason: "branch \(position) leads to state \(column), but the states are 0..<\(stateCount)")
    }
    guard let fractions, let order = built.order else { return (built.rows, fractions) }
    var merged: [Fraction] = []
    merged.reserveCapacity(built.rows.nonZeroCount)
    var previous: Int?
    for k in order {
      if let previous, branchRows[previous] == branchRows[k], targets[previous] == targets[k] {
        guard let sum = merged[merged.count - 1].adding(fractions[k]) else {
          throw Fault(reason: "the sum of branches \(previous) and \(k) does not fit 64-bit integers")
        }
        merged[merged.count - 1] = sum
      } else {
        merged.append(fractions[k])
      }
      previous = k
    }
    return (built.rows, merged)
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
