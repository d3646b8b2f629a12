internal import RealModule
public import Simulation

/// Policies for adversarial rewards, which draw from a distribution that they sharpen step by step.
public struct ExponentialWeights: EnumerablePolicy {
  /// The update.
  public enum Rule: Sendable, Equatable {
    /// EXP3 on rewards: p = (1 − γ) w / W + γ / K; w of the pulled arm grows by the factor exp(γ x / (K p)).
    case rewards(gamma: Double)
    /// EXP3 on losses: p ∝ exp(−η L̂), L̂ of the pulled arm grows by loss / p.
    case losses(eta: Double)
    /// EXP3-IX: the same with L̂ growing by loss / (p + γ).
    case implicitExploration(eta: Double, gamma: Double)
  }

  /// The update.
  public let rule: Rule
  /// Logarithms of the weights, the largest 0.
  private var logWeights: [Double]
  private var probabilities: [Double]
  private var isStale = false

  /// A fresh learner.
  ///
  /// Sources: Auer, Cesa-Bianchi, Freund, Schapire, "The nonstochastic multiarmed bandit problem", 2002; Neu, "Explore no
  /// more", 2015, arXiv 1506.03271.
  public init(_ rule: Rule, armCount: Int) {
    self.rule = rule
    logWeights = [Double](repeating: 0, count: armCount)
    probabilities = [Double](repeating: 1 / Double(armCount), count: armCount)
  }

  /// The γ of the reward form that Auer et al. tune to a horizon: min(1, √(K ln K / ((e − 1) T))).
  public static func tunedGamma(armCount: Int, horizon: Int) -> Double {
    let k = Double(armCount)
    return min(1, (k * Double.log(k) / ((Double.exp(1) - 1) * Double(max(1, horizon)))).squareRoot())
  }

  /// The η of the loss forms tuned to a horizon: √(2 ln K / (K T)).
  public static func tunedEta(armCount: Int, horizon: Int) -> Double {
    let k = Double(armCount)
    return (2 * Double.log(k) / (k * Double(max(1, horizon)))).squareRoot()
  }

  private mutating func refresh() {
    guard isStale else { return }
    isStale = false
    let largest = logWeights.max() ?? 0
    var total = 0.0
    for k in logWeights.indices {
      logWeights[k] -= largest
      probabilities[k] = Double.exp(logWeights[k])
      total += probabilities[k]
    }
    var scale = 1 / total, floor = 0.0
    if case .rewards(let gamma) = rule {
      scale = (1 - gamma) / total
      floor = gamma / Double(logWeights.count)
    }
    for k in probabilities.indices { probabilities[k] = probabilities[k] * scale + floor }
  }

  /// An arm from the distribution.
  public mutating func choose(using stream: inout RandomStream) -> Int {
    refresh()
    return stream.categorical(probabilities)
  }

  /// Takes in the reward of a pull, weighted by the probability of the arm as it now stands.
  public mutating func learn(arm: Int, reward: Double, using stream: inout RandomStream) {
    refresh()
    let p = probabilities[arm]
    switch rule {
    case .rewards(let gamma): logWeights[arm] += gamma * reward / (Double(logWeights.count) * p)
    case .losses(let eta): logWeights[arm] -= eta * (1 - reward) / p
    case .implicitExploration(let eta, let gamma): logWeights[arm] -= eta * (1 - reward) / (p + gamma)
    }
    isStale = true
  }

  /// The distribution that the next arm is drawn from.
  public func distribution() -> [Double] {
    var copy = self
    copy.refresh()
    return copy.probabilities
  }
}

/// Tsallis-INF: follows the regularised leader with the Tsallis entropy of order 1/2; near-optimal for stochastic and
/// adversarial losses at once.
///
/// p_a = 4 / (η (L̂_a − x))² with x such that they sum to 1 and η = 2 / √t; L̂ of the pulled arm grows by loss / p.
///
/// Source: Zimmert and Seldin, "Tsallis-INF", JMLR 2021, arXiv 1807.07623.
public struct TsallisINF: EnumerablePolicy {
  private var losses: [Double]
  private var time = 1
  private var probabilities: [Double]
  private var isStale = false

  /// A fresh learner.
  public init(armCount: Int) {
    losses = [Double](repeating: 0, count: armCount)
    probabilities = [Double](repeating: 1 / Double(armCount), count: armCount)
  }

  private mutating func refresh() {
    guard isStale else { return }
    isStale = false
    let eta = 2 / Double(time).squareRoot()
    let least = losses.min() ?? 0
    // Σ p falls from infinity as x falls away from the least loss; from p of the best arm = 1 Newton rises to the root.
    var x = least - 2 / eta
    for _ in 0..<100 {
      var sum = 0.0, slope = 0.0
      for k in losses.indices {
        let w = 2 / (eta * (losses[k] - x))
        probabilities[k] = w * w
        sum += w * w
        slope += eta * w * w * w
      }
      if abs(sum - 1) < 1e-14 { break }
      x -= (sum - 1) / slope
    }
    let total = probabilities.reduce(0, +)
    for k in probabilities.indices { probabilities[k] /= total }
  }

  /// An arm from the distribution.
  public mutating func choose(using stream: inout RandomStream) -> Int {
    refresh()
    return stream.categorical(probabilities)
  }

  /// Takes in the reward of a pull.
  public mutating func learn(arm: Int, reward: Double, using stream: inout RandomStream) {
    refresh()
    losses[arm] += (1 - reward) / probabilities[arm]
    time += 1
    isStale = true
  }

  /// The distribution that the next arm is drawn from.
  public func distribution() -> [Double] {
    var copy = self
    copy.refresh()
    return copy.probabilities
  }
}
