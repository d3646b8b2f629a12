public import LinearAlgebra

/// A linear program as a value:
///
/// ```
/// minimise or maximise  Σ_j c_j x_j
/// subject to            L_i ≤ Σ_j a_ij x_j ≤ U_i   for each row i
///                       l_j ≤ x_j ≤ u_j            for each column j
/// ```
///
/// Every bound may be infinite; equal bounds make an equation. The coefficients are sparse. Rows and columns can be added
/// at any time, so that column generation and cutting planes extend a program and solve it again from the last ``Basis``.
///
/// A program that exists is sound: numbers finite, bounds not crossed, every coefficient stored once.
public struct LinearProgram: Sendable, Equatable {
  /// Whether the smallest or the largest objective is sought.
  public enum Sense: Sendable, Equatable {
    /// The smallest.
    case minimise
    /// The largest.
    case maximise
  }

  /// The range a row activity or a column may take; either end may be infinite.
  public struct Bounds: Sendable, Equatable {
    /// The smallest value allowed, or −∞.
    public let lower: Double
    /// The largest value allowed, or ∞.
    public let upper: Double

    /// From `lower` to `upper`; checked when a program takes them in.
    public init(_ lower: Double, _ upper: Double) {
      self.lower = lower
      self.upper = upper
    }

    /// [0, ∞)
    public static let nonNegative = Bounds(0, .infinity)
    /// (−∞, ∞)
    public static let free = Bounds(-.infinity, .infinity)
    /// (−∞, value]
    public static func atMost(_ value: Double) -> Bounds { Bounds(-.infinity, value) }
    /// [value, ∞)
    public static func atLeast(_ value: Double) -> Bounds { Bounds(value, .infinity) }
    /// [value, value]
    public static func equal(_ value: Double) -> Bounds { Bounds(value, value) }

    /// The part of the bounds that a direction of recession must respect: 0 where finite, infinite where infinite.
    var recession: Bounds { Bounds(lower.isFinite ? 0 : lower, upper.isFinite ? 0 : upper) }

    /// How far `value` lies outside.
    func violation(of value: Double) -> Double { max(0, max(lower - value, value - upper)) }
  }

  /// Whether the objective is minimised or maximised.
  public let sense: Sense
  /// c: the cost of each column.
  public private(set) var costs: [Double]
  /// [l, u]: the bounds of each column.
  public private(set) var columnBounds: [Bounds]
  /// [L, U]: the bounds of each row's activity.
  public private(set) var rowBounds: [Bounds]

  // One coefficient a position, in the order they came.
  private(set) var entryRows: [Int32] = []
  private(set) var entryColumns: [Int32] = []
  private(set) var entryValues: [Double] = []

  /// The number of rows.
  public var rowCount: Int { rowBounds.count }
  /// The number of columns.
  public var columnCount: Int { costs.count }
  /// The number of stored coefficients.
  public var nonZeroCount: Int { entryValues.count }

  /// A program without rows and columns, to be filled with ``addRow(_:entries:)`` and ``addColumn(cost:bounds:entries:)``.
  public init(_ sense: Sense) {
    self.sense = sense
    costs = []
    columnBounds = []
    rowBounds = []
  }

  /// The program of a sparse matrix.
  ///
  /// - Parameters:
  ///   - sense: Minimise or maximise.
  ///   - costs: c, one number a column.
  ///   - columns: The bounds of each column; nil means every column is at least 0.
  ///   - matrix: The coefficients a, one row a row of the program.
  ///   - rows: The bounds of each row.
  /// - Throws: ``LinearProgramError`` naming the row or column that is wrong.
  /// - Complexity: O(rows + columns + entries)
  public init(
    _ sense: Sense, costs: [Double], columns: [Bounds]? = nil, matrix: SparseRows, rows: [Bounds]
  ) throws(LinearProgramError) {
    let bounds = columns ?? [Bounds](repeating: .nonNegative, count: costs.count)
    guard matrix.columnCount == costs.count else {
      throw .shape(of: "costs", expected: matrix.columnCount, got: costs.count)
    }
    guard bounds.count == costs.count else {
      throw .shape(of: "column bounds", expected: costs.count, got: bounds.count)
    }
    guard rows.count == matrix.rowCount else {
      throw .shape(of: "row bounds", expected: matrix.rowCount, got: rows.count)
    }
    self.init(sense)
    for (cost, bound) in zip(costs, bounds) { try addColumn(cost: cost, bounds: bound) }
    for (i, bound) in rows.enumerated() {
      try addRow(bound, entries: matrix.positions(ofRow: i).map { (Int(matrix.columns[$0]), matrix.values[$0]) })
    }
  }

  /// Adds a column and returns its index.
  ///
  /// - Parameters:
  ///   - cost: c of the new column.
  ///   - bounds: Its bounds; at least 0 by default.
  ///   - entries: The coefficients in existing rows, each row at most once.
  /// - Returns: The index of the new column.
  /// - Throws: ``LinearProgramError`` naming the new column, or the row of the entry that is wrong.
  /// - Complexity: O(k log k) for k entries
  @discardableResult
  public mutating func addColumn(
    cost: Double, bounds: Bounds = .nonNegative, entries: [(row: Int, value: Double)] = []
  ) throws(LinearProgramError) -> Int {
    try Self.check(cost, of: "cost of column", at: columnCount)
    try Self.check(bounds, of: "column", at: columnCount)
    try Self.check(entries.map { ($0.row, $0.value) }, of: "row", count: rowCount)
    for (row, value) in entries where value != 0 {
      entryRows.append(Int32(row))
      entryColumns.append(Int32(columnCount))
      entryValues.append(value)
    }
    costs.append(cost)
    columnBounds.append(bounds)
    return columnCount - 1
  }

