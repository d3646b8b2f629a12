internal import LinearAlgebra
internal import RealModule

extension ExactEvaluation {
  /// Ranking averages over n! orders; this is the largest n it does so for.
  static let rankingLimit = 7

  /// The exact value of Ranking: the average over all orders of the offline vertices.
  ///
  /// - Throws: ``MatchingError/tooLarge(what:size:limit:instead:)`` above 7 offline vertices (copies included).
  /// - Complexity: n! forward passes
  func ranking(on original: MatchingInstance) throws(MatchingError) -> MatchingValue {
    let (instance, origins) = original.withUnitCapacities
    // Isolated vertices take no part, so that only the order of the others matters.
    let last = instance.lastArrivals
    let active = last.indices.filter { last[$0] >= 0 }
    guard active.count <= Self.rankingLimit else {
      throw .tooLarge(
        what: "the number of offline vertices that Ranking orders", size: Double(active.count),
        limit: Double(Self.rankingLimit), instead: "estimate by simulation")
    }
    var success = [Double](repeating: 0, count: original.offlineCount)
    var orders = 0.0
    var failure: MatchingError?
    forEachPermutation(of: active.count) { order in
      guard failure == nil else { return }
      var ranks = [Int](repeating: 0, count: instance.offlineCount)
      for (k, rank) in order.enumerated() { ranks[active[k]] = rank }
      do throws(MatchingError) {
        let value = try value(of: RankingRule(ranks: ranks), on: instance)
        for (copy, probability) in value.successProbability.enumerated() { success[origins[copy]] += probability }
      } catch { failure = error }
      orders += 1
    }
    if let failure { throw failure }
    return MatchingValue(weights: original.weights, successProbability: success.map { $0 / orders })
  }

  /// The exact value of PerturbedGreedy for at most two offline vertices with edges, or where it equals Ranking because
  /// every arrival has the same p_uv w_u > 0 on all its edges.
  ///
  /// For two vertices a run depends on the ratio (1 − e^(y_0−1)) / (1 − e^(y_1−1)) only through which of the cut values
  /// p_1v w_1 / (p_0v w_0) it exceeds; each interval between cuts is one deterministic run.
  func perturbedGreedy(on original: MatchingInstance) throws(MatchingError) -> MatchingValue {
    let (instance, origins) = original.withUnitCapacities
    let same = instance.arrivals.allSatisfy { edges in
      guard let first = edges.first else { return true }
      let gain = first.probability * instance.weights[first.offline]
      return edges.count < 2
        || gain > 0 && edges.allSatisfy { $0.probability * instance.weights[$0.offline] == gain }
    }
    if same { return try ranking(on: original) }
    let last = instance.lastArrivals
    let active = last.indices.filter { last[$0] >= 0 }
    guard active.count == 2 else {
      throw .noExactValue(
        algorithm: "perturbed-greedy",
        reason: "it needs at most 2 offline vertices, or equal expected gains at each arrival; estimate by simulation")
    }
    let (first, second) = (active[0], active[1])
    var cuts: [Double] = []
    for edges in instance.arrivals where edges.count == 2 {
      let gain = edges[0].probability * instance.weights[first]
      if gain > 0 { cuts.append(edges[1].probability * instance.weights[second] / gain) }
    }
    cuts = ([0] + cuts.sorted()).reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    var success = [Double](repeating: 0, count: original.offlineCount)
    for (k, cut) in cuts.enumerated() {
      let next = k + 1 < cuts.count ? cuts[k + 1] : .infinity
      let probability = Self.ratioDistribution(next) - Self.ratioDistribution(cut)
      guard probability > 0 else { continue }
      var factors = [Double](repeating: 1, count: instance.offlineCount)
      // A representative ratio strictly between the cuts, with both factors at most 1.
      let ratio = next.isFinite ? (cut + next) / 2 : 2 * cut + 1
      factors[first] = min(1, ratio)
      factors[second] = min(1, 1 / ratio)
      let value = try value(of: PerturbedGreedyRule(factors: factors), on: instance)
      for (copy, p) in value.successProbability.enumerated() { success[origins[copy]] += probability * p }
    }
    return MatchingValue(weights: original.weights, successProbability: success)
  }

  /// P(Z_0 / Z_1 ≤ c) for independent Z = 1 − e^(y−1) with y uniform on [0, 1].
  ///
  /// P(Z ≤ z) = −ln(1 − z) up to z = 1 − 1/e, so that the value is ∫_0^1 min(1, −ln(1 − c (1 − e^(y−1)))) dy, smooth on
  /// either side of the y where c (1 − e^(y−1)) = 1 − 1/e; Gauss–Legendre quadrature on each side.
  static func ratioDistribution(_ c: Double) -> Double {
    guard c > 0 else { return 0 }
    guard c.isFinite else { return 1 }
    let top = 1 - Double.exp(-1)
    // Below the kink the integrand is 1.
    let kink = c <= 1 ? 0 : 1 + Double.log(1 - top / c)
    return kink
      + integral(from: kink, to: 1) { y in -Double.log(onePlus: -min(top, c * -Double.expMinusOne(y - 1))) }
  }

  /// Gauss–Legendre quadrature with 5 points on each of 200 equal panels.
  private static func integral(from lower: Double, to upper: Double, _ f: (Double) -> Double) -> Double {
    let nodes = [0, 0.538_469_310_105_683_1, 0.906_179_845_938_664]
    let weights = [0.568_888_888_888_888_9, 0.478_628_670_499_366_5, 0.236_926_885_056_189_1]
    let panels = 200
    var sum = 0.0
    for k in 0..<panels {
      let a = lower + (upper - lower) * Double(k) / Double(panels)
      let b = lower + (upper - lower) * Double(k + 1) / Double(panels)
      let (middle, half) = ((a + b) / 2, (b - a) / 2)
      sum += half * weights[0] * f(middle)
      for j in 1...2 { sum += half * weights[j] * (f(middle - half * nodes[j]) + f(middle + half * nodes[j])) }
    }
    return sum
  }
}

/// Calls `body` with every arrangement of 0 ..< `count` (Heap's algorithm); once with the empty one for 0.
func forEachPermutation(of count: Int, _ body: ([Int]) -> Void) {
  var order = Array(0..<count)
  var counters = [Int](repeating: 0, count: count)
  body(order)
  var i = 1
  while i < count {
    if counters[i] < i {
      order.swapAt(i % 2 == 0 ? 0 : counters[i], i)
      body(order)
      counters[i] += 1
      i = 1
    } else {
      counters[i] = 0
      i += 1
    }
  }
}
