import LinearAlgebra
import MDPs
import RewardDistances
import TestSupport
import Testing

@Suite("SRRD") struct SparsityResilientTests {
  @Test("the canonical form is its definition, summed out", arguments: [0.0, 0.8])
  func definition(discount: Double) throws {
    var generator = SeededGenerator(seed: 5)
    let (S, A) = (4, 3)
    let mdp = try MDP.random(stateCount: S, actionCount: A, discount: discount, structure: .sparse, using: &generator)
    let table = Matrix.random(S * A, S, using: &generator)
    var options = ComparisonOptions()
    options.states = .all
    options.stateDistribution = [0.1, 0.2, 0.3, 0.4]
    options.actionDistribution = [0.5, 0.3, 0.2]
    let world = try ComparisonWorld(mdp, options: options)
    let got = try world.admit(Reward(name: "r", values: .transition(table))).canonical(.sparsityResilient)
    func step(_ s: Int, _ t: Int) -> Double {
      (0..<A).reduce(0) { $0 + [0.5, 0.3, 0.2][$1] * mdp.transitions[s * A + $1, t] }
    }
    func twice(_ s: Int, _ t: Int) -> Double { (0..<S).reduce(0) { $0 + step(s, $1) * step($1, t) } }
    func start(_ s: Int) -> Double { [0.1, 0.2, 0.3, 0.4][s] }
    func second(_ t: Int) -> Double { (0..<S).reduce(0) { $0 + start($1) * step($1, t) } }
    /// E R(X, A, Y) for independent X and Y.
    func mean(_ x: (Int) -> Double, _ y: (Int) -> Double) -> Double {
      var sum = 0.0
      for u in 0..<S {
        for a in 0..<A { for v in 0..<S { sum += x(u) * [0.5, 0.3, 0.2][a] * y(v) * table[u * A + a, v] } }
      }
      return sum
    }
    for s in 0..<S {
      for a in 0..<A {
        for t in 0..<S {
          let g = discount
          var want = table[s * A + a, t] + g * mean({ $0 == t ? 1 : 0 }, { step(t, $0) })
          want -= mean({ $0 == s ? 1 : 0 }, { step(s, $0) }) + g * mean(start, second)
          want += g * g * (mean({ step(t, $0) }, { twice(t, $0) }) - mean(second, { twice(t, $0) }))
          want += g * (mean(start, { twice(s, $0) }) - mean({ step(s, $0) }, { twice(s, $0) }))
          #expect(abs(got[s * A + a, t] - want) < 1e-13)
        }
      }
    }
    // Sums of a part by pair and a part by next state take another way to the same numbers.
    let pair = Reward(name: "p", values: .pair(Matrix.random(S, A, using: &generator)))
    guard case .pair(let values) = pair.values else { return }
    var copies = Matrix(rowCount: S * A, columnCount: S)
    for k in 0..<(S * A) { for t in 0..<S { copies[k, t] = values[k / A, k % A] } }
    let full = Reward(name: "f", values: .transition(copies))
    expectEqual(
      try world.admit(pair).canonical(.sparsityResilient).dense.elements,
      try world.admit(full).canonical(.sparsityResilient).dense.elements, 1e-14)
  }

  @Test("shaping is ignored on full coverage, and not where unlisted transitions are read as 0")
  func coverage() throws {
    let (S, A, discount) = (6, 2, 0.9)
    let mdp = try Garnet(stateCount: S, actionCount: A, branching: 2, seed: 3).build(discount: discount).mdp
    let potential = [3.0, -1, 4, 1, -5, 9]
    var (plain, shaped) = (SparseRowsBuilder(columnCount: S), SparseRowsBuilder(columnCount: S))
    var (full, fullShaped) = (Matrix(rowCount: S * A, columnCount: S), Matrix(rowCount: S * A, columnCount: S))
    for k in 0..<(S * A) {
      for t in 0..<S {
        let r = Double((7 * k + 5 * t) % 11)
        let move = discount * potential[t] - potential[k / A]
        (full[k, t], fullShaped[k, t]) = (r, r + move)
        guard mdp.transitions[k, t] > 0 else { continue }
        plain.append(column: Int32(t), value: r)
        shaped.append(column: Int32(t), value: r + move)
      }
      plain.endRow()
      shaped.endRow()
    }
    let world = try ComparisonWorld(mdp)
    func distance(_ name: String, _ first: Reward.Values, _ second: Reward.Values) throws -> Double {
      try world.distance(
        RewardDistance(name: name), world.admit(Reward(name: "1", values: first)),
        world.admit(Reward(name: "2", values: second))
      ).value
    }
    for name in ["SRRD", "SRRD-w", "SRRD-o", "SRRD-2-2", "SRRD-w1-w1"] {
      let whole = try distance(name, .transition(full), .transition(fullShaped))
      let listed = try distance(name, .sparseTransition(plain.build()), .sparseTransition(shaped.build()))
      #expect(whole < 1e-13 && listed > 0.05, "\(name): \(whole), \(listed)")
    }
    // Redistribution that no policy can tell apart is seen: neither sound nor complete.
    #expect(!Canonicalisation.sparsityResilient.isStandard)
    #expect(try !RewardDistance(name: "SRRD").isSoundAndComplete)
  }
}
