internal import CClp

/// The simplex method (of the COIN-OR library CLP), primal or dual, with every answer checked.
///
/// An answer counts as optimal only when its residuals and its duality gap, recomputed from the program, are within
/// `tolerance` relative to the size of the numbers involved. When a program has no optimum, two auxiliary programs give
/// the proof: the elastic program (smallest total violation; its duals are a Farkas certificate) and the recession program
/// (best direction within the unit box).
///
/// The same program gives the same bytes on every run and thread; distinct calls share nothing.
///
/// Source: Dantzig (1963); for the certificates Farkas (1902), theorem of the alternative.
public struct SimplexMethod: Sendable, Equatable {
  /// Which form of the method runs.
  public enum Variant: Sendable, Equatable {
    /// Dual from a cold start or after rows were added, primal after columns were added.
    case automatic
    /// Primal simplex.
    case primal
    /// Dual simplex.
    case dual
  }

  /// Which form of the method runs.
  public var variant: Variant
  /// The feasibility tolerance handed to the library, absolute, for the primal and the dual side.
  public var tolerance: Double
  /// The largest number of pivots of one run.
  public var iterationLimit: Int

  /// The method with its options.
  public init(variant: Variant = .automatic, tolerance: Double = 1e-9, iterationLimit: Int = 10_000_000) {
    precondition(tolerance > 0 && iterationLimit > 0, "tolerance and iteration limit must be positive")
    self.variant = variant
    self.tolerance = tolerance
    self.iterationLimit = min(iterationLimit, Int(Int32.max))
  }

  /// Solves `program`.
  ///
  /// - Parameters:
  ///   - program: The program, checked when it was made.
  ///   - start: The final basis of this program, or of one with fewer rows or columns; nil starts cold.
  /// - Returns: The optimum with its account, or the certificate that there is none.
  /// - Throws: ``LinearProgramError/basisTooLarge(rows:columns:)`` when `start` does not fit.
  /// - Complexity: Each pivot is about linear in the number of entries; the number of pivots is rarely above a small
  ///   multiple of the rows, though exponential at worst.
  public func solve(
    _ program: LinearProgram, from start: Basis? = nil
  ) throws(LinearProgramError) -> LinearProgramSolution {
    if let start, start.rows.count > program.rowCount || start.columns.count > program.columnCount {
      throw .basisTooLarge(rows: start.rows.count, columns: start.columns.count)
    }
    let first = run(program, from: start, usePrimal: prefersPrimal(program, start), presolve: start == nil)
    if first.status == .optimal { return first }
    if let proof = try whyNoOptimum(program, first) { return proof }
    // Neither proof exists, so that there is an optimum: try again without the shortcuts.
    for usePrimal in [true, false] {
      let again = run(program, from: nil, usePrimal: usePrimal, presolve: false)
      if again.status == .optimal { return again }
    }
    return first
  }

  private func prefersPrimal(_ program: LinearProgram, _ start: Basis?) -> Bool {
    switch variant {
    case .primal: true
    case .dual: false
    case .automatic: start.map { $0.rows.count == program.rowCount } ?? false
    }
  }

  /// The certificate that `program` has no optimum, if one exists.
  private func whyNoOptimum(
    _ program: LinearProgram, _ attempt: LinearProgramSolution
  ) throws(LinearProgramError) -> LinearProgramSolution? {
    let elastic = try elasticProgram(of: program)
    let violation = run(elastic, from: nil, usePrimal: true, presolve: false)
    guard violation.status == .optimal else { return nil }
    let largest = max(1e-300, violation.dual.reduce(0) { max($0, $1.magnitude) })
    let multipliers = violation.dual.map { $0 / largest }
    let margin = program.farkasMargin(of: multipliers)
    if violation.objective > 10 * tolerance, margin > 0 {
      return attempt.ended(.infeasible, program, .farkas(multipliers: multipliers, margin: margin))
    }
    guard violation.objective <= 1e-6 else { return nil }
    let recession = run(try recessionProgram(of: program), from: nil, usePrimal: true, presolve: false)
    guard recession.status == .optimal else { return nil }
    let size = max(1e-300, recession.primal.reduce(0) { max($0, $1.magnitude) })
    let direction = recession.primal.map { $0 / size }
    guard let rate = program.improvement(along: direction), rate > 10 * tolerance else { return nil }
    let feasible = Array(violation.primal.prefix(program.columnCount))
    return attempt.ended(.unbounded, program, .ray(direction: direction, rate: rate), at: feasible)
  }

