public import Files
public import JSON
internal import LinearAlgebra
public import RewardDistances

/// Measures between all pairs of several rewards, as a table, JSON, CSV, arrays and a picture; near rewards stand together.
public struct RewardMatrixReport: Sendable {
  private let matrices: [RewardMatrix]
  private let clusters: AverageLinkage
  private let flags: [String]

  /// The report of `matrices`, all over the same rewards and at least one; the first one decides the order.
  public init(_ matrices: [RewardMatrix], flags: [String] = []) {
    self.matrices = matrices
    clusters = AverageLinkage(matrices[0].values)
    self.flags = flags + matrices.flatMap { matrix in matrix.notes.map { "\(matrix.measure.name): \($0)" } }
  }

  private var names: [String] { matrices[0].names }

  /// The matrices as one JSON object; rows and columns in the order of the rewards given.
  public var json: JSONValue {
    [
      "rewards": .array(names.map { .string($0) }),
      "distances": .object(
        matrices.map { matrix in
          .init(matrix.measure.name, .array(names.indices.map { .numbers(matrix.values.row($0)) }))
        }),
      "symmetric": .object(matrices.map { .init($0.measure.name, .bool($0.measure.isSymmetric)) }),
      "order": .integers(clusters.order),
      "clusters": .array(
        clusters.merges.map {
          ["first": .integer($0.first), "second": .integer($0.second), "height": .finite($0.height)]
        }),
      "linkage": "average",
      "flags": .array(flags.map { .string($0) }),
    ]
  }

  /// Rewards that a table on the screen shows.
  private static let shownCount = 24

  /// The matrices as tables.
  public var text: String {
    let shown = clusters.order.prefix(Self.shownCount)
    var result = ""
    for matrix in matrices {
      result += "\(matrix.measure.name)"
      result += matrix.measure.isSymmetric ? "\n" : ", from the true reward of the row to the proxy of the column\n"
      var table = TextTable(
        header: [""] + shown.map { names[$0] }, alignments: [.left] + shown.map { _ in .right })
      for i in shown { table.append([names[i]] + shown.map { matrix.values[i, $0].readable(digits: 4) }) }
      result += table.text() + "\n"
    }
    if shown.count < names.count {
      result += "Note: \(shown.count) of \(names.count) rewards are shown; --json, --format csv or npz has all.\n"
    }
    return result + flags.map { "Note: \($0).\n" }.joined()
  }

  /// One line a measure and reward, the rewards in the order given.
  public var csv: String {
    var result = (["measure", "from"] + names).map(CSV.cell).joined(separator: ",") + "\n"
    for matrix in matrices {
      for i in names.indices {
        result += ([matrix.measure.name, names[i]].map(CSV.cell) + matrix.values.row(i).map { "\($0)" })
          .joined(separator: ",")
        result += "\n"
      }
    }
    return result
  }

  /// The arrays `rewards` (n), `order` (n), and `distances.NAME` (n, n) for every measure.
  public var arrays: ArrayArchive {
    var archive = ArrayArchive()
    archive.add("rewards", .strings(names), shape: [names.count])
    archive.add("order", .integers(clusters.order), shape: [names.count])
    for matrix in matrices {
      archive.add(
        "distances.\(matrix.measure.name)", .doubles(matrix.values.elements), shape: [names.count, names.count])
    }
    return archive
  }

  /// A heat map of every measure.
  public var svg: String {
    HeatMap(
      names: names, order: clusters.order,
      panels: matrices.map {
        HeatMap.Panel(title: $0.measure.name, values: $0.values, isDirected: !$0.measure.isSymmetric)
      }
    ).svg
  }
}
