public import MDPs

/// The answer to a decision problem: values, a policy that reaches them, and what is proven about both.
public struct Solution: Sendable, Equatable {
  /// v(s), shape (S), within ``Guarantee/errorBound`` of the optimal values.
  public let values: ValueFunction
  /// The action to play in each state, shape (S): the lowest of those that are tied to within rounding.
  public let policy: [Int]
  /// μ₀ᵀ v: the value from the start distribution.
  public let objective: Double
  /// Where the true objective lies for certain.
  public let objectiveBounds: ClosedRange<Double>
  /// What is proven.
  public let guarantee: Guarantee
  /// The algorithm that ran, in words; what `.automatic` chose.
  public let method: String
  /// Sweeps or improvement steps, as the method counts them.
  public let iterations: Int

  /// A solution with the objective and its bounds worked out from the values.
  ///
  /// - Parameters:
  ///   - values: v, shape (S).
  ///   - policy: one action a state.
  ///   - initialDistribution: μ₀, shape (S).
  ///   - guarantee: what is proven.
  ///   - method: the algorithm, in words.
  ///   - iterations: as the method counts them.
  public init(
    values: ValueFunction, policy: [Int], initialDistribution: [Double], guarantee: Guarantee, method: String,
    iterations: Int
  ) {
    self.values = values
    self.policy = policy
    self.guarantee = guarantee
    self.method = method
    self.iterations = iterations
    let (objective, error) = initialDistribution.expectation(of: values, error: guarantee.errorBound)
    self.objective = objective
    objectiveBounds =
      objective.isInfinite
      ? objective...objective
      : error < .infinity ? (objective - error).nextDown...(objective + error).nextUp : -(.infinity)...(.infinity)
  }

  /// A solution whose objective and bounds are known apart from the values.
  init(
    values: ValueFunction, policy: [Int], objective: Double, objectiveBounds: ClosedRange<Double>, guarantee: Guarantee,
    method: String, iterations: Int
  ) {
    self.values = values
    self.policy = policy
    self.objective = objective
    self.objectiveBounds = objectiveBounds
    self.guarantee = guarantee
    self.method = method
    self.iterations = iterations
  }

  /// The policy as a ``Policy``.
  public var optimalPolicy: Policy { .deterministic(policy) }

  /// All actions of each state that may be optimal: those not proven worse than the best.
  ///
  /// - Parameter problem: the problem that this is the solution of.
  /// - Returns: for each state the actions, ascending; one action means that it is proven best.
  /// - Complexity: O(stored transitions)
  public func ties(in problem: DiscountedProblem) -> [[Int]] {
    let mask = tiedActionMask(in: problem)
    let actionCount = problem.mdp.actionCount
    return values.indices.map { s in (0..<actionCount).filter { mask[s * actionCount + $0] } }
  }

  /// The actions of ``ties(in:)`` as flags, shape (S·A): ready to be the allowed actions of a second problem on the same
  /// world, whose optimum is then the best (or worst) under another reward among policies optimal for this one.
  public func tiedActionMask(in problem: DiscountedProblem) -> [Bool] {
    let bellman = problem.bellman
    let magnitude = values.largestMagnitude
    let rounding = bellman.backupError(valueMagnitude: magnitude)
    let margin = Up.product(2, Up.sum(rounding, Up.product(bellman.contraction, guarantee.errorBound)))
    let gaps = problem.actionValues(of: values).gaps
    return gaps.map { $0 <= margin }
  }
}

extension [Double] {
  /// Σ self · values for a distribution, and a bound of its error when each value is off by at most `error`.
  func expectation(of values: [Double], error: Double) -> (value: Double, error: Double) {
    var sum = 0.0
    var size = 0.0
    var mass = 0.0
    for (p, v) in zip(self, values) where p > 0 {
      sum += p * v
      size += p * abs(v)
      mass += p
    }
    let roundoff = accumulatedRoundoff(count + 2)
    let rounding = Up.product(roundoff, Up.product(size, 1 + 2 * roundoff))
    return (sum, Up.sum(rounding, Up.product(error, Up.product(mass, 1 + 2 * roundoff))))
  }
}
