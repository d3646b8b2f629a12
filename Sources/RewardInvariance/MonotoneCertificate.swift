public import MDPs

/// Proof that one reward is a strictly increasing function of another that keeps 0: the function as a table.
public struct MonotoneCertificate: Sendable, Equatable {
  /// The values of the first reward, ascending strictly.
  public let first: [Double]
  /// What the function makes of each, ascending strictly.
  public let second: [Double]

  /// A certificate over its parts; nothing is checked before ``CertificateChecker`` looks at it.
  public init(first: [Double], second: [Double]) {
    self.first = first
    self.second = second
  }
}

extension CertificateChecker {
  /// Checks that the table is a function as claimed, and that every transition that counts is in it.
  ///
  /// - Complexity: O(n log n) for n transitions
  public func check(
    _ certificate: MonotoneCertificate, mask: RewardTransformation.Mask, first: Reward, second: Reward, in mdp: MDP
  ) -> Verdict {
    let (x, y) = (certificate.first, certificate.second)
    guard x.count == y.count, (x + y).allSatisfy(\.isFinite) else {
      return .refused("the table needs as many finite numbers on both sides")
    }
    for i in x.indices.dropFirst() where !(x[i] > x[i - 1] && y[i] > y[i - 1]) {
      return .refused("the table does not ascend at entry \(i)")
    }
    if let i = x.indices.first(where: { (x[$0] == 0) != (y[$0] == 0) }) {
      return .refused("entry \(i) of the table is 0 on one side only")
    }
    do {
      try first.requireShape(stateCount: mdp.stateCount, actionCount: mdp.actionCount)
      try second.requireShape(stateCount: mdp.stateCount, actionCount: mdp.actionCount)
    } catch {
      return .refused(error.description)
    }
    let counted = mask == .unreachable ? reached(mdp) : [Bool](repeating: true, count: mdp.stateCount)
    for s in 0..<mdp.stateCount where counted[s] {
      for a in 0..<mdp.actionCount where mdp.isAvailable(s, a) {
        let columns =
          mask == .none
          ? columnsSpokenOf(first, second, state: s, action: a, mdp, extremes: [s])
          : mdp.successors(s, a).map(\.next)
        for t in columns {
          let u = first.value(state: s, action: a, next: t, actionCount: mdp.actionCount)
          let v = second.value(state: s, action: a, next: t, actionCount: mdp.actionCount)
          guard let i = place(of: u, in: x), y[i] == v else {
            return .refused("transition (\(s), \(a), \(t)) pays \(u) and \(v), which the table does not pair")
          }
        }
      }
    }
    return Verdict(isValid: true, fault: nil, defect: 0)
  }

  private func place(of value: Double, in sorted: [Double]) -> Int? {
    var (low, high) = (0, sorted.count)
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low < sorted.count && sorted[low] == value ? low : nil
  }
}
