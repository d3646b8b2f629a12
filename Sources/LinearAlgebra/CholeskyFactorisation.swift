internal import CLapack
internal import RealModule

/// The factorisation A = L Lᵀ of a symmetric positive definite matrix, kept current under rank-one changes.
///
/// Made in O(n³) by LAPACK's `dpotrf`, or in O(n²) from a multiple of the identity as ridge regression starts; a
/// rank-one change and a solve cost O(n²) each. Only the lower triangle of the matrix is read.
///
/// Source: Golub and Van Loan, Matrix Computations (2013), §4.2 and §6.5.4; Stewart, IMA Journal of Applied Mathematics
/// 23 (1979) for the stability of the downdate.
public struct CholeskyFactorisation: Sendable {
  /// The order n of the matrix.
  public let order: Int
  /// Lᵀ row-major, so that the column of L which a rank-one change touches lies in one piece; zero below the diagonal.
  private var upper: [Double]

  /// Factors `matrix`, whose lower triangle is read.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when the matrix is not square,
  ///   ``LinearAlgebraError/notFinite(of:row:column:value:)``, or ``LinearAlgebraError/notPositiveDefinite(pivot:)``.
  /// - Complexity: O(n³)
  public init(_ matrix: Matrix) throws(LinearAlgebraError) {
    let n = matrix.rowCount
    try matrix.requireSquareAndFinite()
    BLAS.prepare()
    var upper = [Double](repeating: 0, count: n * n)
    for i in 0..<n { for j in 0...i { upper[j * n + i] = matrix.elements[i * n + j] } }
    if n > 0 {
      // LAPACK's lower triangle by columns is our upper one by rows.
      let info = LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, CChar(UInt8(ascii: "L")), LapackInt(n), &upper, LapackInt(n))
      precondition(info >= 0, "dpotrf refused argument \(-info)")
      guard info == 0 else { throw .notPositiveDefinite(pivot: Int(info) - 1) }
    }
    order = n
    self.upper = upper
  }

  /// The factorisation of `scale` · I, where ridge regression with penalty `scale` starts.
  ///
  /// - Throws: ``LinearAlgebraError/notPositiveDefinite(pivot:)`` when `scale` is not positive and finite.
  /// - Complexity: O(n²)
  public init(order: Int, identityTimes scale: Double) throws(LinearAlgebraError) {
    precondition(order >= 0, "a matrix has no negative size")
    guard scale > 0, scale.isFinite else { throw .notPositiveDefinite(pivot: 0) }
    BLAS.prepare()
    self.order = order
    upper = [Double](repeating: 0, count: order * order)
    let root = scale.squareRoot()
    for i in 0..<order { upper[i * order + i] = root }
  }

  /// L, with zeros above the diagonal.
  public var lower: Matrix {
    var result = Matrix(rowCount: order, columnCount: order)
    for i in 0..<order { for j in 0...i { result[i, j] = upper[j * order + i] } }
    return result
  }

  /// A = L Lᵀ, multiplied out.
  ///
  /// - Complexity: O(n³)
  public var matrix: Matrix {
    var result = Matrix(rowCount: order, columnCount: order)
    guard order > 0 else { return result }
    let n = LapackInt(order)
    result.withUnsafeMutableElements { out in
      cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, n, n, n, 1, upper, n, upper, n, 0, out.baseAddress, n)
    }
    return result
  }

  /// ln det A; 0 for order 0.
  ///
  /// - Complexity: O(n)
  public var logDeterminant: Double {
    2 * compensatedSum((0..<order).map { Double.log(upper[$0 * order + $0]) })
  }

  /// Solves A x = b.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when `b` does not have n entries,
  ///   ``LinearAlgebraError/notFinite(of:row:column:value:)``.
  /// - Complexity: O(n²)
  public func solve(_ b: [Double]) throws(LinearAlgebraError) -> [Double] {
    try requireVector(b, "b", count: order)
    var x = b
    x.withUnsafeMutableBufferPointer { x in
      solveLower(x)
      solveUpper(x)
    }
    return x
  }

  /// Solves A X = B for all columns of B at once.
  ///
  /// - Parameter right: B, shape (n, k).
  /// - Returns: X, shape (n, k).
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when `right` does not have n rows,
  ///   ``LinearAlgebraError/notFinite(of:row:column:value:)``.
  /// - Complexity: O(n² k)
  public func solve(_ right: Matrix) throws(LinearAlgebraError) -> Matrix {
    try triangularSolves([CblasTrans, CblasNoTrans], right)
  }

  /// L⁻¹ B: its columns have the inner products of those of B in the norm of A⁻¹.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when `right` does not have n rows,
  ///   ``LinearAlgebraError/notFinite(of:row:column:value:)``.
  /// - Complexity: O(n² k) for k columns
  public func whitened(_ right: Matrix) throws(LinearAlgebraError) -> Matrix {
    try triangularSolves([CblasTrans], right)
  }

  /// xᵀ A⁻¹ x = ‖L⁻¹ x‖², the squared width of a confidence ellipsoid in direction x; never negative.
  ///
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when `x` does not have n entries,
  ///   ``LinearAlgebraError/notFinite(of:row:column:value:)``.
  /// - Complexity: O(n²)
  public func inverseQuadraticForm(_ x: [Double]) throws(LinearAlgebraError) -> Double {
    try requireVector(x, "x", count: order)
    return x.withUnsafeBufferPointer(inverseQuadraticForm(ofFinite:))
  }

  /// ``inverseQuadraticForm(_:)`` of n numbers that are known to be finite, for innermost loops.
  package func inverseQuadraticForm(ofFinite x: UnsafeBufferPointer<Double>) -> Double {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: order) { y in
      _ = y.initialize(from: x)
      return solveLower(y)
    }
  }

  /// Replaces A by A + weight · x xᵀ.
  ///
  /// - Parameters:
  ///   - x: n entries.
  ///   - weight: Not negative; a negative one is ``subtractOuterProduct(_:weight:)``.
  /// - Throws: ``LinearAlgebraError/shape(of:expected:got:)`` when `x` does not have n entries,
  ///   ``LinearAlgebraError/notFinite(of:row:column:value:)``. The factorisation is then unchanged.
  /// - Complexity: O(n²)
  public mutating func addOuterProduct(_ x: [Double], weight: Double = 1) throws(LinearAlgebraError) {
    try requireVector(x, "x", count: order)
    try CholeskyFactorisation.requireWeight(weight)
    x.withUnsafeBufferPointer { addOuterProduct(ofFinite: $0, weight: weight) }
  }

  /// ``addOuterProduct(_:weight:)`` of n numbers that are known to be finite and a sound weight, for innermost loops.
  package mutating func addOuterProduct(ofFinite x: UnsafeBufferPointer<Double>, weight: Double) {
    let n = order
    let root = weight.squareRoot()
    withUnsafeTemporaryAllocation(of: Double.self, capacity: n) { rest in
      for i in 0..<n { rest.initializeElement(at: i, to: root * x[i]) }
      upper.withUnsafeMutableBufferPointer { upper in
        for k in 0..<n {
          // A plane rotation that moves entry k of the vector into the diagonal of L.
          let pivot = upper[k * n + k]
          let radius = hypotenuse(pivot, rest[k])
          let (cosine, sine) = (pivot / radius, rest[k] / radius)
          upper[k * n + k] = radius
          guard sine != 0 else { continue }
          rotate(upper.baseAddress, offset: k * n, rest.baseAddress, from: k + 1, to: n, cosine, sine)
        }
      }
    }
  }

  /// Replaces A by A − weight · x xᵀ.
  ///
  /// - Parameters:
  ///   - x: n entries.
  ///   - weight: Not negative.
  /// - Throws: ``LinearAlgebraError/notPositiveDefinite(pivot:)`` when the difference is not positive definite to
  ///   working precision, ``LinearAlgebraError/shape(of:expected:got:)`` when `x` does not have n entries,
  ///   ``LinearAlgebraError/notFinite(of:row:column:value:)``. The factorisation is then unchanged.
  /// - Complexity: O(n²)
  public mutating func subtractOuterProduct(_ x: [Double], weight: Double = 1) throws(LinearAlgebraError) {
    try requireVector(x, "x", count: order)
    try CholeskyFactorisation.requireWeight(weight)
    let n = order
    let root = weight.squareRoot()
    let succeeded = withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * n) { buffer in
      let p = UnsafeMutableBufferPointer(rebasing: buffer[0..<n])
      let row = UnsafeMutableBufferPointer(rebasing: buffer[n..<(2 * n)])
      for i in 0..<n {
        p.initializeElement(at: i, to: root * x[i])
        row.initializeElement(at: i, to: 0)
      }
      solveLower(p)
      let length = LinearAlgebra.dot(UnsafeBufferPointer(p), UnsafeBufferPointer(p))
      // The new matrix is positive definite exactly when ‖L⁻¹ x‖ < 1; n roundings decide nothing.
      guard 1 - length > Double(n) * .ulpOfOne else { return false }
      upper.withUnsafeMutableBufferPointer { upper in
        var radius = (1 - length).squareRoot()
        for k in stride(from: n - 1, through: 0, by: -1) {
          let next = Double.hypot(radius, p[k])
          let (cosine, sine) = (radius / next, p[k] / next)
          radius = next
          guard sine != 0 else { continue }
          rotate(upper.baseAddress, offset: k * n, row.baseAddress, from: k, to: n, cosine, -sine)
          // The rotation may leave a negative diagonal, which is as good a factor; ours is positive by convention.
          guard upper[k * n + k] < 0 else { continue }
          for i in k..<n { upper[k * n + i] = -upper[k * n + i] }
        }
      }
      return true
    }
    guard succeeded else { throw .notPositiveDefinite(pivot: n - 1) }
  }

  private static func requireWeight(_ weight: Double) throws(LinearAlgebraError) {
    guard weight.isFinite else { throw .notFinite(of: "weight", row: 0, column: 0, value: weight) }
    precondition(weight >= 0, "a negative weight is the other operation")
  }

  /// Solves with Lᵀ, or with L where the operation is a transposition, one after the other.
  private func triangularSolves(
    _ operations: [CBLAS_TRANSPOSE], _ right: Matrix
  ) throws(LinearAlgebraError) -> Matrix {
    guard right.rowCount == order else {
      throw .shape(of: "B", expected: [order, right.columnCount], got: [right.rowCount, right.columnCount])
    }
    try right.requireFinite("B")
    var x = right
    guard order > 0, right.columnCount > 0 else { return x }
    let (n, k) = (LapackInt(order), LapackInt(right.columnCount))
    x.withUnsafeMutableElements { x in
      for operation in operations {
        cblas_dtrsm(
          CblasRowMajor, CblasLeft, CblasUpper, operation, CblasNonUnit, n, k, 1, upper, n, x.baseAddress, k)
      }
    }
    return x
  }

  /// y ← L⁻¹ y; returns ‖y‖². Pointers, because exploration calls it in its innermost loop.
  @discardableResult
  private func solveLower(_ y: UnsafeMutableBufferPointer<Double>) -> Double {
    let n = order
    return upper.withUnsafeBufferPointer { upper in
      var square = 0.0
      for k in 0..<n {
        let value = y[k] / upper[k &* n &+ k]
        y[k] = value
        guard value != 0 else { continue }
        square += value * value
        let row = k &* n
        var i = k &+ 1
        while i < n {
          y[i] -= value * upper[row &+ i]
          i &+= 1
        }
      }
      return square
    }
  }

  /// y ← L⁻ᵀ y.
  private func solveUpper(_ y: UnsafeMutableBufferPointer<Double>) {
    let n = order
    upper.withUnsafeBufferPointer { upper in
      for k in stride(from: n - 1, through: 0, by: -1) {
        var sum = 0.0
        let row = k &* n
        var i = k &+ 1
        while i < n {
          sum = Relaxed.multiplyAdd(upper[row &+ i], y[i], sum)
          i &+= 1
        }
        y[k] = (y[k] - sum) / upper[k * n + k]
      }
    }
  }
}

/// √(a² + b²), by the plain formula where no square leaves the range of numbers, which is several times as fast.
@inline(__always)
private func hypotenuse(_ a: Double, _ b: Double) -> Double {
  let square = a * a + b * b
  return square > 0x1p-900 && square < 0x1p+1000 ? square.squareRoot() : Double.hypot(a, b)
}

/// Rotates the pairs (row[offset + i], rest[i]) for i in `first..<end` by the angle of `cosine` and `sine`.
/// Pointers, so that the loop vectorises.
@inline(__always)
private func rotate(
  _ row: UnsafeMutablePointer<Double>?, offset: Int, _ rest: UnsafeMutablePointer<Double>?, from first: Int,
  to end: Int,
  _ cosine: Double, _ sine: Double
) {
  guard let row, let rest else { return }
  var i = first
  while i < end {
    let (a, b) = (row[offset &+ i], rest[i])
    row[offset &+ i] = cosine * a + sine * b
    rest[i] = cosine * b - sine * a
    i &+= 1
  }
}
