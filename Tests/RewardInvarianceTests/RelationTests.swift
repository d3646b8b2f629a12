import JSON
import LinearAlgebra
import MDPs
import RewardDistances
import RewardInvariance
import TestSupport
import Testing

/// Every verdict must come with evidence: a certificate that the checker accepts, or a counterexample.
private func expectEvidence(
  _ finding: RelationFinding, _ first: Reward, _ second: Reward, _ mdp: MDP, _ context: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let name = "\(finding.relation.name) \(context)"
  switch finding.verdict {
  case .undecided(let reason): Issue.record("\(name) undecided: \(reason)", sourceLocation: sourceLocation)
  case .holds:
    guard let evidence = finding.evidence, evidence.isCertificate else {
      Issue.record("\(name) holds without a certificate", sourceLocation: sourceLocation)
      return
    }
    let verdict = CertificateChecker().check(evidence, of: finding.relation, first: first, second: second, in: mdp)
    #expect(verdict.isValid, "\(name): \(verdict.fault ?? "")", sourceLocation: sourceLocation)
  case .fails:
    guard let evidence = finding.evidence, !evidence.isCertificate else {
      Issue.record("\(name) fails without a counterexample", sourceLocation: sourceLocation)
      return
    }
    if case .order(let pair) = evidence {
      #expect(pair.trueReturns[0] != pair.trueReturns[1] || pair.proxyReturns[0] != pair.proxyReturns[1], "\(name)")
    }
    if case .separating(let found) = evidence {
      let (value, best) =
        found.isOptimalForFirst ? (found.secondReturn, found.secondOptimum) : (found.firstReturn, found.firstOptimum)
      #expect(value < best, "\(name)", sourceLocation: sourceLocation)
    }
  }
}

@Suite("Relations between rewards, each with its evidence") struct RelationTests {
  @Test("example W: the same optimal policies, another order") func exampleOfTwoStates() throws {
    let (mdp, rewards) = try exampleW()
    let check = try InvarianceCheck(mdp, from: rewards[0], to: rewards[2])
    for relation: RewardRelation in [
      .sameOptimalActions, .sameOptimalPolicies, .proxySafe, .optimalityPreserving(nil),
    ] {
      let finding = try check.decide(relation)
      #expect(finding.holds, "\(relation.name)")
      expectEvidence(finding, rewards[0], rewards[2], mdp)
    }
    for relation: RewardRelation in [.samePolicyOrder, .unhackable] {
      let finding = try check.decide(relation)
      #expect(finding.verdict == .fails)
      guard case .order(let pair) = finding.evidence else {
        Issue.record("two policies are needed")
        continue
      }
      #expect(pair.trueReturns[0] > pair.trueReturns[1] && pair.proxyReturns[0] < pair.proxyReturns[1])
    }
    let other = try InvarianceCheck(mdp, from: rewards[0], to: rewards[1])
    let finding = try other.decide(.sameOptimalPolicies)
    #expect(finding.verdict == .fails)
    expectEvidence(finding, rewards[0], rewards[1], mdp)
  }