  /// Adds a row and returns its index.
  ///
  /// - Parameters:
  ///   - bounds: The range of the row's activity.
  ///   - entries: The coefficients in existing columns, each column at most once.
  /// - Returns: The index of the new row.
  /// - Throws: ``LinearProgramError`` naming the new row, or the column of the entry that is wrong.
  /// - Complexity: O(k log k) for k entries
  @discardableResult
  public mutating func addRow(
    _ bounds: Bounds, entries: [(column: Int, value: Double)] = []
  ) throws(LinearProgramError) -> Int {
    try Self.check(bounds, of: "row", at: rowCount)
    try Self.check(entries.map { ($0.column, $0.value) }, of: "column", count: columnCount)
    for (column, value) in entries where value != 0 {
      entryRows.append(Int32(rowCount))
      entryColumns.append(Int32(column))
      entryValues.append(value)
    }
    rowBounds.append(bounds)
    return rowCount - 1
  }

  /// Replaces the cost of one column.
  ///
  /// - Throws: ``LinearProgramError`` when the column does not exist or the cost is not finite.
  public mutating func setCost(_ cost: Double, ofColumn column: Int) throws(LinearProgramError) {
    guard costs.indices.contains(column) else {
      throw .indexOutOfRange(of: "column", index: column, count: columnCount)
    }
    try Self.check(cost, of: "cost of column", at: column)
    costs[column] = cost
  }

  /// Replaces the bounds of one column.
  ///
  /// - Throws: ``LinearProgramError`` when the column does not exist or the bounds are wrong.
  public mutating func setBounds(_ bounds: Bounds, ofColumn column: Int) throws(LinearProgramError) {
    guard costs.indices.contains(column) else {
      throw .indexOutOfRange(of: "column", index: column, count: columnCount)
    }
    try Self.check(bounds, of: "column", at: column)
    columnBounds[column] = bounds
  }

  /// Replaces the bounds of one row.
  ///
  /// - Throws: ``LinearProgramError`` when the row does not exist or the bounds are wrong.
  public mutating func setBounds(_ bounds: Bounds, ofRow row: Int) throws(LinearProgramError) {
    guard rowBounds.indices.contains(row) else { throw .indexOutOfRange(of: "row", index: row, count: rowCount) }
    try Self.check(bounds, of: "row", at: row)
    rowBounds[row] = bounds
  }

  /// A x: the activity of every row at the point `primal`.
  ///
  /// - Complexity: O(rows + entries)
  public func activities(at primal: [Double]) -> [Double] {
    precondition(primal.count == columnCount, "one value a column is needed")
    var result = [Double](repeating: 0, count: rowCount)
    for k in entryValues.indices { result[Int(entryRows[k])] += entryValues[k] * primal[Int(entryColumns[k])] }
    return result
  }

  /// Aᵀ y: the combination of the rows with the given multipliers, by column.
  ///
  /// - Complexity: O(columns + entries)
  public func combination(of multipliers: [Double]) -> [Double] {
    precondition(multipliers.count == rowCount, "one multiplier a row is needed")
    var result = [Double](repeating: 0, count: columnCount)
    for k in entryValues.indices { result[Int(entryColumns[k])] += entryValues[k] * multipliers[Int(entryRows[k])] }
    return result
  }

  /// c · x at the point `primal`.
  public func objective(at primal: [Double]) -> Double { zip(costs, primal).reduce(0) { $0 + $1.0 * $1.1 } }

  private static let largest = 1e20

  private static func check(_ value: Double, of name: String, at index: Int) throws(LinearProgramError) {
    guard value.isFinite, value.magnitude < largest else { throw .badNumber(of: name, index: index, value: value) }
  }

  private static func check(_ bounds: Bounds, of name: String, at index: Int) throws(LinearProgramError) {
    let lower = bounds.lower
    let upper = bounds.upper
    guard lower.magnitude < largest || lower == -.infinity, upper.magnitude < largest || upper == .infinity else {
      throw .badBound(of: name, index: index, lower: lower, upper: upper)
    }
    guard lower <= upper else { throw .crossedBounds(of: name, index: index, lower: lower, upper: upper) }
  }

  private static func check(
    _ entries: [(index: Int, value: Double)], of name: String, count: Int
  ) throws(LinearProgramError) {
    for (index, value) in entries {
      guard index >= 0, index < count else { throw .indexOutOfRange(of: name, index: index, count: count) }
      try check(value, of: "the coefficient in \(name)", at: index)
    }
    var ascends = true
    for k in entries.indices.dropFirst() where entries[k].index <= entries[k - 1].index { ascends = false }
    guard !ascends else { return }
    let sorted = entries.map(\.index).sorted()
    for k in sorted.indices.dropFirst() where sorted[k] == sorted[k - 1] {
      throw .duplicateEntry(of: name, index: sorted[k])
    }
  }
}
