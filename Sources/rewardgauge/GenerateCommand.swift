import ArgumentParser
import RewardGauge

/// `generate`: a standard problem, written to a file.
struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Makes a standard problem; the same words give the same bytes on every machine.",
    discussion: """
      EXAMPLES
        rewardgauge generate garnet garnet.npz --states 1000 --actions 4 --branching 5 --seed 201
        rewardgauge generate grid-world maze.json --map maze.txt --slip 0.2
        rewardgauge generate instance garnet.npz --name garnet-1000x4b5
      """,
    subcommands: [
      GenerateGarnet.self, GenerateBlocks.self, GenerateGrid.self, GenerateQueue.self, GenerateInventory.self,
      GenerateCar.self, GenerateGridWorld.self, GenerateChain.self, GenerateBandit.self, GenerateInstance.self,
    ])
}

/// Where a generated problem goes, and its discount: shared by all kinds.
struct GenerateOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("The file to write; its ending tells the format.", valueName: "target"))
  var target: String

  @Option(help: ArgumentHelp("The discount.", valueName: "γ"))
  var discount = 0.99

  func write(_ builder: any MDPBuilder) throws {
    let (mdp, reward) = try builder.build(discount: discount)
    try Problem(mdp: mdp, rewards: [reward]).write(to: target)
  }
}

private func kind(_ name: String, _ abstract: String) -> CommandConfiguration {
  CommandConfiguration(commandName: name, abstract: abstract)
}

struct GenerateGarnet: ParsableCommand {
  static let configuration = kind("garnet", "Random rows over a few random successors each.")
  @OptionGroup var common: GenerateOptions
  @Option(help: "The number of states.") var states: Int
  @Option(help: "The number of actions.") var actions: Int
  @Option(help: "The number of successors of each state and action.") var branching: Int
  @Option(help: "The seed.") var seed: UInt64 = 0

  func run() throws {
    try common.write(Garnet(stateCount: states, actionCount: actions, branching: branching, seed: seed))
  }
}

struct GenerateBlocks: ParsableCommand {
  static let configuration = kind("blocks", "Blocks of random rows with a slow leak from each to the next: stiff.")
  @OptionGroup var common: GenerateOptions
  @Option(help: "The number of blocks.") var blocks: Int
  @Option(help: "The number of states of a block.") var size: Int
  @Option(help: "The number of actions.") var actions: Int
  @Option(help: "The number of successors within the block.") var branching: Int
  @Option(help: "The seed.") var seed: UInt64 = 0

  func run() throws {
    try common.write(
      LeakyBlocks(blockCount: blocks, blockSize: size, actionCount: actions, branching: branching, seed: seed))
  }
}

struct GenerateGrid: ParsableCommand {
  static let configuration = kind(
    "grid", "A slippery square grid with random step costs and a goal in the last corner.")
  @OptionGroup var common: GenerateOptions
  @Option(help: "The side of the grid.") var size: Int
  @Option(help: "The seed.") var seed: UInt64 = 0

  func run() throws { try common.write(SlipperyGrid(size: size, seed: seed)) }
}

struct GenerateQueue: ParsableCommand {
  static let configuration = kind("queue", "Admission and service-rate control of a queue.")
  @OptionGroup var common: GenerateOptions
  @Option(help: "The most customers in the queue.") var capacity: Int

  func run() throws { try common.write(ServiceQueue(capacity: capacity)) }
}

struct GenerateInventory: ParsableCommand {
  static let configuration = kind("inventory", "Ordering under random demand; has many exact ties.")
  @OptionGroup var common: GenerateOptions
  @Option(help: "The most pieces in stock.") var capacity: Int
  @Option(help: "The largest order.") var largestOrder: Int
  @Option(help: "How many values the demand may take, from 0 up.") var demands: Int

  func run() throws {
    try common.write(Inventory(capacity: capacity, largestOrder: largestOrder, demandCount: demands))
  }
}

struct GenerateCar: ParsableCommand {
  static let configuration = kind("car", "Hill climbing with an engine too weak, on a grid of places and speeds.")
  @OptionGroup var common: GenerateOptions
  @Option(help: "The side of the grid.") var size: Int
  @Option(help: "The goal begins at this numerator …") var goalNumerator = 17
  @Option(help: "… over this denominator of the way.") var goalDenominator = 18

  func run() throws {
    try common.write(HillCar(size: size, goalNumerator: goalNumerator, goalDenominator: goalDenominator))
  }
}

struct GenerateGridWorld: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grid-world", abstract: "A grid world from a map drawn as text.",
    discussion: "Letters: . or F free, # wall, S start, G goal (ends the episode), H hole (ends it too).")
  @OptionGroup var common: GenerateOptions
  @Option(help: ArgumentHelp("The file with the map.", valueName: "path")) var map: String
  @Option(help: "The probability that a move goes to one of its sides.") var slip = 0.0
  @Option(help: "Paid in every step.") var stepReward = 0.0
  @Option(help: "Paid for entering a goal.") var goalReward = 1.0
  @Option(help: "Paid for entering a hole.") var holeReward = 0.0

  func run() throws {
    try common.write(
      GridWorld(
        map: try readText(map), slip: slip, stepReward: stepReward, goalReward: goalReward, holeReward: holeReward))
  }
}

struct GenerateChain: ParsableCommand {
  static let configuration = kind(
    "chain", "A chain whose reward lies at the far end, with a small one for turning back.")
  @OptionGroup var common: GenerateOptions
  @Option(help: "The number of states.") var length = 5
  @Option(help: "The probability that the other action happens.") var slip = 0.2
  @Option(help: "Paid for returning to the start.") var backReward = 2.0
  @Option(help: "Paid for stepping forward at the far end.") var endReward = 10.0

  func run() throws {
    try common.write(Chain(length: length, slip: slip, backReward: backReward, endReward: endReward))
  }
}

struct GenerateBandit: ParsableCommand {
  static let configuration = kind("bandit", "One state with an arm for each action.")
  @OptionGroup var common: GenerateOptions
  @Option(parsing: .upToNextOption, help: "The mean reward of each arm.") var means: [Double]

  func run() throws { try common.write(SingleStateBandit(means: means)) }
}

struct GenerateInstance: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "instance", abstract: "A named benchmark instance, checked against its published checksum.",
    discussion: "Names: \(BenchmarkInstance.all.map(\.name).joined(separator: ", ")).")
  @OptionGroup var common: GenerateOptions
  @Option(help: "The name of the instance.") var name: String

  func run() throws {
    guard let instance = BenchmarkInstance.named(name) else {
      throw ValidationError(
        "there is no instance \"\(name)\"; choose one of \(BenchmarkInstance.all.map(\.name).joined(separator: ", "))")
    }
    try common.write(instance)
  }
}
