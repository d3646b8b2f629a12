public import LinearAlgebra

/// The valid parameter nearest to an estimate in the norm of a Gram matrix, argmin_{θ ∈ Θ} ‖θ − θ₀‖_Σ.
///
/// Projecting in the Gram norm onto a convex set that contains the true parameter cannot increase the Gram distance to
/// it, so a confidence ellipsoid around θ₀ stays one around the projection: this takes θ out of the search that the
/// papers leave to an oracle (derived here).
///
/// Hildreth's dual coordinate ascent (C. Hildreth, Naval Research Logistics Quarterly 4, 1957): with g_i = Σ⁻¹ C_i and
/// q_i = C_i · g_i, a step is δ = (b_i − C_i θ)/q_i, for an inequality at least −(its multiplier), and moves θ by δ g_i.
/// It stops when no step of a sweep has |δ| q_i ≥ ``tolerance``. Where constraints are nearly parallel in the Gram norm the
/// sweeps crawl; what they left active is then solved for directly, dropping and adding one constraint at a time, and kept
/// when it meets the conditions of optimality.
public struct ParameterProjection: Sendable {
  /// Θ.
  public let valid: ValidParameters
  /// The largest step |δ| q_i of the last sweep, in the unit of probabilities.
  public var tolerance = 1e-13
  /// The largest number of sweeps.
  public var sweepLimit = 2000

  /// A projected estimate.
  public struct Answer: Sendable, Equatable {
    /// θ, shape (d); when not converged it may break constraints slightly.
    public let parameter: [Double]
    /// The number of sweeps.
    public let sweeps: Int
    /// Whether the last sweep moved no more than the tolerance.
    public let isConverged: Bool
  }

  /// Projections onto `valid`.
  public init(_ valid: ValidParameters) { self.valid = valid }

  /// The projection of `estimate` in the norm of the matrix behind `factor`.
  ///
  /// - Parameters:
  ///   - estimate: θ₀, shape (d).
  ///   - factor: The factorisation of Σ, of order d.
  /// - Returns: the projection and whether it was reached.
  /// - Complexity: O(rows · d) a sweep and O(d²) for each constraint that was ever active.
  public func callAsFunction(_ estimate: [Double], in factor: CholeskyFactorisation) -> Answer {
    let d = valid.dimension
    precondition(
      estimate.count == d && factor.order == d, "estimate and Gram matrix have the dimension of the features")
    let count = valid.rowCount
    var theta = estimate
    var multipliers = [Double](repeating: 0, count: count)
    var scales = [Double](repeating: 0, count: count)
    var directions = [[Double]](repeating: [], count: count)
    for sweep in 1...max(1, sweepLimit) {
      var largest = 0.0
      for row in 0..<count {
        let start = row * d
        var value = 0.0
        for i in 0..<d { value += valid.rows[start + i] * theta[i] }
        let isEquality = row < valid.equalityCount
        let gap = (isEquality ? 1 : 0) - value
        if !isEquality, gap <= 0, multipliers[row] == 0 { continue }
        if directions[row].isEmpty {
          let normal = Array(valid.rows[start..<(start + d)])
          guard let direction = try? factor.solve(normal) else {
            return Answer(parameter: theta, sweeps: sweep, isConverged: false)
          }
          directions[row] = direction
          scales[row] = zip(normal, direction).reduce(0) { $0 + $1.0 * $1.1 }
        }
        // A zero row of an equality, which no parameter satisfies, has nothing to move along.
        guard scales[row] > 0 else {
          largest = .infinity
          continue
        }
        var step = gap / scales[row]
        if !isEquality { step = max(step, -multipliers[row]) }
        multipliers[row] += step
        for i in 0..<d { theta[i] += step * directions[row][i] }
        largest = max(largest, abs(step) * scales[row])
      }
      if largest < tolerance { return Answer(parameter: theta, sweeps: sweep, isConverged: true) }
    }
    if let exact = activeSetSolution(estimate, in: factor, active: multipliers.map { $0 > 0 }) {
      return Answer(parameter: exact, sweeps: sweepLimit, isConverged: true)
    }
    return Answer(parameter: theta, sweeps: sweepLimit, isConverged: false)
  }

  /// θ₀ + Σ⁻¹ Aᵀ ν with A the active constraints and ν such that they hold, where ν ≥ 0 on inequalities and every other
  /// constraint holds; nil when changing one constraint at a time finds no such set.
  private func activeSetSolution(_ estimate: [Double], in factor: CholeskyFactorisation, active: [Bool]) -> [Double]? {
    let d = valid.dimension
    let slack = 1e-11
    var active = active
    func value(_ row: Int, _ theta: [Double]) -> Double {
      var sum = 0.0
      for i in 0..<d { sum += valid.rows[row * d + i] * theta[i] }
      return sum
    }
    for _ in 0..<(2 * valid.rowCount) {
      let rows = (0..<valid.rowCount).filter { $0 < valid.equalityCount || active[$0] }
      var directions: [[Double]] = []
      for row in rows {
        guard let direction = try? factor.solve(Array(valid.rows[(row * d)..<((row + 1) * d)])) else { return nil }
        directions.append(direction)
      }
      var gram = Matrix(rowCount: rows.count, columnCount: rows.count)
      for (i, row) in rows.enumerated() {
        for j in rows.indices { gram[i, j] = value(row, directions[j]) }
      }
      let missing = rows.map { ($0 < valid.equalityCount ? 1 : 0) - value($0, estimate) }
      guard let multipliers = try? PivotedQR(gram, rankTolerance: 1e-12).leastSquares(missing).solution else {
        return nil
      }
      var theta = estimate
      for (direction, multiplier) in zip(directions, multipliers) {
        for i in 0..<d { theta[i] += multiplier * direction[i] }
      }
      let inequalities = zip(rows, multipliers).filter { $0.0 >= valid.equalityCount }
      if let worst = inequalities.min(by: { $0.1 < $1.1 }), worst.1 < 0 {
        active[worst.0] = false
        continue
      }
      let broken = (valid.equalityCount..<valid.rowCount).filter { !active[$0] }
        .map { ($0, value($0, theta)) }.min { $0.1 < $1.1 }
      guard let broken, broken.1 < -slack else { return valid.violation(theta) <= slack ? theta : nil }
      active[broken.0] = true
    }
    return nil
  }
}
