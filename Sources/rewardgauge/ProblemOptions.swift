import ArgumentParser
import RewardGauge

/// Which problem file a command reads, and how: shared by every command that starts from a world with rewards.
struct ProblemOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("The problem: JSON, npz, or another format that `info` knows.", valueName: "file"))
  var file: String

  @OptionGroup var reading: ReadingOptions

  /// The problem, read and checked.
  ///
  /// - Parameter requiresDiscount: false for commands that can do without a discount.
  /// - Returns: the world, its rewards and labels.
  /// - Throws: `FileError` with the first fault and its place.
  func read(requiresDiscount: Bool = true) throws -> Problem {
    try reading.read(file, requiresDiscount: requiresDiscount)
  }
}

/// How problem files are read.
struct ReadingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Use this discount instead of the file's; needed where the file has none.", valueName: "γ"))
  var discount: Double?

  @Option(help: "How far the probabilities of a state and action may be from summing to 1.")
  var rowSumTolerance = MDP.defaultRowSumTolerance

  /// The problem in `file`, read and checked.
  func read(_ file: String, requiresDiscount: Bool = true) throws -> Problem {
    try Problem.read(
      from: file,
      options: ReadOptions(discount: discount, requiresDiscount: requiresDiscount, rowSumTolerance: rowSumTolerance))
  }

  func validate() throws {
    guard rowSumTolerance >= 0, rowSumTolerance < 1 else {
      throw ValidationError("--row-sum-tolerance is \(rowSumTolerance); it must lie in [0, 1)")
    }
  }
}
