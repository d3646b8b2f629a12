/// How a problem file is written.
public struct WriteOptions: Sendable, Equatable {
  /// Whether the arrays of an npz are compressed. Reading back stored arrays is quicker.
  public var compressed: Bool

  /// Options; by default nothing is compressed.
  public init(compressed: Bool = false) { self.compressed = compressed }
}
