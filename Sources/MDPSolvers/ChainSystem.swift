internal import LinearAlgebra
internal import MDPs

/// The linear system (I − γ P_π) x = b of a policy and its transpose, factored once.
///
/// I − γ P is a strictly row diagonally dominant M-matrix with ‖(I − γ P)⁻¹‖∞ ≤ 1 / (1 − γ), so every solve can be
/// checked, and mended, by its residual. What the solves return is a candidate: proofs rest on residuals alone.
struct ChainSystem: Sendable {
  /// P_π, shape (S, S).
  let chain: Transitions
  let discount: Double
  private let factor: Factor

  private enum Factor: Sendable {
    case dense(LUFactorisation)
    case sweeps
  }

  /// The order up to which a dense factorisation is worth its n³.
  static let largestDenseOrder = 3000

  /// Factors the system of a chain.
  init(chain: Transitions, discount: Double) {
    self.chain = chain
    self.discount = discount
    let n = chain.rowCount
    if n <= Self.largestDenseOrder, let factor = try? LUFactorisation(chain.identityMinus(discount)) {
      self.factor = .dense(factor)
    } else {
      factor = .sweeps
    }
  }

  /// The system of a deterministic policy of an operator.
  init(_ bellman: BellmanOperator, policy: [Int32]) {
    self.init(chain: bellman.transitions.rows(of: policy, actionCount: bellman.actionCount), discount: bellman.discount)
  }

  /// How the system is solved, in a phrase.
  var name: String {
    switch factor {
    case .dense: "dense LU"
    case .sweeps: "sweeps"
    }
  }

  /// x with (I − γ P) x ≈ b.
  func solve(_ b: [Double]) -> [Double] {
    if case .dense(let lu) = factor, let x = try? lu.solve(b) { return x }
    return solveBySweeps(b) { chain.expectation(of: $0) }
  }

  /// x with (I − γ P)ᵀ x ≈ b.
  func solveTransposed(_ b: [Double]) -> [Double] {
    if case .dense(let lu) = factor, let x = try? lu.solveTransposed(b) { return x }
    return solveBySweeps(b) { chain.transposedProduct(with: $0) }
  }

  /// Fixed-point iteration until the residual is a thousandth of the right-hand side or sweeps stop helping.
  private func solveBySweeps(_ b: [Double], product: ([Double]) -> [Double]) -> [Double] {
    var x = b
    let target = b.largestMagnitude * 1e-3 * (1 - discount)
    for _ in 0..<100_000 {
      let px = product(x)
      var change = 0.0
      for s in x.indices {
        let next = b[s] + discount * px[s]
        change = max(change, abs(next - x[s]))
        x[s] = next
      }
      if change <= target { break }
    }
    return x
  }
}

extension Transitions {
  /// I − γ P as a dense matrix, for square P.
  func identityMinus(_ discount: Double) -> Matrix {
    var result = Matrix(rowCount: rowCount, columnCount: columnCount)
    for s in 0..<rowCount {
      forEachStored(ofRow: s) { t, p in result[s, t] = -discount * p }
      result[s, s] += 1
    }
    return result
  }

  /// The rows that a deterministic policy plays, shape (S, S).
  func rows(of policy: [Int32], actionCount: Int) -> Transitions {
    switch self {
    case .dense(let matrix):
      let width = matrix.columnCount
      var elements: [Double] = []
      elements.reserveCapacity(policy.count * width)
      for (s, a) in policy.enumerated() {
        let start = (s * actionCount + Int(a)) * width
        elements.append(contentsOf: matrix.elements[start..<(start + width)])
      }
      guard let rows = try? Matrix(rowCount: policy.count, columnCount: width, elements: elements) else {
        preconditionFailure("as many rows were taken as there are states")
      }
      return .dense(rows)
    case .sparse(let rows):
      var builder = SparseRowsBuilder(columnCount: columnCount)
      for (s, a) in policy.enumerated() {
        for j in rows.positions(ofRow: s * actionCount + Int(a)) {
          builder.append(column: rows.columns[j], value: rows.values[j])
        }
        builder.endRow()
      }
      return .sparse(builder.build())
    }
  }

  /// Pᵀ x for square P: where one step of the chain takes a weight on the states.
  func transposedProduct(with x: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: columnCount)
    for s in 0..<rowCount where x[s] != 0 { forEachStored(ofRow: s) { t, p in result[t] += p * x[s] } }
    return result
  }
}
