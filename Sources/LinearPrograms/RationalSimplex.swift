internal import LinearAlgebra

/// The simplex method in rationals from a given basis, by the rule of least indices, so that it ends.
///
/// Every row gets a slack, that of an equation fixed at 0. Where the basis is not feasible, dual pivots (under the costs
/// when they are dual feasible, under costs 0 otherwise) lead to one that is or prove that there is none; primal pivots do
/// the rest.
///
/// Source: Bland, New finite pivoting rules for the simplex method (1977).
struct RationalSimplex {
  private let program: RationalProgram
  private let rowCount: Int
  private let columnCount: Int
  /// The variable of each place in the basis.
  private var basis: [Int]
  private var pivots = 0
  private let sign: Rational

  init(_ program: RationalProgram, start: [Int]) {
    self.program = program
    rowCount = program.rowCount
    columnCount = program.columnCount
    basis = start
    sign = program.sense == .maximise ? 1 : -1
  }

  mutating func run() throws(LinearAlgebraError) -> RationalOutcome {
    var factors: Factors
    do {
      factors = try factored()
    } catch .singular {
      // What floating point took for a basis is none.
      basis = Array(columnCount..<(columnCount + rowCount))
      factors = try factored()
    }
    var point = try factors.solve(program.rightSides)
    if firstInfeasible(point) != nil {
      let costs = basis.map { cost(of: $0) }
      let prices = try factors.solveTransposed(costs)
      let isDualFeasible = nonBasic().allSatisfy { reducedCost(of: $0, prices) <= 0 }
      while let place = firstInfeasible(point) {
        let unit = (0..<rowCount).map { Rational($0 == place ? 1 : 0) }
        let row = try factors.solveTransposed(unit)
        let prices = isDualFeasible ? try factors.solveTransposed(basis.map { cost(of: $0) }) : nil
        let rises = point[place] < 0
        var entering: (variable: Int, ratio: Rational)?
        for j in nonBasic() {
          let slope = product(row, j)
          guard rises ? slope < 0 : slope > 0 else { continue }
          let ratio = prices.map { (reducedCost(of: j, $0) / slope).magnitude } ?? 0
          if entering.map({ ratio < $0.ratio }) ?? true { entering = (j, ratio) }
        }
        guard let entering else { return .infeasible(multipliers: row.map { rises ? -$0 : $0 }) }
        basis[place] = entering.variable
        pivots += 1
        factors = try factored()
        point = try factors.solve(program.rightSides)
      }
    }
    while true {
      let prices = try factors.solveTransposed(basis.map { cost(of: $0) })
      guard let entering = nonBasic().first(where: { reducedCost(of: $0, prices) > 0 }) else {
        return .optimal(optimum(point, prices))
      }
      let direction = try factors.solve(dense(entering))
      var leaving: (place: Int, ratio: Rational)?
      for place in 0..<rowCount where !direction[place].isZero {
        let isFixed = isFixed(basis[place])
        guard isFixed || direction[place] > 0 else { continue }
        let ratio = isFixed ? 0 : point[place] / direction[place]
        if let best = leaving, ratio > best.ratio || (ratio == best.ratio && basis[place] > basis[best.place]) {
          continue
        }
        leaving = (place, ratio)
      }
      guard let leaving else { return .unbounded }
      basis[leaving.place] = entering
      pivots += 1
      factors = try factored()
      point = try factors.solve(program.rightSides)
    }
  }

  private func optimum(_ point: [Rational], _ prices: [Rational]) -> RationalOptimum {
    var primal = [Rational](repeating: 0, count: columnCount)
    for (place, j) in basis.enumerated() where j < columnCount { primal[j] = point[place] }
    return RationalOptimum(
      objective: program.objective(at: primal), primal: primal, dual: prices.map { sign * $0 }, pivots: pivots)
  }

  // MARK: Variables

  /// The place of the variable of least index that is out of bounds.
  private func firstInfeasible(_ point: [Rational]) -> Int? {
    var found: Int?
    for place in 0..<rowCount where point[place] < 0 || (!point[place].isZero && isFixed(basis[place])) {
      if found.map({ basis[place] < basis[$0] }) ?? true { found = place }
    }
    return found
  }

  /// The variables outside the basis that may move, ascending.
  private func nonBasic() -> [Int] {
    let inside = Set(basis)
    return (0..<(columnCount + rowCount)).filter { !inside.contains($0) && !isFixed($0) }
  }

  /// Whether a variable is the slack of an equation.
  private func isFixed(_ j: Int) -> Bool { j >= columnCount && program.relations[j - columnCount] == .equal }

  /// The cost in maximum form.
  private func cost(of j: Int) -> Rational { j < columnCount ? sign * program.costs[j] : 0 }

  private func slackCoefficient(_ row: Int) -> Rational { program.relations[row] == .atLeast ? -1 : 1 }

  private func product(_ multipliers: [Rational], _ j: Int) -> Rational {
    j < columnCount
      ? program.combination(multipliers, ofColumn: j)
      : multipliers[j - columnCount] * slackCoefficient(j - columnCount)
  }

  private func reducedCost(of j: Int, _ prices: [Rational]) -> Rational { cost(of: j) - product(prices, j) }

  private func entries(_ j: Int) -> [RationalProgram.Entry] {
    j < columnCount
      ? program.columns[j] : [.init(row: j - columnCount, value: slackCoefficient(j - columnCount))]
  }

  private func dense(_ j: Int) -> [Rational] {
    var column = [Rational](repeating: 0, count: rowCount)
    for entry in entries(j) { column[entry.row] = entry.value }
    return column
  }

  // MARK: Systems of the basis

  /// The basis matrix and its transpose, ready to be solved with.
  private struct Factors {
    let plain: ExactLinearSolver
    let transposed: ExactLinearSolver

    func solve(_ right: [Rational]) throws(LinearAlgebraError) -> [Rational] { try plain.solve(right).values }
    func solveTransposed(_ right: [Rational]) throws(LinearAlgebraError) -> [Rational] {
      try transposed.solve(right).values
    }
  }

  private func factored() throws(LinearAlgebraError) -> Factors {
    var rows = [[ExactLinearSolver.Entry]](repeating: [], count: rowCount)
    var columns = rows
    for (place, j) in basis.enumerated() {
      for entry in entries(j) {
        rows[entry.row].append(.init(column: place, value: entry.value))
        columns[place].append(.init(column: entry.row, value: entry.value))
      }
    }
    let plain = try ExactLinearSolver(rows: rows)
    // A singular matrix shows itself only when it is solved with.
    _ = try plain.solve([Rational](repeating: 0, count: rowCount))
    return Factors(plain: plain, transposed: try ExactLinearSolver(rows: columns))
  }
}
