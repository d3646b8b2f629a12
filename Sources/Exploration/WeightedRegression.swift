public import LinearAlgebra

/// Ridge regression in which every observation is divided by its variance, kept current one observation at a time.
///
/// ```
/// Σ = λ I + Σ_j x_j x_jᵀ / σ_j²      b = Σ_j x_j y_j / σ_j²      θ̂ = Σ⁻¹ b
/// ```
public struct WeightedRegression: Sendable {
  /// L Lᵀ = Σ.
  public private(set) var factor: CholeskyFactorisation
  /// b, shape (d).
  public private(set) var moment: [Double]

  /// No observations, ridge λ > 0 in dimension d.
  ///
  /// - Throws: ``ExplorationError/parameter(name:value:needed:)``.
  public init(dimension: Int, ridge: Double) throws(ExplorationError) {
    do {
      factor = try CholeskyFactorisation(order: dimension, identityTimes: ridge)
    } catch {
      throw .parameter(name: "lambda", value: ridge, needed: "positive and finite")
    }
    moment = [Double](repeating: 0, count: dimension)
  }

  /// The regression with a given Gram matrix and no responses.
  init(factor: CholeskyFactorisation) {
    self.factor = factor
    moment = [Double](repeating: 0, count: factor.order)
  }

  /// Adds the observation that `features` had `response`, with variance σ² > 0. Zero features change nothing.
  ///
  /// - Complexity: O(d²)
  public mutating func add(_ features: [Double], response: Double, variance: Double) throws(LinearAlgebraError) {
    try factor.addOuterProduct(features, weight: 1 / variance)
    let scale = response / variance
    guard scale != 0 else { return }
    for i in moment.indices { moment[i] += features[i] * scale }
  }

  /// ``add(_:response:variance:)`` of features that are known to be finite, for the innermost loop.
  mutating func add(finite features: UnsafeBufferPointer<Double>, response: Double, variance: Double) {
    factor.addOuterProduct(ofFinite: features, weight: 1 / variance)
    let scale = response / variance
    guard scale != 0 else { return }
    moment.withUnsafeMutableBufferPointer { moment in
      for i in moment.indices { moment[i] += features[i] * scale }
    }
  }

  /// θ̂, shape (d).
  ///
  /// - Complexity: O(d²)
  public var estimate: [Double] {
    get throws(LinearAlgebraError) { try factor.solve(moment) }
  }

  /// ln det Σ.
  public var logDeterminant: Double { factor.logDeterminant }

  /// ‖x‖ in the norm of Σ⁻¹.
  ///
  /// - Complexity: O(d²)
  public func width(_ x: [Double]) throws(LinearAlgebraError) -> Double {
    try factor.inverseQuadraticForm(x).squareRoot()
  }

  /// ``width(_:)`` of features that are known to be finite, for the innermost loop.
  func width(finite x: UnsafeBufferPointer<Double>) -> Double {
    factor.inverseQuadraticForm(ofFinite: x).squareRoot()
  }
}
