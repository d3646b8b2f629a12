internal import LinearAlgebra
public import MDPs

/// What nature may choose from in each state-action pair, apart from all others ((s, a)-rectangular), anew at every step.
public enum AmbiguitySet: Sendable, Equatable {
  /// Any distribution over the successors of the row within L1 distance `radius` ∈ [0, 2] of its probabilities.
  case ball(radius: Double)
  /// Any distribution within Kullback-Leibler divergence `radius` ≥ 0 of the row's probabilities, Σ q log(q / p) ≤ radius:
  /// impossible transitions stay impossible.
  case divergence(radius: Double)
  /// Any distribution with lower[j] ≤ p[j] ≤ upper[j] for the stored transitions j, in the order of
  /// `mdp.transitions.sparseRows`.
  case intervals(lower: [Double], upper: [Double])

  /// [p − `halfWidth`, p + `halfWidth`] ∩ [0, 1] around every positive probability of a model.
  ///
  /// - Parameters:
  ///   - mdp: the model; transitions that it rules out stay impossible.
  ///   - halfWidth: at least 0.
  /// - Returns: the intervals.
  public static func intervals(around mdp: MDP, halfWidth: Double) -> AmbiguitySet {
    let p = mdp.transitions.sparseRows.values
    return .intervals(
      lower: p.map { $0 > 0 ? max(0, $0 - halfWidth) : 0 }, upper: p.map { $0 > 0 ? min(1, $0 + halfWidth) : 0 })
  }
}

