import ArgumentParser
import RewardGauge

/// `bandit presets`: problems and policies that have names.
struct BanditPresets: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "presets",
    abstract: "Named tallying problems and all policies; with a name, that problem as a file.",
    discussion: """
      EXAMPLE
        rewardgauge bandit presets cliff > cliff.json
      """)

  @Argument(help: "A preset; its problem is printed as JSON.")
  var name: String?

  @Option(help: ArgumentHelp("The problem's T instead of the preset's own.", valueName: "T"))
  var horizon: Int?

  @OptionGroup var out: OutputOptions

  func run() throws {
    if let name {
      let preset: TallyingPreset = try parseName(name)
      guard let json = try preset.problem(horizon: horizon).json else {
        throw ValidationError("preset \(name) cannot be written to a file")
      }
      return try out.emit(json.serialised(pretty: true))
    }
    let report = BanditCatalogueReport()
    try out.emit(json: report.json, text: report.text)
  }
}
