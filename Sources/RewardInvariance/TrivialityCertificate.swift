public import MDPs

/// Proof that one of two rewards gives all policies the same return: it is 0 changed by shaping and redistribution. No
/// policy pair is then ranked strictly by it, and none against the other reward.
public struct TrivialityCertificate: Sendable, Equatable {
  /// Whether it is the first reward that is trivial.
  public let isFirst: Bool
  /// How the reward comes from 0.
  public let shaping: InvarianceCertificate

  /// A certificate over its parts; nothing is checked before ``CertificateChecker`` looks at it.
  public init(isFirst: Bool, shaping: InvarianceCertificate) {
    self.isFirst = isFirst
    self.shaping = shaping
  }
}

extension CertificateChecker {
  /// Checks that the named reward is shaping of 0, to rounding.
  ///
  /// - Complexity: O(stored transitions)
  public func check(_ certificate: TrivialityCertificate, first: Reward, second: Reward, in mdp: MDP) -> Verdict {
    guard certificate.shaping.transformation.isWithin(.policyOrder), certificate.shaping.scale == 1 else {
      return .refused("\(certificate.shaping.transformation.name) may change the order of policies")
    }
    let zero = Reward(name: "0", values: .state([Double](repeating: 0, count: mdp.stateCount)))
    return check(certificate.shaping, first: zero, second: certificate.isFirst ? first : second, in: mdp)
  }
}
