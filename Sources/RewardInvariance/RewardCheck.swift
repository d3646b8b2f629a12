public import MDPs
public import RewardDistances

/// What a pair of rewards is required to satisfy: relations, a limit on the worst-case regret, limits on distances.
public struct RewardCheck: Sendable {
  /// The relations that must hold.
  public var relations: [RewardRelation]
  /// The largest normalised worst-case regret of optimising the second reward when the first is meant, in [0, 1].
  public var regretLimit: Double?
  /// The largest values of distances.
  public var distanceLimits: [(distance: RewardDistance, limit: Double)]
  /// The tolerances.
  public var options: InvarianceOptions

  /// A check of the given requirements.
  public init(
    relations: [RewardRelation] = [], regretLimit: Double? = nil,
    distanceLimits: [(distance: RewardDistance, limit: Double)] = [], options: InvarianceOptions = InvarianceOptions()
  ) {
    self.relations = relations
    self.regretLimit = regretLimit
    self.distanceLimits = distanceLimits
    self.options = options
  }

  /// Checks how `second` (the proxy) relates to `first` (the true reward) on `mdp`.
  ///
  /// - Throws: ``RewardInvarianceError``
  public func run(
    _ mdp: MDP, from first: Reward, to second: Reward
  ) throws(RewardInvarianceError) -> RewardCheckResult {
    let check = try InvarianceCheck(mdp, from: first, to: second, options: options)
    var findings: [RelationFinding] = []
    for relation in relations { findings.append(try check.decide(relation)) }
    var limits: [LimitOutcome] = []
    var regret: WorstCaseRegret?
    if regretLimit != nil || !distanceLimits.isEmpty {
      let (world, truth, proxy) = try check.compared()
      if let regretLimit {
        let found = try comparing { () throws(RewardDistanceError) in
          try world.worstCaseRegret(of: proxy, truth: truth)
        }
        regret = found
        limits.append(LimitOutcome(quantity: "regret", value: found.normalised, limit: regretLimit))
      }
      for (distance, limit) in distanceLimits {
        let found = try comparing { () throws(RewardDistanceError) in try world.distance(distance, truth, proxy) }
        limits.append(LimitOutcome(quantity: distance.name, value: found.value, limit: limit))
      }
    }
    let failed = findings.contains { !$0.holds }
    return RewardCheckResult(
      mdp: mdp, first: first, second: second, findings: findings, limits: limits, regret: regret,
      terminalFault: failed ? try check.terminalFault() : nil)
  }
}

/// A quantity beside the limit it must keep.
public struct LimitOutcome: Sendable, Equatable {
  /// `regret`, or the name of a distance.
  public let quantity: String
  /// What it is.
  public let value: Double
  /// What it may be at most.
  public let limit: Double

  /// Whether the limit is kept.
  public var holds: Bool { value <= limit }
}

/// What a check found.
public struct RewardCheckResult: Sendable {
  /// The model.
  public let mdp: MDP
  /// The first reward, the true one.
  public let first: Reward
  /// The second reward, the proxy.
  public let second: Reward
  /// One finding a relation asked for.
  public let findings: [RelationFinding]
  /// One outcome a limit asked for.
  public let limits: [LimitOutcome]
  /// The regret with its witness, when a limit on it was asked for.
  public let regret: WorstCaseRegret?
  /// The classic mistake, when a relation fails because of it.
  public let terminalFault: TerminalPotentialFault?

  /// Whether everything that was asked for holds.
  public var holds: Bool { findings.allSatisfy(\.holds) && limits.allSatisfy(\.holds) }

  /// The reasons for which relations were left undecided.
  public var undecided: [String] {
    findings.compactMap { finding in
      guard case .undecided(let reason) = finding.verdict else { return nil }
      return "\(finding.relation.name): \(reason)"
    }
  }
}
