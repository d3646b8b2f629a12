internal import RealModule
internal import Simulation

/// The least mean loss that an arm can have at any tally its history may give it.
///
/// The attainable tallies of an arm are w[0] plus every subset sum of its other weights.
struct AttainableMinimum: Sendable {
  /// The least loss found; it is attained.
  let value: Double
  /// A proven lower bound; equal to ``value`` unless the tallies were too many to search.
  let lower: Double

  /// Weights that can be enumerated with all their subset sums.
  private static let enumerationLimit = 22

  /// The minimum for `arm` of `bandit`.
  ///
  /// - Complexity: O(1) for monotone losses, O(m) for unit weights, O(2^(m−1)) for m ≤ 23, O(2^(m/2)) for a vee up to
  ///   m = 45; beyond that a sample, and ``lower`` is then the family's own bound.
  init(_ bandit: TallyingBandit, arm: Int) {
    let h = bandit.losses[arm]
    let weights = bandit.weights[arm]
    let first = weights[0], all = weights.sum
    if h.isMonotone {
      self.init(exactly: min(h(first), h(all)))
    } else if weights.areUnit {
      var least = Double.infinity
      for count in 1...bandit.memory { least = min(least, h(Double(count))) }
      self.init(exactly: least)
    } else if case .vee(_, let slope, _) = h, slope <= 0 {
      self.init(exactly: min(h(first), h(all)))
    } else {
      let lags = (1..<max(1, weights.effectiveMemory)).map { weights[$0] }.filter { $0 > 0 }
      if lags.count <= Self.enumerationLimit {
        self.init(exactly: Self.subsetSums(lags, from: first).map { h($0) }.min() ?? h(first))
      } else if case .vee(_, _, let at) = h, lags.count <= 2 * Self.enumerationLimit {
        self.init(exactly: h(Self.subsetSum(lags, from: first, nearest: at)))
      } else {
        var stream = RandomStream(seed: 0, purpose: .instance)
        var least = min(h(first), h(all))
        for _ in 0..<100_000 {
          var tally = first
          for weight in lags where stream.bernoulli(0.5) { tally += weight }
          least = min(least, h(tally))
        }
        self.init(value: least, lower: min(least, h.lowerBound))
      }
    }
  }

  private init(value: Double, lower: Double) {
    self.value = value
    self.lower = lower
  }

  private init(exactly value: Double) { self.init(value: value, lower: value) }

  /// All sums of subsets of `weights`, added to `start`, sorted; sums within 1e-9 of each other count once.
  static func subsetSums(_ weights: [Double], from start: Double) -> [Double] {
    var sums = [start]
    for weight in weights {
      var merged: [Double] = []
      merged.reserveCapacity(2 * sums.count)
      var i = 0, j = 0
      while i < sums.count || j < sums.count {
        let next: Double
        if j == sums.count || (i < sums.count && sums[i] <= sums[j] + weight) {
          next = sums[i]
          i += 1
        } else {
          next = sums[j] + weight
          j += 1
        }
        if let last = merged.last, next - last <= 1e-9 { continue }
        merged.append(next)
      }
      sums = merged
    }
    return sums
  }

  /// The subset sum nearest to `target`, by meeting in the middle.
  static func subsetSum(_ weights: [Double], from start: Double, nearest target: Double) -> Double {
    let half = weights.count / 2
    let low = subsetSums(Array(weights[..<half]), from: start)
    let high = subsetSums(Array(weights[half...]), from: 0)
    var best = low[0] + high[0]
    var j = high.count - 1
    for x in low {
      while true {
        let sum = x + high[j]
        if abs(sum - target) < abs(best - target) { best = sum }
        guard sum > target, j > 0 else { break }
        j -= 1
      }
    }
    return best
  }
}
