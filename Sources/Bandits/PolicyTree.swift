/// All paths of choices and rewards of a policy in a world whose rewards have finitely many values.
enum PolicyTree {
  /// What the paths add up to.
  struct Outcome {
    /// The probability that each step pulls each arm, shape (T, K).
    var visits: [[Double]]
    /// The expected reward of each step, shape (T).
    var rewards: [Double]
  }

  /// Follows every path.
  ///
  /// - Parameters:
  ///   - policy: A fresh learner without draws of its own beyond its distribution.
  ///   - armCount: K.
  ///   - horizon: T.
  ///   - state: What the world remembers at the start.
  ///   - limit: The most nodes to visit.
  ///   - name: What messages call the policy.
  ///   - pull: From the world's state and an arm to the state afterwards, the mean reward, and the rewards with their
  ///     probabilities.
  /// - Returns: Visits and rewards.
  /// - Throws: ``BanditError/notExact(policy:reason:)`` when the paths are too many.
  static func follow<Policy: EnumerablePolicy, State>(
    _ policy: Policy, armCount: Int, horizon: Int, state: State, limit: Int, name: String,
    pull: (State, Int) -> (state: State, mean: Double, rewards: [(reward: Double, probability: Double)])
  ) throws(BanditError) -> Outcome {
    var outcome = Outcome(
      visits: .init(repeating: .init(repeating: 0, count: armCount), count: horizon),
      rewards: .init(repeating: 0, count: horizon))
    var nodes = 0
    func walk(_ policy: Policy, _ state: State, step: Int, mass: Double) throws(BanditError) {
      guard step < horizon else { return }
      nodes += 1
      guard nodes <= limit else {
        throw .notExact(policy: name, reason: "its paths pass the limit of \(limit) nodes; shorten T")
      }
      for (arm, probability) in policy.distribution().enumerated() where probability > 0 {
        let (after, mean, rewards) = pull(state, arm)
        outcome.visits[step][arm] += mass * probability
        outcome.rewards[step] += mass * probability * mean
        for (reward, chance) in rewards where chance > 0 {
          var learnt = policy
          learnt.advance(arm, reward)
          try walk(learnt, after, step: step + 1, mass: mass * probability * chance)
        }
      }
    }
    // A tree that branches from the start as it does at the root is not begun when it would pass the limit.
    let branches =
      policy.distribution().filter { $0 > 0 }.count * pull(state, 0).rewards.filter { $0.probability > 0 }.count
    guard horizon == 0 || logarithm(Double(branches)) * Double(horizon) <= logarithm(Double(limit)) else {
      throw .notExact(
        policy: name,
        reason: "its paths number about \(branches)^\(horizon), more than the limit of \(limit); shorten T")
    }
    try walk(policy, state, step: 0, mass: 1)
    return outcome
  }
}
