public import Exploration
internal import JSON

/// What is wrong with a file that should hold a linear mixture MDP or a pair of kernels.
public enum LinearMixtureFileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file cannot be read, or its text has the wrong form.
  case file(FileError)
  /// The numbers make no world.
  case world(path: String, ExplorationError)
  /// The object describes no known kind of world.
  case unknownKind(path: String, kind: String)

  /// One sentence that says what is wrong, where, and how to mend it.
  public var description: String {
    switch self {
    case .file(let error): error.description
    case .world(let path, let error): "\(path): \(error)"
    case .unknownKind(let path, let kind):
      "\(path): no kind of world is called \"\(kind)\"; known are "
        + LinearMixtureMDP.fileKinds.map { "\"\($0)\"" }.joined(separator: ", ")
    }
  }
}

extension LinearMixtureMDP {
  static let fileKinds = ["random-mixture", "zoned-river", "hard-instance", "tabular", "features"]

  /// Reads a world from a JSON file.
  ///
  /// One object with `kind` and what that kind needs; `rate` and `start` are optional:
  ///
  /// ```
  /// {"kind": "random-mixture", "states": 5, "actions": 3, "d": 4, "horizon": 64, "seed": 7, "rate": 0.03}
  /// {"kind": "zoned-river", "zones": [6, 3], "currents": [[0.6, 0.35, 0.05], [0.35, 0.55, 0.1]], "horizon": 48}
  /// {"kind": "hard-instance", "d": 3, "horizon": 5, "gap": 0.03, "signs": [1, -1]}
  /// {"kind": "tabular", "horizon": 8, "transitions": [[[0.5, 0.5], [1, 0]], [[0, 1], [1, 0]]]}
  /// {"kind": "features", "horizon": 8, "features": [S][A][d][S], "parameter": [d]}
  /// ```
  ///
  /// - Throws: ``LinearMixtureFileError`` naming the file and the place.
  public init(path: String) throws(LinearMixtureFileError) {
    let cursor = try readJSON(path)
    do throws(LinearMixtureParseError) {
      self = try Self.parse(cursor)
    } catch {
      switch error {
      case .json(let error): throw .file(.json(path: path, error: error))
      case .world(let error): throw .world(path: path, error)
      case .kind(let kind): throw .unknownKind(path: path, kind: kind)
      }
    }
  }

  private static func parse(_ cursor: JSONCursor) throws(LinearMixtureParseError) -> LinearMixtureMDP {
    do {
      let kind = try cursor["kind"].string()
      let horizon = try cursor["horizon"].integer()
      switch kind {
      case "random-mixture":
        try cursor.allowOnly(["kind", "states", "actions", "d", "horizon", "seed", "rate", "start"])
        return try .randomMixture(
          stateCount: cursor["states"].integer(), actionCount: cursor["actions"].integer(),
          dimension: cursor["d"].integer(), horizon: horizon, seed: UInt64(cursor["seed"].integer(in: 0...)),
          rate: cursor.optional("rate")?.double(), startState: cursor.optional("start")?.integer() ?? 0)
      case "zoned-river":
        try cursor.allowOnly(["kind", "zones", "currents", "horizon", "rate"])
        return try .zonedRiver(
          zoneSizes: cursor["zones"].integers(), currents: cursor["currents"].rows(), horizon: horizon,
          rate: cursor.optional("rate")?.double())
      case "hard-instance":
        try cursor.allowOnly(["kind", "d", "gap", "signs", "base", "horizon"])
        return try .hardInstance(
          dimension: cursor["d"].integer(), horizon: horizon, gap: cursor["gap"].double(),
          signs: cursor["signs"].doubles(), base: cursor.optional("base")?.double() ?? 1.0 / 6)
      case "tabular":
        try cursor.allowOnly(["kind", "transitions", "horizon", "start"])
        return try .tabular(
          kernel(cursor["transitions"]), horizon: horizon, startState: cursor.optional("start")?.integer() ?? 0)
      case "features":
        try cursor.allowOnly(["kind", "features", "parameter", "horizon", "start"])
        let table = try cursor["features"].elements()
        let pairs = try table.map { try $0.elements() }
        let actions = pairs.first?.count ?? 0
        let parameter = try cursor["parameter"].doubles()
        var values: [Double] = []
        for row in pairs {
          guard row.count == actions else {
            throw ExplorationError.shape(
              of: "a state of the features", expected: [actions, parameter.count, table.count], got: [row.count])
          }
          for pair in row {
            values += try pair.rows(rowCount: parameter.count, columnCount: table.count).flatMap { $0 }
          }
        }
        let features = try MixtureFeatures(
          stateCount: table.count, actionCount: actions, dimension: parameter.count, values: values)
        return try LinearMixtureMDP(
          features: features, parameter: parameter, horizon: horizon,
          startState: cursor.optional("start")?.integer() ?? 0)
      default: throw LinearMixtureParseError.kind(kind)
      }
    } catch let error as JSONError {
      throw .json(error)
    } catch let error as ExplorationError {
      throw .world(error)
    } catch let error as LinearMixtureParseError {
      throw error
    } catch {
      preconditionFailure("reading a world throws three kinds of errors")
    }
  }

  fileprivate static func kernel(_ cursor: JSONCursor) throws -> TransitionKernel {
    let table = try cursor.elements()
    var rows: [[Double]] = []
    for state in table { rows += try state.rows(columnCount: table.count) }
    guard !table.isEmpty, rows.count % table.count == 0 else {
      throw ExplorationError.shape(of: "transitions", expected: [table.count, table.count], got: [rows.count])
    }
    return try TransitionKernel(
      stateCount: table.count, actionCount: rows.count / table.count, probabilities: rows.flatMap { $0 })
  }
}

/// A world and the model that a planner has of it, read from `{"truth": [S][A][S], "model": [S][A][S], "horizon", "start"}`.
public struct KernelPair: Sendable, Equatable {
  /// The kernel of the world.
  public let truth: TransitionKernel
  /// The kernel that the planner believes.
  public let model: TransitionKernel
  /// H.
  public let horizon: Int
  /// Where episodes start; 0 when not given.
  public let start: Int

  /// Reads the pair from a JSON file.
  ///
  /// - Throws: ``LinearMixtureFileError`` naming the file and the place.
  public init(path: String) throws(LinearMixtureFileError) {
    let cursor = try readJSON(path)
    do {
      try cursor.allowOnly(["truth", "model", "horizon", "start"])
      truth = try LinearMixtureMDP.kernel(cursor["truth"])
      model = try LinearMixtureMDP.kernel(cursor["model"])
      horizon = try cursor["horizon"].integer()
      start = try cursor.optional("start")?.integer() ?? 0
    } catch let error as JSONError {
      throw .file(.json(path: path, error: error))
    } catch let error as ExplorationError {
      throw .world(path: path, error)
    } catch {
      preconditionFailure("reading kernels throws two kinds of errors")
    }
  }
}

private enum LinearMixtureParseError: Error {
  case json(JSONError)
  case world(ExplorationError)
  case kind(String)
}

private func readJSON(_ path: String) throws(LinearMixtureFileError) -> JSONCursor {
  let bytes: [UInt8]
  do throws(FileError) {
    let file = try FileBytes(path: path)
    bytes = withExtendedLifetime(file) { Array(file.bytes) }
  } catch { throw .file(error) }
  do throws(JSONError) { return JSONCursor(try JSONValue.parse(bytes)) } catch {
    throw .file(.json(path: path, error: error))
  }
}
