internal import LinearAlgebra
internal import MDPs
internal import Synchronization

/// How the linear system of a policy is solved.
public enum LinearMethod: String, Sendable, Equatable, CaseIterable {
  /// By size and fill: dense LU, sparse LU or Krylov.
  case automatic
  /// LAPACK's dense LU: O(S³).
  case denseLU = "dense LU"
  /// KLU's sparse LU: the fill decides.
  case sparseLU = "sparse LU"
  /// BiCGStab with ILU(0), GMRES where that breaks down, sparse LU where both stall.
  case krylov = "Krylov"
}

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
    case sparse(SparseLU)
    case krylov(PreconditionedSystem)
    /// No factorisation exists in floating point (1 − γ drowns in rounding): fixed-point sweeps.
    case none
  }

  /// Factors the system of a chain.
  init(chain: Transitions, discount: Double, method: LinearMethod = .automatic) {
    self.chain = chain
    self.discount = discount
    factor = Self.factor(chain, discount, method)
  }

  /// The system of a deterministic policy of an operator.
  init(_ bellman: BellmanOperator, policy: [Int32], method: LinearMethod = .automatic) {
    self.init(
      chain: bellman.transitions.rows(of: policy, actionCount: bellman.actionCount), discount: bellman.discount,
      method: method)
  }

  /// How the system is solved, in words.
  var name: String {
    switch factor {
    case .dense: LinearMethod.denseLU.rawValue
    case .sparse: LinearMethod.sparseLU.rawValue
    case .krylov: LinearMethod.krylov.rawValue
    case .none: "sweeps"
    }
  }

  /// Whether a solve meets only the relative residual asked for.
  var isIterative: Bool {
    switch factor {
    case .dense, .sparse: false
    case .krylov, .none: true
    }
  }

  /// x with (I − γ P) x ≈ b.
  ///
  /// - Parameters:
  ///   - b: one number a state.
  ///   - relativeResidual: how far an iterative method has to go; direct ones go as far as they can.
  /// - Returns: x, as near as the method comes.
  func solve(_ b: [Double], relativeResidual: Double = 1e-10) -> [Double] {
    let solved: [Double]? =
      switch factor {
      case .dense(let lu): try? lu.solve(b)
      case .sparse(let lu): try? lu.solve(b)
      case .krylov(let system):
        solveByMixing(b, relativeResidual: relativeResidual)
          ?? Self.solveByKrylov(
            system.matrix, b, preconditioner: system.preconditioner, relativeResidual: relativeResidual)
      case .none: nil
      }
    return solved.flatMap { $0.allSatisfy(\.isFinite) ? $0 : nil } ?? solveBySweeps(b) { chain.expectation(of: $0) }
  }

  /// X with (I − γ P) X ≈ B, one system a column, shape (S, k).
  func solve(_ right: Matrix) -> Matrix {
    if case .dense(let lu) = factor, let x = try? lu.solve(right), x.elements.allSatisfy(\.isFinite) { return x }
    var result = right
    for j in 0..<right.columnCount {
      for (s, x) in solve(right.column(j)).enumerated() { result[s, j] = x }
    }
    return result
  }

  /// x with (I − γ P)ᵀ x ≈ b.
  func solveTransposed(_ b: [Double]) -> [Double] { transposedSolver()(b) }

  /// Solves with (I − γ P)ᵀ, for several right-hand sides.
  func transposedSolver() -> ([Double]) -> [Double] {
    var transposed: PreconditionedSystem?
    if case .krylov(let system) = factor, let flipped = try? system.matrix.transposed() {
      transposed = PreconditionedSystem(flipped)
    }
    return { b in
      let solved: [Double]? =
        switch factor {
        case .dense(let lu): try? lu.solveTransposed(b)
        case .sparse(let lu): try? lu.solveTransposed(b)
        case .krylov:
          transposed.flatMap {
            Self.solveByKrylov($0.matrix, b, preconditioner: $0.preconditioner, relativeResidual: 1e-10)
          }
        case .none: nil
        }
      return solved.flatMap { $0.allSatisfy(\.isFinite) ? $0 : nil }
        ?? solveBySweeps(b) { chain.transposedProduct(with: $0) }
    }
  }

  /// The most operations that are spent on a sparse factorisation before an iterative method is tried.
  private static let sparseOperationLimit = 3e9

  private static func factor(_ chain: Transitions, _ discount: Double, _ method: LinearMethod) -> Factor {
    let n = chain.rowCount
    func dense() -> Factor? { (try? LUFactorisation(chain.identityMinus(discount))).map { .dense($0) } }
    let isSparse = if case .sparse = chain { true } else { false }
    if method == .denseLU || (method == .automatic && (n <= 64 || !isSparse && n <= 8000)) { return dense() ?? .none }
    guard let matrix = try? chain.sparseRows.identityMinus(scaledBy: discount) else { return .none }
    // The analysis of the fill may cost more than many iterative solves.
    if method == .krylov { return .krylov(PreconditionedSystem(matrix)) }
    guard let analysis = try? SparseAnalysis(matrix) else { return .none }
    let denseOperations = 2.0 / 3 * Double(n) * Double(n) * Double(n)
    // A sparse operation costs about ten dense ones.
    let isDenseBetter = n <= 8000 && denseOperations < 10 * analysis.expectedOperationCount
    switch method {
    case .automatic
    where min(isDenseBetter ? denseOperations / 10 : .infinity, analysis.expectedOperationCount)
      > sparseOperationLimit:
      return .krylov(PreconditionedSystem(matrix))
    case .automatic where isDenseBetter:
      return dense() ?? .none
    default:
      return (try? SparseLU(matrix, analysis: analysis)).map { .sparse($0) } ?? .none
    }
  }

  /// BiCGStab, and GMRES from where that ended when it did not converge.
  private static func solveByKrylov(
    _ matrix: SparseRows, _ b: [Double], preconditioner: ILU0?, relativeResidual: Double
  ) -> [Double]? {
    let target = ResidualTarget(relative: relativeResidual)
    guard let first = try? BiCGStab(target: target).solve(matrix, b, preconditioner: preconditioner) else { return nil }
    if first.converged { return first.values }
    guard
      let second = try? GMRES(target: target).solve(
        matrix, b, start: first.values, preconditioner: preconditioner)
    else { return first.values }
    return second.values
  }

  /// Fixed-point iteration x ← b + γ P x with the constant part, which alone shrinks no faster than γ, added at once from
  /// the middle of each change; nil where the chain mixes too slowly for that to be quick.
  private func solveByMixing(_ b: [Double], relativeResidual: Double) -> [Double]? {
    guard discount < 1 else { return nil }
    // Where the last digits were wanted anyway, they cost few sweeps more.
    let goal = b.largestMagnitude * (relativeResidual > 1e-8 ? relativeResidual : 1e-14)
    var x = b
    var (previous, slow) = (Double.infinity, 0)
    for _ in 0..<100 {
      let image = chain.expectation(of: x)
      var (least, largest) = (Double.infinity, -Double.infinity)
      for s in x.indices {
        let next = b[s] + discount * image[s]
        let change = next - x[s]
        least = min(least, change)
        largest = max(largest, change)
        x[s] = next
      }
      let shift = discount / (1 - discount) * (least + (largest - least) / 2)
      guard shift.isFinite else { return nil }
      for s in x.indices { x[s] += shift }
      let span = largest - least
      // At the level of rounding the span no longer falls.
      if span <= goal || (span <= 1e3 * goal && span > 0.7 * previous) { return x }
      slow = span > 0.75 * previous ? slow + 1 : 0
      if slow >= 4 { return nil }
      previous = span
    }
    return nil
  }

  /// Fixed-point iteration until a sweep changes little or many sweeps have run.
  private func solveBySweeps(_ b: [Double], product: ([Double]) -> [Double]) -> [Double] {
    var x = b
    let target = b.largestMagnitude * 1e-3 * (1 - discount)
    for _ in 0..<10_000 {
      let px = product(x)
      var change = 0.0
      for s in x.indices {
        let next = b[s] + discount * px[s]
        change = max(change, abs(next - x[s]))
        x[s] = next
      }
      if !(change > target) { break }
    }
    return x
  }
}

/// A sparse matrix with its incomplete factorisation, which is made when a solve first needs it.
private final class PreconditionedSystem: Sendable {
  let matrix: SparseRows
  private let kept = Mutex<ILU0??>(nil)

  init(_ matrix: SparseRows) { self.matrix = matrix }

  var preconditioner: ILU0? {
    kept.withLock { kept in
      if let kept { return kept }
      let made = try? ILU0(matrix)
      kept = .some(made)
      return made
    }
  }
}

extension Transitions {
  /// I − γ P as a dense matrix, for square P.
  func identityMinus(_ discount: Double) -> Matrix {
    let n = rowCount
    var elements: [Double]
    switch self {
    case .dense(let matrix): elements = matrix.elements.map { -discount * $0 }
    case .sparse:
      elements = [Double](repeating: 0, count: n * n)
      for s in 0..<n { forEachStored(ofRow: s) { t, p in elements[s * n + t] = -discount * p } }
    }
    for s in 0..<n { elements[s * n + s] += 1 }
    guard let result = try? Matrix(rowCount: n, columnCount: n, elements: elements) else {
      preconditionFailure("a square array was made")
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
