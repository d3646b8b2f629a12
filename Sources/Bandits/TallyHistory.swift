internal import RealModule

/// The plays that a tallying bandit remembers, and the tallies that follow from them, kept in the way that fits the weights.
struct TallyHistory: Sendable {
  private var counted: CountedPlays?
  private var fading: FadingPlays?
  private var listed: ListedPlays?

  /// The memory of `bandit` before the first play.
  ///
  /// - Parameters:
  ///   - bandit: The bandit.
  ///   - horizon: The most plays that will be made; a memory beyond it costs nothing.
  init(_ bandit: TallyingBandit, horizon: Int) {
    let window = bandit.window(horizon: horizon)
    let first = bandit.weights[0]
    if bandit.hasCounts {
      counted = CountedPlays(armCount: bandit.armCount, window: window)
    } else if case .geometric(let ratio) = first.kind, bandit.weights.allSatisfy({ $0 == first }) {
      fading = FadingPlays(armCount: bandit.armCount, window: window, ratio: ratio)
    } else {
      listed = ListedPlays(weights: bandit.weights, window: window)
    }
  }

  /// Makes a play of `arm`; returns its tally, this play included.
  mutating func play(_ arm: Int) -> Double { counted?.play(arm) ?? fading?.play(arm) ?? listed?.play(arm) ?? 0 }
}

extension TallyingBandit {
  /// Whether all tallies are counts: unit weights.
  var hasCounts: Bool { weights.allSatisfy(\.areUnit) }

  /// How many plays are remembered within `horizon`.
  func window(horizon: Int) -> Int { max(1, min(memory, horizon)) }
}

/// Unit weights: a ring of the last plays and one count an arm; O(1) a step for any memory.
struct CountedPlays: Sendable {
  private var ring: [UInt32]
  private var counts: [UInt32]
  private var place = 0

  /// One more count than arms: place `armCount` takes the departures from a window that is not yet full.
  init(armCount: Int, window: Int) {
    ring = [UInt32](repeating: UInt32(armCount), count: window)
    counts = [UInt32](repeating: 0, count: armCount + 1)
  }

  mutating func play(_ arm: Int) -> Double { stretch { Double($0.play(arm)) } }

  /// The ring and the counts at hand.
  struct Stretch {
    // Pointers: a play is two nanoseconds of work on a handful of numbers; arms and the ring's own entries are in range.
    let ring: UnsafeMutablePointer<UInt32>
    let counts: UnsafeMutablePointer<UInt32>
    let window: Int
    var place: Int

    /// Makes a play of `arm`; returns its count.
    @inline(__always) mutating func play(_ arm: Int) -> Int {
      counts[Int(ring[place])] &-= 1
      ring[place] = UInt32(truncatingIfNeeded: arm)
      place &+= 1
      if place == window { place = 0 }
      let count = counts[arm] &+ 1
      counts[arm] = count
      return Int(count)
    }
  }

  /// Hands `body` the ring and the counts for a stretch of plays.
  @inline(__always) mutating func stretch<Outcome>(_ body: (inout Stretch) -> Outcome) -> Outcome {
    var place = place
    let outcome = ring.withUnsafeMutableBufferPointer { ring in
      counts.withUnsafeMutableBufferPointer { counts in
        guard let ringBase = ring.baseAddress, let countBase = counts.baseAddress else {
          preconditionFailure("a window holds at least one play")
        }
        var view = Stretch(ring: ringBase, counts: countBase, window: ring.count, place: place)
        let outcome = body(&view)
        place = view.place
        return outcome
      }
    }
    self.place = place
    return outcome
  }
}

/// Geometric weights: one sum an arm that fades when it is looked at; O(1) a step, rebuilt every 4096 steps so that
/// rounding does not add up.
struct FadingPlays: Sendable {
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

  mutating func play(_ arm: Int) -> Double {
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
struct ListedPlays: Sendable {
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

  mutating func play(_ arm: Int) -> Double {
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
