import LinearAlgebra
import MDPs
import RewardDistances
import TestSupport
import Testing

@Suite("Many rewards at once") struct RewardMatrixTests {
  /// Rewards of every shape: random ones, equivalent ones, opposite ones, trivial ones, and near misses.
  static func rewards(_ mdp: MDP, _ generator: inout SeededGenerator) throws -> [Reward] {
    let (S, A) = (mdp.stateCount, mdp.actionCount)
    func numbers(_ count: Int) -> [Double] { (0..<count).map { _ in Double.random(in: -1..<1, using: &generator) } }
    let first = Reward.random(name: "transition", for: mdp, using: &generator)
    let pair = try Matrix(rowCount: S, columnCount: A, elements: numbers(S * A))
    let near = try Matrix(rowCount: S, columnCount: A, elements: pair.elements.map { $0 * (1 + 1e-7 * numbers(1)[0]) })
    return [
      first, first.disguised(name: "disguised", for: mdp, scale: 3, using: &generator),
      first.disguised(name: "opposite", for: mdp, scale: -1, using: &generator),
      Reward(name: "state", values: .state(numbers(S))), Reward(name: "pair", values: .pair(pair)),
      Reward(name: "near", values: .pair(near)), Reward(name: "zero", values: .state(numbers(S).map { _ in 0 })),
      Reward(name: "constant", values: .state([Double](repeating: 2, count: S))),
    ]
  }

  @Test("the matrix is the pairs, for every distance", arguments: RandomStructure.allCases, [0.0, 0.9])
  func pairs(structure: RandomStructure, discount: Double) throws {
    var generator = SeededGenerator(seed: 5)
    let mdp = try MDP.random(
      stateCount: 4, actionCount: 3, discount: discount, structure: structure, using: &generator)
    let all = try Self.rewards(mdp, &generator)
    // The shape of all rewards decides how they are laid out: once every transition, once pairs alone.
    for rewards in [all, Array(all[3...])] {
      // A second world, so that nothing of the block computation is shared.
      let (world, other) = (try ComparisonWorld(mdp), try ComparisonWorld(mdp))
      let (many, single) = (try world.admit(rewards), try other.admit(rewards))
      for distance in RewardDistance.all {
        let matrix = try world.matrix(of: .distance(distance), many)
        #expect(matrix.names == rewards.map(\.name))
        for i in rewards.indices {
          for j in rewards.indices {
            let want = try other.distance(distance, single[i], single[j]).value
            let got = matrix.values[i, j]
            #expect(abs(got - want) <= 1e-9 * want + 4e-9, "\(distance.name) \(i) \(j): \(got), not \(want)")
            #expect(want <= 1e-6 || abs(got - want) <= 1e-8 * want, "\(distance.name) \(i) \(j): \(got), not \(want)")
          }
        }
      }
    }
  }

  @Test("worst-case regret from row to column") func regret() throws {
    var generator = SeededGenerator(seed: 6)
    let mdp = try MDP.random(stateCount: 5, actionCount: 2, discount: 0.8, using: &generator)
    let world = try ComparisonWorld(mdp)
    let rewards = try world.admit(Self.rewards(mdp, &generator))
    let matrix = try world.matrix(of: .regret, rewards)
    for (i, truth) in rewards.enumerated() {
      for (j, proxy) in rewards.enumerated() {
        let want = try world.worstCaseRegret(of: proxy, truth: truth).normalised
        #expect(abs(matrix.values[i, j] - want) <= 1e-12)
      }
    }
    #expect(matrix.values[0, 1] < 1e-10 && matrix.values[0, 2] == 1 && !matrix.measure.isSymmetric)
  }

  @Test("small chords keep their digits") func smallChords() throws {
    var generator = SeededGenerator(seed: 7)
    let mdp = try MDP.random(stateCount: 12, actionCount: 3, discount: 0.9, using: &generator)
    let world = try ComparisonWorld(mdp)
    let base = (0..<36).map { _ in Double.random(in: -1..<1, using: &generator) }
    let change = (0..<36).map { _ in Double.random(in: -1..<1, using: &generator) }
    let rewards = try [0, 1e-3, 1e-6, 1e-9, 1e-12].map { size in
      Reward(
        name: "\(size)",
        values: .pair(
          try Matrix(rowCount: 12, columnCount: 3, elements: zip(base, change).map { $0 + size * $1 })))
    }
    let matrix = try world.matrix(of: .distance(RewardDistance(name: "VAL-2-2")), try world.admit(rewards))
    // Distances to the first reward shrink with the change, to rounding.
    let reference = matrix.values[0, 1] / 1e-3
    for (j, size) in [(2, 1e-6), (3, 1e-9), (4, 1e-12)] {
      #expect(abs(matrix.values[0, j] / size - reference) <= reference * (2e-3 + 1e-14 / size))
    }
  }

