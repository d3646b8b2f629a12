internal import JSON
internal import LinearAlgebra
internal import MDPs

extension JSONValue {
  /// π as rows of probabilities, shape (S, A).
  static func policy(_ policy: Policy, actionCount: Int) -> JSONValue {
    let probabilities = policy.probabilities(actionCount: actionCount)
    return .array((0..<probabilities.rowCount).map { .numbers(probabilities.row($0)) })
  }
}
