public import LinearAlgebra
public import MDPs
internal import MDPSolvers
internal import Synchronization

/// What a comparison of rewards may choose.
public struct ComparisonOptions: Sendable {
  /// Which states count.
  public enum StateSet: String, Sendable, CaseIterable {
    /// Those reached from the start distribution: distances are then complete.
    case reachable
    /// All: two rewards that differ only where no policy ever comes are then apart.
    case all
  }

  /// Which states the distances are taken over; regret and order tests always see the reachable ones alone.
  public var states: StateSet = .reachable
  /// The policy of VAL, of occupancy weights and of ERC, shape (S, A); uniform when nil.
  public var policy: Policy?
  /// A reward is trivial when its projection has at most this fraction of its norm.
  public var trivialityTolerance = 1e-10
  /// Two rewards order policies alike when the sine of the angle of their projections is at most this.
  public var equivalenceTolerance = 1e-9
  /// Actions are tied for the best when their advantage is at most this fraction of the largest.
  public var tieTolerance = 1e-9
  /// The weights W(s, a, t) of norms and coverages called `c`, shape (S·A, S), not negative.
  public var customWeights: Matrix?
  /// The distribution of states in EPIC and in the mean of its potential, shape (S); uniform when nil.
  public var stateDistribution: [Double]?
  /// The distribution of actions in EPIC and DARD, shape (A); uniform over the available actions when nil.
  public var actionDistribution: [Double]?

  /// The defaults.
  public init() {}
}

/// A model prepared for comparing rewards on it: restricted to the states that count, with each factorisation made once
/// and shared by all rewards.
///
/// ```swift
/// let world = try ComparisonWorld(mdp)
/// let (truth, proxy) = (try world.admit(trueReward), try world.admit(proxyReward))
/// let distance = try world.distance(RewardDistance(name: "VAL-2-2"), truth, proxy)
/// let regret = try world.worstCaseRegret(of: proxy, truth: truth)
/// ```
public final class ComparisonWorld: Sendable {
  /// The model as given.
  public let original: MDP
  /// The model on the states that count.
  public let mdp: MDP
  /// For each state of ``mdp`` its number in ``original``.
  public let states: [Int]
  /// The choices made.
  public let options: ComparisonOptions
  /// What a reader should know beside the numbers, one sentence each.
  public let flags: [String]
  /// The policy of the comparison on ``mdp``.
  public let policy: Policy

  /// Whether rewards are replaced by their expected form, because the states that count lead to others (discount 0 alone).
  private let takesExpectations: Bool
  private let keptEvaluation = Lazily<PolicyEvaluation>()
  private let keptOccupancy = Lazily<[Double]>()
  private let keptProjection = Lazily<FlowProjection>()
  private let keptMinimal = Lazily<(projection: FlowProjection, squares: [Double])>()
  private let keptCore = Lazily<ComparisonWorld?>()
  /// A lower bound of the least range of returns of an advantage of maximum norm 1: outer nil before it was asked for.
  let keptAlpha = Mutex<Double??>(nil)

  /// The most numbers that a function on all transitions may have.
  static let transitionLimit = 64_000_000

