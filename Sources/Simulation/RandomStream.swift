/// One stream of random numbers, named by (seed, replicate, stream, purpose).
///
/// The four names are one counter of ``Philox``, whose two blocks are the first state of xoshiro256++; the stream then
/// runs on that generator (period 2²⁵⁶ − 1, 0.7 ns a word). Two streams of one seed that differ in any name start from
/// different states, so adding a learner, changing the number of threads or splitting the replicates over machines never
/// changes another number.
///
/// Uniform numbers are the top 53 bits times 2⁻⁵³, in [0, 1).
///
/// Sources: Salmon et al., SC 2011 (Philox); Blackman and Vigna, "Scrambled linear pseudorandom number generators",
/// ACM TOMS 47 (2021), arXiv 1805.01407 (xoshiro256++).
public struct RandomStream: RandomNumberGenerator, Sendable {
  /// What a stream is used for: draws for different purposes never disturb each other.
  public struct Purpose: RawRepresentable, Hashable, Sendable {
    /// The number that enters the counter, below 2³¹.
    public let rawValue: UInt32

    /// The purpose numbered `rawValue`, of which the low 31 bits count.
    public init(rawValue: UInt32) { self.rawValue = rawValue & 0x7FFF_FFFF }

    /// What the world does: rewards, transitions, noise.
    public static let environment = Purpose(rawValue: 0)
    /// What the learner decides by chance.
    public static let policy = Purpose(rawValue: 1)
    /// How a problem itself is drawn.
    public static let instance = Purpose(rawValue: 2)
    /// When delayed feedback arrives.
    public static let delay = Purpose(rawValue: 3)
    /// How the world drifts.
    public static let drift = Purpose(rawValue: 4)
  }

  @usableFromInline var s0: UInt64
  @usableFromInline var s1: UInt64
  @usableFromInline var s2: UInt64
  @usableFromInline var s3: UInt64

  /// The stream of the given names.
  ///
  /// - Parameters:
  ///   - seed: Chosen by the user; a different seed is a different experiment.
  ///   - replicate: The number of the repetition, 0 to 2³² − 1.
  ///   - stream: Which of many parties draws, for example ``identifier(of:)`` a learner's name; 0 is shared by all.
  ///   - purpose: What the numbers are for.
  public init(seed: UInt64, replicate: Int = 0, stream: UInt64 = 0, purpose: Purpose = .environment) {
    precondition(replicate >= 0 && replicate <= Int(UInt32.max), "a replicate is numbered from 0 to 2^32 - 1")
    func block(_ half: UInt32) -> SIMD4<UInt32> {
      Philox.block(
        SIMD4(
          UInt32(replicate), UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream &>> 32),
          purpose.rawValue &<< 1 | half), key: seed)
    }
    let a = block(0), b = block(1)
    s0 = UInt64(a[0]) | UInt64(a[1]) &<< 32
    s1 = UInt64(a[2]) | UInt64(a[3]) &<< 32
    s2 = UInt64(b[0]) | UInt64(b[1]) &<< 32
    s3 = UInt64(b[2]) | UInt64(b[3]) &<< 32
    // The one state that xoshiro cannot leave; blocks a and b differ, so it never occurs, and this keeps it so.
    if s0 | s1 | s2 | s3 == 0 { s0 = 1 }
  }

  /// A number for a party's name, for the `stream` of ``init(seed:replicate:stream:purpose:)``: FNV-1a of its UTF-8 bytes.
  public static func identifier(of name: String) -> UInt64 {
    name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  /// 64 random bits.
  @inlinable public mutating func next() -> UInt64 {
    let sum = s0 &+ s3
    let result = (sum &<< 23 | sum &>> 41) &+ s0
    let t = s1 &<< 17
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= t
    s3 = s3 &<< 45 | s3 &>> 19
    return result
  }
}

/// SplitMix64: one word of state, for problems whose published generator is this one.
///
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
public struct SplitMix64: RandomNumberGenerator, Sendable {
  @usableFromInline var state: UInt64

  /// A generator whose state is `seed`.
  public init(seed: UInt64) { state = seed }

  /// 64 random bits.
  @inlinable public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z &>> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z &>> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z &>> 31
  }
}
