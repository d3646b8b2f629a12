internal import LinearAlgebra
internal import MDPs

extension ProblemParts {
  /// Reads an npz problem in one of four layouts, told by the names of the arrays: `transitions` (dense, or as
  /// `transitions.indptr`, `.indices`, `.data`), the table layout (`rowptr`, `col`, `prob`), the choice layout
  /// (`state_to_choice`, `choice_to_branch`), and the toolbox layout (`P`, `R`).
  init(npz file: FileBytes, options: ReadOptions) throws(FileError) {
    let archive = try NpzArchive(file, unpackedSizeLimit: options.unpackedSizeLimit)
    if archive.has("transitions") || archive.has("transitions.data") {
      self = try Self.named(archive)
    } else if archive.has("state_to_choice") {
      self = try Self.choices(archive)
    } else if archive.has("rowptr") {
      self = try Self.table(archive)
    } else if archive.has("P") {
      self = try Self.toolbox(archive)
    } else {
      throw .archive(
        path: file.path,
        reason: "the arrays \(archive.names.prefix(8).joined(separator: ", ")) are no problem; "
          + "\"transitions\", \"rowptr\", \"state_to_choice\" or \"P\" is needed")
    }
    let stateCount = transitions.columnCount
    if archive.has("discount") { discount = try archive.scalar("discount") }
    if archive.has("initial"), initial == nil || !archive.isInteger("initial") {
      initial = try archive.doubles("initial", shape: [stateCount])
    }
    if archive.has("states") { stateNames = try archive.strings("states") }
    if archive.has("actions") { actionNames = try archive.strings("actions") }
    for name in archive.names where name.hasPrefix("target_") {
      let label = String(name.dropFirst("target_".count))
      let allowed = "allowed_\(label)"
      labels.append(
        StateLabel(
          name: label, states: try archive.booleans(name, shape: [stateCount]),
          allowed: archive.has(allowed) ? try archive.booleans(allowed, shape: [stateCount]) : nil))
    }
  }

  // MARK: Named arrays

  private static func named(_ archive: NpzArchive) throws(FileError) -> ProblemParts {
    var parts: ProblemParts
    let stateCount: Int
    if archive.has("transitions") {
      let (values, shape) = try archive.doubles("transitions", rank: 3)
      guard shape[0] == shape[2], values.count > 0 else {
        throw archive.wrong("transitions", "it has shape \(shape), but (states, actions, states) is needed")
      }
      stateCount = shape[0]
      parts = ProblemParts(
        actionCount: shape[1], transitions: .dense(try matrix(archive, "transitions", values, shape[0] * shape[1])))
    } else {
      let pairCount = try archive.integers("transitions.indptr", rank: 1).values.count - 1
      stateCount = try Self.stateCount(archive, pairCount: pairCount)
      let rows = try sparse(archive, "transitions", rowCount: pairCount, columnCount: stateCount)
      parts = ProblemParts(actionCount: pairCount / stateCount, transitions: .sparse(rows))
    }
    let actionCount = parts.actionCount
    if archive.has("available") {
      parts.availability = try archive.booleans("available", shape: [stateCount, actionCount])
    }
    parts.lower = try bounds(archive, "transitionsLower", stateCount, actionCount)
    parts.upper = try bounds(archive, "transitionsUpper", stateCount, actionCount)
    for name in archive.names where name.hasPrefix("rewards.") {
      let reward = String(name.dropFirst("rewards.".count))
      if let base = sparseBase(name, in: archive) {
        guard name == "\(base).data" else { continue }
        let rows = try sparse(archive, base, rowCount: stateCount * actionCount, columnCount: stateCount)
        parts.rewards.append(Reward(name: String(base.dropFirst("rewards.".count)), values: .sparseTransition(rows)))
      } else {
        parts.rewards.append(try dense(archive, name, reward: reward, stateCount, actionCount))
      }
    }
    return parts
  }

