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
        rewardgauge convert consensus-2-K2.drn consensus-2-K2.umb

      Formats: json, npz (also .table.npz and .toolbox.npz), drn, umb, and tra for PRISM's explicit files; gzipped input is
      unpacked. Doubles come back bit for bit, fractions exactly. Numbers that the target cannot hold are refused; what
      else it leaves out, such as names or the discount, is said on standard error.
      """)

  @OptionGroup var problem: ProblemOptions

  @Argument(help: ArgumentHelp("The file to write.", valueName: "target"))
  var target: String

  @Flag(help: "Compress the arrays of an npz, or a umb file as a whole.")
  var compress = false

  func run() throws {
    let problem = try problem.read(requiresDiscount: false)
    try problem.write(to: target, options: WriteOptions(compressed: compress))
    guard let format = FileFormat(fileName: target) else { return }
    for omission in problem.omissions(in: format) { warn("\(target) is without \(omission)") }
  }
}
