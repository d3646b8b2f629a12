internal import Glibc
internal import LinearAlgebra
public import MDPs

/// The entropic risk measure of the discounted return, (1/b) log E exp(b · return): risk-averse for b < 0 when the reward
/// is a gain, risk-seeking for b > 0; for costs the other way round.
///
/// The optimal policy depends on time, because the risk that is left shrinks with the discount:
///
/// ```
/// v_t(s) = max_a (1/β_t) log Σ_t' p(t') exp( β_t (r + γ v_{t+1}(t')) ),   β_t = b γ^t
/// ```
///
/// Backward induction from a step H at which risk no longer matters: by Hoeffding's lemma the risk measure with parameter β
/// of a variable within an interval of length R exceeds its mean by 0 to β R²/8, so that the risk-neutral values (proven by
/// themselves) start the induction with an error known to both sides, and every step shrinks it by γ. Rounding of every
/// step, `exp` and `log` included (each trusted to two units in the last place), is carried along: level E2.
///
/// With ``horizon`` the process ends after that many steps, and the discount may be 1.
///
/// Source: Howard and Matheson, Risk-sensitive Markov decision processes (1972); Chung and Sobel, Discounted MDPs:
/// distribution functions and exponential utility maximization (1987).
public struct EntropicRisk: Sendable {
  /// b ≠ 0, in units of one over the reward.
  public var risk: Double
  /// The number of steps of the process; nil for ever.
  public var horizon: Int?
  /// Tolerance, limits, threads.
  public var options: SolverOptions

  /// The criterion with a risk parameter.
  public init(risk: Double, horizon: Int? = nil, options: SolverOptions = SolverOptions()) {
    self.risk = risk
    self.horizon = horizon
    self.options = options
  }

  /// The optimum over all policies, which may look at the history.
  ///
  /// - Parameters:
  ///   - mdp: the world; discount below 1 unless there is a horizon.
  ///   - reward: by state, pair or transition; a reward by transition counts as what is really paid.
  ///   - direction: whether the measure is made large or small.
  /// - Returns: the measure from every state, and the actions of every step.
  /// - Throws: ``SolverError/risk(_:)``, ``SolverError/horizon(_:)``, ``SolverError/model(_:)``,
  ///   ``SolverError/discountOutOfRange(discount:largestRowSumDefect:)``.
  /// - Complexity: O(H · stored transitions), H about log(|b| R² / tolerance) / (2 (1 − γ)).
  public func solve(
    _ mdp: MDP, reward: Reward, direction: Direction = .maximise
  ) throws(SolverError) -> EntropicSolution {
    guard risk != 0, risk.isFinite else { throw .risk(risk) }
    if let horizon, horizon < 0 { throw .horizon(horizon) }
    let outcomes = try OutcomeRows(
      mdp, reward: reward, direction: direction, allowsUndiscounted: horizon != nil)
    // Negating the reward negates the risk parameter.
    let b = direction.sign * risk
    let start: Start
    if let horizon {
      start = Start(steps: horizon, stateCount: mdp.stateCount)
    } else {
      start = try tail(mdp, reward, direction, outcomes, b)
    }
    var v = start.values
    var policy = start.policy
    var error = start.error
    var phases: [EntropicSolution.Phase] = []
    var ending = Ending.toleranceNotReached
    var step = start.steps
    let width = mdp.actionCount
    var q = [Double](repeating: 0, count: width)
    while step > 0 {
      step -= 1
      let beta = b * pow(mdp.discount, Double(step))
      var next = v
      var chosen = policy ?? [Int](repeating: 0, count: v.count)
      var worst = 0.0
      for s in v.indices {
        var best = -Double.infinity
        var margin = 0.0
        for a in 0..<width where outcomes.playable[s * width + a] {
          let measured = outcomes.entropicBackup(s * width + a, v, beta)
          q[a] = measured.value
          margin = max(margin, measured.error)
          if measured.value > best { best = measured.value }
        }
        // What ties to within rounding keeps the action of the step after.
        let kept = policy.map { $0[s] }
        if let kept, outcomes.playable[s * width + kept], q[kept] >= best - 2 * margin {
          chosen[s] = kept
        } else {
          chosen[s] = (0..<width).first { outcomes.playable[s * width + $0] && q[$0] >= best - 2 * margin } ?? 0
        }
        next[s] = best
        worst = max(worst, margin)
      }
      error = Up.sum(worst, Up.product(outcomes.bellman.contraction, error))
      if policy != chosen || phases.isEmpty {
        phases.append(EntropicSolution.Phase(firstStep: step, policy: chosen))
      } else {
        phases[phases.count - 1].firstStep = step
      }
      policy = chosen
      v = next
      if options.progress?(start.steps - step, error) == false {
        ending = .cancelled
        break
      }
    }
    if step > 0 { error = .infinity }
    let sign = direction.sign
    let values = sign < 0 ? v.map { 0 - $0 } : v
    let objective = Self.objective(mdp.initialDistribution, v, b)
    let objectiveError = Up.sum(error, objective.error)
    let tolerance = options.tolerance.absolute(for: v.largestMagnitude)
    let middle = sign * objective.value
    let solution = Solution(
      values: values, policy: policy ?? mdp.lowestActions, objective: middle,
      objectiveBounds: objectiveError < .infinity
        ? (middle - objectiveError).nextDown...(middle + objectiveError).nextUp : -(.infinity)...(.infinity),
      guarantee: Guarantee(
        level: error < .infinity ? .bounded : .approximate, errorBound: error, policyLoss: Up.product(2, error),
        tolerance: tolerance, ending: error <= tolerance ? .converged : ending,
        proof: error < .infinity
          ? (horizon == nil ? "Hoeffding's bound of the risk left at the last step, then " : "")
            + "rounding of every step, exp and log included" : "none: stopped before the first step"),
      method: "backward induction of exponential utilities", iterations: start.steps - step)
    return EntropicSolution(
      solution: solution, phases: phases.reversed(), horizon: start.steps,
      tailPolicy: horizon == nil ? start.policy : nil)
  }

