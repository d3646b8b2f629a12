internal import CLapack
internal import RealModule

/// The inner product x · y of two vectors of equal length.
///
/// The sum is reassociated to use vector registers: the same bytes on every run of one build, but not a strict
/// left-to-right sum. The error is at most n ulp(1) Σ |xᵢ yᵢ|; for more use ``preciseDot(_:_:)``.
///
/// - Complexity: O(n)
public func dot(_ x: [Double], _ y: [Double]) -> Double {
  precondition(x.count == y.count, "vectors of lengths \(x.count) and \(y.count) have no inner product")
  return x.withUnsafeBufferPointer { x in y.withUnsafeBufferPointer { y in dot(x, y) } }
}

/// Σ |xᵢ|; NaN when an entry is NaN.
public func norm1(_ x: [Double]) -> Double {
  x.withUnsafeBufferPointer { x in
    var sum = 0.0
    for value in x { sum = Relaxed.sum(sum, abs(value)) }
    return sum
  }
}

/// The Euclidean norm of `x`, free of overflow and underflow in between.
public func norm2(_ x: [Double]) -> Double {
  guard !x.isEmpty else { return 0 }
  return cblas_dnrm2(LapackInt(x.count), x, 1)
}

/// The largest |xᵢ|, 0 for no entries; NaN when an entry is NaN.
public func normInfinity(_ x: [Double]) -> Double {
  var largest = 0.0
  for value in x {
    let size = abs(value)
    if !(size <= largest) {
      guard !size.isNaN else { return .nan }
      largest = size
    }
  }
  return largest
}

/// The sum of `values`, with every rounding error carried along: |error| ≤ ulp(|Σ|) + n² ulp(1)² Σ |xᵢ|.
///
/// Source: Neumaier, Zeitschrift für Angewandte Mathematik und Mechanik 54 (1974), algorithm IV.
///
/// - Complexity: O(n)
public func compensatedSum(_ values: some Sequence<Double>) -> Double {
  var sum = 0.0
  var lost = 0.0
  for value in values {
    let next = sum + value
    lost += abs(sum) >= abs(value) ? (sum - next) + value : (value - next) + sum
    sum = next
  }
  // An infinite sum has no lost part: infinity − infinity would make it NaN.
  return sum.isFinite ? sum + lost : sum
}

/// The inner product x · y in double-double: |error| ≤ about n 2⁻¹⁰⁴ Σ |xᵢ yᵢ|.
///
/// - Complexity: O(n), about eight times the cost of ``dot(_:_:)``
public func preciseDot(_ x: [Double], _ y: [Double]) -> DoubleDouble {
  precondition(x.count == y.count, "vectors of lengths \(x.count) and \(y.count) have no inner product")
  var sum = DoubleDouble(0)
  for i in x.indices { sum += DoubleDouble(exactProduct: x[i], y[i]) }
  return sum
}

/// The kernel of every dense row times vector product. Pointers, because checked arrays keep the loop from vectorising.
@inline(__always)
func dot(_ x: UnsafeBufferPointer<Double>, _ y: UnsafeBufferPointer<Double>) -> Double {
  var sum = 0.0
  for i in 0..<x.count { sum = Relaxed.multiplyAdd(x[i], y[i], sum) }
  return sum
}

/// The first entry that is NaN or infinite, as an error that names it.
func requireFinite(_ vector: [Double], _ name: String) throws(LinearAlgebraError) {
  if let i = firstNotFinite(vector) { throw .notFinite(of: name, row: i, column: 0, value: vector[i]) }
}

/// Where the first entry that is NaN or infinite stands; `nil` when there is none.
func firstNotFinite(_ values: [Double]) -> Int? {
  // Zero times a finite number is zero, anything else NaN: a sum that vectorises, where a search does not.
  let zero = values.withUnsafeBufferPointer { values in
    var sum = 0.0
    for value in values { sum = Relaxed.multiplyAdd(value, 0, sum) }
    return sum
  }
  return zero == 0 ? nil : values.firstIndex { !$0.isFinite }
}

/// The vector has `count` finite entries, or the error that says otherwise.
func requireVector(_ vector: [Double], _ name: String, count: Int) throws(LinearAlgebraError) {
  guard vector.count == count else { throw .shape(of: name, expected: [count], got: [vector.count]) }
  try requireFinite(vector, name)
}
