internal import JSON
public import LinearAlgebra
public import MDPs

/// Distributions behind EPIC, DARD and weighted norms, as a file gives them.
public struct Coverage: Sendable, Equatable {
  /// Weights of transitions, shape (S·A, S); not negative.
  public let weights: Matrix?
  /// A distribution of states, shape (S).
  public let states: [Double]?
  /// A distribution of actions, shape (A).
  public let actions: [Double]?

  /// Reads a JSON or npz file with the members `coverage` (an array [s][a][t], or [s][a], which the dynamics spread over next
  /// states), `states` and `actions`, each of which may be missing; a bare array is the coverage.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - mdp: The world that it is for.
  /// - Returns: What the file holds.
  /// - Throws: ``FileError`` naming the entry that is wrong.
  public static func read(from path: String, for mdp: MDP) throws(FileError) -> Coverage {
    let file = try FileBytes(path: path)
    if FileFormat(content: file.bytes) == .npz { return try npz(file, mdp) }
    do {
      var reader = JSONReader(bytes: file.bytes, owner: file)
      let root = JSONCursor(try reader.value())
      try reader.finish()
      if case .array = root.value { return Coverage(weights: try weights(root, mdp), states: nil, actions: nil) }
      try root.allowOnly(["coverage", "states", "actions"])
      return Coverage(
        weights: try root.optional("coverage").map { cursor throws(JSONError) in try weights(cursor, mdp) },
        states: try root.optional("states").map { cursor throws(JSONError) in
          try cursor.doubles(count: mdp.stateCount)
        },
        actions: try root.optional("actions").map { cursor throws(JSONError) in
          try cursor.doubles(count: mdp.actionCount)
        })
    } catch {
      throw .json(path: file.path, error: error)
    }
  }

  private init(weights: Matrix?, states: [Double]?, actions: [Double]?) {
    self.weights = weights
    self.states = states
    self.actions = actions
  }

  private static func weights(_ cursor: JSONCursor, _ mdp: MDP) throws(JSONError) -> Matrix {
    let (S, A) = (mdp.stateCount, mdp.actionCount)
    let states = try cursor.elements()
    guard states.count == S else { throw cursor.wrong("one entry for each of \(S) states") }
    guard let first = states.first, let inner = try first.elements().first else {
      throw cursor.wrong("an array [s][a][t] or [s][a]")
    }
    if case .array = inner.value {
      var elements: [Double] = []
      for state in states { for row in try state.rows(rowCount: A, columnCount: S) { elements += row } }
      return matrix(S * A, S, elements)
    }
    var pairs: [Double] = []
    for state in states { pairs += try state.doubles(count: A) }
    return spread(pairs, mdp)
  }

  private static func npz(_ file: FileBytes, _ mdp: MDP) throws(FileError) -> Coverage {
    let archive = try NpzArchive(file, unpackedSizeLimit: ReadOptions().unpackedSizeLimit)
    let (S, A) = (mdp.stateCount, mdp.actionCount)
    var weights: Matrix?
    if archive.has("coverage") {
      let (values, shape) = try archive.doubles("coverage")
      switch shape {
      case [S, A, S]: weights = matrix(S * A, S, values)
      case [S, A]: weights = spread(values, mdp)
      default: throw archive.wrong("coverage", "it has shape \(shape), but \([S, A, S]) or \([S, A]) is needed")
      }
    }
    let states = archive.has("states") ? try archive.doubles("states", shape: [S]) : nil
    let actions = archive.has("actions") ? try archive.doubles("actions", shape: [A]) : nil
    guard weights != nil || states != nil || actions != nil else {
      throw .archive(path: file.path, reason: "there is no array coverage, states or actions")
    }
    return Coverage(weights: weights, states: states, actions: actions)
  }

  /// Weights of pairs times the probabilities of next states.
  private static func spread(_ pairs: [Double], _ mdp: MDP) -> Matrix {
    var result = Matrix(rowCount: pairs.count, columnCount: mdp.stateCount)
    for (k, w) in pairs.enumerated() { mdp.transitions.forEachSuccessor(ofRow: k) { t, p in result[k, t] = w * p } }
    return result
  }

  private static func matrix(_ rowCount: Int, _ columnCount: Int, _ elements: [Double]) -> Matrix {
    guard let matrix = try? Matrix(rowCount: rowCount, columnCount: columnCount, elements: elements) else {
      preconditionFailure("the shape was checked")
    }
    return matrix
  }
}
