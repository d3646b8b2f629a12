import ArgumentParser
import RewardGauge

/// How `solve` gets to its answer: the algorithms by their names on the command line.
enum SolvingMethod: String, ExpressibleByArgument, CaseIterable {
  case automatic
  case policyIteration = "policy-iteration"
  case valueIteration = "value-iteration"
  case modifiedPolicyIteration = "modified-policy-iteration"
  case gaussSeidel = "gauss-seidel"

  /// The criteria whose problems the method solves; `automatic` solves all.
  var criteria: [Criterion] {
    switch self {
    case .automatic: Criterion.allCases
    case .policyIteration, .valueIteration, .modifiedPolicyIteration, .gaussSeidel: [.discounted]
    }
  }

  /// The algorithm as a solver of discounted problems; nil when it solves others.
  func discountedSolver(_ options: SolverOptions) -> (any DiscountedSolver)? {
    switch self {
    case .automatic: AutomaticSolver(options: options)
    case .policyIteration: PolicyIteration(options: options)
    case .valueIteration: ValueIteration(options: options)
    case .modifiedPolicyIteration: ModifiedPolicyIteration(options: options)
    case .gaussSeidel: GaussSeidel(options: options)
    }
  }
}
