internal import Glibc
public import MDPs

/// The argument behind a finding, in words: what was asked, what was found, and why that decides it.
public struct Explanation: Sendable, Equatable {
  /// One sentence a line.
  public let sentences: [String]

  /// The argument of `finding` about `second` as a change of `first` on `mdp`.
  public init(_ finding: RelationFinding, first: Reward, second: Reward, in mdp: MDP) {
    var lines = [Self.meaning(finding.relation, first.name, second.name)]
    switch finding.verdict {
    case .undecided(let reason): lines.append("This was not decided: \(reason).")
    case .holds:
      lines.append("It holds" + (finding.residual.map { "; the relative residual is \(Self.short($0))." } ?? "."))
    case .fails:
      lines.append(
        "It does not hold" + (finding.residual.map { "; the relative residual is \(Self.short($0))." } ?? "."))
    }
    if let evidence = finding.evidence { lines += Self.words(evidence, first.name, second.name, mdp) }
    if finding.holds, finding.evidence == nil {
      lines.append("The verdict rests on the tolerances: no certificate of it checks to rounding.")
    }
    if let warning = finding.warning { lines.append("Warning: \(warning).") }
    sentences = lines
  }

  /// The sentences, one a line.
  public var text: String { sentences.joined(separator: "\n") }

  private static func meaning(_ relation: RewardRelation, _ first: String, _ second: String) -> String {
    switch relation {
    case .transformed(let kind):
      if kind == .identity { return "Asked: is \"\(second)\" the same as \"\(first)\" on every transition?" }
      var freedoms: [String] = []
      if kind.isScaled { freedoms.append("a positive factor k") }
      switch kind.shaping {
      case .none: break
      case .any: freedoms.append("shaping by a potential, γ Φ(t) − Φ(s)")
      case .zeroInitial: freedoms.append("shaping by a potential that is 0 in every start state")
      case .commonInitial: freedoms.append("shaping by a potential that is the same in every start state")
      case .zeroTerminal: freedoms.append("shaping by a potential that is 0 in every terminal state")
      }
      if kind.isRedistributed { freedoms.append("redistribution over next states, which keeps Σ_t P R") }
      switch kind.mask {
      case .none: break
      case .impossible: freedoms.append("anything at all on impossible transitions")
      case .unreachable: freedoms.append("anything at all on impossible transitions and out of unreachable states")
      }
      return "Asked: is \"\(second)\" the reward \"\(first)\" changed only by \(freedoms.joined(separator: ", "))?"
    case .zeroPreservingMonotone:
      return "Asked: is \"\(second)\" a strictly increasing function of \"\(first)\", entry by entry, with 0 at 0?"
    case .samePolicyOrder:
      return "Asked: do \"\(first)\" and \"\(second)\" order all policies alike? They do exactly when one is the other "
        + "changed by a positive factor, shaping, redistribution, and what no policy meets."
    case .unhackable:
      return "Asked: is there no policy pair that \"\(second)\" ranks strictly against \"\(first)\"?"
    case .sameDeterministicOrder:
      return "Asked: do \"\(first)\" and \"\(second)\" order all deterministic policies alike?"
    case .sameOptimalActions:
      return "Asked: do \"\(first)\" and \"\(second)\" have the same optimal actions in every state that counts?"
    case .sameOptimalPolicies:
      return "Asked: are the same policies optimal from the start under \"\(first)\" and \"\(second)\"?"
    case .proxySafe:
      return "Asked: is every policy that is optimal for \"\(second)\" optimal for \"\(first)\"?"
    case .optimalityPreserving(nil):
      return "Asked: does \"\(second)\" have the optimal actions of \"\(first)\" in every state, reachable or not?"
    case .optimalityPreserving:
      return "Asked: are the optimal actions of \"\(second)\" in every state exactly those of the given sets?"
    }
  }

