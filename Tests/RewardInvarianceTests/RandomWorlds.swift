import LinearAlgebra
import MDPs
import RewardInvariance
import TestSupport

extension SeededGenerator {
  mutating func uniform() -> Double { Double.random(in: 0..<1, using: &self) }
}

/// A random model with about `successors` successors a pair; the last `hidden` states are entered from none of the others,
/// and the last state before them is absorbing when `ends`.
func randomWorld(
  states: Int, actions: Int, discount: Double, successors: Int = 3, hidden: Int = 0, ends: Bool = false,
  startStates: Int? = nil, sparse: Bool = false, using generator: inout SeededGenerator
) throws -> MDP {
  let (S, A) = (states, actions)
  let open = S - hidden
  var matrix = Matrix(rowCount: S * A, columnCount: S)
  for s in 0..<S {
    for a in 0..<A {
      if ends, s == open - 1 {
        matrix[s * A + a, s] = 1
        continue
      }
      var weights = [Double](repeating: 0, count: S)
      for _ in 0..<successors {
        let t = Int.random(in: 0..<(s < open ? open : S), using: &generator)
        weights[t] += 0.1 + generator.uniform()
      }
      // A ring keeps every state within reach of the others.
      if a == 0, s < open { weights[(s + 1) % open] += 0.3 }
      let sum = weights.reduce(0, +)
      for t in 0..<S { matrix[s * A + a, t] = weights[t] / sum }
    }
  }
  var initial = [Double](repeating: 0, count: S)
  let starts = startStates ?? open
  for s in 0..<starts { initial[s] = 1 / Double(starts) }
  return try MDP(
    actionCount: A, transitions: sparse ? .sparse(SparseRows(matrix)) : .dense(matrix), discount: discount,
    initialDistribution: initial)
}

/// Independent rewards of transitions in [−1, 1], 0 out of absorbing states.
func randomReward(_ mdp: MDP, name: String = "R", using generator: inout SeededGenerator) throws -> Reward {
  let (S, A) = (mdp.stateCount, mdp.actionCount)
  let absorbing = mdp.absorbingStates()
  var matrix = Matrix(rowCount: S * A, columnCount: S)
  for k in 0..<(S * A) where !absorbing[k / A] { for t in 0..<S { matrix[k, t] = 2 * generator.uniform() - 1 } }
  return Reward(name: name, values: .transition(matrix))
}

/// Example W of the reference notes: two states, two actions, three rewards with R₃ = R₁ + 2 R₂.
func exampleW() throws -> (mdp: MDP, rewards: [Reward]) {
  let mdp = try MDP(
    actionCount: 2, transitions: .dense(Matrix(rows: [[1, 0], [0.5, 0.5], [0, 1], [0.75, 0.25]])), discount: 0.5,
    initialDistribution: [0.5, 0.5])
  let tables: [[[Double]]] = [
    [[1, 9], [0, 2], [-7, 0], [4, 0]], [[0, 0], [2, 0], [0, 1], [0, 2]], [[1, 9], [4, 2], [-7, 2], [4, 4]],
  ]
  return (mdp, try tables.enumerated().map { Reward(name: "R\($0 + 1)", values: .transition(try Matrix(rows: $1))) })
}

/// A bandit: one state, one action a reward.
func bandit(_ rewards: [Double], discount: Double = 0.5) throws -> (mdp: MDP, reward: Reward) {
  let mdp = try MDP(
    actionCount: rewards.count,
    transitions: .dense(Matrix(rowCount: rewards.count, columnCount: 1, repeating: 1)), discount: discount)
  return (mdp, Reward(name: "R", values: .pair(try Matrix(rows: [rewards]))))
}
