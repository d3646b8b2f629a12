import ArgumentParser
import RewardGauge

/// Online matching with stochastic rewards: exact values, benchmarks, simulation, ratios, hard instances.
struct Matching: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Online matching with stochastic rewards: exact values, the hierarchy of benchmarks, ratios.",
    subcommands: [
      MatchingEvaluate.self, MatchingRun.self, MatchingMerge.self, MatchingRatios.self, MatchingFamily.self,
      MatchingSearch.self, MatchingAdWords.self,
    ])
}

/// Names separated by commas, each checked.
func parseNames<Name: RawRepresentable & CaseIterable>(_ text: String) throws -> [Name] where Name.RawValue == String {
  try text.split(separator: ",", omittingEmptySubsequences: false).map { try parseName(String($0)) }
}

/// One name out of a closed list; a wrong one is answered with those that look alike.
func parseName<Name: RawRepresentable & CaseIterable>(_ text: String) throws -> Name where Name.RawValue == String {
  if let name = Name(rawValue: text) { return name }
  let known = Name.allCases.map(\.rawValue)
  let nearest = nearestNames(to: text, among: known)
  throw ValidationError(
    "there is no \"\(text)\" here; "
      + (nearest.isEmpty
        ? "choose from \(known.joined(separator: ", "))" : "did you mean \(nearest.joined(separator: " or "))?"))
}

/// All names of a closed list, for help texts.
func allNames<Name: RawRepresentable & CaseIterable>(of _: Name.Type) -> String where Name.RawValue == String {
  Name.allCases.map(\.rawValue).joined(separator: ", ")
}
