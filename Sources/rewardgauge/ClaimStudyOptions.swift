import ArgumentParser
import RewardGauge

/// What the reproductions of claims about random worlds share.
struct ClaimStudyOptions: ParsableArguments {
  @Flag(help: "A tenth of the cases or less.")
  var quick = false

  @Option(help: "The seed of the random problems.")
  var seed: UInt64 = 1

  @OptionGroup var out: OutputOptions

  /// The stream that all cases are drawn from.
  var stream: RandomStream { RandomStream(seed: seed) }

  /// Prints or writes the outcome; ends with status 1 unless everything holds.
  func conclude(json: JSONValue, text: String, allHold: Bool) throws {
    try out.emit(json: json, text: text)
    if !allHold { throw ExitCode(1) }
  }

  /// The same for a report of claims.
  func conclude(_ report: ClaimsReport) throws {
    try conclude(json: report.json, text: report.markdown, allHold: report.allHold)
  }
}
