import ArgumentParser

@main struct RewardGaugeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "rewardgauge")
}
