/// How much of an answer is proven: five levels, each stronger than the one before.
public enum ProofLevel: Int, Sendable, Comparable, CaseIterable {
  /// E0: a stopping rule fired; no bound is known.
  case approximate = 0
  /// E1: the bound would hold if the arithmetic had been exact.
  case boundedInRealArithmetic
  /// E2: the bound holds for the floating-point arithmetic that ran.
  case bounded
  /// E3: the policy is proven optimal for the numbers as given; values as in E2.
  case exactPolicy
  /// E4: the values are rationals, proven optimal.
  case exactValue

  /// `"E0"` to `"E4"`.
  public var name: String { "E\(rawValue)" }

  /// Whether `left` proves less than `right`.
  public static func < (left: ProofLevel, right: ProofLevel) -> Bool { left.rawValue < right.rawValue }
}

/// How a solver came to its end. Bounds hold whatever the ending.
public enum Ending: String, Sendable, Equatable {
  /// The tolerance asked for is met.
  case converged
  /// Floating point allows no tighter bound than the one returned.
  case toleranceNotReached
  /// The limit of iterations came first.
  case iterationLimit
  /// The caller asked to stop.
  case cancelled
}

/// What a solver promises about its answer, and how it knows.
public struct Guarantee: Sendable, Equatable {
  /// What is proven.
  public let level: ProofLevel
  /// ‖values − true values‖∞ is at most this; infinite when nothing is proven.
  public let errorBound: Double
  /// How much the returned policy may lose against an optimal one, in any state; 0 at E3 and E4.
  public let policyLoss: Double
  /// The bound that was asked for, absolute.
  public let tolerance: Double
  /// Whether the tolerance was met, and if not, why.
  public let ending: Ending
  /// How it was proven, in a phrase.
  public let proof: String

  /// A guarantee made of its parts.
  public init(
    level: ProofLevel, errorBound: Double, policyLoss: Double, tolerance: Double, ending: Ending, proof: String
  ) {
    self.level = level
    self.errorBound = errorBound
    self.policyLoss = policyLoss
    self.tolerance = tolerance
    self.ending = ending
    self.proof = proof
  }

  /// Whether the tolerance asked for was met.
  public var isConverged: Bool { ending == .converged }
}
