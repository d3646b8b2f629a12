public import Simulation

/// The law of an arm's rewards.
public enum RewardDistribution: Sendable, Equatable {
  /// 1 with probability `mean`, else 0.
  case bernoulli(mean: Double)
  /// Normal with standard deviation `sigma`.
  case gaussian(mean: Double, sigma: Double)
  /// Beta on [0, 1].
  case beta(a: Double, b: Double)
  /// Uniform on [`low`, `high`].
  case uniform(low: Double, high: Double)
  /// Always `value`.
  case constant(Double)

  /// The expected reward.
  public var mean: Double {
    switch self {
    case .bernoulli(let mean), .gaussian(let mean, _): mean
    case .beta(let a, let b): a / (a + b)
    case .uniform(let low, let high): (low + high) / 2
    case .constant(let value): value
    }
  }

  /// Whether every reward lies in [0, 1].
  public var isInUnitInterval: Bool {
    switch self {
    case .bernoulli, .beta: true
    case .gaussian: false
    case .uniform(let low, let high): low >= 0 && high <= 1
    case .constant(let value): value >= 0 && value <= 1
    }
  }

  /// A reward.
  @inlinable public func draw(using stream: inout RandomStream) -> Double {
    switch self {
    case .bernoulli(let mean): stream.bernoulli(mean) ? 1 : 0
    case .gaussian(let mean, let sigma): mean + sigma * stream.normal()
    case .beta(let a, let b): stream.beta(a, b)
    case .uniform(let low, let high): low + (high - low) * stream.uniform()
    case .constant(let value): value
    }
  }

  /// Checks the parameters of arm `arm`'s law.
  func validate(arm: Int) throws(BanditError) {
    func check(_ parameter: String, _ value: Double, _ holds: Bool, _ needed: String) throws(BanditError) {
      guard holds, value.isFinite else {
        throw .armParameter(arm: arm, parameter: parameter, value: value, needed: needed)
      }
    }
    switch self {
    case .bernoulli(let mean):
      guard mean >= 0, mean <= 1 else { throw .mean(arm: arm, value: mean) }
    case .gaussian(let mean, let sigma):
      try check("mean", mean, true, "a finite number")
      try check("sigma", sigma, sigma >= 0, "a number that is not negative")
    case .beta(let a, let b):
      try check("a", a, a > 0, "a positive number")
      try check("b", b, b > 0, "a positive number")
    case .uniform(let low, let high):
      try check("low", low, true, "a finite number")
      try check("high", high, high >= low, "a number not below low")
    case .constant(let value): try check("value", value, true, "a finite number")
    }
  }
}
