internal import MDPSolvers
public import MDPs

/// A proof that a relation between two rewards holds, or that it does not, which anyone can check.
///
/// A proof that it holds is a scale and a potential; the check adds up the rewards of each pair or transition. A proof
/// that it does not is a pair of policies; the check evaluates both. Neither looks at how the proof was found.
public struct RelationCertificate: Sendable, Equatable {
  /// What proves or refutes the relation.
  public enum Proof: Sendable, Equatable {
    /// R₂ = `scale` R₁ + γ Φ(t) − Φ(s), in expectation or on every transition as the relation asks; Φ of shape (S).
    case shaping(scale: Double, potential: [Double])
    /// Two policies: R₁ likes the first strictly better, R₂ the second at least as much.
    case policies(better: Policy, worse: Policy)
  }

  /// The relation.
  public let relation: RewardRelation
  /// The name of R₁.
  public let truth: String
  /// The name of R₂.
  public let proxy: String
  /// The proof.
  public let proof: Proof

  /// Whether the certificate claims that the relation holds.
  public var claimsToHold: Bool {
    if case .shaping = proof { true } else { false }
  }

  /// A certificate of its parts.
  public init(relation: RewardRelation, truth: String, proxy: String, proof: Proof) {
    self.relation = relation
    self.truth = truth
    self.proxy = proxy
    self.proof = proof
  }

  /// The certificate of a verdict; nil when the verdict has neither a potential nor a pair of policies.
  public init?(_ verdict: RelationVerdict, truth: String, proxy: String) {
    if verdict.holds, let scale = verdict.scale, let potential = verdict.potential {
      self.init(
        relation: verdict.relation, truth: truth, proxy: proxy, proof: .shaping(scale: scale, potential: potential))
    } else if !verdict.holds, let example = verdict.counterexample {
      self.init(
        relation: verdict.relation, truth: truth, proxy: proxy,
        proof: .policies(better: example.better, worse: example.worse))
    } else {
      return nil
    }
  }
}

/// What came of checking a certificate.
public struct CertificateCheck: Sendable, Equatable {
  /// Whether it proves what it claims.
  public let isValid: Bool
  /// Why, in one sentence.
  public let reason: String
}

extension RelationCertificate {
  /// Checks the certificate against the rewards it speaks of, by additions (or two policy evaluations) alone.
  ///
  /// - Parameters:
  ///   - mdp: the world.
  ///   - first: R₁.
  ///   - second: R₂.
  ///   - tolerance: how far a sum may be from 0, relative to the largest term.
  /// - Returns: whether the certificate proves its claim, and why.
  /// - Complexity: O(stored transitions), or O(S² A) for relations on every transition.
  public func check(
    on mdp: MDP, _ first: Reward, _ second: Reward, tolerance: Double = 1e-9
  ) -> CertificateCheck {
    switch proof {
    case .shaping(let scale, let potential):
      return checkShaping(mdp, first, second, scale, potential, tolerance)
    case .policies(let better, let worse):
      return checkPolicies(mdp, first, second, better, worse)
    }
  }

  private func fail(_ reason: String) -> CertificateCheck { CertificateCheck(isValid: false, reason: reason) }

