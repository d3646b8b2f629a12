import ArgumentParser

/// What `solve` optimises.
enum Criterion: String, ExpressibleByArgument, CaseIterable {
  case discounted
  case finiteHorizon = "finite-horizon"
  case total
  case reachability
  case average
  case blackwell
  case soft
  case robust
  case constrained
  case pareto
  case entropicRisk = "entropic-risk"
  case averageEntropicRisk = "average-entropic-risk"
  case nestedCVaR = "nested-cvar"
  case minimum
  case guaranteedMinimum = "guaranteed-minimum"

  /// Whether future rewards count for less.
  var isDiscounted: Bool {
    [.discounted, .soft, .robust, .constrained, .pareto, .entropicRisk, .nestedCVaR].contains(self)
  }

  /// The criteria that `--exact` can answer.
  static let exact: [Criterion] = [
    .discounted, .finiteHorizon, .total, .reachability, .average, .blackwell, .robust, .constrained, .pareto,
  ]

  /// The criteria in which `--evaluate --exact` gives the exact values of a policy.
  static let exactlyEvaluated: [Criterion] = [.discounted, .finiteHorizon, .total, .reachability, .average]

  /// The criterion called `name`; one that no tabular solver can answer is refused with the reason.
  static func named(_ name: String) throws -> Criterion {
    if let criterion = Criterion(rawValue: name) { return criterion }
    switch name {
    case "mean-variance", "variance":
      throw ValidationError(
        "mean-variance has no principle of dynamic programming, and finding its best policy is NP-hard; "
          + "use entropic-risk, whose expansion starts with mean and variance")
    case "cvar", "static-cvar":
      throw ValidationError(
        "the CVaR of the whole return has no optimal policy on the states alone (it must remember the budget that is "
          + "left, a real number); use nested-cvar, or entropic-risk")
    default:
      throw ValidationError(
        "\"\(name)\" is no criterion; choose \(allCases.map(\.rawValue).alternatives)")
    }
  }
}
