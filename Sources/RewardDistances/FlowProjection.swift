internal import LinearAlgebra
internal import MDPs

/// An expected reward split into what policies can tell apart and a shaping term: r = p + Bᵀ Φ.
public struct ProjectedReward: Sendable, Equatable {
  /// p, the part orthogonal to all shaping, shape (S·A).
  public let values: [Double]
  /// Φ less ``shift``, shape (S): of the size of the reward, whatever the discount.
  public let levelPotential: [Double]
  /// The constant part of Φ, which may be as large as 1 / (1 − γ).
  public let shift: Double
  /// ‖p‖ / ‖r‖ in the weighted L2 norm of the projection; 0 for r = 0.
  public let relativeNorm: Double
  /// ‖p‖₂
  public let norm: Double

  /// Φ, shape (S).
  public var potential: [Double] { levelPotential.map { $0 + shift } }
}

/// The orthogonal projection of expected rewards onto ker B, in the inner product Σ ω x y.
///
/// range(Bᵀ) contains the constant vector, and the conditioning of Bᵀ grows like 1/(1 − γ) in that direction alone.
/// The constant is therefore taken out by itself, and the rest is solved over mean-free potentials, whose conditioning is
/// that of the mixing of the model: a shaping reward is recognised to rounding at any discount below 1. One more pass
/// over the residual keeps small projections of large rewards exact.
///
/// Dense models are factored by QR with column pivoting; sparse ones are solved by conjugate gradients on the normal
/// equations (CGLS), so that no S·S array is made.
///
/// Source: Skalse et al., STARC, arXiv 2309.15257; Björck, Numerical Methods for Least Squares Problems (1996), §7.4.
struct FlowProjection: Sendable {
  let flow: FlowOperator
  /// ω, shape (S·A); 0 for actions that are not available.
  let weights: [Double]
  let weightSum: Double
  let method: Method
  /// |smallest pivot| / |largest pivot| of the mean-free part; nil for the iteration.
  let smallestPivotRatio: Double?

  enum Method: Sendable {
    case constantOnly
    case factored(PivotedQR, roots: [Double])
    case iterated(scale: [Double])
  }

  /// States up to which a model is factored densely.
  static let largestFactoredStateCount = 1200

  /// The projection for the given weights; 1 for every available pair when nil.
  init(_ mdp: MDP, weights: [Double]? = nil) throws(RewardDistanceError) {
    precondition(mdp.discount < 1, "shaping needs a discount below 1")
    let (S, A) = (mdp.stateCount, mdp.actionCount)
    let flow = FlowOperator(mdp: mdp)
    var omega = weights ?? [Double](repeating: 1, count: S * A)
    for s in 0..<S { for a in 0..<A where !mdp.isAvailable(s, a) { omega[s * A + a] = 0 } }
    self.flow = flow
    self.weights = omega
    self.weightSum = omega.reduce(0, +)
    guard S > 1 else {
      self.method = .constantOnly
      self.smallestPivotRatio = nil
      return
    }
    if S <= Self.largestFactoredStateCount, S * S * A <= 40_000_000 {
      // Column j of the centred Bᵀ for j < S − 1: the last one is minus their sum, because constants map to 0.
      let roots = omega.map { $0.squareRoot() }
      var columns = Matrix(rowCount: S * A, columnCount: S - 1)
      var means = [Double](repeating: 0, count: S)
      let gamma = mdp.discount
      for k in 0..<(S * A) where omega[k] > 0 {
        means[k / A] += omega[k]
        mdp.transitions.forEachSuccessor(ofRow: k) { t, p in means[t] -= gamma * omega[k] * p }
      }
      for t in 0..<S { means[t] /= weightSum }
      for k in 0..<(S * A) where omega[k] > 0 {
        for t in 0..<(S - 1) { columns[k, t] = -means[t] }
        if k / A < S - 1 { columns[k, k / A] += 1 }
        mdp.transitions.forEachSuccessor(ofRow: k) { t, p in if t < S - 1 { columns[k, t] -= gamma * p } }
        for t in 0..<(S - 1) { columns[k, t] *= roots[k] }
      }
      let factors = try algebra { () throws(LinearAlgebraError) in try PivotedQR(columns, rankTolerance: 0) }
      self.method = .factored(factors, roots: roots)
      self.smallestPivotRatio = factors.smallestPivotRatio
    } else {
      var diagonal = [Double](repeating: 0, count: S)
      for k in 0..<(S * A) where omega[k] > 0 {
        var own = 1.0
        mdp.transitions.forEachSuccessor(ofRow: k) { t, p in
          let x = mdp.discount * p
          if t == k / A { own -= x } else { diagonal[t] += omega[k] * x * x }
        }
        diagonal[k / A] += omega[k] * own * own
      }
      self.method = .iterated(scale: diagonal.map { $0 > 0 ? 1 / $0.squareRoot() : 1 })
      self.smallestPivotRatio = nil
    }
  }

