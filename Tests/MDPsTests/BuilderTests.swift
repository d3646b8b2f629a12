import JSON
import LinearAlgebra
import MDPs
import TestSupport
import Testing

@Suite("Builders of standard problems") struct BuilderTests {
  /// The three largest dense instances take seconds and hundreds of megabytes; their recipe is that of the smaller ones.
  static let tested = BenchmarkInstance.all.filter { $0.name != "dense-1000x10" && $0.name != "dense-2000x4" }

  @Test("every bit is as agreed", arguments: tested.map(\.name)) func checksum(name: String) throws {
    let instance = try #require(BenchmarkInstance.named(name))
    let (mdp, reward) = try instance.builder.build(discount: 0.99)
    #expect(try BenchmarkInstance.checksum(of: mdp, reward: reward) == instance.checksum)
    #expect(mdp.largestRowSumDefect == 0)
  }

  @Test("first rows", arguments: tested.map(\.name)) func firstRows(name: String) throws {
    let instance = try #require(BenchmarkInstance.named(name))
    let (mdp, reward) = try instance.builder.build(discount: 0.5)
    let expected = try reward.expected(in: mdp)
    for row in try Reference.json("mdps/values/first-rows.json")[name].elements() {
      let number = try row["row"].integer()
      var successors: [Int] = []
      var numerators: [Double] = []
      mdp.transitions.forEachSuccessor(ofRow: number) { next, probability in
        successors.append(next)
        numerators.append(probability)
      }
      #expect(successors.count == (try row["entries"].integer()))
      let known = try row["first_successors"].integers()
      #expect(Array(successors.prefix(known.count)) == known)
      let bits = try row.optional("denominator_bits")?.integer() ?? 30
      let scale = Double(sign: .plus, exponent: bits, significand: 1)
      #expect(numerators.prefix(known.count).map { Int($0 * scale) } == (try row["first_numerators"].integers()))
      let rewardScale = Double(sign: .plus, exponent: try row["reward_denominator_bits"].integer(), significand: 1)
      #expect(expected[number] * rewardScale == (try row["reward_numerator"].double()))
    }
  }

  @Test("a grid world from a map") func gridWorld() throws {
    let (mdp, reward) = try GridWorld(map: "S#\n.G", slip: 0.2, stepReward: -1).build(discount: 0.9)
    #expect(mdp.stateNames == ["0,0", "1,0", "1,1"])
    #expect(mdp.initialDistribution == [1, 0, 0])
    // South from the start: 0.8 on, both sides blocked.
    #expect(mdp.transitions[mdp.pair(0, 2), 1] == 0.8)
    #expect(mdp.transitions[mdp.pair(0, 2), 0] == 0.2)
    // East from the cell beside the goal: 0.8 into it, 0.1 north, 0.1 stays.
    #expect((0..<3).map { mdp.transitions[mdp.pair(1, 1), $0] } == [0.1, 0.1, 0.8])
    let r = try reward.expected(in: mdp)
    #expect(r[mdp.pair(1, 1)] == -1 + 0.8)
    #expect(r[mdp.pair(2, 0)] == 0)
    #expect(mdp.transitions[mdp.pair(2, 3), 2] == 1)
  }

  /// Always forward, without slip: the value of the start is γ^(n−1) · end / (1 − γ).
  @Test("the chain pays at its end") func chain() throws {
    let (mdp, reward) = try Chain(length: 3, slip: 0).build(discount: 0.5)
    let r = try reward.expected(in: mdp)
    var v = [0.0, 0, 0]
    for _ in 0..<100 {
      let next = mdp.transitions.expectation(of: v)
      v = (0..<3).map { r[mdp.pair($0, 1)] + 0.5 * next[mdp.pair($0, 1)] }
    }
    #expect(abs(v[0] - 0.25 * 10 / 0.5) < 1e-12)
    #expect(r[mdp.pair(1, 0)] == 2)
    #expect(try Chain(length: 1).build(discount: 0).mdp.stateCount == 1)
  }

  @Test("a bandit is one state") func bandit() throws {
    let (mdp, reward) = try SingleStateBandit(means: [0.1, 0.9]).build(discount: 0.5)
    #expect(mdp.stateCount == 1 && mdp.actionCount == 2)
    #expect(try reward.expected(in: mdp) == [0.1, 0.9])
  }

  @Test("a seed makes a problem, another another") func seeds() throws {
    func build(_ seed: UInt64) throws -> (mdp: MDP, reward: Reward) {
      try Garnet(stateCount: 20, actionCount: 3, branching: 4, seed: seed).build(discount: 0.9)
    }
    #expect(try build(1) == build(1))
    #expect(try build(1).mdp != build(2).mdp)
  }

  @Test("parameters out of range are named") func parameters() {
    let wrong: [any MDPBuilder] = [
      Garnet(stateCount: 0, actionCount: 1, branching: 1, seed: 0),
      Garnet(stateCount: 3, actionCount: 1, branching: 4, seed: 0),
      Garnet(stateCount: 1 << 40, actionCount: 1, branching: 4, seed: 0),
      Garnet(stateCount: 1 << 20, actionCount: 1 << 20, branching: 4, seed: 0),
      LeakyBlocks(blockCount: 1 << 40, blockSize: 1 << 40, actionCount: 1, branching: 1, seed: 0),
      LeakyBlocks(blockCount: 2, blockSize: 2, actionCount: 0, branching: 1, seed: 0),
      SlipperyGrid(size: 0, seed: 0), ServiceQueue(capacity: 0),
      Inventory(capacity: -1, largestOrder: 1, demandCount: 1),
      HillCar(size: 1, goalNumerator: 1, goalDenominator: 1), HillCar(size: 9, goalNumerator: 2, goalDenominator: 1),
      GridWorld(map: "S?"), GridWorld(map: "##"), GridWorld(map: "S", slip: .nan), Chain(length: 0), Chain(slip: 2),
      SingleStateBandit(means: []), SingleStateBandit(means: [.nan]),
    ]
    for builder in wrong { #expect(throws: MDPError.self, "\(builder)") { try builder.build(discount: 0.5) } }
    #expect(throws: MDPError.discount(2)) { try Chain().build(discount: 2) }
  }
}
