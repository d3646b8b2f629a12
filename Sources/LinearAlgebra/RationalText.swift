internal import CFlint

extension Rational: CustomStringConvertible {
  /// "p/q" in lowest terms, or "p" for an integer.
  public var description: String {
    read { handle in
      guard let text = fmpq_get_str(nil, 10, &handle) else { return "" }
      defer { flint_free(text) }
      return String(cString: text)
    }
  }
}

extension Rational {
  /// The largest decimal exponent that text may ask for: enough for any double, and no way to fill the memory.
  public static let decimalExponentLimit = 10_000

  /// The number that `text` writes, exactly: "2/5", "-3", "0.1" (one tenth, not the double next to it), "1.5e-3".
  ///
  /// - Throws: ``LinearAlgebraError/malformedNumber(text:reason:)``
  public init(parsing text: String) throws(LinearAlgebraError) {
    func malformed(_ reason: String) -> LinearAlgebraError { .malformedNumber(text: text, reason: reason) }
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 2 {
      guard let numerator = Integer(String(parts[0])) else { throw malformed("the numerator is not an integer") }
      guard let denominator = Integer(String(parts[1])) else { throw malformed("the denominator is not an integer") }
      guard !denominator.isZero else { throw malformed("the denominator is zero") }
      try self.init(numerator, over: denominator)
      return
    }
    let halves = text.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
    var exponent = 0
    if halves.count == 2 {
      guard let value = Integer(String(halves[1])) else { throw malformed("the exponent is not an integer") }
      guard let word = Int(exactly: value), abs(word) <= Rational.decimalExponentLimit else {
        throw malformed("the exponent is beyond \(Rational.decimalExponentLimit)")
      }
      exponent = word
    }
    let mantissa = halves[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let fraction = mantissa.count == 2 ? mantissa[1] : ""
    let whole = mantissa[0]
    guard whole.contains(where: \.isNumber) || !fraction.isEmpty, let digits = Integer(String(whole + fraction)),
      fraction.utf8.first.map({ $0 >= UInt8(ascii: "0") }) ?? true
    else { throw malformed("use an integer, a fraction such as 2/5, or a decimal number such as 1.5e-3") }
    let scale = exponent - fraction.utf8.count
    let power = Integer(10).power(abs(scale))
    self = scale >= 0 ? Rational(digits * power) : try Rational(digits, over: power)
  }
}
