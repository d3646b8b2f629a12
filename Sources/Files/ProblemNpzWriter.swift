internal import LinearAlgebra
internal import MDPs

extension Problem {
  /// Writes the arrays under the names of the JSON members; `target_NAME` and `allowed_NAME` for labels.
  func writeNpz(to path: String, options: WriteOptions) throws(FileError) {
    var writer = NpzWriter()
    let (S, A) = (mdp.stateCount, mdp.actionCount)
    writer.add("initial", .doubles(mdp.initialDistribution))
    switch mdp.transitions {
    case .dense(let matrix): writer.add("transitions", .doubles(matrix.elements), shape: [S, A, S])
    case .sparse(let rows): Self.add("transitions", rows, to: &writer)
    }
    if let bounds {
      Self.add("transitionsLower", mdp.transitions.sparseRows, values: bounds.lower, to: &writer)
      Self.add("transitionsUpper", mdp.transitions.sparseRows, values: bounds.upper, to: &writer)
    }
    if let availability = mdp.availability { writer.add("available", .booleans(availability), shape: [S, A]) }
    for reward in rewards {
      let name = "rewards.\(reward.name)"
      switch reward.values {
      case .state(let values): writer.add(name, .doubles(values))
      case .pair(let matrix): writer.add(name, .doubles(matrix.elements), shape: [S, A])
      case .transition(let matrix): writer.add(name, .doubles(matrix.elements), shape: [S, A, S])
      case .sparseTransition(let rows): Self.add(name, rows, to: &writer)
      }
    }
    addCommon(to: &writer)
    try writer.write(to: path, compressed: options.compressed)
  }

  private static func add(
    _ name: String, _ rows: SparseRows, values: [Double]? = nil, to writer: inout NpzWriter
  ) {
    writer.add("\(name).indptr", .integers(rows.rowStarts))
    writer.add("\(name).indices", .indices(rows.columns))
    writer.add("\(name).data", .doubles(values ?? rows.values))
  }

  // MARK: Other layouts

  /// Writes the table layout; rewards beside the first become `reward_NAME`.
  func writeTable(to path: String, options: WriteOptions) throws(FileError) {
    guard mdp.availability == nil else {
      throw .cannotHold(format: .table, what: "states with different sets of actions")
    }
    var writer = NpzWriter()
    let rows = mdp.transitions.sparseRows
    writer.add("S", .integers([mdp.stateCount]), shape: [])
    writer.add("A", .integers([mdp.actionCount]), shape: [])
    writer.add("rowptr", .integers(rows.rowStarts))
    writer.add("col", .indices(rows.columns))
    writer.add("prob", .doubles(rows.values))
    for reward in rewards {
      writer.add(
        reward.name == "reward" ? "reward" : "reward_\(reward.name)", .doubles(try pairs(of: reward, for: .table)))
    }
    writer.add("initial", .doubles(mdp.initialDistribution))
    addCommon(to: &writer)
    try writer.write(to: path, compressed: options.compressed)
  }

  /// Writes the toolbox layout; the reward called `reward` becomes `R`, others keep their names, which must start with R.
  func writeToolbox(to path: String, options: WriteOptions) throws(FileError) {
    guard mdp.availability == nil else {
      throw .cannotHold(format: .toolbox, what: "states with different sets of actions")
    }
    let (stateCount, actionCount) = (mdp.stateCount, mdp.actionCount)
    /// Rows s · A + a in the order a · S + s.
    func byAction(_ matrix: Matrix) -> NpzWriter.Elements {
      var elements: [Double] = []
      elements.reserveCapacity(matrix.elements.count)
      for a in 0..<actionCount {
        for s in 0..<stateCount {
          let start = (s * actionCount + a) * stateCount
          elements += matrix.elements[start..<(start + stateCount)]
        }
      }
      return .doubles(elements)
    }
    func dense(_ rows: SparseRows) throws(FileError) -> Matrix {
      guard rows.rowCount.multipliedReportingOverflow(by: rows.columnCount).partialValue <= 1 << 28 else {
        throw .cannotHold(format: .toolbox, what: "a sparse problem of this size (its arrays are dense)")
      }
      return rows.dense
    }
    var writer = NpzWriter()
    let shape = [actionCount, stateCount, stateCount]
    switch mdp.transitions {
    case .dense(let matrix): writer.add("P", byAction(matrix), shape: shape)
    case .sparse(let rows): writer.add("P", byAction(try dense(rows)), shape: shape)
    }
    for reward in rewards {
      guard reward.name == "reward" || reward.name.hasPrefix("R"), reward.name != "R" else {
        throw .cannotHold(
          format: .toolbox, what: "the reward name \"\(reward.name)\" (rewards are called reward, or start with R)")
      }
      let name = reward.name == "reward" ? "R" : reward.name
      switch reward.values {
      case .state(let values): writer.add(name, .doubles(values))
      case .pair(let matrix): writer.add(name, .doubles(matrix.elements), shape: [stateCount, actionCount])
      case .transition(let matrix): writer.add(name, byAction(matrix), shape: shape)
      case .sparseTransition(let rows): writer.add(name, byAction(try dense(rows)), shape: shape)
      }
    }
    writer.add("initial", .doubles(mdp.initialDistribution))
    addCommon(to: &writer)
    try writer.write(to: path, compressed: options.compressed)
  }

