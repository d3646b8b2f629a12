internal import LinearAlgebra
public import MDPs

/// Finds optimal play for one reward a − λ b after another on a large sparse model: for searches over λ.
///
/// A play keeps its values under a − λ b and under b. They give its returns without an occupancy, and start the search at
/// the next λ so near that only what changes in the policy is left to be found. Searches may be as rough as the caller
/// likes.
///
/// Source: Puterman, Markov Decision Processes (1994), §6.5.
public struct PencilSearch: Sendable {
  /// A policy with its values.
  public struct Play: Sendable {
    /// The action of each state, shape (S).
    public let policy: [Int32]
    /// λ, where it was found.
    public let multiplier: Double
    /// The return under a.
    public let firstReturn: Double
    /// The return under b.
    public let secondReturn: Double
    /// The values under a − λ b, shape (S).
    public let values: [Double]
    /// The values under b, shape (S).
    fileprivate let secondValues: [Double]

    fileprivate init(
      _ mdp: MDP, policy: [Int32], multiplier: Double, values: [Double], secondValues: [Double]
    ) {
      let start = mdp.initialDistribution
      self.policy = policy
      self.multiplier = multiplier
      self.values = values
      self.secondValues = secondValues
      secondReturn = compensatedSum(start.indices.lazy.map { start[$0] * secondValues[$0] })
      firstReturn = compensatedSum(start.indices.lazy.map { start[$0] * values[$0] }) + multiplier * secondReturn
    }
  }

  /// How far from the truth a play may be, as far as rounding allows.
  public struct Tolerance: Sendable {
    /// Of the values under a − λ b.
    public var values: Double
    /// Of the values under b.
    public var slope: Double

    /// Both tolerances.
    public init(values: Double, slope: Double) { (self.values, self.slope) = (values, slope) }
  }

  /// The world.
  public let mdp: MDP
  private let first: [Double]
  private let second: [Double]
  /// The operator of b.
  private let bellman: BellmanOperator

  /// A search over the rewards `first` − λ `second`, both of shape (S·A); nil where other methods are better.
  public init?(_ mdp: MDP, _ first: [Double], _ second: [Double]) {
    guard mdp.isSwept, let problem = try? DiscountedProblem(mdp, pairReward: second) else { return nil }
    precondition(first.count == second.count, "one reward a pair is needed")
    self.mdp = mdp
    self.first = first
    self.second = second
    bellman = problem.bellman
  }

  /// A policy of nearly the largest (or least) return under a − `multiplier` b.
  ///
  /// - Parameters:
  ///   - multiplier: λ.
  ///   - direction: which end of the returns is looked for.
  ///   - start: the play of a neighbouring λ.
  ///   - tolerance: how near is enough.
  /// - Returns: the play, and where the optimal return lies for certain; nil where sweeps contract slowly.
  /// - Throws: ``SolverError``
  /// - Complexity: O(stored transitions) a sweep.
  public func optimum(
    at multiplier: Double, direction: Direction, from start: Play, tolerance: Tolerance
  ) throws(SolverError) -> (play: Play, bounds: ClosedRange<Double>)? {
    let reward = first.indices.map { first[$0] - multiplier * second[$0] }
    let problem = try DiscountedProblem(mdp, pairReward: reward, direction: direction)
    let (sign, step) = (direction.sign, start.multiplier - multiplier)
    let guess = start.values.indices.map { sign * (start.values[$0] + step * start.secondValues[$0]) }
    guard let found = problem.bellman.sweptPolicy(from: guess, tolerance: tolerance.values),
      let slopes = secondValues(of: found.policy, from: start.secondValues, tolerance: tolerance.slope)
    else { return nil }
    let play = Play(
      mdp, policy: found.policy, multiplier: multiplier,
      values: sign < 0 ? found.values.map { -$0 } : found.values, secondValues: slopes)
    return (play, problem.returnBounds(values: found.values, error: found.error))
  }

  /// The play of a policy that is optimal under a, where its values are `values`; nil where sweeps contract slowly.
  public func play(of policy: [Int], values: [Double], tolerance: Tolerance) -> Play? {
    let policy = policy.map { Int32($0) }
    let guess = [Double](repeating: 0, count: policy.count)
    return secondValues(of: policy, from: guess, tolerance: tolerance.slope).map {
      Play(mdp, policy: policy, multiplier: 0, values: values, secondValues: $0)
    }
  }

  /// Values under b by sweeps from `guess`, with the constant that they still miss added at the end: the middle of
  /// MacQueen's bounds.
  private func secondValues(of policy: [Int32], from guess: [Double], tolerance: Double) -> [Double]? {
    let growth = mdp.discount / (1 - mdp.discount)
    var (values, next) = (guess, guess)
    var (previous, slow) = (Double.infinity, 0)
    for step in 0..<400 {
      let change = bellman.sweep(values, into: &next, policy: policy)
      swap(&values, &next)
      guard change.span.isFinite else { return nil }
      // At the level of rounding the span no longer falls.
      let isRounding = change.span <= 64 * .ulpOfOne * change.magnitude && change.span > 0.7 * previous
      if growth * change.span <= tolerance || isRounding {
        let shift = growth * change.middle
        for s in values.indices { values[s] += shift }
        return values
      }
      slow = step > 10 && change.span > 0.8 * previous ? slow + 1 : 0
      if slow >= 5 { return nil }
      previous = change.span
    }
    return nil
  }
}
