internal import LinearAlgebra
internal import LinearPrograms
internal import RealModule

/// How a kernel is made from the episodes.
public enum ModelEstimator: String, Sendable, Equatable, CaseIterable {
  /// The projected centre of the explorer's value-targeted regression: what the guarantee of the source is about.
  case targeted
  /// Least squares of the indicator of the next state on φ[s, a, :, t], projected. Not what the source guarantees.
  case oneHot
  /// The valid parameter of largest likelihood; usually 2 to 4 times as accurate as the targeted one in small tabular
  /// models (measured), because a target V(s') throws information away. Not what the source guarantees.
  case maximumLikelihood
  /// Relative frequencies, uniform where nothing was seen; ignores the features.
  case empirical

  /// The model from transition counts, shape (S, A, S); `ridge` is the penalty of the one-hot regression.
  func model(_ features: MixtureFeatures, counts: [Int], ridge: Double) throws(ExplorationError) -> LearnedModel {
    switch self {
    case .targeted: throw .noTargetedModel
    case .oneHot: return try OneHotRegression(ridge: ridge).fit(features, counts: counts)
    case .maximumLikelihood: return try MaximumLikelihood().fit(features, counts: counts).model
    case .empirical:
      let kernel = TransitionKernel(
        stateCount: features.stateCount, actionCount: features.actionCount, renormalising: counts.map(Double.init))
      return LearnedModel(parameter: nil, kernel: kernel, isConverged: true)
    }
  }
}

/// Checks that counts are one number of at least 0 a transition.
private func requireCounts(_ counts: [Int], _ features: MixtureFeatures) throws(ExplorationError) {
  guard counts.count == features.pairCount * features.stateCount else {
    throw .shape(
      of: "counts", expected: [features.stateCount, features.actionCount, features.stateCount], got: [counts.count])
  }
  if let count = counts.first(where: { $0 < 0 }) {
    throw .parameter(name: "count", value: Double(count), needed: "at least 0")
  }
}

/// Least squares of next-state indicators on the features of transitions, projected onto the valid parameters in its
/// Gram norm.
public struct OneHotRegression: Sendable, Equatable {
  /// λ > 0.
  public var ridge: Double
  /// Whether θ ≥ 0 is known.
  public var simplex = false

  /// A regression with penalty `ridge`.
  public init(ridge: Double = 1) { self.ridge = ridge }

  /// θ before the projection, shape (d), with its regression.
  ///
  /// - Throws: ``ExplorationError``.
  /// - Complexity: O(S² A d² + d³)
  public func regression(_ features: MixtureFeatures, counts: [Int]) throws(ExplorationError) -> WeightedRegression {
    try requireCounts(counts, features)
    var regression = try WeightedRegression(dimension: features.dimension, ridge: ridge)
    let n = features.stateCount
    do {
      for pair in 0..<features.pairCount {
        let row = counts[(pair * n)..<((pair + 1) * n)]
        let visits = row.reduce(0, +)
        guard visits > 0 else { continue }
        for (t, count) in row.enumerated() {
          // N visits see the vector of every t, of which `count` with response 1: one observation of variance 1/N.
          try regression.add(
            features.transition(pair: pair, next: t), response: Double(count) / Double(visits),
            variance: 1 / Double(visits))
        }
      }
    } catch {
      throw .numerics(error)
    }
    return regression
  }

  /// The projected estimate from transition counts, shape (S, A, S).
  ///
  /// - Throws: ``ExplorationError``.
  public func fit(_ features: MixtureFeatures, counts: [Int]) throws(ExplorationError) -> LearnedModel {
    let regression = try regression(features, counts: counts)
    do {
      let projection = ParameterProjection(ValidParameters(features, simplex: simplex))
      let answer = projection(try regression.estimate, in: regression.factor)
      return LearnedModel(
        parameter: answer.parameter, kernel: features.kernel(answer.parameter), isConverged: answer.isConverged)
    } catch {
      throw .numerics(error)
    }
  }
}

/// The valid parameter that makes the observed transitions most likely, argmax_{θ ∈ Θ} Σ N(s, a, t) ln(φ(t | s, a) · θ).
///
/// Damped Newton steps, each projected onto Θ in the norm of the Hessian, from the one-hot estimate. The problem is
/// convex; it stops when a step promises less than ``tolerance``.
public struct MaximumLikelihood: Sendable, Equatable {
  /// The promised gain in log-likelihood at which it stops.
  public var tolerance = 1e-13
  /// The largest number of Newton steps.
  public var iterationLimit = 100
  /// Whether θ ≥ 0 is known.
  public var simplex = false

  /// With default options.
  public init() {}

  /// The estimate with its account.
  public struct Answer: Sendable, Equatable {
    /// The model.
    public let model: LearnedModel
    /// −Σ N ln P.
    public let negativeLogLikelihood: Double
    /// Newton steps taken.
    public let iterations: Int
  }

