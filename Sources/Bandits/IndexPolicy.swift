public import Simulation

/// Pulls every arm once in order, then always an arm of the largest index.
public struct IndexPolicy<Index: ArmIndex>: EnumerablePolicy {
  /// The formula.
  public let index: Index
  /// What is done when indices are equal.
  public let ties: TieRule
  /// What was seen.
  public var statistics: ArmStatistics
  /// How many choices were made.
  @usableFromInline var time = 0
  /// Whether every arm was seen at least once.
  @usableFromInline var allSeen = false
  /// The last choice: its index is the first hurdle for costly ones.
  @usableFromInline var last = 0

  /// A fresh learner.
  public init(_ index: Index, armCount: Int, ties: TieRule = .lowest) {
    self.index = index
    self.ties = ties
    statistics = ArmStatistics(armCount: armCount)
  }

  /// The arm of the largest index.
  @inlinable public mutating func choose(using stream: inout RandomStream) -> Int {
    defer { time &+= 1 }
    let armCount = statistics.pulls.count
    if !allSeen {
      if time < armCount { return time }
      allSeen = statistics.pulls.allSatisfy { $0 > 0 }
      // Rewards that are late: go on in turn until every arm was seen.
      if !allSeen { return time % armCount }
    }
    if ties == .random {
      let tied = tiedArms()
      return tied.count == 1 ? tied[0] : tied[stream.index(below: tied.count)]
    }
    last = lowestBest()
    return last
  }

  /// Takes in the reward of a pull.
  @inlinable public mutating func learn(arm: Int, reward: Double, using stream: inout RandomStream) {
    statistics.add(reward, arm: arm)
  }

  @inlinable func moment() -> Index.Moment {
    index.moment(time: time, bestMean: Index.usesBestMean ? largestMean() : 0)
  }

  @inlinable func largestMean() -> Double {
    var largest = -Double.infinity
    for mean in statistics.means where mean > largest { largest = mean }
    return largest
  }

  /// The lowest arm within the tolerance of the largest index.
  @inlinable func lowestBest() -> Int {
    let moment = moment()
    // Pointers: this loop over the arms is the whole cost of a step, and the arrays are all of length K.
    return statistics.means.withUnsafeBufferPointer { means in
      statistics.pulls.withUnsafeBufferPointer { pulls in
        var best = -Double.infinity
        var arm = 0
        // Whether an arm before `arm` is within the tolerance of it.
        var isClose = false
        if Index.isCostly {
          best = index.value(mean: means[last], pulls: pulls[last], at: moment)
          arm = last
        }
        for k in 0..<means.count {
          if Index.isCostly {
            if k == last { continue }
            guard index.mayReach(best, mean: means[k], pulls: pulls[k], at: moment) else { continue }
          }
          let value = index.value(mean: means[k], pulls: pulls[k], at: moment)
          if Index.isCostly {
            if abs(value - best) <= 2 * TieRule.tolerance { isClose = true }
            if value > best {
              best = value
              arm = k
            }
          } else if value > best {
            isClose = best >= value - TieRule.tolerance
            best = value
            arm = k
          }
        }
        guard isClose else { return arm }
        for k in 0..<means.count
        where index.value(mean: means[k], pulls: pulls[k], at: moment) >= best - TieRule.tolerance { return k }
        return arm
      }
    }
  }

  /// All arms within the tolerance of the largest index.
  @usableFromInline func tiedArms() -> [Int] {
    let moment = moment()
    let values = statistics.means.indices.map {
      index.value(mean: statistics.means[$0], pulls: statistics.pulls[$0], at: moment)
    }
    let best = values.max() ?? 0
    return values.indices.filter { values[$0] >= best - TieRule.tolerance }
  }

  /// All mass on one arm, or the same on all that are tied.
  public func distribution() -> [Double] {
    let armCount = statistics.pulls.count
    var mass = [Double](repeating: 0, count: armCount)
    let tied = time < armCount ? [time] : ties == .random ? tiedArms() : Array(tiedArms().prefix(1))
    for arm in tied { mass[arm] = 1 / Double(tied.count) }
    return mass
  }
}