  /// Prepares `mdp`.
  ///
  /// - Throws: ``RewardDistanceError/model(_:)`` when the policy does not fit the model,
  ///   ``RewardDistanceError/weights(of:reason:)`` when a weight or distribution is malformed.
  /// - Complexity: O(stored transitions); factorisations are made when first needed.
  public init(_ mdp: MDP, options: ComparisonOptions = ComparisonOptions()) throws(RewardDistanceError) {
    let reachable = mdp.reachableStates()
    let unreached = reachable.count { !$0 }
    let kept = options.states == .reachable ? reachable : [Bool](repeating: true, count: mdp.stateCount)
    let isCut = mdp.discount == 0 && !mdp.isClosed(kept)
    let (model, states) = try RewardDistances.model { () throws(MDPError) in
      try isCut ? mdp.oneStep(from: kept) : mdp.restricted(to: kept)
    }
    try Self.check(options, mdp)
    if let policy = options.policy {
      try RewardDistances.model { () throws(MDPError) in try policy.validate(for: mdp) }
    }
    var flags: [String] = []
    if unreached > 0 {
      let what = unreached == 1 ? "1 state is" : "\(unreached) states are"
      flags.append(
        options.states == .reachable
          ? "\(what) not reachable from the start distribution and left out (--states all keeps them)"
          : "\(what) not reachable from the start distribution but kept: distances may be positive between rewards that "
            + "order all policies alike")
    }
    if isCut {
      flags.append(
        "with discount 0 only the first step counts: rewards are taken in expectation over the next state, for every distance"
      )
    }
    self.original = mdp
    self.mdp = model
    self.takesExpectations = isCut
    self.states = states
    self.options = options
    self.flags = flags
    self.policy = options.policy.map { $0.restricted(to: states, actionCount: mdp.actionCount) } ?? .uniform(for: model)
  }

  /// `reward` on this world, ready to be compared.
  ///
  /// - Throws: ``RewardDistanceError/model(_:)`` when its shape does not fit, or a number that counts is not finite.
  public func admit(_ reward: Reward) throws(RewardDistanceError) -> ComparedReward {
    try RewardDistances.model { () throws(MDPError) in
      try reward.requireShape(stateCount: original.stateCount, actionCount: original.actionCount)
    }
    let part = try RewardDistances.model { () throws(MDPError) in try self.part(of: reward) }
    let expected = try RewardDistances.model { () throws(MDPError) in try part.expected(in: mdp) }
    return ComparedReward(world: self, original: reward, reward: part, expected: expected)
  }

  /// `reward` on the states that count.
  private func part(of reward: Reward) throws(MDPError) -> Reward {
    guard states.count < original.stateCount else { return reward }
    guard takesExpectations else { return reward.restricted(to: states, actionCount: mdp.actionCount) }
    let (expected, A) = (try reward.expected(in: original), mdp.actionCount)
    let rows = states.flatMap { expected[($0 * A)..<(($0 + 1) * A)] }
    return Reward(name: reward.name, values: .pair(Matrix(sound: states.count, A, rows)))
  }

  /// The same comparison on the reachable states alone: where regret and the order of policies are decided.
  public func core() throws(RewardDistanceError) -> ComparisonWorld {
    guard options.states == .all else { return self }
    let other = try keptCore.value { () throws(RewardDistanceError) -> ComparisonWorld? in
      guard original.reachableStates().contains(false) else { return nil }
      var options = self.options
      options.states = .reachable
      return try ComparisonWorld(original, options: options)
    }
    return other ?? self
  }

  /// The comparison's policy, factored for evaluation.
  func evaluation() throws(RewardDistanceError) -> PolicyEvaluation {
    try requireDiscounted("the value of a policy")
    return try keptEvaluation.value { () throws(RewardDistanceError) in
      try solver { () throws(SolverError) in try PolicyEvaluation(of: policy, in: mdp, method: mdp.linearMethod) }
    }
  }

  /// d(s, a) of the comparison's policy, shape (S·A).
  func occupancy() throws(RewardDistanceError) -> [Double] {
    try requireDiscounted("the occupancy of a policy")
    return try keptOccupancy.value { () throws(RewardDistanceError) in try occupancy(of: policy).values }
  }

  /// The orthogonal projection onto directions of occupancy differences.
  func projection() throws(RewardDistanceError) -> FlowProjection {
    try requireDiscounted("the projection of a reward")
    return try keptProjection.value { () throws(RewardDistanceError) in try FlowProjection(mdp) }
  }

  /// The projection with weights 1/q, q(s, a) = Σ_t P², and q.
  func minimalProjection() throws(RewardDistanceError) -> (projection: FlowProjection, squares: [Double]) {
    try requireDiscounted("the minimal canonicalisation")
    return try keptMinimal.value { () throws(RewardDistanceError) in
      let squares = mdp.transitions.squareSums
      return (try FlowProjection(mdp, weights: squares.map { $0 > 0 ? 1 / $0 : 0 }), squares)
    }
  }

