import ArgumentParser
import RewardGauge

/// `compare --samples`: distances of two rewards that are no tables, estimated from transitions.
struct SamplingOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Transitions with s, a, s', r1, r2 (and weight) each: CSV or npz.", valueName: "path"))
  var samples: String?

  @Option(help: "How many bootstrap resamples the intervals are taken from; 0 leaves them out; 200 by default.")
  var resamples: Int?

  @Option(help: ArgumentHelp("The confidence of the intervals; 0.95 by default.", valueName: "share"))
  var level: Double?

  @Option(help: "The seed of the resamples; 1 by default. The same seed gives the same bytes on any number of threads.")
  var seed: UInt64?

  func validate() throws {
    if samples == nil {
      guard resamples == nil, level == nil, seed == nil else {
        throw ValidationError("--resamples, --level and --seed are for --samples; without samples nothing is drawn")
      }
    }
    if let resamples, resamples < 0 || resamples > 100_000 {
      throw ValidationError("--resamples is \(resamples); it must lie between 0 and 100000")
    }
    if let level, !(level > 0 && level < 1) { throw ValidationError("--level is \(level); it must lie in (0, 1)") }
  }
}

extension CompareCommand {
  func compareSamples(_ path: String) throws {
    var options = SampledDistances.Options(discount: reading.discount ?? 1)
    if let resamples = sampling.resamples { options.resamples = resamples }
    if let level = sampling.level { options.level = level }
    if let seed = sampling.seed { options.seed = seed }
    guard !distances.all else {
      throw ValidationError("--all is for worlds; name the distances to estimate by --metrics")
    }
    let chosen = try distances.distances(default: SampledDistances.summary)
    let samples = try TransitionSamples.read(from: path)
    let report = SampledDistancesReport(
      try SampledDistances(samples, distances: chosen, options: options), transitionCount: samples.count,
      options: options)
    try out.emit(json: report.json, text: report.text)
  }
}
