internal import RealModule

/// Mean, spread and quantiles of many quantities that are observed together, one row a replicate.
///
/// Rows are folded in one at a time by Welford's update, so that the memory does not grow with the number of replicates.
/// Quantiles are taken over the first ``quantileRows`` rows, which for independent replicates are as good a sample as any.
///
/// Source: Welford, Technometrics 4 (1962); merging as in Chan, Golub, LeVeque, "Updating formulae and a pairwise
/// algorithm for computing sample variances", 1979.
public struct SampleStatistics: Sendable, Equatable {
  /// How many quantities a row holds.
  public let width: Int
  /// How many rows were added.
  public private(set) var count = 0
  /// The largest number of rows kept for quantiles.
  public let quantileRows: Int
  /// The mean of every quantity; 0 before the first row.
  public private(set) var means: [Double]
  private var squares: [Double]
  private var kept: [Double] = []

  /// Statistics of no row yet.
  ///
  /// - Parameters:
  ///   - width: How many quantities a row holds.
  ///   - quantileRows: The largest number of rows kept for quantiles.
  public init(width: Int, quantileRows: Int = 4096) {
    precondition(width >= 0 && quantileRows >= 0, "sizes are not negative")
    self.width = width
    self.quantileRows = quantileRows
    means = [Double](repeating: 0, count: width)
    squares = means
  }

  /// Folds in one row.
  ///
  /// - Complexity: O(`width`).
  public mutating func add(_ row: [Double]) {
    precondition(row.count == width, "a row holds \(width) quantities")
    count += 1
    let weight = 1 / Double(count)
    for i in 0..<width {
      let difference = row[i] - means[i]
      means[i] += difference * weight
      squares[i] += difference * (row[i] - means[i])
    }
    if count <= quantileRows { kept += row }
  }

  /// Folds in the rows of another sample, which come after this one's.
  ///
  /// Adding the same rows one by one gives the same statistics up to rounding.
  public mutating func merge(_ other: SampleStatistics) {
    precondition(other.width == width, "only rows of one width can be merged")
    guard other.count > 0 else { return }
    let total = Double(count + other.count)
    for i in 0..<width {
      let difference = other.means[i] - means[i]
      means[i] += difference * Double(other.count) / total
      squares[i] += other.squares[i] + difference * difference * Double(count) * Double(other.count) / total
    }
    count += other.count
    kept += other.kept.prefix(max(0, quantileRows * width - kept.count))
  }

  /// The sample variance (division by count − 1) of quantity `index`; 0 for fewer than two rows.
  public func variance(_ index: Int) -> Double { count > 1 ? squares[index] / Double(count - 1) : 0 }

  /// The standard deviation of quantity `index`.
  public func standardDeviation(_ index: Int) -> Double { variance(index).squareRoot() }

  /// The standard error of the mean of quantity `index`: standard deviation / √count; 0 without rows.
  public func standardError(_ index: Int) -> Double { count > 0 ? (variance(index) / Double(count)).squareRoot() : 0 }

  /// The quantiles of quantity `index` at the given probabilities, by linear interpolation between order statistics.
  ///
  /// - Parameters:
  ///   - index: Which quantity.
  ///   - probabilities: In [0, 1].
  /// - Returns: One value a probability; NaN without rows.
  /// - Complexity: O(n log n) in the rows kept.
  public func quantiles(_ index: Int, at probabilities: [Double]) -> [Double] {
    let sorted = stride(from: index, to: kept.count, by: max(width, 1)).map { kept[$0] }.sorted()
    guard let last = sorted.indices.last else { return probabilities.map { _ in .nan } }
    return probabilities.map { p in
      let position = p * Double(last)
      let low = min(Int(position), last)
      let high = min(low + 1, last)
      return sorted[low] + (position - Double(low)) * (sorted[high] - sorted[low])
    }
  }
}
