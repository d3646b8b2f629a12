internal import LinearAlgebra
public import MDPs

/// A small generator for random test problems: the same seed, the same problem. Source: Steele, Lea and Flood, SplitMix
/// (2014).
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// A generator that starts at `seed`.
  public init(seed: Int) { state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678 }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// How the transitions of a random problem look.
public enum RandomStructure: String, Sendable, CaseIterable {
  /// Every transition possible, stored densely.
  case dense
  /// Three successors a pair, stored in compressed rows.
  case sparse
  /// One successor a pair, stored densely.
  case deterministic
}

extension MDP {
  /// A random world in which every state is reachable: the start distribution is positive everywhere.
  public static func random(
    stateCount: Int, actionCount: Int, discount: Double, structure: RandomStructure = .dense,
    using generator: inout SeededGenerator
  ) throws -> MDP {
    var matrix = Matrix(rowCount: stateCount * actionCount, columnCount: stateCount)
    for row in 0..<matrix.rowCount {
      var weights = [Double](repeating: 0, count: stateCount)
      switch structure {
      case .dense: for t in weights.indices { weights[t] = Double.random(in: 0..<1, using: &generator) }
      case .sparse:
        for _ in 0..<3 {
          weights[Int.random(in: 0..<stateCount, using: &generator)] += Double.random(in: 0.1..<1, using: &generator)
        }
      case .deterministic: weights[Int.random(in: 0..<stateCount, using: &generator)] = 1
      }
      let sum = weights.reduce(0, +)
      for t in weights.indices { matrix[row, t] = weights[t] / sum }
    }
    var initial = (0..<stateCount).map { _ in Double.random(in: 0.1..<1, using: &generator) }
    let sum = initial.reduce(0, +)
    initial = initial.map { $0 / sum }
    return try MDP(
      actionCount: actionCount, transitions: structure == .sparse ? .sparse(SparseRows(matrix)) : .dense(matrix),
      discount: discount, initialDistribution: initial)
  }
}

extension Reward {
  /// A random reward by transition with entries in [−1, 1).
  public static func random(name: String, for mdp: MDP, using generator: inout SeededGenerator) -> Reward {
    var matrix = Matrix(rowCount: mdp.stateCount * mdp.actionCount, columnCount: mdp.stateCount)
    for row in 0..<matrix.rowCount {
      for t in 0..<mdp.stateCount { matrix[row, t] = Double.random(in: -1..<1, using: &generator) }
    }
    return Reward(name: name, values: .transition(matrix))
  }

  /// `scale` R + γ Φ(t) − Φ(s) + Z for a random potential and, where asked for, a random redistribution Z: a reward by
  /// transition that orders all policies as this one does.
  public func disguised(
    name: String, for mdp: MDP, scale: Double = 1, shaped: Bool = true, redistributed: Bool = true,
    using generator: inout SeededGenerator
  ) -> Reward {
    let potential = (0..<mdp.stateCount).map { _ in shaped ? Double.random(in: -2..<2, using: &generator) : 0 }
    var matrix = Matrix(rowCount: mdp.stateCount * mdp.actionCount, columnCount: mdp.stateCount)
    for row in 0..<matrix.rowCount {
      let (s, a) = (row / mdp.actionCount, row % mdp.actionCount)
      var change = (0..<mdp.stateCount).map { _ in redistributed ? Double.random(in: -1..<1, using: &generator) : 0 }
      var mean = 0.0
      mdp.transitions.forEachSuccessor(ofRow: row) { t, p in mean += p * change[t] }
      mdp.transitions.forEachSuccessor(ofRow: row) { t, _ in change[t] -= mean }
      for t in 0..<mdp.stateCount {
        matrix[row, t] =
          scale * value(state: s, action: a, next: t, actionCount: mdp.actionCount) + mdp.discount * potential[t]
          - potential[s] + change[t]
      }
    }
    return Reward(name: name, values: .transition(matrix))
  }
}
