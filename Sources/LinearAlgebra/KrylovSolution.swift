/// The answer of an iterative solver of A x = b, with its account. Not converging is an answer, not an error.
public struct KrylovSolution: Sendable, Equatable {
  /// Why the iteration ended.
  public enum Outcome: Sendable, Equatable {
    /// The true residual met the target.
    case converged
    /// The iteration limit came first.
    case iterationLimit
    /// The recurrence could not go on: a quantity it divides by vanished, twice in a row, or overflowed.
    case breakdown
    /// The residual stopped falling above the target: rounding, or a matrix too ill-conditioned.
    case stagnation
  }

  /// x, n entries.
  public let values: [Double]
  /// How many products with A were spent.
  public let productCount: Int
  /// How many iterations were made (two products each in BiCGStab, one in GMRES).
  public let iterations: Int
  /// ‖b − A x‖₂, computed from x itself after the last iteration, in double-double.
  public let residualNorm: Double
  /// What `residualNorm` had to fall to.
  public let residualTarget: Double
  /// Why the iteration ended.
  public let outcome: Outcome

  /// Whether `residualNorm` met `residualTarget`.
  public var converged: Bool { outcome == .converged }
}

/// When a Krylov iteration may stop: at ‖b − A x‖₂ ≤ max(`relative` · ‖b‖₂, `absolute`).
public struct ResidualTarget: Sendable, Equatable {
  /// The fraction of ‖b‖₂.
  public var relative: Double
  /// The value in the unit of b.
  public var absolute: Double

  /// A target relative to ‖b‖₂, absolute, or the easier one of both.
  public init(relative: Double = 1e-12, absolute: Double = 0) {
    precondition(relative >= 0 && absolute >= 0, "a target is not negative")
    self.relative = relative
    self.absolute = absolute
  }

  func value(for b: [Double]) -> Double { max(relative * norm2(b), absolute) }
}
