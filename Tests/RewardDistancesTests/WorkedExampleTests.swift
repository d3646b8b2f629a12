import LinearAlgebra
import MDPs
import RewardDistances
import Testing

/// The two-state example in exact rationals, and a bandit.
enum WorkedExample {
  static func world(policy: Policy? = nil) throws -> ComparisonWorld {
    let transitions = try Matrix(rows: [[1, 0], [0.5, 0.5], [0, 1], [0.75, 0.25]])
    return try ComparisonWorld(MDP(actionCount: 2, transitions: .dense(transitions), discount: 0.5))
  }

  static let r1: [[Double]] = [[1, 9], [0, 2], [-7, 0], [4, 0]]
  static let r2: [[Double]] = [[0, 0], [2, 0], [0, 1], [0, 2]]

  static func rewards(in world: ComparisonWorld) throws -> (ComparedReward, ComparedReward, ComparedReward) {
    let r3 = zip(r1, r2).map { zip($0, $1).map { $0 + 2 * $1 } }
    func admit(_ name: String, _ rows: [[Double]]) throws -> ComparedReward {
      try world.admit(Reward(name: name, values: .transition(Matrix(rows: rows))))
    }
    return (try admit("R1", r1), try admit("R2", r2), try admit("R3", r3))
  }

  /// One state, three actions, discount ½.
  static func bandit(_ rewards: [Double]...) throws -> (ComparisonWorld, [ComparedReward]) {
    let transitions = try Matrix(rows: [[1], [1], [1]])
    let world = try ComparisonWorld(MDP(actionCount: 3, transitions: .dense(transitions), discount: 0.5))
    return (
      world,
      try rewards.enumerated().map { try world.admit(Reward(name: "\($0)", values: .pair(Matrix(rows: [$1])))) }
    )
  }
}

/// |got − want| ≤ 1e-13 for every entry: the examples have condition numbers below 100.
func expectNear(_ got: [Double], _ want: [Double], sourceLocation: SourceLocation = #_sourceLocation) {
  #expect(got.count == want.count, sourceLocation: sourceLocation)
  for (x, y) in zip(got, want) { #expect(abs(x - y) <= 1e-13 * max(1, abs(y)), sourceLocation: sourceLocation) }
}

@Suite("Worked examples in exact rationals") struct WorkedExampleTests {
  @Test("canonical rewards") func canonical() throws {
    let world = try WorkedExample.world()
    let (r1, r2, _) = try WorkedExample.rewards(in: world)
    expectNear(r1.expected, [1, 1, 0, 3])
    expectNear(r2.expected, [0, 1, 1, 0.5])
    expectNear(try r1.canonical(.valueAdjustedLevelling).pair, [-1, 1, -18, 18].map { $0 / 13 })
    expectNear(try r2.canonical(.valueAdjustedLevelling).pair, [-7, 7, 4, -4].map { $0 / 13 })
    expectNear(try r1.canonical(.optimalAdvantage).pair, [-4.0 / 9, 0, -7.0 / 3, 0])
    expectNear(try r2.canonical(.optimalAdvantage).pair, [-1, 0, 0, -0.5])
    expectNear(try r1.canonical(.projection).pair, [21, 83, -298, 194].map { $0 / 195 })
    expectNear(try r2.canonical(.projection).pair, [-41.0 / 65, 71.0 / 195, 74.0 / 195, -22.0 / 195])
    expectNear(
      try r1.canonical(.minimalL2).dense.elements,
      [-3.0 / 70, 0, 43.0 / 140, 43.0 / 140, 0, -61.0 / 35, 123.0 / 140, 41.0 / 140])
    expectNear(
      try r1.canonical(.epic).dense.elements, [-17, 81, -33, -31, -85, -3, 91, -3].map { $0 / 16 })
    expectNear(try r2.canonical(.epic).dense.elements, [-9, -7, 23, -7, -13, 5, -13, 21].map { $0 / 16 })
    expectNear(
      try r1.canonical(.dard).dense.elements, [-8, 388, -72, -60, -420, -66, 284, -66].map { $0 / 64 })
    expectNear(try r2.canonical(.dard).dense.elements, [-32, -24, 96, -24, -48, 4, -48, 68].map { $0 / 64 })
  }

  @Test("returns, distances and regrets") func regret() throws {
    let world = try WorkedExample.world()
    let (r1, r2, r3) = try WorkedExample.rewards(in: world)
    expectNear([try r1.returnRange().maximum, try r1.returnRange().minimum], [34.0 / 9, 2.0 / 3])
    expectNear([try r2.returnRange().maximum, try r2.returnRange().minimum], [2, 2.0 / 7])
    func distance(_ name: String, _ a: ComparedReward, _ b: ComparedReward) throws -> Double {
      try world.distance(RewardDistance(name: name), a, b).value
    }
    expectNear([try distance("range", r1, r2)], [88.0 / 49])
    expectNear([try world.worstCaseRegret(of: r2, truth: r1).normalised], [1])
    expectNear([try world.worstCaseRegret(of: r1, truth: r2).normalised], [1])
    let optimal = try world.optimalPolicyRegret(of: r2, truth: r1)
    let back = try world.optimalPolicyRegret(of: r1, truth: r2)
    expectNear([optimal.normalisedWorst, back.normalisedWorst].sorted(), [7.0 / 27, 1].sorted())
    let regret = try world.worstCaseRegret(of: r3, truth: r1)
    expectNear([regret.normalised, regret.value, regret.multiplier], [6.0 / 7, 8.0 / 3, 0.2])
    expectNear(regret.witness.forgoneOccupancy.values, [1, 1.0 / 3, 0, 2.0 / 3])
    expectNear(regret.witness.chosenOccupancy.values, [0, 2.0 / 3, 4.0 / 3, 0])
    expectNear(regret.witness.trueReturns, [2.0 / 3, 10.0 / 3])
    expectNear(regret.witness.proxyReturns, [14.0 / 3, 14.0 / 3])
    let reverse = try world.worstCaseRegret(of: r1, truth: r3)
    expectNear([reverse.normalised, reverse.multiplier], [240.0 / 343, 5.0 / 7])
    expectNear([try distance("range", r1, r3)], [51.0 / 49])
    expectNear([try distance("VAL-2-angle", r1, r3)], [0.9272952180016])
    expectNear([try distance("VAL-2-2", r1, r3)], [2 / 5.0.squareRoot()])
    expectNear([try distance("EPIC", r1, r3)], [0.2443796617746])
    expectNear([try distance("ERC", r1, r3)], [0.6176387470997])
    // Thirteen digits were written down.
    #expect(abs(try distance("NPEC", r1, r3) - 1.677985862793) <= 5e-13)
  }

  @Test("a bandit attains both constants of the range distance") func bandit() throws {
    let (world, rewards) = try WorkedExample.bandit([0, 0.4, 1], [0, 0.9, 1], [0, -0.4, -1])
    let regret = try world.worstCaseRegret(of: rewards[1], truth: rewards[0])
    expectNear([regret.normalised, try world.distance(.range, rewards[0], rewards[1]).value], [0.5, 0.5])
    let opposite = try world.worstCaseRegret(of: rewards[2], truth: rewards[0])
    expectNear([opposite.normalised, try world.distance(.range, rewards[0], rewards[2]).value], [1, 2])
  }
}
