internal import RealModule

/// A mean-loss function h: from the tally of an arm to its mean loss, clamped to [0, 1].
///
/// The names of the parameters are those of the formulas; `y` is the tally.
public enum LossFunction: Sendable {
  /// The losses at the tallies 1, 2, … of unit weights.
  case table([Double])
  /// Always `value`.
  case constant(Double)
  /// lo + (hi − lo) e^(−c y): falls (or rises) from hi to lo with practice.
  case exponential(lo: Double, hi: Double, c: Double)
  /// lo + (hi − lo) (1 + c y)^(−a)
  case power(lo: Double, hi: Double, c: Double, a: Double)
  /// a + b y
  case linear(a: Double, b: Double)
  /// hi below the threshold, lo from it on (with a slack of 1e-9 in the comparison).
  case step(hi: Double, lo: Double, threshold: Double)
  /// lo + slope · |y − at|
  case vee(lo: Double, slope: Double, at: Double)
  /// The caller's own function, clamped like the others.
  case custom(name: String, @Sendable (Double) -> Double)

  /// How far beyond [0, 1] a loss may be by rounding.
  static let slack = 1e-9

  /// h(y), in [0, 1].
  ///
  /// - Parameter tally: y > 0; for a table, a count from 1 to its length.
  /// - Returns: The mean loss.
  public func callAsFunction(_ tally: Double) -> Double {
    let value: Double
    switch self {
    case .table(let losses):
      value = losses[min(max(Int(tally.rounded()), 1), losses.count) - 1]
    case .constant(let constant): value = constant
    case .exponential(let lo, let hi, let c): value = lo + (hi - lo) * Double.exp(-c * tally)
    case .power(let lo, let hi, let c, let a): value = lo + (hi - lo) * Double.pow(1 + c * tally, -a)
    case .linear(let a, let b): value = a + b * tally
    case .step(let hi, let lo, let threshold): value = tally < threshold - Self.slack ? hi : lo
    case .vee(let lo, let slope, let at): value = lo + slope * abs(tally - at)
    case .custom(_, let function): value = function(tally)
    }
    return value < 0 ? 0 : value > 1 ? 1 : value
  }

  /// Whether h never rises and falls again: then its least and its greatest value are at the ends of any range.
  var isMonotone: Bool {
    switch self {
    case .constant, .exponential, .power, .linear, .step: true
    case .table, .vee, .custom: false
    }
  }

  /// A number that h is never below.
  var lowerBound: Double {
    switch self {
    case .table(let losses): max(0, losses.min() ?? 0)
    case .constant(let value): max(0, value)
    case .exponential(let lo, let hi, _), .power(let lo, let hi, _, _): max(0, min(lo, hi))
    case .step(let hi, let lo, _): max(0, min(lo, hi))
    case .vee(let lo, let slope, _): slope >= 0 ? max(0, lo) : 0
    case .linear, .custom: 0
    }
  }

  /// Whether two functions are known to be equal (functions of the caller never are).
  func isSame(as other: LossFunction) -> Bool {
    switch (self, other) {
    case (.custom, _), (_, .custom): false
    default: family == other.family && parameters == other.parameters
    }
  }

  /// The name of the family, as problem files spell it.
  public var family: String {
    switch self {
    case .table: "table"
    case .constant: "const"
    case .exponential: "exp"
    case .power: "power"
    case .linear: "linear"
    case .step: "step"
    case .vee: "vee"
    case .custom(let name, _): name
    }
  }

  /// The numbers of the formula, in the order of the case.
  var parameters: [Double] {
    switch self {
    case .table(let losses): losses
    case .constant(let value): [value]
    case .exponential(let lo, let hi, let c): [lo, hi, c]
    case .power(let lo, let hi, let c, let a): [lo, hi, c, a]
    case .linear(let a, let b): [a, b]
    case .step(let hi, let lo, let threshold): [hi, lo, threshold]
    case .vee(let lo, let slope, let at): [lo, slope, at]
    case .custom: []
    }
  }

  /// Checks the parameters of arm `arm`'s function.
  func validate(arm: Int, memory: Int, hasUnitWeights: Bool) throws(BanditError) {
    func inRange(_ parameter: String, _ value: Double) throws(BanditError) {
      guard value >= -Self.slack, value <= 1 + Self.slack else {
        throw .loss(arm: arm, parameter: parameter, value: value)
      }
    }
    func finite(_ parameter: String, _ value: Double) throws(BanditError) {
      guard value.isFinite else {
        throw .armParameter(arm: arm, parameter: parameter, value: value, needed: "a finite number")
      }
    }
    switch self {
    case .table(let losses):
      guard hasUnitWeights else { throw .tableWithoutUnitWeights(arm: arm) }
      guard losses.count == memory else {
        throw .count(of: "loss table of arm \(arm) (one entry a tally 1...m)", expected: memory, got: losses.count)
      }
      for (i, value) in losses.enumerated() { try inRange("values[\(i)]", value) }
    case .constant(let value): try inRange("value", value)
    case .exponential(let lo, let hi, let c):
      try inRange("lo", lo)
      try inRange("hi", hi)
      try finite("c", c)
    case .power(let lo, let hi, let c, let a):
      try inRange("lo", lo)
      try inRange("hi", hi)
      guard c >= 0, c.isFinite else {
        throw .armParameter(arm: arm, parameter: "c", value: c, needed: "a finite number that is not negative")
      }
      try finite("a", a)
    case .linear(let a, let b):
      try finite("a", a)
      try finite("b", b)
    case .step(let hi, let lo, let threshold):
      try inRange("hi", hi)
      try inRange("lo", lo)
      try finite("threshold", threshold)
    case .vee(let lo, let slope, let at):
      try inRange("lo", lo)
      try finite("slope", slope)
      try finite("at", at)
    case .custom: break
    }
  }
}