  /// The weights behind a norm or coverage.
  func weights(_ weighting: RewardNorm.Weighting, for name: String) throws(RewardDistanceError) -> TransitionWeights {
    let (S, A) = (mdp.stateCount, mdp.actionCount)
    let available = (0..<(S * A)).map { mdp.isAvailable($0 / A, $0 % A) }
    let ones = available.map { $0 ? 1.0 : 0 }
    switch weighting {
    case .unit: return TransitionWeights(scale: ones, law: .all, mdp: mdp)
    case .uniform:
      let count = Double(available.count { $0 } * S)
      return TransitionWeights(scale: ones.map { $0 / count }, law: .all, mdp: mdp)
    case .transitions: return TransitionWeights(scale: ones, law: .transitions, mdp: mdp)
    case .occupancy:
      let d = try occupancy()
      return TransitionWeights(scale: d.map { (1 - mdp.discount) * $0 }, law: .transitions, mdp: mdp)
    case .custom:
      guard let matrix = options.customWeights else { throw .missingWeights(distance: name) }
      let part = Reward(name: name, values: .transition(matrix)).restricted(to: states, actionCount: A)
      guard case .transition(let restricted) = part.values else { throw .missingWeights(distance: name) }
      return TransitionWeights(scale: ones, law: .array(restricted), mdp: mdp)
    }
  }

  func requireDiscounted(_ quantity: String) throws(RewardDistanceError) {
    guard mdp.discount < 1 else { throw .undiscounted(quantity: quantity) }
  }

  private static func check(_ options: ComparisonOptions, _ mdp: MDP) throws(RewardDistanceError) {
    try checkDistribution(options.stateDistribution, "state distribution", count: mdp.stateCount)
    try checkDistribution(options.actionDistribution, "action distribution", count: mdp.actionCount)
    if let weights = options.customWeights {
      let rows = mdp.stateCount * mdp.actionCount
      guard weights.rowCount == rows, weights.columnCount == mdp.stateCount else {
        throw .weights(
          of: "custom weights",
          reason:
            "the shape is [\(weights.rowCount), \(weights.columnCount)], but [\(rows), \(mdp.stateCount)] is needed")
      }
      if let k = weights.elements.firstIndex(where: { !($0 >= 0 && $0.isFinite) }) {
        throw .weights(
          of: "custom weights",
          reason:
            "the weight of row \(k / mdp.stateCount), next state \(k % mdp.stateCount) is \(weights.elements[k]); "
            + "it must be finite and not negative")
      }
    }
  }

  private static func checkDistribution(
    _ distribution: [Double]?, _ name: String, count: Int
  ) throws(RewardDistanceError) {
    guard let distribution else { return }
    guard distribution.count == count else {
      throw .weights(of: name, reason: "it has \(distribution.count) entries, but \(count) are needed")
    }
    if let i = distribution.firstIndex(where: { !($0 >= 0 && $0.isFinite) }) {
      throw .weights(of: name, reason: "entry \(i) is \(distribution[i]); it must lie in [0, 1]")
    }
    let sum = distribution.reduce(0, +)
    guard abs(sum - 1) <= MDP.defaultRowSumTolerance else {
      throw .weights(of: name, reason: "it sums to \(sum), not to 1")
    }
  }
}

/// Runs `body` and reports a fault of a solver as one of the comparison.
func solver<Value>(_ body: () throws(SolverError) -> Value) throws(RewardDistanceError) -> Value {
  do { return try body() } catch { throw .solver(error) }
}

extension Policy {
  /// The policy on the given states, renumbered in their order.
  func restricted(to states: [Int], actionCount: Int) -> Policy {
    switch self {
    case .deterministic(let actions): .deterministic(states.map { actions[$0] })
    case .stochastic(let matrix):
      .stochastic(Matrix(sound: states.count, actionCount, states.flatMap { Array(matrix.row($0)) }))
    }
  }
}

