internal import JSON
internal import LinearAlgebra
public import MDPSolvers
public import MDPs

extension RationalPolicy {
  /// Reads a policy as ``MDPs/Policy/read(from:for:)`` does, in rationals: probabilities may also be texts such as `"1/3"`;
  /// numbers are read as the simple fractions or decimals they were rounded from.
  ///
  /// - Throws: ``FileError`` naming the state that is wrong.
  public static func read(from path: String, for mdp: MDP) throws(FileError) -> RationalPolicy {
    let file = try FileBytes(path: path)
    let rows: [[Rational]]?
    do {
      var reader = JSONReader(bytes: file.bytes, owner: file)
      let root = JSONCursor(try reader.value())
      try reader.finish()
      let isObject = if case .object = root.value { true } else { false }
      rows = try fractions(isObject ? try root["policy"] : root, for: mdp)
    } catch {
      throw .json(path: file.path, error: error)
    }
    guard let rows else {
      return RationalPolicy(try Policy.read(from: path, for: mdp), actionCount: mdp.actionCount)
    }
    do {
      return try RationalPolicy(rows: rows, for: mdp)
    } catch {
      throw .model(path: file.path, error: error)
    }
  }

  /// The rows of a policy that has texts among its probabilities; nil for one that has none.
  private static func fractions(_ cursor: JSONCursor, for mdp: MDP) throws(JSONError) -> [[Rational]]? {
    guard case .array(let states) = cursor.value else { return nil }
    let hasTexts = states.contains { state in
      guard case .array(let row) = state else { return false }
      return row.contains { if case .string = $0 { true } else { false } }
    }
    guard hasTexts else { return nil }
    var rows: [[Rational]] = []
    for state in try cursor.elements() {
      var row: [Rational] = []
      for entry in try state.elements() {
        if case .string(let text) = entry.value {
          guard let number = try? Rational(parsing: text) else {
            throw entry.wrong("a number, or a text such as \"1/3\"")
          }
          row.append(number)
        } else {
          row.append(RationalPolicy.rational(try entry.double()))
        }
      }
      rows.append(row)
    }
    return rows
  }
}
