internal import LinearPrograms

/// The configuration programs B1 and B2, solved by column generation with exact pricing.
///
/// A configuration of u is a set S of its neighbours; x_uS says how much of it is used.
///
/// ```
/// maximise  Σ w_u value(u, S) x_uS
/// Σ_S x_uS ≤ 1 for each u,   Σ_{u, S ∋ v} use(u, S, v) x_uS ≤ 1 for each v,   x ≥ 0
///
/// truncated (B1):   value = min(1, Σ_{v ∈ S} p_uv)       use = 1
/// stochastic (B2):  value = 1 − Π_{v ∈ S} (1 − p_uv)     use = Π_{v' ∈ S before v} (1 − p_uv')
/// ```
///
/// The master value is a lower bound; with the duals α, β, adding every positive best reduced cost of a vertex to it gives
/// an upper bound, because the right side of each vertex's row is 1. Pricing stops when no column improves by more than
/// 1e-9.
///
/// Source: Huang, Zhang (arXiv 2002.01802) for B1; B2 derived here, see the paper page.
public struct ConfigurationProgram: Sendable, Equatable {
  /// What a configuration is worth.
  public enum Reward: Sendable, Equatable {
    /// B1: min(1, Σ p). No bound on the clairvoyant optimum unless probabilities are small.
    case truncated
    /// B2: the probability that u succeeds when it is tried with S until it does.
    case stochastic
  }

  /// One column of the program.
  public struct Configuration: Sendable, Equatable, Hashable {
    /// The offline vertex (a copy, where capacities are above 1).
    public let offline: Int
    /// S: the arrivals, ascending.
    public let arrivals: [Int]
  }

  /// How much of a configuration an optimal solution uses.
  public struct Use: Sendable, Equatable {
    /// The configuration.
    public let configuration: Configuration
    /// x_uS, above 0.
    public let amount: Double
  }

  /// The optimum with its certificate.
  public struct Solution: Sendable, Equatable {
    /// The value and its proven interval.
    public let value: BenchmarkValue
    /// The configurations in use with their x.
    public let configurations: [Use]
    /// α: the price of each offline vertex (copy).
    public let offlinePrices: [Double]
    /// β: the price of each arrival.
    public let arrivalPrices: [Double]
    /// How many columns were generated.
    public let columnCount: Int
  }

  /// What a configuration is worth.
  public var reward: Reward
  /// The largest number of master programs solved.
  public var roundLimit: Int
  /// The largest number of branch-and-bound nodes of one pricing of B1 with unequal probabilities; beyond it the bound of
  /// the relaxation is used, so that the interval stays proven.
  public var pricingLimit: Int

  /// The program with its limits.
  public init(_ reward: Reward, roundLimit: Int = 10_000, pricingLimit: Int = 200_000) {
    self.reward = reward
    self.roundLimit = roundLimit
    self.pricingLimit = pricingLimit
  }

  /// Solves the program for `instance` (with copies of vertices of capacity above 1).
  ///
  /// - Throws: ``MatchingError/linearProgram(name:reason:)``.
  public func solve(_ original: MatchingInstance) throws(MatchingError) -> Solution {
    let instance = original.withUnitCapacities.instance
    let name: MatchingBenchmark =
      reward == .truncated ? .configurationProgram : .stochasticConfigurationProgram
    let neighbours = instance.neighbours
    let n = instance.offlineCount
    var columns: [Configuration] = []
    var prices = [Double](repeating: 0, count: n + instance.arrivalCount)
    var upper = Double.infinity
    var rounds = 0
    let found = try solving(name) { () throws(LinearProgramError) -> LinearProgramSolution? in
      var master = LinearProgram(.maximise)
      for _ in 0..<(n + instance.arrivalCount) { try master.addRow(.atMost(1)) }
      var known: Set<Configuration> = []
      var solution: LinearProgramSolution?
      while rounds < roundLimit {
        var added = false
        var slack = 0.0
        for u in 0..<n where !neighbours[u].isEmpty && instance.weights[u] > 0 {
          let pricing = ConfigurationPricing(
            weight: instance.weights[u], neighbours: neighbours[u],
            prices: neighbours[u].map { prices[n + $0.arrival] })
          let best = reward == .stochastic ? pricing.stochastic() : pricing.truncated(nodeLimit: pricingLimit)
          slack += max(0, best.bound - prices[u])
          guard best.value - prices[u] > 1e-9 else { continue }
          let configuration = Configuration(offline: u, arrivals: best.members.map { neighbours[u][$0].arrival })
          guard known.insert(configuration).inserted else { continue }
          let (value, uses) = reward.worth(best.members.map { neighbours[u][$0].probability })
          try master.addColumn(
            cost: instance.weights[u] * value,
            entries: [(u, 1)] + zip(configuration.arrivals, uses).map { (n + $0.0, $0.1) })
          columns.append(configuration)
          added = true
        }
        if let solution { upper = min(upper, solution.dualObjective + slack) }
        guard added || solution == nil else { break }
        let next = try master.solve(from: solution?.basis)
        rounds += 1
        solution = next
        prices = next.dual.map { max(0, $0) }
        guard next.status == .optimal else { break }
      }
      return solution
    }
    guard let found else { throw .linearProgram(name: name.rawValue, reason: "the round limit must be at least 1") }
    let solution = try found.optimum(of: name)
    return Solution(
      value: BenchmarkValue(value: solution.objective, lower: solution.objective, upper: upper, rounds: rounds),
      configurations: zip(columns, solution.primal).filter { $0.1 > 0 }.map { Use(configuration: $0.0, amount: $0.1) },
      offlinePrices: Array(prices.prefix(n)), arrivalPrices: Array(prices.dropFirst(n)), columnCount: columns.count)
  }
}

