public import LinearAlgebra

/// The numbers of a problem as exact rationals.
public struct ExactNumbers: Sendable, Equatable {
  /// One a stored transition, in the order of `transitions.sparseRows` of the world; every row sums to exactly 1.
  public let probabilities: [Rational]
  /// For each reward of the problem r(s, a), shape (S·A); nil for a reward known in doubles only.
  public let rewards: [[Rational]?]

  /// Exact numbers beside those of a problem.
  public init(probabilities: [Rational], rewards: [[Rational]?]) {
    self.probabilities = probabilities
    self.rewards = rewards
  }
}
