public import LinearAlgebra
public import MDPs

/// A discounted decision problem: a model, a reward for its state-action pairs, a direction, and the actions allowed.
///
/// ```
/// v*(s) = max_a [ r(s, a) + γ Σ_t P(t | s, a) v*(t) ]
/// ```
///
/// Every discounted solver takes one (``DiscountedSolver/solve(_:from:)``). Making one costs O(S A) beside the expected
/// reward and shares the model's arrays, so many rewards on one model are cheap:
///
/// ```swift
/// let problem = try DiscountedProblem(mdp, reward: reward)                    // or pairReward: [Double], index s·A + a
/// let best = problem.solve()                                                  // chooses a method and proves its answer
/// let other = try problem.with(pairReward: r2).solve(from: best.policy)       // the next reward, warm-started
/// let allowed = best.tiedActionMask(in: problem)                              // actions that may be optimal
/// let worst = try DiscountedProblem(mdp, pairReward: r2, direction: .minimise, allowed: allowed).solve()
/// let policy = try PolicyEvaluation(of: .uniform(for: mdp), in: mdp)          // factored once, for many rewards
/// let values = try policy.evaluate(reward), occupancy = policy.occupancy()
/// ```
public struct DiscountedProblem: Sendable {
  /// The world.
  public let mdp: MDP
  /// Whether the reward is a gain or a cost.
  public let direction: Direction
  /// The Bellman operator in maximum form.
  let bellman: BellmanOperator

  /// The problem of `reward` on `mdp`.
  ///
  /// - Parameters:
  ///   - mdp: the world; its discount must be below 1.
  ///   - reward: by state, pair or transition.
  ///   - direction: whether the reward is a gain or a cost.
  ///   - allowed: shape (S·A): the actions that may be played, beside availability; nil allows all.
  /// - Throws: ``SolverError/discountOutOfRange(discount:largestRowSumDefect:)``, ``SolverError/model(_:)``,
  ///   ``SolverError/noAllowedAction(state:)``.
  public init(
    _ mdp: MDP, reward: Reward, direction: Direction = .maximise, allowed: [Bool]? = nil
  ) throws(SolverError) {
    let pairs: [Double]
    do { pairs = try reward.expected(in: mdp) } catch { throw .model(error) }
    try self.init(mdp, pairReward: pairs, direction: direction, allowed: allowed)
  }

  /// The problem of a reward given for each pair, shape (S·A) with index `s * A + a`.
  ///
  /// - Parameters:
  ///   - mdp: the world; its discount must be below 1.
  ///   - pairReward: shape (S·A); entries of unavailable actions are not looked at.
  ///   - direction: whether the reward is a gain or a cost.
  ///   - allowed: shape (S·A): the actions that may be played, beside availability; nil allows all.
  /// - Throws: ``SolverError/discountOutOfRange(discount:largestRowSumDefect:)``,
  ///   ``SolverError/shape(of:expected:got:)``, ``SolverError/reward(state:action:value:)``,
  ///   ``SolverError/noAllowedAction(state:)``.
  public init(
    _ mdp: MDP, pairReward: [Double], direction: Direction = .maximise, allowed: [Bool]? = nil
  ) throws(SolverError) {
    let masked = try maskedRewards(pairReward, in: mdp, direction: direction, allowed: allowed)
    self.mdp = mdp
    self.direction = direction
    self.bellman = try BellmanOperator(
      transitions: mdp.transitions, actionCount: mdp.actionCount, discount: mdp.discount, rewards: masked,
      rowSumDefect: mdp.largestRowSumDefect)
  }

  /// The same world, direction and all available actions with another reward, shape (S·A).
  ///
  /// - Throws: as ``init(_:pairReward:direction:allowed:)``.
  public func with(pairReward: [Double]) throws(SolverError) -> DiscountedProblem {
    try DiscountedProblem(mdp, pairReward: pairReward, direction: direction)
  }

  /// Solves by `solver`, by default one that suits the problem.
  ///
  /// - Parameters:
  ///   - solver: the algorithm with its options.
  ///   - start: a policy to start from, one action a state; the nearer the optimum the quicker.
  /// - Returns: values, a policy and what is proven about them.
  public func solve(
    using solver: some DiscountedSolver = AutomaticSolver(), from start: [Int]? = nil
  ) -> Solution {
    solver.solve(self, from: start)
  }

