internal import LinearAlgebra
internal import MDPs
internal import MDPSolvers
internal import RealModule
internal import RewardDistances

/// What determines a reward up to what: the objects from which rewards are learned, each with the changes that it cannot
/// see, tried on random worlds in both directions.
///
/// An object is worked out before and after a random change. It must stay under every change that the theorem names, and
/// move under every other one.
///
/// Source: Skalse, Farrugia-Roberts, Russell, Abate, Gleave, Invariance in policy optimisation and partial identifiability
/// in reward learning (ICML 2023), arXiv 2203.07475, theorems 3.1 to 3.12.
public struct IdentifiabilityStudy: Sendable {
  /// On how many worlds each row is tried.
  public var caseCount: Int

  /// A study of `caseCount` worlds.
  public init(caseCount: Int) {
    precondition(caseCount >= 0, "a number of cases is needed")
    self.caseCount = caseCount
  }

  /// What was found about one object.
  public struct Row: Sendable, Equatable {
    /// The object.
    public let object: String
    /// The changes it cannot see.
    public let freedom: String
    /// How often it stayed under these.
    public internal(set) var kept: ReproducedClaim
    /// How often it moved under others.
    public internal(set) var moved: ReproducedClaim
    /// The names of the other changes.
    public let others: String
  }

  /// Runs the study.
  ///
  /// - Returns: one row an object.
  /// - Throws: ``RewardInvarianceError``; none is expected.
  public func run(using generator: inout some RandomNumberGenerator) throws(RewardInvarianceError) -> [Row] {
    var rows = Object.allCases.map { object in
      Row(
        object: object.rawValue, freedom: object.freedom, kept: ReproducedClaim("stays"),
        moved: ReproducedClaim("moves"),
        others: object.others)
    }
    for _ in 0..<caseCount {
      let world = try branchingWorld(using: &generator)
      let reward = StudyProblems.reward(world, using: &generator)
      let sampled = Samples(
        policy: StudyProblems.policy(world, using: &generator), episodes: episodes(world, using: &generator))
      for (i, object) in Object.allCases.enumerated() {
        let before = try object.image(of: reward, in: world, sampled)
        for kind in object.blind {
          let changed = try StudyProblems.change(reward, by: kind, in: world, using: &generator)
          rows[i].kept.record(object.isSame(before, try object.image(of: changed, in: world, sampled)))
        }
        for kind in object.visible {
          let changed = try StudyProblems.change(reward, by: kind, in: world, using: &generator)
          rows[i].moved.record(!object.isSame(before, try object.image(of: changed, in: world, sampled)))
        }
        // Rewards of their own, which share no object with the first.
        let other = StudyProblems.reward(world, using: &generator)
        if object == .policyOrder {
          rows[i].moved.record(!object.isSame(before, try object.image(of: other, in: world, sampled)))
        }
        if object == .optimalPolicies {
          let negative = try reward.adding(in: world) { s, a, t in
            -2 * reward.value(state: s, action: a, next: t, actionCount: world.actionCount)
          }
          rows[i].moved.record(!object.isSame(before, try object.image(of: negative, in: world, sampled)))
          // Any reward with the same optimal actions: Ψ and losses at will.
          let changed = try optimalityPreserving(reward, in: world, using: &generator)
          rows[i].kept.record(object.isSame(before, try object.image(of: changed, in: world, sampled)))
        }
      }
    }
    return rows
  }

  /// Two start states, two states that no policy reaches; the discount is low so that long episodes can be cut off.
  /// Somewhere an episode meets chance: where each of its pairs has one successor, redistribution changes nothing in it.
  private func branchingWorld(using generator: inout some RandomNumberGenerator) throws(RewardInvarianceError) -> MDP {
    while true {
      let world = try StudyProblems.model(
        states: 6, actions: 2, discount: 0.5, hidden: 2, starts: 2, using: &generator)
      let reached = world.reachableStates()
      let meetsChance = (0..<(world.stateCount * world.actionCount)).contains { k in
        reached[k / world.actionCount]
          && world.successors(k / world.actionCount, k % world.actionCount).count > 1
      }
      if meetsChance { return world }
    }
  }

  /// What is drawn once for a world.
  private struct Samples {
    let policy: Policy
    /// Possible episodes from start states, as states and actions: s₀ a₀ s₁ a₁ …
    let episodes: [[Int]]
  }

