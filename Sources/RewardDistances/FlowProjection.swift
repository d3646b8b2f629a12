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
/// Small models are factored by QR with column pivoting; larger ones are solved by conjugate gradients on the normal
/// equations (CGLS), which need no S·S array and converge at once where the model mixes well. Where they are slow and a
/// factorisation fits, that takes over.
///
/// Source: Skalse et al., STARC, arXiv 2309.15257; Björck, Numerical Methods for Least Squares Problems (1996), §7.4.
struct FlowProjection: Sendable {
  let flow: FlowOperator
  /// ω, shape (S·A); 0 for actions that are not available.
  let weights: [Double]
  let weightSum: Double
  /// √ of the columns' weighted squares, inverted: the scaling of the iteration, shape (S).
  private let scale: [Double]
  private let factors = Lazily<PivotedQR>()

  /// States below which a model is factored without trying the iteration.
  private static let smallestIteratedStateCount = 150
  /// States up to which a model may be factored.
  private static let largestFactoredStateCount = 1200

  /// The projection for the given weights; 1 for every available pair when nil.
  init(_ mdp: MDP, weights: [Double]? = nil) throws(RewardDistanceError) {
    precondition(mdp.discount < 1, "shaping needs a discount below 1")
    let (S, A) = (mdp.stateCount, mdp.actionCount)
    var omega = weights ?? [Double](repeating: 1, count: S * A)
    if let availability = mdp.availability { for k in omega.indices where !availability[k] { omega[k] = 0 } }
    flow = FlowOperator(mdp: mdp, isRepeated: S >= Self.smallestIteratedStateCount)
    self.weights = omega
    weightSum = omega.reduce(0, +)
    var squares = [Double](repeating: 0, count: S)
    for k in 0..<(S * A) where omega[k] > 0 {
      var own = 1.0
      mdp.transitions.forEachSuccessor(ofRow: k) { t, p in
        let x = mdp.discount * p
        if t == k / A { own -= x } else { squares[t] += omega[k] * x * x }
      }
      squares[k / A] += omega[k] * own * own
    }
    scale = squares.map { $0 > 0 ? 1 / $0.squareRoot() : 1 }
  }

  /// Whether a dense factorisation is of a reasonable size.
  var canBeFactored: Bool {
    let (S, A) = (flow.mdp.stateCount, flow.mdp.actionCount)
    return S <= Self.largestFactoredStateCount && S * S * A <= 40_000_000
  }

  /// QR of the centred Bᵀ, rows scaled by √ω. Column j stands for state j < S − 1: the last one is minus their sum,
  /// because constants map to 0.
  func factorised() throws(RewardDistanceError) -> PivotedQR {
    try factors.value { () throws(RewardDistanceError) in
      let (mdp, omega) = (flow.mdp, weights)
      let (S, A, gamma) = (mdp.stateCount, mdp.actionCount, mdp.discount)
      var columns = Matrix(rowCount: S * A, columnCount: S - 1)
      var means = [Double](repeating: 0, count: S)
      for k in 0..<(S * A) where omega[k] > 0 {
        means[k / A] += omega[k]
        mdp.transitions.forEachSuccessor(ofRow: k) { t, p in means[t] -= gamma * omega[k] * p }
      }
      for t in 0..<S { means[t] /= weightSum }
      for k in 0..<(S * A) where omega[k] > 0 {
        let root = omega[k].squareRoot()
        for t in 0..<(S - 1) { columns[k, t] = -means[t] }
        if k / A < S - 1 { columns[k, k / A] += 1 }
        mdp.transitions.forEachSuccessor(ofRow: k) { t, p in if t < S - 1 { columns[k, t] -= gamma * p } }
        for t in 0..<(S - 1) { columns[k, t] *= root }
      }
      return try algebra { () throws(LinearAlgebraError) in try PivotedQR(columns, rankTolerance: 0) }
    }
  }

  /// p and Φ with `reward` = p + Bᵀ Φ.
  ///
  /// - Throws: ``RewardDistanceError/notConverged(quantity:residual:tolerance:)`` on a sparse model that mixes too slowly.
  func project(_ reward: [Double]) throws(RewardDistanceError) -> ProjectedReward {
    try project(Matrix(sound: 1, reward.count, reward))[0]
  }

  /// The potentials, free up to constants, whose shaping comes nearest to each row of `p`, shape (n, S).
  func meanFreePotentials(for p: Matrix, originals: [Double]) throws(RewardDistanceError) -> Matrix {
    // For many rewards a factorisation pays where for few the iteration is quicker.
    let isFactored = canBeFactored && (flow.mdp.stateCount < Self.smallestIteratedStateCount || p.rowCount > 2)
    if isFactored { return try factoredPotentials(for: p) }
    var rows: [[Double]] = []
    for (i, original) in originals.enumerated() {
      rows.append(try iteratedPotential(for: p, row: i, original: original))
    }
    return Matrix(sound: rows.count, flow.mdp.stateCount, Array(rows.joined()))
  }