  private static func words(
    _ evidence: RelationEvidence, _ first: String, _ second: String, _ mdp: MDP
  ) -> [String] {
    switch evidence {
    case .certificate(let certificate):
      var lines = ["Proof: with k = \(short(certificate.scale)) and the potential"]
      let potential = certificate.potential
      let shown = potential.indices.prefix(8).map { "Φ(\(mdp.stateName($0))) = \(short(potential[$0]))" }
      lines[0] += " " + shown.joined(separator: ", ") + (potential.count > 8 ? ", …" : "")
      lines.append(
        certificate.redistribution == nil
          ? "every reward that counts satisfies R₂ = k R₁ + γ Φ(t) − Φ(s)."
          : "every reward that counts satisfies R₂ = k R₁ + γ Φ(t) − Φ(s) + Z, and Σ_t P Z = 0 for every pair.")
      lines.append(
        "Along any path the shaping terms cancel except for −Φ of the first state, so every return is k times the old "
          + "one minus the same number ⟨μ₀, Φ⟩, and the order of policies stays.")
      return lines
    case .optimality(let certificate):
      return [
        "Proof: the values of optimal play"
          + (certificate.first == nil ? "" : " under both rewards")
          + " say what each action loses, V(s) − r(s, a) − γ Σ_t P(t | s, a) V(t).",
        "No action gains, the optimal ones are those that lose nothing, and these were compared state by state.",
      ]
    case .monotone(let certificate):
      let count = certificate.first.count
      return [
        "Proof: \(count) different values of \"\(first)\" and \(count) of \"\(second)\" pair up in the same order, 0 with 0."
      ]
    case .triviality(let certificate):
      let name = certificate.isFirst ? first : second
      return [
        "Proof: \"\(name)\" is nothing but shaping and redistribution, so that it gives all policies the same return "
          + "and ranks none strictly."
      ]
    case .ranking(let certificate):
      return [
        "Proof: all \(certificate.entries.count) deterministic policies were evaluated under both rewards; sorted by one "
          + "they are sorted by the other."
      ]
    case .order(let pair):
      return [
        "Refutation: two policies A and B.",
        "Under \"\(first)\", J(A) = \(short(pair.trueReturns[0])) and J(B) = \(short(pair.trueReturns[1])).",
        "Under \"\(second)\", J(A) = \(short(pair.proxyReturns[0])) and J(B) = \(short(pair.proxyReturns[1])).",
      ] + difference(pair.better, pair.worse, mdp)
    case .separating(let found):
      let (good, bad) = found.isOptimalForFirst ? (first, second) : (second, first)
      let (value, best) =
        found.isOptimalForFirst
        ? (found.secondReturn, found.secondOptimum) : (found.firstReturn, found.firstOptimum)
      return [
        "Refutation: a policy that is optimal for \"\(good)\" but not for \"\(bad)\":",
        "its return under \"\(bad)\" is \(short(value)), where \(short(best)) is possible.",
      ]
    case .place(let s, let a, let t, let remainder):
      let place =
        "in state \(mdp.stateName(s)), action \(mdp.actionName(a))"
        + (t.map { ", next state \(mdp.stateName($0))" } ?? "")
      return ["The best change of this kind still misses by \(short(remainder)) \(place)."]
    case .action(let s, let a, let isOptimalForSecond, let loss):
      return [
        "Refutation: in state \(mdp.stateName(s)), action \(mdp.actionName(a)) is "
          + (isOptimalForSecond
            ? "optimal for \"\(second)\" alone" : "not optimal for \"\(second)\", though it is asked to be")
          + (loss > 0 ? "; it loses \(short(loss)) where it is not optimal." : ".")
      ]
    case .entries(let places):
      let words = places.map {
        "(\(mdp.stateName($0.state)), \(mdp.actionName($0.action)), \(mdp.stateName($0.next)))"
      }
      return [
        places.count == 1
          ? "At the transition \(words[0]) exactly one of the rewards is 0."
          : "The transitions \(words.joined(separator: " and ")) stand in another order under the two rewards."
      ]
    }
  }

  /// Where two policies differ the most.
  private static func difference(_ a: Policy, _ b: Policy, _ mdp: MDP) -> [String] {
    var worst: (gap: Double, state: Int, action: Int) = (0, 0, 0)
    for s in 0..<mdp.stateCount {
      for action in 0..<mdp.actionCount {
        let gap = a.probability(of: action, in: s) - b.probability(of: action, in: s)
        if gap > worst.gap { worst = (gap, s, action) }
      }
    }
    guard worst.gap > 0 else { return [] }
    let (p, q) = (a.probability(of: worst.action, in: worst.state), b.probability(of: worst.action, in: worst.state))
    return [
      "They differ the most in state \(mdp.stateName(worst.state)), where A plays \(mdp.actionName(worst.action)) with "
        + "probability \(short(p)) and B with \(short(q))."
    ]
  }

  /// Six significant digits.
  private static func short(_ x: Double) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 40) { buffer in
      let length = withVaList([x]) { vsnprintf(buffer.baseAddress, buffer.count, "%.6g", $0) }
      return String(decoding: buffer.prefix(Int(length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
  }
}