  /// A table of probabilities shaped like the transitions, where the archive has it.
  private static func bounds(
    _ archive: NpzArchive, _ name: String, _ stateCount: Int, _ actionCount: Int
  ) throws(FileError) -> Reward? {
    if archive.has("\(name).data") {
      let rows = try sparse(archive, name, rowCount: stateCount * actionCount, columnCount: stateCount)
      return Reward(name: name, values: .sparseTransition(rows))
    }
    guard archive.has(name) else { return nil }
    let values = try archive.doubles(name, shape: [stateCount, actionCount, stateCount])
    return Reward(name: name, values: .transition(try matrix(archive, name, values, stateCount * actionCount)))
  }

  /// The number of states of sparse transitions, from an array that has one number a state.
  private static func stateCount(_ archive: NpzArchive, pairCount: Int) throws(FileError) -> Int {
    let count: Int
    if archive.has("transitions.shape") {
      let shape = try archive.integers("transitions.shape", rank: 1).values
      guard let first = shape.first, shape.count == 3, shape[2] == first else {
        throw archive.wrong("transitions.shape", "it is \(shape), but (states, actions, states) is needed")
      }
      count = first
    } else if archive.has("initial") {
      count = try archive.doubles("initial", rank: 1).values.count
    } else if archive.has("states") {
      count = try archive.strings("states").count
    } else {
      throw archive.wrong(
        "transitions.indptr", "the number of states is not known; add \"initial\" or \"transitions.shape\"")
    }
    guard count > 0, count <= Int(Int32.max), pairCount > 0, pairCount % count == 0 else {
      throw archive.wrong(
        "transitions.indptr", "\(pairCount) rows are no whole number of actions for each of \(count) states")
    }
    return count
  }

  /// The name before `.indptr`, `.indices` or `.data` when all three are there.
  private static func sparseBase(_ name: String, in archive: NpzArchive) -> String? {
    for suffix in [".indptr", ".indices", ".data"] where name.hasSuffix(suffix) {
      let base = String(name.dropLast(suffix.count))
      if archive.has("\(base).indptr"), archive.has("\(base).indices"), archive.has("\(base).data") { return base }
    }
    return nil
  }

  private static func dense(
    _ archive: NpzArchive, _ name: String, reward: String, _ stateCount: Int, _ actionCount: Int
  ) throws(FileError) -> Reward {
    let (values, shape) = try archive.doubles(name)
    switch shape {
    case [stateCount]: return Reward(name: reward, values: .state(values))
    case [stateCount, actionCount]:
      return Reward(name: reward, values: .pair(try matrix(archive, name, values, stateCount)))
    case [stateCount, actionCount, stateCount]:
      return Reward(name: reward, values: .transition(try matrix(archive, name, values, stateCount * actionCount)))
    default:
      throw archive.wrong(
        name,
        "it has shape \(shape), but \([stateCount]), \([stateCount, actionCount]) or "
          + "\([stateCount, actionCount, stateCount]) is needed")
    }
  }

  private static func matrix(
    _ archive: NpzArchive, _ name: String, _ values: [Double], _ rowCount: Int
  ) throws(FileError) -> Matrix {
    do {
      return try Matrix(rowCount: rowCount, columnCount: rowCount == 0 ? 0 : values.count / rowCount, elements: values)
    } catch {
      throw archive.wrong(name, "\(error)")
    }
  }

  /// Compressed rows as SciPy keeps them: entries of a row in any order, those at one place added up.
  private static func sparse(
    _ archive: NpzArchive, _ base: String, rowCount: Int, columnCount: Int
  ) throws(FileError) -> SparseRows {
    let starts = try archive.integers("\(base).indptr", shape: [rowCount + 1])
    let values = try archive.doubles("\(base).data", rank: 1).values
    let columns = try archive.indices("\(base).indices", count: values.count)
    return try rows(
      archive, startsName: "\(base).indptr", columnsName: "\(base).indices", starts: starts, columns: columns,
      values: values, columnCount: columnCount
    ).rows
  }

