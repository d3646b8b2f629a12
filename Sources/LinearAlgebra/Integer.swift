internal import CFlint

/// An integer of any size.
///
/// Up to 62 bits it is one machine word; beyond, its words are held by FLINT. Arithmetic is exact, so that nothing
/// overflows and no order of operations matters.
public struct Integer: Sendable {
  /// FLINT's word: the number itself, or a reference to its words that `owner` keeps alive.
  let handle: fmpz
  private let owner: Owner?

  /// Frees the words of a large number. Unchecked, because they are never written after they are made.
  private final class Owner: @unchecked Sendable {
    private var handle: fmpz
    init(_ handle: fmpz) { self.handle = handle }
    deinit { fmpz_clear(&handle) }
  }

  /// Takes over a number that FLINT has made.
  init(owning handle: fmpz) {
    self.handle = handle
    // FLINT marks a reference by 01 in the top two bits.
    owner = handle >> 62 == 1 ? Owner(handle) : nil
  }

  /// A copy of a number that FLINT owns.
  init(copying handle: fmpz) {
    var (source, copy) = (handle, fmpz())
    fmpz_init_set(&copy, &source)
    self.init(owning: copy)
  }

  /// The integer `value`.
  public init(_ value: Int) {
    var result = fmpz()
    fmpz_init_set_si(&result, value)
    self.init(owning: result)
  }

  /// The integer that decimal `digits` write, with an optional sign; `nil` for any other text.
  public init?(_ digits: String) {
    let signs = [UInt8(ascii: "-"), UInt8(ascii: "+")]
    let unsigned = digits.utf8.dropFirst(digits.utf8.first.map(signs.contains) == true ? 1 : 0)
    guard !unsigned.isEmpty, unsigned.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      return nil
    }
    var result = fmpz()
    guard fmpz_set_str(&result, String(Substring(unsigned)), 10) == 0 else { return nil }
    let size = Integer(owning: result)
    self = digits.utf8.first == UInt8(ascii: "-") ? -size : size
  }

  /// The value of `body`, which reads this number's word; its words live as long.
  @inline(__always)
  func read<Result>(_ body: (inout fmpz) -> Result) -> Result {
    var handle = handle
    return withExtendedLifetime(owner) { body(&handle) }
  }

  /// A number made by one of FLINT's operations on two others.
  @inline(__always)
  static func made(
    _ x: Integer, _ y: Integer,
    _ operation: (UnsafeMutablePointer<fmpz>, UnsafePointer<fmpz>, UnsafePointer<fmpz>) -> Void
  ) -> Integer {
    var result = fmpz()
    x.read { x in y.read { y in operation(&result, &x, &y) } }
    return Integer(owning: result)
  }

  /// −1, 0 or 1.
  public var sign: Int { read { Int(fmpz_sgn(&$0)) } }

  /// Whether the number is 0.
  public var isZero: Bool { handle == 0 }

  /// The number of binary digits of the absolute value; 0 for 0.
  public var bitWidth: Int { read { Int(fmpz_bits(&$0)) } }

  /// The greatest common divisor, not negative; that of 0 and 0 is 0.
  public func greatestCommonDivisor(with other: Integer) -> Integer { .made(self, other, fmpz_gcd) }

  /// The least common multiple, not negative; 0 when one of both is 0.
  public func leastCommonMultiple(with other: Integer) -> Integer { .made(self, other, fmpz_lcm) }

  /// The quotient rounded down and the remainder, which has the sign of `divisor`.
  ///
  /// - Throws: ``LinearAlgebraError/divisionByZero``
  public func floorDivided(
    by divisor: Integer
  ) throws(LinearAlgebraError) -> (quotient: Integer, remainder: Integer) {
    guard !divisor.isZero else { throw .divisionByZero }
    var (quotient, remainder) = (fmpz(), fmpz())
    read { x in divisor.read { y in fmpz_fdiv_qr(&quotient, &remainder, &x, &y) } }
    return (Integer(owning: quotient), Integer(owning: remainder))
  }

  /// The number raised to `exponent`, which is not negative.
  public func power(_ exponent: Int) -> Integer {
    precondition(exponent >= 0, "an integer has no integer power \(exponent)")
    var result = fmpz()
    read { fmpz_pow_ui(&result, &$0, UInt(exponent)) }
    return Integer(owning: result)
  }

  /// The number times 2 to the `shift`; a negative shift divides and rounds down.
  public func shifted(left shift: Int) -> Integer {
    var result = fmpz()
    read { x in shift >= 0 ? fmpz_mul_2exp(&result, &x, UInt(shift)) : fmpz_fdiv_q_2exp(&result, &x, shift.magnitude) }
    return Integer(owning: result)
  }
}

extension Integer: SignedNumeric, Comparable, Hashable, ExpressibleByIntegerLiteral {
  /// The integer that a literal writes.
  public init(integerLiteral value: Int) { self.init(value) }

  /// The integer `source`, which always exists.
  public init?(exactly source: some BinaryInteger) {
    if let word = Int(exactly: source) { self.init(word) } else { self.init(String(source)) }
  }

  /// The absolute value.
  public var magnitude: Integer { sign < 0 ? -self : self }

  /// The sum.
  public static func + (x: Integer, y: Integer) -> Integer { made(x, y, fmpz_add) }

  /// The difference.
  public static func - (x: Integer, y: Integer) -> Integer { made(x, y, fmpz_sub) }

  /// The product.
  public static func * (x: Integer, y: Integer) -> Integer { made(x, y, fmpz_mul) }

  /// Replaces `x` by the product.
  public static func *= (x: inout Integer, y: Integer) { x = x * y }

  /// The number with the opposite sign.
  public static prefix func - (x: Integer) -> Integer {
    var result = fmpz()
    x.read { fmpz_neg(&result, &$0) }
    return Integer(owning: result)
  }

  /// Whether both are the same number.
  public static func == (x: Integer, y: Integer) -> Bool { x.read { x in y.read { y in fmpz_equal(&x, &y) != 0 } } }

  /// Whether `x` is less than `y`.
  public static func < (x: Integer, y: Integer) -> Bool { x.read { x in y.read { y in fmpz_cmp(&x, &y) < 0 } } }

  /// Hashes the number modulo the prime 2⁶¹ − 1.
  public func hash(into hasher: inout Hasher) { hasher.combine(read { fmpz_fdiv_ui(&$0, (1 << 61) - 1) }) }
}

extension Integer: CustomStringConvertible {
  /// The decimal digits, with a minus sign for a negative number.
  public var description: String {
    read { handle in
      guard let text = fmpz_get_str(nil, 10, &handle) else { return "" }
      defer { flint_free(text) }
      return String(cString: text)
    }
  }
}

extension Int {
  /// The value of `integer`, `nil` when it does not fit.
  public init?(exactly integer: Integer) {
    guard let value = integer.read({ fmpz_fits_si(&$0) != 0 ? fmpz_get_si(&$0) : nil }) else { return nil }
    self = value
  }
}

extension Double {
  /// The double nearest to `integer`, ties to even; infinite beyond the range.
  public init(_ integer: Integer) { self.init(Rational(integer)) }
}
