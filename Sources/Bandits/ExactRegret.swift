internal import RealModule

/// The exact expected pulls and regret of a policy on Bernoulli arms: no simulation, no error bars.
///
/// Index policies, ε-greedy, uniform choice and Thompson sampling depend on the past only through the successes and
/// failures of each arm, so the probabilities of those counts are carried forward pull by pull:
///
/// ```
/// mass[0] = 1;  at every state: a ~ policy(state);  pulls[a] += mass;  regret += mass · gap_a;  split by success or failure
/// ```
///
/// Explore-then-commit is a product of binomials. Other policies whose choices can be enumerated, such as EXP3, are
/// followed along every path of choices and rewards, for short horizons.
public struct ExactRegret: Sendable, Equatable {
  /// How the answer was found.
  public enum Method: String, Sendable {
    /// Forward over counts of successes and failures.
    case counts
    /// Products of binomial laws.
    case binomials
    /// Every path of choices and rewards.
    case paths
  }

  /// The expected number of pulls of every arm, shape (K).
  public let expectedPulls: [Double]
  /// The expected regret after T pulls.
  public let expectedRegret: Double
  /// The expected regret after t + 1 pulls at place t, shape (T).
  public let curve: [Double]
  /// T, which a policy's own `T=…` may have shortened.
  public let horizon: Int
  /// How the answer was found.
  public let method: Method

  /// The most states, or steps of paths, that are visited unless another limit is given.
  public static let defaultStateLimit = 200_000_000
  /// A node of a path copies the whole learner: so many states of counts cost as much.
  private static let statesPerNode = 40

  /// Evaluates `choice` on Bernoulli arms of the given means.
  ///
  /// - Parameters:
  ///   - choice: The policy.
  ///   - means: In [0, 1], at least one.
  ///   - horizon: T ≥ 0.
  ///   - stateLimit: The most states to visit.
  /// - Throws: ``BanditError/notExact(policy:reason:)`` when the policy or the size does not allow it, and what is wrong
  ///   with means or parameters.
  /// - Complexity: O(C(T + 2K, 2K) · K) over counts, O((2K)^T) along paths.
  public init(
    _ choice: PolicyChoice, means: [Double], horizon: Int, stateLimit: Int = ExactRegret.defaultStateLimit
  ) throws(BanditError) {
    try self.init(choice, means: means, horizon: horizon, stateLimit: stateLimit, isAlongPaths: false)
  }

  /// The same by following every path, which any enumerable policy allows: slow, and a check on the other ways.
  ///
  /// - Parameters:
  ///   - choice: A policy whose choices can be enumerated.
  ///   - means: In [0, 1], at least one.
  ///   - horizon: T ≥ 0, small.
  /// - Returns: The evaluation.
  /// - Throws: As ``init(_:means:horizon:stateLimit:)``.
  public static func alongPaths(
    _ choice: PolicyChoice, means: [Double], horizon: Int
  ) throws(BanditError) -> ExactRegret {
    try ExactRegret(
      choice, means: means, horizon: horizon, stateLimit: defaultStateLimit, isAlongPaths: true)
  }

  private init(
    _ choice: PolicyChoice, means: [Double], horizon: Int, stateLimit: Int, isAlongPaths: Bool
  ) throws(BanditError) {
    let steps = choice.horizon.map { min($0, horizon) } ?? horizon
    let bandit = try StochasticBandit(means: means)
    let problem = try BanditProblem(.stochastic(bandit), horizon: steps)
    let fresh = try choice.prepare(for: problem)
    self.horizon = steps

    let visits: [[Double]]
    if !isAlongPaths, case .exploreThenCommit(let policy) = fresh {
      method = .binomials
      visits = Self.binomial(policy, means: means, horizon: steps)
    } else if !isAlongPaths, let rule = Self.countRule(fresh, armCount: means.count, horizon: steps) {
      let needed = OutcomeLattice.count(total: steps, parts: 2 * means.count + 1)
      guard needed <= Double(stateLimit) else {
        throw .notExact(
          policy: choice.name,
          reason: "about \(Self.rounded(needed)) states are needed, more than the limit of \(stateLimit); shorten T")
      }
      method = .counts
      visits = Self.overCounts(rule, means: means, horizon: steps)
    } else if let policy = fresh.enumerable {
      method = .paths
      visits = try Self.overPaths(
        policy, means: means, horizon: steps, limit: stateLimit / Self.statesPerNode, name: choice.name)
    } else {
      throw .notExact(policy: choice.name, reason: "it draws from continuous laws; run it instead")
    }

    let gaps = bandit.gaps
    var pulls = [Double](repeating: 0, count: means.count)
    var regret = 0.0
    curve = visits.map { row in
      for arm in row.indices {
        pulls[arm] += row[arm]
        regret += row[arm] * gaps[arm]
      }
      return regret
    }
    expectedPulls = pulls
    expectedRegret = regret
  }

