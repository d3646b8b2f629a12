internal import JSON
internal import LinearAlgebra
internal import MDPs

extension ProblemParts {
  /// Reads a JSON problem as a stream.
  ///
  /// Besides the full names (`transitions`, `discount`, `initial`, `rewards`) the short ones of comparison cases are
  /// understood: `P`, `gamma`, `mu0`, and `R`, `R1`, `R2`, … for rewards of those names; `nStates` and `nActions`, where
  /// they stand, must agree with the arrays.
  init(json file: FileBytes) throws(FileError) {
    do {
      var reader = ProblemJSONReader(file)
      try reader.read()
      self = try reader.parts()
    } catch {
      throw .json(path: file.path, error: error)
    }
  }
}

/// Collects the members of a JSON problem, in whatever order they stand.
private struct ProblemJSONReader: ~Copyable {
  private static let names = [
    "transitions", "discount", "initial", "rewards", "states", "actions", "available", "labels", "allowed",
    "transitionsLower", "transitionsUpper",
  ]

  private var reader: JSONReader
  private var transitions: Table?
  private var rewards: [(name: String, table: Table)] = []
  private var lower: Table?
  private var upper: Table?
  private var discount: Double?
  private var initial: [Double]?
  private var stateNames: [String]?
  private var actionNames: [String]?
  private var available: [[Bool]]?
  private var labels: [(name: String, states: [Int])] = []
  private var allowed: [(name: String, states: [Int])] = []
  private var statedCounts: [(name: String, count: Int, place: JSONPlace)] = []
  private var ignored: [String] = []

  init(_ file: FileBytes) { reader = JSONReader(bytes: file.bytes, owner: file) }

  // MARK: Reading

  mutating func read() throws(JSONError) {
    try reader.beginObject()
    while let name = try reader.nextMember() { try member(name) }
    try reader.finish()
  }

  private mutating func member(_ name: String) throws(JSONError) {
    switch name {
    case "transitions", "P":
      try refuseSecond(transitions != nil, name, "transitions")
      transitions = try table()
    case "transitionsLower":
      try refuseSecond(lower != nil, name, name)
      lower = try table()
    case "transitionsUpper":
      try refuseSecond(upper != nil, name, name)
      upper = try table()
    case "discount", "gamma":
      try refuseSecond(discount != nil, name, "discount")
      discount = try reader.number()
    case "initial", "mu0":
      try refuseSecond(initial != nil, name, "initial")
      var values: [Double] = []
      try reader.numbers(into: &values)
      initial = values
    case "rewards":
      try reader.beginObject()
      while let name = try reader.nextMember() { try reward(name) }
    case "states": stateNames = try strings()
    case "actions": actionNames = try strings()
    case "available": available = try booleanRows()
    case "labels": labels = try stateLists()
    case "allowed": allowed = try stateLists()
    case "nStates", "nActions": statedCounts.append((name, try reader.integer(), reader.place))
    case _ where isShortRewardName(name): try reward(name)
    default:
      ignored.append(name)
      try reader.skipValue()
    }
  }

  private mutating func reward(_ name: String) throws(JSONError) {
    guard !rewards.contains(where: { $0.name == name }) else { throw .duplicateName(name, at: reader.place) }
    rewards.append((name, try table()))
  }

  private func refuseSecond(_ exists: Bool, _ name: String, _ meaning: String) throws(JSONError) {
    if exists { throw .unexpected(found: "\(name) as well", expected: "\(meaning) once", at: reader.place) }
  }

  /// `R`, `R1`, `R2`, …
  private func isShortRewardName(_ name: String) -> Bool {
    name.utf8.first == UInt8(ascii: "R") && name.utf8.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
  }

  private mutating func strings() throws(JSONError) -> [String] {
    var result: [String] = []
    try reader.beginArray()
    while try reader.nextElement() { result.append(try reader.string()) }
    return result
  }

  private mutating func booleanRows() throws(JSONError) -> [[Bool]] {
    var rows: [[Bool]] = []
    try reader.beginArray()
    while try reader.nextElement() {
      var row: [Bool] = []
      try reader.beginArray()
      while try reader.nextElement() { row.append(try reader.bool()) }
      rows.append(row)
    }
    return rows
  }

  private mutating func stateLists() throws(JSONError) -> [(name: String, states: [Int])] {
    var lists: [(name: String, states: [Int])] = []
    try reader.beginObject()
    while let name = try reader.nextMember() {
      var states: [Int] = []
      try reader.beginArray()
      while try reader.nextElement() { states.append(try reader.integer()) }
      lists.append((name, states))
    }
    return lists
  }

  // MARK: Tables of numbers

