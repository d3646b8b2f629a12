internal import JSON
internal import LinearAlgebra
public import MDPs

extension Policy {
  /// Reads a policy for `mdp` from a JSON file: a list of one action a state (numbers, or names where the actions have
  /// names), or a matrix [state][action] of probabilities. An object with such a member `policy`, as `solve` prints it,
  /// does as well.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - mdp: The world that the policy is for.
  /// - Returns: A policy that fits `mdp`.
  /// - Throws: ``FileError`` naming the state that is wrong.
  public static func read(from path: String, for mdp: MDP) throws(FileError) -> Policy {
    try read(FileBytes(path: path), for: mdp)
  }

  /// Reads a policy from bytes in memory; `name` stands for the path in messages.
  ///
  /// - Throws: ``FileError`` naming the state that is wrong.
  public static func read(_ bytes: [UInt8], name: String, for mdp: MDP) throws(FileError) -> Policy {
    try read(FileBytes(bytes, name: name), for: mdp)
  }

  private static func read(_ file: FileBytes, for mdp: MDP) throws(FileError) -> Policy {
    let policy: Policy
    do {
      var reader = JSONReader(bytes: file.bytes, owner: file)
      let root = JSONCursor(try reader.value())
      try reader.finish()
      let isObject = if case .object = root.value { true } else { false }
      policy = try parse(isObject ? try root["policy"] : root, for: mdp)
    } catch {
      throw .json(path: file.path, error: error)
    }
    do {
      try policy.validate(for: mdp)
    } catch {
      throw .model(path: file.path, error: error)
    }
    return policy
  }

  private static func parse(_ cursor: JSONCursor, for mdp: MDP) throws(JSONError) -> Policy {
    let states = try cursor.elements()
    guard states.count == mdp.stateCount else {
      throw cursor.wrong("an action or a row of probabilities for each of \(mdp.stateCount) states")
    }
    if case .array = states.first?.value {
      let rows = try cursor.rows(rowCount: mdp.stateCount, columnCount: mdp.actionCount)
      do {
        return .stochastic(try Matrix(rows: rows))
      } catch {
        throw cursor.wrong("a matrix of shape [\(mdp.stateCount), \(mdp.actionCount)]")
      }
    }
    var actions: [Int] = []
    for state in states {
      if case .string(let name) = state.value {
        guard let names = mdp.actionNames else { throw state.wrong("the number of an action (they have no names)") }
        guard let action = names.firstIndex(of: name) else {
          throw .unknown(path: state.path, name: name, nearest: nearestNames(to: name, among: names))
        }
        actions.append(action)
      } else {
        actions.append(try state.integer(in: 0..<mdp.actionCount))
      }
    }
    return .deterministic(actions)
  }
}
