internal import Foundation
public import JSON
public import OnlineMatching

/// What is wrong with a file that should hold a matching instance.
public enum MatchingFileError: Error, Equatable, Sendable {
  /// The file cannot be read, or its text has the wrong form.
  case file(FileError)
  /// The numbers make no instance.
  case instance(path: String, MatchingError)
}

extension MatchingFileError: CustomStringConvertible {
  /// One sentence that says what is wrong, where, and how to mend it.
  public var description: String {
    switch self {
    case .file(let error): error.description
    case .instance(let path, let error): "\(path): \(error)"
    }
  }
}

extension MatchingInstance {
  /// Reads an instance from a file: JSON, or a CSV table when the name ends in `.csv`.
  ///
  /// - Throws: ``MatchingFileError`` naming the file and the place.
  public init(path: String) throws(MatchingFileError) {
    let bytes: [UInt8]
    do throws(FileError) {
      let file = try FileBytes(path: path)
      bytes = withExtendedLifetime(file) { Array(file.bytes) }
    } catch { throw .file(error) }
    if path.lowercased().hasSuffix(".csv") {
      try self.init(csv: bytes, path: path)
    } else {
      let value: JSONValue
      do throws(JSONError) { value = try JSONValue.parse(bytes) } catch {
        throw .file(.json(path: path, error: error))
      }
      try self.init(json: value, path: path)
    }
  }

  /// An instance from a JSON object `{"offline": n, "weights": [n], "capacities": [n], "online": [[[u, p], …], …]}`, weights
  /// and capacities optional, or from an object that has it as its member `instance`.
  ///
  /// - Parameters:
  ///   - value: The JSON object.
  ///   - path: What messages call it.
  /// - Throws: ``MatchingFileError`` naming the place within the object, or the arrival and edge.
  public init(json value: JSONValue, path: String = "instance") throws(MatchingFileError) {
    let parts: Parts
    do throws(JSONError) { parts = try Parts(JSONCursor(value)) } catch {
      throw .file(.json(path: path, error: error))
    }
    do throws(MatchingError) {
      try self.init(
        offlineCount: parts.offlineCount, weights: parts.weights, capacities: parts.capacities, arrivals: parts.arrivals
      )
    } catch { throw .instance(path: path, error) }
  }

  /// An instance from a CSV table with the header `arrival,offline,probability` and optionally `,weight` (of the offline
  /// vertex, which must agree wherever it is repeated). Vertices are numbered from 0; those never named up to the largest
  /// number are isolated.
  ///
  /// - Parameters:
  ///   - bytes: The table in UTF-8.
  ///   - path: What messages call it.
  /// - Throws: ``MatchingFileError`` naming the line.
  public init(csv bytes: [UInt8], path: String = "instance") throws(MatchingFileError) {
    var weights: [Int: Double] = [:]
    var offlineCount = 0
    var arrivals: [[Edge]] = []
    var width = 0
    for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      func wrong(_ reason: String) -> MatchingFileError {
        .file(.line(path: path, line: index + 1, reason: reason))
      }
      let fields = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map {
        String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
      }
      if index == 0 {
        guard
          fields == ["arrival", "offline", "probability"] || fields == ["arrival", "offline", "probability", "weight"]
        else { throw wrong("the header must be arrival,offline,probability or arrival,offline,probability,weight") }
        width = fields.count
        continue
      }
      if fields == [""] { continue }
      guard fields.count == width else { throw wrong("there are \(fields.count) fields, but \(width) are needed") }
      guard let arrival = Int(fields[0]), (0..<Self.largestIndex).contains(arrival) else {
        throw wrong("the arrival is \"\(fields[0])\", but must be a number from 0 to \(Self.largestIndex - 1)")
      }
      guard let offline = Int(fields[1]), (0..<Self.largestIndex).contains(offline) else {
        throw wrong("the offline vertex is \"\(fields[1])\", but must be a number from 0 to \(Self.largestIndex - 1)")
      }
      guard let probability = Double(fields[2]), probability >= 0, probability <= 1 else {
        throw wrong("the probability is \"\(fields[2])\", but must be a number from 0 to 1")
      }
      if width == 4 {
        guard let weight = Double(fields[3]), weight.isFinite, weight >= 0 else {
          throw wrong("the weight is \"\(fields[3])\", but must be a number of at least 0")
        }
        guard weights[offline, default: weight] == weight else {
          throw wrong("offline vertex \(offline) has weight \(weight) here and another above; make them agree")
        }
        weights[offline] = weight
      }
      if arrival >= arrivals.count {
        arrivals.append(contentsOf: [[Edge]](repeating: [], count: arrival + 1 - arrivals.count))
      }
      offlineCount = max(offlineCount, offline + 1)
      arrivals[arrival].append(Edge(offline, probability))
    }
    do throws(MatchingError) {
      try self.init(
        offlineCount: offlineCount, weights: (0..<offlineCount).map { weights[$0] ?? 1 }, arrivals: arrivals)
    } catch { throw .instance(path: path, error) }
  }

  /// A larger index in a table is more likely a slip than a graph.
  private static let largestIndex = 10_000_000
}

