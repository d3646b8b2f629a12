import ArgumentParser
import RewardGauge

/// `reproduce reward-hacking`: which pairs of rewards can be gamed, on all policies and on finite sets of them.
struct ReproduceRewardHacking: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reward-hacking",
    abstract: "Tells hackable from unhackable pairs of rewards on all policies and on finite sets, on random worlds.",
    discussion: """
      Exit status 1 when a claim fails in a case.

      EXAMPLE
        rewardgauge reproduce reward-hacking
      """)

  @Flag(help: "A tenth of the cases.")
  var quick = false

  @Option(help: "The seed of the random problems.")
  var seed: UInt64 = 1

  @OptionGroup var out: OutputOptions

  func run() throws {
    var generator = RandomStream(seed: seed)
    let report = ClaimsReport(try RewardHackingStudy(caseCount: quick ? 50 : 500).run(using: &generator))
    try out.emit(json: report.json, text: report.markdown)
    if !report.allHold { throw ExitCode(1) }
  }
}
