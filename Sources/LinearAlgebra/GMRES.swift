internal import CLapack
internal import RealModule

/// The restarted generalised minimal residual method for sparse A x = b, preconditioned from the right.
///
/// The residual never grows. One product with A an iteration; memory for `restart` + 1 vectors.
///
/// Source: Saad and Schultz, SIAM Journal on Scientific and Statistical Computing 7 (1986).
public struct GMRES: Sendable {
  /// When to stop.
  public var target: ResidualTarget
  /// The largest number of iterations.
  public var iterationLimit: Int
  /// How many directions are kept before the method starts anew from x.
  public var restart: Int

  /// The method with its stopping rule.
  public init(target: ResidualTarget = ResidualTarget(), iterationLimit: Int = 2000, restart: Int = 50) {
    precondition(restart > 0, "at least one direction is needed")
    self.target = target
    self.iterationLimit = iterationLimit
    self.restart = restart
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
  /// - Complexity: O(n · restart + entries) an iteration
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

  /// One cycle of Arnoldi's process from x on, then the correction of least residual.
  private func cycle(
    _ problem: KrylovProblem, _ x: inout [Double], _ residual: [Double], _ account: inout KrylovProblem.Account
  ) -> KrylovProblem.CycleEnd {
    let n = LapackInt(x.count)
    var work = residual
    var next = residual
    var norm = norm2(residual)
    cblas_dscal(n, 1 / norm, &next, 1)
    var basis = [next]
    // Column j of R, of the triangular factor of Hessenberg's matrix, in triangle[j]; the rotations that made it.
    var triangle: [[Double]] = []
    var rotations: [(cosine: Double, sine: Double)] = []
    var right = [norm]
    var end = KrylovProblem.CycleEnd.goesOn
    while end == .goesOn, triangle.count < restart {
      guard account.iterations < iterationLimit else {
        end = .limit
        break
      }
      account.iterations += 1
      account.products += 1
      problem.precondition(basis[basis.count - 1], into: &work)
      problem.multiply(work, into: &next)
      let before = norm2(next)
      var column: [Double] = []
      for vector in basis {
        let projection = cblas_ddot(n, vector, 1, next, 1)
        cblas_daxpy(n, -projection, vector, 1, &next, 1)
        column.append(projection)
      }
      var length = norm2(next)
      guard length.isFinite else {
        end = .broken
        break
      }
      // What is left of a vector inside the span is rounding: the space holds the solution, or A is singular on it.
      let closed = length <= 8 * .ulpOfOne * before
      if closed { length = 0 }
      for (i, rotation) in rotations.enumerated() {
        let (upper, lower) = (column[i], column[i + 1 < column.count ? i + 1 : i])
        column[i] = rotation.cosine * upper + rotation.sine * lower
        if i + 1 < column.count { column[i + 1] = rotation.cosine * lower - rotation.sine * upper }
      }
      let last = column.count - 1
      let radius = Double.hypot(column[last], length)
      guard radius > 8 * .ulpOfOne * before else {
        end = .broken
        break
      }
      let rotation = (cosine: column[last] / radius, sine: length / radius)
      column[last] = radius
      triangle.append(column)
      rotations.append(rotation)
      right.append(-rotation.sine * right[last])
      right[last] *= rotation.cosine
      norm = abs(right[last + 1])
      if norm <= problem.target {
        end = .targetMet
      } else if closed {
        end = .broken
      } else {
        cblas_dscal(n, 1 / length, &next, 1)
        basis.append(next)
      }
    }
    correct(&x, problem, basis, triangle, right, &work, &next)
    return end
  }

  /// x ← x + M⁻¹ V R⁻¹ g.
  private func correct(
    _ x: inout [Double], _ problem: KrylovProblem, _ basis: [[Double]], _ triangle: [[Double]], _ right: [Double],
    _ work: inout [Double], _ sum: inout [Double]
  ) {
    let n = LapackInt(x.count)
    var weights = Array(right.prefix(triangle.count))
    for j in weights.indices.reversed() {
      weights[j] /= triangle[j][j]
      for i in 0..<j { weights[i] -= triangle[j][i] * weights[j] }
    }
    for i in sum.indices { sum[i] = 0 }
    for (weight, vector) in zip(weights, basis) { cblas_daxpy(n, weight, vector, 1, &sum, 1) }
    problem.precondition(sum, into: &work)
    cblas_daxpy(n, 1, work, 1, &x, 1)
  }
}
