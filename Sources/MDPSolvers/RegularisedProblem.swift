internal import Glibc
internal import LinearAlgebra
public import MDPs

/// Discounted problems with an entropy bonus, or a penalty for leaving a prior policy:
///
/// ```
/// v(s) = τ log Σ_a ρ(a | s) exp( q(s, a) / τ ),   π(a | s) ∝ ρ(a | s) exp( q(s, a) / τ )
/// ```
///
/// With the prior ρ = 1 on every action this is the entropy bonus τ H(π), otherwise the penalty τ KL(π ‖ ρ). The operator
/// is monotone and moves by γ c when v moves by c, so the MacQueen bounds hold unchanged; values are proven to E2, given
/// that `exp` and `log` err by less than one unit in the last place. Solved by soft policy iteration, which converges
/// quadratically. For costs everything is negated: v = −τ log Σ ρ exp(−q / τ).
///
/// Source: Neu, Jonsson and Gómez, A unified view of entropy-regularized MDPs, arXiv:1705.07798 (2017); Geist, Scherrer and
/// Pietquin, A theory of regularized MDPs, arXiv:1901.11275 (2019).
public struct RegularisedIteration: Sendable {
  /// τ > 0: the weight of the entropy, in units of the reward.
  public var temperature: Double
  /// ρ(a | s); nil gives every available action the weight 1.
  public var prior: Policy?
  /// Tolerance, limits, threads.
  public var options: SolverOptions

  /// Soft policy iteration at a temperature.
  public init(temperature: Double, prior: Policy? = nil, options: SolverOptions = SolverOptions()) {
    self.temperature = temperature
    self.prior = prior
    self.options = options
  }

  /// The regularised optimum.
  ///
  /// - Throws: ``SolverError/temperature(_:)``, ``SolverError/temperatureTooLarge(_:limit:)``, ``SolverError/model(_:)``
  ///   when the prior does not fit, ``SolverError/noAllowedAction(state:)`` where the prior allows nothing.
  public func solve(_ problem: DiscountedProblem) throws(SolverError) -> RegularisedSolution {
    guard temperature > 0, temperature.isFinite else { throw .temperature(temperature) }
    if let prior { do { try prior.validate(for: problem.mdp) } catch { throw .model(error) } }
    var bellman = problem.bellman
    bellman.threads = options.threads
    let (stateCount, width) = (bellman.stateCount, bellman.actionCount)
    let limit = largestValue * bellman.slack / log(Double(width) + 1)
    guard temperature <= limit else { throw .temperatureTooLarge(temperature, limit: limit) }
    var logPrior = [Double](repeating: 0, count: stateCount * width)
    if let prior {
      for s in 0..<stateCount { for a in 0..<width { logPrior[s * width + a] = log(prior.probability(of: a, in: s)) } }
    }
    var v = [Double](repeating: 0, count: stateCount)
    var iterations = 0
    while true {
      iterations += 1
      let step = SoftStep(bellman, v, temperature: temperature, logPrior: logPrior)
      let magnitude = v.largestMagnitude
      let bounds = ValueBounds(
        bellman, step.change, startMagnitude: magnitude,
        extraError: step.error(temperature: temperature, actionCount: width))
      let error = bounds.halfWidth(magnitude: step.change.magnitude)
      let tolerance = options.tolerance.absolute(for: step.change.magnitude)
      let isDone = error <= tolerance || error.isNaN || error <= 1.25 * bounds.floor
      let isStopped = iterations >= options.iterationLimit ?? 10_000
      if isDone || isStopped {
        let sign = problem.direction.sign
        let values = step.values.map { sign * ($0 + bounds.middle) }
        let (objective, objectiveError) = problem.mdp.initialDistribution.expectation(of: values, error: error)
        return RegularisedSolution(
          values: values, policy: .stochastic(step.policy), objective: objective,
          objectiveBounds: (objective - objectiveError).nextDown...(objective + objectiveError).nextUp,
          guarantee: Guarantee(
            level: .bounded, errorBound: error, policyLoss: 2 * error / bellman.slack, tolerance: tolerance,
            ending: error <= tolerance ? .converged : isDone ? .toleranceNotReached : .iterationLimit,
            proof: "MacQueen bounds with rounding of exp and log"),
          method: "soft policy iteration", iterations: iterations)
      }
      // The value of the soft policy with its entropy counted as reward.
      let chain = Policy.stochastic(step.policy).transitions(in: problem.mdp)
      var bonus = [Double](repeating: 0, count: stateCount)
      for s in 0..<stateCount {
        for a in 0..<width where step.policy[s, a] > 0 {
          let k = s * width + a
          bonus[s] +=
            step.policy[s, a] * (bellman.rewards[k] - temperature * (log(step.policy[s, a]) - logPrior[k]))
        }
      }
      let next = ChainSystem(chain: chain, discount: bellman.discount).solve(bonus)
      // Near the optimum Newton's step is at the mercy of rounding; a plain sweep always contracts.
      v = next.allSatisfy(\.isFinite) && iterations % 20 != 0 ? next : step.values.map { $0 + bounds.middle }
    }
  }
}

/// The optimum of a regularised problem.
public struct RegularisedSolution: Sendable, Equatable {
  /// The regularised values, shape (S).
  public let values: ValueFunction
  /// The optimal stochastic policy.
  public let policy: Policy
  /// μ₀ᵀ v.
  public let objective: Double
  /// Where the true objective lies for certain.
  public let objectiveBounds: ClosedRange<Double>
  /// What is proven.
  public let guarantee: Guarantee
  /// The algorithm, in words.
  public let method: String
  /// Improvement steps.
  public let iterations: Int
}

/// One application of the soft operator.
private struct SoftStep {
  var values: [Double]
  var policy: Matrix
  var change = BellmanOperator.Change()

  init(_ bellman: BellmanOperator, _ v: [Double], temperature: Double, logPrior: [Double]) {
    let width = bellman.actionCount
    let q = bellman.actionValues(of: v)
    values = v
    policy = Matrix(rowCount: v.count, columnCount: width)
    for s in v.indices {
      var top = -Double.infinity
      for k in (s * width)..<((s + 1) * width) where logPrior[k] > -.infinity && q[k] > top { top = q[k] }
      var sum = 0.0
      for a in 0..<width where q[s * width + a] > -.infinity {
        let weight = exp((q[s * width + a] - top) / temperature + logPrior[s * width + a])
        policy[s, a] = weight
        sum += weight
      }
      for a in 0..<width { policy[s, a] /= sum }
      values[s] = top + temperature * log(sum)
      change.record(values[s], old: v[s])
    }
  }

  /// What exp, log and the sums of one state may add to the error of a backup.
  func error(temperature: Double, actionCount: Int) -> Double {
    let sums = Double(2 * actionCount + 16) * unitRoundoff * (1 + log(Double(actionCount) + 1))
    return Up.sum(Up.product(temperature, sums.nextUp), Up.product(4 * unitRoundoff, change.magnitude))
  }
}
