/// Transitions seen by an agent with two rewards read off at each: what there is to compare when rewards are no tables.
public struct TransitionSamples: Sendable, Equatable {
  /// s of each transition, from 0.
  public let states: [Int]
  /// a of each transition, from 0.
  public let actions: [Int]
  /// s' of each transition, from 0.
  public let nextStates: [Int]
  /// The true reward of each transition.
  public let first: [Double]
  /// The proxy's reward of each transition.
  public let second: [Double]
  /// How much each transition counts; nil when all count alike. A transition of weight 0 was never seen, but its rewards are
  /// known.
  public let weights: [Double]?

  /// The number of transitions.
  public var count: Int { states.count }

  /// States and actions are at most this.
  public static let largestIndex = 100_000_000

  /// Transitions over arrays of one length.
  ///
  /// - Throws: ``RewardDistanceError/sample(row:reason:)`` naming the first transition that is wrong.
  public init(
    states: [Int], actions: [Int], nextStates: [Int], first: [Double], second: [Double], weights: [Double]? = nil
  ) throws(RewardDistanceError) {
    let n = states.count
    guard n > 0 else { throw .sample(row: 0, reason: "there are no transitions; at least one is needed") }
    guard actions.count == n, nextStates.count == n, first.count == n, second.count == n, weights?.count ?? n == n
    else {
      let shortest = min(
        states.count, actions.count, nextStates.count, first.count, second.count, weights?.count ?? n)
      throw .sample(row: shortest, reason: "the columns have different lengths")
    }
    var isSeen = false
    for i in 0..<n {
      for (what, x) in [("state", states[i]), ("action", actions[i]), ("next state", nextStates[i])]
      where x < 0 || x > Self.largestIndex {
        throw .sample(row: i, reason: "the \(what) is \(x); it must be a whole number from 0 to \(Self.largestIndex)")
      }
      for (what, x) in [("first", first[i]), ("second", second[i])] where !x.isFinite {
        throw .sample(row: i, reason: "the \(what) reward is \(x); it must be finite")
      }
      let w = weights?[i] ?? 1
      guard w >= 0, w.isFinite else {
        throw .sample(row: i, reason: "the weight is \(w); it must be finite and not negative")
      }
      if w > 0 { isSeen = true }
    }
    guard isSeen else { throw .sample(row: 0, reason: "no transition has a positive weight") }
    self.states = states
    self.actions = actions
    self.nextStates = nextStates
    self.first = first
    self.second = second
    self.weights = weights
  }
}