  /// The estimate from transition counts, shape (S, A, S).
  ///
  /// - Throws: ``ExplorationError/impossibleCounts`` when no valid parameter explains the data.
  /// - Complexity: O(S² A d² + d³) a step
  public func fit(_ features: MixtureFeatures, counts: [Int]) throws(ExplorationError) -> Answer {
    var start = OneHotRegression()
    start.simplex = simplex
    let first = try start.fit(features, counts: counts)
    let (n, d) = (features.stateCount, features.dimension)
    let seen: [(x: [Double], count: Double)] = counts.indices.filter { counts[$0] > 0 }.map {
      (features.transition(pair: $0 / n, next: $0 % n), Double(counts[$0]))
    }
    let valid = ValidParameters(features, simplex: simplex)
    func loss(_ theta: [Double]) -> Double {
      var sum = 0.0
      for (x, count) in seen {
        let p = zip(x, theta).reduce(0) { $0 + $1.0 * $1.1 }
        guard p > 0 else { return .infinity }
        sum -= count * .log(p)
      }
      return sum
    }
    var theta = first.parameter ?? []
    var value = loss(theta)
    if value == .infinity || valid.violation(theta) > 1e-6 {
      let interior = try Self.interior(valid, seen.map(\.x))
      // A little of the interior point makes every observed probability positive and keeps the start near.
      theta = zip(theta, interior).map { 0.9 * $0 + 0.1 * $1 }
      value = loss(theta)
      if value == .infinity || valid.violation(theta) > 1e-6 {
        theta = interior
        value = loss(theta)
      }
    }
    let projection = ParameterProjection(valid)
    var iterations = 0
    var isConverged = seen.isEmpty
    do {
      while iterations < iterationLimit, !isConverged {
        iterations += 1
        var gradient = [Double](repeating: 0, count: d)
        var hessian = Matrix(rowCount: d, columnCount: d)
        for (x, count) in seen {
          let p = zip(x, theta).reduce(0) { $0 + $1.0 * $1.1 }
          for i in 0..<d where x[i] != 0 {
            gradient[i] -= count * x[i] / p
            for j in 0...i { hessian[i, j] += count * x[i] * x[j] / (p * p) }
          }
        }
        // Directions that the data do not see get a curvature too small to matter to the others.
        let trace = (0..<d).reduce(0) { $0 + hessian[$1, $1] }
        for i in 0..<d { hessian[i, i] += 1e-10 * trace / Double(d) }
        let factor = try CholeskyFactorisation(hessian)
        let newton = zip(theta, try factor.solve(gradient)).map { $0 - $1 }
        let target = projection(newton, in: factor).parameter
        let promised = zip(gradient, zip(theta, target)).reduce(0) { $0 + $1.0 * ($1.1.0 - $1.1.1) }
        guard promised > tolerance * (1 + abs(value)) else {
          isConverged = true
          break
        }
        var length = 1.0
        while length > 1e-12 {
          let trial = zip(theta, target).map { $0 + length * ($1 - $0) }
          let trialValue = loss(trial)
          if trialValue <= value - 1e-4 * length * promised {
            (theta, value) = (trial, trialValue)
            break
          }
          length /= 2
        }
        // No descent to working precision: the promise was rounding.
        if length <= 1e-12 { isConverged = promised < 1e-9 * (1 + abs(value)); break }
      }
    } catch {
      throw .numerics(error)
    }
    return Answer(
      model: LearnedModel(parameter: theta, kernel: features.kernel(theta), isConverged: isConverged),
      negativeLogLikelihood: value, iterations: iterations)
  }

  /// A valid parameter that gives each observed transition as much probability as can be had by all at once.
  private static func interior(_ valid: ValidParameters, _ seen: [[Double]]) throws(ExplorationError) -> [Double] {
    let d = valid.dimension
    let solution: LinearProgramSolution
    do {
      var program = LinearProgram(.maximise)
      for _ in 0..<d { try program.addColumn(cost: 0, bounds: .free) }
      let margin = try program.addColumn(cost: 1, bounds: .init(-.infinity, 1))
      for row in 0..<valid.rowCount {
        let entries = (0..<d).map { (column: $0, value: valid.rows[row * d + $0]) }.filter { $0.value != 0 }
        try program.addRow(row < valid.equalityCount ? .equal(1) : .atLeast(0), entries: entries)
      }
      for x in seen {
        try program.addRow(
          .atLeast(0),
          entries: (0..<d).map { (column: $0, value: x[$0]) }.filter { $0.value != 0 } + [(margin, -1)])
      }
      solution = try program.solve()
    } catch {
      throw .linearProgram("\(error)")
    }
    guard solution.status == .optimal, solution.objective > 0 else { throw .impossibleCounts }
    return Array(solution.primal[0..<d])
  }
}
