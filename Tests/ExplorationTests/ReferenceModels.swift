import Exploration
import JSON
import LinearAlgebra
import TestSupport
import Testing

extension JSONCursor {
  /// All numbers of a nested array, in order.
  func flat() throws -> [Double] {
    func numbers(_ value: JSONValue) throws -> [Double] {
      switch value {
      case .array(let parts): try parts.flatMap(numbers)
      case .integer(let number): [Double(number)]
      case .number(let number): [number]
      default: throw wrong("numbers")
      }
    }
    return try numbers(value)
  }

  /// A square or rectangular matrix.
  func matrix() throws -> Matrix { try Matrix(rows: rows()) }

  /// The Cholesky factorisation of a matrix.
  func factor() throws -> CholeskyFactorisation { try CholeskyFactorisation(try matrix()) }
}

/// The models of `mdps.json` by name.
struct ReferenceModels {
  /// The JSON of each.
  let json: [String: JSONCursor]
  /// Each as a world.
  let models: [String: LinearMixtureMDP]

  init() throws {
    var json: [String: JSONCursor] = [:]
    var models: [String: LinearMixtureMDP] = [:]
    for entry in try Reference.json("exploration/mdps.json")["mdps"].elements() {
      let name = try entry["name"].string()
      let features = try MixtureFeatures(
        stateCount: entry["S"].integer(), actionCount: entry["A"].integer(), dimension: entry["d"].integer(),
        values: entry["phi_sait"].flat())
      json[name] = entry
      models[name] = try LinearMixtureMDP(
        features: features, parameter: entry["theta"].flat(), horizon: entry["H"].integer(),
        startState: entry["start"].integer())
    }
    self.json = json
    self.models = models
  }

  /// The model called `name`.
  subscript(name: String) -> LinearMixtureMDP {
    get throws { try #require(models[name]) }
  }
}

/// max |a − b|, infinite for different counts.
func distance(_ a: some Collection<Double>, _ b: some Collection<Double>) -> Double {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
}
