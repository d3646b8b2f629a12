import LinearAlgebra
import MDPs
import Testing

@testable import MDPSolvers

/// Random models of any chain structure: closed blocks, states that lead into them, periodic cycles.
private func multichain(seed: Int) throws -> (mdp: MDP, reward: Reward, pairs: [Double]) {
  var random = SplitMix(seed)
  let blocks = Int.random(in: 1...3, using: &random)
  let size = Int.random(in: 1...3, using: &random)
  let outside = Int.random(in: 0...3, using: &random)
  let stateCount = blocks * size + outside
  var rows: [[Double]] = []
  for s in 0..<stateCount {
    for _ in 0..<2 {
      var row = [Double](repeating: 0, count: stateCount)
      // Dyadic shares, so that rows sum to exactly 1.
      let range = s < blocks * size ? (s / size * size)..<(s / size * size + size) : 0..<stateCount
      for share in [0.5, 0.25, 0.25] { row[Int.random(in: range, using: &random)] += share }
      if s < blocks * size, Int.random(in: 0..<4, using: &random) == 0 {
        row = [Double](repeating: 0, count: stateCount)
        row[s / size * size + (s + 1) % size] = 1
      }
      rows.append(row)
    }
  }
  let pairs = rows.indices.map { _ in Double(Int.random(in: -16...16, using: &random)) / 8 }
  let mdp = try MDP(actionCount: 2, transitions: .dense(Matrix(rows: rows)), discount: 1)
  let matrix = try Matrix(rowCount: stateCount, columnCount: 2, elements: pairs)
  return (mdp, Reward(name: "r", values: .pair(matrix)), pairs)
}

@Suite("Average reward of any chain structure") struct MultichainTests {
  @Test("the bounds contain the exact gain") func bounds() throws {
    var kinds: Set<ChainStructure.Kind> = []
    for seed in 0..<60 {
      let (mdp, reward, pairs) = try multichain(seed: seed)
      for direction in Direction.allCases {
        let exact = try BlackwellOptimality(direction: direction).solve(RationalModel(mdp, reward: reward))
        for start in AverageReward.Start.allCases {
          let found = try AverageReward(direction: direction, start: start).solve(mdp, pairReward: pairs)
          kinds.insert(found.structure.kind)
          #expect(found.guarantee.level == .bounded && found.guarantee.errorBound < 1e-9)
          for (g, t) in zip(found.gain, exact.gain) { #expect(abs(g - Double(t)) <= found.guarantee.errorBound) }
          #expect(found.objectiveBounds.contains(Double(exact.objective)))
        }
        guard ChainStructure(mdp).kind != .multichain else {
          let refusal = #expect(throws: SolverError.self) {
            try RelativeValueIteration().solve(mdp, pairReward: pairs, direction: direction)
          }
          let ends = ChainStructure(mdp).endComponents
          #expect(refusal == .notUnichain(first: ends[0], second: ends[1]))
          continue
        }
        let relative = try RelativeValueIteration().solve(mdp, pairReward: pairs, direction: direction)
        for t in exact.gain { #expect(abs(relative.values[0] - Double(t)) <= relative.guarantee.errorBound) }
      }
    }
    #expect(kinds == Set(ChainStructure.Kind.allCases))
  }

  @Test("structures by hand") func structure() throws {
    func kind(_ rows: [[Double]]) throws -> ChainStructure {
      ChainStructure(try MDP(actionCount: 1, transitions: .dense(Matrix(rows: rows)), discount: 1))
    }
    #expect(try kind([[0, 1], [1, 0]]).kind == .communicating)
    let weak = try kind([[0.5, 0.5], [0, 1]])
    #expect(weak.kind == .weaklyCommunicating && weak.endComponents == [[1]] && weak.transientCount == 1)
    #expect(try kind([[1, 0], [0, 1]]).endComponents == [[0], [1]])
  }
}

@Suite("Blackwell optimality") struct BlackwellTests {
  /// In state 0 one may be paid 1 now, or 1 a step later; then nothing more.
  @Test("the same total, sooner") func sooner() throws {
    let mdp = try MDP(
      actionCount: 2,
      transitions: .dense(Matrix(rows: [[0, 1, 0], [0, 0, 1], [0, 0, 1], [0, 0, 1], [0, 0, 1], [0, 0, 1]])),
      discount: 1, initialDistribution: [1, 0, 0])
    let reward = Reward(name: "r", values: .pair(try Matrix(rows: [[0, 1], [1, 1], [0, 0]])))
    let gain = try BlackwellOptimality().solve(RationalModel(mdp, reward: reward))
    #expect(gain.policy[0] == 1 && gain.ties == [[1], [0, 1], [0, 1]] && gain.termCount == 3)
    #expect(gain.gain == [0, 0, 0] && gain.bias == [1, 1, 0])
    let cost = try BlackwellOptimality(direction: .minimise).solve(RationalModel(mdp, reward: reward))
    #expect(cost.policy[0] == 0)
  }

  @Test("optimal for discounts near 1") func limit() throws {
    for seed in 0..<30 {
      let (mdp, reward, _) = try multichain(seed: seed)
      let blackwell = try BlackwellOptimality().solve(RationalModel(mdp, reward: reward))
      let near = try ExactSolver().solve(RationalModel(mdp.withDiscount(0.9999999), reward: reward))
      #expect(blackwell.policy == near.rounded.policy)
    }
  }

  @Test("too many states are refused; so are rows that do not sum to 1") func refusals() throws {
    let (mdp, reward, _) = try multichain(seed: 1)
    let model = try RationalModel(mdp, reward: reward)
    #expect(throws: SolverError.self) { try BlackwellOptimality(stateLimit: 0).solve(model) }
    let third = try MDP(
      actionCount: 1, transitions: .dense(Matrix(rows: [[1.0 / 3, 2.0 / 3], [0, 1]])), discount: 1)
    let bits = try RationalModel(third, reward: Reward(name: "r", values: .state([1, 0])), reading: .dyadic)
    #expect(throws: SolverError.rowSum(state: 0, action: 0)) { try BlackwellOptimality().solve(bits) }
  }
}
