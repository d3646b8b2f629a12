internal import CFlint

/// A rational number, always in lowest terms with a positive denominator.
///
/// Arithmetic is exact. Numerators and denominators of up to 62 bits are machine words; beyond, FLINT holds them.
public struct Rational: Sendable {
  /// FLINT's pair of words: the numbers themselves, or references to their words that `owner` keeps alive.
  let handle: fmpq
  private let owner: Owner?

  /// Frees the words of large numbers. Unchecked, because they are never written after they are made.
  private final class Owner: @unchecked Sendable {
    private var handle: fmpq
    init(_ handle: fmpq) { self.handle = handle }
    deinit { fmpq_clear(&handle) }
  }

  /// Takes over a number in lowest terms that FLINT has made.
  init(owning handle: fmpq) {
    self.handle = handle
    // FLINT marks a reference by 01 in the top two bits.
    owner = handle.num >> 62 == 1 || handle.den >> 62 == 1 ? Owner(handle) : nil
  }

  /// A copy of a number that FLINT owns.
  init(copying source: UnsafePointer<fmpq>) {
    var copy = Rational.zeroHandle
    fmpq_set(&copy, source)
    self.init(owning: copy)
  }

  static var zeroHandle: fmpq { fmpq(num: 0, den: 1) }

  /// The fraction 0 / 1 when no number is given.
  public init(_ value: Int = 0) {
    var result = Rational.zeroHandle
    fmpz_set_si(&result.num, value)
    self.init(owning: result)
  }

  /// The integer `value`.
  public init(_ value: Integer) {
    var result = Rational.zeroHandle
    value.read { fmpz_set(&result.num, &$0) }
    self.init(owning: result)
  }

  /// `numerator` / `denominator`, brought to lowest terms.
  ///
  /// - Throws: ``LinearAlgebraError/divisionByZero``
  public init(_ numerator: Integer, over denominator: Integer) throws(LinearAlgebraError) {
    guard !denominator.isZero else { throw .divisionByZero }
    var result = Rational.zeroHandle
    numerator.read { n in denominator.read { d in fmpq_set_fmpz_frac(&result, &n, &d) } }
    self.init(owning: result)
  }

  /// The value that the bits of a double stand for: an integer times a power of two. `nil` for NaN and infinities.
  public init?(exactly value: Double) {
    guard value.isFinite else { return nil }
    // A significand of 53 bits as an integer, and the power of two that goes with it.
    let significand = Int((value.significand * 0x1p52).rounded())
    let shift = value == 0 ? 0 : Int(value.exponent) - 52
    let signed = Integer(value.sign == .minus ? -significand : significand)
    var result = Rational.zeroHandle
    if shift >= 0 {
      signed.shifted(left: shift).read { fmpz_set(&result.num, &$0) }
    } else {
      signed.read { fmpz_set(&result.num, &$0) }
      Integer(1).shifted(left: -shift).read { fmpz_set(&result.den, &$0) }
      fmpq_canonicalise(&result)
    }
    self.init(owning: result)
  }

  /// The value of `body`, which reads this number's words; they live as long.
  @inline(__always)
  func read<Result>(_ body: (inout fmpq) -> Result) -> Result {
    var handle = handle
    return withExtendedLifetime(owner) { body(&handle) }
  }

  /// A number made by one of FLINT's operations on two others.
  @inline(__always)
  private static func made(
    _ x: Rational, _ y: Rational,
    _ operation: (UnsafeMutablePointer<fmpq>, UnsafePointer<fmpq>, UnsafePointer<fmpq>) -> Void
  ) -> Rational {
    var result = zeroHandle
    x.read { x in y.read { y in operation(&result, &x, &y) } }
    return Rational(owning: result)
  }

  /// The numerator, in lowest terms; it carries the sign.
  public var numerator: Integer { read { Integer(copying: $0.num) } }

  /// The denominator, in lowest terms; positive.
  public var denominator: Integer { read { Integer(copying: $0.den) } }

  /// −1, 0 or 1.
  public var sign: Int { read { Int(fmpq_sgn(&$0)) } }

  /// Whether the number is 0.
  public var isZero: Bool { handle.num == 0 }

  /// Whether the denominator is 1.
  public var isInteger: Bool { handle.den == 1 }

  /// The largest integer that is not greater.
  public var floor: Integer {
    read { x in
      var result = fmpz()
      fmpz_fdiv_q(&result, &x.num, &x.den)
      return Integer(owning: result)
    }
  }

  /// The smallest integer that is not less.
  public var ceiling: Integer {
    read { x in
      var result = fmpz()
      fmpz_cdiv_q(&result, &x.num, &x.den)
      return Integer(owning: result)
    }
  }

  /// 1 / x.
  ///
  /// - Throws: ``LinearAlgebraError/divisionByZero``
  public func reciprocal() throws(LinearAlgebraError) -> Rational {
    guard !isZero else { throw .divisionByZero }
    return 1 / self
  }

