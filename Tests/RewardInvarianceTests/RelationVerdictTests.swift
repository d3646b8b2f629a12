import LinearAlgebra
import MDPs
import RewardDistances
import RewardInvariance
import TestSupport
import Testing

@Suite("Verdicts on single relations") struct RelationVerdictTests {
  /// Three states in a row, the last one terminal; two actions; start in the first.
  static func chain(discount: Double = 0.9) throws -> MDP {
    try MDP(
      actionCount: 2,
      transitions: .dense(
        Matrix(rows: [[0.5, 0.5, 0], [0, 1, 0], [0, 0.25, 0.75], [1, 0, 0], [0, 0, 1], [0, 0, 1]])),
      discount: discount, initialDistribution: [1, 0, 0])
  }

  static let base = [[1.0, 2, 3], [0, 1, 0], [4, 1, 1], [0, 2, 1], [0, 0, 0], [0, 0, 0]]

  static func reward(_ name: String, _ change: (Int, Int, Int) -> Double = { _, _, _ in 0 }) throws -> Reward {
    Reward(
      name: name,
      values: .transition(
        try Matrix(
          rows: base.enumerated().map { k, row in
            row.enumerated().map { t, x in x + change(k / 2, k % 2, t) }
          })))
  }

  static func shaped(_ potential: [Double], discount: Double = 0.9) throws -> Reward {
    try reward("shaped") { s, _, t in discount * potential[t] - potential[s] }
  }

  static func holding(_ second: Reward, mdp: MDP? = nil) throws -> Set<RewardRelation> {
    let world = try ComparisonWorld(mdp ?? chain())
    let (a, b) = (try world.admit(reward("base")), try world.admit(second))
    let verdicts = world.verdicts(a, b)
    #expect(verdicts.count == RewardRelation.allCases.count)
    return Set(verdicts.filter(\.holds).map(\.relation))
  }

  static let onPolicies: Set<RewardRelation> = [
    .samePolicyOrder, .sameDeterministicOrder, .sameOptimalPolicies, .sameOptimalActions, .proxySafe, .unhackable,
  ]

  @Test("a reward and itself: all hold") func same() throws {
    #expect(try Self.holding(Self.reward("same")) == Set(RewardRelation.allCases))
  }

  @Test("shaping, by where the potential is 0") func shaping() throws {
    let always = Self.onPolicies.union([.shaping, .scaledShaping, .shapingAndRedistribution, .constantInitialShaping])
    #expect(try Self.holding(Self.shaped([1, 2, 3])) == always)
    #expect(try Self.holding(Self.shaped([0, 2, 3])) == always.union([.zeroInitialShaping]))
    #expect(try Self.holding(Self.shaped([1, 2, 0])) == always.union([.terminalShaping]))
  }

  @Test("a terminal state with a potential is named") func terminal() throws {
    let world = try ComparisonWorld(Self.chain())
    let verdict = try world.verdict(
      on: .terminalShaping, world.admit(Self.reward("base")), world.admit(Self.shaped([0, 0, 3])))
    #expect(!verdict.holds && verdict.reason.contains("terminal state 2"))
  }

  @Test("redistribution, masks, scale") func others() throws {
    let redistributed = try Self.reward("r") { s, a, t in (s, a) == (0, 0) ? [1, -1, 0][t] : 0 }
    #expect(try Self.holding(redistributed) == Self.onPolicies.union([.redistribution, .shapingAndRedistribution]))
    let impossible = try Self.reward("i") { s, a, t in (s, a, t) == (0, 0, 2) ? 5 : 0 }
    #expect(
      try Self.holding(impossible).isSuperset(of: [
        .impossibleMask, .unreachableMask, .redistribution, .samePolicyOrder,
      ]))
    let doubled = try Self.reward("d") { s, a, t in Self.base[2 * s + a][t] }
    #expect(
      try Self.holding(doubled) == Self.onPolicies.union([.scaledShaping, .zeroPreservingMonotone]))
    let monotone = try Self.reward("m") { s, a, t in Self.base[2 * s + a][t] == 4 ? 50 : 0 }
    #expect(try Self.holding(monotone).contains(.zeroPreservingMonotone))
  }

  @Test("deterministic policies alike, mixtures not: a bandit") func deterministic() throws {
    let bandit = try MDP(actionCount: 3, transitions: .dense(Matrix(rows: [[1], [1], [1]])), discount: 0.5)
    let world = try ComparisonWorld(bandit)
    let (a, b) = (
      try world.admit(Reward(name: "a", values: .pair(Matrix(rows: [[0, 0.4, 1]])))),
      try world.admit(Reward(name: "b", values: .pair(Matrix(rows: [[0, 0.9, 1]]))))
    )
    #expect(try world.verdict(on: .sameDeterministicOrder, a, b).holds)
    let order = try world.verdict(on: .samePolicyOrder, a, b)
    #expect(!order.holds)
    let certificate = try #require(RelationCertificate(order, truth: "a", proxy: "b"))
    #expect(certificate.check(on: bandit, a.original, b.original).isValid)
    #expect(!certificate.check(on: bandit, a.original, a.original).isValid)
  }

  @Test("certificates are checked by additions", arguments: RandomStructure.allCases) func certificates(
    structure: RandomStructure
  ) throws {
    var generator = SeededGenerator(seed: 77)
    let mdp = try MDP.random(stateCount: 6, actionCount: 3, discount: 0.95, structure: structure, using: &generator)
    let r = Reward.random(name: "r", for: mdp, using: &generator)
    let q = r.disguised(name: "q", for: mdp, scale: 4, using: &generator)
    let world = try ComparisonWorld(mdp)
    let verdict = try world.verdict(on: .samePolicyOrder, world.admit(r), world.admit(q))
    let certificate = try #require(RelationCertificate(verdict, truth: "r", proxy: "q"))
    #expect(certificate.check(on: mdp, r, q).isValid)
    guard case .shaping(let scale, var potential) = certificate.proof else { return }
    potential[2] += 1e-3
    for proof in [
      RelationCertificate.Proof.shaping(scale: scale * 1.001, potential: potential),
      .shaping(scale: scale, potential: potential), .shaping(scale: -scale, potential: potential),
      .shaping(scale: scale, potential: [1]), .shaping(scale: .nan, potential: potential),
    ] {
      let tampered = RelationCertificate(relation: .samePolicyOrder, truth: "r", proxy: "q", proof: proof)
      #expect(!tampered.check(on: mdp, r, q).isValid)
    }
  }

  @Test("names of relations, and of a comparison's strongest one") func names() throws {
    for relation in RewardRelation.allCases { #expect(RewardRelation(name: relation.rawValue) == relation) }
    for strength in PolicyOrderRelation.Strength.allCases where strength != .different {
      #expect(RewardRelation(name: strength.rawValue) != nil, "\(strength.rawValue)")
    }
    #expect(RewardRelation(name: "Same Optimal Policies") == .sameOptimalPolicies && RewardRelation(name: "x") == nil)
  }
}
