import ArgumentParser

/// The root command: it only names its subcommands.
struct RewardGaugeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rewardgauge",
    abstract: "Measures reward functions: distances, regret, invariances and exact optima, each with its proof.",
    discussion: """
      EXAMPLES
        rewardgauge compare Examples/FrozenLake/frozen-lake.json true proxy
        rewardgauge solve Examples/FrozenLake/frozen-lake.json --reward true --json
        rewardgauge info Examples/FrozenLake/frozen-lake.json

      Exit status: 0 done, or the checked property holds; 1 the checked property does not hold; 2 bad input or usage.
      Shell completion: rewardgauge --generate-completion-script bash|zsh|fish.
      """,
    version: "0.1.0",
    subcommands: [
      SolveCommand.self,
      CompareCommand.self,
      CheckCommand.self,
      InfoCommand.self,
      ConvertCommand.self,
      GenerateCommand.self,
      Explore.self,
      ReproduceCommand.self,
      Bandit.self,
      Matching.self,
    ]
  )
}
