public import JSON
public import RewardDistances

/// Distances estimated from transitions, as JSON and text.
public struct SampledDistancesReport: Sendable {
  private let result: SampledDistances
  private let transitionCount: Int
  private let options: SampledDistances.Options

  /// The report of `result`, made from so many transitions.
  public init(_ result: SampledDistances, transitionCount: Int, options: SampledDistances.Options) {
    self.result = result
    self.transitionCount = transitionCount
    self.options = options
  }

  /// The estimates as one JSON object.
  public var json: JSONValue {
    [
      "transitions": .integer(transitionCount),
      "discount": .finite(options.discount),
      "distances": .object(
        result.estimates.map { estimate in
          .init(
            estimate.distance.name,
            [
              "estimate": .finite(estimate.value), "lower": estimate.lower.map { .finite($0) } ?? .null,
              "upper": estimate.upper.map { .finite($0) } ?? .null,
            ])
        }),
      "resamples": .integer(options.resamples),
      "level": .finite(options.level),
      "seed": .integer(Int(clamping: options.seed)),
      "flags": .array(result.flags.map { .string($0) }),
    ]
  }

  /// The estimates as a table.
  public var text: String {
    var table = TextTable(
      header: ["distance", "estimate", "\((100 * options.level).readable(digits: 4)) % interval", "scale"],
      alignments: [.left, .right, .left, .left])
    for estimate in result.estimates {
      var interval = ""
      if let lower = estimate.lower, let upper = estimate.upper {
        interval = "[\(lower.readable(digits: 5)), \(upper.readable(digits: 5))]"
      }
      table.append(estimate.distance.name, estimate.value.readable(), interval, estimate.distance.scaleText)
    }
    return "\(transitionCount) transitions, discount \(options.discount.readable()), \(options.resamples) resamples\n\n"
      + table.text() + result.flags.map { "Note: \($0).\n" }.joined()
  }
}