  /// The number raised to `exponent`.
  ///
  /// - Throws: ``LinearAlgebraError/divisionByZero`` for a negative power of 0.
  public func power(_ exponent: Int) throws(LinearAlgebraError) -> Rational {
    guard exponent >= 0 || !isZero else { throw .divisionByZero }
    var result = Rational.zeroHandle
    read { fmpq_pow_si(&result, &$0, exponent) }
    return Rational(owning: result)
  }
}

extension Rational: SignedNumeric, Comparable, Hashable, ExpressibleByIntegerLiteral {
  /// The integer that a literal writes.
  public init(integerLiteral value: Int) { self.init(value) }

  /// The integer `source`, which always exists.
  public init?(exactly source: some BinaryInteger) {
    guard let integer = Integer(exactly: source) else { return nil }
    self.init(integer)
  }

  /// The absolute value.
  public var magnitude: Rational { sign < 0 ? -self : self }

  /// The sum.
  public static func + (x: Rational, y: Rational) -> Rational { made(x, y, fmpq_add) }

  /// The difference.
  public static func - (x: Rational, y: Rational) -> Rational { made(x, y, fmpq_sub) }

  /// The product.
  public static func * (x: Rational, y: Rational) -> Rational { made(x, y, fmpq_mul) }

  /// The quotient. As for machine integers, a zero divisor is a programmer's error; see ``reciprocal()``.
  public static func / (x: Rational, y: Rational) -> Rational {
    precondition(!y.isZero, "division by zero")
    return made(x, y, fmpq_div)
  }

  /// Replaces `x` by the product.
  public static func *= (x: inout Rational, y: Rational) { x = x * y }

  /// Replaces `x` by the quotient.
  public static func /= (x: inout Rational, y: Rational) { x = x / y }

  /// The number with the opposite sign.
  public static prefix func - (x: Rational) -> Rational {
    var result = zeroHandle
    x.read { fmpq_neg(&result, &$0) }
    return Rational(owning: result)
  }

  /// Whether both are the same number.
  public static func == (x: Rational, y: Rational) -> Bool { x.read { x in y.read { y in fmpq_equal(&x, &y) != 0 } } }

  /// Whether `x` is less than `y`.
  public static func < (x: Rational, y: Rational) -> Bool { x.read { x in y.read { y in fmpq_cmp(&x, &y) < 0 } } }

  /// Hashes numerator and denominator.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(numerator)
    hasher.combine(denominator)
  }
}

extension Double {
  /// The double nearest to `rational`, ties to even; infinite beyond the range.
  public init(_ rational: Rational) {
    guard !rational.isZero else {
      self = 0
      return
    }
    let (numerator, denominator) = (rational.numerator.magnitude, rational.denominator)
    // A quotient of 64 or 65 bits leaves at least 11 to decide the rounding.
    let shift = 64 - (numerator.bitWidth - denominator.bitWidth)
    let (n, d) =
      shift >= 0 ? (numerator.shifted(left: shift), denominator) : (numerator, denominator.shifted(left: -shift))
    var (quotient, remainder) = (fmpz(), fmpz())
    defer {
      fmpz_clear(&quotient)
      fmpz_clear(&remainder)
    }
    n.read { n in d.read { d in fmpz_fdiv_qr(&quotient, &remainder, &n, &d) } }
    // The last binary digit that a double of this size has; subnormal ones have fewer.
    let lowest = max(Int(fmpz_bits(&quotient)) - shift - 53, -1074)
    let dropped = UInt(lowest + shift)
    var kept = fmpz()
    defer { fmpz_clear(&kept) }
    fmpz_fdiv_q_2exp(&kept, &quotient, dropped)
    let half = fmpz_tstbit(&quotient, dropped - 1) != 0
    let more = fmpz_sgn(&remainder) != 0 || fmpz_val2(&quotient) < dropped - 1
    var significand = fmpz_get_ui(&kept)
    if half && (more || significand % 2 == 1) { significand += 1 }
    // At most 2⁵³, so that only the power of two can overflow.
    let size =
      lowest > 1023 ? Double.infinity : Double(sign: .plus, exponent: lowest, significand: Double(significand))
    self = rational.sign < 0 ? -size : size
  }
}

extension Rational {
  /// The least interval between neighbouring doubles that contains the number: one point when it is a double itself.
  /// Infinite ends mark a number beyond the range.
  public var enclosure: ClosedRange<Double> {
    let nearest = Double(self)
    guard let back = Rational(exactly: nearest) else {
      return nearest > 0 ? .greatestFiniteMagnitude ... .infinity : -.infinity ... -.greatestFiniteMagnitude
    }
    if back == self { return nearest...nearest }
    return back < self ? nearest...nearest.nextUp : nearest.nextDown...nearest
  }
}
