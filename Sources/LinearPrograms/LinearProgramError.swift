/// What is wrong with a linear program that a caller handed in.
///
/// Indices are counted from 0. `description` is one sentence: the place, the value found, and how to mend it.
public enum LinearProgramError: Error, Equatable, Sendable {
  /// An array has another length than the program asks for.
  case shape(of: String, expected: Int, got: Int)
  /// A cost or coefficient is NaN, infinite, or too large for the solver (magnitude 10²⁰ or more).
  case badNumber(of: String, index: Int, value: Double)
  /// A bound is NaN, or finite with a magnitude of 10²⁰ or more, or an infinity on the wrong side.
  case badBound(of: String, index: Int, lower: Double, upper: Double)
  /// The lower bound is above the upper bound.
  case crossedBounds(of: String, index: Int, lower: Double, upper: Double)
  /// An entry names a row or column that does not exist.
  case indexOutOfRange(of: String, index: Int, count: Int)
  /// A row or column has two entries in the same place.
  case duplicateEntry(of: String, index: Int)
  /// A starting basis has more rows or columns than the program.
  case basisTooLarge(rows: Int, columns: Int)
}

extension LinearProgramError: CustomStringConvertible {
  /// One sentence that says what is wrong, where, and how to mend it.
  public var description: String {
    switch self {
    case .shape(let name, let expected, let got):
      "\(name) has \(got) elements, but \(expected) are needed"
    case .badNumber(let name, let index, let value):
      "\(name) \(index) is \(value); it must be finite and smaller than 1e20 in magnitude (rescale the program)"
    case .badBound(let name, let index, let lower, let upper):
      "the bounds of \(name) \(index) are [\(lower), \(upper)]; use numbers below 1e20 in magnitude, "
        + "-infinity below or infinity above"
    case .crossedBounds(let name, let index, let lower, let upper):
      "the bounds of \(name) \(index) are crossed: \(lower) is above \(upper); exchange them"
    case .indexOutOfRange(let name, let index, let count):
      "an entry names \(name) \(index), but there are \(count); add the \(name) first"
    case .duplicateEntry(let name, let index):
      "an entry for \(name) \(index) stands twice; add the two values up"
    case .basisTooLarge(let rows, let columns):
      "the starting basis has \(rows) rows and \(columns) columns, more than the program; start from a basis of this "
        + "program or of one that it extends"
    }
  }
}
