internal import LinearAlgebra
internal import Synchronization

/// Independent repetitions of one experiment, run in parallel, with the same bytes whatever the number of threads.
///
/// A replicate is a closure from its number to a row of numbers; it draws from streams keyed by that number
/// (``RandomStream``). Rows are folded into ``SampleStatistics`` in the order of their numbers. Rows can be recorded as
/// they are made and handed back later: that is how an interrupted run resumes and how the shares of many machines merge
/// to the bytes of one run.
///
/// ```swift
/// let result = Replicates(count: 1000).run(width: 1) { replicate in
///   var stream = RandomStream(seed: 7, replicate: replicate)
///   return [stream.normal()]
/// }
/// print(result.statistics.means[0], result.statistics.standardError(0))
/// ```
public struct Replicates: Sendable {
  /// How many repetitions the whole experiment has.
  public var count: Int
  /// The share of them that runs here.
  public var shard = Shard.whole
  /// How many run at the same time.
  public var workers: Int
  /// Stops early once the precision is reached; nil runs all.
  public var precision: Precision?
  /// Called after every wave with the replicates done and in all.
  public var progress: (@Sendable (_ done: Int, _ total: Int) -> Void)?
  /// Called with every new row as soon as it is made, one call at a time, in any order.
  public var record: (@Sendable (_ replicate: Int, _ row: [Double]) -> Void)?

  /// When enough is known: all standard errors of the quantities watched are at most `standardError`.
  ///
  /// It is looked at after every 64 replicates in order, so where the run stops does not depend on threads.
  public struct Precision: Sendable, Equatable {
    /// The standard error to reach, in the unit of the quantities.
    public var standardError: Double
    /// The indices of the quantities watched.
    public var quantities: [Int]

    /// Stop at `standardError` of all `quantities`.
    public init(standardError: Double, quantities: [Int]) {
      self.standardError = standardError
      self.quantities = quantities
    }
  }

  /// What came out.
  public struct Result: Sendable, Equatable {
    /// Statistics of every quantity over the replicates run.
    public let statistics: SampleStatistics
    /// The replicates that the statistics cover.
    public let replicates: Range<Int>
    /// Whether the precision asked for ended the run before all replicates.
    public let stoppedEarly: Bool
  }

  /// `count` repetitions, on all processors by default.
  public init(count: Int, workers: Int? = nil) {
    precondition(count >= 0, "a number of replicates is not negative")
    self.count = count
    self.workers = max(1, workers ?? processorCount)
  }

  /// Replicates in flight between two foldings, and the unit of early stopping.
  private static let wave = 64

  /// Runs the replicates and folds their rows.
  ///
  /// - Parameters:
  ///   - width: How many numbers a row holds.
  ///   - recorded: Rows of an earlier, interrupted run by replicate; they are not run again.
  ///   - replicate: From the number of a replicate to its row; it is called on several threads at the same time, and must
  ///     depend on nothing but that number.
  /// - Returns: The statistics.
  /// - Throws: What the lowest-numbered failing replicate of a wave threw.
  /// - Complexity: memory O(workers + `width` · rows kept for quantiles), whatever the count.
  public func run<Failure: Error>(
    width: Int, recorded: [Int: [Double]] = [:],
    _ replicate: @Sendable (_ replicate: Int) throws(Failure) -> [Double]
  ) throws(Failure) -> Result {
    let range = shard.replicates(of: count)
    var statistics = SampleStatistics(width: width)
    var start = range.lowerBound
    var stoppedEarly = false
    while start < range.upperBound {
      let end = min(start + Self.wave, range.upperBound)
      for row in try wave(start..<end, recorded, replicate) { statistics.add(row) }
      progress?(end - range.lowerBound, range.count)
      start = end
      if let precision, end < range.upperBound, statistics.count > 1,
        precision.quantities.allSatisfy({ statistics.standardError($0) <= precision.standardError })
      {
        stoppedEarly = true
        break
      }
    }
    return Result(statistics: statistics, replicates: range.lowerBound..<start, stoppedEarly: stoppedEarly)
  }

  /// The rows of a few replicates in order, made by all workers; each worker takes the next number that is free.
  private func wave<Failure: Error>(
    _ range: Range<Int>, _ recorded: [Int: [Double]], _ replicate: @Sendable (Int) throws(Failure) -> [Double]
  ) throws(Failure) -> [[Double]] {
    let taken = Atomic<Int>(range.lowerBound)
    let rows = Mutex<[Swift.Result<[Double], Failure>?]>(.init(repeating: nil, count: range.count))
    let record = record
    forEachRange(of: min(workers, range.count), workers: workers) { (_: Range<Int>) in
      while true {
        let number = taken.add(1, ordering: .relaxed).oldValue
        guard number < range.upperBound else { return }
        let known = recorded[number]
        let outcome: Swift.Result<[Double], Failure>
        if let known {
          outcome = .success(known)
        } else {
          do throws(Failure) {
            outcome = .success(try replicate(number))
          } catch {
            outcome = .failure(error)
          }
        }
        rows.withLock { rows in
          if known == nil, case .success(let row) = outcome { record?(number, row) }
          rows[number - range.lowerBound] = outcome
        }
      }
    }
    var ordered: [[Double]] = []
    ordered.reserveCapacity(range.count)
    for case .some(let outcome) in rows.withLock({ $0 }) { ordered.append(try outcome.get()) }
    return ordered
  }

  /// Folds rows that were recorded elsewhere, such as the shares of several machines: the bytes of one whole run.
  ///
  /// - Parameters:
  ///   - width: How many numbers a row holds.
  ///   - rows: The row of every replicate in `0..<count`.
  /// - Returns: The statistics of all replicates.
  /// - Throws: ``SimulationError/missing(replicate:)`` for a replicate without row, ``SimulationError/width(replicate:expected:got:)``.
  public func merge(width: Int, rows: [Int: [Double]]) throws(SimulationError) -> Result {
    try run(width: width) { (number: Int) throws(SimulationError) -> [Double] in
      guard let row = rows[number] else { throw .missing(replicate: number) }
      guard row.count == width else { throw .width(replicate: number, expected: width, got: row.count) }
      return row
    }
  }
}
