internal import LinearAlgebra
internal import MDPs

/// The flow matrix B[t, (s, a)] = 1[s = t] − γ P(t | s, a) of a model and its transpose, as products.
///
/// Occupancy measures are the d ≥ 0 with B d = μ₀; potential shaping by Φ adds −Bᵀ Φ to an expected reward. Rows of
/// actions that are not available are 0.
struct FlowOperator: Sendable {
  let mdp: MDP

  /// Bᵀ Φ, shape (S·A): Φ(s) − γ Σ_t P(t | s, a) Φ(t).
  func transposeApplied(to potential: [Double]) -> [Double] {
    let (n, gamma) = (mdp.actionCount, mdp.discount)
    var result = mdp.transitions.expectation(of: potential)
    if let availability = mdp.availability {
      for k in result.indices { result[k] = availability[k] ? potential[k / n] - gamma * result[k] : 0 }
    } else {
      for s in potential.indices { for k in (s * n)..<((s + 1) * n) { result[k] = potential[s] - gamma * result[k] } }
    }
    return result
  }

  /// B x, shape (S). Entries of `x` at actions that are not available are ignored.
  func applied(to x: [Double]) -> [Double] {
    let (n, gamma) = (mdp.actionCount, mdp.discount)
    var result = [Double](repeating: 0, count: mdp.stateCount)
    switch mdp.transitions {
    case .dense(let matrix):
      let width = matrix.columnCount
      matrix.elements.withUnsafeBufferPointer { p in
        result.withUnsafeMutableBufferPointer { out in
          for k in x.indices where x[k] != 0 {
            let weight = gamma * x[k]
            let start = k * width
            for t in 0..<width { out[t] -= weight * p[start + t] }
          }
        }
      }
    case .sparse(let rows):
      rows.values.withUnsafeBufferPointer { p in
        rows.columns.withUnsafeBufferPointer { column in
          result.withUnsafeMutableBufferPointer { out in
            for k in x.indices where x[k] != 0 {
              let weight = gamma * x[k]
              for i in rows.positions(ofRow: k) { out[Int(column[i])] -= weight * p[i] }
            }
          }
        }
      }
    }
    for s in result.indices { for a in 0..<n where mdp.isAvailable(s, a) { result[s] += x[s * n + a] } }
    return result
  }
}