  @Test("example B: the order of arms is the same, that of mixtures is not") func exampleOfABandit() throws {
    let (mdp, first) = try bandit([0, 0.4, 1])
    let second = try bandit([0, 0.9, 1]).reward
    let check = try InvarianceCheck(mdp, from: first, to: second)
    let arms = try check.decide(.sameDeterministicOrder)
    #expect(arms.holds)
    expectEvidence(arms, first, second, mdp)
    #expect(try check.decide(.samePolicyOrder).verdict == .fails)
    #expect(try check.decide(.unhackable).verdict == .fails)
    #expect(try check.decide(.sameOptimalPolicies).holds)
    let negative = try bandit([0, -0.4, -1]).reward
    let turned = try InvarianceCheck(mdp, from: first, to: negative)
    for relation in RewardRelation.behavioural { #expect(try turned.decide(relation).verdict == .fails) }
  }

  @Test("the reference cases, both ways", arguments: ComparisonCase.names) func reference(name: String) throws {
    let reference = try ComparisonCase(name)
    let truth = try reference.file["independent"]
    let mdp = reference.mdp
    for (first, second) in [(0, 1), (1, 0)] {
      let (r1, r2) = (reference.rewards[first], reference.rewards[second])
      let check = try InvarianceCheck(mdp, from: r1, to: r2)
      let order = try check.decide(.samePolicyOrder)
      #expect(order.holds == (try truth["policyOrder"]["equivalent"].bool()))
      expectEvidence(order, r1, r2, mdp, name)
      let everywhere = try check.decide(.sameOptimalActions)
      #expect(everywhere.holds == (try truth["sameOptimalPolicies"]["everywhere"].bool()))
      expectEvidence(everywhere, r1, r2, mdp, name)
      let fromStart = try check.decide(.sameOptimalPolicies)
      #expect(fromStart.holds == (try truth["sameOptimalPolicies"]["fromMu0"].bool()))
      expectEvidence(fromStart, r1, r2, mdp, name)
      expectEvidence(try check.decide(.proxySafe), r1, r2, mdp, name)
      expectEvidence(try check.decide(.optimalityPreserving(nil)), r1, r2, mdp, name)
    }
  }

  @Test(
    "a 1e-7 change of a reference pair is seen and flagged, a 1e-14 one is not",
    arguments: [
      "a04-shaping-5x2", "a05-redistribution-4x2", "a06-all-three-6x3", "a09-grid-3x3-shaped",
    ]) func perturbed(name: String) throws
  {
    let reference = try ComparisonCase(name)
    let mdp = reference.mdp
    let (r1, r2) = (reference.rewards[0], reference.rewards[1])
    let size = try r2.expected(in: mdp).reduce(0) { max($0, abs($1)) }
    var generator = SeededGenerator(seed: 3)
    let moves = (0..<(mdp.stateCount * mdp.actionCount)).map { _ in 2 * generator.uniform() - 1 }
    for (step, same) in [(1e-7, false), (1e-14, true)] {
      let moved = try r2.adding(in: mdp) { s, a, _ in step * size * moves[mdp.pair(s, a)] }
      let finding = try InvarianceCheck(mdp, from: r1, to: moved).decide(.samePolicyOrder)
      let residual = try #require(finding.residual)
      #expect(finding.holds == same, "residual \(residual)")
      // Flagged where a residual is near the tolerance; what is small beside the shaping may be large beside the rest.
      #expect((finding.warning != nil) == (1e-12...1e-6).contains(residual), "residual \(residual)")
    }
  }

  @Test("every relation has evidence, on related and unrelated rewards") func evidence() throws {
    for seed in 0..<6 {
      var generator = SeededGenerator(seed: seed)
      let mdp = try randomWorld(
        states: 5, actions: 2, discount: 0.9, hidden: seed % 2, ends: true, startStates: 2, using: &generator)
      let first = try randomReward(mdp, using: &generator)
      let zero = Reward(name: "0", values: .state([Double](repeating: 0, count: 5)))
      let cubes = try first.adding(in: mdp) { s, a, t in
        let x = first.value(state: s, action: a, next: t, actionCount: 2)
        return x * x * x
      }
      let others = [
        first, try first.scaled(by: 2), try first.shaped(by: Potentials.random(for: mdp, using: &generator), in: mdp),
        try zero.shaped(by: Potentials.random(for: mdp, using: &generator), in: mdp), cubes,
        try randomReward(mdp, using: &generator),
      ]
      for (n, second) in others.enumerated() {
        let report = try InvarianceCheck(mdp, from: first, to: second).report()
        for finding in report.findings { expectEvidence(finding, first, second, mdp, "seed \(seed), pair \(n)") }
        for finding in report.findings where finding.holds {
          for other in report.findings where finding.relation.implies(other.relation) {
            #expect(other.holds, "\(finding.relation.name) implies \(other.relation.name), seed \(seed), pair \(n)")
          }
        }
      }
    }
  }

  @Test("given action sets are those of the second reward, or the state is named") func actionSets() throws {
    let (mdp, rewards) = try exampleW()
    // Under R₂ action 1 is optimal in state 0 and action 0 in state 1.
    let right = try ActionSets([[1], [0]], in: mdp)
    let good = try InvarianceCheck(mdp, from: rewards[0], to: rewards[1]).decide(.optimalityPreserving(right))
    #expect(good.holds)
    expectEvidence(good, rewards[0], rewards[1], mdp)
    let wrong = try ActionSets([[1], [0, 1]], in: mdp)
    let bad = try InvarianceCheck(mdp, from: rewards[0], to: rewards[1]).decide(.optimalityPreserving(wrong))
    #expect(bad.verdict == .fails)
    guard case .action(let state, let action, let isOptimal, let loss) = bad.evidence else {
      Issue.record("the action is needed")
      return
    }
    #expect(state == 1 && action == 1 && !isOptimal && abs(loss - 0.5) < 1e-12)
    // The certificate of one question does not answer another one.
    if let evidence = good.evidence {
      let checker = CertificateChecker()
      #expect(
        !checker.check(
          evidence, of: .optimalityPreserving(wrong), first: rewards[0], second: rewards[1], in: mdp
        ).isValid)
      #expect(
        !checker.check(
          evidence, of: .optimalityPreserving(right), first: rewards[0], second: rewards[0], in: mdp
        ).isValid)
    }
    #expect(throws: RewardInvarianceError.shape(of: "the list of action sets", expected: 2, got: 1)) {
      try ActionSets([[0]], in: mdp)
    }
    #expect(throws: RewardInvarianceError.actionSet(state: 1, reason: "it is empty; some action is always optimal")) {
      try ActionSets([[0], []], in: mdp)
    }
  }

  @Test("certificates of optimal values, tables, rankings and triviality do not bear tampering") func tampering() throws
  {
    let checker = CertificateChecker()
    let (mdp, rewards) = try exampleW()
    let finding = try InvarianceCheck(mdp, from: rewards[0], to: rewards[2]).decide(.sameOptimalPolicies)
    guard case .optimality(let good) = finding.evidence, let own = good.first else {
      Issue.record("a certificate of optimal values is needed")
      return
    }
    func copy(
      first: OptimalityCertificate.Values? = nil, second: OptimalityCertificate.Values? = nil, ties: Double? = nil,
      discount: Double? = nil
    ) -> OptimalityCertificate {
      OptimalityCertificate(
        first: first ?? own, second: second ?? good.second, tieTolerance: ties ?? good.tieTolerance,
        discount: discount ?? good.discount)
    }
    let bent = own.levels.enumerated().map { $0 == 1 ? $1 + 1e-6 : $1 }
    for (i, tampered) in [
      copy(first: .init(levels: bent, constant: own.constant)),
      copy(first: .init(levels: own.levels, constant: own.constant + 1e-6)),
      copy(first: .init(levels: own.levels.map { -$0 }, constant: own.constant)),
      copy(second: .init(levels: bent, constant: good.second.constant)), copy(first: good.second), copy(second: own),
      copy(first: .init(levels: [0], constant: 0)), copy(ties: 1), copy(ties: -1), copy(discount: 0.9),
    ].enumerated() {
      let verdict = checker.check(tampered, of: .sameOptimalPolicies, first: rewards[0], second: rewards[2], in: mdp)
      #expect(!verdict.isValid, "tampering \(i)")
    }
    #expect(!checker.check(good, of: .samePolicyOrder, first: rewards[0], second: rewards[2], in: mdp).isValid)

    let (arms, first) = try bandit([0, 0.4, 1])
    let second = try bandit([0, 0.9, 1]).reward
    let order = try InvarianceCheck(arms, from: first, to: second).decide(.sameDeterministicOrder)
    guard case .ranking(let ranking) = order.evidence else {
      Issue.record("a ranking is needed")
      return
    }
    func ranked(_ entries: [RankingCertificate.Entry]) -> Bool {
      checker.check(
        RankingCertificate(states: ranking.states, entries: entries, tieTolerance: 1e-9, discount: 0.5), first: first,
        second: second, in: arms
      ).isValid
    }
    let entries = ranking.entries
    #expect(ranked(entries))
    #expect(!ranked(entries.reversed()) && !ranked(Array(entries.dropLast())) && !ranked(entries + entries))
    #expect(!ranked([entries[0], entries[1], entries[1]]))
    #expect(
      !ranked([
        .init(actions: entries[0].actions, firstValues: [0.1], secondValues: entries[0].secondValues), entries[1],
        entries[2],
      ]))

    let table = try InvarianceCheck(arms, from: first, to: second).decide(.zeroPreservingMonotone(.none))
    guard case .monotone(let monotone) = table.evidence else {
      Issue.record("a table is needed")
      return
    }
    for (x, y) in [
      (monotone.first, monotone.second.reversed()), ([0, 0.4], [0, 0.9]), ([0, 0.4, 1], [0, 0.8, 1]),
      ([0, 0.4, 1], [0.1, 0.9, 1]), ([0], [0, 1]),
    ] {
      let tampered = MonotoneCertificate(first: x, second: Array(y))
      #expect(!checker.check(tampered, mask: .none, first: first, second: second, in: arms).isValid)
    }

    let nothing = try bandit([2, 2, 2]).reward
    let trivial = try InvarianceCheck(arms, from: first, to: nothing).decide(.unhackable)
    guard case .triviality(let proof) = trivial.evidence else {
      Issue.record("a proof of triviality is needed")
      return
    }
    #expect(checker.check(proof, first: first, second: nothing, in: arms).isValid)
    #expect(
      !checker.check(
        TrivialityCertificate(isFirst: true, shaping: proof.shaping), first: first, second: nothing, in: arms
      ).isValid)
    #expect(!checker.check(proof, first: first, second: second, in: arms).isValid)
  }

  @Test("sparse rewards speak of possible transitions; large worlds are decided") func sparse() throws {
    var generator = SeededGenerator(seed: 2)
    let mdp = try randomWorld(states: 400, actions: 3, discount: 0.99, sparse: true, using: &generator)
    var builder = SparseRowsBuilder(columnCount: 400)
    for k in 0..<1200 {
      mdp.transitions.forEachSuccessor(ofRow: k) { t, _ in
        builder.append(column: Int32(t), value: 2 * generator.uniform() - 1)
      }
      builder.endRow()
    }
    let first = Reward(name: "R", values: .sparseTransition(builder.build()))
    let potential = Potentials.random(for: mdp, using: &generator)
    let shaped = try first.shaped(by: potential, in: mdp)
    let check = try InvarianceCheck(mdp, from: first, to: shaped)
    let finding = try check.decide(.transformed(.init(shaping: .any)))
    #expect(finding.holds)
    expectEvidence(finding, first, shaped, mdp)
    #expect(try check.decide(.transformed(.init(redistributed: true))).verdict == .fails)
    let world = try ComparisonWorld(mdp)
    #expect(try world.relation(world.admit(first), world.admit(shaped)).strongest == .shaping)
    // An impossible transition that is stored counts.
    let k = (0..<1200).first { mdp.transitions[$0, 7] == 0 } ?? 0
    let entries = (0..<1200).flatMap { row in
      builderEntries(shaped, row) + (row == k ? [.init(row: k, column: 7, value: 5)] : [])
    }
    let stored = Reward(
      name: "stored", values: .sparseTransition(try SparseRows(rowCount: 1200, columnCount: 400, triplets: entries)))
    let other = try InvarianceCheck(mdp, from: first, to: stored)
    #expect(try other.decide(.transformed(.init(shaping: .any))).verdict == .fails)
    #expect(try other.decide(.transformed(.init(shaping: .any, mask: .impossible))).holds)
  }

  private func builderEntries(_ reward: Reward, _ row: Int) -> [SparseRows.Triplet] {
    guard case .sparseTransition(let rows) = reward.values else { return [] }
    return rows.positions(ofRow: row).map { .init(row: row, column: Int(rows.columns[$0]), value: rows.values[$0]) }
  }

  @Test("rewards by pairs on a world too large to list all transitions") func manyPairs() throws {
    let count = 3000
    var builder = SparseRowsBuilder(columnCount: count)
    for k in 0..<(2 * count) {
      builder.append(column: Int32((k / 2 + 1 + k % 2) % count), value: 1)
      builder.endRow()
    }
    let mdp = try MDP(actionCount: 2, transitions: .sparse(builder.build()), discount: 0.9)
    var generator = SeededGenerator(seed: 1)
    let values = (0..<count).map { _ in [generator.uniform(), generator.uniform()] }
    let first = Reward(name: "R", values: .pair(try Matrix(rows: values)))
    let second = Reward(name: "2R + 1", values: .pair(try Matrix(rows: values.map { $0.map { 2 * $0 + 1 } })))
    let check = try InvarianceCheck(mdp, from: first, to: second)
    let finding = try check.decide(.transformed(.init(scaled: true, shaping: .any)))
    #expect(finding.holds)
    expectEvidence(finding, first, second, mdp)
    #expect(try check.decide(.transformed(.init(scaled: true))).verdict == .fails)
    #expect(try check.decide(.transformed(.identity)).verdict == .fails)
  }
}

@Suite("Papers on invariance, in small") struct InvarianceStudyTests {
  @Test("every claim holds in every case") func claims() throws {
    var generator = SeededGenerator(seed: 4)
    for claim in try PotentialShapingStudy(caseCount: 9).run(using: &generator)
      + RewardHackingStudy(caseCount: 9).run(using: &generator)
    {
      #expect(claim.holds && claim.cases > 0, "\(claim)")
    }
    for row in try IdentifiabilityStudy(caseCount: 3).run(using: &generator) {
      #expect(row.kept.holds && row.moved.holds && row.kept.cases > 0, "\(row)")
    }
  }
}