  /// Numbers by state, by pair, by transition, or as a list of entries.
  private enum Table {
    case states([Double])
    case pairs(rowCount: Int, columnCount: Int, [Double])
    case transitions(stateCount: Int, actionCount: Int, columnCount: Int, NumberTable.Storage)
    case entries(Entries)
  }

  /// `{"states": S, "actions": A, "entries": [[s, a, t, x], …]}`
  private struct Entries {
    var stateCount: Int?
    var actionCount: Int?
    var states: [Int32] = []
    var actions: [Int32] = []
    var nexts: [Int32] = []
    var values: [Double] = []
  }

  private mutating func table() throws(JSONError) -> Table {
    switch try reader.peek() {
    case .array: try nestedTable()
    case .object: .entries(try entries())
    default: throw reader.fault(expected: "an array or {\"entries\": […]}", found: "something else")
    }
  }

  private mutating func nestedTable() throws(JSONError) -> Table {
    try reader.beginArray()
    guard try reader.nextElement() else { throw reader.fault(expected: "at least one element", found: "[]") }
    guard try reader.peek() == .array else {
      var values = [try reader.number()]
      while try reader.nextElement() { values.append(try reader.number()) }
      return .states(values)
    }
    try reader.beginArray()
    guard try reader.nextElement() else { throw reader.fault(expected: "at least one element", found: "[]") }
    return try reader.peek() == .array ? try transitionTable() : try pairTable()
  }

  /// Reads on where two arrays have been entered and a number follows.
  private mutating func pairTable() throws(JSONError) -> Table {
    var values = [try reader.number()]
    while try reader.nextElement() { values.append(try reader.number()) }
    let columnCount = values.count
    var rowCount = 1
    while try reader.nextElement() {
      try row(of: columnCount, into: &values)
      rowCount += 1
    }
    return .pairs(rowCount: rowCount, columnCount: columnCount, values)
  }

  /// Reads on where two arrays have been entered and a third follows.
  private mutating func transitionTable() throws(JSONError) -> Table {
    var row: [Double] = []
    try reader.numbers(into: &row)
    guard !row.isEmpty else { throw reader.fault(expected: "at least one number", found: "[]") }
    let columnCount = row.count
    var table = NumberTable(columnCount: columnCount)
    table.append(row)
    while try reader.nextElement() {
      row.removeAll(keepingCapacity: true)
      try self.row(of: columnCount, into: &row)
      table.append(row)
    }
    let actionCount = table.rowCount
    var stateCount = 1
    while try reader.nextElement() {
      try reader.beginArray()
      var actions = 0
      while try reader.nextElement() {
        guard actions < actionCount else {
          throw reader.fault(expected: "\(actionCount) rows in every state", found: "one more")
        }
        row.removeAll(keepingCapacity: true)
        try self.row(of: columnCount, into: &row)
        table.append(row)
        actions += 1
      }
      guard actions == actionCount else {
        throw reader.fault(expected: "\(actionCount) rows in every state", found: "\(actions) in state \(stateCount)")
      }
      stateCount += 1
    }
    return .transitions(
      stateCount: stateCount, actionCount: actionCount, columnCount: columnCount, table.finish())
  }

  private mutating func row(of columnCount: Int, into values: inout [Double]) throws(JSONError) {
    let start = values.count
    try reader.numbers(into: &values, limit: columnCount)
    guard values.count - start == columnCount else {
      throw reader.fault(expected: "\(columnCount) numbers in every row", found: "\(values.count - start)")
    }
  }

  private mutating func entries() throws(JSONError) -> Entries {
    var result = Entries()
    var found = false
    try reader.beginObject()
    while let name = try reader.nextMember() {
      switch name {
      case "states": result.stateCount = try size("states")
      case "actions": result.actionCount = try size("actions")
      case "entries":
        found = true
        try reader.beginArray()
        while try reader.nextElement() { try entry(into: &result) }
      default: throw .unknown(path: "", name: name, nearest: ["states", "actions", "entries"])
      }
    }
    guard found else { throw reader.fault(expected: "\"entries\"", found: "an object without") }
    return result
  }

  private mutating func size(_ name: String) throws(JSONError) -> Int {
    let value = try reader.integer()
    guard value > 0, value <= Int(Int32.max) else {
      throw reader.fault(expected: "a number of \(name) from 1 to \(Int32.max)", found: "\(value)")
    }
    return value
  }

  private mutating func entry(into entries: inout Entries) throws(JSONError) {
    try reader.beginArray()
    let s = try index("state")
    let a = try index("action")
    let t = try index("next state")
    guard try reader.nextElement() else { throw shortEntry }
    entries.values.append(try reader.number())
    entries.states.append(s)
    entries.actions.append(a)
    entries.nexts.append(t)
    guard try !reader.nextElement() else { throw shortEntry }
  }

