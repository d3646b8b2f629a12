/// One of several machines' share of the replicates, written `i/n`.
public struct Shard: Sendable, Equatable {
  /// Which share, 1 to `count`.
  public let index: Int
  /// How many shares there are.
  public let count: Int

  /// Everything on one machine.
  public static let whole = Shard()

  private init() {
    index = 1
    count = 1
  }

  /// Share `index` of `count`.
  ///
  /// - Throws: ``SimulationError/shard(_:)`` unless 1 ≤ `index` ≤ `count`.
  public init(index: Int, count: Int) throws(SimulationError) {
    guard index >= 1, index <= count else { throw .shard("\(index)/\(count)") }
    self.index = index
    self.count = count
  }

  /// The share written `i/n`.
  ///
  /// - Throws: ``SimulationError/shard(_:)`` when the text is something else.
  public init(_ text: String) throws(SimulationError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let index = Int(parts[0]), let count = Int(parts[1]) else { throw .shard(text) }
    try self.init(index: index, count: count)
  }

  /// The replicates of this share: contiguous, the shares disjoint and together all of `0..<total`.
  public func replicates(of total: Int) -> Range<Int> {
    func bound(_ share: Int) -> Int { total / count * share + total % count * share / count }
    return bound(index - 1)..<bound(index)
  }
}
