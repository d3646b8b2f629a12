public import LinearAlgebra

/// A linear program in rational numbers, with columns of at least 0:
///
/// ```
/// minimise or maximise  Σ_j c_j x_j
/// subject to            Σ_j a_ij x_j  =, ≤ or ≥  b_i   for each row i
///                       x_j ≥ 0                        for each column j
/// ```
///
/// Floating point proposes a basis, exact arithmetic proves or repairs it: the answer is an optimum with its dual, or the
/// combination of rows that no point can meet. Nothing rests on a tolerance.
///
/// Source: Applegate, Cook, Dash and Espinoza, Exact solutions to linear programming problems (2007).
public struct RationalProgram: Sendable, Equatable {
  /// How the activity of a row compares with its right side.
  public enum Relation: Sendable, Equatable {
    /// Σ a x = b
    case equal
    /// Σ a x ≤ b
    case atMost
    /// Σ a x ≥ b
    case atLeast
  }

  /// One coefficient.
  struct Entry: Sendable, Equatable {
    let row: Int
    let value: Rational
  }

  /// Whether the objective is minimised or maximised.
  public let sense: LinearProgram.Sense
  /// The relation of each row.
  public let relations: [Relation]
  /// b, one number a row.
  public let rightSides: [Rational]
  /// c, one number a column.
  public private(set) var costs: [Rational] = []
  private(set) var columns: [[Entry]] = []

  /// The number of rows.
  public var rowCount: Int { relations.count }
  /// The number of columns.
  public var columnCount: Int { columns.count }

  /// A program with rows and no columns, to be filled with ``addColumn(cost:entries:)``.
  public init(_ sense: LinearProgram.Sense, rows: [(relation: Relation, rightSide: Rational)]) {
    self.sense = sense
    relations = rows.map(\.relation)
    rightSides = rows.map(\.rightSide)
  }

  /// Adds a column of at least 0.
  ///
  /// - Parameters:
  ///   - cost: c of the new column.
  ///   - entries: its coefficients; those of the same row are added up.
  /// - Throws: ``LinearProgramError/indexOutOfRange(of:index:count:)`` for an entry in a row that does not exist.
  public mutating func addColumn(
    cost: Rational, entries: [(row: Int, value: Rational)]
  ) throws(LinearProgramError) {
    var merged: [Int: Rational] = [:]
    for (row, value) in entries {
      guard relations.indices.contains(row) else { throw .indexOutOfRange(of: "row", index: row, count: rowCount) }
      merged[row] = (merged[row] ?? 0) + value
    }
    costs.append(cost)
    columns.append(
      merged.sorted { $0.key < $1.key }.filter { !$0.value.isZero }.map { Entry(row: $0.key, value: $0.value) })
  }

  /// Solves exactly.
  ///
  /// - Returns: the optimum, the proof that there is no feasible point, or that the objective has no bound.
  /// - Throws: ``LinearAlgebraError`` when a system is too large to be solved in rationals.
  /// - Complexity: one floating-point solve, then two exact linear solves a pivot; most often no pivot is needed.
  public func solve() throws(LinearAlgebraError) -> RationalOutcome {
    var simplex = RationalSimplex(self, start: proposedBasis())
    return try simplex.run()
  }

  /// c · x
  public func objective(at primal: [Rational]) -> Rational { zip(costs, primal).reduce(0) { $0 + $1.0 * $1.1 } }

  /// Σ_i y_i a_ij of one column.
  func combination(_ multipliers: [Rational], ofColumn j: Int) -> Rational {
    columns[j].reduce(0) { $0 + $1.value * multipliers[$1.row] }
  }

  /// Whether `primal` and `dual` prove each other optimal: both feasible, with equal objectives.
  ///
  /// The check uses products and sums alone, apart from how the two were found.
  public func isOptimal(primal: [Rational], dual: [Rational]) -> Bool {
    guard primal.count == columnCount, dual.count == rowCount, primal.allSatisfy({ $0 >= 0 }) else { return false }
    var activities = [Rational](repeating: 0, count: rowCount)
    for (j, x) in primal.enumerated() where !x.isZero {
      for entry in columns[j] { activities[entry.row] = activities[entry.row] + entry.value * x }
    }
    let sign = sense == .maximise ? 1 : -1
    var bound = Rational(0)
    for i in 0..<rowCount {
      let (slack, price) = (activities[i] - rightSides[i], dual[i].sign * sign)
      switch relations[i] {
      case .equal: guard slack.isZero else { return false }
      case .atMost: guard slack <= 0, price >= 0 else { return false }
      case .atLeast: guard slack >= 0, price <= 0 else { return false }
      }
      bound = bound + dual[i] * rightSides[i]
    }
    for j in 0..<columnCount where (costs[j] - combination(dual, ofColumn: j)).sign * sign > 0 { return false }
    return bound == objective(at: primal)
  }

  /// Whether the combination of the rows with `multipliers` proves that no point is feasible (Farkas):
  /// yᵀ b > 0 ≥ yᵀ A, with y ≤ 0 for rows ≤ and y ≥ 0 for rows ≥.
  public func isInfeasible(by multipliers: [Rational]) -> Bool {
    guard multipliers.count == rowCount else { return false }
    var margin = Rational(0)
    for i in 0..<rowCount {
      switch relations[i] {
      case .equal: break
      case .atMost: guard multipliers[i] <= 0 else { return false }
      case .atLeast: guard multipliers[i] >= 0 else { return false }
      }
      margin = margin + multipliers[i] * rightSides[i]
    }
    return margin > 0 && (0..<columnCount).allSatisfy { combination(multipliers, ofColumn: $0) <= 0 }
  }

  /// The basis that floating point ends with: one variable a row, slacks numbered after the columns; the slacks when
  /// floating point has none.
  private func proposedBasis() -> [Int] {
    let slacks = Array(columnCount..<(columnCount + rowCount))
    do {
      var program = LinearProgram(sense)
      for (relation, side) in zip(relations, rightSides) {
        let value = Double(side)
        switch relation {
        case .equal: try program.addRow(.equal(value))
        case .atMost: try program.addRow(.atMost(value))
        case .atLeast: try program.addRow(.atLeast(value))
        }
      }
      for (cost, entries) in zip(costs, columns) {
        try program.addColumn(cost: Double(cost), entries: entries.map { (row: $0.row, value: Double($0.value)) })
      }
      let basis = try program.solve().basis
      let proposed =
        (0..<columnCount).filter { basis.isBasic(column: $0) }
        + (0..<rowCount).filter { basis.isBasic(row: $0) }.map { columnCount + $0 }
      return proposed.count == rowCount ? proposed : slacks
    } catch {
      // Numbers beyond the reach of floating point: exact pivots start from the slacks.
      return slacks
    }
  }
}

/// What solving a ``RationalProgram`` has proven.
public enum RationalOutcome: Sendable, Equatable {
  /// An optimum, proven by its dual.
  case optimal(RationalOptimum)
  /// No point is feasible: multipliers for ``RationalProgram/isInfeasible(by:)``.
  case infeasible(multipliers: [Rational])
  /// The objective can be improved for ever.
  case unbounded
}

/// An optimal point with its dual, in rationals.
public struct RationalOptimum: Sendable, Equatable {
  /// c · x
  public let objective: Rational
  /// x, one number a column.
  public let primal: [Rational]
  /// y: how much the objective rises a unit of each row's right side.
  public let dual: [Rational]
  /// Exact pivots after the basis that floating point proposed.
  public let pivots: Int
}
