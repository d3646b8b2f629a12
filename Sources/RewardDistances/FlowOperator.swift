internal import LinearAlgebra
internal import MDPs

/// The flow matrix B[t, (s, a)] = 1[s = t] − γ P(t | s, a) of a model and its transpose, as products.
///
/// Occupancy measures are the d ≥ 0 with B d = μ₀; potential shaping by Φ adds −Bᵀ Φ to an expected reward. Rows of
/// actions that are not available are 0.
struct FlowOperator: Sendable {
  let mdp: MDP
  /// Pᵀ of a sparse model, so that B x too is a gather, on all cores; nil until asked for and for dense models.
  private let predecessors: SparseRows?

  /// The operator of `mdp`.
  ///
  /// - Parameters:
  ///   - mdp: the world.
  ///   - isRepeated: whether B x will be wanted many times, which pays for Pᵀ.
  init(mdp: MDP, isRepeated: Bool = false) {
    self.mdp = mdp
    if isRepeated, case .sparse(let rows) = mdp.transitions {
      predecessors = try? rows.transposed()
    } else {
      predecessors = nil
    }
  }

  /// Bᵀ Φ, shape (S·A): Φ(s) − γ Σ_t P(t | s, a) Φ(t).
  func transposeApplied(to potential: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: mdp.stateCount * mdp.actionCount)
    transposeApply(to: potential, into: &result)
    return result
  }

  /// `result` ← Bᵀ Φ.
  func transposeApply(to potential: [Double], into result: inout [Double]) {
    let (n, gamma) = (mdp.actionCount, mdp.discount)
    switch mdp.transitions {
    case .dense(let matrix):
      guard let image = try? matrix.multiplied(by: potential) else {
        preconditionFailure("one number a state is needed")
      }
      for s in potential.indices {
        for k in (s * n)..<((s + 1) * n) { result[k] = potential[s] - gamma * image[k] }
      }
    case .sparse(let rows):
      rows.gather(from: potential, groups: potential.count, width: n, into: &result) { s, _, sum in
        potential[s] - gamma * sum
      }
    }
    guard let availability = mdp.availability else { return }
    for k in result.indices where !availability[k] { result[k] = 0 }
  }

  /// B x, shape (S). Entries of `x` at actions that are not available are ignored.
  func applied(to x: [Double]) -> [Double] {
    var x = x
    if let availability = mdp.availability { for k in x.indices where !availability[k] { x[k] = 0 } }
    var result = [Double](repeating: 0, count: mdp.stateCount)
    apply(to: x, into: &result)
    return result
  }

  /// `result` ← B x for an x that is 0 at actions that are not available.
  func apply(to x: [Double], into result: inout [Double]) {
    let (n, gamma) = (mdp.actionCount, mdp.discount)
    func own(_ s: Int, _ x: UnsafeBufferPointer<Double>) -> Double {
      var sum = 0.0
      for k in (s &* n)..<((s &+ 1) &* n) { sum += x[k] }
      return sum
    }
    if let predecessors {
      x.withUnsafeBufferPointer { values in
        nonisolated(unsafe) let values = values
        predecessors.gather(from: x, groups: result.count, width: 1, into: &result) { t, _, sum in
          var total = 0.0
          for k in (t &* n)..<((t &+ 1) &* n) { total += values[k] }
          return total - gamma * sum
        }
      }
      return
    }
    let image: [Double]? =
      switch mdp.transitions {
      case .dense(let matrix): try? matrix.transposeMultiplied(by: x)
      case .sparse(let rows): try? rows.transposeMultiplied(by: x)
      }
    guard let image else { preconditionFailure("one number a state-action pair is needed") }
    x.withUnsafeBufferPointer { x in for s in result.indices { result[s] = own(s, x) - gamma * image[s] } }
  }
}

extension SparseRows {
  /// `result`[row] ← `finish`(row / width, row, Σ values · x) for every row, on all cores.
  fileprivate func gather(
    from x: [Double], groups: Int, width: Int, into result: inout [Double],
    _ finish: @Sendable (_ group: Int, _ row: Int, _ sum: Double) -> Double
  ) {
    // Each worker writes its own rows of the result, which outlives the loop; checked arrays double the time of a gather.
    result.withUnsafeMutableBufferPointer { out in
      x.withUnsafeBufferPointer { x in
        rowStarts.withUnsafeBufferPointer { starts in
          columns.withUnsafeBufferPointer { columns in
            values.withUnsafeBufferPointer { values in
              nonisolated(unsafe) let (out, x, starts, columns, values) = (out, x, starts, columns, values)
              forEachRange(of: groups, minimumPerWorker: 5_000) { range in
                for group in range {
                  for row in (group &* width)..<((group &+ 1) &* width) {
                    var sum = 0.0
                    for k in starts[row]..<starts[row &+ 1] { sum += values[k] * x[Int(columns[k])] }
                    out[row] = finish(group, row, sum)
                  }
                }
              }
            }
          }
        }
      }
    }
  }
}
