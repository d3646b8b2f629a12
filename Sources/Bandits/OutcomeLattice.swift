/// The numberings of compositions: how t pulls may have split into successes and failures of each arm.
///
/// A composition of t into d parts c₁ … c_d has the rank Σ_{i<d} C(c₁ + … + c_i + i − 1, i), which does not mention t: one
/// more in part j moves it to a rank in the next layer that the same binomials give.
struct OutcomeLattice: Sendable {
  /// d = 2 K: successes and failures of every arm.
  let partCount: Int
  /// The largest t.
  let horizon: Int
  /// C(n, i) for i in 0..<d, row after row of n.
  private let binomials: [Int]

  /// The number of compositions of `total` into `parts` parts, as a number that may be large.
  static func count(total: Int, parts: Int) -> Double {
    var product = 1.0
    for i in 1..<max(1, parts) { product *= Double(total + i) / Double(i) }
    return product
  }

  init(armCount: Int, horizon: Int) {
    let d = 2 * armCount
    partCount = d
    self.horizon = horizon
    var table = [Int](repeating: 0, count: (horizon + d + 1) * d)
    for n in 0...(horizon + d) {
      table[n * d] = 1
      for i in 1..<d where n > 0 { table[n * d + i] = table[(n - 1) * d + i] + table[(n - 1) * d + i - 1] }
    }
    binomials = table
  }

  /// How many states layer t has.
  func stateCount(_ t: Int) -> Int { t == 0 ? 1 : binomials[(t + partCount - 1) * partCount + partCount - 1] }

  /// Visits the compositions of `t` in the order of their ranks.
  ///
  /// - Parameters:
  ///   - t: How many pulls were made.
  ///   - body: Gets the rank, the parts (successes and failures of arm 0, of arm 1, …), and for every part the rank
  ///   that one more in it leads to.
  func forEachState(_ t: Int, _ body: (_ rank: Int, _ parts: [Int], _ successors: [Int]) -> Void) {
    let d = partCount
    // b[i] = c₁ + … + c_{i+1} + i strictly increases; b runs over the (d − 1)-subsets of 0 ..< t + d − 1 in colexicographic
    // order, which is the order of ranks.
    var b = Array(0..<(d - 1))
    var parts = [Int](repeating: 0, count: d)
    var successors = [Int](repeating: 0, count: d)
    let limit = t + d - 1
    var rank = 0
    while true {
      var previous = -1
      var below = 0
      for i in 0..<(d - 1) {
        parts[i] = b[i] - previous - 1
        previous = b[i]
      }
      parts[d - 1] = limit - 1 - previous
      var above = 0
      for i in 0..<(d - 1) { above += binomials[(b[i] + 1) * d + i + 1] }
      for i in 0..<(d - 1) {
        successors[i] = below + above
        below += binomials[b[i] * d + i + 1]
        above -= binomials[(b[i] + 1) * d + i + 1]
      }
      successors[d - 1] = below
      body(rank, parts, successors)
      rank += 1
      var i = 0
      while i < d - 2, b[i] + 1 == b[i + 1] {
        b[i] = i
        i += 1
      }
      b[i] += 1
      if b[d - 2] >= limit { return }
    }
  }
}