  /// Writes the choice layout with exact numerators and denominators.
  func writeChoices(to path: String, options: WriteOptions) throws(FileError) {
    let rows = mdp.transitions.sparseRows
    var stateToChoice = [0]
    var choiceToBranch = [0]
    var choiceRows: [Int] = []
    for s in 0..<mdp.stateCount {
      for a in 0..<mdp.actionCount where mdp.isAvailable(s, a) {
        choiceRows.append(mdp.pair(s, a))
        choiceToBranch.append(rows.rowStarts[mdp.pair(s, a) + 1])
      }
      stateToChoice.append(choiceRows.count)
    }
    var writer = NpzWriter()
    writer.add("state_to_choice", .integers(stateToChoice))
    writer.add("choice_to_branch", .integers(choiceToBranch))
    writer.add("target", .indices(rows.columns))
    writer.add("prob", .doubles(rows.values))
    if let exact { try add(exact.probabilities, "prob_num", "prob_den", to: &writer) }
    writer.add("initial", .doubles(mdp.initialDistribution))
    for (index, reward) in rewards.enumerated() {
      let values = try pairs(of: reward, for: .npz)
      writer.add("reward_\(reward.name)", .doubles(choiceRows.map { values[$0] }))
      if let exact = try exactReward(index) {
        try add(
          choiceRows.map { exact[$0] }, "reward_num_\(reward.name)", "reward_den_\(reward.name)", to: &writer)
      }
    }
    addCommon(to: &writer)
    try writer.write(to: path, compressed: options.compressed)
  }

  /// What every layout may have beside its own arrays.
  private func addCommon(to writer: inout NpzWriter) {
    if statesDiscount { writer.add("discount", .doubles([mdp.discount]), shape: []) }
    if let names = mdp.stateNames { writer.add("states", .strings(names)) }
    if let names = mdp.actionNames { writer.add("actions", .strings(names)) }
    for label in labels {
      writer.add("target_\(label.name)", .booleans(label.states))
      if let allowed = label.allowed { writer.add("allowed_\(label.name)", .booleans(allowed)) }
    }
  }

  /// A reward by pairs, for layouts that have no room for the next state.
  private func pairs(of reward: Reward, for format: FileFormat) throws(FileError) -> [Double] {
    switch reward.values {
    case .transition, .sparseTransition:
      throw .cannotHold(format: format, what: "reward \"\(reward.name)\", which depends on the next state")
    case .state, .pair:
      do {
        return try reward.expected(in: mdp)
      } catch {
        throw .model(path: "reward \"\(reward.name)\"", error: error)
      }
    }
  }

  private func add(
    _ numbers: [Rational], _ numeratorName: String, _ denominatorName: String, to writer: inout NpzWriter
  ) throws(FileError) {
    var numerators: [Int] = []
    var denominators: [Int] = []
    for number in numbers {
      guard let numerator = Int(exactly: number.numerator), let denominator = Int(exactly: number.denominator) else {
        throw .cannotHold(format: .npz, what: "the fraction \(number) (64 bits are there)")
      }
      numerators.append(numerator)
      denominators.append(denominator)
    }
    writer.add(numeratorName, .integers(numerators))
    writer.add(denominatorName, .integers(denominators))
  }
}
