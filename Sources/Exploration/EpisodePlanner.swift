internal import LinearAlgebra

/// By which sum the explorers choose actions and candidates.
public enum SelectionKey: String, Sendable, Equatable {
  /// The sum without caps. With caps everything ties while uncertainty is large, and lowest-index ties can freeze
  /// exploration (derived and measured: one pair visited in 1000 episodes of a river).
  case untruncated
  /// The sum capped at 1, lowest index among ties: as the source has it.
  case truncated
}

/// What an episode follows: a policy with the functions that its observations are regressed on.
struct EpisodePlan: Sendable {
  /// The action of each step and state, shape (H, S).
  var policy: [Int]
  /// V̂, the accumulated uncertainty, shape (H + 1, S).
  var accumulated: [Double]
  /// V of the pseudo reward, shape (H + 1, S); only of the coupled planner.
  var values: [Double]?
  /// The largest value at the start, capped at 1.
  var startValue: Double
  /// The pseudo reward chosen, with the keys of all; only of the coupled planner.
  var candidate: Int?
  /// The keys of the candidates at the start.
  var candidateValues: [Double] = []
}

/// Backward induction on accumulated uncertainty, given centres and Gram matrices of the start of an episode:
///
/// ```
/// V̂_h(s) = max_a min(1, min(1, u) + κ β ‖φ_{V̂_{h+1}}(s, a)‖_{Σ̂⁻¹} + max(0, ⟨φ_{V̂_{h+1}}(s, a), θ̂⟩))
/// ```
///
/// with κ the optimism. The term ⟨φ, θ̂⟩ is at least 0 for projected centres up to rounding.
struct EpisodePlanner: Sendable {
  let stateCount: Int
  let actionCount: Int
  let horizon: Int
  let startState: Int
  /// L⁻¹ Φ of the family of the pseudo reward.
  var tilde: WhitenedFeatures
  /// L⁻¹ Φ of the family of accumulated uncertainty.
  var hat: WhitenedFeatures
  /// Σ_i φ_i θ̂_i of the centre of accumulated uncertainty, as it is, shape (S, A, S).
  var hatMixture: [Double]
  /// The kernel of the other centre.
  var model: TransitionKernel
  var beta: Double
  var optimism: Double
  var key: SelectionKey

  /// A later action has to be larger by this.
  static let margin = 1e-12
  /// Candidates within this of the best are tied; the first wins.
  static let candidateMargin = 1e-9

  /// The plan of the relaxed explorer, whose u(s, a) is the worst one-step error `uncertainty` times β.
  ///
  /// Its start value bounds, where the centres are within β of the truth, the expected truncated sum of one-step errors
  /// of every policy and reward, hence half the planning error for every reward (derived). At the last step u = 0: its
  /// successor has no value.
  ///
  /// - Complexity: O(H S² A d)
  func relaxed(_ uncertainty: SubsetUncertainty) -> EpisodePlan {
    let (n, actions, d) = (stateCount, actionCount, tilde.dimension)
    var accumulated = [Double](repeating: 0, count: (horizon + 1) * n)
    var policy = [Int](repeating: 0, count: horizon * n)
    let isCapped = key == .truncated
    let bonus = optimism * beta
    accumulated.withUnsafeMutableBufferPointer { v in
      hat.values.withUnsafeBufferPointer { w in
        hatMixture.withUnsafeBufferPointer { mixture in
          guard let base = v.baseAddress else { return }
          for step in stride(from: horizon - 2, through: 0, by: -1) {
            let next = UnsafePointer(base + (step + 1) * n)
            for s in 0..<n {
              var (best, stored, choice) = (-Double.infinity, 0.0, 0)
              for a in 0..<actions {
                let pair = s &* actions &+ a
                var expected = 0.0
                for t in 0..<n { expected += mixture[pair &* n &+ t] * next[t] }
                let width = WhitenedFeatures.width(w, pair: pair, dimension: d, stateCount: n, of: next)
                let rest = bonus * width + max(0, expected)
                let u = beta * uncertainty.values[pair]
                let capped = min(1, min(1, u) + rest)
                let q = isCapped ? capped : u + rest
                if q > best + Self.margin { (best, stored, choice) = (q, capped, a) }
              }
              v[step &* n &+ s] = stored
              policy[step &* n &+ s] = choice
            }
          }
        }
      }
    }
    return EpisodePlan(policy: policy, accumulated: accumulated, values: nil, startValue: accumulated[startState])
  }

  /// The plan of the coupled explorer: the candidate pseudo reward with the largest accumulated uncertainty.
  ///
  /// - Complexity: O(candidates · H S² A d)
  func coupled(_ candidates: [PseudoReward]) -> EpisodePlan {
    var keys: [Double] = []
    var best: (index: Int, plan: EpisodePlan)?
    var bestKey = -Double.infinity
    for (index, candidate) in candidates.enumerated() {
      let (plan, key) = coupled(candidate)
      keys.append(key)
      // First of those within the margin of the maximum: a later one has to beat the best so far, and the first within
      // the margin is looked up at the end.
      if key > bestKey { (bestKey, best) = (key, (index, plan)) }
    }
    let first = keys.firstIndex { $0 >= bestKey - Self.candidateMargin } ?? 0
    var plan = best?.index == first ? best?.plan : nil
    if plan == nil { plan = coupled(candidates[first]).plan }
    var result = plan ?? EpisodePlan(policy: [], accumulated: [], values: nil, startValue: 0)
    result.candidate = first
    result.candidateValues = keys
    return result
  }

