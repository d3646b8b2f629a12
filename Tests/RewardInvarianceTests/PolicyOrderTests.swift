import LinearAlgebra
import MDPs
import RewardDistances
import RewardInvariance
import TestSupport
import Testing

@Suite("Order of all policies: verdict, certificate, counterexample") struct PolicyOrderTests {
  static func world(_ seed: Int, discount: Double, structure: RandomStructure) throws -> (MDP, SeededGenerator) {
    var generator = SeededGenerator(seed: seed)
    let mdp = try MDP.random(
      stateCount: 4 + seed % 4, actionCount: 2 + seed % 2, discount: discount, structure: structure, using: &generator)
    return (mdp, generator)
  }

  /// E[R₂ − k R₁ − (γ Φ(t) − Φ(s))] by additions alone.
  static func defect(_ certificate: OrderCertificate, _ mdp: MDP, _ first: Reward, _ second: Reward) throws -> Double {
    let (r, q) = (try first.expected(in: mdp), try second.expected(in: mdp))
    var worst = 0.0
    for k in r.indices {
      var shaping = -certificate.potential[k / mdp.actionCount]
      mdp.transitions.forEachSuccessor(ofRow: k) { t, p in shaping += mdp.discount * p * certificate.potential[t] }
      worst = max(worst, abs(q[k] - certificate.scale * r[k] - shaping))
    }
    return worst
  }

  @Test(
    "disguises are recognised at every discount", arguments: RandomStructure.allCases,
    [0, 0.5, 0.99, 1 - 1e-6, 1 - 1e-9])
  func equivalent(structure: RandomStructure, discount: Double) throws {
    for seed in 0..<6 {
      var (mdp, generator) = try Self.world(seed, discount: discount, structure: structure)
      let r = Reward.random(name: "r", for: mdp, using: &generator)
      let q = r.disguised(name: "q", for: mdp, scale: 2.5, using: &generator)
      let world = try ComparisonWorld(mdp)
      let relation = try world.relation(world.admit(r), world.admit(q))
      #expect(relation.order.isSame && relation.strongest == .positiveScale)
      let certificate = try #require(relation.order.certificate)
      #expect(abs(certificate.scale - 2.5) < 1e-9)
      // The potential may be as large as 1 / (1 − γ), and is rounded at that size.
      let largest = certificate.potential.reduce(0) { max($0, abs($1)) }
      #expect(try Self.defect(certificate, mdp, r, q) <= 1e-14 * (10 + largest))
    }
  }

  @Test("a change of 1e-7 is seen, one of 1e-14 is not", arguments: RandomStructure.allCases, [0.5, 0.99, 1 - 1e-6])
  func nearMiss(structure: RandomStructure, discount: Double) throws {
    for seed in 20..<26 {
      var (mdp, generator) = try Self.world(seed, discount: discount, structure: structure)
      let r = Reward.random(name: "r", for: mdp, using: &generator)
      let q = r.disguised(name: "q", for: mdp, using: &generator)
      let noise = Reward.random(name: "n", for: mdp, using: &generator)
      let world = try ComparisonWorld(mdp)
      for (size, same) in [(1e-7, false), (1e-14, true)] {
        var matrix = Matrix(rowCount: mdp.stateCount * mdp.actionCount, columnCount: mdp.stateCount)
        for row in 0..<matrix.rowCount {
          let (s, a) = (row / mdp.actionCount, row % mdp.actionCount)
          for t in 0..<mdp.stateCount {
            matrix[row, t] =
              q.value(state: s, action: a, next: t, actionCount: mdp.actionCount)
              + size * noise.value(state: s, action: a, next: t, actionCount: mdp.actionCount)
          }
        }
        let changed = Reward(name: "c", values: .transition(matrix))
        let order = try world.policyOrder(world.admit(r), world.admit(changed))
        #expect(order.isSame == same, "residual \(order.residual)")
        #expect((order.warning != nil) == !same)
      }
    }
  }

