public import LinearAlgebra

/// How near the answer has to come to the truth, in the max norm.
public enum Tolerance: Sendable, Equatable {
  /// In units of the reward.
  case absolute(Double)
  /// As a share of the largest |v(s)|: free of the reward's scale.
  case relative(Double)

  /// The absolute tolerance for values of at most `magnitude`.
  func absolute(for magnitude: Double) -> Double {
    switch self {
    case .absolute(let tolerance): tolerance
    case .relative(let share): share * magnitude
    }
  }
}

/// What all discounted solvers have in common: when to stop, and on how many threads to run.
public struct SolverOptions: Sendable {
  /// The error bound to reach; 0 asks for the tightest that floating point proves.
  public var tolerance: Tolerance
  /// The most sweeps or improvement steps; nil lets the method choose.
  public var iterationLimit: Int?
  /// How many threads to use; results do not depend on it.
  public var threads: Int
  /// Called after each sweep or improvement step with the iteration and the bound so far; `false` stops the solver, whose
  /// answer then has the bound reached.
  public var progress: (@Sendable (_ iteration: Int, _ errorBound: Double) -> Bool)?

  /// Options; every one has a default.
  public init(
    tolerance: Tolerance = .absolute(1e-9), iterationLimit: Int? = nil, threads: Int = processorCount,
    progress: (@Sendable (_ iteration: Int, _ errorBound: Double) -> Bool)? = nil
  ) {
    self.tolerance = tolerance
    self.iterationLimit = iterationLimit
    self.threads = max(1, threads)
    self.progress = progress
  }
}

/// An algorithm for discounted problems: a noun with options.
public protocol DiscountedSolver: Sendable {
  /// When to stop.
  var options: SolverOptions { get }

  /// Solves `problem`.
  ///
  /// - Parameters:
  ///   - problem: what to solve, checked when it was made.
  ///   - start: a policy to start from, one allowed action a state; nil starts from the method's own first guess.
  /// - Returns: values, a policy, and what is proven. Not reaching the tolerance is an answer with a weaker guarantee.
  func solve(_ problem: DiscountedProblem, from start: [Int]?) -> Solution
}

extension DiscountedSolver {
  /// Solves `problem` from the method's own first guess.
  public func solve(_ problem: DiscountedProblem) -> Solution { solve(problem, from: nil) }
}
