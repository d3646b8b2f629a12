/// A proof by primal-dual accounting that a score rule earns a share of a configuration program on one instance.
///
/// Each attempt of an edge by a rule splits its expected gain w_u p between the vertex and the arrival by a score function
/// φ with values in [0, 1]: α_u += w_u p (1 − φ(l_u)), β_v += w_u p φ(l_u). Averaged over all runs, Σ α + Σ β is what the rule
/// earns, and scaled by 1/ρ the pair is feasible for the dual program, where
///
/// ```
/// ρ = min over u and S of (α_u + Σ_{v ∈ S} use(u, S, v) β_v) / (w_u value(u, S))
/// ```
///
/// So the rule earns at least ρ times the program; the minimising u and S show what makes the instance hard.
///
/// Source: the method of Huang, Zhang (arXiv 2002.01802), section 3, evaluated on an instance.
public struct MatchingCertificate: Sendable, Equatable {
  /// B1 or B2.
  public let reward: ConfigurationProgram.Reward
  /// ρ; nil when no vertex can earn anything.
  public let ratio: Double?
  /// The u and S that attain it.
  public let tightest: ConfigurationProgram.Configuration?
  /// α, shape (n).
  public let offlineShares: [Double]
  /// β, shape (m).
  public let arrivalShares: [Double]

  /// What the rule earns: Σ α + Σ β.
  public var expectedWeight: Double { offlineShares.reduce(0, +) + arrivalShares.reduce(0, +) }

  /// The certificate of a rule that remembers loads.
  ///
  /// - Parameters:
  ///   - rule: The rule; its memory must be the load.
  ///   - sharing: φ.
  ///   - reward: The program to compare with.
  ///   - original: The instance; capacities count as copies.
  ///   - evaluation: The limits of the exact evaluation.
  /// - Throws: ``MatchingError/tooLarge(what:size:limit:instead:)``, ``MatchingError/noExactValue(algorithm:reason:)`` when the
  ///   rule does not remember loads.
  public init(
    of rule: some ScoreRule, sharing: ScoreFunction, against reward: ConfigurationProgram.Reward,
    on original: MatchingInstance, evaluation: ExactEvaluation = ExactEvaluation()
  ) throws(MatchingError) {
    guard rule.memory == .load else {
      throw .noExactValue(algorithm: "the certificate", reason: "the rule does not remember loads; use a balance rule")
    }
    let copies = VertexCopies(original)
    let instance = copies.instance
    var alpha = [Double](repeating: 0, count: instance.offlineCount)
    var beta = [Double](repeating: 0, count: instance.arrivalCount)
    try evaluation.walk(rule, on: copies) { arrival, edge, mass, load in
      let gain = mass * instance.weights[edge.offline] * edge.probability
      let share = min(1, sharing(load))
      alpha[edge.offline] += gain * (1 - share)
      beta[arrival] += gain * share
    }
    self.reward = reward
    offlineShares = alpha
    arrivalShares = beta
    var ratio: Double?
    var tightest: ConfigurationProgram.Configuration?
    for (u, neighbours) in instance.neighbours.enumerated() where !neighbours.isEmpty && instance.weights[u] > 0 {
      let worst = Self.tightest(
        weight: instance.weights[u], neighbours: neighbours, alpha: alpha[u],
        prices: neighbours.map { beta[$0.arrival] },
        reward)
      if worst.ratio < ratio ?? .infinity {
        ratio = worst.ratio
        tightest = .init(offline: u, arrivals: worst.members.map { neighbours[$0].arrival })
      }
    }
    self.ratio = ratio
    self.tightest = tightest
  }

  /// The least ratio over the configurations of one vertex, by Dinkelbach's method: at a trial ρ the pricing routine finds
  /// the S of the largest ρ w value − β; a positive excess over α gives a smaller ρ.
  private static func tightest(
    weight: Double, neighbours: [(arrival: Int, probability: Double)], alpha: Double, prices: [Double],
    _ reward: ConfigurationProgram.Reward
  ) -> (ratio: Double, members: [Int]) {
    let all = Array(neighbours.indices)
    func ratio(_ members: [Int]) -> Double {
      let (value, uses) = reward.worth(members.map { neighbours[$0].probability })
      return (alpha + zip(members, uses).reduce(0) { $0 + prices[$1.0] * $1.1 }) / (weight * value)
    }
    var best = (ratio: ratio(all), members: all)
    for _ in 0..<200 {
      let pricing = ConfigurationPricing(weight: best.ratio * weight, neighbours: neighbours, prices: prices)
      let found = reward == .stochastic ? pricing.stochastic() : pricing.truncated(nodeLimit: 200_000)
      guard !found.members.isEmpty else { break }
      let trial = ratio(found.members)
      if trial < best.ratio * (1 - 1e-14) {
        best = (trial, found.members)
      } else {
        // An unfinished search proves a little less: scaling ρ scales the excess at least as much.
        if found.bound > found.value, found.bound > alpha { best.ratio *= alpha / found.bound }
        break
      }
    }
    return best
  }
}