  private func episodes(_ mdp: MDP, using generator: inout some RandomNumberGenerator) -> [[Int]] {
    (0..<40).map { n in
      var episode = [n % 2]
      for _ in 0..<60 {
        let action = Int.random(in: 0..<mdp.actionCount, using: &generator)
        let next = mdp.successors(episode[episode.count - 1], action)
        episode += [action, next[Int.random(in: 0..<next.count, using: &generator)].next]
      }
      return episode
    }
  }

  /// A reward whose optimal actions are those of `reward`: Ψ(s) − γ E Ψ, less a random loss for every other action.
  private func optimalityPreserving(
    _ reward: Reward, in mdp: MDP, using generator: inout some RandomNumberGenerator
  ) throws(RewardInvarianceError) -> Reward {
    let optimal = try Self.optimalActions(reward, mdp)
    let losses = optimal.map { $0 > 0 ? 0 : Double.random(in: 0.5...2, using: &generator) }
    let psi = Potentials.random(for: mdp, size: 3, using: &generator)
    let none = Reward(name: "Ψ", values: .state([Double](repeating: 0, count: mdp.stateCount)))
    return try none.shaped(by: psi.map { -$0 }, in: mdp).adding(in: mdp) { s, a, _ in -losses[mdp.pair(s, a)] }
  }

  /// 1 for optimal actions, 0 for the others, shape (S·A).
  private static func optimalActions(_ reward: Reward, _ mdp: MDP) throws(RewardInvarianceError) -> [Double] {
    let problem = try solving { () throws(SolverError) in try DiscountedProblem(mdp, reward: reward) }
    let q = problem.actionValues(of: problem.solve().values)
    return q.values.indices.map { k in
      let best = (0..<mdp.actionCount).map { q[k / mdp.actionCount, $0] }.max() ?? 0
      return q.values[k] >= best - 1e-7 ? 1 : 0
    }
  }

  // MARK: Objects

  private enum Object: String, CaseIterable {
    case policyValues = "Q^π of a policy π"
    case optimalValues = "Q*"
    case advantagePolicy = "Boltzmann policy of the advantage of a policy π"
    case rationalPolicy = "Boltzmann-rational policy"
    case entropyPolicy = "maximum-causal-entropy policy"
    case trajectories = "trajectories of these from the start"
    case optimalPolicies = "set of optimal policies"
    case fragments = "returns of possible fragments"
    case episodes = "returns of possible initial trajectories"
    case episodeComparisons = "Boltzmann comparisons of initial trajectories"
    case fragmentOrder = "order of possible fragments"
    case episodeOrder = "order of initial trajectories"
    case policyOrder = "order of all policies"

    private static let shaping = RewardTransformation(shaping: .any)
    private static let redistribution = RewardTransformation(redistributed: true)
    private static let both = RewardTransformation(shaping: .any, redistributed: true)
    private static let scale = RewardTransformation(scaled: true)
    private static let impossible = RewardTransformation(mask: .impossible)
    private static let unreachable = RewardTransformation(mask: .unreachable)

    /// The changes that the object cannot see.
    var blind: [RewardTransformation] {
      switch self {
      case .policyValues, .optimalValues: [Self.redistribution]
      case .advantagePolicy, .rationalPolicy, .entropyPolicy: [Self.both]
      case .trajectories: [RewardTransformation(shaping: .any, redistributed: true, mask: .unreachable)]
      case .optimalPolicies: [RewardTransformation(scaled: true, shaping: .any, redistributed: true)]
      case .fragments: [Self.impossible]
      case .episodes: [RewardTransformation(shaping: .zeroInitial, mask: .unreachable)]
      case .episodeComparisons: [RewardTransformation(shaping: .commonInitial, mask: .unreachable)]
      case .fragmentOrder: [RewardTransformation(scaled: true, mask: .impossible)]
      case .episodeOrder: [RewardTransformation(scaled: true, shaping: .commonInitial, mask: .unreachable)]
      case .policyOrder: [.policyOrder]
      }
    }

    /// Changes that it must see.
    var visible: [RewardTransformation] {
      switch self {
      case .policyValues, .optimalValues: [Self.scale, Self.shaping, Self.unreachable]
      case .advantagePolicy, .rationalPolicy, .entropyPolicy: [Self.scale, Self.unreachable]
      case .trajectories: [Self.scale]
      // The theorems on orders of trajectories say "at least".
      case .optimalPolicies, .fragmentOrder, .episodeOrder: []
      case .policyOrder: []
      case .fragments: [Self.scale, Self.shaping, Self.redistribution]
      case .episodes, .episodeComparisons: [Self.scale, Self.shaping, Self.redistribution]
      }
    }

