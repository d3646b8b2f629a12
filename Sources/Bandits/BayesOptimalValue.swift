internal import RealModule

/// The largest expected total reward of Bernoulli arms whose means are drawn from the uniform law: what no policy can beat
/// on average over problems.
public enum BayesOptimalValue {
  /// The value over `horizon` pulls of `armCount` arms, by backward recursion over successes and failures.
  ///
  /// - Parameters:
  ///   - armCount: K ≥ 1.
  ///   - horizon: T ≥ 0.
  ///   - stateLimit: The most states to visit.
  /// - Returns: The expected total reward, in [0, T].
  /// - Throws: ``BanditError/noArms``, ``BanditError/horizon(_:)``, ``BanditError/tooManyStates(needed:budget:)``.
  /// - Complexity: O(C(T + 2K, 2K) · K) time, O(C(T + 2K − 1, 2K − 1)) memory.
  public static func uniformPrior(
    armCount: Int, horizon: Int, stateLimit: Int = ExactRegret.defaultStateLimit
  ) throws(BanditError) -> Double {
    guard armCount >= 1 else { throw .noArms }
    guard horizon >= 0 else { throw .horizon(horizon) }
    let needed = OutcomeLattice.count(total: horizon, parts: 2 * armCount + 1)
    guard needed <= Double(stateLimit) else { throw .tooManyStates(needed: needed, budget: stateLimit) }
    let lattice = OutcomeLattice(armCount: armCount, horizon: horizon)
    var values = [Double](repeating: 0, count: lattice.stateCount(horizon))
    for t in (0..<horizon).reversed() {
      var layer = [Double](repeating: 0, count: lattice.stateCount(t))
      lattice.forEachState(t) { rank, parts, successors in
        var best = -Double.infinity
        for arm in 0..<armCount {
          let successes = Double(parts[2 * arm] + 1)
          let p = successes / (successes + Double(parts[2 * arm + 1] + 1))
          let value = p * (1 + values[successors[2 * arm]]) + (1 - p) * values[successors[2 * arm + 1]]
          if value > best { best = value }
        }
        layer[rank] = best
      }
      values = layer
    }
    return values[0]
  }
}

/// The Gittins index of a Bernoulli arm with a beta prior: the fixed reward a step that is worth as much as the arm when
/// rewards are discounted.
public struct GittinsIndex: Sendable, Equatable {
  /// The index lies in this range.
  public let enclosure: ClosedRange<Double>
  /// The middle of ``enclosure``.
  public var value: Double { (enclosure.lowerBound + enclosure.upperBound) / 2 }

  /// The index of an arm with prior Beta(a, b).
  ///
  /// For a fixed reward λ the arm is worth keeping when the value of playing on, with retiring on λ for ever always allowed,
  /// exceeds λ / (1 − γ). The recursion is cut after n pulls with bounds for what may follow, so the enclosure is proven.
  ///
  /// Source: Gittins, "Bandit processes and dynamic allocation indices", 1979; calibration as in Gittins, Glazebrook, Weber
  /// (2011), chapter 8.
  ///
  /// - Parameters:
  ///   - a: Prior successes, positive.
  ///   - b: Prior failures, positive.
  ///   - discount: γ in (0, 1).
  ///   - tolerance: The width of the enclosure asked for.
  /// - Throws: ``BanditError/parameter(name:value:needed:)``.
  /// - Complexity: O(n² ln(1 / tolerance)), n = ln(tolerance (1 − γ)) / ln γ.
  public init(a: Double, b: Double, discount: Double, tolerance: Double = 1e-8) throws(BanditError) {
    guard a > 0, a.isFinite else { throw .parameter(name: "a", value: a, needed: "a positive number") }
    guard b > 0, b.isFinite else { throw .parameter(name: "b", value: b, needed: "a positive number") }
    guard discount > 0, discount < 1 else {
      throw .parameter(name: "discount", value: discount, needed: "a number in (0, 1)")
    }
    guard tolerance > 0 else { throw .parameter(name: "tolerance", value: tolerance, needed: "a positive number") }
    let depth = Int((Double.log(tolerance * (1 - discount) / 4) / Double.log(discount)).rounded(.up))
    guard depth <= 20_000 else {
      throw .parameter(name: "discount", value: discount, needed: "a discount below 0.9995 or a larger tolerance")
    }
    let mean = a / (a + b)

    /// What playing once and then at best is worth, less retiring at once; `last` is worth what follows the cut.
    func advantage(_ reward: Double, hopeful: Bool) -> Double {
      let retire = reward / (1 - discount)
      // After n pulls the arm is worth at least retiring and at most the reward 1 for ever.
      var values = [Double](repeating: hopeful ? max(retire, 1 / (1 - discount)) : retire, count: depth + 1)
      for n in stride(from: depth - 1, through: 1, by: -1) {
        for s in 0...n {
          let p = (a + Double(s)) / (a + b + Double(n))
          let play = p * (1 + discount * values[s + 1]) + (1 - p) * discount * values[s]
          values[s] = play > retire ? play : retire
        }
      }
      let first = depth > 1 ? values : [Double](repeating: values[0], count: 2)
      return mean * (1 + discount * first[1]) + (1 - mean) * discount * first[0] - retire
    }
    func root(hopeful: Bool) -> ClosedRange<Double> {
      var low = mean, high = 1.0
      while high - low > tolerance / 4 {
        let middle = (low + high) / 2
        if advantage(middle, hopeful: hopeful) > 0 { low = middle } else { high = middle }
      }
      return low...high
    }
    let lower = root(hopeful: false).lowerBound
    enclosure = lower...max(lower, root(hopeful: true).upperBound)
  }
}
