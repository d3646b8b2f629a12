/// What a simplex method found, with the figures that prove it.
///
/// The residuals, the dual objective and the certificates are recomputed from the program's own numbers; they do not rest
/// on what the LP library reports about itself.
public struct LinearProgramSolution: Sendable, Equatable {
  /// How the search ended.
  public enum Status: Sendable, Equatable {
    /// The primal and the dual solution agree within the tolerance.
    case optimal
    /// No point satisfies all bounds; ``LinearProgramSolution/certificate`` proves it.
    case infeasible
    /// The objective can be improved for ever; ``LinearProgramSolution/certificate`` proves it.
    case unbounded
    /// The search ended early (pivot limit or numerical trouble); the figures say how good the point is.
    case stopped
  }

  /// A proof that there is no optimal point.
  public enum Certificate: Sendable, Equatable {
    /// Farkas: the combination y of the rows cannot be met by any point within the column bounds,
    ///
    /// ```
    /// margin = min { y·r : L ≤ r ≤ U } − max { (Aᵀ y)·x : l ≤ x ≤ u } > 0
    /// ```
    ///
    /// scaled such that |y_i| ≤ 1.
    case farkas(multipliers: [Double], margin: Double)
    /// From the feasible point ``LinearProgramSolution/primal`` the direction keeps all bounds and improves the objective
    /// by `rate` > 0 a unit step; scaled to max norm 1.
    case ray(direction: [Double], rate: Double)
  }

  /// How the search ended.
  public let status: Status
  /// c · x at ``primal``.
  public let objective: Double
  /// x, one value a column.
  public let primal: [Double]
  /// A x, one value a row.
  public let activities: [Double]
  /// y: how much the objective rises a unit of each row's binding bound (the same sign rule for both senses).
  public let dual: [Double]
  /// c − Aᵀ y, one value a column.
  public let reducedCosts: [Double]
  /// The final basis: the start for the same program with more rows or columns.
  public let basis: Basis
  /// The bound on the objective that ``dual`` proves by weak duality, with the parts of the wrong sign at infinite bounds
  /// left out (their size is ``dualResidual``).
  public let dualObjective: Double
  /// The largest violation of a bound by ``primal``, absolute.
  public let primalResidual: Double
  /// The largest multiplier or reduced cost of the wrong sign at an infinite bound, absolute.
  public let dualResidual: Double
  /// The number of simplex pivots.
  public let iterations: Int
  /// The proof of infeasibility or unboundedness, when the status says so.
  public let certificate: Certificate?

  /// |objective − dual objective|
  public var dualityGap: Double { (objective - dualObjective).magnitude }
}

/// Which columns and rows are basic, and at which bound the others rest.
public struct Basis: Sendable, Equatable {
  // CLP's codes: 0 free, 1 basic, 2 at upper, 3 at lower, 4 superbasic, 5 fixed.
  let columns: [UInt8]
  let rows: [UInt8]

  init(columns: [UInt8], rows: [UInt8]) {
    self.columns = columns
    self.rows = rows
  }

  /// A basis to start from that is known from elsewhere: as many basic columns and rows together as the program has rows,
  /// with linearly independent coefficients (the simplex method mends what is not).
  ///
  /// - Parameters:
  ///   - program: the program; what is not basic rests at its lower bound, else at its upper one, else at 0.
  ///   - basicColumns: one flag a column.
  ///   - basicRows: one flag a row, for its slack.
  /// - Throws: ``LinearProgramError/shape(of:expected:got:)``.
  public init(
    of program: LinearProgram, basicColumns: [Bool], basicRows: [Bool]
  ) throws(LinearProgramError) {
    guard basicColumns.count == program.columnCount else {
      throw .shape(of: "basic columns", expected: program.columnCount, got: basicColumns.count)
    }
    guard basicRows.count == program.rowCount else {
      throw .shape(of: "basic rows", expected: program.rowCount, got: basicRows.count)
    }
    func codes(_ isBasic: [Bool], _ bounds: [LinearProgram.Bounds]) -> [UInt8] {
      zip(isBasic, bounds).map { $0 ? 1 : $1.lower.isFinite ? 3 : $1.upper.isFinite ? 2 : 0 }
    }
    self.init(
      columns: codes(basicColumns, program.columnBounds), rows: codes(basicRows, program.rowBounds))
  }