    /// The changes that it must see, in words.
    var others: String {
      switch self {
      case .optimalPolicies: "the negative"
      case .policyOrder: "another reward"
      case .fragmentOrder, .episodeOrder: "none claimed"
      default: visible.map(\.name).joined(separator: ", ")
      }
    }

    /// The changes that the object cannot see, in words.
    var freedom: String {
      blind.map(\.name).joined() + (self == .optimalPolicies ? ", any with these optimal actions" : "")
    }

    /// Whether two images are the same to rounding; orders of trajectories are 0 and ±1.
    func isSame(_ x: [Double], _ y: [Double]) -> Bool { zip(x, y).allSatisfy { abs($0 - $1) <= 1e-8 } }

    /// The object as numbers.
    func image(of reward: Reward, in mdp: MDP, _ samples: Samples) throws(RewardInvarianceError) -> [Double] {
      let r = try fitting { () throws(MDPError) in try reward.expected(in: mdp) }
      let width = mdp.actionCount
      func actionValues(_ values: [Double]) -> [Double] {
        let next = mdp.transitions.expectation(of: values)
        return r.indices.map { r[$0] + mdp.discount * next[$0] }
      }
      func softmax(_ q: [Double]) -> [Double] {
        q.indices.map { k in
          let own = k - k % width
          return 1 / (0..<width).reduce(0.0) { $0 + Double.exp(q[own + $1] - q[k]) }
        }
      }
      func optimum() throws(RewardInvarianceError) -> [Double] {
        try solving { () throws(SolverError) in try DiscountedProblem(mdp, reward: reward).solve().values }
      }
      func entropyPolicy() throws(RewardInvarianceError) -> [Double] {
        let policy = try solving { () throws(SolverError) in
          try RegularisedIteration(temperature: 1).solve(DiscountedProblem(mdp, reward: reward)).policy
        }
        return r.indices.map { policy.probability(of: $0 % width, in: $0 / width) }
      }
      func returns(_ path: ArraySlice<Int>) -> Double {
        var (sum, power) = (0.0, 1.0)
        for i in stride(from: path.startIndex, to: path.endIndex - 2, by: 2) {
          sum += power * reward.value(state: path[i], action: path[i + 1], next: path[i + 2], actionCount: width)
          power *= mdp.discount
        }
        return sum
      }
      func order(_ x: [Double]) -> [Double] {
        x.indices.flatMap { i in x.indices.map { abs(x[i] - x[$0]) <= 1e-9 ? 0 : x[i] > x[$0] ? 1 : -1 } }
      }
      // Every transition of positive probability, and pieces of the episodes of up to four steps.
      func fragments() -> [Double] {
        let steps = (0..<(mdp.stateCount * width)).flatMap { k in
          mdp.successors(k / width, k % width).map { returns([k / width, k % width, $0.next][...]) }
        }
        return steps + samples.episodes.enumerated().map { returns($1.prefix(3 + 2 * ($0 % 4))) }
      }
      func evaluation() throws(RewardInvarianceError) -> PolicyEvaluation {
        try solving { () throws(SolverError) in try PolicyEvaluation(of: samples.policy, in: mdp) }
      }
      switch self {
      case .policyValues: return actionValues(try evaluation().values(pairReward: r))
      case .advantagePolicy: return softmax(actionValues(try evaluation().values(pairReward: r)))
      case .optimalValues: return actionValues(try optimum())
      case .rationalPolicy: return softmax(actionValues(try optimum()))
      case .entropyPolicy: return try entropyPolicy()
      case .trajectories:
        // The dynamics are the same, so that trajectories differ exactly where the policy does in states they meet.
        let reached = mdp.reachableStates()
        let policies = try entropyPolicy() + softmax(actionValues(try optimum()))
        return policies.indices.filter { reached[$0 % r.count / width] }.map { policies[$0] }
      case .optimalPolicies: return try IdentifiabilityStudy.optimalActions(reward, mdp)
      case .fragments: return fragments()
      case .fragmentOrder: return order(fragments())
      case .episodes: return samples.episodes.map { returns($0[...]) }
      case .episodeComparisons:
        let x = samples.episodes.map { returns($0[...]) }
        return x.map { 1 / (1 + Double.exp(x[0] - $0)) }
      case .episodeOrder: return order(samples.episodes.map { returns($0[...]) })
      case .policyOrder:
        // The direction of the reward among those that policies can tell apart.
        let world = try comparing { () throws(RewardDistanceError) in try ComparisonWorld(mdp) }
        let projected = try comparing { () throws(RewardDistanceError) in try world.admit(reward).core().projected() }
        return projected.values.map { $0 / projected.norm }
      }
    }
  }
}