  private mutating func index(_ what: String) throws(JSONError) -> Int32 {
    guard try reader.nextElement() else { throw shortEntry }
    let value = try reader.integer()
    guard value >= 0, value < Int(Int32.max) else {
      throw reader.fault(expected: "the number of a \(what), counted from 0", found: "\(value)")
    }
    return Int32(value)
  }

  private var shortEntry: JSONError {
    reader.fault(expected: "an entry [state, action, next state, number]", found: "another number of elements")
  }

  // MARK: Putting together

  /// The names of members that the file does not have.
  private var missingNames: [String] {
    let given = [
      transitions != nil, discount != nil, initial != nil, !rewards.isEmpty, stateNames != nil, actionNames != nil,
      available != nil, !labels.isEmpty, !allowed.isEmpty, lower != nil, upper != nil,
    ]
    return zip(Self.names, given).filter { !$0.1 }.map(\.0)
  }

  consuming func parts() throws(JSONError) -> ProblemParts {
    guard let transitions else {
      throw .missing(path: "", name: "transitions", nearest: nearestNames(to: "transitions", among: ignored))
    }
    for name in ignored {
      // What is only remarked on in the file is passed over, but a slip of the pen is not: a name like one that is not
      // there.
      let near = nearestNames(to: name, among: missingNames)
      if !near.isEmpty { throw .unknown(path: "", name: name, nearest: near) }
    }
    var parts: ProblemParts
    let stateCount: Int
    switch transitions {
    case .transitions(let states, let actions, let columns, let storage):
      guard states == columns else {
        throw .wrongValue(
          path: "transitions", expected: "an array [state][action][next state]",
          found: "\(states) states but rows of \(columns) numbers")
      }
      stateCount = states
      parts = ProblemParts(actionCount: actions, transitions: try Self.transitions(storage, states * actions, columns))
    case .entries(let entries):
      guard let states = entries.stateCount, let actions = entries.actionCount else {
        throw .missing(
          path: "transitions", name: entries.stateCount == nil ? "states" : "actions", nearest: [])
      }
      // Every available pair needs an entry, so the file itself bounds what is allocated.
      let pairs = states * actions
      guard pairs <= max(entries.values.count, available.map { $0.reduce(0) { $0 + $1.count } } ?? 0) else {
        throw .wrongValue(
          path: "transitions.entries", expected: "an entry for each of the \(pairs) state-action pairs",
          found: "\(entries.values.count) entries")
      }
      stateCount = states
      parts = ProblemParts(
        actionCount: actions,
        transitions: .sparse(
          try Self.rows(entries, states, actions, path: "transitions.entries", duplicates: .added)))
    case .states, .pairs:
      throw .wrongValue(
        path: "transitions", expected: "an array [state][action][next state] or {\"states\", \"actions\", \"entries\"}",
        found: "an array of another depth")
    }
    for stated in statedCounts {
      let found = stated.name == "nStates" ? stateCount : parts.actionCount
      guard stated.count == found else {
        throw .unexpected(
          found: "\(stated.name) \(stated.count)", expected: "\(found), as in the transitions", at: stated.place)
      }
    }
    parts.discount = discount
    parts.initial = initial
    parts.stateNames = stateNames
    parts.actionNames = actionNames
    parts.availability = try Self.availability(available, stateCount, parts.actionCount)
    for (name, table) in rewards {
      parts.rewards.append(try Self.reward(name, table, stateCount, parts.actionCount))
    }
    parts.lower = try Self.bounds("transitionsLower", lower, stateCount, parts.actionCount)
    parts.upper = try Self.bounds("transitionsUpper", upper, stateCount, parts.actionCount)
    for (name, states) in labels {
      let limit = allowed.first { $0.name == name }
      parts.labels.append(
        StateLabel(
          name: name, states: try Self.set(states, stateCount, path: "labels.\(name)"),
          allowed: try limit.map { (limit) throws(JSONError) in
            try Self.set(limit.states, stateCount, path: "allowed.\(name)")
          }))
    }
    for (name, _) in allowed where !labels.contains(where: { $0.name == name }) {
      throw .unknown(path: "allowed", name: name, nearest: nearestNames(to: name, among: labels.map(\.name)))
    }
    return parts
  }

  private static func transitions(
    _ storage: NumberTable.Storage, _ rowCount: Int, _ columnCount: Int
  ) throws(JSONError) -> Transitions {
    switch storage {
    case .sparse(let rows): .sparse(rows)
    case .dense(let elements): .dense(try matrix(elements, rowCount, columnCount))
    }
  }

  private static func matrix(_ elements: [Double], _ rowCount: Int, _ columnCount: Int) throws(JSONError) -> Matrix {
    do {
      return try Matrix(rowCount: rowCount, columnCount: columnCount, elements: elements)
    } catch {
      throw .wrongValue(path: "", expected: "a matrix", found: "\(error)")
    }
  }

