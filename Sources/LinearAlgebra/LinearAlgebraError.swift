/// What is wrong with a matrix or vector that a caller handed in.
///
/// Indices are counted from 0. `description` is one sentence: the place, the value found, and how to mend it.
public enum LinearAlgebraError: Error, Equatable, Sendable {
  /// An array has another shape than the operation asks for.
  case shape(of: String, expected: [Int], got: [Int])
  /// An entry is NaN or infinite.
  case notFinite(of: String, row: Int, column: Int, value: Double)
  /// A factorisation met a pivot that is zero (to working precision).
  case singular(pivot: Int)
  /// The leading minor that ends at `pivot` is not positive, so that no Cholesky factor exists.
  case notPositiveDefinite(pivot: Int)
  /// A compressed sparse row structure is malformed at `position` of `array`.
  case malformedRows(array: String, position: Int, reason: String)
  /// An iteration of LAPACK (eigenvalues, singular values) did not converge; `count` values are missing.
  case notConverged(routine: String, count: Int)
  /// A sparse matrix does not have the pattern that was analysed.
  case patternDiffers
  /// Something has more items than can be held; `nil` where the library does not tell.
  case tooLarge(of: String, count: Int?, limit: Int?)
  /// A number is divided by zero.
  case divisionByZero
  /// A text does not write a number.
  case malformedNumber(text: String, reason: String)
  /// An interval ends before it begins.
  case emptyInterval(low: String, high: String)
}

extension LinearAlgebraError: CustomStringConvertible {
  /// One sentence that says what is wrong, where, and how to mend it.
  public var description: String {
    switch self {
    case .shape(let name, let expected, let got):
      "\(name) has shape \(got), but \(expected) is needed"
    case .notFinite(let name, let row, let column, let value):
      "\(name)[\(row), \(column)] is \(value); every entry must be finite"
    case .singular(let pivot):
      "the matrix is singular: pivot \(pivot) is zero; use a least-squares solve or remove dependent rows"
    case .notPositiveDefinite(let pivot):
      "the matrix is not positive definite: the leading minor that ends at row \(pivot) is not positive"
    case .malformedRows(let array, let position, let reason):
      "the sparse rows are malformed at \(array)[\(position)]: \(reason)"
    case .notConverged(let routine, let count):
      "\(routine) did not converge: \(count) values are missing; rescale the matrix"
    case .patternDiffers:
      "the sparse matrix does not have the pattern that was analysed; analyse it anew"
    case .tooLarge(let name, let count, let limit):
      "there are too many \(name)\(count.map { " (\($0))" } ?? "")\(limit.map { "; at most \($0) fit" } ?? ""); "
        + "use an iterative solver"
    case .divisionByZero:
      "a number is divided by zero"
    case .malformedNumber(let text, let reason):
      "\"\(text)\" is not a number: \(reason)"
    case .emptyInterval(let low, let high):
      "the interval from \(low) to \(high) is empty; exchange its ends"
    }
  }
}
