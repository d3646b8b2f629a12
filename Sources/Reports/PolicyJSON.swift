public import JSON
internal import LinearAlgebra
public import MDPs

extension JSONValue {
  /// The discounted occupancy of each pair, shape (S, A).
  public static func occupancy(_ measure: OccupancyMeasure) -> JSONValue {
    let width = measure.actionCount
    return .array((0..<measure.stateCount).map { .numbers(Array(measure.values[($0 * width)..<(($0 + 1) * width)])) })
  }

  /// π as rows of probabilities, shape (S, A).
  static func policy(_ policy: Policy, actionCount: Int) -> JSONValue {
    let probabilities = policy.probabilities(actionCount: actionCount)
    return .array((0..<probabilities.rowCount).map { .numbers(probabilities.row($0)) })
  }
}
