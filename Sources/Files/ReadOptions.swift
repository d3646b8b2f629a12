public import MDPs

/// How a problem file is read.
public struct ReadOptions: Sendable, Equatable {
  /// Replaces the discount of the file, or supplies the one that it lacks.
  public var discount: Double?
  /// Whether a file without discount is an error when ``discount`` is nil; false for undiscounted criteria, where the
  /// world then has discount 1 and ``Problem/statesDiscount`` is false.
  public var requiresDiscount: Bool
  /// How far a row of probabilities in floating point may be from summing to 1.
  public var rowSumTolerance: Double
  /// A compressed file may grow to this many bytes; a file that would grow beyond is refused before it is unpacked.
  public var unpackedSizeLimit: Int

  /// Options; the defaults suit a discounted problem.
  ///
  /// - Parameters:
  ///   - discount: Replaces the discount of the file.
  ///   - requiresDiscount: Whether a discount must be known.
  ///   - rowSumTolerance: How far a row may be from summing to 1.
  ///   - unpackedSizeLimit: How large a compressed file may grow, in bytes.
  public init(
    discount: Double? = nil, requiresDiscount: Bool = true, rowSumTolerance: Double = MDP.defaultRowSumTolerance,
    unpackedSizeLimit: Int = 1 << 31
  ) {
    self.discount = discount
    self.requiresDiscount = requiresDiscount
    self.rowSumTolerance = rowSumTolerance
    self.unpackedSizeLimit = unpackedSizeLimit
  }
}
