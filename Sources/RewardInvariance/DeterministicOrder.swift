internal import MDPSolvers
internal import MDPs

/// The order of the deterministic policies of a small model, by enumeration.
///
/// It is weaker than the order of all policies: two bandits that pay (0, 0.4, 1) and (0, 0.9, 1) order their arms alike
/// and mixtures of arms differently.
struct DeterministicOrder {
  /// The most policies that are enumerated.
  let limit: Int
  /// Returns are tied when they differ by at most this fraction of their range.
  let tolerance: Double

  /// Two policies with their returns: the first reward does not order them as the second does.
  struct Difference {
    let better: [Int]
    let worse: [Int]
    let firstReturns: [Double]
    let secondReturns: [Double]
  }

  /// A pair of policies that the rewards order differently, ties included, or nil.
  ///
  /// - Throws: ``RewardInvarianceError/tooLarge(question:size:limit:)``.
  /// - Complexity: O(policies · S³)
  func firstDifference(
    _ r1: [Double], _ r2: [Double], in mdp: MDP
  ) throws(RewardInvarianceError) -> Difference? {
    var policies: [(actions: [Int], first: Double, second: Double)] = []
    try forEachPolicy(in: mdp) { actions, evaluation in
      let play = evaluation.occupancy()
      policies.append((actions, play.expectedReturn(of: r1), play.expectedReturn(of: r2)))
    }
    policies.sort { ($0.first, $0.second) < ($1.first, $1.second) }
    let tie1 = tolerance * ((policies.last?.first ?? 0) - (policies.first?.first ?? 0))
    let seconds = policies.map(\.second)
    let tie2 = tolerance * ((seconds.max() ?? 0) - (seconds.min() ?? 0))
    func difference(_ i: Int, _ j: Int) -> Difference {
      Difference(
        better: policies[j].actions, worse: policies[i].actions, firstReturns: [policies[j].first, policies[i].first],
        secondReturns: [policies[j].second, policies[i].second])
    }
    // Policies tied under the first reward stand together; what was seen before them must be strictly below.
    var start = 0
    var highest = -1
    while start < policies.count {
      var end = start + 1
      while end < policies.count, policies[end].first - policies[end - 1].first <= tie1 { end += 1 }
      let group = start..<end
      let low = group.min { policies[$0].second < policies[$1].second } ?? start
      let high = group.max { policies[$0].second < policies[$1].second } ?? start
      if policies[high].second - policies[low].second > tie2 { return difference(low, high) }
      if highest >= 0, policies[low].second - policies[highest].second <= tie2 { return difference(highest, low) }
      highest = high
      start = end
    }
    return nil
  }

  /// All policies of `mdp` by their return under `r1`, where ``firstDifference(_:_:in:)`` found none.
  ///
  /// - Parameters:
  ///   - r1: the first reward, shape (S·A).
  ///   - r2: the second.
  ///   - mdp: the model.
  ///   - states: the numbers of its states in the model as given.
  /// - Returns: the ranking with all values.
  /// - Throws: ``RewardInvarianceError/tooLarge(question:size:limit:)``.
  /// - Complexity: O(policies · S³)
  func ranking(
    _ r1: [Double], _ r2: [Double], in mdp: MDP, states: [Int]
  ) throws(RewardInvarianceError) -> RankingCertificate {
    var entries: [(entry: RankingCertificate.Entry, first: Double)] = []
    try forEachPolicy(in: mdp) { actions, evaluation in
      let (v1, v2) = (evaluation.values(pairReward: r1), evaluation.values(pairReward: r2))
      entries.append(
        (
          .init(actions: actions, firstValues: v1, secondValues: v2),
          zip(mdp.initialDistribution, v1).reduce(0) { $0 + $1.0 * $1.1 }
        ))
    }
    entries.sort { $0.first < $1.first }
    return RankingCertificate(
      states: states, entries: entries.map(\.entry), tieTolerance: tolerance, discount: mdp.discount)
  }

  /// Evaluates every deterministic policy.
  private func forEachPolicy(
    in mdp: MDP, _ body: ([Int], PolicyEvaluation) -> Void
  ) throws(RewardInvarianceError) {
    let choices = (0..<mdp.stateCount).map { mdp.availableActions(in: $0) }
    let count = choices.reduce(1.0) { $0 * Double($1.count) }
    guard count <= Double(limit) else {
      throw .tooLarge(question: "the order of all deterministic policies", size: count, limit: Double(limit))
    }
    var digits = [Int](repeating: 0, count: mdp.stateCount)
    while true {
      let actions = zip(choices, digits).map { $0[$1] }
      let evaluation = try solving { () throws(SolverError) in
        try PolicyEvaluation(of: .deterministic(actions), in: mdp)
      }
      body(actions, evaluation)
      var s = 0
      while s < digits.count, digits[s] + 1 == choices[s].count {
        digits[s] = 0
        s += 1
      }
      guard s < digits.count else { return }
      digits[s] += 1
    }
  }
}