extension ConfigurationProgram.Reward {
  /// The value (without weight) and the use of each arrival, for a configuration with these probabilities in order.
  func worth(_ probabilities: [Double]) -> (value: Double, uses: [Double]) {
    switch self {
    case .truncated:
      return (min(1, probabilities.reduce(0, +)), [Double](repeating: 1, count: probabilities.count))
    case .stochastic:
      var open = 1.0
      var uses: [Double] = []
      for p in probabilities {
        uses.append(open)
        open *= 1 - p
      }
      return (1 - open, uses)
    }
  }
}

/// The best configuration of one offline vertex at given prices of the arrivals.
struct ConfigurationPricing {
  /// A configuration (positions in N_u, ascending), its value net of prices, and a bound on the best such value.
  struct Best: Equatable {
    var members: [Int]
    var value: Double
    var bound: Double
  }

  let weight: Double
  let neighbours: [(arrival: Int, probability: Double)]
  /// β of each neighbour, at least 0.
  let prices: [Double]

  /// Stochastic rewards: backwards through N_u, F ← max(F, p_v w − β_v + (1 − p_v) F). Exact, O(degree).
  func stochastic() -> Best {
    var best = 0.0
    var members: [Int] = []
    for k in neighbours.indices.reversed() {
      let p = neighbours[k].probability
      let taken = p * weight - prices[k] + (1 - p) * best
      if taken > best {
        best = taken
        members.append(k)
      }
    }
    return Best(members: members.reversed(), value: best, bound: best)
  }

  /// Truncated rewards: the largest w min(1, p(S)) − β(S).
  ///
  /// For equal probabilities the cheapest arrivals are best, so that prefixes by price are enough. Otherwise branch and
  /// bound, the bound being the fractional optimum, which takes arrivals by ascending β/p until the price reaches the weight
  /// or the probabilities sum to 1.
  func truncated(nodeLimit: Int) -> Best {
    let order = neighbours.indices.sorted {
      (prices[$0] / neighbours[$0].probability, $0) < (prices[$1] / neighbours[$1].probability, $1)
    }
    let first = neighbours.first?.probability ?? 1
    return neighbours.allSatisfy { $0.probability == first }
      ? prefixes(order, probability: first) : branchAndBound(order, nodeLimit: nodeLimit)
  }

  private func prefixes(_ order: [Int], probability: Double) -> Best {
    var best = Best(members: [], value: 0, bound: 0)
    var price = 0.0
    for (k, position) in order.enumerated() {
      price += prices[position]
      let value = weight * min(1, Double(k + 1) * probability) - price
      if value > best.value { best = Best(members: Array(order.prefix(k + 1)), value: value, bound: value) }
      if Double(k + 1) * probability >= 1 { break }
    }
    best.members.sort()
    return best
  }

  private func branchAndBound(_ order: [Int], nodeLimit: Int) -> Best {
    let p = order.map { neighbours[$0].probability }
    let beta = order.map { prices[$0] }
    var best = 0.0
    var bestSet: [Int] = []
    var chosen: [Int] = []
    var nodes = 0
    // The best bound among the subtrees that were cut off by the node limit.
    var unexplored = -Double.infinity

    func relaxation(from start: Int, mass: Double) -> Double {
      var room = 1 - mass
      var gain = 0.0
      var k = start
      while k < p.count, room > 0 {
        let net = weight - beta[k] / p[k]
        if net <= 0 { break }
        let take = min(room, p[k])
        gain += take * net
        room -= take
        k += 1
      }
      return gain
    }

    func visit(_ k: Int, mass: Double, value: Double) {
      // value = w min(1, mass) − β so far
      if value > best {
        best = value
        bestSet = chosen
      }
      guard k < p.count, mass < 1 else { return }
      let bound = value + relaxation(from: k, mass: mass)
      guard bound > best + 1e-12 else { return }
      guard nodes < nodeLimit else {
        unexplored = max(unexplored, bound)
        return
      }
      nodes += 1
      let after = min(1, mass + p[k])
      chosen.append(k)
      visit(k + 1, mass: after, value: value + weight * (after - mass) - beta[k])
      chosen.removeLast()
      visit(k + 1, mass: mass, value: value)
    }
    visit(0, mass: 0, value: 0)
    return Best(members: bestSet.map { order[$0] }.sorted(), value: best, bound: max(best, unexplored))
  }
}
