/// The sparse system that a Krylov method works on: what BiCGStab and GMRES share around their recurrences.
struct KrylovProblem {
  /// What has been spent so far.
  struct Account {
    var iterations = 0
    var products = 0
  }

  /// Why a recurrence ended.
  enum CycleEnd {
    /// By its own account the residual met the target.
    case targetMet
    /// The iteration limit came first.
    case limit
    /// It divided by nearly nothing.
    case broken
    /// It is to be restarted as a matter of course.
    case goesOn
  }

  let matrix: SparseRows
  let preconditioner: ILU0?
  let b: [Double]
  let start: [Double]
  let target: Double
  let workers: Int

  init(
    _ matrix: SparseRows, _ b: [Double], start: [Double]?, preconditioner: ILU0?, target: ResidualTarget, workers: Int
  ) throws(LinearAlgebraError) {
    try matrix.requireSquareAndFinite()
    try requireVector(b, "b", count: matrix.rowCount)
    if let start { try requireVector(start, "start", count: matrix.rowCount) }
    if let preconditioner, preconditioner.order != matrix.rowCount {
      throw .shape(of: "preconditioner", expected: [matrix.rowCount], got: [preconditioner.order])
    }
    BLAS.prepare()
    self.matrix = matrix
    self.preconditioner = preconditioner
    self.b = b
    self.start = start ?? [Double](repeating: 0, count: b.count)
    self.target = target.value(for: b)
    self.workers = workers
  }

  /// Runs recurrences from the start on, each from the true residual of the last, until that meets the target or a
  /// recurrence gains nothing.
  func solve(
    iterationLimit: Int, cycle: (inout [Double], [Double], inout Account) -> CycleEnd
  ) throws(LinearAlgebraError) -> KrylovSolution {
    var x = start
    var residual = try matrix.residual(of: x, for: b)
    var norm = norm2(residual)
    var account = Account()
    var outcome = KrylovSolution.Outcome.iterationLimit
    while true {
      if norm <= target { outcome = .converged }
      guard outcome == .iterationLimit, account.iterations < iterationLimit else { break }
      var next = x
      let end = cycle(&next, residual, &account)
      // The recurrence's own residual drifts away from b − A x; only the latter counts.
      let nextResidual = try matrix.residual(of: next, for: b)
      let nextNorm = norm2(nextResidual)
      if !(nextNorm <= target) {
        if end == .broken, !(nextNorm < 0.9 * norm) { outcome = .breakdown }
        if end == .targetMet, !(nextNorm < 0.5 * norm) { outcome = .stagnation }
        if end == .goesOn, !(nextNorm < norm * (1 - 1e-3)) { outcome = .stagnation }
      }
      if nextNorm < norm { (x, residual, norm) = (next, nextResidual, nextNorm) }
    }
    return KrylovSolution(
      values: x, productCount: account.products, iterations: account.iterations, residualNorm: norm,
      residualTarget: target, outcome: outcome)
  }

  /// out ← A x.
  func multiply(_ x: [Double], into out: inout [Double]) {
    x.withUnsafeBufferPointer { x in
      out.withUnsafeMutableBufferPointer { out in matrix.multiply(x, into: out, workers: workers) }
    }
  }

  /// out ← M⁻¹ x, for the preconditioner M.
  func precondition(_ x: [Double], into out: inout [Double]) {
    out.withUnsafeMutableBufferPointer { out in
      _ = out.update(fromContentsOf: x)
      preconditioner?.solve(out)
    }
  }
}
