public import LinearAlgebra

/// The valid parameter nearest to an estimate in the norm of a Gram matrix, argmin_{θ ∈ Θ} ‖θ − θ₀‖_Σ.
///
/// Projecting in the Gram norm onto a convex set that contains the true parameter cannot increase the Gram distance to
/// it, so a confidence ellipsoid around θ₀ stays one around the projection: this takes θ out of the search that the
/// papers leave to an oracle (derived here).
///
/// Hildreth's dual coordinate ascent (C. Hildreth, Naval Research Logistics Quarterly 4, 1957): with g_i = Σ⁻¹ C_i and
/// q_i = C_i · g_i, a step is δ = (b_i − C_i θ)/q_i, for an inequality at least −(its multiplier), and moves θ by δ g_i.
/// It stops when no step of a sweep has |δ| q_i ≥ ``tolerance``.
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
    return Answer(parameter: theta, sweeps: sweepLimit, isConverged: false)
  }
}
