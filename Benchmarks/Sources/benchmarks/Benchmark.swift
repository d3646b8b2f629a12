/// One question about speed, answered by measuring ourselves beside a peer in the same run.
struct Benchmark: Sendable {
  /// What the command line selects by, `topic/what`.
  let name: String
  /// Measures and reports.
  let run: @Sendable () throws -> [Comparison]

  /// A benchmark with the name it is selected by.
  init(_ name: String, run: @escaping @Sendable () throws -> [Comparison]) {
    self.name = name
    self.run = run
  }
}

/// The times of the same work done by us and by a peer, taken in turns.
struct Comparison {
  /// The instance, such as a size.
  let instance: String
  /// Who the peer is.
  let peer: String
  /// Our time.
  let ours: Timing
  /// The peer's time; `nil` when there is none to run here.
  let theirs: Timing?
  /// The largest ratio that the project allows itself; `nil` where no bar is set.
  let bar: Double?

  /// Our median over the peer's.
  var ratio: Double? { theirs.map { ours.median / $0.median } }

  /// Measures `ours` and `theirs` in turns, so that a change of the machine's speed meets both.
  ///
  /// - Parameters:
  ///   - instance: The instance, such as a size.
  ///   - peer: Who the peer is.
  ///   - bar: The largest ratio that the project allows itself.
  ///   - ours: Our work; what it returns keeps the compiler from leaving it out.
  ///   - theirs: The peer's work.
  /// - Returns: The times of both.
  static func measure<Ours, Theirs>(
    _ instance: String, peer: String, bar: Double? = nil, ours: () throws -> Ours, theirs: () throws -> Theirs
  ) rethrows -> Comparison {
    let ourBatch = try Timing.batch(ours)
    let theirBatch = try Timing.batch(theirs)
    var (our, their): ([Double], [Double]) = ([], [])
    for _ in 0..<Timing.repetitions(ourBatch.seconds + theirBatch.seconds) {
      our.append(try Timing.seconds(ourBatch.count, ours))
      their.append(try Timing.seconds(theirBatch.count, theirs))
    }
    return Comparison(instance: instance, peer: peer, ours: Timing(our), theirs: Timing(their), bar: bar)
  }

  /// Measures `ours` alone.
  ///
  /// - Parameters:
  ///   - instance: The instance, such as a size.
  ///   - ours: Our work; what it returns keeps the compiler from leaving it out.
  /// - Returns: Our time, with no peer.
  static func measure<Ours>(_ instance: String, ours: () throws -> Ours) rethrows -> Comparison {
    let batch = try Timing.batch(ours)
    let times = try (0..<Timing.repetitions(batch.seconds)).map { _ in try Timing.seconds(batch.count, ours) }
    return Comparison(instance: instance, peer: "", ours: Timing(times), theirs: nil, bar: nil)
  }
}

/// The time of one call, from many.
struct Timing {
  /// Half of the measurements were faster. Seconds.
  let median: Double
  /// A tenth of the measurements were faster. Seconds.
  let tenth: Double
  /// Nine tenths of the measurements were faster. Seconds.
  let ninetieth: Double

  init(_ seconds: [Double]) {
    let sorted = seconds.sorted()
    func quantile(_ q: Double) -> Double { sorted[Int((q * Double(sorted.count - 1)).rounded())] }
    (tenth, median, ninetieth) = (quantile(0.1), quantile(0.5), quantile(0.9))
  }

  /// How many calls fill a millisecond, so that the clock's own cost does not show, and how long so many take.
  static func batch<Result>(_ body: () throws -> Result) rethrows -> (count: Int, seconds: Double) {
    var count = 1
    while true {
      let time = try seconds(count, body) * Double(count)
      if time >= 1e-3 { return (count, time) }
      count *= 2
    }
  }

  /// About a second of measurements, at least 5 and at most 101.
  static func repetitions(_ seconds: Double) -> Int { min(101, max(5, Int(1 / max(seconds, 1e-6)))) }

  /// The mean time of a call over `count` calls.
  static func seconds<Result>(_ count: Int, _ body: () throws -> Result) rethrows -> Double {
    let clock = ContinuousClock()
    let time = try clock.measure { for _ in 0..<count { keep(try body()) } }
    return (Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18) / Double(count)
  }

  /// Uses a value in a way that the compiler cannot see through.
  @inline(never)
  private static func keep<Value>(_ value: Value) { withExtendedLifetime(value) {} }
}
