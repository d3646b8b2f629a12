internal import MDPs

/// Chooses a method by the size and structure of the problem, and says which in ``Solution/method``.
///
/// - Up to ``ChainSystem/largestDenseOrder`` states: ``PolicyIteration``, started from modified policy iteration.
/// - Larger problems: ``ModifiedPolicyIteration``; where its bound stays above the tolerance, its answer is refined in
///   extended precision.
public struct AutomaticSolver: DiscountedSolver {
  /// When to stop.
  public var options: SolverOptions

  /// The automatic choice with the given options.
  public init(options: SolverOptions = SolverOptions()) { self.options = options }

  /// Solves `problem`; see ``DiscountedSolver/solve(_:from:)``.
  public func solve(_ problem: DiscountedProblem, from start: [Int]?) -> Solution {
    if problem.mdp.stateCount <= ChainSystem.largestDenseOrder {
      return PolicyIteration(options: options).solve(problem, from: start)
    }
    return ModifiedPolicyIteration(options: options).solve(problem, from: start)
  }
}