extension Transitions {
  /// Σ_t P(t | row)², one number a row.
  var squareSums: [Double] {
    var result = [Double](repeating: 0, count: rowCount)
    for row in result.indices { forEachSuccessor(ofRow: row) { _, p in result[row] += p * p } }
    return result
  }
}

extension ComparisonWorld {
  /// max |f| over all transitions from available pairs, or over the possible ones.
  package func largest(_ f: TransitionFunction, possibleOnly: Bool) throws(RewardDistanceError) -> Double {
    try weights(possibleOnly ? .transitions : .unit, for: "a difference of rewards").norm(f, order: .supremum)
  }

  /// The root of the sum of squares of f over all transitions from available pairs.
  package func euclidean(_ f: TransitionFunction) throws(RewardDistanceError) -> Double {
    try weights(.unit, for: "a difference of rewards").norm(f, order: .two)
  }

  /// d(s, a) of `policy`, shape (S, A) of this world.
  ///
  /// - Parameters:
  ///   - policy: the policy on this world.
  ///   - guess: an occupancy that is not far.
  /// - Returns: the occupancy, not normalised.
  /// - Throws: ``RewardDistanceError/solver(_:)`` when the policy does not fit.
  package func occupancy(
    of policy: Policy, near guess: OccupancyMeasure? = nil
  ) throws(RewardDistanceError) -> OccupancyMeasure {
    try requireDiscounted("an occupancy measure")
    return try solver { () throws(SolverError) in try policy.occupancy(in: mdp, near: guess) }
  }

  /// d(s, a) of the uniform policy: positive at every available action of a reachable state.
  package func uniformOccupancy() throws(RewardDistanceError) -> [Double] {
    try options.policy == nil ? occupancy() : occupancy(of: .uniform(for: mdp)).values
  }

  /// max |R₂ − scale R₁ − (γ Φ(t) − Φ(s))| over all transitions, possible or not, and over the possible ones; nil when a
  /// reward is not finite everywhere.
  package func redistributionSizes(
    _ first: ComparedReward, _ second: ComparedReward, scale: Double, potential: [Double]
  ) -> (all: Double, possible: Double)? {
    guard let f = try? first.raw(), let g = try? second.raw(), let every = try? weights(.unit, for: "redistribution"),
      let possible = try? weights(.transitions, for: "redistribution")
    else { return nil }
    let rest = TransitionFunction.combination(1, g, -scale, f).shaped(by: potential.map { -$0 }, discount: mdp.discount)
    return (every.norm(rest, order: .supremum), possible.norm(rest, order: .supremum))
  }
}

extension MDP {
  /// Whether no kept state leads to one that is not.
  fileprivate func isClosed(_ kept: [Bool]) -> Bool {
    for row in 0..<transitions.rowCount where kept[row / actionCount] {
      var leaves = false
      transitions.forEachSuccessor(ofRow: row) { t, _ in if !kept[t] { leaves = true } }
      if leaves { return false }
    }
    return true
  }

  /// The first step from the kept states: each stays where it is, which no return sees at discount 0.
  fileprivate func oneStep(from kept: [Bool]) throws(MDPError) -> (model: MDP, states: [Int]) {
    let states = (0..<stateCount).filter { kept[$0] }
    let flags = availability.map { flags in states.flatMap { flags[($0 * actionCount)..<(($0 + 1) * actionCount)] } }
    var builder = SparseRowsBuilder(columnCount: states.count)
    for i in states.indices {
      for a in 0..<actionCount {
        if flags?[i * actionCount + a] ?? true { builder.append(column: Int32(i), value: 1) }
        builder.endRow()
      }
    }
    let model = try MDP(
      actionCount: actionCount, transitions: .sparse(builder.build()), discount: discount,
      initialDistribution: states.map { initialDistribution[$0] }, availability: flags)
    return (model, states)
  }
}
