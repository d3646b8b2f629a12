import LinearAlgebra
import MDPs
import RewardDistances
import TestSupport
import Testing

/// Laws over random worlds, dense, sparse and deterministic.
@Suite("Laws of canonicalisations, distances and regret") struct LawTests {
  struct Sample: Sendable, CustomTestStringConvertible {
    let structure: RandomStructure
    let discount: Double
    let seed: Int
    var testDescription: String { "\(structure.rawValue) γ=\(discount) #\(seed)" }

    func world(_ generator: inout SeededGenerator) throws -> ComparisonWorld {
      try ComparisonWorld(
        MDP.random(
          stateCount: 3 + seed % 5, actionCount: 2 + seed % 3, discount: discount, structure: structure,
          using: &generator))
    }
  }

  static let samples = RandomStructure.allCases.flatMap { structure in
    [0.0, 0.5, 0.9, 0.99].enumerated().flatMap { i, discount in
      (0..<2).map { Sample(structure: structure, discount: discount, seed: 10 * i + $0) }
    }
  }

  static let valid: [Canonicalisation] = [.valueAdjustedLevelling, .minimalL2, .projection]
  static let distances = ["VAL-2-2", "VAL-1-1", "VAL-inf-inf", "MinimalL2-2-2", "Projection-2-angle", "range"]

  @Test("valid canonicalisations: invariant, linear, idempotent, returns kept", arguments: samples)
  func canonicalisations(sample: Sample) throws {
    var generator = SeededGenerator(seed: sample.seed)
    let world = try sample.world(&generator)
    let r = Reward.random(name: "r", for: world.mdp, using: &generator)
    let (plain, disguised) = (
      try world.admit(r), try world.admit(r.disguised(name: "d", for: world.mdp, using: &generator))
    )
    let tolerance = 1e-12 / (1 - sample.discount)
    for canonicalisation in Self.valid {
      let (f, g) = (try plain.canonical(canonicalisation), try disguised.canonical(canonicalisation))
      expectEqual(f.dense.elements, g.dense.elements, tolerance)
      let again = try world.admit(Reward(name: "again", values: .transition(f.dense)))
      for other in Self.valid {
        // c' ∘ c = c' for any two valid canonicalisations.
        expectEqual(
          try again.canonical(other).dense.elements, try plain.canonical(other).dense.elements, tolerance)
      }
    }
  }

  @Test("forms that forget shaping alone: invariant under shaping", arguments: samples)
  func shapingForms(sample: Sample) throws {
    var generator = SeededGenerator(seed: 100 + sample.seed)
    let world = try sample.world(&generator)
    let r = Reward.random(name: "r", for: world.mdp, using: &generator)
    let shaped = r.disguised(name: "s", for: world.mdp, redistributed: false, using: &generator)
    let (plain, changed) = (try world.admit(r), try world.admit(shaped))
    for canonicalisation in [
      Canonicalisation.epic, .dard, .sparsityResilient, .valuePotential, .minimalPotential, .greedy, .singleton,
    ] {
      expectEqual(
        try plain.canonical(canonicalisation).dense.elements, try changed.canonical(canonicalisation).dense.elements,
        1e-12 / (1 - sample.discount))
    }
  }

  @Test("linear forms are linear", arguments: samples)
  func linearity(sample: Sample) throws {
    var generator = SeededGenerator(seed: 400 + sample.seed)
    let world = try sample.world(&generator)
    let (first, second) = (
      try world.admit(.random(name: "1", for: world.mdp, using: &generator)),
      try world.admit(.random(name: "2", for: world.mdp, using: &generator))
    )
    func mixed(_ form: Canonicalisation) throws -> Matrix {
      let (x, y) = (try first.canonical(form).dense, try second.canonical(form).dense)
      return try Matrix(
        rowCount: x.rowCount, columnCount: x.columnCount, elements: zip(x.elements, y.elements).map { 2 * $0 - 3 * $1 })
    }
    let mixture = try world.admit(Reward(name: "mixture", values: .transition(mixed(.none))))
    for form in Canonicalisation.allCases where form.isLinear {
      expectEqual(
        try mixture.canonical(form).dense.elements, try mixed(form).elements, 1e-11 / (1 - sample.discount))
    }
  }