  /// Minimises the total violation of the rows of `program`.
  private func elasticProgram(of program: LinearProgram) throws(LinearProgramError) -> LinearProgram {
    var elastic = LinearProgram(.minimise)
    for bounds in program.columnBounds { try elastic.addColumn(cost: 0, bounds: bounds) }
    let entries = program.entriesByRow()
    for (i, bounds) in program.rowBounds.enumerated() {
      var row = entries[i]
      if bounds.lower.isFinite { row.append((try elastic.addColumn(cost: 1), 1)) }
      if bounds.upper.isFinite { row.append((try elastic.addColumn(cost: 1), -1)) }
      try elastic.addRow(bounds, entries: row)
    }
    return elastic
  }

  /// Looks for the best direction that keeps all bounds, within the unit box.
  private func recessionProgram(of program: LinearProgram) throws(LinearProgramError) -> LinearProgram {
    var recession = LinearProgram(program.sense)
    for (cost, bounds) in zip(program.costs, program.columnBounds) {
      let cone = bounds.recession
      try recession.addColumn(cost: cost, bounds: .init(max(-1, cone.lower), min(1, cone.upper)))
    }
    for (bounds, entries) in zip(program.rowBounds, program.entriesByRow()) {
      try recession.addRow(bounds.recession, entries: entries)
    }
    return recession
  }

  /// One run of the library. The status is `.optimal` when the account confirms it and `.stopped` otherwise.
  private func run(
    _ program: LinearProgram, from start: Basis?, usePrimal: Bool, presolve: Bool
  ) -> LinearProgramSolution {
    let columns = program.columnCount
    let rows = program.rowCount
    guard let model = Clp_newModel() else { preconditionFailure("CLP could not make a model") }
    defer { Clp_deleteModel(model) }
    Clp_setLogLevel(model, 0)
    let sign = program.sense == .minimise ? 1.0 : -1.0
    // CLP mistreats programs with no rows or no columns, so that each gets one more that cannot matter.
    let compressed = program.compressedColumns()
    Clp_loadProblem(
      model, Int32(columns + 1), Int32(rows + 1), compressed.starts + [Int32(program.nonZeroCount)], compressed.rows,
      compressed.values,
      program.columnBounds.map { Self.finite($0.lower) } + [0],
      program.columnBounds.map { Self.finite($0.upper) } + [0],
      program.costs.map { sign * $0 } + [0],
      program.rowBounds.map { Self.finite($0.lower) } + [Self.finite(-.infinity)],
      program.rowBounds.map { Self.finite($0.upper) } + [Self.finite(.infinity)])
    Clp_setPrimalTolerance(model, tolerance)
    Clp_setDualTolerance(model, tolerance)
    Clp_setMaximumIterations(model, Int32(iterationLimit))
    if let start {
      let newColumns = program.columnBounds[start.columns.count...].map { bounds -> UInt8 in
        bounds.lower.isFinite ? 3 : bounds.upper.isFinite ? 2 : 0
      }
      let newRows = [UInt8](repeating: 1, count: rows - start.rows.count)
      Clp_copyinStatus(model, start.columns + newColumns + [3] + start.rows + newRows + [1])
    }
    if presolve {
      _ = usePrimal ? Clp_initialPrimalSolve(model) : Clp_initialDualSolve(model)
    } else {
      _ = usePrimal ? Clp_primal(model, 0) : Clp_dual(model, 0)
    }
    let claimsOptimum = Clp_status(model) == 0
    let primal = Array(UnsafeBufferPointer(start: Clp_getColSolution(model), count: columns))
    let dual = UnsafeBufferPointer(start: Clp_getRowPrice(model), count: rows).map { sign * $0 }
    let account = program.account(primal: primal, dual: dual)
    let basis = Basis(
      columns: (0..<columns).map { UInt8(truncatingIfNeeded: Clp_getColumnStatus(model, Int32($0))) },
      rows: (0..<rows).map { UInt8(truncatingIfNeeded: Clp_getRowStatus(model, Int32($0))) })
    let size = 1 + max(primal.reduce(0) { max($0, $1.magnitude) }, account.objective.magnitude)
    let costSize = 1 + program.costs.reduce(0) { max($0, $1.magnitude) }
    let confirmed =
      claimsOptimum && account.primalResidual <= 100 * tolerance * size
      && account.dualResidual <= 100 * tolerance * costSize
      && (account.objective - account.dualObjective).magnitude <= 100 * tolerance * size * costSize
    return LinearProgramSolution(
      status: confirmed ? .optimal : .stopped, objective: account.objective, primal: primal,
      activities: account.activities, dual: dual, reducedCosts: account.reducedCosts, basis: basis,
      dualObjective: account.dualObjective, primalResidual: account.primalResidual, dualResidual: account.dualResidual,
      iterations: Int(Clp_numberIterations(model)), certificate: nil)
  }

