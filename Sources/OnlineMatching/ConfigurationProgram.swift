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
/// The master starts from the configurations of a program with one variable an edge (``ConfigurationStart``). Its value is
/// a lower bound. Any prices β ≥ 0 of the arrivals with the best value of each vertex at them are a dual solution, an upper
/// bound; columns are priced half way between the master's prices and the best ones so far, which keeps them from swinging.
/// It ends when the bounds meet or no column improves by more than 1e-9.
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
    guard roundLimit >= 1 else {
      throw .linearProgram(name: name.rawValue, reason: "the round limit must be at least 1")
    }
    let (generation, found, offers, rounds) = try solving(name) { () throws(LinearProgramError) in
      var generation = try ColumnGeneration(self, instance)
      let start = try ConfigurationStart(instance, reward)
      for (u, sets) in start.configurations.enumerated() { for set in sets { try generation.add(u, set) } }
      // The best prices so far: those with the smallest bound.
      var best = generation.offers(at: start.prices)
      for (u, offer) in best.offers.enumerated() { try generation.add(u, offer.members) }
      var solution = try generation.master.solve()
      var rounds = 1
      while solution.status == .optimal, rounds < roundLimit,
        best.bound - solution.dualObjective > 1e-10 * (1 + best.bound)
      {
        let dual = solution.dual.map { max(0, $0) }
        var added = false
        // Prices of the master swing; half way to the best so far the columns are useful to more masters to come.
        for inertia in [0.5, 0] where !added {
          let here = zip(dual.dropFirst(instance.offlineCount), best.prices).map {
            (1 - inertia) * $0 + inertia * $1
          }
          let offered = generation.offers(at: here)
          for (u, offer) in offered.offers.enumerated() where generation.gain(u, offer.members, dual) > 1e-9 {
            if try generation.add(u, offer.members) { added = true }
          }
          if offered.bound < best.bound { best = offered }
        }
        guard added else { break }
        solution = try generation.master.solve(from: solution.basis)
        rounds += 1
      }
      return (generation, solution, best, rounds)
    }
    let solution = try found.optimum(of: name)
    return Solution(
      value: BenchmarkValue(
        value: solution.objective, lower: solution.objective, upper: offers.bound, rounds: rounds),
      configurations: zip(generation.columns, solution.primal).filter { $0.1 > 0 }
        .map { Use(configuration: $0.0, amount: $0.1) },
      offlinePrices: offers.offers.map { max(0, $0.bound) }, arrivalPrices: offers.prices,
      columnCount: generation.columns.count)
  }
}

/// The master program with the columns known so far.
private struct ColumnGeneration {
  /// The best configuration of each offline vertex at some prices of the arrivals, and the bound that it proves: the prices
  /// with the best value of each vertex are a dual solution.
  struct Offers {
    var prices: [Double]
    var offers: [ConfigurationPricing.Best]
    var bound: Double
  }

  let program: ConfigurationProgram
  let weights: [Double]
  let neighbours: [[(arrival: Int, probability: Double)]]
  private(set) var master = LinearProgram(.maximise)
  private(set) var columns: [ConfigurationProgram.Configuration] = []
  private var known: Set<ConfigurationProgram.Configuration> = []

  init(_ program: ConfigurationProgram, _ instance: MatchingInstance) throws(LinearProgramError) {
    self.program = program
    weights = instance.weights
    neighbours = instance.neighbours
    for _ in 0..<(instance.offlineCount + instance.arrivalCount) { try master.addRow(.atMost(1)) }
  }

  /// Adds a configuration, given by positions in the neighbours; false for one that is known or earns nothing.
  @discardableResult
  mutating func add(_ u: Int, _ members: [Int]) throws(LinearProgramError) -> Bool {
    guard weights[u] > 0, !members.isEmpty else { return false }
    let configuration = ConfigurationProgram.Configuration(
      offline: u, arrivals: members.map { neighbours[u][$0].arrival })
    guard known.insert(configuration).inserted else { return false }
    let (value, uses) = program.reward.worth(members.map { neighbours[u][$0].probability })
    try master.addColumn(
      cost: weights[u] * value,
      entries: [(u, 1)] + zip(configuration.arrivals, uses).map { (weights.count + $0.0, $0.1) })
    columns.append(configuration)
    return true
  }

  /// The reduced cost of a configuration at the master's dual solution.
  func gain(_ u: Int, _ members: [Int], _ dual: [Double]) -> Double {
    let (value, uses) = program.reward.worth(members.map { neighbours[u][$0].probability })
    return zip(members, uses).reduce(weights[u] * value - dual[u]) {
      $0 - dual[weights.count + neighbours[u][$1.0].arrival] * $1.1
    }
  }

  func offers(at prices: [Double]) -> Offers {
    let offers = weights.indices.map { u in
      let pricing = ConfigurationPricing(
        weight: weights[u], neighbours: neighbours[u], prices: neighbours[u].map { prices[$0.arrival] })
      return program.reward == .stochastic
        ? pricing.stochastic() : pricing.truncated(nodeLimit: program.pricingLimit)
    }
    return Offers(
      prices: prices, offers: offers, bound: prices.reduce(0, +) + offers.reduce(0) { $0 + max(0, $1.bound) })
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
