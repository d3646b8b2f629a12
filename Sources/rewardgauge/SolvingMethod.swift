import ArgumentParser
import RewardGauge

/// How `solve` gets to its answer: the algorithms by their names on the command line.
enum SolvingMethod: String, ExpressibleByArgument, CaseIterable {
  case automatic
  case policyIteration = "policy-iteration"
  case valueIteration = "value-iteration"
  case modifiedPolicyIteration = "modified-policy-iteration"
  case gaussSeidel = "gauss-seidel"
  case actionElimination = "action-elimination"
  case topological
  case prioritisedSweeping = "prioritised-sweeping"
  case krylovPolicyIteration = "krylov-policy-iteration"
  case linearProgram = "linear-program"
  case dualLinearProgram = "dual-linear-program"
  case enumeration
  case relativeValueIteration = "relative-value-iteration"
  case intervalIteration = "interval-iteration"
  case optimisticValueIteration = "optimistic-value-iteration"

  /// The criteria whose problems the method solves; `automatic` solves all.
  var criteria: [Criterion] {
    switch self {
    case .automatic: Criterion.allCases
    case .valueIteration, .modifiedPolicyIteration, .gaussSeidel, .actionElimination, .topological,
      .prioritisedSweeping, .krylovPolicyIteration, .dualLinearProgram, .enumeration:
      [.discounted]
    case .policyIteration, .linearProgram: [.discounted, .average]
    case .relativeValueIteration: [.average]
    case .intervalIteration, .optimisticValueIteration: [.total, .reachability]
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
    case .actionElimination: ModifiedPolicyIteration(options: options, eliminatesActions: true)
    case .topological: TopologicalIteration(options: options)
    case .prioritisedSweeping: PrioritisedSweeping(options: options)
    case .krylovPolicyIteration: PolicyIteration(options: options, linearMethod: .krylov)
    case .linearProgram: LinearProgramming(.primal, options: options)
    case .dualLinearProgram: LinearProgramming(.dual, options: options)
    case .enumeration, .relativeValueIteration, .intervalIteration, .optimisticValueIteration: nil
    }
  }

  /// The method of reachability and total reward; nil when it solves others.
  var stoppingMethod: StoppingMethod? { StoppingMethod(rawValue: rawValue) }
}
