internal import CLapack

/// The stabilised biconjugate gradient method for sparse A x = b, preconditioned from the right.
///
/// Two products with A an iteration and eight vectors of memory, whatever the number of iterations. When the recurrence
/// breaks down, or claims a residual that x does not have, it is restarted from x as long as that gains something: what
/// is reported as converged has the true residual that was asked for.
///
/// Source: van der Vorst, SIAM Journal on Scientific and Statistical Computing 13 (1992).
public struct BiCGStab: Sendable {
  /// When to stop.
  public var target: ResidualTarget
  /// The largest number of iterations.
  public var iterationLimit: Int

  /// The method with its stopping rule.
  public init(target: ResidualTarget = ResidualTarget(), iterationLimit: Int = 1000) {
    self.target = target
    self.iterationLimit = iterationLimit
  }

  /// Solves A x = b.
  ///
  /// - Parameters:
  ///   - matrix: A, square.
  ///   - b: n entries.
  ///   - start: Where to start, n entries; 0 by default.
  ///   - preconditioner: M ≈ A; `nil` for none.
  ///   - workers: The largest number of threads; the answer does not depend on it.
  /// - Returns: x and its account; x is never worse than the start.
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)``, ``LinearAlgebraError/notFinite(of:row:column:value:)``
  /// - Complexity: O(n + entries) an iteration
  public func solve(
    _ matrix: SparseRows, _ b: [Double], start: [Double]? = nil, preconditioner: ILU0? = nil,
    workers: Int = processorCount
  ) throws(LinearAlgebraError) -> KrylovSolution {
    let problem = try KrylovProblem(
      matrix, b, start: start, preconditioner: preconditioner, target: target, workers: workers)
    return try problem.solve(iterationLimit: iterationLimit) { x, residual, iterations in
      cycle(problem, &x, residual, &iterations)
    }
  }

  /// One recurrence from x on, until it meets the target or cannot go on.
  private func cycle(
    _ problem: KrylovProblem, _ x: inout [Double], _ residual: [Double], _ account: inout KrylovProblem.Account
  ) -> KrylovProblem.CycleEnd {
    let n = LapackInt(x.count)
    let shadow = residual
    let shadowNorm = norm2(shadow)
    var (r, p, v, t, pHat, sHat) = (residual, residual, residual, residual, residual, residual)
    var (rho, alpha, omega) = (0.0, 0.0, 0.0)
    var first = true
    while account.iterations < iterationLimit {
      account.iterations += 1
      let newRho = cblas_ddot(n, shadow, 1, r, 1)
      guard abs(newRho) > .ulpOfOne * shadowNorm * norm2(r) else { return .broken }
      if !first {
        // p ← r + β (p − ω v)
        cblas_daxpy(n, -omega, v, 1, &p, 1)
        cblas_dscal(n, (newRho / rho) * (alpha / omega), &p, 1)
        cblas_daxpy(n, 1, r, 1, &p, 1)
      }
      first = false
      rho = newRho
      problem.precondition(p, into: &pHat)
      problem.multiply(pHat, into: &v)
      account.products += 1
      let denominator = cblas_ddot(n, shadow, 1, v, 1)
      guard abs(denominator) > .ulpOfOne * shadowNorm * norm2(v) else { return .broken }
      alpha = rho / denominator
      cblas_daxpy(n, alpha, pHat, 1, &x, 1)
      cblas_daxpy(n, -alpha, v, 1, &r, 1)
      if norm2(r) <= problem.target { return .targetMet }
      problem.precondition(r, into: &sHat)
      problem.multiply(sHat, into: &t)
      account.products += 1
      let (square, projection) = (cblas_ddot(n, t, 1, t, 1), cblas_ddot(n, t, 1, r, 1))
      guard abs(projection) > .ulpOfOne * square.squareRoot() * norm2(r) else { return .broken }
      omega = projection / square
      cblas_daxpy(n, omega, sHat, 1, &x, 1)
      cblas_daxpy(n, -omega, t, 1, &r, 1)
      let norm = norm2(r)
      if norm <= problem.target { return .targetMet }
      guard norm.isFinite else { return .broken }
    }
    return .limit
  }
}
