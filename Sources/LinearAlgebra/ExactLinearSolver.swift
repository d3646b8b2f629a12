internal import CFlint

/// Solves sparse linear systems in rational numbers, exactly.
///
/// The rows are cleared of denominators and factored once modulo a word-size prime p, in the order that ``SparseLU``
/// finds in floating point. A solve then produces one digit of the p-adic answer after the other by sparse word
/// arithmetic, tries early to read off rational numbers, and accepts them only when M x = c holds exactly: the answer
/// is proven however it was found. A system that floating point cannot order goes to FLINT's dense solver.
///
/// Source: Dixon, Numerische Mathematik 40 (1982); Wang, ACM SYMSAC (1981) for the rational reconstruction.
public struct ExactLinearSolver: Sendable {
  /// One entry of a row of a rational matrix.
  public struct Entry: Sendable, Hashable {
    /// The column, from 0.
    public var column: Int
    /// The value there.
    public var value: Rational

    /// The entry `value` in `column`.
    public init(column: Int, value: Rational) {
      self.column = column
      self.value = value
    }
  }

  /// The exact solution, over one common denominator.
  public struct Solution: Sendable, Equatable {
    /// Entry i of the solution is `numerators[i]` / ``denominator``.
    public let numerators: [Integer]
    /// The common denominator, positive.
    public let denominator: Integer
    /// How the solution was found; it was checked exactly in either case.
    public let method: Method
    /// How many p-adic digits were needed; 0 for ``Method/denseLifting``.
    public let digitCount: Int

    /// The entries of the solution, each in lowest terms.
    public var values: [Rational] {
      // The denominator is positive, so that the division exists.
      numerators.map { (try? Rational($0, over: denominator)) ?? 0 }
    }
  }

  /// How a solution was found.
  public enum Method: Sendable, Equatable {
    /// Sparse p-adic lifting in the order found in floating point.
    case sparseLifting
    /// FLINT's dense p-adic lifting, for matrices that floating point takes to be singular.
    case denseLifting
  }

  /// The largest order for which dense memory is spent.
  public static let denseLimit = 4096

  /// The order n of the system.
  public let order: Int
  private let matrix: IntegerRows
  private let factors: ModularLU?
  /// What floating point said of the matrix when it could not order it.
  private let suspectPivot: Int

  /// Clears denominators and factors the matrix with the given rows modulo a prime.
  ///
  /// - Parameter rows: One list of entries a row, in any order; entries of the same column are added.
  /// - Throws: ``LinearAlgebraError/malformedRows(array:position:reason:)`` for a column out of range, with the row as
  ///   position; ``LinearAlgebraError/tooLarge(of:count:limit:)`` for an order that neither method can take.
  /// - Complexity: that of a sparse factorisation
  public init(rows: [[Entry]]) throws(LinearAlgebraError) {
    let n = rows.count
    for (i, row) in rows.enumerated() {
      if let entry = row.first(where: { $0.column < 0 || $0.column >= n }) {
        throw .malformedRows(array: "rows", position: i, reason: "column \(entry.column) of \(n)")
      }
    }
    guard n <= ModularLU.largestOrder else {
      throw .tooLarge(of: "rows of an exact system", count: n, limit: ModularLU.largestOrder)
    }
    order = n
    matrix = IntegerRows(rows)
    var suspect = 0
    var factors: ModularLU?
    do {
      factors = try matrix.modularFactors()
    } catch .singular(let pivot) {
      suspect = pivot
    }
    suspectPivot = suspect
    self.factors = factors
    guard factors != nil || n <= ExactLinearSolver.denseLimit else {
      throw .tooLarge(
        of: "rows of a system that is singular in floating point", count: n, limit: ExactLinearSolver.denseLimit)
    }
  }

  /// Solves M x = c.
  ///
  /// - Parameter right: c, n entries.
  /// - Returns: x, for which M x = c has been checked exactly.
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)``, ``LinearAlgebraError/singular(pivot:)``
  /// - Complexity: for an answer of k bits about k / 53 sparse solves, and O(n k²) for collecting the digits
  public func solve(_ right: [Rational]) throws(LinearAlgebraError) -> Solution {
    guard right.count == order else { throw .shape(of: "c", expected: [order], got: [right.count]) }
    // c = `numerators` / `denominator` after the rows have been scaled.
    let scaled = zip(right, matrix.rowScales).map { $0 * Rational($1) }
    let denominator = scaled.reduce(Integer(1)) { $0.leastCommonMultiple(with: $1.denominator) }
    let numerators = scaled.map { ($0 * Rational(denominator)).numerator }
    guard let factors else { return try solveDense(numerators, over: denominator) }
    var lifting = PAdicLifting(matrix, factors, numerators)
    return lifting.solve(over: denominator)
  }

  private func solveDense(_ right: [Integer], over denominator: Integer) throws(LinearAlgebraError) -> Solution {
    var (a, b, x, numerators) = (fmpz_mat_struct(), fmpz_mat_struct(), fmpq_mat_struct(), fmpz_mat_struct())
    fmpz_mat_init(&a, order, order)
    fmpz_mat_init(&b, order, 1)
    fmpq_mat_init(&x, order, 1)
    fmpz_mat_init(&numerators, order, 1)
    var common = fmpz()
    defer {
      fmpz_mat_clear(&a)
      fmpz_mat_clear(&b)
      fmpq_mat_clear(&x)
      fmpz_mat_clear(&numerators)
      fmpz_clear(&common)
    }
    for i in 0..<order {
      for k in matrix.rowStarts[i]..<matrix.rowStarts[i + 1] {
        fmpz_set(a.entries + (i * order + matrix.columns[k]), matrix.values.pointer + k)
      }
      right[i].read { fmpz_set(b.entries + i, &$0) }
    }
    guard fmpq_mat_solve_fmpz_mat_dixon(&x, &a, &b) != 0 else { throw .singular(pivot: suspectPivot) }
    fmpq_mat_get_fmpz_mat_matwise(&numerators, &common, &x)
    return Solution(
      numerators: (0..<order).map { Integer(copying: numerators.entries[$0]) },
      denominator: Integer(copying: common) * denominator, method: .denseLifting, digitCount: 0)
  }
}
