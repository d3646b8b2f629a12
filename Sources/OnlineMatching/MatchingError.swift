/// What is wrong with a matching instance or with what is asked of it.
///
/// Indices are counted from 0. `description` is one sentence: the place, the value found, and how to mend it.
public enum MatchingError: Error, Equatable, Sendable {
  /// An array has another length than there are offline vertices.
  case count(of: String, expected: Int, got: Int)
  /// A weight is negative or not finite.
  case weight(offline: Int, value: Double)
  /// A capacity is below 1.
  case capacity(offline: Int, value: Int)
  /// An edge names an offline vertex that does not exist.
  case offlineVertex(arrival: Int, edge: Int, value: Int, count: Int)
  /// A success probability is outside [0, 1].
  case probability(arrival: Int, edge: Int, value: Double)
  /// An arrival has two edges to the same offline vertex.
  case duplicateEdge(arrival: Int, offline: Int)
  /// A parameter is out of its range.
  case parameter(name: String, value: Double, needed: String)
  /// The exact computation would need more than the limit.
  case tooLarge(what: String, size: Double, limit: Double, instead: String)
  /// The algorithm has no exact evaluation on this instance.
  case noExactValue(algorithm: String, reason: String)
  /// A linear program could not be solved.
  case linearProgram(name: String, reason: String)
}

extension MatchingError: CustomStringConvertible {
  /// One sentence that says what is wrong, where, and how to mend it.
  public var description: String {
    switch self {
    case .count(let name, let expected, let got):
      "\(name) has \(got) elements, but there are \(expected) offline vertices; give one number a vertex"
    case .weight(let offline, let value):
      "the weight of offline vertex \(offline) is \(value); it must be finite and at least 0"
    case .capacity(let offline, let value):
      "the capacity of offline vertex \(offline) is \(value); it must be at least 1"
    case .offlineVertex(let arrival, let edge, let value, let count):
      "edge \(edge) of arrival \(arrival) names offline vertex \(value), but vertices are 0 to \(count - 1)"
    case .probability(let arrival, let edge, let value):
      "edge \(edge) of arrival \(arrival) has probability \(value); it must be between 0 and 1"
    case .duplicateEdge(let arrival, let offline):
      "arrival \(arrival) has two edges to offline vertex \(offline); keep one"
    case .parameter(let name, let value, let needed):
      "\(name) is \(Self.short(value)); it must be \(needed)"
    case .tooLarge(let what, let size, let limit, let instead):
      "\(what) is \(Self.short(size)), above the limit of \(Self.short(limit)); \(instead)"
    case .noExactValue(let algorithm, let reason):
      "\(algorithm) has no exact evaluation here: \(reason)"
    case .linearProgram(let name, let reason):
      "the linear program \(name) was not solved: \(reason)"
    }
  }

  private static func short(_ value: Double) -> String {
    value == value.rounded() && value.magnitude < 1e15 ? "\(Int(value))" : "\(value)"
  }
}
