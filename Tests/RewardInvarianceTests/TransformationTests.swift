import LinearAlgebra
import MDPs
import RewardInvariance
import TestSupport
import Testing

/// A random change of exactly the given kind.
func transformed(
  _ reward: Reward, by kind: RewardTransformation, in mdp: MDP, terminals: [Bool],
  using generator: inout SeededGenerator
) throws -> Reward {
  var changed = reward
  if kind.isScaled { changed = try changed.scaled(by: 0.5 + 2 * generator.uniform()) }
  if kind.shaping != .none {
    var potential = Potentials.random(for: mdp, size: 3, using: &generator)
    // A constant that still shows in the rewards when the discount is near 1.
    let common = (0.5 + generator.uniform()) / (1 - mdp.discount)
    if kind.shaping == .any || kind.shaping == .commonInitial { potential = potential.map { $0 + common } }
    for s in potential.indices {
      switch kind.shaping {
      case .zeroInitial where mdp.initialDistribution[s] > 0: potential[s] = 0
      case .commonInitial where mdp.initialDistribution[s] > 0: potential[s] = common
      case .zeroTerminal where terminals[s]: potential[s] = 0
      default: break
      }
    }
    changed = try changed.shaped(by: potential, in: mdp)
  }
  if kind.isRedistributed {
    let noise = try randomReward(mdp, using: &generator)
    changed = try changed.redistributed(in: mdp) {
      noise.value(state: $0, action: $1, next: $2, actionCount: mdp.actionCount)
    }
  }
  let reachable = mdp.reachableStates()
  let noise = try randomReward(mdp, using: &generator)
  return try changed.adding(in: mdp) { s, a, t in
    let isFree =
      switch kind.mask {
      case .none: false
      case .impossible: mdp.transitions[mdp.pair(s, a), t] == 0
      case .unreachable: mdp.transitions[mdp.pair(s, a), t] == 0 || !reachable[s]
      }
    return isFree ? noise.value(state: s, action: a, next: t, actionCount: mdp.actionCount) : 0
  }
}

