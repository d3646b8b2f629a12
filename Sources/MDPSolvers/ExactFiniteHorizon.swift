public import LinearAlgebra
internal import MDPs

/// The exact values and actions for every number of steps that remain.
public struct ExactFiniteHorizonSolution: Sendable, Equatable {
  /// `values[h][s]`: the value of s when h steps remain; h = 0 … H.
  public let values: [[Rational]]
  /// `policies[h - 1][s]`: the action in s when h steps remain, the lowest of the best.
  public let policies: [[Int]]
  /// The values with all H steps to go and the first step's actions, level E4.
  public let solution: ExactSolution
}

extension ExactSolver {
  /// Backward induction in rationals.
  ///
  /// The values of a step are kept as integers over one common denominator, so that a step costs products and sums of
  /// integers and one reduction; their length grows by that of the denominators of the model a step.
  ///
  /// - Parameters:
  ///   - criterion: the horizon.
  ///   - model: the world with its reward; discount in [0, 1].
  ///   - direction: whether the reward is a gain or a cost.
  /// - Returns: values and actions for every number of steps that remain.
  /// - Throws: ``SolverError/horizon(_:)``
  /// - Complexity: O(H · stored transitions) operations on integers of O(H · bits) bits
  public func solve(
    _ criterion: FiniteHorizon, _ model: RationalModel, direction: Direction = .maximise
  ) throws(SolverError) -> ExactFiniteHorizonSolution {
    guard criterion.horizon >= 0 else { throw .horizon(criterion.horizon) }
    let mdp = model.mdp
    let width = mdp.actionCount
    let weights = model.probabilities.map { $0 * model.discount }
    let weightScale = weights.reduce(Integer(1)) { $0.leastCommonMultiple(with: $1.denominator) }
    let rewardScale = model.rewards.reduce(Integer(1)) { $0.leastCommonMultiple(with: $1.denominator) }
    let wholeWeights = weights.map { ($0 * Rational(weightScale)).numerator }
    let wholeRewards = model.rewards.map { ($0 * Rational(rewardScale)).numerator }
    var (numerators, denominator) = ([Integer](repeating: 0, count: mdp.stateCount), Integer(1))
    var values = [[Rational](repeating: 0, count: mdp.stateCount)]
    var policies: [[Int]] = []
    for _ in 0..<criterion.horizon {
      // r / rewardScale + Σ w n / (weightScale · denominator) over the product of the three.
      let rewardFactor = weightScale * denominator
      var next = numerators
      var actions = [Int](repeating: 0, count: mdp.stateCount)
      for s in 0..<mdp.stateCount {
        var best: (action: Int, value: Integer)?
        for a in mdp.availableActions(in: s) {
          let k = s * width + a
          var future = Integer(0)
          for j in model.rows.positions(ofRow: k) {
            future = future + wholeWeights[j] * numerators[Int(model.rows.columns[j])]
          }
          let value = wholeRewards[k] * rewardFactor + rewardScale * future
          if let best, direction == .maximise ? value <= best.value : value >= best.value { continue }
          best = (a, value)
        }
        if let best { (actions[s], next[s]) = best }
      }
      denominator = rewardScale * rewardFactor
      let common = next.reduce(denominator) { $0.greatestCommonDivisor(with: $1) }
      if common != 1 {
        next = next.map { Rational.quotient($0, common).numerator }
        denominator = Rational.quotient(denominator, common).numerator
      }
      numerators = next
      values.append(next.map { Rational.quotient($0, denominator) })
      policies.append(actions)
    }
    let last = policies.last ?? mdp.lowestActions
    return ExactFiniteHorizonSolution(
      values: values, policies: policies,
      solution: ExactSolution(
        values: (values.last ?? []).map { .finite($0) }, policy: last, model: model,
        method: "backward induction in rationals", solveCount: criterion.horizon, tolerance: options.tolerance))
  }
}

extension Rational {
  /// `numerator` / `denominator` for a denominator that is not 0.
  fileprivate static func quotient(_ numerator: Integer, _ denominator: Integer) -> Rational {
    Rational(numerator) / Rational(denominator)
  }
}
