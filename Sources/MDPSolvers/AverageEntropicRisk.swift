internal import LinearAlgebra
public import MDPs

/// The entropic risk measure of rewards for ever, by step: lim (1/(b n)) log E exp(b · sum of n rewards), risk-averse for
/// b < 0 when the reward is a gain. As b → 0 it is the average reward.
///
/// The optimal growth g solves, with relative values w, the multiplicative Poisson equation
///
/// ```
/// g + w(s) = (T w)(s) = max_a (1/b) log Σ_t p(t) exp( b (r + w(t)) )
/// ```
///
/// so that exp(b g) is an eigenvalue of the matrix of a policy tilted by its rewards. T keeps order and adds up constants;
/// hence for every w (Collatz and Wielandt) the growth from every state lies between the least and the largest entry of
/// T w − w. The steps w ← (1 − t) w + t T w, which periods cannot trap, bring the two together wherever w exists: for b of
/// the sign that seeks risk in communicating models; for the other where rare long stays in bad places do not outgrow all
/// else. Elsewhere the growth depends on the state; the enclosure holds for all of them and says that it stayed wide.
///
/// Rounding, `exp` and `log` included, is part of the enclosure: level E2.
///
/// Source: Howard and Matheson, Risk-sensitive Markov decision processes (1972); Gaubert and Gunawardena, The
/// Perron-Frobenius theorem for homogeneous, monotone functions (2004), for the convergence.
public struct AverageEntropicRisk: Sendable {
  /// b ≠ 0, in units of one over the reward.
  public var risk: Double
  /// t in (0, 1): the share of T w in a step.
  public var stepShare: Double
  /// Tolerance and limits; an iteration is one sweep, by default at most 100,000.
  public var options: SolverOptions

  /// The criterion with a risk parameter.
  public init(risk: Double, stepShare: Double = 0.9, options: SolverOptions = SolverOptions()) {
    self.risk = risk
    self.stepShare = min(max(stepShare, 0.01), 0.99)
    self.options = options
  }

  /// The optimal growth over all policies, and a stationary policy that attains it.
  ///
  /// - Parameters:
  ///   - mdp: the world; its discount plays no part.
  ///   - reward: by state, pair or transition; a reward by transition counts as what is really paid.
  ///   - direction: whether the measure is made large or small.
  /// - Returns: the growth, the same from every state, within its bound; the relative values are not told.
  /// - Throws: ``SolverError/risk(_:)``, ``SolverError/model(_:)``.
  /// - Complexity: O(stored transitions) a sweep, with an `exp` each.
  public func solve(
    _ mdp: MDP, reward: Reward, direction: Direction = .maximise
  ) throws(SolverError) -> Solution {
    guard risk != 0, risk.isFinite else { throw .risk(risk) }
    let outcomes = try OutcomeRows(mdp, reward: reward, direction: direction, allowsUndiscounted: true)
    // Negating the reward negates the risk parameter.
    let b = direction.sign * risk
    let width = mdp.actionCount
    let range = outcomes.rewardRange
    let tolerance = options.tolerance.absolute(for: max(abs(range.lowerBound), abs(range.upperBound)))
    var w = [Double](repeating: 0, count: mdp.stateCount)
    var swept = w
    var policy = w.map { _ in 0 }
    // The growth lies within the rewards, and in every interval that a sweep proves.
    var (lower, upper) = (range.lowerBound, range.upperBound)
    // What the greedy policy of the last sweep is sure of.
    var attained = range.lowerBound
    var (iterations, sweepsWithoutProgress) = (0, 0)
    var ending = Ending.toleranceNotReached
    while upper - lower > 2 * tolerance {
      iterations += 1
      var (least, largest, noise) = (Double.infinity, -Double.infinity, 0.0)
      for s in w.indices {
        var best = -Double.infinity
        for a in 0..<width where outcomes.playable[s * width + a] {
          let measured = outcomes.entropicBackup(s * width + a, w, b, discount: 1)
          noise = max(noise, measured.error)
          if measured.value > best { (best, policy[s]) = (measured.value, a) }
        }
        swept[s] = best
        least = min(least, best - w[s])
        largest = max(largest, best - w[s])
      }
      let rounding = Up.sum(noise, Up.product(2 * unitRoundoff, Up.sum(abs(least), abs(largest))))
      let before = upper - lower
      attained = (least - 2 * rounding).nextDown
      lower = max(lower, (least - rounding).nextDown)
      upper = min(upper, Up.sum(largest, rounding))
      sweepsWithoutProgress = upper - lower < before ? 0 : sweepsWithoutProgress + 1
      if options.progress?(iterations, (upper - lower) / 2) == false {
        ending = .cancelled
        break
      }
      if iterations >= options.iterationLimit ?? 100_000 {
        ending = .iterationLimit
        break
      }
      if sweepsWithoutProgress >= 1000 || largest - least <= 2 * rounding { break }
      let anchor = swept[0] - w[0]
      for s in w.indices { w[s] += stepShare * (swept[s] - w[s] - anchor) }
    }
    if iterations == 0 { policy = mdp.lowestActions }
    let middle = lower + (upper - lower) / 2
    let error = max(upper - middle, middle - lower).nextUp
    let growth = direction.sign * middle
    return Solution(
      values: [Double](repeating: growth, count: mdp.stateCount), policy: policy,
      initialDistribution: mdp.initialDistribution,
      guarantee: Guarantee(
        level: .bounded, errorBound: error, policyLoss: Up.sum(upper, -attained), tolerance: tolerance,
        ending: error <= tolerance ? .converged : ending,
        proof: "min and max of T w − w with rounding, exp and log included"),
      method: "relative values of exponential utilities", iterations: iterations)
  }
}
