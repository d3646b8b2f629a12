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

  /// Whether future rewards count for less.
  var isDiscounted: Bool { [.discounted, .soft, .robust, .constrained, .pareto].contains(self) }

  /// The criteria that `--exact` can answer.
  static let exact: [Criterion] = [
    .discounted, .finiteHorizon, .total, .reachability, .average, .blackwell, .robust, .constrained, .pareto,
  ]

  /// The criteria in which `--evaluate --exact` gives the exact values of a policy.
  static let exactlyEvaluated: [Criterion] = [.discounted, .finiteHorizon, .total, .reachability, .average]
}
