internal import RealModule

/// A number for every arm, computed from its own statistics and the time; the arm with the largest is pulled.
public protocol ArmIndex: Sendable {
  /// What all arms share at one moment, computed once a step.
  associatedtype Moment
  /// Whether ``moment(time:bestMean:)`` needs the largest mean.
  static var usesBestMean: Bool { get }

  /// What all arms share after `time` pulls.
  func moment(time: Int, bestMean: Double) -> Moment
  /// The index of an arm pulled `pulls` ≥ 1 times with the given mean.
  func value(mean: Double, pulls: Double, at moment: Moment) -> Double
  /// False only when the index is certainly below `level`, by more than ties are told apart by; cheaper than the index.
  func mayReach(_ level: Double, mean: Double, pulls: Double, at moment: Moment) -> Bool
}

extension ArmIndex {
  /// No.
  @inlinable public static var usesBestMean: Bool { false }
  /// Always possible.
  @inlinable public func mayReach(_ level: Double, mean: Double, pulls: Double, at moment: Moment) -> Bool { true }
}

/// UCB: mean + √(α ln t / N).
///
/// α = 2 is UCB1; α = 2 σ² is the rule for σ-sub-Gaussian rewards.
///
/// Source: Auer, Cesa-Bianchi, Fischer, "Finite-time analysis of the multiarmed bandit problem", 2002.
public struct UCBIndex: ArmIndex {
  /// α > 0.
  public let alpha: Double

  /// The rule with the given α.
  public init(alpha: Double = 2) { self.alpha = alpha }

  /// α ln t
  @inlinable public func moment(time: Int, bestMean: Double) -> Double { alpha * logarithm(Double(time)) }
  /// mean + √(α ln t / N)
  @inlinable public func value(mean: Double, pulls: Double, at moment: Double) -> Double {
    mean + (moment / pulls).squareRoot()
  }
  /// N (level − mean)² ≤ α ln t, without root or division, with margins far above rounding and the tolerance of ties.
  @inlinable public func mayReach(_ level: Double, mean: Double, pulls: Double, at moment: Double) -> Bool {
    let distance = level - mean - (1e-9 + 1e-12 * abs(level))
    // The sign of the distance is kept: a mean above the level gives a product below zero, without a branch.
    return pulls * distance * abs(distance) <= moment * (1 + 1e-12)
  }
}

/// KL-UCB: the largest q with N kl(mean, q) ≤ ln t + c ln ln t.
///
/// The second term counts only for t > e and c > 0; a negative right side counts as 0.
///
/// Source: Garivier and Cappé, "The KL-UCB algorithm for bounded stochastic bandits and beyond", 2011, arXiv 1102.2490.
public struct KLUCBIndex: ArmIndex {
  /// c ≥ 0.
  public let c: Double

  /// The rule with the given c.
  public init(c: Double = 0) { self.c = c }

  /// ln t + c ln ln t
  public func moment(time: Int, bestMean: Double) -> Double {
    let logTime = Double.log(Double(time))
    return max(0, c > 0 && logTime > 1 ? logTime + c * Double.log(logTime) : logTime)
  }

  /// The largest q in [mean, 1] with N kl(mean, q) at most the moment.
  public func value(mean: Double, pulls: Double, at moment: Double) -> Double {
    BernoulliDivergence.upperBound(min(max(mean, 0), 1), level: moment / pulls)
  }

  /// One divergence instead of a root: whether kl(mean, level) leaves room, with a margin far above rounding.
  public func mayReach(_ level: Double, mean: Double, pulls: Double, at moment: Double) -> Bool {
    let q = level - 1e-9
    guard q > mean, q < 1 else { return true }
    return pulls * BernoulliDivergence.kl(min(max(mean, 0), 1), q) <= moment + 1e-9
  }
}

/// MOSS: mean + √(max(0, ln(T / (K N))) / N).
///
/// Source: Audibert and Bubeck, "Minimax policies for adversarial and stochastic bandits", 2009.
public struct MOSSIndex: ArmIndex {
  /// T / K, or nil for the anytime variant, which uses t for T.
  public let horizonPerArm: Double?
  /// K.
  public let armCount: Int

  /// The rule for a known `horizon`, or the anytime variant.
  public init(armCount: Int, horizon: Int?) {
    self.armCount = armCount
    horizonPerArm = horizon.map { Double($0) / Double(armCount) }
  }

  /// T / K
  public func moment(time: Int, bestMean: Double) -> Double { horizonPerArm ?? Double(time) / Double(armCount) }
  /// mean + √(max(0, ln(T / (K N))) / N)
  @inlinable public func value(mean: Double, pulls: Double, at moment: Double) -> Double {
    let ratio = moment / pulls
    return ratio <= 1 ? mean : mean + (logarithm(ratio) / pulls).squareRoot()
  }
}

/// IMED: the least N kl(mean, largest mean) + ln N, here with the sign turned.
///
/// Source: Honda and Takemura, "Non-asymptotic analysis of a new bandit algorithm for semi-bounded rewards", JMLR 2015.
public struct IMEDIndex: ArmIndex {
  /// The rule.
  public init() {}

  /// Yes.
  @inlinable public static var usesBestMean: Bool { true }
  /// The largest mean.
  @inlinable public func moment(time: Int, bestMean: Double) -> Double { bestMean }
  /// −(N kl(mean, largest mean) + ln N)
  public func value(mean: Double, pulls: Double, at moment: Double) -> Double {
    let divergence = mean >= moment ? 0 : BernoulliDivergence.kl(min(max(mean, 0), 1), min(max(moment, 0), 1))
    return -(pulls * divergence + Double.log(pulls))
  }
}

/// The mean itself: always the empirical best.
public struct GreedyIndex: ArmIndex {
  /// The rule.
  public init() {}
  /// Nothing is shared.
  @inlinable public func moment(time: Int, bestMean: Double) {}
  /// mean
  @inlinable public func value(mean: Double, pulls: Double, at moment: Void) -> Double { mean }
}

/// ln x, for inlinable formulas.
@usableFromInline func logarithm(_ x: Double) -> Double { Double.log(x) }
