internal import LinearAlgebra
internal import MDPs

extension Problem {
  /// Writes the arrays under the names of the JSON members; `target_NAME` and `allowed_NAME` for labels.
  func writeNpz(to path: String, options: WriteOptions) throws(FileError) {
    var writer = NpzWriter()
    let (S, A) = (mdp.stateCount, mdp.actionCount)
    if statesDiscount { writer.add("discount", .doubles([mdp.discount]), shape: []) }
    writer.add("initial", .doubles(mdp.initialDistribution))
    switch mdp.transitions {
    case .dense(let matrix): writer.add("transitions", .doubles(matrix.elements), shape: [S, A, S])
    case .sparse(let rows): Self.add("transitions", rows, to: &writer)
    }
    if let names = mdp.stateNames { writer.add("states", .strings(names)) }
    if let names = mdp.actionNames { writer.add("actions", .strings(names)) }
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
    for label in labels {
      writer.add("target_\(label.name)", .booleans(label.states))
      if let allowed = label.allowed { writer.add("allowed_\(label.name)", .booleans(allowed)) }
    }
    try writer.write(to: path, compressed: options.compressed)
  }

  private static func add(_ name: String, _ rows: SparseRows, to writer: inout NpzWriter) {
    writer.add("\(name).indptr", .integers(rows.rowStarts))
    writer.add("\(name).indices", .indices(rows.columns))
    writer.add("\(name).data", .doubles(rows.values))
  }
}