  private static func rows(
    _ archive: NpzArchive, startsName: String, columnsName: String, starts: [Int], columns: [Int32], values: [Double],
    columnCount: Int
  ) throws(FileError) -> (rows: SparseRows, order: [Int]?) {
    let rowCount = starts.count - 1
    guard rowCount <= Int(Int32.max) else { throw archive.wrong(startsName, "more than \(Int32.max) rows") }
    try checked(archive, startsName) { () throws(ChoiceRows.Fault) in
      try ChoiceRows.requireStarts(starts, of: "row", items: "entries")
    }
    guard starts[rowCount] == values.count else {
      throw archive.wrong(startsName, "the rows end at \(starts[rowCount]), but there are \(values.count) entries")
    }
    var places: [Int32] = []
    places.reserveCapacity(values.count)
    for row in 0..<rowCount { for _ in starts[row]..<starts[row + 1] { places.append(Int32(row)) } }
    do {
      return try EntryCollector(rows: places, columns: columns, values: values)
        .build(rowCount: rowCount, columnCount: columnCount, duplicates: .added)
    } catch {
      guard case .outside(let position, _, let column) = error else {
        throw archive.wrong(columnsName, "an entry stands twice")
      }
      throw archive.wrong(columnsName, "entry \(position) is \(column), but the columns are 0..<\(columnCount)")
    }
  }

  // MARK: Table layout

  private static func table(_ archive: NpzArchive) throws(FileError) -> ProblemParts {
    let stateCount = try archive.count("S")
    let actionCount = try archive.count("A")
    let (pairCount, overflow) = stateCount.multipliedReportingOverflow(by: actionCount)
    guard !overflow, pairCount < Int(Int32.max) else {
      throw archive.wrong("S", "\(stateCount) states and \(actionCount) actions make more than \(Int32.max) pairs")
    }
    let starts = try archive.integers("rowptr", shape: [pairCount + 1])
    let values = try archive.doubles("prob", rank: 1).values
    let columns = try archive.indices("col", count: values.count)
    let rows = try rows(
      archive, startsName: "rowptr", columnsName: "col", starts: starts, columns: columns, values: values,
      columnCount: stateCount
    ).rows
    var parts = ProblemParts(actionCount: actionCount, transitions: .sparse(rows))
    for name in archive.names where name == "reward" || name.hasPrefix("reward_") {
      let values = try archive.doubles(name, rank: nil)
      guard values.shape == [pairCount] || values.shape == [stateCount, actionCount] else {
        throw archive.wrong(name, "it has shape \(values.shape), but \([pairCount]) is needed")
      }
      parts.rewards.append(
        Reward(
          name: name == "reward" ? name : String(name.dropFirst("reward_".count)),
          values: .pair(try matrix(archive, name, values.values, stateCount))))
    }
    return parts
  }

  // MARK: Toolbox layout

  /// `P` of shape (A, S, S) and rewards `R`, `R…` of shape (S, A), (S) or (A, S, S), as the MDP toolboxes for MATLAB and
  /// Python hold them.
  private static func toolbox(_ archive: NpzArchive) throws(FileError) -> ProblemParts {
    let (values, shape) = try archive.doubles("P", rank: 3)
    guard shape[1] == shape[2], !values.isEmpty else {
      throw archive.wrong("P", "it has shape \(shape), but (actions, states, states) is needed")
    }
    let (actionCount, stateCount) = (shape[0], shape[1])
    func byState(_ values: [Double]) -> [Double] {
      var result: [Double] = []
      result.reserveCapacity(values.count)
      for s in 0..<stateCount {
        for a in 0..<actionCount {
          let start = (a * stateCount + s) * stateCount
          result += values[start..<(start + stateCount)]
        }
      }
      return result
    }
    let rows = stateCount * actionCount
    var parts = ProblemParts(
      actionCount: actionCount, transitions: .dense(try matrix(archive, "P", byState(values), rows)))
    for name in archive.names where name.hasPrefix("R") {
      let (values, shape) = try archive.doubles(name)
      let reward = name == "R" ? "reward" : name
      if shape == [actionCount, stateCount, stateCount], shape.count == 3 {
        parts.rewards.append(
          Reward(name: reward, values: .transition(try matrix(archive, name, byState(values), rows))))
      } else {
        parts.rewards.append(try dense(archive, name, reward: reward, stateCount, actionCount))
      }
    }
    return parts
  }

