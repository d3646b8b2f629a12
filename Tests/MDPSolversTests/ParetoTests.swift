import LinearAlgebra
import MDPs
import Testing

@testable import MDPSolvers

@Suite("Pareto fronts") struct ParetoTests {
  private static func problem(
    seed: Int, objectives: Int, states: Int = 4
  ) throws -> (mdp: MDP, rewards: [Reward], pairs: [[Double]]) {
    let first = try RandomProblem(seed: seed, states: states, actions: 3, successors: 3, discount: 0.9)
    var pairs = [first.reward]
    for i in 1..<objectives {
      pairs.append(
        try RandomProblem(seed: seed + 1000 * i, states: states, actions: 3, successors: 3, discount: 0.9).reward)
    }
    let rewards = try pairs.enumerated().map { i, r in
      Reward(name: "r\(i)", values: .pair(try Matrix(rowCount: states, columnCount: 3, elements: r)))
    }
    return (first.mdp, rewards, pairs)
  }

  @Test("inner and outer hold every policy", arguments: [1, 2, 3, 4]) func enclosure(objectives: Int) throws {
    for seed in 0..<4 {
      let (mdp, rewards, pairs) = try Self.problem(seed: seed, objectives: objectives)
      let directions = (0..<objectives).map { $0 == 1 ? Direction.minimise : .maximise }
      let precision = objectives > 3 ? 1e-2 : 1e-4
      let front = try ParetoFront(precision: precision).solve(mdp, rewards, directions: directions)
      #expect(front.ending == .converged && front.precision <= precision)
      var random = SplitMix(seed)
      let tests = (0..<20).map { _ in (0..<objectives).map { _ in Double.random(in: 0...1, using: &random) } }
      func weigh(_ x: [Double], _ w: [Double]) -> Double {
        x.indices.reduce(0) { $0 + w[$1] * directions[$1].sign * x[$1] }
      }
      try PolicyEnumeration(DiscountedProblem(mdp, pairReward: pairs[0])).forEach { policy, _ in
        guard let evaluation = try? PolicyEvaluation(of: .deterministic(policy), in: mdp) else { return }
        let returns = pairs.map { r in
          zip(mdp.initialDistribution, evaluation.values(pairReward: r)).reduce(0) { $0 + $1.0 * $1.1 }
        }
        for plane in front.halfSpaces { #expect(weigh(returns, plane.weights) <= plane.bound + 1e-9) }
        for w in tests {
          let best = front.vertices.map { weigh($0.returns, w) }.max() ?? -.infinity
          #expect(weigh(returns, w) <= best + w.reduce(0, +) * front.precision + 1e-9)
        }
      }
    }
  }

  @Test("two objectives: the same vertices in rationals", arguments: 0..<6) func exact(seed: Int) throws {
    let (mdp, rewards, _) = try Self.problem(seed: seed, objectives: 2)
    let exact = try ExactParetoFront().solve(
      RationalModel(mdp, reward: rewards[0]), RationalModel(mdp, reward: rewards[1]))
    let front = try ParetoFront(precision: 1e-9, options: SolverOptions(tolerance: .absolute(1e-12))).solve(
      mdp, rewards)
    #expect(exact.count == front.vertices.count)
    for (e, f) in zip(exact, front.vertices) {
      for (x, y) in zip(e.returns, f.returns) { #expect(abs(Double(x) - y) < 1e-9) }
    }
    // Slopes fall strictly: no vertex lies on the line of its neighbours.
    for i in exact.indices.dropFirst().dropLast() {
      let (a, b, c) = (exact[i - 1].returns, exact[i].returns, exact[i + 1].returns)
      let turn = (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])
      #expect(turn.sign != 0)
      #expect(b[0] < a[0] && b[1] > a[1])
    }
  }

  @Test("one point where the objectives agree; a plane where they do not") func shapes() throws {
    let mdp = try MDP(actionCount: 3, transitions: .dense(Matrix(rows: [[1], [1], [1]])), discount: 0.5)
    func reward(_ values: [Double]) throws -> Reward {
      Reward(name: "r", values: .pair(try Matrix(rows: [values])))
    }
    let same = try ParetoFront().solve(mdp, [reward([1, 2, 3]), reward([0, 1, 5])])
    #expect(same.vertices.map(\.policy) == [[2]])
    let simplex = try ParetoFront().solve(
      mdp, [reward([1, 0, 0]), reward([0, 1, 0]), reward([0, 0, 1])])
    #expect(simplex.vertices.map(\.policy) == [[0], [1], [2]])
    #expect(throws: SolverError.shape(of: "directions", expected: 1, got: 0)) { try ParetoFront().solve(mdp, []) }
  }
}
