/// A rational number of two 64-bit integers, in lowest terms.
public struct Fraction: Sendable, Equatable, Hashable {
  /// The numerator.
  public let numerator: Int
  /// The denominator; positive.
  public let denominator: Int

  /// 0
  public static let zero = Fraction(integer: 0)

  /// An integer.
  public init(integer: Int) {
    numerator = integer
    denominator = 1
  }

  /// `numerator / denominator` in lowest terms; nil when the denominator is 0 or the result does not fit.
  public init?(_ numerator: Int, _ denominator: Int) {
    guard denominator != 0 else { return nil }
    var (a, b) = (numerator.magnitude, denominator.magnitude)
    while b != 0 { (a, b) = (b, a % b) }
    let isNegative = (numerator < 0) != (denominator < 0)
    let top = numerator.magnitude / a
    guard let bottom = Int(exactly: denominator.magnitude / a),
      let signed = isNegative ? Int(exactly: top).map({ -$0 }) : Int(exactly: top)
    else { return nil }
    self.numerator = signed
    self.denominator = bottom
  }

  /// The sum; nil when it does not fit 64 bits.
  public func adding(_ other: Fraction) -> Fraction? {
    let (p, o1) = numerator.multipliedReportingOverflow(by: other.denominator)
    let (q, o2) = other.numerator.multipliedReportingOverflow(by: denominator)
    let (top, o3) = p.addingReportingOverflow(q)
    let (bottom, o4) = denominator.multipliedReportingOverflow(by: other.denominator)
    return o1 || o2 || o3 || o4 ? nil : Fraction(top, bottom)
  }

  /// The double next to it, within one rounding of each of numerator, denominator and quotient.
  public var double: Double { Double(numerator) / Double(denominator) }
}

extension Fraction: CustomStringConvertible {
  /// `p/q`, or `p` for an integer.
  public var description: String { denominator == 1 ? "\(numerator)" : "\(numerator)/\(denominator)" }
}

/// The numbers of a problem as exact rationals.
public struct ExactNumbers: Sendable, Equatable {
  /// One a stored transition, in the order of `transitions.sparseRows` of the world.
  public let probabilities: [Fraction]
  /// For each reward of the problem r(s, a), shape (S·A); nil for a reward known in doubles only.
  public let rewards: [[Fraction]?]

  /// Exact numbers beside those of a problem.
  public init(probabilities: [Fraction], rewards: [[Fraction]?]) {
    self.probabilities = probabilities
    self.rewards = rewards
  }
}
