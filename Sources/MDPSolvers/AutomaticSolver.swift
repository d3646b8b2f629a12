internal import MDPs

/// Chooses a method by the size and structure of the problem, and says which in ``Solution/method``.
///
/// - Up to ``directStateLimit`` states: ``PolicyIteration``, whose start comes from a few sweeps of modified policy
///   iteration and whose linear systems are solved by dense LU, sparse LU or a Krylov method as size and fill suggest.
/// - Larger problems: ``ModifiedPolicyIteration``; where rounding keeps its bound above the tolerance,
///   ``PolicyIteration`` goes on from its policy.
public struct AutomaticSolver: DiscountedSolver {
  /// When to stop.
  public var options: SolverOptions
  /// The most states for which policy iteration is tried first.
  public static let directStateLimit = 5000

  /// The automatic choice with the given options.
  public init(options: SolverOptions = SolverOptions()) { self.options = options }

  /// Solves `problem`; see ``DiscountedSolver/solve(_:from:)``.
  public func solve(_ problem: DiscountedProblem, from start: [Int]?) -> Solution {
    let policyIteration = PolicyIteration(options: options)
    if problem.mdp.stateCount <= Self.directStateLimit { return policyIteration.solve(problem, from: start) }
    var sweeps = ModifiedPolicyIteration(options: options)
    // Where the span contracts slowly, linear algebra is quicker than more sweeps.
    sweeps.options.iterationLimit = min(options.iterationLimit ?? 60, 60)
    let first = sweeps.solve(problem, from: start)
    let ending = first.guarantee.ending
    let wasLimited = ending == .iterationLimit && options.iterationLimit ?? .max > 60
    guard ending == .toleranceNotReached || wasLimited else { return first }
    let second = policyIteration.solve(problem, from: first.policy)
    return second.guarantee.errorBound < first.guarantee.errorBound ? second : first
  }
}