/// Optimal values when nature picks the probabilities from ``AmbiguitySet``, against the decision maker or with him.
///
/// ```
/// q(s, a) = min over p in the set of Σ_t p(t) (r(s, a, t) + γ v(t))
/// ```
///
/// The inner minimum moves mass from the best successors to the worst (ball) or fills up from the worst (intervals), both
/// exact after sorting, or tilts the row (divergence), a convex problem in one variable whose primal and dual values enclose
/// it. The operator is monotone and moves by γ c when v moves by c: MacQueen bounds hold (level E2).
/// Value iteration; where its residual falls slowly, the values of the current policy against nature's current choice are
/// tried instead, and kept only if they halve the residual. Nature chooses anew at every step (dynamic semantics).
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

  /// The robust optimum of a problem whose reward is known by pairs.
  ///
  /// - Throws: ``SolverError/radius(_:)``, ``SolverError/divergence(_:)``,
  ///   ``SolverError/interval(state:action:reason:)``, ``SolverError/shape(of:expected:got:)``.
  /// - Complexity: a sweep costs O(stored transitions), with a sort in each row.
  public func solve(_ problem: DiscountedProblem) throws(SolverError) -> Solution {
    try solve(OutcomeRows(problem), problem.mdp, problem.direction)
  }

  /// The robust optimum of any reward; one by transitions is paid by the transition that nature lets happen.
  ///
  /// - Throws: as ``solve(_:)``, and ``SolverError/model(_:)``,
  ///   ``SolverError/discountOutOfRange(discount:largestRowSumDefect:)``.
  public func solve(
    _ mdp: MDP, reward: Reward, direction: Direction = .maximise
  ) throws(SolverError) -> Solution {
    try solve(OutcomeRows(mdp, reward: reward, direction: direction), mdp, direction)
  }

  /// The values of a given policy with nature against it (or with it): itself a small optimisation.
  ///
  /// - Parameters:
  ///   - policy: the policy, which may be stochastic; nature answers each action apart.
  ///   - mdp: the world.
  ///   - reward: any reward.
  ///   - direction: whether the reward is a gain or a cost, which says what "against" means.
  /// - Returns: the values with their proof.
  /// - Throws: as ``solve(_:reward:direction:)``.
  public func evaluate(
    _ policy: Policy, in mdp: MDP, reward: Reward, direction: Direction = .maximise
  ) throws(SolverError) -> PolicyValue {
    do { try policy.validate(for: mdp) } catch { throw .model(error) }
    let outcomes = try OutcomeRows(mdp, reward: reward, direction: direction)
    let run = try iterate(outcomes, mdp, policy: policy.probabilities(actionCount: mdp.actionCount))
    var certificate = run.certificate
    if direction == .minimise { certificate.values = certificate.values.map { 0 - $0 } }
    return PolicyValue(
      certificate, initialDistribution: mdp.initialDistribution,
      tolerance: options.tolerance.absolute(for: certificate.values.largestMagnitude),
      method: "robust evaluation, \(run.iterations) sweeps")
  }

  private func solve(
    _ outcomes: OutcomeRows, _ mdp: MDP, _ direction: Direction
  ) throws(SolverError) -> Solution {
    let run = try iterate(outcomes, mdp, policy: nil)
    let sign = direction.sign
    let certificate = run.certificate
    let tolerance = options.tolerance.absolute(for: certificate.values.largestMagnitude)
    return Solution(
      values: sign < 0 ? certificate.values.map { 0 - $0 } : certificate.values,
      policy: certificate.policy.map { Int($0) }, initialDistribution: mdp.initialDistribution,
      guarantee: Guarantee(
        level: certificate.level, errorBound: certificate.errorBound, policyLoss: certificate.policyLoss,
        tolerance: tolerance, ending: certificate.errorBound <= tolerance ? .converged : run.ending,
        proof: certificate.proof),
      method: "robust value iteration", iterations: run.iterations)
  }

  private struct Run {
    var certificate: Certificate
    var iterations: Int
    var ending: Ending
  }

  private func iterate(_ outcomes: OutcomeRows, _ mdp: MDP, policy: Matrix?) throws(SolverError) -> Run {
    try check(outcomes.rows, mdp)
    var game = NatureGame(outcomes, ambiguity: ambiguity, natureSign: isOptimistic ? -1 : 1, policy: policy)
    let bellman = outcomes.bellman
    var v = [Double](repeating: 0, count: outcomes.stateCount)
    var iterations = 0
    var change = game.sweep(v)
    while true {
      iterations += 1
      let magnitude = v.largestMagnitude
      // Sorting moves mass in a few more roundings than a plain backup.
      let bounds = ValueBounds(
        bellman, change, startMagnitude: magnitude,
        extraError: Up.sum(Up.product(2, bellman.backupError(valueMagnitude: magnitude)), game.innerError))
      let error = bounds.halfWidth(magnitude: change.magnitude)
      let tolerance = options.tolerance.absolute(for: change.magnitude)
      let isDone = error <= tolerance || error.isNaN || error <= 1.25 * bounds.floor
      let isCancelled = options.progress?(iterations, error) == false
      if isDone || isCancelled || iterations >= options.iterationLimit ?? 1_000_000 {
        return Run(
          certificate: Certificate(
            values: game.swept.map { $0 + bounds.middle }, policy: game.policy,
            errorBound: error.isNaN ? .infinity : error, policyLoss: Up.sum(bounds.above, -bounds.below),
            level: error.isFinite ? .bounded : .approximate,
            proof: error.isFinite
              ? "MacQueen bounds of the robust operator with rounding" : "none: the values overflow"),
          iterations: iterations, ending: isDone ? .toleranceNotReached : isCancelled ? .cancelled : .iterationLimit)
      }
      for s in v.indices { v[s] = game.swept[s] + bounds.middle }
      if iterations % 8 == 0, let jump = game.valuesOfCurrentChoices() {
        let plain = game.sweep(v)
        let tried = game.sweep(jump)
        if tried.span < plain.span / 2 {
          v = jump
          change = tried
          continue
        }
      }
      change = game.sweep(v)
    }
  }

  private func check(_ rows: SparseRows, _ mdp: MDP) throws(SolverError) {
    switch ambiguity {
    case .ball(let radius):
      guard radius >= 0, radius <= 2 else { throw .radius(radius) }
    case .divergence(let radius):
      guard radius >= 0, radius.isFinite else { throw .divergence(radius) }
    case .intervals(let lower, let upper):
      guard lower.count == rows.nonZeroCount, upper.count == rows.nonZeroCount else {
        throw .shape(of: "interval bounds", expected: rows.nonZeroCount, got: min(lower.count, upper.count))
      }
      for k in 0..<rows.rowCount where mdp.availability?[k] ?? true {
        let (s, a) = (k / mdp.actionCount, k % mdp.actionCount)
        var (least, most) = (0.0, 0.0)
        for j in rows.positions(ofRow: k) {
          guard lower[j] >= 0, lower[j] <= upper[j], upper[j] <= 1 else {
            throw .interval(
              state: s, action: a,
              reason: "[\(lower[j]), \(upper[j])] for next state \(rows.columns[j]) is no interval within [0, 1]")
          }
          least += lower[j]
          most += upper[j]
        }
        let tolerance = max(1e-12, mdp.largestRowSumDefect * 2)
        guard least <= 1 + tolerance, most >= 1 - tolerance else {
          throw .interval(
            state: s, action: a,
            reason: "no distribution fits, as the lower bounds sum to \(least) and the upper ones to \(most)")
        }
      }
    }
  }
}

/// One step of the game between a decision maker and nature, in maximum form, with the arrays that a sweep reuses.
private struct NatureGame {
  let outcomes: OutcomeRows
  let ambiguity: AmbiguitySet
  /// 1 when nature minimises, −1 when it maximises.
  let natureSign: Double
  /// π(a | s) of a policy that is evaluated; nil when the best action is sought.
  let fixed: Matrix?
  /// T v of the last sweep.
  var swept: [Double]
  /// The lowest of the best actions of the last sweep.
  var policy: [Int32]
  /// The largest error of an inner minimum that is found by iteration, in the last sweep.
  private(set) var innerError = 0.0
  /// sign · (r + γ v) of each entry of a row, and the entries in ascending order of it.
  private var value: [Double] = []
  private var order: [Int] = []

