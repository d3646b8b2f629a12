public import MDPs

/// Proof that two rewards order all deterministic policies alike: every policy with its values under both, from the
/// worst to the best.
public struct RankingCertificate: Sendable, Equatable {
  /// One policy of the ranking.
  public struct Entry: Sendable, Equatable {
    /// One action a state that counts.
    public let actions: [Int]
    /// V^π under the first reward, one number a state that counts.
    public let firstValues: [Double]
    /// V^π under the second reward.
    public let secondValues: [Double]

    /// An entry over its parts.
    public init(actions: [Int], firstValues: [Double], secondValues: [Double]) {
      self.actions = actions
      self.firstValues = firstValues
      self.secondValues = secondValues
    }
  }

  /// The states that count, ascending: those reached from the start.
  public let states: [Int]
  /// Every deterministic policy on these states, by its return under the first reward.
  public let entries: [Entry]
  /// Returns are tied when they differ by at most this fraction of their range.
  public let tieTolerance: Double
  /// γ
  public let discount: Double

  /// A certificate over its parts; nothing is checked before ``CertificateChecker`` looks at it.
  public init(states: [Int], entries: [Entry], tieTolerance: Double, discount: Double) {
    self.states = states
    self.entries = entries
    self.tieTolerance = tieTolerance
    self.discount = discount
  }
}

extension CertificateChecker {
  /// Checks that the ranking is complete, that its values are those of its policies, and that both rewards rank alike.
  ///
  /// - Complexity: O(policies · stored transitions)
  public func check(_ certificate: RankingCertificate, first: Reward, second: Reward, in mdp: MDP) -> Verdict {
    guard mdp.discount < 1, certificate.discount == mdp.discount else {
      return .refused("the certificate is for discount \(certificate.discount), the model has \(mdp.discount)")
    }
    guard certificate.tieTolerance > 0, certificate.tieTolerance <= tieTolerance else {
      return .refused("ties may be wide by a fraction in (0, \(tieTolerance)], not \(certificate.tieTolerance)")
    }
    let flags = reached(mdp)
    let states = certificate.states
    guard states == flags.indices.filter({ flags[$0] }) else {
      return .refused("the states are not those reached from the start")
    }
    let count = states.reduce(1.0) { $0 * Double(mdp.availableActions(in: $1).count) }
    guard Double(certificate.entries.count) == count else {
      return .refused("there are \(count) deterministic policies, but the ranking has \(certificate.entries.count)")
    }
    var number = [Int](repeating: -1, count: mdp.stateCount)
    for (i, s) in states.enumerated() { number[s] = i }
    var seen: Set<[Int]> = []
    var returns: [(first: Double, second: Double)] = []
    var (defect, size) = (0.0, 0.0)
    for (rank, entry) in certificate.entries.enumerated() {
      guard entry.actions.count == states.count, entry.firstValues.count == states.count,
        entry.secondValues.count == states.count, (entry.firstValues + entry.secondValues).allSatisfy(\.isFinite),
        zip(states, entry.actions).allSatisfy({ $1 >= 0 && $1 < mdp.actionCount && mdp.isAvailable($0, $1) })
      else { return .refused("policy \(rank) is malformed") }
      guard seen.insert(entry.actions).inserted else { return .refused("policy \(rank) is listed twice") }
      var (j1, j2) = (Sum(), Sum())
      for (i, s) in states.enumerated() {
        var (gain1, gain2) = (Sum(), Sum())
        for (t, p) in mdp.successors(s, entry.actions[i]) {
          let (x, y) = (
            first.value(state: s, action: entry.actions[i], next: t, actionCount: mdp.actionCount),
            second.value(state: s, action: entry.actions[i], next: t, actionCount: mdp.actionCount)
          )
          guard x.isFinite, y.isFinite else { return .refused("a reward is not finite in state \(s)") }
          // At discount 0 the next state need not count.
          let (u, v) = number[t] >= 0 ? (entry.firstValues[number[t]], entry.secondValues[number[t]]) : (0, 0)
          gain1.add(p * (x + mdp.discount * u))
          gain2.add(p * (y + mdp.discount * v))
        }
        defect = max(defect, abs(entry.firstValues[i] - gain1.value), abs(entry.secondValues[i] - gain2.value))
        size = max(size, abs(entry.firstValues[i]), abs(entry.secondValues[i]))
        j1.add(mdp.initialDistribution[s] * entry.firstValues[i])
        j2.add(mdp.initialDistribution[s] * entry.secondValues[i])
      }
      returns.append((j1.value, j2.value))
    }
    guard defect <= 256 * .ulpOfOne * size else {
      return .refused("the values miss the equation of their policies by \(defect)", defect)
    }
    let seconds = returns.map(\.second)
    let tie1 = certificate.tieTolerance * ((returns.last?.first ?? 0) - (returns.first?.first ?? 0))
    let tie2 = certificate.tieTolerance * ((seconds.max() ?? 0) - (seconds.min() ?? 0))
    let doubt = 2 * defect / (1 - mdp.discount)
    for (i, (x, y)) in zip(returns, returns.dropFirst()).enumerated() {
      guard y.first >= x.first - doubt else { return .refused("policy \(i + 1) ranks too high", defect) }
      let (rises, tied) = (y.second - x.second > tie2, abs(y.second - x.second) <= tie2 + doubt)
      guard y.first - x.first > tie1 ? rises : tied else {
        return .refused("policies \(i) and \(i + 1) are ranked otherwise by the second reward", defect)
      }
    }
    return Verdict(isValid: true, fault: nil, defect: defect)
  }
}
