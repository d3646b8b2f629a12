/// Philox4x32 with ten rounds: a keyed bijection of 128-bit blocks that scatters counters into random bits.
///
/// Because it is a bijection for every key, two different counters never give the same block: that is what makes the
/// streams of ``RandomStream`` provably distinct.
///
/// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
public enum Philox {
  /// The block that stands at `counter` under `key`.
  ///
  /// - Parameters:
  ///   - counter: Four words of 32 bits.
  ///   - key: 64 bits.
  /// - Returns: Four words of 32 random bits.
  public static func block(_ counter: SIMD4<UInt32>, key: UInt64) -> SIMD4<UInt32> {
    var x = counter
    var k0 = UInt32(truncatingIfNeeded: key)
    var k1 = UInt32(truncatingIfNeeded: key &>> 32)
    for _ in 0..<10 {
      let p0 = UInt64(x[0]) &* 0xD251_1F53
      let p1 = UInt64(x[2]) &* 0xCD9E_8D57
      x = SIMD4(
        UInt32(truncatingIfNeeded: p1 &>> 32) ^ x[1] ^ k0, UInt32(truncatingIfNeeded: p1),
        UInt32(truncatingIfNeeded: p0 &>> 32) ^ x[3] ^ k1, UInt32(truncatingIfNeeded: p0))
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
    }
    return x
  }
}