  /// One backward pass for one pseudo reward: at each step and state the action that maximises the expression of V̂, with
  /// u = min(1, β ‖φ_{V_{h+1}}‖_{Σ̃⁻¹}) of the policy already chosen below; then V_h = min(1, r + P V_{h+1}). So V and V̂
  /// belong to one policy (greedy coupled backward induction, derived: feasible, not globally optimal).
  func coupled(_ reward: PseudoReward) -> (plan: EpisodePlan, key: Double) {
    let (n, actions, d) = (stateCount, actionCount, tilde.dimension)
    var accumulated = [Double](repeating: 0, count: (horizon + 1) * n)
    var values = accumulated
    var policy = [Int](repeating: 0, count: horizon * n)
    var startKey = 0.0
    let isCapped = key == .truncated
    let bonus = optimism * beta
    accumulated.withUnsafeMutableBufferPointer { hatValues in
      values.withUnsafeMutableBufferPointer { values in
        hat.values.withUnsafeBufferPointer { hatFeatures in
          tilde.values.withUnsafeBufferPointer { tildeFeatures in
            hatMixture.withUnsafeBufferPointer { mixture in
              model.probabilities.withUnsafeBufferPointer { kernel in
                guard let hatBase = hatValues.baseAddress, let base = values.baseAddress else { return }
                // Behind the last step that pays nothing has a value, and every action ties.
                for step in stride(from: reward.lastStep, through: 0, by: -1) {
                  let hatNext = UnsafePointer(hatBase + (step + 1) * n)
                  let next = UnsafePointer(base + (step + 1) * n)
                  for s in 0..<n {
                    var (best, stored, choice) = (-Double.infinity, 0.0, 0)
                    for a in 0..<actions {
                      let pair = s &* actions &+ a
                      var expected = 0.0
                      for t in 0..<n { expected += mixture[pair &* n &+ t] * hatNext[t] }
                      let u =
                        beta
                        * WhitenedFeatures.width(tildeFeatures, pair: pair, dimension: d, stateCount: n, of: next)
                      let rest =
                        bonus
                        * WhitenedFeatures.width(hatFeatures, pair: pair, dimension: d, stateCount: n, of: hatNext)
                        + max(0, expected)
                      let capped = min(1, min(1, u) + rest)
                      let q = isCapped ? capped : u + rest
                      if q > best + Self.margin { (best, stored, choice) = (q, capped, a) }
                    }
                    hatValues[step &* n &+ s] = stored
                    policy[step &* n &+ s] = choice
                    if step == 0, s == startState { startKey = best }
                    var expected = 0.0
                    let row = (s &* actions &+ choice) &* n
                    for t in 0..<n { expected += kernel[row &+ t] * next[t] }
                    values[step &* n &+ s] = min(1, reward.value(step: step, state: s) + expected)
                  }
                }
              }
            }
          }
        }
      }
    }
    let plan = EpisodePlan(
      policy: policy, accumulated: accumulated, values: values, startValue: accumulated[startState])
    return (plan, startKey)
  }
}

/// A pseudo reward that the coupled explorer may pretend to be given: extreme points of the class of rewards with total
/// at most 1 are indicators at a single step.
struct PseudoReward: Sendable, Equatable {
  /// The step that pays, from 0; nil when every step pays.
  let step: Int?
  /// The state that pays.
  let state: Int
  let horizon: Int

  /// The last step that pays.
  var lastStep: Int { step ?? horizon - 1 }

  /// r_h(s): 1 in one step, or 1/H in every step.
  @inline(__always) func value(step: Int, state: Int) -> Double {
    guard state == self.state else { return 0 }
    guard let only = self.step else { return 1 / Double(horizon) }
    return step == only ? 1 : 0
  }

  /// For each dyadic step 2, 4, 8, … < H and H, the indicator of each state at it; then 1/H at every step for each state.
  static func candidates(stateCount: Int, horizon: Int) -> [PseudoReward] {
    let single = dyadicSteps(horizon: horizon).flatMap { step in
      (0..<stateCount).map { PseudoReward(step: step, state: $0, horizon: horizon) }
    }
    return single + (0..<stateCount).map { PseudoReward(step: nil, state: $0, horizon: horizon) }
  }
}

/// 2, 4, 8, … < H and H, as indices from 0: the steps at which single-step rewards are tried. None for H = 1 but H itself.
func dyadicSteps(horizon: Int) -> [Int] {
  var steps: [Int] = []
  var step = 2
  while step < horizon {
    steps.append(step - 1)
    step *= 2
  }
  return steps + [horizon - 1]
}
