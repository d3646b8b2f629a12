import Foundation
import LinearAlgebra
import MDPSolvers
import MDPs
import TestSupport
import Testing

@Suite("Entropic risk by step") struct AverageEntropicRiskTests {
  /// (1/b) log of the largest eigenvalue of the matrix of `policy` tilted by its rewards, by the power method.
  private func growth(_ mdp: MDP, _ reward: Reward, _ policy: [Int], risk b: Double) -> Double {
    let count = mdp.stateCount
    var h = [Double](repeating: 1, count: count)
    var factor = 1.0
    for _ in 0..<4000 {
      var next = [Double](repeating: 0, count: count)
      for s in 0..<count {
        for t in 0..<count {
          let p = mdp.transitions[s * mdp.actionCount + policy[s], t]
          let r = reward.value(state: s, action: policy[s], next: t, actionCount: mdp.actionCount)
          next[s] += p * exp(b * r) * h[t]
        }
      }
      factor = next.max() ?? 1
      h = next.map { $0 / factor }
    }
    return log(factor) / b
  }

  private func policies(_ states: Int, _ actions: Int) -> [[Int]] {
    (0..<states).reduce([[]]) { found, _ in found.flatMap { start in (0..<actions).map { start + [$0] } } }
  }

  @Test("the best of all policies by their eigenvalues, on worlds that mix", arguments: 0..<24) func brute(seed: Int)
    throws
  {
    var random = SeededGenerator(seed: seed)
    let (S, A) = (3, 2)
    var matrix = Matrix(rowCount: S * A, columnCount: S)
    var values = Matrix(rowCount: S * A, columnCount: S)
    for k in 0..<(S * A) {
      let weights = (0..<S).map { _ in Double.random(in: 0.2...1, using: &random) }
      for t in 0..<S {
        matrix[k, t] = weights[t] / weights.reduce(0, +)
        values[k, t] = Double.random(in: -1...1, using: &random)
      }
    }
    let mdp = try MDP(actionCount: A, transitions: .dense(matrix), discount: 0.9)
    let reward = Reward(name: "r", values: .transition(values))
    for b in [-1.5, -0.01, 0.5, 3] {
      for direction in [Direction.maximise, .minimise] {
        let all = policies(S, A).map { growth(mdp, reward, $0, risk: b) }
        let truth = direction == .maximise ? all.max() ?? 0 : all.min() ?? 0
        let found = try AverageEntropicRisk(risk: b, options: SolverOptions(tolerance: .absolute(1e-10)))
          .solve(mdp, reward: reward, direction: direction)
        #expect(found.guarantee.ending == .converged)
        #expect(abs(found.values[0] - truth) <= found.guarantee.errorBound + 1e-11, "b = \(b)")
        let own = growth(mdp, reward, found.policy, risk: b)
        #expect(abs(own - truth) <= found.guarantee.policyLoss + 1e-11)
      }
    }
  }

  @Test("by hand: a coin thrown for ever, a cycle, and a choice between a sure and a risky stay") func hand() throws {
    // Both rows throw the same coin: (1/b) log((1 + e^b)/2).
    let coin = try MDP(
      actionCount: 1, transitions: .dense(Matrix(rowCount: 2, columnCount: 2, repeating: 0.5)), discount: 0.5)
    let heads = Reward(name: "heads", values: .state([1, 0]))
    for b in [-2.0, 1e-7, 4] {
      let found = try AverageEntropicRisk(risk: b).solve(coin, reward: heads)
      #expect(abs(found.values[0] - log1p(expm1(b) / 2) / b) <= found.guarantee.errorBound + 1e-12)
    }
    // A cycle of two states has a period; its growth is the mean whatever the risk.
    let cycle = try MDP(
      actionCount: 1,
      transitions: .dense(try Matrix(rowCount: 2, columnCount: 2, elements: [0, 1, 1, 0])), discount: 0.5)
    let found = try AverageEntropicRisk(risk: -3).solve(cycle, reward: heads)
    #expect(abs(found.values[0] - 0.5) <= found.guarantee.errorBound && found.guarantee.errorBound < 1e-5)
  }

  @Test("where the growth differs by state the enclosure holds and says that it is wide") func multichain() throws {
    let apart = try MDP(
      actionCount: 1,
      transitions: .dense(try Matrix(rowCount: 2, columnCount: 2, elements: [1, 0, 0, 1])), discount: 0.5)
    let found = try AverageEntropicRisk(risk: 1).solve(apart, reward: Reward(name: "r", values: .state([1, 0])))
    #expect(found.guarantee.ending != .converged)
    #expect(
      abs(found.values[0] - 1) <= found.guarantee.errorBound && abs(found.values[1]) <= found.guarantee.errorBound)
    for bad in [0, .nan, .infinity] {
      #expect(throws: SolverError.self) {
        try AverageEntropicRisk(risk: bad).solve(apart, reward: Reward(name: "r", values: .state([1, 0])))
      }
    }
  }
}
