import ArgumentParser
import RewardGauge

/// `convert`: the same problem in another format.
struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Translates a problem file; the endings of the names tell the formats.",
    discussion: """
      EXAMPLES
        rewardgauge convert frozen-lake.json frozen-lake.npz
        rewardgauge convert table.npz problem.json --discount 0.99

      Doubles come back bit for bit. What the target cannot hold is refused, never dropped.
      """)

  @OptionGroup var problem: ProblemOptions

  @Argument(help: ArgumentHelp("The file to write.", valueName: "target"))
  var target: String

  @Flag(help: "Compress the arrays of an npz.")
  var compress = false

  func run() throws {
    try problem.read(requiresDiscount: false).write(to: target, options: WriteOptions(compressed: compress))
  }
}