  /// Where the backward induction starts, in maximum form.
  private struct Start {
    var steps: Int
    var values: [Double]
    /// Half the width of what the values at that step may be.
    var error = 0.0
    var policy: [Int]?

    init(steps: Int, stateCount: Int) {
      self.steps = steps
      values = [Double](repeating: 0, count: stateCount)
    }
  }

  private func tail(
    _ mdp: MDP, _ reward: Reward, _ direction: Direction, _ outcomes: OutcomeRows, _ b: Double
  ) throws(SolverError) -> Start {
    let neutral = try DiscountedProblem(mdp, reward: reward, direction: direction).solve(
      using: AutomaticSolver(options: SolverOptions(tolerance: options.tolerance, threads: options.threads)))
    let range = outcomes.rewardRange
    let length = Up.quotient((range.upperBound - range.lowerBound).nextUp, outcomes.bellman.slack)
    let tolerance = max(
      options.tolerance.absolute(for: neutral.values.largestMagnitude) / 4, 1e-16 * length, .leastNormalMagnitude)
    var steps = 0
    var factor = 1.0
    var excess = 0.0
    while true {
      factor = pow(mdp.discount, Double(steps))
      excess = min(length, Up.product(Up.product(abs(b) * factor, length), length).nextUp / 8)
      if factor * excess / 2 <= tolerance || factor == 0 || steps >= options.iterationLimit ?? 10_000_000 { break }
      steps += max(1, steps / 64)
    }
    var start = Start(steps: steps, stateCount: mdp.stateCount)
    let shift = b > 0 ? excess / 2 : -excess / 2
    for s in start.values.indices { start.values[s] = direction.sign * neutral.values[s] + shift }
    start.error = Up.sum(
      excess / 2 * (1 + 0x1p-40), neutral.guarantee.errorBound,
      Up.product(2 * unitRoundoff, Up.sum(neutral.values.largestMagnitude, excess)))
    start.policy = neutral.policy
    return start
  }

  /// (1/b) log Σ μ exp(b v), and its rounding.
  private static func objective(_ initial: [Double], _ v: [Double], _ b: Double) -> (value: Double, error: Double) {
    var row = EntropicRow(b)
    for (p, value) in zip(initial, v) where p > 0 { row.outcomes.append((p, value)) }
    return row.measure()
  }
}

