public import JSON
public import OnlineMatching

/// All that the numbers of one `matching run` depend on, as the first line of its journal has it.
public struct MatchingRunFile: Sendable {
  /// The instance.
  public let instance: MatchingInstance
  /// The algorithms, in order.
  public let algorithms: [MatchingAlgorithm]
  /// The simulation.
  public let simulation: MatchingSimulation

  /// A run from its parts.
  public init(instance: MatchingInstance, algorithms: [MatchingAlgorithm], simulation: MatchingSimulation) {
    self.instance = instance
    self.algorithms = algorithms
    self.simulation = simulation
  }

  /// `{"instance", "algorithms": [NAME], "replicates", "seed": text, "outcomes", "ties", "shuffledLabels"}`; the seed as a
  /// text, because it may need 64 bits.
  public var json: JSONValue {
    [
      "instance": instance.json, "algorithms": .array(algorithms.map { .string($0.rawValue) }),
      "replicates": .integer(simulation.replicates), "seed": .string("\(simulation.seed)"),
      "outcomes": .string(simulation.outcomes.rawValue), "ties": .string(simulation.ties.rawValue),
      "shuffledLabels": .bool(simulation.shufflesLabels),
    ]
  }

  /// A run from the object of ``json``.
  ///
  /// - Parameters:
  ///   - value: The object.
  ///   - path: What messages call it.
  /// - Throws: ``MatchingFileError`` naming the place.
  public init(json value: JSONValue, path: String) throws(MatchingFileError) {
    let instance: MatchingInstance
    guard let part = value["instance"] else {
      throw .file(.json(path: path, error: JSONCursor(value).wrong("an instance")))
    }
    instance = try MatchingInstance(json: part, path: path)
    let parts: (names: [MatchingAlgorithm], replicates: Int, seed: UInt64, MatchingSimulation.Outcomes, ScoreTies, Bool)
    do throws(JSONError) {
      let cursor = JSONCursor(value)
      var names: [MatchingAlgorithm] = []
      for element in try cursor["algorithms"].elements() { names.append(try element.name()) }
      guard let seed = UInt64(try cursor["seed"].string()) else { throw try cursor["seed"].wrong("a seed") }
      parts = (
        names, try cursor["replicates"].integer(in: 1...Int(UInt32.max)), seed, try cursor["outcomes"].name(),
        try cursor["ties"].name(), try cursor["shuffledLabels"].bool()
      )
    } catch { throw .file(.json(path: path, error: error)) }
    do throws(MatchingError) {
      var simulation = try MatchingSimulation(
        replicates: parts.replicates, seed: parts.seed, outcomes: parts.3, shufflesLabels: parts.5)
      simulation.ties = parts.4
      self.init(instance: instance, algorithms: parts.names, simulation: simulation)
    } catch { throw .instance(path: path, error) }
  }
}

extension JSONCursor {
  /// The text as one name of a closed list.
  fileprivate func name<Name: RawRepresentable & CaseIterable>() throws(JSONError) -> Name
  where Name.RawValue == String {
    guard let name = Name(rawValue: try string()) else {
      throw wrong("one of \(Name.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return name
  }
}