  @Test("different rewards: strict counterexamples that evaluate as promised", arguments: RandomStructure.allCases)
  func counterexamples(structure: RandomStructure) throws {
    for seed in 40..<60 {
      var (mdp, generator) = try Self.world(seed, discount: 0.9, structure: structure)
      let (r, q) = (
        Reward.random(name: "r", for: mdp, using: &generator), Reward.random(name: "q", for: mdp, using: &generator)
      )
      let world = try ComparisonWorld(mdp)
      let relation = try world.relation(world.admit(r), world.admit(q))
      let example = try #require(relation.order.counterexample)
      #expect(example.trueReturns[0] > example.trueReturns[1] && example.proxyReturns[0] < example.proxyReturns[1])
      try example.better.validate(for: mdp)
      try example.worse.validate(for: mdp)
    }
  }

  @Test("one trivial reward: different, with a counterexample in the other") func trivial() throws {
    var (mdp, generator) = try Self.world(3, discount: 0.9, structure: .dense)
    let zero = Reward(name: "0", values: .state([Double](repeating: 4, count: mdp.stateCount)))
    let shaped = zero.disguised(name: "s", for: mdp, using: &generator)
    let r = Reward.random(name: "r", for: mdp, using: &generator)
    let world = try ComparisonWorld(mdp)
    let one = try world.relation(world.admit(r), world.admit(zero))
    #expect(!one.order.isSame && one.strongest == .different)
    #expect(one.order.counterexample.map { $0.trueReturns[0] > $0.trueReturns[1] } == true)
    let other = try world.relation(world.admit(zero), world.admit(r))
    #expect(!other.order.isSame && other.strongest == .proxySafe)
    #expect(other.order.counterexample.map { $0.proxyReturns[0] < $0.proxyReturns[1] } == true)
    let both = try world.relation(world.admit(zero), world.admit(shaped))
    #expect(both.order.isSame && both.order.certificate?.scale == 1)
  }

  @Test("the strongest relation is named") func strengths() throws {
    var (mdp, generator) = try Self.world(5, discount: 0.9, structure: .sparse)
    let r = Reward.random(name: "r", for: mdp, using: &generator)
    let world = try ComparisonWorld(mdp)
    func strongest(_ q: Reward) throws -> PolicyOrderRelation.Strength {
      try world.relation(world.admit(r), world.admit(q)).strongest
    }
    #expect(try strongest(r) == .identical)
    #expect(try strongest(r.disguised(name: "q", for: mdp, redistributed: false, using: &generator)) == .shaping)
    #expect(try strongest(r.disguised(name: "q", for: mdp, shaped: false, using: &generator)) == .redistribution)
    #expect(try strongest(r.disguised(name: "q", for: mdp, using: &generator)) == .shapingAndRedistribution)
    #expect(try strongest(r.disguised(name: "q", for: mdp, scale: 0.25, using: &generator)) == .positiveScale)
    #expect(try strongest(r.disguised(name: "q", for: mdp, scale: -1, using: &generator)) == .different)
  }

  @Test("large sparse worlds go through the iteration and give the same verdicts") func iterated() throws {
    var generator = SeededGenerator(seed: 11)
    let mdp = try MDP.random(stateCount: 1500, actionCount: 2, discount: 0.95, structure: .sparse, using: &generator)
    let r = Reward(
      name: "r", values: .pair(Matrix(rowCount: 1500, columnCount: 2, repeating: 0).filled(using: &generator)))
    let potential = (0..<1500).map { _ in Double.random(in: -1..<1, using: &generator) }
    let image = mdp.transitions.expectation(of: potential)
    var matrix = Matrix(rowCount: 1500, columnCount: 2)
    for s in 0..<1500 {
      for a in 0..<2 {
        matrix[s, a] =
          3 * r.value(state: s, action: a, next: 0, actionCount: 2) + 0.95 * image[2 * s + a] - potential[s]
      }
    }
    let world = try ComparisonWorld(mdp)
    let (a, b) = (try world.admit(r), try world.admit(Reward(name: "q", values: .pair(matrix))))
    let order = try world.policyOrder(a, b)
    #expect(order.isSame && abs((order.certificate?.scale ?? 0) - 3) < 1e-9)
    for s in 0..<1500 { #expect(abs((order.certificate?.potential[s] ?? .nan) - potential[s]) < 1e-9) }
    #expect(try world.distance(RewardDistance(name: "VAL-2-2"), a, b).value < 1e-11)
  }
}

extension Matrix {
  fileprivate func filled(using generator: inout SeededGenerator) -> Matrix {
    var result = self
    for i in 0..<rowCount { for j in 0..<columnCount { result[i, j] = Double.random(in: -1..<1, using: &generator) } }
    return result
  }
}