  private func factoredPotentials(for p: Matrix) throws(RewardDistanceError) -> Matrix {
    let roots = weights.map { $0.squareRoot() }
    var scaled = p
    scaled.withUnsafeMutableElements { out in
      for i in 0..<p.rowCount { for k in roots.indices { out[i * roots.count + k] *= roots[k] } }
    }
    let factors = try factorised()
    let solution = try algebra { () throws(LinearAlgebraError) in try factors.leastSquares(scaled) }
    var elements: [Double] = []
    elements.reserveCapacity(p.rowCount * flow.mdp.stateCount)
    for i in 0..<p.rowCount { elements += centred(Array(solution.row(i)) + [0]) }
    return Matrix(sound: p.rowCount, flow.mdp.stateCount, elements)
  }

  private func iteratedPotential(for p: Matrix, row: Int, original: Double) throws(RewardDistanceError) -> [Double] {
    guard original > 0 else { return [Double](repeating: 0, count: flow.mdp.stateCount) }
    let values = Array(p.row(row))
    let (potential, defect) = conjugateGradients(values, original: original, stepLimit: canBeFactored ? 80 : 20_000)
    if let potential { return potential }
    guard canBeFactored else {
      throw .notConverged(quantity: "the projection onto occupancy differences", residual: defect, tolerance: 1e-11)
    }
    return try factoredPotentials(for: Matrix(sound: 1, values.count, values)).elements
  }

  private func centred(_ x: [Double]) -> [Double] {
    let mean = x.reduce(0, +) / Double(x.count)
    return x.map { $0 - mean }
  }

  /// CGLS for min ‖p − C Bᵀ D y‖_ω, D the diagonal scaling, C the removal of the weighted mean: the potential D y, nil
  /// when the steps do not suffice, and the size of the gradient against that of the residual.
  private func conjugateGradients(
    _ p: [Double], original: Double, stepLimit: Int
  ) -> (potential: [Double]?, defect: Double) {
    // In units of the reward, so that squares stay in range.
    var residual = p.map { $0 / original }
    var y = [Double](repeating: 0, count: scale.count)
    var (image, weighted) = (residual, residual)
    var (gradient, scaled) = (y, y)
    /// `gradient` ← D B ω (residual less its mean), which is 0 up to rounding; returns ‖residual‖²_ω.
    func descend() -> Double {
      let mean = dot(weights, residual) / weightSum
      multiply(weights, residual, shift: -mean, into: &weighted)
      flow.apply(to: weighted, into: &gradient)
      for s in gradient.indices { gradient[s] *= scale[s] }
      return dot(weighted, residual)
    }
    var rest = descend()
    var direction = gradient
    var square = dot(gradient, gradient)
    var (best, sinceBest, steps) = (Double.infinity, 0, 0)
    // The columns have unit length, so a gradient of this share of the residual is orthogonality to working precision; a
    // residual of that share of the reward is a reward that is all shaping.
    while square > 1e-31 * rest, rest > 1e-33 {
      guard steps < stepLimit else { return (nil, (square / max(rest, .leastNormalMagnitude)).squareRoot()) }
      for s in scaled.indices { scaled[s] = scale[s] * direction[s] }
      flow.transposeApply(to: scaled, into: &image)
      let mean = dot(weights, image) / weightSum
      multiply(weights, image, shift: -mean, into: &weighted)
      let curvature = dot(weighted, image)
      guard curvature > 0 else { break }
      let step = square / curvature
      add(step, direction, to: &y)
      subtract(step, image, shift: -mean, from: &residual)
      rest = descend()
      let next = dot(gradient, gradient)
      let ratio = next / square
      for s in direction.indices { direction[s] = gradient[s] + ratio * direction[s] }
      square = next
      steps += 1
      // At the level of rounding the gradient stops falling; a second pass starts afresh from there.
      if square < 0.25 * best {
        (best, sinceBest) = (square, 0)
      } else {
        sinceBest += 1
        if sinceBest > 100, best <= 1e-22 * max(rest, 1e-16) { break }
        if sinceBest > 5, best <= 1e-28 * max(rest, 1e-16) { break }
      }
    }
    return (centred(y.indices.map { original * scale[$0] * y[$0] }), 0)
  }

  /// `result` ← w (x + shift)
  private func multiply(_ w: [Double], _ x: [Double], shift: Double, into result: inout [Double]) {
    w.withUnsafeBufferPointer { w in
      x.withUnsafeBufferPointer { x in
        result.withUnsafeMutableBufferPointer { out in
          for k in 0..<out.count { out[k] = w[k] * (x[k] + shift) }
        }
      }
    }
  }

  /// `y` ← y + factor x
  private func add(_ factor: Double, _ x: [Double], to y: inout [Double]) {
    x.withUnsafeBufferPointer { x in
      y.withUnsafeMutableBufferPointer { y in for k in 0..<y.count { y[k] += factor * x[k] } }
    }
  }

  /// `y` ← y − factor (x + shift) where pairs carry weight; there alone y is looked at.
  private func subtract(_ factor: Double, _ x: [Double], shift: Double, from y: inout [Double]) {
    x.withUnsafeBufferPointer { x in
      y.withUnsafeMutableBufferPointer { y in for k in 0..<y.count { y[k] -= factor * (x[k] + shift) } }
    }
  }
}