  @Test("rewards by pair on a larger world, against the definition") func definition() throws {
    var generator = SeededGenerator(seed: 8)
    let mdp = try MDP.random(stateCount: 40, actionCount: 3, discount: 0.9, using: &generator)
    let rewards = try (0..<30).map { i in
      Reward(
        name: "r\(i)",
        values: .pair(
          try Matrix(
            rowCount: 40, columnCount: 3, elements: (0..<120).map { _ in Double.random(in: -1..<1, using: &generator) }
          )))
    }
    let world = try ComparisonWorld(mdp)
    let matrix = try world.matrix(of: .distance(RewardDistance(name: "VAL-2-2")), try world.admit(rewards)).values
    // Iterate V = r_π + γ P_π V, without any factorisation.
    func advantage(_ r: [Double]) -> [Double] {
      var values = [Double](repeating: 0, count: 40)
      var q = r
      for _ in 0..<500 {
        let next = mdp.transitions.expectation(of: values)
        for k in q.indices { q[k] = r[k] + 0.9 * next[k] }
        for s in 0..<40 { values[s] = (q[3 * s] + q[3 * s + 1] + q[3 * s + 2]) / 3 }
      }
      for k in q.indices { q[k] -= values[k / 3] }
      let size = norm2(q)
      return q.map { $0 / size }
    }
    let forms = try rewards.map { advantage(try $0.expected(in: mdp)) }
    for i in 0..<30 {
      for j in 0..<30 {
        let want = norm2(zip(forms[i], forms[j]).map { $0 - $1 })
        #expect(abs(matrix[i, j] - want) <= 1e-12)
      }
    }
  }

  @Test("names of measures, and nearest names for those that do not exist") func names() throws {
    #expect(try PairMeasure(name: "regret") == .regret)
    #expect(try PairMeasure(name: "range").name == "range")
    #expect(throws: RewardDistanceError.unknownDistance(name: "regrets", nearest: ["regret"])) {
      try PairMeasure(name: "regrets")
    }
    #expect(throws: RewardDistanceError.self) { try PairMeasure(name: "VAL-2-3") }
  }

  @Test("a curve of checkpoints is the pairs") func curve() throws {
    var generator = SeededGenerator(seed: 9)
    let mdp = try MDP.random(stateCount: 5, actionCount: 2, discount: 0.9, using: &generator)
    let rewards = try Self.rewards(mdp, &generator)
    let world = try ComparisonWorld(mdp)
    let curve = try world.curve(
      against: rewards[0], checkpoints: Array(rewards[1...]), distances: RewardDistance.summary)
    let admitted = try world.admit(rewards)
    #expect(curve.checkpoints == rewards[1...].map(\.name) && curve.truth == "transition")
    for (k, line) in curve.lines.enumerated() {
      #expect(line.distance == RewardDistance.summary[k])
      for (i, value) in line.values.enumerated() {
        let want = try world.distance(line.distance, admitted[0], admitted[i + 1]).value
        #expect(abs(value - want) <= 1e-11)
      }
    }
    for (i, regret) in curve.regrets.enumerated() {
      let want = try world.worstCaseRegret(of: admitted[i + 1], truth: admitted[0])
      #expect(abs(regret.normalised - want.normalised) <= 1e-12)
    }
  }

  @Test("average linkage: a textbook case, ties, and the order of the leaves") func clusters() throws {
    // SciPy 1.10, linkage(squareform(D), "average"): heights 2, 3, 6, 8.5 with members {0,1}, {3,4}, {2}+{3,4}, all.
    let distances = try Matrix(rows: [
      [0, 2, 9, 10, 8], [2, 0, 8, 9, 7], [9, 8, 0, 5, 7], [10, 9, 5, 0, 3], [8, 7, 7, 3, 0],
    ])
    let clusters = AverageLinkage(distances)
    #expect(clusters.merges.map(\.height) == [2, 3, 6, 8.5])
    #expect(clusters.merges.map(\.first) == [0, 3, 2, 5] && clusters.merges.map(\.second) == [1, 4, 6, 7])
    #expect(clusters.order == [0, 1, 4, 3, 2])
    #expect(AverageLinkage(Matrix(rowCount: 4, columnCount: 4)).order == [0, 1, 2, 3])
    #expect(AverageLinkage(Matrix(rowCount: 1, columnCount: 1)).order == [0])
    #expect(AverageLinkage(Matrix(rowCount: 0, columnCount: 0)).order.isEmpty)
  }
}

@Suite("Least norms and half scales") struct LeastNormTests {
  @Test("least L1 and L∞ norms of the worked example") func worked() throws {
    let world = try WorkedExample.world()
    let (r1, r2, _) = try WorkedExample.rewards(in: world)
    for (reward, one, infinity) in [(r1, 25.0 / 9, 7.0 / 6), (r2, 11.0 / 9, 0.5)] {
      let l1 = try reward.canonical(.minimalL1).dense.elements
      let linf = try reward.canonical(.minimalLinf).dense.elements
      #expect(abs(norm1(l1) - one) <= 1e-7 * one)
      #expect(abs(normInfinity(linf) - infinity) <= 1e-7)
    }
  }

