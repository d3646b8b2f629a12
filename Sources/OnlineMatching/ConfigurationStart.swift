internal import LinearPrograms

/// Where column generation for a ``ConfigurationProgram`` starts: an optimal solution of a program with one variable an
/// edge, taken apart into configurations, and its prices of the arrivals.
///
/// For stochastic rewards that program is the compact form, which has the same value. For truncated rewards it is the
/// matching program, with
///
/// ```
/// Σ_v y_uv ≤ ⌊1/p⌋ + z_u,  0 ≤ z_u ≤ 1,  objective  w_u (p Σ_v y_uv − (p − (1 − p ⌊1/p⌋)) z_u)
/// ```
///
/// for a vertex whose edges all have probability p: min(1, p |S|) is concave in |S|, so that this is the configuration
/// program of that vertex. Where every vertex is of that kind the start is optimal; else it is near.
struct ConfigurationStart {
  /// For each offline vertex its configurations, as ascending positions in its neighbours.
  private(set) var configurations: [[[Int]]]
  /// β, shape (m).
  private(set) var prices: [Double]

  /// The start for an instance of unit capacities.
  ///
  /// - Complexity: one linear program with O(E) coefficients
  init(_ instance: MatchingInstance, _ reward: ConfigurationProgram.Reward) throws(LinearProgramError) {
    let layout = EdgeLayout(instance)
    let solution =
      reward == .stochastic
      ? try MatchingPrograms.stochasticCompactMethod.solve(MatchingPrograms.stochasticCompactProgram(layout))
      : try Self.truncatedProgram(layout).solve()
    prices = [Double](repeating: 0, count: instance.arrivalCount)
    // The rows of the arrivals come first, without those of arrivals that have no edges.
    for (row, v) in instance.arrivals.indices.filter({ !instance.arrivals[$0].isEmpty }).enumerated() {
      prices[v] = max(0, solution.dual[row])
    }
    configurations = []
    for members in layout.byOffline {
      let amounts = members.map { min(1, max(0, solution.primal[$0])) }
      let probabilities = members.map { layout.edges[$0].probability }
      configurations.append(
        reward == .stochastic
          ? Self.stoppingSets(amounts, probabilities) : Self.evenSets(amounts, probabilities))
    }
  }

  private static func truncatedProgram(_ layout: EdgeLayout) throws(LinearProgramError) -> LinearProgram {
    var program = try layout.program()
    for members in layout.byOffline {
      guard let first = members.first else { continue }
      let edge = layout.edges[first]
      let p = edge.probability
      if members.allSatisfy({ layout.edges[$0].probability == p }) {
        // 1/p that is whole but for rounding counts as whole.
        let whole = (1 / p + 1e-9).rounded(.down)
        let lost = max(0, p - max(0, 1 - p * whole))
        let extra = try program.addColumn(cost: -layout.weights[edge.offline] * lost, bounds: .init(0, 1))
        try program.addRow(.atMost(whole), entries: members.map { ($0, 1) } + [(extra, -1)])
      } else {
        try program.addRow(.atMost(1), entries: members.map { ($0, layout.edges[$0].probability) })
      }
    }
    return program
  }

  /// Sets whose mixture contains each position with its amount in [0, 1], their sizes at most one apart.
  ///
  /// The amounts are laid end to end, by ascending probability so that the sets are alike; the set of t in [0, 1) has the
  /// positions that cover t, t + 1, t + 2, ….
  static func evenSets(_ amounts: [Double], _ probabilities: [Double]) -> [[Int]] {
    let order = amounts.indices.filter { amounts[$0] > 1e-9 }
      .sorted { (probabilities[$0], $0) < (probabilities[$1], $1) }
    var ends: [Double] = []
    var total = 0.0
    for k in order {
      total += amounts[k]
      ends.append(total)
    }
    let cuts = ([0, 1] + ends.map { $0 - $0.rounded(.down) }).sorted()
    var sets: [[Int]] = []
    for (low, high) in zip(cuts, cuts.dropFirst()) where high - low > 1e-9 {
      let t = (low + high) / 2
      var set: [Int] = []
      var start = 0.0
      for (k, end) in zip(order, ends) {
        if (end - t).rounded(.up) > (start - t).rounded(.up) { set.append(k) }
        start = end
      }
      if !set.isEmpty { sets.append(set.sorted()) }
    }
    return sets
  }

  /// Sets tried in order until success whose mixture attempts each position with its amount: at each position the sets that
  /// are still open are taken one after the other until their mass is the amount, the last of them in part.
  static func stoppingSets(_ amounts: [Double], _ probabilities: [Double]) -> [[Int]] {
    // Open mass: the amount of the set times the chance that it has not succeeded.
    var parts: [(set: [Int], open: Double)] = [([], 1)]
    for k in amounts.indices where amounts[k] > 1e-9 {
      var needed = amounts[k]
      for i in parts.indices where parts[i].open > 1e-12 && needed > 1e-12 {
        if parts[i].open > needed + 1e-12 {
          parts.append((parts[i].set, parts[i].open - needed))
          parts[i].open = needed
        }
        needed -= parts[i].open
        parts[i].set.append(k)
        parts[i].open *= 1 - probabilities[k]
      }
    }
    return parts.map(\.set).filter { !$0.isEmpty }
  }
}
