/// The rewards of the steps of one episode, such as a process reward model gives to the steps of a text.
///
/// Language-model training bounds such rewards so that a policy cannot collect them without end: by clipping at a
/// threshold, or by taking differences of neighbours. A difference telescopes: the sum over all steps that follow is the
/// reward of one step, so repeating steps earns nothing. A clip does not: it is another reward, bounded above.
///
/// Source: Gao et al., On designing effective RL reward at training time for LLM reasoning, arXiv 2410.15115 (2024),
/// §5 (clip and delta).
public struct StepRewards: Sendable, Equatable {
  /// x_0 … x_{K−1}
  public let values: [Double]

  /// The rewards of the steps, in their order.
  public init(_ values: [Double]) { self.values = values }

  /// min(x_k − `threshold`, 0): no step earns more than 0.
  public func clipped(at threshold: Double) -> StepRewards { StepRewards(values.map { min($0 - threshold, 0) }) }

  /// x_k − x_{k+1}, and x_{K−1} for the last step: shaping by the potential Φ(k) = −x_k at discount 1, with Φ = 0 at the
  /// end, and no reward beside it. What a learner collects from step k onwards is x_k alone.
  public func differences() -> StepRewards {
    StepRewards(values.indices.map { values[$0] - ($0 + 1 < values.count ? values[$0 + 1] : 0) })
  }

  /// Σ_{j ≥ k} γ^{j−k} x_j for every k.
  public func returnsToGo(discount: Double = 1) -> [Double] {
    var result = values
    for k in values.indices.reversed() where k + 1 < values.count { result[k] += discount * result[k + 1] }
    return result
  }

  /// Splits the rewards into shaping by `potential` and the rest.
  ///
  /// - Parameters:
  ///   - potential: Φ before each step and after the last, K + 1 numbers.
  ///   - discount: γ in [0, 1].
  /// - Returns: the two parts with the share of the return that telescopes.
  /// - Throws: ``RewardInvarianceError/shape(of:expected:got:)``, ``RewardInvarianceError/notFinite(of:index:value:)``.
  public func split(
    by potential: [Double], discount: Double = 1
  ) throws(RewardInvarianceError) -> TelescopingSplit {
    try require(potential, count: values.count + 1, of: "the potential of the steps")
    let shaping = values.indices.map { discount * potential[$0 + 1] - potential[$0] }
    var power = 1.0
    for _ in values { power *= discount }
    return TelescopingSplit(
      shaping: StepRewards(shaping), remainder: StepRewards(zip(values, shaping).map { $0 - $1 }),
      telescopedReturn: power * (potential.last ?? 0) - (potential.first ?? 0))
  }

  /// How much of the rewards the best potential explains when one Φ is a function of the step's state.
  ///
  /// Several episodes share states; a reward that is shaping gives every cycle of states the sum 0, so the remainder
  /// vanishes. With every state visited once, any reward telescopes: say which states coincide.
  ///
  /// - Parameters:
  ///   - episodes: the rewards of each episode with the states before each step and after the last (K + 1 numbers).
  ///   - stateCount: how many states there are.
  ///   - terminal: states whose potential is 0, shape (S).
  ///   - discount: γ in [0, 1].
  /// - Returns: Φ of each state and the largest reward that it leaves over.
  /// - Throws: ``RewardInvarianceError/shape(of:expected:got:)``.
  public static func bestPotential(
    episodes: [(rewards: StepRewards, states: [Int])], stateCount: Int, terminal: [Bool]? = nil, discount: Double = 1
  ) throws(RewardInvarianceError) -> (potential: [Double], largestRemainder: Double) {
    var edges: [(from: Int, to: Int)] = []
    var target: [Double] = []
    for (rewards, states) in episodes {
      guard states.count == rewards.values.count + 1 else {
        throw .shape(of: "the states of an episode", expected: rewards.values.count + 1, got: states.count)
      }
      for k in rewards.values.indices {
        edges.append((states[k], states[k + 1]))
        target.append(rewards.values[k])
      }
    }
    let fit = PotentialFit(
      rows: .edges(from: edges.map { Int32($0.from) }, to: edges.map { Int32($0.to) }), stateCount: stateCount,
      constraint: PotentialConstraint(zeroAt: terminal, count: stateCount), discount: discount)
    let split = fit.split(target)
    return (split.fullPotential(discount: discount), split.remainder.reduce(0) { max($0, abs($1)) })
  }
}

/// Rewards of steps as the sum of a part that telescopes and a part that does not.
public struct TelescopingSplit: Sendable, Equatable {
  /// γ Φ(k + 1) − Φ(k)
  public let shaping: StepRewards
  /// What is left.
  public let remainder: StepRewards
  /// γᴷ Φ(K) − Φ(0): all that the shaping adds to the return, whatever happened between.
  public let telescopedReturn: Double
}