  @Test("equivalent to the reward, the same for equivalent rewards, and no other form is smaller")
  func least() throws {
    for (seed, structure) in RandomStructure.allCases.enumerated() {
      var generator = SeededGenerator(seed: 40 + seed)
      let mdp = try MDP.random(stateCount: 4, actionCount: 3, discount: 0.9, structure: structure, using: &generator)
      let world = try ComparisonWorld(mdp)
      let r = Reward.random(name: "r", for: mdp, using: &generator)
      let plain = try world.admit(r)
      let disguised = try world.admit(r.disguised(name: "d", for: mdp, scale: 2, using: &generator))
      let shaped = try world.admit(r.disguised(name: "s", for: mdp, redistributed: false, using: &generator))
      func size(_ c: Canonicalisation, _ norm: ([Double]) -> Double) throws -> Double {
        norm(try plain.canonical(c).dense.elements)
      }
      for (c, norm) in [(Canonicalisation.minimalL1, norm1), (.minimalLinf, normInfinity)] {
        let form = try plain.canonical(c)
        let again = try world.admit(Reward(name: "again", values: .transition(form.dense)))
        let gap = zip(try again.projected().values, try plain.projected().values).map { $0 - $1 }
        #expect(normInfinity(gap) <= 1e-9)
        let other = try disguised.canonical(c).dense.elements
        #expect(normInfinity(zip(form.dense.elements, other).map { 2 * $0 - $1 }) <= 1e-8)
        for valid in [Canonicalisation.valueAdjustedLevelling, .minimalL2] {
          #expect(try size(c, norm) <= size(valid, norm) * (1 + 1e-9))
        }
      }
      for (c, norm) in [(Canonicalisation.minimalPotentialL1, norm1), (.minimalPotentialLinf, normInfinity)] {
        let (form, other) = (try plain.canonical(c).dense.elements, try shaped.canonical(c).dense.elements)
        #expect(normInfinity(zip(form, other).map { $0 - $1 }) <= 1e-8)
        for like in [Canonicalisation.minimalPotential, .epic, .none, .valuePotential] {
          #expect(try size(c, norm) <= size(like, norm) * (1 + 1e-9))
        }
      }
      #expect(!Canonicalisation.minimalL1.isStandard && !Canonicalisation.minimalLinf.isLinear)
    }
  }

  @Test("half scales are halves, and only distances on a scale have them") func half() throws {
    let world = try WorkedExample.world()
    let (r1, r2, _) = try WorkedExample.rewards(in: world)
    for name in ["VAL-2-2", "range", "EPIC-u2-u2"] {
      let (whole, half) = (try RewardDistance(name: name), try RewardDistance(name: "\(name)-half"))
      #expect(half.name == "\(name)-half")
      let (full, part) = (try world.distance(whole, r1, r2).value, try world.distance(half, r1, r2).value)
      #expect(abs(full - 2 * part) <= 1e-14)
    }
    for name in ["EPIC-half", "VAL-2-angle-half", "VAL-2-2-half-half", "-half"] {
      #expect(throws: RewardDistanceError.self) { try RewardDistance(name: name) }
    }
  }
}

@Suite("What distances prove about regret") struct RegretBoundTests {
  @Test("regret lies in every proven interval", arguments: RandomStructure.allCases, 0..<4)
  func enclosures(structure: RandomStructure, seed: Int) throws {
    var generator = SeededGenerator(seed: 70 + seed)
    let mdp = try MDP.random(
      stateCount: 3 + seed % 3, actionCount: 2 + seed % 2, discount: [0.5, 0.9][seed % 2], structure: structure,
      using: &generator)
    let world = try ComparisonWorld(mdp)
    let rewards = try world.admit(RewardMatrixTests.rewards(mdp, &generator))
    let mixed = try ["VAL-1-2", "VAL-2-inf", "VAL-u2-w1", "VAL-1-sup"].map { try RewardDistance(name: $0) }
    let distances = RewardDistance.all + mixed
    for truth in [rewards[0], rewards[3]] {
      for proxy in rewards {
        let values = try distances.map { try world.distance($0, truth, proxy) }
        let regret = try world.worstCaseRegret(of: proxy, truth: truth).normalised
        let optimal = try world.optimalPolicyRegret(of: proxy, truth: truth).normalisedWorst
        let bounds = try world.regretBounds(of: values, truth, proxy)
        #expect(bounds.contains { $0.distance == .range } && bounds.count >= 10)
        for bound in bounds {
          let value = bound.quantity == .worstCase ? regret : optimal
          #expect(
            bound.lower - 1e-9 <= value && value <= bound.upper + 1e-9,
            "\(bound.distance.name): \(value) is not in [\(bound.lower), \(bound.upper)]")
        }
      }
    }
    #expect(try world.regretBounds(of: [], rewards[6], rewards[0]).isEmpty)
  }
}
