/// A number as it stands in a text: where it ends, and its digits as far as they fit 64 bits.
struct JSONNumber {
  /// The position after the last character.
  var end: Int
  /// Whether it starts with a minus sign.
  var isNegative = false
  /// Whether it has neither fraction nor exponent.
  var isInteger = true
  /// The digits without the point; exact unless `isTruncated`.
  var digits: UInt64 = 0
  /// The power of ten that scales `digits`.
  var exponent = 0
  /// Whether there are more digits than 64 bits hold.
  var isTruncated = false

  /// Reads the number that starts at `start` by the grammar of RFC 8259; nil at the first byte that breaks it, whose
  /// position `failure` then holds.
  @inline(__always)
  init?(in bytes: UnsafePointer<UInt8>, from start: Int, to limit: Int, failure: inout Int) {
    var position = start
    var digits: UInt64 = 0
    var significant = 0
    var dropped = 0
    var truncated = false
    var exponent = 0
    if position < limit, bytes[position] == UInt8(ascii: "-") {
      isNegative = true
      position += 1
    }
    let first = position
    while position < limit {
      let digit = bytes[position] &- UInt8(ascii: "0")
      guard digit < 10 else { break }
      if significant < 19 {
        digits = digits &* 10 &+ UInt64(digit)
        significant += digits == 0 ? 0 : 1
      } else {
        dropped += 1
        truncated = true
      }
      position += 1
    }
    guard position > first, position - first == 1 || bytes[first] != UInt8(ascii: "0") else {
      failure = position > first ? first + 1 : position
      return nil
    }
    if position < limit, bytes[position] == UInt8(ascii: ".") {
      isInteger = false
      position += 1
      let fraction = position
      while position < limit {
        let digit = bytes[position] &- UInt8(ascii: "0")
        guard digit < 10 else { break }
        if significant < 19 {
          digits = digits &* 10 &+ UInt64(digit)
          significant += digits == 0 ? 0 : 1
          exponent -= 1
        } else {
          truncated = truncated || digit != 0
        }
        position += 1
      }
      guard position > fraction else {
        failure = position
        return nil
      }
    }
    if position < limit, bytes[position] | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      position += 1
      var negative = false
      if position < limit, bytes[position] == UInt8(ascii: "-") || bytes[position] == UInt8(ascii: "+") {
        negative = bytes[position] == UInt8(ascii: "-")
        position += 1
      }
      let power = position
      var value = 0
      while position < limit {
        let digit = bytes[position] &- UInt8(ascii: "0")
        guard digit < 10 else { break }
        // Beyond this every number is zero or too large, whatever its digits: no overflow, the same answer.
        if value < 1_000_000_000_000 { value = value * 10 + Int(digit) }
        position += 1
      }
      guard position > power else {
        failure = position
        return nil
      }
      exponent += negative ? -value : value
    }
    self.end = position
    self.digits = digits
    self.exponent = exponent + dropped
    self.isTruncated = truncated
  }

  /// The nearest double, ties to even; nil when the quick ways do not reach and the whole text must be looked at.
  ///
  /// Two cases are exact by construction: digits and power of ten both exact in a double, where one
  /// multiplication rounds once (Clinger, "How to read floating point numbers accurately", PLDI 1990); and digits over a
  /// power of ten up to 10¹⁹, where a 128 by 64 bit division yields 64 bits of the quotient and a remainder that says
  /// which side of a tie the number lies on.
  @inline(__always)
  var quickDouble: Double? {
    guard !isTruncated else { return nil }
    let magnitude: Double
    if digits == 0 {
      magnitude = 0
    } else if exponent == 0 {
      magnitude = Double(digits)
    } else if exponent > 0 {
      guard exponent <= 22, digits <= 1 << 53 else { return nil }
      magnitude = Double(digits) * powersOfTen[exponent]
    } else if exponent >= -22, digits <= 1 << 53 {
      magnitude = Double(digits) / powersOfTen[-exponent]
    } else if exponent >= -19 {
      magnitude = Self.quotient(digits, integerPowersOfTen[-exponent])
    } else {
      return nil
    }
    return isNegative ? -magnitude : magnitude
  }

  /// The double nearest to `numerator / denominator`, both positive; the quotient is at least 10⁻¹⁹, so never subnormal.
  static func quotient(_ numerator: UInt64, _ denominator: UInt64) -> Double {
    let n = numerator << UInt64(numerator.leadingZeroBitCount)
    let d = denominator << UInt64(denominator.leadingZeroBitCount)
    var power = denominator.leadingZeroBitCount - numerator.leadingZeroBitCount - 64
    // Halved when needed, so that the quotient fills 64 bits exactly.
    let high: UInt64
    let low: UInt64
    if n >= d {
      (high, low) = (n >> 1, n << 63)
      power += 1
    } else {
      (high, low) = (n, 0)
    }
    var (quotient, remainder) = d.dividingFullWidth((high, low))
    // 11 bits are to be rounded away; a remainder makes them more than they look.
    if remainder != 0 { quotient |= 1 }
    remainder = quotient & 0x7FF
    var kept = quotient >> 11
    if remainder > 0x400 || (remainder == 0x400 && kept & 1 == 1) { kept += 1 }
    return Double(sign: .plus, exponent: power + 11, significand: Double(kept))
  }
}

/// 10⁰ … 10²², each exact in a double.
private let powersOfTen: [Double] = [
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
]

/// 10⁰ … 10¹⁹, the powers that fit 64 bits.
private let integerPowersOfTen: [UInt64] = [
  1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
  100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
  10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
]

extension Double {
  /// The double nearest to a number in decimal notation; nil for any other text, and beyond the range.
  ///
  /// The quick ways of ``JSONReader/number()``, for text formats.
  public init?(decimal text: Substring) {
    var copy = text
    let value = copy.withUTF8 { bytes -> Double? in
      var failure = 0
      guard let start = bytes.baseAddress,
        let number = JSONNumber(in: start, from: 0, to: bytes.count, failure: &failure), number.end == bytes.count
      else { return nil }
      return number.quickDouble
    }
    if let value {
      self = value
      return
    }
    guard let parsed = Double(text), parsed.isFinite else { return nil }
    self = parsed
  }
}
