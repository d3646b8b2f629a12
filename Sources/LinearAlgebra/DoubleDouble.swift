internal import RealModule

/// An unevaluated sum `high + low` of two doubles with |low| ≤ ulp(high) / 2: about 106 significant bits.
///
/// Used where one rounding too many would spoil an answer: residuals of linear systems, returns of policies at a
/// discount near 1. Relative error of each operation below 2⁻¹⁰², as long as nothing overflows or underflows.
///
/// Source: Dekker, Numerische Mathematik 18 (1971); Joldes, Muller and Popescu, ACM TOMS 44 (2017).
public struct DoubleDouble: Sendable, Hashable, Comparable {
  /// The value rounded to the nearest double.
  public let high: Double
  /// What `high` leaves out.
  public let low: Double

  /// Exactly `value`.
  public init(_ value: Double) {
    high = value
    low = 0
  }

  /// Exactly x + y, when nothing overflows.
  public init(exactSum x: Double, _ y: Double) {
    let sum = x + y
    let part = sum - x
    high = sum
    low = (x - (sum - part)) + (y - part)
  }

  /// Exactly x y, when nothing overflows or underflows.
  public init(exactProduct x: Double, _ y: Double) {
    let product = x * y
    high = product
    low = (-product).addingProduct(x, y)
  }

  /// x + y for |x| ≥ |y|.
  private init(normalising x: Double, _ y: Double) {
    let sum = x + y
    high = sum
    low = y - (sum - x)
  }

  /// The value rounded to the nearest double.
  public var value: Double { high }

  /// The sum.
  public static func + (x: DoubleDouble, y: DoubleDouble) -> DoubleDouble {
    let highs = DoubleDouble(exactSum: x.high, y.high)
    let lows = DoubleDouble(exactSum: x.low, y.low)
    let first = DoubleDouble(normalising: highs.high, highs.low + lows.high)
    return DoubleDouble(normalising: first.high, first.low + lows.low)
  }

  /// The sum with a double.
  public static func + (x: DoubleDouble, y: Double) -> DoubleDouble {
    let highs = DoubleDouble(exactSum: x.high, y)
    return DoubleDouble(normalising: highs.high, highs.low + x.low)
  }

  /// The value with the opposite sign.
  public static prefix func - (x: DoubleDouble) -> DoubleDouble { DoubleDouble(normalising: -x.high, -x.low) }

  /// The difference.
  public static func - (x: DoubleDouble, y: DoubleDouble) -> DoubleDouble { x + (-y) }

  /// The product.
  public static func * (x: DoubleDouble, y: DoubleDouble) -> DoubleDouble {
    let product = DoubleDouble(exactProduct: x.high, y.high)
    return DoubleDouble(normalising: product.high, product.low + (x.high * y.low + x.low * y.high))
  }

  /// The product with a double.
  public static func * (x: DoubleDouble, y: Double) -> DoubleDouble {
    let product = DoubleDouble(exactProduct: x.high, y)
    return DoubleDouble(normalising: product.high, product.low + x.low * y)
  }

  /// The quotient.
  public static func / (x: DoubleDouble, y: DoubleDouble) -> DoubleDouble {
    let first = x.high / y.high
    let rest = x - y * first
    let second = rest.high / y.high
    let third = (rest - y * second).high / y.high
    return DoubleDouble(normalising: first, second) + third
  }

  /// Adds `y` in place.
  public static func += (x: inout DoubleDouble, y: DoubleDouble) { x = x + y }

  /// Subtracts `y` in place.
  public static func -= (x: inout DoubleDouble, y: DoubleDouble) { x = x - y }

  /// Whether `x` is less than `y`.
  public static func < (x: DoubleDouble, y: DoubleDouble) -> Bool {
    x.high < y.high || (x.high == y.high && x.low < y.low)
  }
}