/// The parts of an instance as a JSON object has them.
private struct Parts {
  let offlineCount: Int
  let weights: [Double]?
  let capacities: [Int]?
  let arrivals: [[MatchingInstance.Edge]]

  init(_ root: JSONCursor) throws(JSONError) {
    let cursor = try root.optional("instance") ?? root
    offlineCount = try cursor["offline"].integer(in: 0...10_000_000)
    let online = try cursor["online"].elements()
    try cursor.allowOnly(["offline", "weights", "capacities", "online", "kind", "name", "note"])
    weights = try cursor.optional("weights")?.doubles()
    capacities = try cursor.optional("capacities")?.integers()
    var arrivals: [[MatchingInstance.Edge]] = []
    for arrival in online {
      var edges: [MatchingInstance.Edge] = []
      for edge in try arrival.elements() {
        let parts = try edge.elements()
        guard parts.count == 2 else { throw edge.wrong("a pair [offline vertex, probability]") }
        edges.append(.init(try parts[0].integer(), try parts[1].double()))
      }
      arrivals.append(edges)
    }
    self.arrivals = arrivals
  }
}

/// The forms in which an instance can be written.
public enum MatchingFileFormat: String, CaseIterable, Sendable {
  /// The JSON object that ``OnlineMatching/MatchingInstance/init(json:path:)`` reads.
  case json
  /// The CSV table that ``OnlineMatching/MatchingInstance/init(csv:path:)`` reads; isolated vertices after the last edge and
  /// capacities are not kept.
  case csv
  /// A graph for Graphviz.
  case dot
}

extension MatchingInstance {
  /// The instance as a text in `format`.
  public func text(as format: MatchingFileFormat) -> String {
    switch format {
    case .json: json.serialised() + "\n"
    case .csv: csv
    case .dot: dot
    }
  }

  /// `{"offline", "weights", "capacities", "online"}`; weights and capacities only where they are not all 1.
  public var json: JSONValue {
    var members: [JSONValue.Member] = [.init("offline", .integer(offlineCount))]
    if !weights.allSatisfy({ $0 == 1 }) { members.append(.init("weights", .numbers(weights))) }
    if !hasUnitCapacities { members.append(.init("capacities", .integers(capacities))) }
    members.append(
      .init(
        "online",
        .array(arrivals.map { .array($0.map { [.integer($0.offline), .finite($0.probability)] }) })))
    return .object(members)
  }

  private var csv: String {
    let weighted = !weights.allSatisfy { $0 == 1 }
    var text = "arrival,offline,probability" + (weighted ? ",weight\n" : "\n")
    for (v, edges) in arrivals.enumerated() {
      for edge in edges {
        text += "\(v),\(edge.offline),\(edge.probability)" + (weighted ? ",\(weights[edge.offline])\n" : "\n")
      }
    }
    return text
  }

  private var dot: String {
    var text = "graph matching {\n  rankdir=LR;\n  node [shape=circle];\n"
    for u in 0..<offlineCount { text += "  u\(u) [label=\"u\(u)\\nw=\(weights[u])\"];\n" }
    for (v, edges) in arrivals.enumerated() {
      text += "  v\(v) [shape=box];\n"
      for edge in edges { text += "  v\(v) -- u\(edge.offline) [label=\"\(edge.probability)\"];\n" }
    }
    return text + "}\n"
  }
}