/// The optimum of an entropic risk measure.
public struct EntropicSolution: Sendable, Equatable {
  /// Values and actions of the first step. The objective is the measure of the return from the start distribution,
  /// (1/b) log Σ μ₀ exp(b v).
  public let solution: Solution
  /// The actions of every step, in runs of steps with the same: each holds until the next begins.
  public let phases: [Phase]
  /// The number of steps that were worked out.
  public let horizon: Int
  /// What to play after them: a risk-neutral optimal policy; nil when the process ends there.
  public let tailPolicy: [Int]?

  /// A run of steps with the same actions.
  public struct Phase: Sendable, Equatable {
    /// The first step of the run.
    public internal(set) var firstStep: Int
    /// One action a state.
    public let policy: [Int]
  }
}

extension OutcomeRows {
  /// (1/β) log Σ p exp(β (r + γ v)) of row k and a bound of its rounding.
  fileprivate func entropicBackup(_ k: Int, _ v: [Double], _ beta: Double) -> (value: Double, error: Double) {
    var row = EntropicRow(beta)
    let discount = bellman.discount
    var size = 0.0
    for j in rows.positions(ofRow: k) where rows.values[j] > 0 {
      let ahead = discount * v[Int(rows.columns[j])]
      row.outcomes.append((rows.values[j], rewards[j] + ahead))
      size = max(size, abs(rewards[j]) + abs(ahead))
    }
    let (value, error) = row.measure()
    return (value, Up.sum(error, Up.product(4 * unitRoundoff, size)))
  }
}

/// One distribution of outcomes and the risk parameter to measure it by.
private struct EntropicRow {
  let beta: Double
  var outcomes: [(probability: Double, value: Double)] = []

  init(_ beta: Double) { self.beta = beta }

  /// m + (1/β) log(1 + Σ p (exp(β (y − m)) − 1)) with m the outcome of largest β y, so that every exponent is ≤ 0 and
  /// small parameters lose nothing to cancellation. What a row lacks to 1 counts as m.
  func measure() -> (value: Double, error: Double) {
    guard var top = outcomes.first?.value else { return (0, 0) }
    var bottom = top
    for (_, y) in outcomes {
      if beta > 0 ? y > top : y < top { top = y }
      if beta > 0 ? y < bottom : y > bottom { bottom = y }
    }
    let spread = abs(top - bottom)
    guard spread > 0 else { return (top, 0) }
    let n = Double(outcomes.count)
    // A parameter this small is a mean to all digits.
    if abs(beta) * spread < 1e-25 {
      var sum = 0.0
      for (p, y) in outcomes { sum += p * (y - top) }
      return (
        top + sum, Up.sum(Up.product((n + 4) * unitRoundoff, Up.sum(abs(top), spread)), Up.product(1e-25, spread))
      )
    }
    var (excess, excessError, sum, sumError, mass) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for (p, y) in outcomes {
      let z = beta * (y - top)
      let (less, power) = (expm1(z), exp(z))
      // An exponent of −∞ leaves no power to be off.
      let slope = power > 0 ? abs(z) * power : 0
      excess += p * less
      excessError += p * ((n + 6) * abs(less) + 4 * slope)
      sum += p * power
      sumError += p * ((n + 6) * power + 4 * slope)
      mass += p
    }
    let logarithm: Double
    var error: Double
    if excess > -0.5 {
      logarithm = log1p(excess)
      error = excessError * unitRoundoff / (1 + excess)
    } else {
      logarithm = log(sum)
      error = (sumError * unitRoundoff + abs(1 - mass) + n * unitRoundoff) / sum
    }
    // 1.01 covers the rounding of the bound itself and terms of second order; the parameter is off by a few units too.
    error = 1.01 * error + 4 * unitRoundoff * abs(logarithm)
    let parameter = 4 * unitRoundoff * min(abs(beta) * spread * spread / 8, spread)
    let value = top + logarithm / beta
    return (value, (error / abs(beta) * (1 + 0x1p-40) + parameter + 4 * unitRoundoff * (abs(top) + spread)).nextUp)
  }
}