  /// Whether a column is basic.
  public func isBasic(column: Int) -> Bool { columns[column] == 1 }
  /// Whether a row (its slack) is basic.
  public func isBasic(row: Int) -> Bool { rows[row] == 1 }
}

extension LinearProgram {
  /// The account of a primal point and row multipliers, from the program's own numbers.
  struct Account {
    var activities: [Double]
    var reducedCosts: [Double]
    var objective: Double
    var dualObjective: Double
    var primalResidual: Double
    var dualResidual: Double
  }

  /// Checks a primal point and row multipliers against each other by weak duality.
  ///
  /// For minimisation, c·x ≥ Σ_i min { y_i r : L_i ≤ r ≤ U_i } + Σ_j min { d_j x : l_j ≤ x ≤ u_j } with d = c − Aᵀ y.
  func account(primal: [Double], dual: [Double]) -> Account {
    let activities = activities(at: primal)
    let combination = combination(of: dual)
    let reducedCosts = zip(costs, combination).map { $0 - $1 }
    var primalResidual = 0.0
    for (bounds, value) in zip(columnBounds, primal) {
      primalResidual = max(primalResidual, bounds.violation(of: value))
    }
    for (bounds, value) in zip(rowBounds, activities) {
      primalResidual = max(primalResidual, bounds.violation(of: value))
    }
    var dualObjective = 0.0
    var dualResidual = 0.0
    func add(_ multiplier: Double, _ bounds: Bounds) {
      guard multiplier != 0 else { return }
      let best = (multiplier > 0) == (sense == .minimise) ? bounds.lower : bounds.upper
      if best.isFinite {
        dualObjective += multiplier * best
      } else {
        dualResidual = max(dualResidual, multiplier.magnitude)
      }
    }
    for (multiplier, bounds) in zip(dual, rowBounds) { add(multiplier, bounds) }
    for (multiplier, bounds) in zip(reducedCosts, columnBounds) { add(multiplier, bounds) }
    return Account(
      activities: activities, reducedCosts: reducedCosts, objective: objective(at: primal),
      dualObjective: dualObjective,
      primalResidual: primalResidual, dualResidual: dualResidual)
  }

  /// The margin by which `multipliers` prove the program infeasible (see ``LinearProgramSolution/Certificate``);
  /// not positive when they prove nothing.
  ///
  /// Multipliers of the wrong sign at an infinite bound prove nothing and give −∞; parts of Aᵀ y below `tolerance` at an
  /// infinite column bound count as rounding.
  public func farkasMargin(of multipliers: [Double], tolerance: Double = 1e-9) -> Double {
    var margin = 0.0
    for (y, bounds) in zip(multipliers, rowBounds) where y != 0 {
      margin += y * (y > 0 ? bounds.lower : bounds.upper)
    }
    for (a, bounds) in zip(combination(of: multipliers), columnBounds) where a != 0 {
      let worst = a > 0 ? bounds.upper : bounds.lower
      if worst.isFinite { margin -= a * worst } else if a.magnitude > tolerance { return -.infinity }
    }
    return margin.isNaN ? -.infinity : margin
  }

  /// The improvement of the objective a unit step along `direction` if every bound stays satisfied for ever (within
  /// `tolerance` a unit step), else nil.
  public func improvement(along direction: [Double], tolerance: Double = 1e-9) -> Double? {
    for (bounds, value) in zip(columnBounds, direction) where bounds.recession.violation(of: value) > tolerance {
      return nil
    }
    for (bounds, value) in zip(rowBounds, activities(at: direction))
    where bounds.recession.violation(of: value) > tolerance {
      return nil
    }
    let change = objective(at: direction)
    return sense == .maximise ? change : -change
  }
}
