public import MDPs

extension CertificateChecker {
  /// Checks a claim about optimal policies by sums alone: the losses of all actions from the values given, the optimal
  /// actions from the losses, and the relation from these.
  ///
  /// An action counts as optimal when it loses at most the tie tolerance; every other one must lose more than the values
  /// could be wrong by.
  ///
  /// - Complexity: O(stored transitions)
  public func check(
    _ certificate: OptimalityCertificate, of relation: RewardRelation, first: Reward, second: Reward, in mdp: MDP
  ) -> Verdict {
    guard mdp.discount < 1, certificate.discount == mdp.discount else {
      return .refused("the certificate is for discount \(certificate.discount), the model has \(mdp.discount)")
    }
    guard certificate.tieTolerance > 0, certificate.tieTolerance <= tieTolerance else {
      return .refused("ties may be wide by a fraction in (0, \(tieTolerance)], not \(certificate.tieTolerance)")
    }
    let everywhere: Bool
    if case .optimalityPreserving = relation { everywhere = true } else { everywhere = false }
    let counted = everywhere ? [Bool](repeating: true, count: mdp.stateCount) : reached(mdp)
    let ties = certificate.tieTolerance
    var defect = 0.0
    func optimal(_ values: OptimalityCertificate.Values, _ reward: Reward) -> (actions: [Bool], fault: String?) {
      let found = losses(values, reward, counted, mdp)
      defect = max(defect, found.defect)
      return (found.losses.map { $0 <= ties * found.largest + found.rounding }, found.fault(ties, mdp))
    }
    let other = optimal(certificate.second, second)
    if let words = other.fault { return .refused("under the second reward, \(words)", defect) }
    let own: [Bool]
    switch (relation, certificate.first) {
    case (.optimalityPreserving(let asked?), nil):
      guard certificate.actionSets == asked else { return .refused("the action sets are not those asked about") }
      own = asked.isMember
    case (.optimalityPreserving(nil), let values?), (.sameOptimalActions, let values?),
      (.sameOptimalPolicies, let values?), (.proxySafe, let values?):
      let found = optimal(values, first)
      if let words = found.fault { return .refused("under the first reward, \(words)", defect) }
      own = found.actions
    default: return .refused("a certificate of optimal values does not speak of \(relation.name)")
    }
    let width = mdp.actionCount
    func firstDifference(_ states: [Bool], oneWay: Bool) -> Int? {
      (0..<own.count).first {
        states[$0 / width] && mdp.isAvailable($0 / width, $0 % width)
          && (oneWay ? other.actions[$0] && !own[$0] : own[$0] != other.actions[$0])
      }
    }
    let states: [Bool]
    switch relation {
    case .sameOptimalPolicies, .proxySafe: states = reached(mdp, by: other.actions)
    default: states = counted
    }
    if let k = firstDifference(states, oneWay: relation == .proxySafe) {
      return .refused(
        "in state \(mdp.stateName(k / width)), action \(mdp.actionName(k % width)) is optimal on one side only", defect)
    }
    return Verdict(isValid: true, fault: nil, defect: defect)
  }

  private struct Losses {
    /// V − r − γ P V of every available action of the states that count; +∞ elsewhere.
    var losses: [Double]
    var largest = 0.0
    var rounding = 0.0
    /// The largest |min over actions|, by which V misses the optimality equation.
    var defect = 0.0
    var shapeFault: String?

    /// What keeps these losses from telling which actions are optimal.
    func fault(_ ties: Double, _ mdp: MDP) -> String? {
      if let shapeFault { return shapeFault }
      let tie = ties * largest + rounding
      guard defect <= tie else { return "the values miss the optimality equation by \(defect)" }
      // V is wrong by at most defect / (1 − γ), and a loss by twice that.
      let doubt = 2 * defect / (1 - mdp.discount)
      if let k = losses.indices.first(where: { losses[$0] > tie && losses[$0] <= doubt && losses[$0].isFinite }) {
        return
          "the loss \(losses[k]) of action \(k % mdp.actionCount) in state \(k / mdp.actionCount) is within the error "
          + "of the values"
      }
      return nil
    }
  }

  private func losses(
    _ values: OptimalityCertificate.Values, _ reward: Reward, _ counted: [Bool], _ mdp: MDP
  ) -> Losses {
    let (S, A) = (mdp.stateCount, mdp.actionCount)
    var found = Losses(losses: [Double](repeating: .infinity, count: S * A))
    guard values.levels.count == S, values.levels.allSatisfy(\.isFinite), values.constant.isFinite else {
      found.shapeFault = "the values must be \(S) finite numbers"
      return found
    }
    var size = abs(values.constant)
    for s in 0..<S where counted[s] {
      var least = Double.infinity
      for a in 0..<A where mdp.isAvailable(s, a) {
        // r + γ P V with V(s) taken off inside the sum, which keeps digits when the discount is near 1.
        var (gain, mass, bad) = (Sum(), Sum(), false)
        mdp.transitions.forEachSuccessor(ofRow: s * A + a) { t, p in
          let x = reward.value(state: s, action: a, next: t, actionCount: A)
          if !x.isFinite { bad = true }
          gain.add(p * x)
          gain.add(p * ((values.levels[t] - values.levels[s]) - (1 - mdp.discount) * values.levels[t]))
          mass.add(p)
          size = max(size, abs(x), abs(values.levels[t]))
        }
        guard !bad else {
          found.shapeFault = "a reward is not finite in state \(s), action \(a)"
          return found
        }
        let loss = values.constant - gain.value + (1 - mass.value) * values.levels[s]
        found.losses[s * A + a] = loss
        found.largest = max(found.largest, loss)
        least = min(least, loss)
      }
      found.defect = max(found.defect, abs(least))
    }
    found.rounding = 64 * .ulpOfOne * size
    return found
  }

  /// The states reached from the start by the given actions alone.
  private func reached(_ mdp: MDP, by actions: [Bool]) -> [Bool] {
    var flags = mdp.initialDistribution.map { $0 > 0 }
    guard mdp.discount > 0 else { return flags }
    var stack = flags.indices.filter { flags[$0] }
    while let s = stack.popLast() {
      for a in 0..<mdp.actionCount where actions[s * mdp.actionCount + a] {
        mdp.transitions.forEachSuccessor(ofRow: s * mdp.actionCount + a) { t, _ in
          if !flags[t] {
            flags[t] = true
            stack.append(t)
          }
        }
      }
    }
    return flags
  }
}
