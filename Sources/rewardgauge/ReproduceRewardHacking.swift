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

  @OptionGroup var options: ClaimStudyOptions

  func run() throws {
    var stream = options.stream
    try options.conclude(ClaimsReport(RewardHackingStudy(caseCount: options.quick ? 50 : 500).run(using: &stream)))
  }
}