  /// Evaluates `choice` on a tallying bandit along every path of choices and losses; regret is against OPT_t.
  init(
    _ choice: PolicyChoice, on bandit: TallyingBandit, noise: LossNoise, horizon: Int, stateLimit: Int
  ) throws(BanditError) {
    let steps = choice.horizon.map { min($0, horizon) } ?? horizon
    let problem = try BanditProblem(.tallying(bandit, noise: noise), horizon: steps)
    guard let policy = try choice.prepare(for: problem).enumerable else {
      throw .notExact(policy: choice.name, reason: "it draws from continuous laws; run it instead")
    }
    let optimum = try bandit.optimalTotals(horizon: steps)
    func follow<Policy: EnumerablePolicy>(_ policy: Policy) throws(BanditError) -> PolicyTree.Outcome {
      try PolicyTree.follow(
        policy, armCount: bandit.armCount, horizon: steps, state: TallyHistory(bandit, horizon: steps),
        limit: stateLimit / Self.statesPerNode, name: choice.name
      ) { history, arm in
        var after = history
        let loss = bandit.losses[arm](after.play(arm))
        let rewards: [(reward: Double, probability: Double)] =
          noise == .bernoulli ? [(1, 1 - loss), (0, loss)] : [(1 - loss, 1)]
        return (after, 1 - loss, rewards)
      }
    }
    let outcome = try follow(policy)
    var pulls = [Double](repeating: 0, count: bandit.armCount)
    var losses = 0.0
    var regrets: [Double] = []
    for (t, row) in outcome.visits.enumerated() {
      for arm in row.indices { pulls[arm] += row[arm] }
      losses += 1 - outcome.rewards[t]
      regrets.append(losses - optimum[t + 1])
    }
    self.horizon = steps
    method = .paths
    curve = regrets
    expectedPulls = pulls
    expectedRegret = regrets.last ?? 0
  }

  /// A large count for a message.
  private static func rounded(_ value: Double) -> String { value < 1e15 ? "\(Int(value))" : "\(value)" }

  // MARK: Forward over counts

  /// A policy's choice from the counts: fills in the probability of every arm.
  private typealias CountRule = (_ time: Int, _ parts: [Int], _ into: inout [Double]) -> Void

  private static func countRule(_ policy: FreshPolicy, armCount: Int, horizon: Int) -> CountRule? {
    switch policy {
    case .ucb(let policy): indexRule(policy.index, policy.ties, armCount: armCount)
    case .klucb(let policy): indexRule(policy.index, policy.ties, armCount: armCount)
    case .moss(let policy): indexRule(policy.index, policy.ties, armCount: armCount)
    case .imed(let policy): indexRule(policy.index, policy.ties, armCount: armCount)
    case .greedy(let policy): indexRule(policy.index, policy.ties, armCount: armCount)
    case .bayesUCB(let policy): indexRule(policy.index, policy.ties, armCount: armCount)
    case .epsilonGreedy(let policy):
      mixed(
        indexRule(GreedyIndex(), .lowest, armCount: armCount), epsilon: policy.epsilon, armCount: armCount)
    case .uniform: { _, _, mass in for arm in mass.indices { mass[arm] = 1 / Double(armCount) } }
    case .betaThompson: ThompsonProbabilities(armCount: armCount, horizon: horizon).fill
    default: nil
    }
  }