  @Test(
    "distances: symmetric, triangle inequality, 0 on disguises, 2 on negation; regret between the range bounds",
    arguments: samples)
  func distances(sample: Sample) throws {
    var generator = SeededGenerator(seed: 200 + sample.seed)
    let world = try sample.world(&generator)
    let rewards = (0..<3).map { Reward.random(name: "\($0)", for: world.mdp, using: &generator) }
    let admitted = try rewards.map { try world.admit($0) }
    let twin = try world.admit(rewards[0].disguised(name: "twin", for: world.mdp, scale: 3, using: &generator))
    let negated = try world.admit(rewards[0].disguised(name: "negated", for: world.mdp, scale: -2, using: &generator))
    for name in Self.distances {
      let distance = try RewardDistance(name: name)
      func d(_ a: ComparedReward, _ b: ComparedReward) throws -> Double { try world.distance(distance, a, b).value }
      let (xy, yz, xz) = (
        try d(admitted[0], admitted[1]), try d(admitted[1], admitted[2]), try d(admitted[0], admitted[2])
      )
      #expect(abs(xy - (try d(admitted[1], admitted[0]))) < 1e-12)
      #expect(xz <= xy + yz + 1e-12)
      #expect(try d(admitted[0], twin) < 1e-10)
      #expect(abs(try d(admitted[0], negated) - (name.hasSuffix("angle") ? .pi : 2)) < 1e-7)
      #expect(abs(try d(twin, admitted[1]) - xy) < 1e-9)
    }
    let regret = try world.worstCaseRegret(of: admitted[1], truth: admitted[0])
    let range = try world.distance(.range, admitted[0], admitted[1]).value
    #expect(regret.normalised <= range + 1e-10 && regret.normalised >= range / 2 - 1e-10)
    #expect(try world.worstCaseRegret(of: twin, truth: admitted[0]).normalised < 1e-10)
    #expect(abs(try world.worstCaseRegret(of: negated, truth: admitted[0]).normalised - 1) < 1e-10)
    let optimal = try world.optimalPolicyRegret(of: admitted[1], truth: admitted[0])
    #expect(optimal.worst <= regret.upper + 1e-9 && optimal.best <= optimal.worst)
  }

  @Test("EPIC Pearson is half of EPIC-2-2") func halfChord() throws {
    var generator = SeededGenerator(seed: 7)
    let world = try Self.samples[5].world(&generator)
    let (a, b) = (
      try world.admit(.random(name: "a", for: world.mdp, using: &generator)),
      try world.admit(.random(name: "b", for: world.mdp, using: &generator))
    )
    let chord = try world.distance(RewardDistance(name: "EPIC-2-2"), a, b).value
    #expect(abs(try world.distance(RewardDistance(name: "EPIC"), a, b).value - chord / 2) < 1e-14)
  }

  @Test("dense and sparse storage give the same numbers, whatever the form of the reward")
  func storage() throws {
    var generator = SeededGenerator(seed: 3)
    let sparse = try MDP.random(stateCount: 6, actionCount: 3, discount: 0.9, structure: .sparse, using: &generator)
    guard case .sparse(let rows) = sparse.transitions else { return }
    let dense = try MDP(
      actionCount: 3, transitions: .dense(rows.dense), discount: 0.9, initialDistribution: sparse.initialDistribution)
    let pairs = Matrix.random(6, 3, using: &generator)
    var table = Matrix(rowCount: 18, columnCount: 6)
    for row in 0..<18 {
      for t in 0..<2 { table[row, (row + 2 * t) % 6] = Double.random(in: -1..<1, using: &generator) }
    }
    let byState = (0..<6).map { _ in Double.random(in: -1..<1, using: &generator) }
    func asTable(_ value: (Int, Int, Int) -> Double) -> Reward {
      var matrix = Matrix(rowCount: 18, columnCount: 6)
      for row in 0..<18 { for t in 0..<6 { matrix[row, t] = value(row / 3, row % 3, t) } }
      return Reward(name: "table", values: .transition(matrix))
    }
    let forms: [(Reward, Reward)] = [
      (Reward(name: "p", values: .pair(pairs)), asTable { s, a, _ in pairs[s, a] }),
      (Reward(name: "t", values: .sparseTransition(SparseRows(table))), Reward(name: "t", values: .transition(table))),
      (Reward(name: "s", values: .state(byState)), asTable { s, _, _ in byState[s] }),
    ]
    let (thin, full) = (try ComparisonWorld(sparse), try ComparisonWorld(dense))
    for (i, a) in forms.enumerated() {
      for b in forms[(i + 1)...] {
        for distance in RewardDistance.all {
          let got = try thin.distance(distance, thin.admit(a.0), thin.admit(b.0)).value
          let want = try full.distance(distance, full.admit(a.1), full.admit(b.1)).value
          #expect(abs(got - want) < 1e-12 * max(1, want), "\(distance)")
        }
      }
    }
  }
}

extension Matrix {
  static func random(_ rows: Int, _ columns: Int, using generator: inout SeededGenerator) -> Matrix {
    var result = Matrix(rowCount: rows, columnCount: columns)
    for i in 0..<rows { for j in 0..<columns { result[i, j] = Double.random(in: -1..<1, using: &generator) } }
    return result
  }
}

func expectEqual(_ x: [Double], _ y: [Double], _ tolerance: Double, sourceLocation: SourceLocation = #_sourceLocation) {
  #expect(x.count == y.count, sourceLocation: sourceLocation)
  let worst = zip(x, y).reduce(0) { max($0, abs($1.0 - $1.1)) }
  #expect(worst <= tolerance, sourceLocation: sourceLocation)
}
