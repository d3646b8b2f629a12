internal import CFlint

extension Rational {
  /// The nearest number with a denominator of at most `limit`; of two equally near ones that with the smaller
  /// denominator.
  ///
  /// A number found in floating point becomes a candidate for the exact one, to be checked: 0.333…3 becomes 1/3.
  ///
  /// Source: Khinchin, Continued Fractions (1964), theorems 15 and 17.
  ///
  /// - Complexity: O(log `limit`) steps
  public func approximation(denominatorLimit limit: Integer) -> Rational {
    precondition(limit.sign > 0, "a denominator is positive")
    guard denominator > limit else { return self }
    // Convergents p/q of the continued fraction, as long as q stays within the limit.
    var (p0, q0, p1, q1) = (Integer(0), Integer(1), Integer(1), Integer(0))
    var (n, d) = (numerator, denominator)
    while true {
      // d is never zero here: the last convergent is the number itself, whose denominator exceeds the limit.
      guard let (digit, rest) = try? n.floorDivided(by: d) else { return self }
      let q2 = q0 + digit * q1
      guard q2 <= limit else { break }
      (p0, q0, p1, q1) = (p1, q1, p0 + digit * p1, q2)
      (n, d) = (d, rest)
    }
    // Between the last convergent and the one beyond the limit lie the intermediate fractions; the last is nearest.
    guard let (count, _) = try? (limit - q0).floorDivided(by: q1),
      let between = try? Rational(p0 + count * p1, over: q0 + count * q1), let convergent = try? Rational(p1, over: q1)
    else { return self }
    let (far, near) = ((between - self).magnitude, (convergent - self).magnitude)
    return far < near || (far == near && between.denominator < convergent.denominator) ? between : convergent
  }

  /// The number of least denominator in the closed interval from `low` to `high`; of several, that of least numerator.
  ///
  /// - Throws: ``LinearAlgebraError/emptyInterval(low:high:)`` when `low` exceeds `high`.
  public static func simplest(from low: Rational, to high: Rational) throws(LinearAlgebraError) -> Rational {
    guard low <= high else { throw .emptyInterval(low: low.description, high: high.description) }
    var result = zeroHandle
    low.read { low in high.read { high in fmpq_simplest_between(&result, &low, &high) } }
    return Rational(owning: result)
  }
}
