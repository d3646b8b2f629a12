internal import LinearAlgebra
internal import MDPs

extension FlowProjection {
  /// The projections of many rewards at once, one a row, shape (n, S·A), by products of matrices where the model is
  /// factored.
  ///
  /// - Complexity: O(n S² A) where the model is factored.
  func project(_ rewards: Matrix) throws(RewardDistanceError) -> [ProjectedReward] {
    let (S, A, count) = (flow.mdp.stateCount, flow.mdp.actionCount, rewards.rowCount)
    let width = S * A
    var p = rewards
    p.withUnsafeMutableElements { p in
      for i in 0..<count { for k in 0..<width where weights[k] == 0 { p[i * width + k] = 0 } }
    }
    let originals = (0..<count).map { weightedNorm(p.row($0)) }
    var constants = [Double](repeating: 0, count: count)
    var potential = Matrix(rowCount: count, columnCount: S)
    // Two passes: the second one removes what rounding left of the first.
    for _ in 0..<2 {
      for i in 0..<count {
        let mean = weightedMean(p.row(i))
        constants[i] += mean
        p.withUnsafeMutableElements { p in
          for k in 0..<width where weights[k] > 0 { p[i * width + k] -= mean }
        }
      }
      if S == 1 { continue }
      let step = try meanFreePotentials(for: p, originals: originals)
      let shape = try flow.transposeApplied(toRows: step)
      for i in 0..<count {
        let mean = weightedMean(shape.row(i))
        constants[i] -= mean
        p.withUnsafeMutableElements { p in
          shape.elements.withUnsafeBufferPointer { shape in
            for k in 0..<width where weights[k] > 0 { p[i * width + k] -= shape[i * width + k] - mean }
          }
        }
      }
      potential = Matrix(sound: count, S, combine(1, potential.elements, 1, step.elements))
    }
    return (0..<count).map { i in
      let values = Array(p.row(i))
      return ProjectedReward(
        values: values, levelPotential: Array(potential.row(i)), shift: constants[i] / (1 - flow.mdp.discount),
        relativeNorm: originals[i] > 0 ? weightedNorm(p.row(i)) / originals[i] : 0, norm: norm2(values))
    }
  }

  private func weightedMean(_ x: ArraySlice<Double>) -> Double {
    zip(weights, x).reduce(0) { $0 + $1.0 * $1.1 } / weightSum
  }

  private func weightedNorm(_ x: ArraySlice<Double>) -> Double {
    let scale = x.reduce(0) { max($0, abs($1)) }
    guard scale > 0 else { return 0 }
    return scale * zip(weights, x).reduce(0) { $0 + $1.0 * ($1.1 / scale) * ($1.1 / scale) }.squareRoot()
  }
}

extension FlowOperator {
  /// Bᵀ Φ for many potentials, one a row: shape (n, S) to shape (n, S·A).
  func transposeApplied(toRows potentials: Matrix) throws(RewardDistanceError) -> Matrix {
    if potentials.rowCount == 1 {
      return Matrix(sound: 1, mdp.stateCount * mdp.actionCount, transposeApplied(to: potentials.elements))
    }
    let image = try algebra { () throws(LinearAlgebraError) in
      switch mdp.transitions {
      case .dense(let matrix): try matrix.multiplied(by: potentials.transposed)
      case .sparse(let rows): try rows.multiplied(by: potentials.transposed)
      }
    }
    return levelled(image, by: potentials)
  }

  /// Φ(s) − γ (P Φ)(s, a), from P Φ with one potential a column.
  private func levelled(_ image: Matrix, by potentials: Matrix) -> Matrix {
    let (count, S, A, gamma) = (potentials.rowCount, mdp.stateCount, mdp.actionCount, mdp.discount)
    var result = Matrix(rowCount: count, columnCount: S * A)
    let availability = mdp.availability
    result.withUnsafeMutableElements { out in
      image.elements.withUnsafeBufferPointer { image in
        potentials.elements.withUnsafeBufferPointer { potentials in
          // In tiles, so that both sides of the transposition stay in cache.
          let tile = 32
          for first in stride(from: 0, to: count, by: tile) {
            for start in stride(from: 0, to: S * A, by: tile) {
              for i in first..<min(count, first + tile) {
                for k in start..<min(S * A, start + tile) {
                  out[i * S * A + k] = potentials[i * S + k / A] - gamma * image[k * count + i]
                }
              }
            }
          }
        }
      }
      if let availability {
        for i in 0..<count { for k in 0..<(S * A) where !availability[k] { out[i * S * A + k] = 0 } }
      }
    }
    return result
  }
}
