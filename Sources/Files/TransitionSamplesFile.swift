internal import JSON
public import RewardDistances

extension TransitionSamples {
  /// Reads transitions with two rewards from a CSV or npz file.
  ///
  /// A CSV file has the columns `s,a,s',r1,r2` and perhaps `weight`, in this order without a header line or in any order with
  /// one; also known are the names `state`, `action`, `next`, `true`, `proxy`, `w`. Lines that start with `#` are skipped.
  /// An npz file has arrays of these names (`next` or `t` for s').
  ///
  /// - Throws: ``FileError`` naming the line or the array that is wrong.
  public static func read(from path: String) throws(FileError) -> TransitionSamples {
    try read(FileBytes(path: path))
  }

  /// Reads transitions from bytes in memory; `name` stands for the path in messages.
  ///
  /// - Throws: ``FileError`` naming the line or the array that is wrong.
  public static func read(_ bytes: [UInt8], name: String) throws(FileError) -> TransitionSamples {
    try read(FileBytes(bytes, name: name))
  }

  private static func read(_ file: FileBytes) throws(FileError) -> TransitionSamples {
    if FileFormat(content: file.bytes) == .npz { return try npz(file) }
    return try csv(file)
  }

  /// The columns and the names by which they are known.
  private static let columns: [(key: String, names: [String], isNeeded: Bool)] = [
    ("s", ["s", "state", "states"], true), ("a", ["a", "action", "actions"], true),
    ("s'", ["s'", "t", "next", "next_state", "next_states", "s2"], true), ("r1", ["r1", "true", "reward1"], true),
    ("r2", ["r2", "proxy", "reward2"], true), ("weight", ["weight", "weights", "w"], false),
  ]

  // MARK: npz

  private static func npz(_ file: FileBytes) throws(FileError) -> TransitionSamples {
    let archive = try NpzArchive(file, unpackedSizeLimit: ReadOptions().unpackedSizeLimit)
    func name(_ column: Int) throws(FileError) -> String? {
      if let name = columns[column].names.first(where: { archive.has($0) }) { return name }
      guard !columns[column].isNeeded else {
        throw .archive(
          path: file.path,
          reason: "there is no array \(columns[column].names.prefix(3).joined(separator: " or ")); "
            + "transitions need s, a, next, r1, r2")
      }
      return nil
    }
    var integers: [[Int]] = []
    for column in 0..<3 { integers.append(try archive.integers(try name(column) ?? "", rank: 1).values) }
    var numbers: [[Double]] = []
    for column in 3..<5 { numbers.append(try archive.doubles(try name(column) ?? "", rank: 1).values) }
    let weights: [Double]? = if let name = try name(5) { try archive.doubles(name, rank: 1).values } else { nil }
    do {
      return try TransitionSamples(
        states: integers[0], actions: integers[1], nextStates: integers[2], first: numbers[0], second: numbers[1],
        weights: weights)
    } catch {
      throw .archive(path: file.path, reason: "\(error)")
    }
  }

  // MARK: CSV

  private static func csv(_ file: FileBytes) throws(FileError) -> TransitionSamples {
    var lines = TextLines(file)
    var order: [Int] = []
    var integers: [[Int]] = [[], [], []]
    var numbers: [[Double]] = [[], [], []]
    var numbersOfLines: [Int] = []
    while let line = try lines.nextContent(remark: "#") {
      let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(\.trimmed)
      if order.isEmpty {
        if let header = try header(fields, lines) {
          order = header
          continue
        }
        guard fields.count == 5 || fields.count == 6 else {
          throw lines.fault("there are \(fields.count) columns; s,a,s',r1,r2 (and perhaps weight) are needed")
        }
        order = Array(0..<fields.count)
      }
      guard fields.count == order.count else {
        throw lines.fault("there are \(fields.count) columns instead of \(order.count)")
      }
      for (field, column) in zip(fields, order) {
        let key = columns[column].key
        if column < 3 {
          guard let value = Int(field) else {
            throw lines.fault("\(key) is \"\(field.prefix(40))\"; it must be a whole number")
          }
          integers[column].append(value)
        } else {
          guard let value = Double(String(field)), value.isFinite else {
            throw lines.fault("\(key) is \"\(field.prefix(40))\"; it must be a finite number")
          }
          numbers[column - 3].append(value)
        }
      }
      numbersOfLines.append(lines.number)
    }
    do {
      return try TransitionSamples(
        states: integers[0], actions: integers[1], nextStates: integers[2], first: numbers[0], second: numbers[1],
        weights: order.contains(5) ? numbers[2] : nil)
    } catch {
      guard case .sample(let row, let reason) = error, row < numbersOfLines.count else {
        throw .line(path: file.path, line: max(1, lines.number), reason: "\(error)")
      }
      throw .line(path: file.path, line: numbersOfLines[row], reason: reason)
    }
  }

  /// The columns in the order of a header line; nil when the line is no header.
  private static func header(_ fields: [Substring], _ lines: TextLines) throws(FileError) -> [Int]? {
    guard let first = fields.first, Double(String(first)) == nil else { return nil }
    var order: [Int] = []
    for field in fields {
      let name = field.lowercased()
      guard let column = columns.firstIndex(where: { $0.names.contains(name) }) else {
        let nearest = nearestNames(to: name, among: columns.flatMap(\.names))
        throw lines.fault(
          "there is no column called \"\(field.prefix(40))\"; "
            + (nearest.isEmpty
              ? "columns are s, a, s', r1, r2, weight" : "did you mean \(nearest.joined(separator: " or "))?"))
      }
      guard !order.contains(column) else { throw lines.fault("column \(columns[column].key) stands twice") }
      order.append(column)
    }
    if let missing = columns.indices.first(where: { columns[$0].isNeeded && !order.contains($0) }) {
      throw lines.fault("column \(columns[missing].key) is missing; s, a, s', r1 and r2 are needed")
    }
    return order
  }
}