  /// q(s, a) = r(s, a) + γ Σ_t P(t | s, a) v(t) for all pairs; NaN where an action may not be played.
  ///
  /// - Parameter values: v, shape (S).
  /// - Returns: one number a pair.
  /// - Complexity: O(stored transitions)
  public func actionValues(of values: ValueFunction) -> ActionValues {
    let sign = direction.sign
    let q = bellman.actionValues(of: sign < 0 ? values.map { -$0 } : values)
    return ActionValues(
      values: q.map { $0 == -.infinity ? .nan : sign * $0 }, actionCount: mdp.actionCount, direction: direction)
  }

  /// T v: one sweep of the Bellman operator, the best of every state's action values.
  ///
  /// - Parameters:
  ///   - values: v, shape (S).
  ///   - threads: how many ranges of states are worked on at a time; the answer does not depend on it.
  /// - Returns: one number a state.
  /// - Complexity: O(stored transitions)
  public func bellmanUpdate(of values: ValueFunction, threads: Int = processorCount) -> ValueFunction {
    precondition(values.count == mdp.stateCount, "one value a state is needed")
    let sign = direction.sign
    var bellman = bellman
    bellman.threads = threads
    var updated = [Double](repeating: 0, count: values.count)
    var greedy = [Int32](repeating: 0, count: values.count)
    _ = bellman.sweep(sign < 0 ? values.map { -$0 } : values, into: &updated, greedy: &greedy)
    return sign < 0 ? updated.map { -$0 } : updated
  }

  /// Whether the pair may be played in this problem.
  public func isAllowed(_ state: Int, _ action: Int) -> Bool {
    bellman.rewards[mdp.pair(state, action)] > -.infinity
  }
}

/// v(s), shape (S).
public typealias ValueFunction = [Double]

/// q(s, a) for all pairs of a model; NaN where an action may not be played.
public struct ActionValues: Sendable {
  /// q, index `s * A + a`.
  public let values: [Double]
  /// A, the number of actions.
  public let actionCount: Int
  /// Whether large or small is good.
  public let direction: Direction

  /// q(`state`, `action`).
  public subscript(state: Int, action: Int) -> Double { values[state * actionCount + action] }

  /// How much worse each action is than the best of its state: 0 for the best, positive for others, infinite where an
  /// action may not be played. Index `s * A + a`.
  public var gaps: [Double] {
    var result = [Double](repeating: .infinity, count: values.count)
    for s in 0..<(values.count / actionCount) {
      let range = (s * actionCount)..<((s + 1) * actionCount)
      var best = -Double.infinity
      for k in range where direction.sign * values[k] > best { best = direction.sign * values[k] }
      for k in range where !values[k].isNaN { result[k] = best - direction.sign * values[k] }
    }
    return result
  }
}

/// The rewards of a problem in maximum form, −∞ where an action may not be played, so that kernels need no mask; none is
/// larger than ``largestValue``.
func maskedRewards(
  _ rewards: [Double], in mdp: MDP, direction: Direction, allowed: [Bool]?
) throws(SolverError) -> [Double] {
  let (S, A) = (mdp.stateCount, mdp.actionCount)
  guard rewards.count == S * A else { throw .shape(of: "pair reward", expected: S * A, got: rewards.count) }
  if let allowed, allowed.count != S * A { throw .shape(of: "allowed", expected: S * A, got: allowed.count) }
  var masked = [Double](repeating: -.infinity, count: S * A)
  let sign = direction.sign
  for s in 0..<S {
    var count = 0
    for k in (s * A)..<((s + 1) * A) {
      guard mdp.availability?[k] ?? true, allowed?[k] ?? true else { continue }
      guard rewards[k].isFinite else { throw .reward(state: s, action: k - s * A, value: rewards[k]) }
      guard abs(rewards[k]) <= largestValue else {
        throw .rewardTooLarge(state: s, action: k - s * A, value: rewards[k], limit: largestValue)
      }
      masked[k] = sign * rewards[k]
      count += 1
    }
    guard count > 0 else { throw .noAllowedAction(state: s) }
  }
  return masked
}
