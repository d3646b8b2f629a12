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
  /// The arm pulled most often: its index is the first hurdle for the others.
  @usableFromInline var leader = 0

  /// A fresh learner.
  public init(_ index: Index, armCount: Int, ties: TieRule = .lowest) {
    self.index = index
    self.ties = ties
    statistics = ArmStatistics(armCount: armCount)
  }

  /// The arm of the largest index.
  @inlinable public mutating func choose(using stream: inout RandomStream) -> Int {
    stretch { $0.choose(using: &stream) }
  }

  /// Takes in the reward of a pull.
  @inlinable public mutating func learn(arm: Int, reward: Double, using stream: inout RandomStream) {
    stretch { $0.learn(arm: arm, reward: reward, using: &stream) }
  }

  /// The learner with its statistics at hand.
  @inlinable @inline(__always) public mutating func stretch<Outcome>(_ body: (inout IndexStretch<Index>) -> Outcome)
    -> Outcome
  {
    var (time, allSeen, leader) = (time, allSeen, leader)
    let (index, ties) = (index, ties)
    let outcome = statistics.withPointers { count, pulls, sums, means in
      var view = IndexStretch(
        index: index, ties: ties, armCount: count, pulls: pulls, sums: sums, means: means, time: time,
        allSeen: allSeen, leader: leader)
      let outcome = body(&view)
      (time, allSeen, leader) = (view.time, view.allSeen, view.leader)
      return outcome
    }
    (self.time, self.allSeen, self.leader) = (time, allSeen, leader)
    return outcome
  }

  /// All mass on one arm, or the same on all that are tied.
  public func distribution() -> [Double] {
    let armCount = statistics.pulls.count
    var mass = [Double](repeating: 0, count: armCount)
    guard time >= armCount else {
      mass[time] = 1
      return mass
    }
    var copy = self
    let tied = copy.stretch { $0.tiedArms() }
    for arm in ties == .random ? tied : Array(tied.prefix(1)) { mass[arm] = 1 }
    let share = 1 / mass.reduce(0, +)
    return mass.map { $0 * share }
  }
}

/// An index policy during a stretch of pulls.
public struct IndexStretch<Index: ArmIndex>: Chooser {
  // Pointers: the loop over the arms is the whole cost of a step, and the arrays are all of length K.
  @usableFromInline let index: Index
  @usableFromInline let ties: TieRule
  @usableFromInline let armCount: Int
  @usableFromInline let pulls: UnsafeMutablePointer<Double>
  @usableFromInline let sums: UnsafeMutablePointer<Double>
  @usableFromInline let means: UnsafeMutablePointer<Double>
  @usableFromInline var time: Int
  @usableFromInline var allSeen: Bool
  @usableFromInline var leader: Int

  @usableFromInline init(
    index: Index, ties: TieRule, armCount: Int, pulls: UnsafeMutablePointer<Double>,
    sums: UnsafeMutablePointer<Double>, means: UnsafeMutablePointer<Double>, time: Int, allSeen: Bool, leader: Int
  ) {
    self.index = index
    self.ties = ties
    self.armCount = armCount
    self.pulls = pulls
    self.sums = sums
    self.means = means
    self.time = time
    self.allSeen = allSeen
    self.leader = leader
  }

  /// The arm of the largest index.
  @inlinable public mutating func choose(using stream: inout RandomStream) -> Int {
    let now = time
    time = now &+ 1
    if !allSeen {
      if now < armCount { return now }
      allSeen = (0..<armCount).allSatisfy { pulls[$0] > 0 }
      // Rewards that are late: go on in turn until every arm was seen.
      if !allSeen { return now % armCount }
    }
    let moment = index.moment(time: now, bestMean: Index.usesBestMean ? largestMean() : 0)
    if ties == .random {
      let tied = tiedArms(moment)
      return tied.count == 1 ? tied[0] : tied[stream.index(below: tied.count)]
    }
    return lowestBest(moment)
  }

  /// Takes in the reward of a pull.
  @inlinable public mutating func learn(arm: Int, reward: Double, using stream: inout RandomStream) {
    let n = pulls[arm] + 1, sum = sums[arm] + reward
    pulls[arm] = n
    sums[arm] = sum
    means[arm] = sum / n
    if n > pulls[leader] { leader = arm }
  }

  @inlinable func largestMean() -> Double {
    var largest = -Double.infinity
    for k in 0..<armCount where means[k] > largest { largest = means[k] }
    return largest
  }

  @inlinable func value(_ arm: Int, _ moment: Index.Moment) -> Double {
    index.value(mean: means[arm], pulls: pulls[arm], at: moment)
  }

  /// The lowest arm within the tolerance of the largest index.
  ///
  /// The arm pulled most often sets the level; most others are seen to stay below it without their index.
  @inlinable func lowestBest(_ moment: Index.Moment) -> Int {
    var best = value(leader, moment)
    var arm = leader
    // Whether some other arm is within the tolerance of the best, or was.
    var isClose = false
    // Counted without a branch: who reaches the level changes too often to be foreseen. The leader reaches its own.
    var reaching = 0
    for k in 0..<armCount {
      reaching &+= index.mayReach(best, mean: means[k], pulls: pulls[k], at: moment) ? 1 : 0
    }
    guard reaching > 1 else { return leader }
    for k in 0..<armCount where k != leader && index.mayReach(best, mean: means[k], pulls: pulls[k], at: moment) {
      let value = value(k, moment)
      if abs(value - best) <= 2 * TieRule.tolerance { isClose = true }
      if value > best {
        best = value
        arm = k
      }
    }
    guard isClose else { return arm }
    for k in 0..<armCount where value(k, moment) >= best - TieRule.tolerance { return k }
    return arm
  }

  /// All arms within the tolerance of the largest index.
  @usableFromInline func tiedArms(_ moment: Index.Moment) -> [Int] {
    let values = (0..<armCount).map { value($0, moment) }
    let best = values.max() ?? 0
    return values.indices.filter { values[$0] >= best - TieRule.tolerance }
  }

  /// All arms that are tied at the present time.
  func tiedArms() -> [Int] {
    tiedArms(index.moment(time: time, bestMean: Index.usesBestMean ? largestMean() : 0))
  }
}
