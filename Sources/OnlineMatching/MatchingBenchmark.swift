/// What an algorithm is compared with, by the name used in files and on the command line.
///
/// On every instance, algorithm ≤ B5 ≤ B2 = B2′ ≤ B3 ≤ B0, B5 ≤ B6 ≤ B4, B6 ≤ B3, B6 ≤ B8, B7 ≤ B5 and B1 ≤ B0. B1 is no
/// bound on B5 where probabilities are not small.
public enum MatchingBenchmark: String, CaseIterable, Sendable {
  /// B5: ``ExactOptimum/clairvoyant(_:)``
  case clairvoyant
  /// B6: ``ExactOptimum/fullyOffline(_:)``
  case fullyOffline = "fully-offline"
  /// B7: ``ExactOptimum/bestFixedAssignment(_:)``
  case bestFixedAssignment = "best-fixed-assignment"
  /// B8: ``ExactOptimum/omniscient(_:)``
  case omniscient
  /// B0: ``MatchingPrograms/matching(_:)``
  case matchingProgram = "lp-matching"
  /// B1: ``ConfigurationProgram`` with truncated linear rewards
  case configurationProgram = "lp-config"
  /// B2: ``ConfigurationProgram`` with stochastic rewards
  case stochasticConfigurationProgram = "lp-stochastic-config"
  /// B2′: ``MatchingPrograms/stochasticCompact(_:)``
  case stochasticCompactProgram = "lp-stochastic-compact"
  /// B3: ``MatchingPrograms/subset(_:)``
  case subsetProgram = "lp-subset"
  /// B4: ``MatchingPrograms/paths(_:)``
  case pathProgram = "lp-path"

  /// The benchmark's value on `instance`.
  ///
  /// - Throws: ``MatchingError/tooLarge(what:size:limit:instead:)`` where only smaller instances can be done, or
  ///   ``MatchingError/linearProgram(name:reason:)``.
  public func value(on instance: MatchingInstance) throws(MatchingError) -> BenchmarkValue {
    switch self {
    case .clairvoyant: BenchmarkValue(exact: try ExactOptimum.clairvoyant(instance))
    case .fullyOffline: BenchmarkValue(exact: try ExactOptimum.fullyOffline(instance))
    case .bestFixedAssignment: BenchmarkValue(exact: try ExactOptimum.bestFixedAssignment(instance))
    case .omniscient: BenchmarkValue(exact: try ExactOptimum.omniscient(instance))
    case .matchingProgram: try MatchingPrograms.matching(instance)
    case .configurationProgram: try ConfigurationProgram(.truncated).solve(instance).value
    case .stochasticConfigurationProgram: try ConfigurationProgram(.stochastic).solve(instance).value
    case .stochasticCompactProgram: try MatchingPrograms.stochasticCompact(instance)
    case .subsetProgram: try MatchingPrograms.subset(instance)
    case .pathProgram: try MatchingPrograms.paths(instance)
    }
  }
}
