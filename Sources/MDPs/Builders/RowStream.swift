/// The stream of random integers of one row of a generated problem; rows do not depend on each other.
///
/// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014), started at a
/// mixture of seed and row number.
struct RowStream {
  private var state: UInt64

  /// The stream of row `row` under `seed`.
  init(seed: UInt64, row: Int) { state = Self.mix(Self.start(seed: seed, row: row)) }

  /// The next 64 bits.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mix(state)
  }

  /// An integer below `limit`, which is at most 2³².
  mutating func below(_ limit: Int) -> Int { Int(((next() >> 32) &* UInt64(limit)) >> 32) }

  /// A weight from 1 to 2¹⁶.
  mutating func weight() -> Int { 1 + Int(next() >> 48) }

  /// A reward in [−1, 1) over 2²⁰.
  mutating func reward() -> Double { Double(below(1 << 21) - (1 << 20)) / 0x1p20 }

  /// `count` different integers below `limit`, ascending.
  mutating func choose(_ count: Int, below limit: Int) -> [Int] {
    var chosen: [Int] = []
    chosen.reserveCapacity(count)
    for _ in 0..<count {
      var candidate = below(limit)
      while chosen.contains(candidate) { candidate = candidate + 1 == limit ? 0 : candidate + 1 }
      chosen.insert(candidate, at: chosen.firstIndex { $0 > candidate } ?? chosen.count)
    }
    return chosen
  }

  /// 64 bits for one row that are no part of its stream.
  static func bits(seed: UInt64, row: Int) -> UInt64 { mix(start(seed: seed, row: row)) }

  private static func start(seed: UInt64, row: Int) -> UInt64 { seed &+ UInt64(row) &* 0xD134_2543_DE82_EF95 }

  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
