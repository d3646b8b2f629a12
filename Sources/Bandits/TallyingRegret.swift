/// What a sequence of plays of a tallying bandit cost, by every notion of regret, in mean losses.
///
/// Source: Malik, Li, Singh, COLT 2022, equation 1 and section 2.
public struct TallyingRegret: Sendable {
  /// The mean loss of every step.
  public let stepLosses: [Double]
  /// Their sum.
  public let totalLoss: Double
  /// Total − OPT_T: complete policy regret. nil when OPT_T is beyond the state budget.
  public let complete: Double?
  /// Total − the best constant sequence from the start: constant-action policy regret.
  public let constantAction: Double
  /// Total − the best single arm swapped in one step at a time while the history stays the player's.
  public let traditional: Double
  /// Total − T μ*, μ* the best saturated loss.
  public let saturated: Double

  /// The regrets of `actions` on `bandit`.
  ///
  /// - Parameters:
  ///   - actions: The arms played, from an empty memory.
  ///   - bandit: The bandit.
  ///   - stateBudget: The most states for OPT_T.
  /// - Throws: ``BanditError/action(step:arm:armCount:)``.
  public init(
    of actions: [Int], on bandit: TallyingBandit, stateBudget: Int = TallyingOptimum.defaultStateBudget
  ) throws(BanditError) {
    stepLosses = try bandit.stepLosses(of: actions)
    totalLoss = stepLosses.reduce(0, +)
    let horizon = actions.count
    let constants = (0..<bandit.armCount).map { bandit.constantLoss(of: $0, horizon: horizon) }
    constantAction = totalLoss - (constants.min() ?? 0)
    saturated = totalLoss - Double(horizon) * bandit.bestSaturated.loss
    do throws(BanditError) {
      complete = totalLoss - (try TallyingOptimum(bandit, horizon: horizon, stateBudget: stateBudget).totalLoss)
    } catch {
      complete = nil
    }
    var swapped = [Double](repeating: 0, count: bandit.armCount)
    for t in actions.indices {
      let window = min(bandit.memory - 1, t)
      var tallies = bandit.weights.map { $0[0] }
      for lag in 0..<window {
        let arm = actions[t - lag - 1]
        tallies[arm] += bandit.weights[arm][lag + 1]
      }
      for arm in swapped.indices { swapped[arm] += bandit.losses[arm](tallies[arm]) }
    }
    traditional = totalLoss - (swapped.min() ?? 0)
  }
}
