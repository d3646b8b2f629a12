internal import RealModule

/// How much a play made j steps ago counts in the tally of its arm, for j in `0..<memory`; j = 0 is the play being made.
public struct TallyWeights: Sendable, Equatable {
  /// The ways to keep a tally up to date at the least cost.
  enum Kind: Sendable, Equatable {
    /// All weights are 1: a count.
    case unit
    /// Weight γ^j: one sum an arm, rescaled each step.
    case geometric(Double)
    /// Anything else.
    case general
  }

  /// How many plays are remembered, m ≥ 1.
  public let memory: Int
  let kind: Kind
  /// The weights, shape (m); empty when they are all 1, so that a long memory costs nothing.
  private let stored: [Double]

  /// The weights given, w[0] first.
  ///
  /// Weights are checked when a ``TallyingBandit`` is made of them.
  public init(_ values: [Double]) {
    memory = values.count
    if values.allSatisfy({ $0 == 1 }) {
      kind = .unit
      stored = []
    } else {
      stored = values
      let ratio = values.count > 2 && values[0] == 1 ? values[1] : 0
      let isGeometric =
        ratio > 0 && ratio < 1
        && values.indices.allSatisfy { abs(values[$0] - Double.pow(ratio, $0)) <= 1e-15 }
      kind = isGeometric ? .geometric(ratio) : .general
    }
  }

  private init(unit memory: Int) {
    self.memory = memory
    kind = .unit
    stored = []
  }

  /// Every remembered play counts 1.
  public static func unit(memory: Int) -> TallyWeights { TallyWeights(unit: max(0, memory)) }

  /// Plays fade by the factor γ a step: w[j] = γ^j.
  public static func geometric(_ ratio: Double, memory: Int) -> TallyWeights {
    TallyWeights((0..<max(0, memory)).map { Double.pow(ratio, $0) })
  }

  /// Plays fade in a straight line: w[j] = 1 − j / m.
  public static func fading(memory: Int) -> TallyWeights {
    TallyWeights((0..<max(0, memory)).map { 1 - Double($0) / Double(memory) })
  }

  /// Plays fade by a power law: w[j] = (1 + j)^(−α).
  public static func powerLaw(_ exponent: Double, memory: Int) -> TallyWeights {
    TallyWeights((0..<max(0, memory)).map { Double.pow(Double(1 + $0), -exponent) })
  }

  /// The weight of a play made `lag` steps ago.
  public subscript(lag: Int) -> Double { kind == .unit ? 1 : stored[lag] }

  /// Whether every weight is 1.
  public var areUnit: Bool { kind == .unit }

  /// W = Σ_j w[j], the tally of an arm that has long been played alone.
  public var sum: Double { kind == .unit ? Double(memory) : stored.reduce(0, +) }

  /// 1 + the last j with w[j] > 0: plays before that never count.
  var effectiveMemory: Int { kind == .unit ? memory : 1 + (stored.lastIndex { $0 > 0 } ?? 0) }

  /// Checks the weights of arm `arm`.
  func validate(arm: Int) throws(BanditError) {
    for (lag, value) in stored.enumerated() where !(value >= 0 && value.isFinite) {
      throw .weight(arm: arm, lag: lag, value: value)
    }
    if let first = stored.first, first == 0 { throw .firstWeight(arm: arm) }
  }
}
