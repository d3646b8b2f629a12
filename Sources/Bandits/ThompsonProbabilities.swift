internal import RealModule

/// The probability that Beta-Thompson sampling takes each arm, given successes and failures.
///
/// P(arm a is the largest) = ∫ f_a(x) Π_{b ≠ a} F_b(x) dx with densities and distribution functions of beta laws with whole
/// parameters. Those are polynomials, so Gauss-Legendre nodes of enough number integrate the product exactly (up to
/// rounding). For two arms this equals the finite sum of the literature.
struct ThompsonProbabilities {
  private let armCount: Int
  private let weights: [Double]
  /// f and F at every node for s successes and f failures, at ((s · (T + 1) + f) · nodes).
  private let density: [Double]
  private let distribution: [Double]
  private let side: Int

  init(armCount: Int, horizon: Int) {
    self.armCount = armCount
    // The product has degree (number of pulls) + K − 1; n nodes are exact up to degree 2 n − 1.
    let (nodes, weights) = GaussLegendre.rule((max(0, horizon) + armCount) / 2 + 1)
    self.weights = weights
    side = max(1, horizon)
    var density = [Double](repeating: 0, count: side * side * nodes.count)
    var distribution = density
    for (k, x) in nodes.enumerated() {
      // law[s] = P(Bin(n, x) = s), n growing; f = (n + 1) law_n[s], F = P(Bin(n + 1, x) ≥ s + 1).
      var law = [1.0]
      for n in 0..<side {
        var next = [Double](repeating: 0, count: n + 2)
        for s in 0...n {
          next[s] += law[s] * (1 - x)
          next[s + 1] += law[s] * x
        }
        var tail = 0.0
        for s in (0...n).reversed() {
          tail += next[s + 1]
          let place = (s * side + (n - s)) * nodes.count + k
          density[place] = Double(n + 1) * law[s]
          distribution[place] = tail
        }
        law = next
      }
    }
    self.density = density
    self.distribution = distribution
  }

  /// Fills in the probability of every arm after the counts `parts`.
  func fill(_ time: Int, _ parts: [Int], _ into: inout [Double]) {
    let count = weights.count
    var total = 0.0
    for arm in 0..<armCount {
      let own = (parts[2 * arm] * side + parts[2 * arm + 1]) * count
      var sum = 0.0
      for k in 0..<count {
        var product = weights[k] * density[own + k]
        for other in 0..<armCount where other != arm {
          product *= distribution[(parts[2 * other] * side + parts[2 * other + 1]) * count + k]
        }
        sum += product
      }
      into[arm] = sum
      total += sum
    }
    // The sum is 1 up to rounding of the nodes; what is left is shared in proportion.
    for arm in 0..<armCount { into[arm] /= total }
  }
}

/// Nodes and weights of Gauss-Legendre quadrature.
enum GaussLegendre {
  /// The rule with `count` nodes on [0, 1]: roots of the Legendre polynomial by Newton's method.
  static func rule(_ count: Int) -> (nodes: [Double], weights: [Double]) {
    var nodes = [Double](repeating: 0, count: count)
    var weights = nodes
    for i in 0..<count {
      var x = Double.cos(Double.pi * (Double(i) + 0.75) / (Double(count) + 0.5))
      var slope = 1.0
      for _ in 0..<100 {
        var p = 1.0, previous = 0.0
        for n in 1...count {
          (p, previous) = ((Double(2 * n - 1) * x * p - Double(n - 1) * previous) / Double(n), p)
        }
        slope = Double(count) * (x * p - previous) / (x * x - 1)
        let step = p / slope
        x -= step
        if abs(step) < 1e-16 { break }
      }
      nodes[i] = (1 - x) / 2
      weights[i] = 1 / ((1 - x * x) * slope * slope)
    }
    return (nodes, weights)
  }
}