  /// CLP writes infinity as the largest finite number.
  private static func finite(_ bound: Double) -> Double {
    bound.isInfinite ? (bound < 0 ? -1 : 1) * Double.greatestFiniteMagnitude : bound
  }
}

extension LinearProgramSolution {
  /// The same attempt, known to have no optimum, at the point `primal` (where it stopped by default).
  fileprivate func ended(
    _ status: Status, _ program: LinearProgram, _ certificate: Certificate, at point: [Double]? = nil
  ) -> LinearProgramSolution {
    let point = point ?? primal
    let account = program.account(primal: point, dual: dual)
    return LinearProgramSolution(
      status: status, objective: account.objective, primal: point, activities: account.activities, dual: dual,
      reducedCosts: account.reducedCosts, basis: basis, dualObjective: account.dualObjective,
      primalResidual: account.primalResidual, dualResidual: account.dualResidual, iterations: iterations,
      certificate: certificate)
  }
}

extension LinearProgram {
  /// Solves the program with the default options of ``SimplexMethod``.
  ///
  /// - Parameter start: The final basis of this program, or of one with fewer rows or columns; nil starts cold.
  /// - Returns: The optimum with its account, or the certificate that there is none.
  /// - Throws: ``LinearProgramError/basisTooLarge(rows:columns:)`` when `start` does not fit.
  public func solve(from start: Basis? = nil) throws(LinearProgramError) -> LinearProgramSolution {
    try SimplexMethod().solve(self, from: start)
  }

  /// The coefficients by column, as CLP takes them; `starts` has one position a column and one more.
  fileprivate func compressedColumns() -> (starts: [Int32], rows: [Int32], values: [Double]) {
    var starts = [Int32](repeating: 0, count: columnCount + 1)
    for column in entryColumns { starts[Int(column) + 1] += 1 }
    for j in 0..<columnCount { starts[j + 1] += starts[j] }
    var next = starts
    var rows = [Int32](repeating: 0, count: nonZeroCount)
    var values = [Double](repeating: 0, count: nonZeroCount)
    for k in entryValues.indices {
      let position = Int(next[Int(entryColumns[k])])
      next[Int(entryColumns[k])] += 1
      rows[position] = entryRows[k]
      values[position] = entryValues[k]
    }
    return (starts, rows, values)
  }

  /// The coefficients by row.
  fileprivate func entriesByRow() -> [[(column: Int, value: Double)]] {
    var result = [[(column: Int, value: Double)]](repeating: [], count: rowCount)
    for k in entryValues.indices { result[Int(entryRows[k])].append((Int(entryColumns[k]), entryValues[k])) }
    return result
  }
}