  /// p and Φ with `reward` = p + Bᵀ Φ.
  ///
  /// - Throws: ``RewardDistanceError/notConverged(quantity:residual:tolerance:)`` on a sparse model that mixes too slowly.
  func project(_ reward: [Double]) throws(RewardDistanceError) -> ProjectedReward {
    let stateCount = flow.mdp.stateCount
    var p = reward
    for k in p.indices where weights[k] == 0 { p[k] = 0 }
    let original = weightedNorm(p)
    var constant = 0.0
    var potential = [Double](repeating: 0, count: stateCount)
    // Two passes: the second one removes what rounding left of the first.
    for _ in 0..<2 {
      let mean = weightedMean(p)
      constant += mean
      for k in p.indices where weights[k] > 0 { p[k] -= mean }
      if case .constantOnly = method { continue }
      let step = try meanFreePotential(for: p, original: original)
      let shape = flow.transposeApplied(to: step)
      let shapeMean = weightedMean(shape)
      constant -= shapeMean
      for k in p.indices where weights[k] > 0 { p[k] -= shape[k] - shapeMean }
      potential = combine(1, potential, 1, step)
    }
    let shift = constant / (1 - flow.mdp.discount)
    let norm = weightedNorm(p)
    return ProjectedReward(
      values: p, levelPotential: potential, shift: shift, relativeNorm: original > 0 ? norm / original : 0,
      norm: norm2(p))
  }

  private func weightedMean(_ x: [Double]) -> Double {
    var sum = 0.0
    for k in x.indices { sum += weights[k] * x[k] }
    return sum / weightSum
  }

  private func weightedNorm(_ x: [Double]) -> Double {
    let scale = x.reduce(0) { max($0, abs($1)) }
    guard scale > 0 else { return 0 }
    var sum = 0.0
    for k in x.indices { sum += weights[k] * (x[k] / scale) * (x[k] / scale) }
    return scale * sum.squareRoot()
  }

  /// The potential, free up to constants, whose shaping comes nearest to `p`.
  private func meanFreePotential(for p: [Double], original: Double) throws(RewardDistanceError) -> [Double] {
    switch method {
    case .constantOnly:
      return [0]
    case .factored(let factors, let roots):
      let scaled = p.indices.map { roots[$0] * p[$0] }
      let solution = try algebra { () throws(LinearAlgebraError) in try factors.leastSquares(scaled).solution }
      return centred(solution + [0])
    case .iterated(let scale):
      return try conjugateGradients(p, scale: scale, original: original)
    }
  }

  private func centred(_ x: [Double]) -> [Double] {
    let mean = x.reduce(0, +) / Double(x.count)
    return x.map { $0 - mean }
  }

  /// CGLS for min ‖p − C Bᵀ D y‖_ω, D the diagonal scaling, C the removal of the weighted mean.
  private func conjugateGradients(
    _ p: [Double], scale: [Double], original: Double
  ) throws(RewardDistanceError) -> [Double] {
    guard original > 0 else { return [Double](repeating: 0, count: scale.count) }
    // In units of the reward, so that squares stay in range.
    var residual = p.map { $0 / original }
    var y = [Double](repeating: 0, count: scale.count)
    func adjoint(_ x: [Double]) -> [Double] {
      // The weighted mean of x is 0 up to rounding, and C is symmetric in the inner product: B ω x alone would do; taking
      // the mean out again keeps the iteration in the mean-free space.
      let mean = weightedMean(x)
      let weighted = x.indices.map { weights[$0] * (x[$0] - mean) }
      let image = flow.applied(to: weighted)
      return image.indices.map { scale[$0] * image[$0] }
    }
    func forward(_ y: [Double]) -> [Double] {
      var image = flow.transposeApplied(to: y.indices.map { scale[$0] * y[$0] })
      let mean = weightedMean(image)
      for k in image.indices { image[k] = weights[k] > 0 ? image[k] - mean : 0 }
      return image
    }
    func size(_ x: [Double]) -> Double {
      var sum = 0.0
      for k in x.indices { sum += weights[k] * x[k] * x[k] }
      return sum
    }
    var gradient = adjoint(residual)
    var direction = gradient
    var square = dot(gradient, gradient)
    var rest = size(residual)
    var (best, sinceBest, steps) = (Double.infinity, 0, 0)
    let limit = 20_000
    // The columns have unit length, so a gradient of this share of the residual is orthogonality to working precision; a
    // residual of that share of the reward is a reward that is all shaping.
    while square > 1e-31 * rest, rest > 1e-33, steps < limit {
      let image = forward(direction)
      let curvature = size(image)
      guard curvature > 0 else { break }
      let step = square / curvature
      y = combine(1, y, step, direction)
      residual = combine(1, residual, -step, image)
      gradient = adjoint(residual)
      let next = dot(gradient, gradient)
      direction = combine(1, gradient, next / square, direction)
      square = next
      rest = size(residual)
      steps += 1
      // At the level of rounding the gradient stops falling; a second pass starts afresh from there.
      if square < 0.25 * best {
        (best, sinceBest) = (square, 0)
      } else {
        sinceBest += 1
        if sinceBest > 100, best <= 1e-22 * max(rest, 1e-16) { break }
      }
    }
    guard steps < limit else {
      throw .notConverged(
        quantity: "the projection onto occupancy differences",
        residual: (square / max(rest, .leastNormalMagnitude)).squareRoot(), tolerance: 1e-11)
    }
    return centred(y.indices.map { original * scale[$0] * y[$0] })
  }
}
