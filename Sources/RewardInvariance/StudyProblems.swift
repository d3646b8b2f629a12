internal import LinearAlgebra
internal import MDPs

/// One claim of a paper, tried on many random problems.
public struct ReproducedClaim: Sendable, Equatable {
  /// The claim.
  public let claim: String
  /// How many problems it was tried on.
  public internal(set) var cases = 0
  /// On how many of them it was found true.
  public internal(set) var held = 0
  /// A figure that was measured beside, in words.
  public internal(set) var note: String?

  init(_ claim: String) { self.claim = claim }

  mutating func record(_ holds: Bool) {
    cases += 1
    held += holds ? 1 : 0
  }

  /// Whether it was true everywhere.
  public var holds: Bool { held == cases }
}

/// Random worlds, rewards and changes of rewards for the studies of papers.
enum StudyProblems {
  /// A model in which a random half of the next states is possible; the last `hidden` states are entered from none of the
  /// others, and the first `starts` states are start states.
  static func model(
    states: Int, actions: Int, discount: Double, hidden: Int = 0, starts: Int? = nil,
    using generator: inout some RandomNumberGenerator
  ) throws(RewardInvarianceError) -> MDP {
    var rows = Matrix(rowCount: states * actions, columnCount: states)
    for k in 0..<rows.rowCount {
      let width = k / actions < states - hidden ? states - hidden : states
      let weights = (0..<width).map { _ in
        Bool.random(using: &generator) ? Double.random(in: 0.05...1, using: &generator) : 0
      }
      let sum = weights.reduce(0, +)
      if sum == 0 { rows[k, k / actions] = 1 }
      for t in 0..<width where sum > 0 { rows[k, t] = weights[t] / sum }
    }
    let count = starts ?? states - hidden
    return try fitting { () throws(MDPError) in
      try MDP(
        actionCount: actions, transitions: .dense(rows), discount: discount,
        initialDistribution: (0..<states).map { $0 < count ? 1 / Double(count) : 0 })
    }
  }

  /// Independent numbers in [−1, 1] for all transitions.
  static func table(_ mdp: MDP, using generator: inout some RandomNumberGenerator) -> Matrix {
    var table = Matrix(rowCount: mdp.stateCount * mdp.actionCount, columnCount: mdp.stateCount)
    for k in 0..<table.rowCount {
      for t in 0..<mdp.stateCount { table[k, t] = Double.random(in: -1...1, using: &generator) }
    }
    return table
  }

  /// A reward over ``table(_:using:)``.
  static func reward(
    _ mdp: MDP, name: String = "R", using generator: inout some RandomNumberGenerator
  ) -> Reward { Reward(name: name, values: .transition(table(mdp, using: &generator))) }

  /// A random change of the given kind that uses all its freedoms.
  static func change(
    _ reward: Reward, by kind: RewardTransformation, in mdp: MDP, using generator: inout some RandomNumberGenerator
  ) throws(RewardInvarianceError) -> Reward {
    var changed = reward
    if kind.isScaled { changed = try changed.scaled(by: Double.random(in: 1.5...4, using: &generator)) }
    if kind.shaping != .none {
      var potential = Potentials.random(for: mdp, size: 3, using: &generator)
      let common = Double.random(in: 1...2, using: &generator)
      for s in potential.indices where mdp.initialDistribution[s] > 0 {
        if kind.shaping == .zeroInitial { potential[s] = 0 }
        if kind.shaping == .commonInitial { potential[s] = common }
      }
      changed = try changed.shaped(by: potential, in: mdp)
    }
    if kind.isRedistributed {
      let noise = table(mdp, using: &generator)
      changed = try changed.redistributed(in: mdp) { noise[mdp.pair($0, $1), $2] }
    }
    guard kind.mask != .none else { return changed }
    let noise = table(mdp, using: &generator)
    let reachable = mdp.reachableStates()
    return try changed.adding(in: mdp) { s, a, t in
      let isFree = mdp.transitions[mdp.pair(s, a), t] == 0 || (kind.mask == .unreachable && !reachable[s])
      return isFree ? noise[mdp.pair(s, a), t] : 0
    }
  }

  /// A random policy that plays every action.
  static func policy(_ mdp: MDP, using generator: inout some RandomNumberGenerator) -> Policy {
    var matrix = Matrix(rowCount: mdp.stateCount, columnCount: mdp.actionCount)
    for s in 0..<mdp.stateCount {
      let weights = (0..<mdp.actionCount).map { _ in Double.random(in: 0.05...1, using: &generator) }
      let sum = weights.reduce(0, +)
      for a in weights.indices { matrix[s, a] = weights[a] / sum }
    }
    return .stochastic(matrix)
  }
}