  // MARK: Choice layout

  private static func choices(_ archive: NpzArchive) throws(FileError) -> ProblemParts {
    var model = ChoiceModel()
    model.stateToChoice = try archive.integers("state_to_choice", rank: 1).values
    let branchStarts = try archive.integers("choice_to_branch", rank: 1).values
    model.probabilities = try archive.doubles("prob", rank: 1).values
    model.targets = try archive.indices("target", count: model.probabilities.count)
    let choices = try checked(archive, "state_to_choice") { () throws(ChoiceRows.Fault) in
      try ChoiceRows(stateToChoice: model.stateToChoice, choiceCount: branchStarts.count - 1)
    }
    model.branchChoices = try checked(archive, "choice_to_branch") { () throws(ChoiceRows.Fault) in
      try choices.branchChoices(starts: branchStarts, count: model.targets.count)
    }
    if archive.has("prob_num") {
      model.exactProbabilities = try fractions(archive, "prob_num", "prob_den", beside: "prob", model.probabilities)
    }
    // The list of start states, each as likely as the others; a distribution is read with the other names.
    model.initialStates = archive.isInteger("initial") ? try archive.integers("initial", rank: 1).values : [0]
    for name in archive.names
    where name.hasPrefix("reward_") && !name.hasPrefix("reward_num_") && !name.hasPrefix("reward_den_") {
      var reward = ChoiceReward(name: String(name.dropFirst("reward_".count)))
      reward.choices.doubles = try archive.doubles(name, shape: [choices.choiceCount])
      if archive.has("reward_num_\(reward.name)") {
        reward.choices.exact = try fractions(
          archive, "reward_num_\(reward.name)", "reward_den_\(reward.name)", beside: name, reward.choices.doubles)
      }
      model.rewards.append(reward)
    }
    return try checked(archive, "choice_to_branch") { () throws(ChoiceRows.Fault) in try model.parts() }
  }

  /// Numerators over denominators, which must agree with the doubles beside them.
  private static func fractions(
    _ archive: NpzArchive, _ numeratorName: String, _ denominatorName: String, beside name: String, _ doubles: [Double]
  ) throws(FileError) -> [Rational] {
    let numerators = try archive.integers(numeratorName, shape: [doubles.count])
    let denominators = try archive.integers(denominatorName, shape: [doubles.count])
    var result: [Rational] = []
    result.reserveCapacity(doubles.count)
    for k in doubles.indices {
      guard denominators[k] > 0, let fraction = try? Rational(Integer(numerators[k]), over: Integer(denominators[k]))
      else {
        throw archive.wrong(denominatorName, "entry \(k) is \(denominators[k]), but a denominator is at least 1")
      }
      guard abs(Double(fraction) - doubles[k]) <= doubles[k].magnitude.ulp else {
        throw archive.wrong(name, "entry \(k) is \(doubles[k]), but \(numeratorName) says \(fraction)")
      }
      result.append(fraction)
    }
    return result
  }

  private static func checked<Value>(
    _ archive: NpzArchive, _ name: String, _ body: () throws(ChoiceRows.Fault) -> Value
  ) throws(FileError) -> Value {
    do {
      return try body()
    } catch {
      throw archive.wrong(name, error.reason)
    }
  }
}