  private static func rows(
    _ entries: Entries, _ stateCount: Int, _ actionCount: Int, path: String, duplicates: EntryCollector.Duplicates
  ) throws(JSONError) -> SparseRows {
    guard stateCount * actionCount <= Int(Int32.max) else {
      throw .wrongValue(
        path: path, expected: "at most \(Int32.max) state-action pairs", found: "\(stateCount * actionCount)")
    }
    // The row numbers take the place of the state numbers, so that no second list of entries comes into being.
    var places = entries.states
    for k in 0..<places.count {
      let (s, a, t) = (Int(places[k]), Int(entries.actions[k]), Int(entries.nexts[k]))
      guard s < stateCount, a < actionCount, t < stateCount else {
        throw .wrongValue(
          path: "\(path)[\(k)]", expected: "a state below \(stateCount), an action below \(actionCount)",
          found: "[\(s), \(a), \(t)]")
      }
      places[k] = Int32(s * actionCount + a)
    }
    let collector = EntryCollector(rows: places, columns: entries.nexts, values: entries.values)
    do {
      return try collector.build(rowCount: stateCount * actionCount, columnCount: stateCount, duplicates: duplicates)
        .rows
    } catch {
      switch error {
      case .duplicate(let first, let second):
        throw .wrongValue(
          path: "\(path)[\(second)]", expected: "one entry for each transition",
          found: "the transition of entry \(first) again")
      case .outside(let position, let row, let column):
        throw .wrongValue(path: "\(path)[\(position)]", expected: "a place in the table", found: "[\(row), \(column)]")
      }
    }
  }

  private static func availability(
    _ rows: [[Bool]]?, _ stateCount: Int, _ actionCount: Int
  ) throws(JSONError) -> [Bool]? {
    guard let rows else { return nil }
    guard rows.count == stateCount else {
      throw .wrongValue(path: "available", expected: "\(stateCount) rows, one a state", found: "\(rows.count)")
    }
    for (s, row) in rows.enumerated() where row.count != actionCount {
      throw .wrongValue(
        path: "available[\(s)]", expected: "\(actionCount) truth values, one an action", found: "\(row.count)")
    }
    return Array(rows.joined())
  }

  /// A table of probabilities, which is read like a reward by transition.
  private static func bounds(
    _ name: String, _ table: Table?, _ stateCount: Int, _ actionCount: Int
  ) throws(JSONError) -> Reward? {
    guard let table else { return nil }
    switch table {
    case .transitions, .entries: return try reward(name, table, stateCount, actionCount, path: name)
    case .states, .pairs:
      throw .wrongValue(path: name, expected: "a table shaped like the transitions", found: "an array of another depth")
    }
  }

  private static func reward(
    _ name: String, _ table: Table, _ stateCount: Int, _ actionCount: Int, path: String? = nil
  ) throws(JSONError) -> Reward {
    let path = path ?? "rewards.\(name)"
    func requireShape(_ got: [Int], _ expected: [Int]) throws(JSONError) {
      guard got == expected else {
        throw .wrongValue(
          path: path, expected: "an array of shape \(expected)", found: "one of shape \(got)")
      }
    }
    switch table {
    case .states(let values):
      try requireShape([values.count], [stateCount])
      return Reward(name: name, values: .state(values))
    case .pairs(let rowCount, let columnCount, let values):
      try requireShape([rowCount, columnCount], [stateCount, actionCount])
      return Reward(name: name, values: .pair(try matrix(values, rowCount, columnCount)))
    case .transitions(let states, let actions, let columns, let storage):
      try requireShape([states, actions, columns], [stateCount, actionCount, stateCount])
      switch storage {
      case .dense(let elements):
        return Reward(name: name, values: .transition(try matrix(elements, states * actions, columns)))
      case .sparse(let rows): return Reward(name: name, values: .sparseTransition(rows))
      }
    case .entries(let entries):
      try requireShape(
        [entries.stateCount ?? stateCount, entries.actionCount ?? actionCount], [stateCount, actionCount])
      return Reward(
        name: name,
        values: .sparseTransition(
          // Probabilities of one transition add up; two rewards, or two bounds, contradict each other.
          try rows(entries, stateCount, actionCount, path: "\(path).entries", duplicates: .refused)))
    }
  }

  private static func set(_ states: [Int], _ stateCount: Int, path: String) throws(JSONError) -> [Bool] {
    var result = [Bool](repeating: false, count: stateCount)
    for (k, s) in states.enumerated() {
      guard s >= 0, s < stateCount else {
        throw .wrongValue(path: "\(path)[\(k)]", expected: "a state below \(stateCount)", found: "\(s)")
      }
      result[s] = true
    }
    return result
  }
}
