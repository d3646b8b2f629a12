internal import LinearAlgebra
public import MDPs
internal import MDPSolvers
internal import RealModule

/// Learning how much to trust a heuristic reward, so that a harmful one is unlearned:
///
/// ```
/// outer   max_w J_true(π_w)
/// inner   π_w = argmax_π  J_{true + w · heuristic}(π) + τ · entropy
/// ```
///
/// The inner problem is solved exactly (soft policy iteration), and the outer gradient comes from its optimality
/// conditions: with δ(s, a) the change of the reward, δQ = δ + γ P δV and δV = Σ_a π δQ, so that
///
/// ```
/// dJ/dw = Σ_s d(s) Σ_a π(a | s) (δQ(s, a) − δV(s)) / τ · Q_true(s, a)
/// ```
///
/// which takes one factorisation of I − γ P_π for the visits d, for Q_true and for δV.
///
/// Source: Gupta et al., Behavior alignment via reward function optimization (NeurIPS 2023), arXiv 2310.19007, §4.
public struct BehaviourAlignment: Sendable {
  /// τ > 0: the weight of the entropy.
  public var temperature: Double
  /// How far w moves along the gradient, relative to the size of the gradient at the start.
  public var stepSize: Double
  /// How many steps.
  public var stepCount: Int

  /// An alignment with the given choices.
  public init(temperature: Double = 0.1, stepSize: Double = 0.1, stepCount: Int = 100) {
    precondition(temperature > 0 && stepSize > 0 && stepCount >= 0, "temperature and step size are positive")
    self.temperature = temperature
    self.stepSize = stepSize
    self.stepCount = stepCount
  }

  /// One point of the path of w.
  public struct Step: Sendable, Equatable {
    /// w
    public let weight: Double
    /// J_true(π_w)
    public let trueReturn: Double
    /// dJ_true(π_w)/dw
    public let gradient: Double
  }

  /// Follows the gradient from `weight`, halving steps that make the return fall.
  ///
  /// - Returns: the points, the start first; the true return never falls along them.
  /// - Throws: ``RewardInvarianceError``
  /// - Complexity: some ten factorisations of order S a step
  public func run(
    _ mdp: MDP, truth: Reward, heuristic: Reward, from weight: Double = 1
  ) throws(RewardInvarianceError) -> [Step] {
    var points = [try step(mdp, truth: truth, heuristic: heuristic, weight: weight)]
    var length = stepSize / max(abs(points[0].gradient), 1e-300)
    for _ in 0..<stepCount {
      let last = points[points.count - 1]
      var accepted = false
      for _ in 0..<30 {
        let next = try step(mdp, truth: truth, heuristic: heuristic, weight: last.weight + length * last.gradient)
        if next.trueReturn >= last.trueReturn {
          points.append(next)
          accepted = true
          length *= 1.5
          break
        }
        length /= 2
      }
      guard accepted else { break }
    }
    return points
  }

  /// J_true(π_w) and its derivative at one w.
  ///
  /// - Throws: ``RewardInvarianceError/undiscounted(question:)``, ``RewardInvarianceError/model(_:)``.
  public func step(
    _ mdp: MDP, truth: Reward, heuristic: Reward, weight: Double
  ) throws(RewardInvarianceError) -> Step {
    guard mdp.discount < 1 else { throw .undiscounted(question: "behaviour alignment") }
    let (r, b) = try fitting { () throws(MDPError) in
      (try truth.expected(in: mdp), try heuristic.expected(in: mdp))
    }
    let (S, actionCount) = (mdp.stateCount, mdp.actionCount)
    let policy = try softOptimum(mdp, zip(r, b).map { $0 + weight * $1 })
    let evaluation = try solving { () throws(SolverError) in try PolicyEvaluation(of: policy, in: mdp) }
    func actionValues(_ reward: [Double], _ values: [Double]) -> [Double] {
      let next = mdp.transitions.expectation(of: values)
      return reward.indices.map { reward[$0] + mdp.discount * next[$0] }
    }
    let trueQ = actionValues(r, evaluation.values(pairReward: r))
    // The entropy's own change vanishes to first order at the soft optimum (envelope), so δV is a policy's value.
    let change = evaluation.values(pairReward: b)
    let changeQ = actionValues(b, change)
    let play = evaluation.occupancy()
    var gradient = 0.0
    for s in 0..<S {
      for a in 0..<actionCount where mdp.isAvailable(s, a) {
        let k = s * actionCount + a
        gradient += play.values[k] * (changeQ[k] - change[s]) / temperature * trueQ[k]
      }
    }
    return Step(weight: weight, trueReturn: play.expectedReturn(of: r), gradient: gradient)
  }

  /// The policy that maximises return plus τ · entropy, by soft policy iteration.
  private func softOptimum(_ mdp: MDP, _ reward: [Double]) throws(RewardInvarianceError) -> Policy {
    let actionCount = mdp.actionCount
    var policy = Policy.uniform(for: mdp)
    var last = [Double](repeating: 0, count: mdp.stateCount)
    for _ in 0..<200 {
      let current = policy
      let evaluation = try solving { () throws(SolverError) in try PolicyEvaluation(of: current, in: mdp) }
      var withEntropy = reward
      for k in reward.indices where mdp.isAvailable(k / actionCount, k % actionCount) {
        let p = current.probability(of: k % actionCount, in: k / actionCount)
        if p > 0 { withEntropy[k] -= temperature * Double.log(p) }
      }
      let values = evaluation.values(pairReward: withEntropy)
      let next = mdp.transitions.expectation(of: values)
      let q = reward.indices.map { reward[$0] + mdp.discount * next[$0] }
      let best = mdp.bestValues(q)
      var probabilities = Matrix(rowCount: mdp.stateCount, columnCount: actionCount)
      for s in 0..<mdp.stateCount {
        var sum = 0.0
        for a in 0..<actionCount where mdp.isAvailable(s, a) {
          probabilities[s, a] = Double.exp((q[s * actionCount + a] - best[s]) / temperature)
          sum += probabilities[s, a]
        }
        for a in 0..<actionCount { probabilities[s, a] /= sum }
      }
      policy = .stochastic(probabilities)
      let size = values.reduce(0) { max($0, abs($1)) }
      let moved = zip(values, last).reduce(0) { max($0, abs($1.0 - $1.1)) }
      last = values
      if moved <= 1e-13 * size { break }
    }
    return policy
  }
}
