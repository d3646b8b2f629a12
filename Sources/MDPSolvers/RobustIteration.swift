internal import LinearAlgebra
internal import MDPs

/// What nature may choose from in each state-action pair, apart from all others ((s, a)-rectangular), anew at every step.
public enum AmbiguitySet: Sendable, Equatable {
  /// Any distribution over the successors of the row within L1 distance `radius` ∈ [0, 2] of its probabilities.
  case ball(radius: Double)
  /// Any distribution with lower[j] ≤ p[j] ≤ upper[j] for the stored transitions j, in the order of
  /// `mdp.transitions.sparseRows`.
  case intervals(lower: [Double], upper: [Double])
}

/// Optimal values when nature picks the probabilities from ``AmbiguitySet``, against the decision maker or with him.
///
/// ```
/// q(s, a) = r(s, a) + γ min over p in the set of Σ_t p(t) v(t)
/// ```
///
/// The inner minimum moves mass from the best successors to the worst (ball) or fills up from the worst (intervals), both
/// exact after sorting. The operator is monotone and moves by γ c when v moves by c: MacQueen bounds hold (level E2).
///
/// Source: Iyengar, Robust dynamic programming (2005); Nilim and El Ghaoui (2005); Givan, Leach and Dean, Bounded-parameter
/// Markov decision processes (2000).
public struct RobustIteration: Sendable {
  /// What nature may choose from.
  public var ambiguity: AmbiguitySet
  /// Whether nature plays with the decision maker instead of against him.
  public var isOptimistic: Bool
  /// Tolerance, limits, threads.
  public var options: SolverOptions

  /// Robust value iteration.
  public init(ambiguity: AmbiguitySet, isOptimistic: Bool = false, options: SolverOptions = SolverOptions()) {
    self.ambiguity = ambiguity
    self.isOptimistic = isOptimistic
    self.options = options
  }

  /// The robust optimum.
  ///
  /// - Throws: ``SolverError/radius(_:)``, ``SolverError/interval(state:action:reason:)``,
  ///   ``SolverError/shape(of:expected:got:)``.
  public func solve(_ problem: DiscountedProblem) throws(SolverError) -> Solution {
    let bellman = problem.bellman
    let rows = bellman.transitions.sparseRows
    try check(rows, problem.mdp)
    let width = bellman.actionCount
    // In maximum form nature minimises when it plays against.
    let natureSign: Double = isOptimistic ? -1 : 1
    var v = [Double](repeating: 0, count: bellman.stateCount)
    var swept = v
    var policy = [Int32](repeating: 0, count: v.count)
    var iterations = 0
    while true {
      iterations += 1
      var change = BellmanOperator.Change()
      for s in v.indices {
        var best = -Double.infinity
        for a in 0..<width where bellman.rewards[s * width + a] > -.infinity {
          let k = s * width + a
          let q = bellman.rewards[k] + bellman.discount * natureSign * inner(rows, k, v, natureSign)
          if q > best {
            best = q
            policy[s] = Int32(a)
          }
        }
        swept[s] = best
        change.record(best, old: v[s])
      }
      let magnitude = v.largestMagnitude
      // Sorting moves mass in a few more roundings than a plain backup.
      let bounds = ValueBounds(
        bellman, change, startMagnitude: magnitude,
        extraError: Up.product(2, bellman.backupError(valueMagnitude: magnitude)))
      let error = bounds.halfWidth(magnitude: change.magnitude)
      let tolerance = options.tolerance.absolute(for: change.magnitude)
      let isDone = error <= tolerance || error.isNaN || error <= 1.25 * bounds.floor
      let isCancelled = options.progress?(iterations, error) == false
      if isDone || isCancelled || iterations >= options.iterationLimit ?? 1_000_000 {
        let certificate = Certificate(
          values: swept.map { $0 + bounds.middle }, policy: policy, errorBound: error,
          policyLoss: Up.sum(bounds.above, -bounds.below), level: .bounded,
          proof: "MacQueen bounds of the robust operator with rounding")
        return certificate.solution(
          of: problem, options: options, method: "robust value iteration", iterations: iterations,
          ending: isDone ? .toleranceNotReached : isCancelled ? .cancelled : .iterationLimit)
      }
      for s in v.indices { v[s] = swept[s] + bounds.middle }
    }
  }

  /// min over the set of Σ p (sign · v).
  private func inner(_ rows: SparseRows, _ k: Int, _ v: [Double], _ sign: Double) -> Double {
    let order = rows.positions(ofRow: k).filter { rows.values[$0] > 0 || isInterval }
      .sorted { sign * v[Int(rows.columns[$0])] < sign * v[Int(rows.columns[$1])] }
    func value(_ j: Int) -> Double { sign * v[Int(rows.columns[j])] }
    var sum = 0.0
    switch ambiguity {
    case .ball(let radius):
      // The worst successor gains what the best ones lose.
      guard let worst = order.first else { return 0 }
      var move = min(radius / 2, 1 - rows.values[worst])
      var moved = 0.0
      for j in order.dropFirst().reversed() {
        let taken = min(move, rows.values[j])
        move -= taken
        moved += taken
        sum += (rows.values[j] - taken) * value(j)
      }
      return sum + (rows.values[worst] + moved) * value(worst)
    case .intervals(let lower, let upper):
      var left = 1.0
      for j in order { left -= lower[j] }
      for j in order {
        let extra = max(0, min(left, upper[j] - lower[j]))
        left -= extra
        sum += (lower[j] + extra) * value(j)
      }
      return sum
    }
  }

  private var isInterval: Bool {
    if case .intervals = ambiguity { true } else { false }
  }

  private func check(_ rows: SparseRows, _ mdp: MDP) throws(SolverError) {
    switch ambiguity {
    case .ball(let radius):
      guard radius >= 0, radius <= 2 else { throw .radius(radius) }
    case .intervals(let lower, let upper):
      guard lower.count == rows.nonZeroCount, upper.count == rows.nonZeroCount else {
        throw .shape(of: "interval bounds", expected: rows.nonZeroCount, got: min(lower.count, upper.count))
      }
      for k in 0..<rows.rowCount where mdp.availability?[k] ?? true {
        let (s, a) = (k / mdp.actionCount, k % mdp.actionCount)
        var (least, most) = (0.0, 0.0)
        for j in rows.positions(ofRow: k) {
          guard lower[j] >= 0, lower[j] <= upper[j], upper[j] <= 1 else {
            throw .interval(state: s, action: a, reason: "[\(lower[j]), \(upper[j])] is no interval within [0, 1]")
          }
          least += lower[j]
          most += upper[j]
        }
        guard least <= 1 + 1e-12, most >= 1 - 1e-12 else {
          throw .interval(state: s, action: a, reason: "no distribution fits: the bounds sum to [\(least), \(most)]")
        }
      }
    }
  }
}