  private static func indexRule<Index: ArmIndex>(_ index: Index, _ ties: TieRule, armCount: Int) -> CountRule {
    // The index of an arm depends on its own counts and the moment: computed once a layer, found by counts.
    var layer = -1
    var cache: [Double] = []
    return { time, parts, mass in
      for arm in mass.indices { mass[arm] = 0 }
      if time < armCount {
        mass[time] = 1
        return
      }
      var bestMean = 0.0
      if Index.usesBestMean {
        for arm in 0..<armCount {
          let n = parts[2 * arm] + parts[2 * arm + 1]
          bestMean = max(bestMean, Double(parts[2 * arm]) / Double(n))
        }
      } else if layer != time {
        layer = time
        cache = [Double](repeating: .nan, count: (time + 1) * (time + 1))
      }
      var best = -Double.infinity
      for arm in 0..<armCount {
        let successes = parts[2 * arm], failures = parts[2 * arm + 1]
        let place = successes * (time + 1) + failures
        var value = Index.usesBestMean ? Double.nan : cache[place]
        if value.isNaN {
          let pulls = Double(successes + failures)
          value = index.value(
            mean: Double(successes) / pulls, pulls: pulls, at: index.moment(time: time, bestMean: bestMean))
          if !Index.usesBestMean { cache[place] = value }
        }
        mass[arm] = value
        if value > best { best = value }
      }
      var tied = 0
      for arm in 0..<armCount {
        let isTied = mass[arm] >= best - TieRule.tolerance && (ties == .random || tied == 0)
        mass[arm] = isTied ? 1 : 0
        if isTied { tied += 1 }
      }
      if tied > 1 { for arm in 0..<armCount { mass[arm] /= Double(tied) } }
    }
  }

  private static func mixed(_ rule: @escaping CountRule, epsilon: Double, armCount: Int) -> CountRule {
    { time, parts, mass in
      rule(time, parts, &mass)
      if time < armCount { return }
      for arm in 0..<armCount { mass[arm] = epsilon / Double(armCount) + (1 - epsilon) * mass[arm] }
    }
  }

  /// The probability that each step pulls each arm, shape (T, K).
  private static func overCounts(_ rule: CountRule, means: [Double], horizon: Int) -> [[Double]] {
    let armCount = means.count
    let lattice = OutcomeLattice(armCount: armCount, horizon: horizon)
    var mass = [1.0]
    var choice = [Double](repeating: 0, count: armCount)
    var visits: [[Double]] = []
    for t in 0..<horizon {
      var next = [Double](repeating: 0, count: t + 1 < horizon ? lattice.stateCount(t + 1) : 0)
      var visit = [Double](repeating: 0, count: armCount)
      lattice.forEachState(t) { rank, parts, successors in
        let here = mass[rank]
        guard here > 0 else { return }
        rule(t, parts, &choice)
        for arm in 0..<armCount where choice[arm] > 0 {
          let flow = here * choice[arm]
          visit[arm] += flow
          guard !next.isEmpty else { continue }
          next[successors[2 * arm]] += flow * means[arm]
          next[successors[2 * arm + 1]] += flow * (1 - means[arm])
        }
      }
      visits.append(visit)
      mass = next
    }
    return visits
  }

  // MARK: Explore-then-commit

  private static func binomial(_ policy: ExploreThenCommit, means: [Double], horizon: Int) -> [[Double]] {
    let armCount = means.count
    let exploring = armCount * policy.pullsPerArm
    var visits: [[Double]] = (0..<min(horizon, exploring)).map { t in
      let arm = policy.order == .roundRobin ? t % armCount : t / policy.pullsPerArm
      return (0..<armCount).map { $0 == arm ? 1 : 0 }
    }
    guard horizon > exploring else { return visits }
    let laws = means.map { Self.binomialLaw(policy.pullsPerArm, $0) }
    let winner = (0..<armCount).map { arm in
      var total = 0.0
      for successes in laws[arm].indices {
        // The lowest of equal arms is taken: arms before must have fewer successes, arms after may have as many.
        var product = laws[arm][successes]
        for other in 0..<armCount where other != arm {
          product *= laws[other][..<(other < arm ? successes : successes + 1)].reduce(0, +)
        }
        total += product
      }
      return total
    }
    visits += [[Double]](repeating: winner, count: horizon - exploring)
    return visits
  }

  /// P(S = s) for s in 0...n, S binomial.
  static func binomialLaw(_ n: Int, _ p: Double) -> [Double] {
    var law = [1.0]
    for _ in 0..<n {
      var next = [Double](repeating: 0, count: law.count + 1)
      for (s, mass) in law.enumerated() {
        next[s] += mass * (1 - p)
        next[s + 1] += mass * p
      }
      law = next
    }
    return law
  }

  // MARK: Along paths

  private static func overPaths(
    _ policy: any EnumerablePolicy, means: [Double], horizon: Int, limit: Int, name: String
  ) throws(BanditError) -> [[Double]] {
    func follow<Policy: EnumerablePolicy>(_ policy: Policy) throws(BanditError) -> [[Double]] {
      try PolicyTree.follow(
        policy, armCount: means.count, horizon: horizon, state: (), limit: limit, name: name
      ) { _, arm in
        ((), means[arm], [(1, means[arm]), (0, 1 - means[arm])])
      }.visits
    }
    return try follow(policy)
  }
}