  private func checkShaping(
    _ mdp: MDP, _ first: Reward, _ second: Reward, _ scale: Double, _ potential: [Double], _ tolerance: Double
  ) -> CertificateCheck {
    guard potential.count == mdp.stateCount else {
      return fail("the potential has \(potential.count) entries, but the model has \(mdp.stateCount) states")
    }
    guard potential.allSatisfy(\.isFinite), scale.isFinite else { return fail("a number is not finite") }
    guard scale > 0 else { return fail("the scale is \(scale), not positive") }
    if let s = potential.indices.first(where: { !allowsPotential(potential[$0], at: $0, in: mdp) }) {
      return fail("the potential is \(potential[s]) in start state \(s), where the relation asks for 0")
    }
    switch relation {
    case .scaledShaping, .samePolicyOrder, .unhackable: break
    case .sameOptimalPolicies, .sameOptimalActions, .proxySafe, .sameDeterministicOrder: break
    case .zeroPreservingMonotone, .unreachableMask:
      return fail("a potential proves nothing about the relation \(relation.rawValue)")
    default:
      guard abs(scale - 1) <= tolerance else { return fail("the scale is \(scale), but the relation asks for 1") }
    }
    let gamma = mdp.discount
    let width = mdp.actionCount
    switch relation {
    case .identical, .shaping, .constantInitialShaping, .zeroInitialShaping, .terminalShaping, .scaledShaping:
      for k in 0..<(mdp.stateCount * width) where mdp.isAvailable(k / width, k % width) {
        let (s, a) = (k / width, k % width)
        for t in 0..<mdp.stateCount {
          let old = scale * first.value(state: s, action: a, next: t, actionCount: width)
          let new = second.value(state: s, action: a, next: t, actionCount: width)
          let size = max(abs(old), abs(new), abs(potential[s]), abs(potential[t]))
          let rest = new - old - (gamma * potential[t] - potential[s])
          guard abs(rest) <= tolerance * size else {
            return fail("state \(s), action \(a), next state \(t): \(rest) is left over")
          }
        }
      }
    default:
      guard let r = try? first.expected(in: mdp), let q = try? second.expected(in: mdp) else {
        return fail("a reward does not fit the model")
      }
      let reachable = mdp.reachableStates()
      for k in r.indices where reachable[k / width] && mdp.isAvailable(k / width, k % width) {
        var shaping = -potential[k / width]
        var size = max(abs(scale * r[k]), abs(q[k]), abs(shaping))
        mdp.transitions.forEachSuccessor(ofRow: k) { t, p in
          shaping += gamma * p * potential[t]
          size = max(size, abs(potential[t]))
        }
        let rest = q[k] - scale * r[k] - shaping
        guard abs(rest) <= tolerance * size else {
          return fail("state \(k / width), action \(k % width): \(rest) is left over")
        }
      }
    }
    return CertificateCheck(isValid: true, reason: "every sum is 0 within \(tolerance) of its largest term")
  }

  /// Whether the relation allows the potential at a start state.
  private func allowsPotential(_ value: Double, at state: Int, in mdp: MDP) -> Bool {
    guard mdp.initialDistribution[state] > 0 else { return true }
    switch relation {
    case .identical, .redistribution, .impossibleMask: return value == 0
    case .zeroInitialShaping: return abs(value) <= 1e-6
    default: return true
    }
  }

  private func checkPolicies(
    _ mdp: MDP, _ first: Reward, _ second: Reward, _ better: Policy, _ worse: Policy
  ) -> CertificateCheck {
    func returns(_ policy: Policy) throws -> (ClosedRange<Double>, ClosedRange<Double>) {
      let evaluation = try PolicyEvaluation(of: policy, in: mdp)
      return (try evaluation.evaluate(first).expectedReturnBounds, try evaluation.evaluate(second).expectedReturnBounds)
    }
    do {
      let (a, b) = (try returns(better), try returns(worse))
      let (rises, falls) = (a.0.lowerBound > b.0.upperBound, a.1.upperBound <= b.1.lowerBound)
      let (drops, climbs) = (a.0.lowerBound >= b.0.upperBound, a.1.upperBound < b.1.lowerBound)
      guard (rises && falls) || (drops && climbs) || opposed(a, b) else {
        return fail("the proven returns of the two policies do not refute the relation")
      }
      return CertificateCheck(isValid: true, reason: "the proven returns of the two policies are ordered differently")
    } catch {
      return fail("a policy cannot be evaluated: \(error)")
    }
  }

  /// One reward prefers the first policy beyond doubt while the returns of the other, a trivial one, cannot be told apart.
  private func opposed(
    _ a: (ClosedRange<Double>, ClosedRange<Double>), _ b: (ClosedRange<Double>, ClosedRange<Double>)
  ) -> Bool {
    let strict = a.0.lowerBound > b.0.upperBound || a.1.upperBound < b.1.lowerBound
    let flat = a.0.overlaps(b.0) || a.1.overlaps(b.1)
    return strict && flat && relation != .unhackable
  }
}
