internal import RealModule

/// The plays that a tallying bandit remembers, and the tallies that follow from them.
@usableFromInline protocol TallyHistory: Sendable {
  /// Makes a play of `arm`; returns its tally, this play included.
  mutating func play(_ arm: Int) -> Double
}

extension TallyingBandit {
  /// An empty memory of the kind that fits the weights.
  ///
  /// - Parameter horizon: The most plays that will be made; a memory beyond it costs nothing.
  /// - Returns: The memory before the first play.
  func emptyHistory(horizon: Int) -> any TallyHistory {
    let window = max(1, min(memory, horizon))
    let first = weights[0]
    guard weights.allSatisfy({ $0 == first }) else { return ListedPlays(weights: weights, window: window) }
    switch first.kind {
    case .unit: return CountedPlays(armCount: armCount, window: window)
    case .geometric(let ratio): return FadingPlays(armCount: armCount, window: window, ratio: ratio)
    case .general: return ListedPlays(weights: weights, window: window)
    }
  }
}

/// Unit weights: a ring of the last plays and one count an arm; O(1) a step for any memory.
@usableFromInline struct CountedPlays: TallyHistory {
  @usableFromInline var ring: [Int32]
  @usableFromInline var counts: [Int32]
  @usableFromInline var place = 0

  /// One more count than arms: place `armCount` takes the departures from a window that is not yet full.
  @usableFromInline init(armCount: Int, window: Int) {
    ring = [Int32](repeating: Int32(armCount), count: window)
    counts = [Int32](repeating: 0, count: armCount + 1)
  }

  @inlinable mutating func play(_ arm: Int) -> Double {
    counts[Int(ring[place])] &-= 1
    ring[place] = Int32(truncatingIfNeeded: arm)
    place &+= 1
    if place == ring.count { place = 0 }
    counts[arm] &+= 1
    return Double(counts[arm])
  }
}

/// Geometric weights: one sum an arm that fades when it is looked at; O(1) a step, rebuilt every 4096 steps so that
/// rounding does not add up.
@usableFromInline struct FadingPlays: TallyHistory {
  private var ring: [Int32]
  private var sums: [Double]
  /// The step at which each sum was last brought up to date.
  private var stamps: [Int]
  /// γ^0 … γ^window
  private let powers: [Double]
  private var step = 0

  init(armCount: Int, window: Int, ratio: Double) {
    ring = [Int32](repeating: -1, count: window)
    sums = [Double](repeating: 0, count: armCount)
    stamps = [Int](repeating: 0, count: armCount)
    powers = (0...window).map { Double.pow(ratio, $0) }
  }

  private mutating func fade(_ arm: Int) {
    let gap = step - stamps[arm]
    sums[arm] = gap < powers.count ? sums[arm] * powers[gap] : 0
    stamps[arm] = step
  }

  @usableFromInline mutating func play(_ arm: Int) -> Double {
    let window = ring.count
    let place = step % window
    let leaving = Int(ring[place])
    if leaving >= 0 {
      fade(leaving)
      sums[leaving] -= powers[window]
    }
    ring[place] = Int32(truncatingIfNeeded: arm)
    fade(arm)
    sums[arm] += 1
    if step % 4096 == 4095 { rebuild() }
    step += 1
    return sums[arm]
  }

  private mutating func rebuild() {
    for arm in sums.indices {
      sums[arm] = 0
      stamps[arm] = step
    }
    for lag in 0..<min(ring.count, step + 1) { sums[Int(ring[(step - lag) % ring.count])] += powers[lag] }
  }
}

/// Any weights, also of each arm its own: the steps at which each arm was played; O(plays of the arm in the window).
@usableFromInline struct ListedPlays: TallyHistory {
  private let weights: [TallyWeights]
  private let window: Int
  /// The steps at which each arm was played, oldest first, and the place of the first that still counts.
  private var steps: [[Int]]
  private var first: [Int]
  private var step = 0

  init(weights: [TallyWeights], window: Int) {
    self.weights = weights
    self.window = window
    steps = [[Int]](repeating: [], count: weights.count)
    first = [Int](repeating: 0, count: weights.count)
  }

  @usableFromInline mutating func play(_ arm: Int) -> Double {
    var start = first[arm]
    while start < steps[arm].count, steps[arm][start] <= step - window { start += 1 }
    if start > 1024, 2 * start > steps[arm].count {
      steps[arm].removeFirst(start)
      start = 0
    }
    first[arm] = start
    steps[arm].append(step)
    var tally = 0.0
    for played in steps[arm][start...] { tally += weights[arm][step - played] }
    step += 1
    return tally
  }
}
