internal import LinearAlgebra
public import MDPs
internal import Synchronization

/// How far the rewards of a learning run are from the true one, checkpoint by checkpoint, and what optimising each would
/// cost.
public struct CheckpointCurve: Sendable {
  /// One distance along the run.
  public struct Line: Sendable, Equatable {
    /// Which distance.
    public let distance: RewardDistance
    /// From the true reward to each checkpoint.
    public let values: [Double]
  }

  /// The name of the true reward.
  public let truth: String
  /// The names of the checkpoints, in order.
  public let checkpoints: [String]
  /// The distances, in the order asked for.
  public let lines: [Line]
  /// The worst-case regret of optimising each checkpoint.
  public let regrets: [WorstCaseRegret]
  /// What playing an optimal policy of each checkpoint costs.
  public let optimal: [OptimalPolicyRegret]
  /// What a reader should know beside the numbers.
  public let flags: [String]
}

extension ComparisonWorld {
  /// The curve of `checkpoints` against `truth`.
  ///
  /// - Parameters:
  ///   - truth: the true reward.
  ///   - checkpoints: the rewards of a run, in order.
  ///   - distances: which distances to work out.
  ///   - skipsImpossible: whether distances that the model or the rewards do not allow are left out with a flag.
  /// - Returns: distances and regrets, one a checkpoint.
  /// - Throws: ``RewardDistanceError``
  /// - Complexity: one canonical form a reward and distance, and some fifteen planning problems a checkpoint.
  public func curve(
    against truth: Reward, checkpoints: [Reward], distances: [RewardDistance], skipsImpossible: Bool = false
  ) throws(RewardDistanceError) -> CheckpointCurve {
    let (first, others) = (try admit(truth), try admit(checkpoints))
    var flags = self.flags
    var lines: [CheckpointCurve.Line] = []
    try prepareProjections([first] + others)
    for distance in distances {
      do throws(RewardDistanceError) {
        try prepare([first] + others, for: distance)
        let values = try inParallel(others.count) { i throws(RewardDistanceError) in
          try self.distance(distance, first, others[i]).value
        }
        lines.append(CheckpointCurve.Line(distance: distance, values: values))
      } catch {
        guard skipsImpossible else { throw error }
        flags.append("left out \(distance.name): \(error)")
      }
    }
    let regrets = try inParallel(others.count) { i throws(RewardDistanceError) in
      (
        try self.worstCaseRegret(of: others[i], truth: first), try self.optimalPolicyRegret(of: others[i], truth: first)
      )
    }
    if try first.returnRange().value == 0 {
      flags.append("the true reward is trivial: all policies have the same return under it")
    }
    return CheckpointCurve(
      truth: truth.name, checkpoints: checkpoints.map(\.name), lines: lines, regrets: regrets.map(\.0),
      optimal: regrets.map(\.1), flags: flags)
  }
}

/// The values of `body` at 0 ..< `count`, worked out in parallel; the error of the lowest number, where there is one.
func inParallel<Value: Sendable>(
  _ count: Int, _ body: @Sendable (_ i: Int) throws(RewardDistanceError) -> Value
) throws(RewardDistanceError) -> [Value] {
  let outcomes = Mutex([Result<Value, RewardDistanceError>?](repeating: nil, count: count))
  let taken = Atomic<Int>(0)
  forEachRange(of: min(processorCount, count)) { (_: Range<Int>) in
    while true {
      let i = taken.add(1, ordering: .relaxed).oldValue
      guard i < count else { return }
      let outcome: Result<Value, RewardDistanceError>
      do throws(RewardDistanceError) {
        outcome = .success(try body(i))
      } catch {
        outcome = .failure(error)
      }
      outcomes.withLock { $0[i] = outcome }
    }
  }
  var result: [Value] = []
  result.reserveCapacity(count)
  for case let outcome? in outcomes.withLock({ $0 }) { result.append(try outcome.get()) }
  return result
}
