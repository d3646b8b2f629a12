internal import LinearAlgebra

/// A family of weighted regressions, level m on the power V^(2^m) of a target V, that lend each other their variances:
/// the high-order moment estimator.
///
/// The variance of V needs the second moment, whose own regression needs the fourth, and so on. At a pair with features
/// f_m = φ of V^(2^m), with centres θ_m and Gram matrices Σ_m of the start of the episode and running ones Σ'_m:
///
/// ```
/// var_m = [⟨f_{m+1}, θ_{m+1}⟩] − [⟨f_m, θ_m⟩]²                         [x] = x clipped to [0, 1]
/// E_m   = min(1, 2 β ‖f_m‖_{Σ_m⁻¹}) + min(1, β ‖f_{m+1}‖_{Σ_{m+1}⁻¹})
/// σ²_m  = max(γ² ‖f_m‖_{Σ'_m⁻¹}, var_m + E_m, α²)                      last level: max(γ² ‖f‖, 1, α²)
/// ```
///
/// It is γ² times the norm, not its square. One level switches weighting off. Found: Zhou & Gu 2022 (arXiv 2205.11507)
/// and algorithm 4 of the dissertation behind arXiv 2303.10165.
struct MomentRegressions: Sendable {
  /// One regression a level.
  private(set) var levels: [WeightedRegression]
  /// θ_m of the start of the episode, one a level, not projected.
  private(set) var centres: [[Double]]
  /// The regressions of the start of the episode.
  private var start: [WeightedRegression]
  /// f_m of the pair in hand, one after the other, shape (M, d).
  private var features: [Double]
  private var power: [Double]
  /// What the last estimate was made of.
  private(set) var moments: HighOrderMoments

  init(levels: Int, features: MixtureFeatures, ridge: Double) throws(ExplorationError) {
    let regression = try WeightedRegression(dimension: features.dimension, ridge: ridge)
    let zero = [Double](repeating: 0, count: features.dimension)
    self.levels = .init(repeating: regression, count: levels)
    start = self.levels
    centres = .init(repeating: zero, count: levels)
    self.features = .init(repeating: 0, count: levels * features.dimension)
    power = .init(repeating: 0, count: features.stateCount)
    moments = HighOrderMoments(levels: levels)
  }

  /// Makes the present regressions those of the start of an episode.
  mutating func startEpisode() throws(LinearAlgebraError) {
    start = levels
    for m in levels.indices { centres[m] = try levels[m].estimate }
  }

  /// Adds the transition from `pair` to `next` with target V to all levels.
  mutating func observe(
    pair: Int, next: Int, target: [Double], _ known: MixtureFeatures, beta: Double, leastVariance: Double,
    uncertaintyFloor: Double
  ) {
    Self.powers(of: target, pair: pair, known, levels: levels.count, &features, &power)
    let d = known.dimension
    let features = features
    features.withUnsafeBufferPointer { features in
      moments.estimate(
        features: features, centres: centres, start: start, running: levels, beta: beta, leastVariance: leastVariance,
        uncertaintyFloor: uncertaintyFloor)
      var response = target[next]
      for m in levels.indices {
        levels[m].add(
          finite: UnsafeBufferPointer(rebasing: features[(m &* d)..<(m &* d &+ d)]), response: response,
          variance: moments.weights[m])
        response = squaredOrZero(response)
      }
    }
  }

  /// Fills f_m for all levels; `power` is room for the powers of the target.
  private static func powers(
    of target: [Double], pair: Int, _ known: MixtureFeatures, levels count: Int, _ features: inout [Double],
    _ power: inout [Double]
  ) {
    let (n, d) = (known.stateCount, known.dimension)
    known.values.withUnsafeBufferPointer { values in
      features.withUnsafeMutableBufferPointer { features in
        power.withUnsafeMutableBufferPointer { power in
          for t in 0..<n { power[t] = target[t] }
          for m in 0..<count {
            if m > 0 { for t in 0..<n { power[t] = squaredOrZero(power[t]) } }
            for i in 0..<d {
              var sum = 0.0
              let row = (pair &* d &+ i) &* n
              for t in 0..<n { sum += values[row &+ t] * power[t] }
              features[m &* d &+ i] = sum
            }
          }
        }
      }
    }
  }
}

/// x², with what would soon underflow made 0.
@inline(__always) private func squaredOrZero(_ x: Double) -> Double {
  let square = x * x
  return square < 1e-300 ? 0 : square
}

/// The variances that one step of ``MomentRegressions`` estimates.
struct HighOrderMoments: Sendable {
  /// var_m, one a level but the last.
  var variances: [Double]
  /// E_m, one a level but the last.
  var errors: [Double]
  /// σ²_m, one a level.
  var weights: [Double]

  init(levels: Int) {
    variances = .init(repeating: 0, count: levels - 1)
    errors = variances
    weights = .init(repeating: 1, count: levels)
  }

  /// The estimate for features f_m, shape (M, d) and finite, given centres and regressions of the start of the episode and
  /// the running ones.
  mutating func estimate(
    features: UnsafeBufferPointer<Double>, centres: [[Double]], start: [WeightedRegression],
    running: [WeightedRegression], beta: Double, leastVariance: Double, uncertaintyFloor: Double
  ) {
    let last = running.count - 1
    let d = features.count / running.count
    func level(_ m: Int) -> UnsafeBufferPointer<Double> { .init(rebasing: features[(m &* d)..<(m &* d &+ d)]) }
    var mean = clipped(inner(level(0), centres[0]))
    var width = last > 0 ? start[0].width(finite: level(0)) : 0
    for m in 0...last {
      let floor = uncertaintyFloor * running[m].width(finite: level(m))
      guard m < last else {
        weights[m] = max(floor, 1, leastVariance)
        return
      }
      let second = clipped(inner(level(m + 1), centres[m + 1]))
      let nextWidth = start[m + 1].width(finite: level(m + 1))
      variances[m] = second - mean * mean
      errors[m] = min(1, 2 * beta * width) + min(1, beta * nextWidth)
      weights[m] = max(floor, variances[m] + errors[m], leastVariance)
      (mean, width) = (second, nextWidth)
    }
  }

  private func clipped(_ x: Double) -> Double { min(1, max(0, x)) }
  private func inner(_ x: UnsafeBufferPointer<Double>, _ y: [Double]) -> Double {
    var sum = 0.0
    for i in x.indices { sum += x[i] * y[i] }
    return sum
  }
}