  init(_ outcomes: OutcomeRows, ambiguity: AmbiguitySet, natureSign: Double, policy: Matrix?) {
    self.outcomes = outcomes
    self.ambiguity = ambiguity
    self.natureSign = natureSign
    fixed = policy
    swept = [Double](repeating: 0, count: outcomes.stateCount)
    self.policy = [Int32](repeating: 0, count: outcomes.stateCount)
  }

  mutating func sweep(_ v: [Double]) -> BellmanOperator.Change {
    var change = BellmanOperator.Change()
    let width = outcomes.actionCount
    innerError = 0
    for s in v.indices {
      var best = -Double.infinity
      if let fixed {
        best = 0
        for a in 0..<width where fixed[s, a] > 0 { best += fixed[s, a] * backup(s * width + a, v) { _, _ in } }
      } else {
        for a in 0..<width where outcomes.playable[s * width + a] {
          let q = backup(s * width + a, v) { _, _ in }
          if q > best {
            best = q
            policy[s] = Int32(a)
          }
        }
      }
      swept[s] = best
      change.record(best, old: v[s])
    }
    lastValues = v
    return change
  }

  private var lastValues: [Double] = []

  /// The values of the policy of the last sweep when nature keeps to its choices there.
  mutating func valuesOfCurrentChoices() -> [Double]? {
    let width = outcomes.actionCount
    var builder = SparseRowsBuilder(columnCount: outcomes.stateCount)
    var rewards = [Double](repeating: 0, count: outcomes.stateCount)
    var weight = [Double](repeating: 0, count: outcomes.stateCount)
    for s in rewards.indices {
      var touched: [Int32] = []
      for a in 0..<width {
        let share = fixed.map { $0[s, a] } ?? (Int(policy[s]) == a ? 1 : 0)
        guard share > 0 else { continue }
        var reward = 0.0
        let (columns, paid) = (outcomes.rows.columns, outcomes.rewards)
        _ = backup(s * width + a, lastValues) { j, p in
          guard p > 0 else { return }
          reward += share * p * paid[j]
          if weight[Int(columns[j])] == 0 { touched.append(columns[j]) }
          weight[Int(columns[j])] += share * p
        }
        rewards[s] += reward
      }
      for t in touched.sorted() {
        builder.append(column: t, value: weight[Int(t)])
        weight[Int(t)] = 0
      }
      builder.endRow()
    }
    let values = ChainSystem(chain: .sparse(builder.build()), discount: outcomes.bellman.discount).solve(rewards)
    return values.allSatisfy(\.isFinite) ? values : nil
  }

  /// The inner optimum of row k; `choose` is told what probability nature gives each entry.
  private mutating func backup(_ k: Int, _ v: [Double], choose: (Int, Double) -> Void) -> Double {
    let rows = outcomes.rows
    let range = rows.positions(ofRow: k)
    let isInterval = if case .intervals = ambiguity { true } else { false }
    order.removeAll(keepingCapacity: true)
    value.removeAll(keepingCapacity: true)
    let discount = outcomes.bellman.discount
    for j in range {
      value.append(natureSign * (outcomes.rewards[j] + discount * v[Int(rows.columns[j])]))
      if isInterval || rows.values[j] > 0 { order.append(j) }
    }
    let first = range.lowerBound
    value.withUnsafeBufferPointer { value in
      order.sort { (value[$0 - first], $0) < (value[$1 - first], $1) }
    }
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
        choose(j, rows.values[j] - taken)
        sum += (rows.values[j] - taken) * value[j - first]
      }
      choose(worst, rows.values[worst] + moved)
      sum += (rows.values[worst] + moved) * value[worst - first]
    case .divergence(let radius):
      let minimum = DivergenceBall(radius: radius).minimum(
        order.map { rows.values[$0] }, order.map { value[$0 - first] }, defect: outcomes.bellman.rowSumDefect)
      innerError = max(innerError, minimum.error)
      for (j, share) in zip(order, minimum.weights) { choose(j, share) }
      sum = minimum.value
    case .intervals(let lower, let upper):
      var left = 1.0
      for j in order { left -= lower[j] }
      for j in order {
        let extra = max(0, min(left, upper[j] - lower[j]))
        left -= extra
        choose(j, lower[j] + extra)
        sum += (lower[j] + extra) * value[j - first]
      }
    }
    return natureSign * sum
  }
}
