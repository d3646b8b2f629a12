/// The solution of a linear system improved by residuals in double-double until it stops getting better.
///
/// As long as the matrix is not singular to working precision the answer is right to nearly the last bit, whatever the
/// condition: each step gains about −log₁₀(n ulp(1) / reciprocal condition) digits.
///
/// Source: Demmel, Hida, Kahan, Li, Mukherjee and Riedy, ACM TOMS 32 (2006).
public struct IterativeRefinement: Sendable {
  /// The largest number of corrections.
  public var stepLimit: Int

  /// Refinement with at most `stepLimit` corrections.
  public init(stepLimit: Int = 10) {
    precondition(stepLimit >= 0, "a number of steps is not negative")
    self.stepLimit = stepLimit
  }

  /// A refined solution and its account.
  public struct Solution: Sendable, Equatable {
    /// x, rounded to doubles.
    public let values: [Double]
    /// What `values` leave out of the doubled-precision solution; at most half an ulp of each value.
    public let tail: [Double]
    /// ‖last correction‖∞ / ‖x‖∞: an estimate, not a bound, of the relative error before that correction.
    public let lastCorrection: Double
    /// ‖b − A (values + tail)‖∞.
    public let residualNorm: Double
    /// How many corrections were added.
    public let steps: Int
    /// Whether the last correction was below ulp(1) / 2 of the solution; otherwise the matrix is too ill-conditioned
    /// for its factors, or `stepLimit` was met.
    public let converged: Bool
  }

  /// Solves A x = b with the factors of A.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when the shapes disagree,
  ///   ``LinearAlgebraError/notFinite(of:row:column:value:)`` for an entry of b.
  /// - Complexity: O(n²) a step
  public func solve(
    _ matrix: Matrix, factors: LUFactorisation, _ b: [Double]
  ) throws(LinearAlgebraError) -> Solution {
    try requireOrder(matrix.rowCount, matrix.columnCount, factors.order)
    return try solve(
      b, solver: { v throws(LinearAlgebraError) in try factors.solve(v) },
      residual: { x, tail throws(LinearAlgebraError) in try matrix.residual(of: x, tail: tail, for: b) })
  }

  /// Solves Aᵀ x = b with the factors of A.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when the shapes disagree,
  ///   ``LinearAlgebraError/notFinite(of:row:column:value:)`` for an entry of b.
  /// - Complexity: O(n²) a step
  public func solveTransposed(
    _ matrix: Matrix, factors: LUFactorisation, _ b: [Double]
  ) throws(LinearAlgebraError) -> Solution {
    try requireOrder(matrix.rowCount, matrix.columnCount, factors.order)
    return try solve(
      b, solver: { v throws(LinearAlgebraError) in try factors.solveTransposed(v) },
      residual: { x, tail throws(LinearAlgebraError) in try matrix.transposeResidual(of: x, tail: tail, for: b) })
  }

  /// Solves A x = b with the factors of A.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when the shapes disagree,
  ///   ``LinearAlgebraError/notFinite(of:row:column:value:)`` for an entry of b.
  /// - Complexity: O(n + entries of the factors) a step
  public func solve(_ factors: SparseLU, _ b: [Double]) throws(LinearAlgebraError) -> Solution {
    try solve(
      b, solver: { v throws(LinearAlgebraError) in try factors.solve(v) },
      residual: { x, tail throws(LinearAlgebraError) in try factors.matrix.residual(of: x, tail: tail, for: b) })
  }

  /// Solves Aᵀ x = b with the factors of A.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when the shapes disagree,
  ///   ``LinearAlgebraError/notFinite(of:row:column:value:)`` for an entry of b.
  /// - Complexity: O(n + entries of the factors) a step
  public func solveTransposed(_ factors: SparseLU, _ b: [Double]) throws(LinearAlgebraError) -> Solution {
    try solve(
      b, solver: { v throws(LinearAlgebraError) in try factors.solveTransposed(v) },
      residual: { x, tail throws(LinearAlgebraError) in try factors.matrix.transposeResidual(of: x, tail: tail, for: b)
      })
  }

  private func requireOrder(_ rowCount: Int, _ columnCount: Int, _ order: Int) throws(LinearAlgebraError) {
    guard rowCount == order, columnCount == order else {
      throw .shape(of: "matrix", expected: [order, order], got: [rowCount, columnCount])
    }
  }

  private func solve(
    _ b: [Double], solver: ([Double]) throws(LinearAlgebraError) -> [Double],
    residual: ([Double], [Double]) throws(LinearAlgebraError) -> [Double]
  ) throws(LinearAlgebraError) -> Solution {
    var x = try solver(b)
    var tail = [Double](repeating: 0, count: x.count)
    var rest = try residual(x, tail)
    var previous = Double.infinity
    var lastCorrection = 0.0
    var steps = 0
    var converged = false
    // A solution that has overflowed has no residual to correct with.
    while steps < stepLimit, rest.allSatisfy(\.isFinite) {
      let correction = try solver(rest)
      let size = normInfinity(correction)
      let scale = normInfinity(x)
      // A correction that does not at least halve comes from rounding in the factors, not from the error.
      guard size < previous / 2 || size == 0 else { break }
      previous = size
      lastCorrection = scale > 0 ? size / scale : size
      for i in x.indices {
        let sum = DoubleDouble(x[i]) + (DoubleDouble(exactSum: tail[i], correction[i]))
        (x[i], tail[i]) = (sum.high, sum.low)
      }
      steps += 1
      rest = try residual(x, tail)
      if size <= scale * .ulpOfOne / 2 {
        converged = true
        break
      }
    }
    return Solution(
      values: x, tail: tail, lastCorrection: lastCorrection, residualNorm: normInfinity(rest), steps: steps,
      converged: converged)
  }
}
