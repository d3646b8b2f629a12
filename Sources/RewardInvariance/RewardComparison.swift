public import MDPs
public import RewardDistances

/// Everything there is to say about a proxy beside a true reward: distances, relation, regret both ways, ranges.
public struct RewardComparison: Sendable {
  /// Where the comparison was made.
  public let world: ComparisonWorld
  /// The true reward.
  public let truth: ComparedReward
  /// The proxy.
  public let proxy: ComparedReward
  /// The distances in the order asked for.
  public let distances: [DistanceValue]
  /// What the distances prove about regret, where they prove something.
  public let bounds: [RegretBound]
  /// The strongest relation that holds, with its certificate or counterexample.
  public let relation: PolicyOrderRelation
  /// What optimising the proxy can cost.
  public let regret: WorstCaseRegret
  /// What playing a proxy-optimal policy costs.
  public let optimalRegret: OptimalPolicyRegret
  /// What optimising the true reward can cost when the proxy is meant.
  public let reverseRegret: WorstCaseRegret
  /// What playing a truly optimal policy costs when the proxy is meant.
  public let reverseOptimalRegret: OptimalPolicyRegret
  /// The worst-case regret at each slack asked for, as shares of the proxy's range of returns.
  public let slackCurve: [(slack: Double, regret: WorstCaseRegret)]
  /// The range of returns under the true reward.
  public let trueRange: ReturnRange
  /// The range of returns under the proxy.
  public let proxyRange: ReturnRange
  /// What a reader should know beside the numbers, one sentence each.
  public let flags: [String]

  /// Which distances to work out.
  public enum Selection: Sendable {
    /// The short list; those that the model or the rewards do not allow are left out with a flag.
    case summary
    /// Every distance; those that the model or the rewards do not allow are left out with a flag.
    case all
    /// These; those that the model or the rewards do not allow are left out with a flag.
    case possible([RewardDistance])
    /// These, each of which must be possible.
    case named([RewardDistance])
  }

  /// Compares `proxy` with `truth` on `mdp`.
  ///
  /// - Parameters:
  ///   - mdp: the world; its discount must be below 1.
  ///   - truth: the true reward.
  ///   - proxy: the reward that is optimised.
  ///   - selection: which distances to work out.
  ///   - options: which states count, the policy, the tolerances.
  ///   - slacks: how far short of the proxy's wishes the chosen policy may fall, as shares of the proxy's range of
  ///     returns, each in [0, 1].
  /// - Throws: ``RewardDistanceError``
  /// - Complexity: two projections and about thirty planning problems, started from each other's policies.
  public init(
    _ mdp: MDP, truth: Reward, proxy: Reward, selection: Selection = .summary,
    options: ComparisonOptions = ComparisonOptions(), slacks: [Double] = []
  ) throws(RewardDistanceError) {
    let world = try ComparisonWorld(mdp, options: options)
    let (first, second) = (try world.admit(truth), try world.admit(proxy))
    var flags = world.flags
    var values: [DistanceValue] = []
    switch selection {
    case .named(let distances):
      for distance in distances { values.append(try world.distance(distance, first, second)) }
    case .summary, .all, .possible:
      let wanted =
        switch selection {
        case .all: RewardDistance.all
        case .possible(let distances): distances
        default: RewardDistance.summary
        }
      var refused: [String: [String]] = [:]
      for distance in wanted {
        do throws(RewardDistanceError) {
          values.append(try world.distance(distance, first, second))
        } catch {
          refused[error.description, default: []].append(distance.name)
        }
      }
      for (reason, names) in refused.sorted(by: { $0.key < $1.key }) {
        flags.append("left out \(Self.listed(names)): \(reason)")
      }
    }
    self.world = world
    self.truth = first
    self.proxy = second
    distances = values
    bounds = try world.regretBounds(of: values, first, second)
    trueRange = try first.returnRange()
    proxyRange = try second.returnRange()
    relation = try world.relation(first, second)
    regret = try world.worstCaseRegret(of: second, truth: first)
    optimalRegret = try world.optimalPolicyRegret(of: second, truth: first)
    reverseRegret = try world.worstCaseRegret(of: first, truth: second)
    reverseOptimalRegret = try world.optimalPolicyRegret(of: first, truth: second)
    slackCurve = try world.slackCurve(of: second, truth: first, slacks: slacks)
    if trueRange.value == 0 { flags.append("the true reward is trivial: all policies have the same return under it") }
    if proxyRange.value == 0 { flags.append("the proxy is trivial: all policies have the same return under it") }
    if let warning = relation.order.warning { flags.append(warning) }
    var notes: [(note: String, names: [String])] = []
    for value in values {
      guard let note = value.note else { continue }
      if let i = notes.firstIndex(where: { $0.note == note }) {
        notes[i].names.append(value.distance.name)
      } else {
        notes.append((note, [value.distance.name]))
      }
    }
    for (note, names) in notes { flags.append("\(Self.listed(names)): \(note)") }
    self.flags = flags
  }

  private static func listed(_ names: [String]) -> String {
    names.count <= 4
      ? names.joined(separator: ", ") : names.prefix(3).joined(separator: ", ") + " and \(names.count - 3) more"
  }
}
