internal import MDPs
internal import Simulation

/// Distances between two rewards, estimated from transitions, with bootstrap confidence intervals.
///
/// The estimate is the distance in the world that the sample describes. The interval is that of the percentiles over
/// resamples of as many transitions, drawn with replacement. A distance cannot be negative, so that an interval for two
/// rewards that are in truth equivalent lies above 0: it shows the noise of the sample.
///
/// Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13; sample-based EPIC is of Gleave et al.,
/// arXiv 2006.13900 (2021), DARD of Wulfe et al., arXiv 2201.10081 (2022).
public struct SampledDistances: Sendable, Equatable {
  /// How the estimates are made.
  public struct Options: Sendable, Equatable {
    /// γ in [0, 1].
    public var discount: Double
    /// How many resamples the intervals are taken from; 0 leaves them out.
    public var resamples = 200
    /// The share of resamples inside an interval, in (0, 1).
    public var level = 0.95
    /// The seed of all draws.
    public var seed: UInt64 = 1
    /// The largest number of threads; all processors when nil. The numbers do not depend on it.
    public var workers: Int?

    /// The defaults at a discount.
    public init(discount: Double) { self.discount = discount }
  }

  /// One distance.
  public struct Estimate: Sendable, Equatable {
    /// Which distance.
    public let distance: RewardDistance
    /// Its value on the whole sample.
    public let value: Double
    /// The lower end of its interval; nil without resamples.
    public let lower: Double?
    /// The upper end of its interval; nil without resamples.
    public let upper: Double?
  }

  /// The distances in the order asked for.
  public let estimates: [Estimate]
  /// What a reader should know beside the numbers.
  public let flags: [String]

  /// A short list that a sample supports: value-adjusted levelling over pairs, and the correlations over the sample's own
  /// distribution.
  public static let summary: [RewardDistance] = [
    .standardised(.valueAdjustedLevelling, RewardNorm(.two), .norm(RewardNorm(.two))), .pearson(.epic, .custom),
    .pearson(.dard, .custom), .pearson(.none, .custom),
  ]

  /// Estimates `distances` from `samples`.
  ///
  /// In names of distances, weights `c` are the distribution of the sample, `w` the frequencies of next states; without
  /// weights each listed transition counts once.
  ///
  /// - Throws: ``RewardDistanceError/notEstimable(distance:)``, ``RewardDistanceError/undiscounted(quantity:)``,
  ///   ``RewardDistanceError/model(_:)`` for a discount out of range.
  /// - Complexity: O(transitions · log) and one sparse solve a reward, for every resample.
  public init(
    _ samples: TransitionSamples, distances: [RewardDistance] = SampledDistances.summary, options: Options
  ) throws(RewardDistanceError) {
    guard options.discount >= 0, options.discount <= 1 else { throw .model(.discount(options.discount)) }
    precondition(options.resamples >= 0 && options.level > 0 && options.level < 1, "options out of range")
    let index = SampledWorld.Index(samples)
    let world = try SampledWorld(samples, index, discount: options.discount)
    var values: [Double] = []
    for distance in distances { values.append(try world.distance(distance)) }
    precondition(values.allSatisfy(\.isFinite), "a distance is not finite")
    var intervals: [[Double]] = []
    if options.resamples > 0 {
      let result = try Replicates(count: options.resamples, workers: options.workers).run(width: distances.count) {
        (replicate: Int) throws(RewardDistanceError) -> [Double] in
        var stream = RandomStream(seed: options.seed, replicate: replicate)
        var copies = [Int](repeating: 0, count: samples.count)
        // A resample without any weight says nothing: draw again.
        repeat {
          for i in copies.indices { copies[i] = 0 }
          for _ in 0..<samples.count { copies[stream.index(below: samples.count)] += 1 }
        } while !copies.indices.contains { copies[$0] > 0 && samples.weights?[$0] ?? 1 > 0 }
        let world = try SampledWorld(samples, index, copies: copies, discount: options.discount)
        var row: [Double] = []
        for distance in distances { row.append(try world.distance(distance)) }
        return row
      }
      let tail = (1 - options.level) / 2
      intervals = distances.indices.map { result.statistics.quantiles($0, at: [tail, 1 - tail]) }
    }
    estimates = distances.indices.map { i in
      Estimate(
        distance: distances[i], value: values[i], lower: intervals.isEmpty ? nil : intervals[i][0],
        upper: intervals.isEmpty ? nil : intervals[i][1])
    }
    var flags: [String] = []
    if world.absorbingCount > 0 {
      flags.append(
        world.absorbingCount == 1
          ? "1 state is never left in the sample and counts as absorbing with reward 0"
          : "\(world.absorbingCount) states are never left in the sample and count as absorbing with reward 0")
    }
    if samples.weights != nil, options.resamples > 0 {
      flags.append("resamples draw the rows of the file alike and keep their weights")
    }
    self.flags = flags
  }
}
