internal import Simulation

/// A weighted tallying bandit: the loss of an arm depends on how much it was played of late.
///
/// At step t the player picks a_t. Its tally, over a window that is clipped at the beginning of time, is
///
/// ```
/// y_t = Σ_{j = 0 … min(m−1, t)} w[j] · [a_{t−j} = a_t]
/// ```
///
/// and the mean loss is h_{a_t}(y_t). Stochastic, tallying, congested, rotting, improving and single-peaked bandits are
/// choices of m, w and h (`TallyingBandit.Preset`).
///
/// Sources: Malik, Li, Singh, "Complete policy regret bounds for tallying bandits", COLT 2022; Malik, Igoe, Li, Singh,
/// "Weighted tallying bandits: overcoming intractability via repeated exposure optimality", ICML 2023, arXiv 2305.02955.
public struct TallyingBandit: Sendable {
  /// m ≥ 1: how many plays are remembered, the one being made included.
  public let memory: Int
  /// One mean-loss function an arm, shape (K).
  public let losses: [LossFunction]
  /// The weights of each arm, shape (K); all of length ``memory``.
  public let weights: [TallyWeights]

  /// K, the number of arms.
  public var armCount: Int { losses.count }

  /// A bandit whose arms share one weight vector.
  ///
  /// - Throws: ``BanditError`` for the first thing that is wrong.
  public init(losses: [LossFunction], weights: TallyWeights) throws(BanditError) {
    try self.init(losses: losses, armWeights: [TallyWeights](repeating: weights, count: losses.count))
  }

  /// A bandit whose arms have weight vectors of their own.
  ///
  /// - Parameters:
  ///   - losses: One function an arm.
  ///   - armWeights: One vector an arm, all of the same length m.
  /// - Throws: ``BanditError`` for the first thing that is wrong.
  public init(losses: [LossFunction], armWeights: [TallyWeights]) throws(BanditError) {
    guard !losses.isEmpty else { throw .noArms }
    guard armWeights.count == losses.count else {
      throw .count(of: "weight vectors (one an arm)", expected: losses.count, got: armWeights.count)
    }
    let memory = armWeights[0].memory
    guard memory >= 1 else { throw .memory(memory) }
    for (arm, weights) in armWeights.enumerated() {
      guard weights.memory == memory else {
        throw .count(of: "weights of arm \(arm)", expected: memory, got: weights.memory)
      }
      try weights.validate(arm: arm)
      try losses[arm].validate(arm: arm, memory: memory, hasUnitWeights: weights.areUnit)
    }
    self.memory = memory
    self.losses = losses
    self.weights = armWeights
  }

  /// h_a(W_a): the loss of an arm that has long been played alone.
  public func saturatedLoss(of arm: Int) -> Double { losses[arm](weights[arm].sum) }

  /// μ* = min_a h_a(W_a), and the lowest arm that has it.
  public var bestSaturated: (arm: Int, loss: Double) {
    var best = (arm: 0, loss: saturatedLoss(of: 0))
    for arm in 1..<max(1, armCount) {
      let loss = saturatedLoss(of: arm)
      if loss < best.loss { best = (arm, loss) }
    }
    return best
  }

  /// The total mean loss of playing `arm` alone for `horizon` steps from an empty memory.
  ///
  /// - Complexity: O(min(m, T)).
  public func constantLoss(of arm: Int, horizon: Int) -> Double {
    var total = 0.0
    var tally = 0.0
    let warmUp = min(memory, horizon)
    for lag in 0..<warmUp {
      tally += weights[arm][lag]
      total += losses[arm](tally)
    }
    return total + Double(horizon - warmUp) * saturatedLoss(of: arm)
  }

  /// The mean losses of a sequence of plays from an empty memory, one a step.
  ///
  /// - Parameter actions: Arms.
  /// - Returns: As many losses.
  /// - Throws: ``BanditError/action(step:arm:armCount:)`` for an arm that does not exist.
  /// - Complexity: O(1) a step for unit and geometric weights, else O(plays of the arm in the window).
  public func stepLosses(of actions: [Int]) throws(BanditError) -> [Double] {
    if let step = actions.firstIndex(where: { !losses.indices.contains($0) }) {
      throw .action(step: step, arm: actions[step], armCount: armCount)
    }
    var history = TallyHistory(self, horizon: actions.count)
    return actions.map { arm in losses[arm](history.play(arm)) }
  }

  /// The sum of ``stepLosses(of:)``, without keeping the steps.
  ///
  /// - Parameter actions: Arms.
  /// - Returns: The total mean loss.
  /// - Throws: ``BanditError/action(step:arm:armCount:)`` for an arm that does not exist.
  /// - Complexity: As for ``stepLosses(of:)``.
  public func totalLoss(of actions: [Int]) throws(BanditError) -> Double {
    if let step = actions.firstIndex(where: { !losses.indices.contains($0) }) {
      throw .action(step: step, arm: actions[step], armCount: armCount)
    }
    func total<World: BanditEnvironment>(_ fresh: World) -> Double {
      var world = fresh
      var unused = RandomStream(seed: 0)
      world.stretch { world in for arm in actions { _ = world.pull(arm, using: &unused) } }
      return world.regret(step: 0, pulls: [])
    }
    guard let table = LossTable(self, horizon: actions.count, uses: actions.count) else {
      return total(TallyingEnvironment(self, horizon: actions.count, noise: .none, optimum: [:]))
    }
    return total(CountingEnvironment<ExactLoss>(table, optimum: [:]))
  }
}
