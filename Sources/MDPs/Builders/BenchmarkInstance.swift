internal import LinearAlgebra

/// A generated problem with a name and a fingerprint: what speed and accuracy are compared on.
///
/// Everything about it is integer arithmetic, so that any program can make the same bits.
public struct BenchmarkInstance: MDPBuilder {
  /// The name, such as `garnet-1000x4b5`.
  public let name: String
  /// The recipe.
  public let builder: any MDPBuilder
  /// What ``checksum(of:reward:)`` must give.
  public let checksum: UInt64

  /// The fourteen generated instances, from small and dense to large and sparse.
  public static let all: [BenchmarkInstance] = [
    garnet("dense-100x4", 100, 4, 100, 101, 0xa57b_1aca_33ab_bd9f),
    garnet("dense-500x10", 500, 10, 500, 102, 0xaf3b_dc3a_2d5e_b69f),
    garnet("dense-1000x10", 1000, 10, 1000, 103, 0xb430_c70e_c55c_bd9f),
    garnet("dense-2000x4", 2000, 4, 2000, 104, 0x7c5e_3475_2734_8ddf),
    garnet("garnet-1000x4b5", 1000, 4, 5, 201, 0xc690_00ad_bf50_7abc),
    garnet("garnet-2000x10b20", 2000, 10, 20, 202, 0x00f8_264b_b93f_fef4),
    garnet("garnet-10000x10b5", 10_000, 10, 5, 203, 0xdfbc_5032_646a_bdca),
    garnet("garnet-100000x4b5", 100_000, 4, 5, 204, 0x386d_701b_ae9e_602c),
    Self(name: "grid-100", builder: SlipperyGrid(size: 100, seed: 301), checksum: 0x2c3f_4b5a_cca9_3a45),
    Self(name: "grid-300", builder: SlipperyGrid(size: 300, seed: 302), checksum: 0xf311_5b30_a45d_ea5d),
    Self(name: "queue-10000", builder: ServiceQueue(capacity: 9999), checksum: 0xa22c_2af5_a2f3_5547),
    Self(
      name: "inventory-500", builder: Inventory(capacity: 500, largestOrder: 100, demandCount: 64),
      checksum: 0x85eb_1d8b_f94a_7e57),
    Self(
      name: "blocks-20x50",
      builder: LeakyBlocks(blockCount: 20, blockSize: 50, actionCount: 4, branching: 5, seed: 401),
      checksum: 0xa12d_a4d2_148b_6839),
    Self(
      name: "car-200", builder: HillCar(size: 200, goalNumerator: 17, goalDenominator: 18),
      checksum: 0x3941_0410_f2b5_ad24),
  ]

  /// The instance called `name`; nil when there is none.
  public static func named(_ name: String) -> BenchmarkInstance? { all.first { $0.name == name } }

  /// The problem, after its bits have been compared with ``checksum``: a difference would be an error in this program.
  public func build(discount: Double) throws(MDPError) -> (mdp: MDP, reward: Reward) {
    let (mdp, reward) = try builder.build(discount: discount)
    let found = try Self.checksum(of: mdp, reward: reward)
    precondition(found == checksum, "\(name) has the checksum \(String(found, radix: 16))")
    return (mdp, reward)
  }

  private static func garnet(
    _ name: String, _ stateCount: Int, _ actionCount: Int, _ branching: Int, _ seed: UInt64, _ checksum: UInt64
  ) -> BenchmarkInstance {
    BenchmarkInstance(
      name: name,
      builder: Garnet(stateCount: stateCount, actionCount: actionCount, branching: branching, seed: seed),
      checksum: checksum)
  }

  /// A fingerprint of every bit of a problem: FNV-1a over 64-bit words, which are the row starts, the columns, the bits of the
  /// probabilities and of the rewards r(s, a), in this order.
  ///
  /// - Parameters:
  ///   - mdp: The world; of a dense one every entry counts as stored.
  ///   - reward: The reward.
  /// - Returns: the fingerprint.
  /// - Throws: ``MDPError`` when the reward does not fit.
  /// - Complexity: O(stored transitions)
  public static func checksum(of mdp: MDP, reward: Reward) throws(MDPError) -> UInt64 {
    var hash = Fingerprint()
    switch mdp.transitions {
    case .sparse(let rows):
      for start in rows.rowStarts { hash.add(UInt64(start)) }
      for column in rows.columns { hash.add(UInt64(column)) }
      for value in rows.values { hash.add(value.bitPattern) }
    case .dense(let matrix):
      for row in 0...matrix.rowCount { hash.add(UInt64(row * matrix.columnCount)) }
      for _ in 0..<matrix.rowCount { for column in 0..<matrix.columnCount { hash.add(UInt64(column)) } }
      for value in matrix.elements { hash.add(value.bitPattern) }
    }
    for value in try reward.expected(in: mdp) { hash.add(value.bitPattern) }
    return hash.value
  }
}

/// FNV-1a with words of 64 bits in place of bytes.
private struct Fingerprint {
  var value: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func add(_ word: UInt64) { value = (value ^ word) &* 0x100_0000_01B3 }
}
