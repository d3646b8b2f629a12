/// A table of measured numbers with what they were expected to be: one experiment of a study.
public struct StudyTable: Sendable {
  /// A mean over seeds.
  public struct Cell: Sendable, Equatable {
    /// The mean; not a number where nothing is measured.
    public let mean: Double
    /// Its standard error.
    public let standardError: Double
    /// A mean and its standard error, 0 for an exact number.
    public init(_ mean: Double, _ standardError: Double = 0) {
      self.mean = mean
      self.standardError = standardError
    }
  }

  /// An expectation and whether it held.
  public struct Check: Sendable, Equatable {
    /// What was expected, in words with the number.
    public let expectation: String
    /// What came out.
    public let value: Double
    /// Whether it held.
    public let holds: Bool
  }

  /// A short name for files, such as `e1-certificate`.
  public let name: String
  /// What is shown.
  public let title: String
  /// How to read it.
  public let reading: String
  /// What varies along a row.
  public let columnLabel: String
  /// Its values.
  public let columns: [Double]
  /// What a cell is.
  public let valueLabel: String
  /// The rows by name.
  public internal(set) var rows: [(name: String, cells: [Cell])] = []
  /// The expectations.
  public internal(set) var checks: [Check] = []

  init(
    _ name: String, _ title: String, columnLabel: String, columns: [Double], valueLabel: String, reading: String
  ) {
    self.name = name
    self.title = title
    self.columnLabel = columnLabel
    self.columns = columns
    self.valueLabel = valueLabel
    self.reading = reading
  }

  mutating func expect(_ words: String, _ value: Double, in range: ClosedRange<Double>) {
    checks.append(Check(expectation: words, value: value, holds: range.contains(value)))
  }
}