@Suite("Kinds of transformations") struct TransformationTests {
  @Test("names are read back, and the order of kinds is one") func names() {
    #expect(RewardTransformation.all.count == 50)
    for kind in RewardTransformation.all {
      #expect(RewardTransformation(name: kind.name) == kind)
      #expect(kind.isWithin(kind))
      #expect(RewardTransformation.identity.isWithin(kind))
      if kind.shaping != .any { #expect(!RewardTransformation(shaping: .any).isWithin(kind)) }
      for other in RewardTransformation.all where kind.isWithin(other) && other.isWithin(kind) {
        #expect(kind == other)
      }
    }
    for relation in RewardRelation.all { #expect(RewardRelation(name: relation.name) == relation) }
    // Blanks and hyphens count alike, and comparisons call the same ideas by the same names.
    #expect(RewardRelation(name: "same-policy-order") == .samePolicyOrder)
    #expect(RewardRelation(name: "scale+shaping+redistribution")?.name == "scale + shaping + redistribution")
    for strength in PolicyOrderRelation.Strength.allCases where strength != .different {
      let relation = RewardRelation(name: strength.rawValue)
      #expect(strength == .positiveScale ? relation == .samePolicyOrder : relation?.name == strength.rawValue)
    }
    for name in ["", "+", "scale+", "scale+scale", "shaping+shaping", "samepolicyorder"] {
      #expect(RewardRelation(name: name) == nil)
    }
  }

  @Test(
    "a change of each kind is found with a certificate, and no narrower kind is claimed",
    arguments: [0, 0.5, 0.95, 1 - 1e-9])
  func everyKind(discount: Double) throws {
    for (seed, sparse) in [(1, false), (3, true)] {
      for kind in RewardTransformation.all.enumerated().filter({ !sparse || $0.offset % 3 == 0 }).map(\.element) {
        var generator = SeededGenerator(seed: seed)
        let mdp = try randomWorld(
          states: 8, actions: 2, discount: discount, hidden: 2, ends: true, startStates: 2, sparse: sparse,
          using: &generator)
        let terminals = mdp.absorbingStates()
        let first = try randomReward(mdp, using: &generator)
        let second = try transformed(first, by: kind, in: mdp, terminals: terminals, using: &generator)
        var options = InvarianceOptions()
        options.terminals = terminals
        let check = try InvarianceCheck(mdp, from: first, to: second, options: options)
        for other in RewardTransformation.all {
          let finding = try check.decide(.transformed(other))
          // At discount 0 only start states are reachable, and some kinds coincide; near 1 a potential of 1 at a terminal
          // state changes its loop by 1 − γ, below the tolerance. No negatives are asked for there.
          let coincides =
            discount == 0 || (discount > 0.999 && kind.shaping == .zeroInitial && other.shaping == .zeroTerminal)
          if kind.isWithin(other) || !coincides {
            #expect(
              finding.holds == kind.isWithin(other),
              "\(kind.name) asked as \(other.name), discount \(discount), seed \(seed)")
          }
          if finding.holds {
            guard case .certificate(let certificate) = finding.evidence else {
              Issue.record("no certificate for \(other.name)")
              continue
            }
            let verdict = CertificateChecker().check(certificate, first: first, second: second, in: mdp)
            #expect(verdict.isValid, "\(kind.name) asked as \(other.name): \(verdict.fault ?? "")")
          } else {
            #expect(finding.evidence != nil, "\(kind.name) asked as \(other.name)")
          }
        }
      }
    }
  }

  @Test("a certificate that was tampered with does not check") func tampering() throws {
    var generator = SeededGenerator(seed: 11)
    let mdp = try randomWorld(states: 5, actions: 2, discount: 0.9, using: &generator)
    let first = try randomReward(mdp, using: &generator)
    let second = try transformed(first, by: .policyOrder, in: mdp, terminals: [], using: &generator)
    let finding = try InvarianceCheck(mdp, from: first, to: second).decide(.samePolicyOrder)
    guard case .certificate(let good) = finding.evidence, let z = good.redistribution else {
      Issue.record("a certificate is needed")
      return
    }
    let checker = CertificateChecker()
    #expect(checker.check(good, first: first, second: second, in: mdp).isValid)
    func copy(
      _ kind: RewardTransformation? = nil, scale: Double? = nil, potential: [Double]? = nil, constants: [Double]? = nil,
      z: SparseRows?? = nil, discount: Double? = nil
    ) -> InvarianceCertificate {
      InvarianceCertificate(
        transformation: kind ?? good.transformation, scale: scale ?? good.scale,
        shapingPotential: potential ?? good.shapingPotential, constants: constants ?? good.constants,
        redistribution: z ?? good.redistribution, discount: discount ?? good.discount)
    }
    var bent = good.shapingPotential
    bent[2] += 1e-6
    let triplets = (0..<z.rowCount).flatMap { i in
      z.positions(ofRow: i).map { SparseRows.Triplet(row: i, column: Int(z.columns[$0]), value: z.values[$0] + 1e-6) }
    }
    let moved = try SparseRows(rowCount: z.rowCount, columnCount: z.columnCount, triplets: triplets)
    let tampered = [
      copy(scale: good.scale * (1 + 1e-6)), copy(scale: -1), copy(potential: bent), copy(potential: [0]),
      copy(constants: good.constants.map { $0 + 1e-6 }), copy(z: moved), copy(discount: 0.8),
      copy(RewardTransformation(scaled: true, shaping: .any)),
      copy(RewardTransformation(shaping: .any, redistributed: true)),
      copy(RewardTransformation(scaled: true, shaping: .any), z: .some(nil)),
      copy(RewardTransformation(scaled: true, shaping: .commonInitial, redistributed: true)),
      copy(RewardTransformation(scaled: true, shaping: .zeroTerminal, redistributed: true)),
    ]
    for (i, certificate) in tampered.enumerated() {
      let verdict = checker.check(certificate, first: first, second: second, in: mdp)
      #expect(!verdict.isValid, "tampering \(i)")
      #expect(verdict.fault != nil)
    }
    // Without the redistribution the checker averages the differences itself.
    #expect(checker.check(copy(z: .some(nil)), first: first, second: second, in: mdp).isValid)
  }
}
