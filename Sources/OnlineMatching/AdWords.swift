internal import LinearPrograms
internal import RealModule

/// An instance of AdWords: advertisers with budgets, queries that arrive in order with the bids on them. A query goes to one
/// advertiser, who pays the bid, but never more than is left of the budget.
///
/// With all bids 1 it is b-matching, the budgets being the capacities; with budgets 1 as well it is classical matching.
///
/// Source: Mehta, Saberi, Vazirani, Vazirani (2007).
public struct AdWordsInstance: Sendable, Equatable {
  /// What an advertiser offers for a query.
  public struct Bid: Sendable, Hashable {
    /// The advertiser.
    public let advertiser: Int
    /// The bid, above 0.
    public let amount: Double

    /// A bid of `amount` by `advertiser`; checked when an instance takes it in.
    public init(_ advertiser: Int, _ amount: Double) {
      self.advertiser = advertiser
      self.amount = amount
    }
  }

  /// The budget of each advertiser, shape (n), each above 0.
  public let budgets: [Double]
  /// The bids on each query, by ascending advertiser; those of 0 are dropped.
  public let queries: [[Bid]]

  /// An instance from its parts, which are checked.
  ///
  /// - Throws: ``MatchingError`` naming the advertiser or the query and bid.
  public init(budgets: [Double], queries: [[Bid]]) throws(MatchingError) {
    for (u, budget) in budgets.enumerated() where !(budget > 0 && budget.isFinite) {
      throw .parameter(name: "the budget of advertiser \(u)", value: budget, needed: "positive and finite")
    }
    var checked: [[Bid]] = []
    for (v, bids) in queries.enumerated() {
      for (k, bid) in bids.enumerated() {
        guard budgets.indices.contains(bid.advertiser) else {
          throw .offlineVertex(arrival: v, edge: k, value: bid.advertiser, count: budgets.count)
        }
        guard bid.amount >= 0, bid.amount.isFinite else {
          throw .parameter(name: "bid \(k) on query \(v)", value: bid.amount, needed: "at least 0 and finite")
        }
      }
      let sorted = bids.sorted { $0.advertiser < $1.advertiser }
      for k in sorted.indices.dropFirst() where sorted[k].advertiser == sorted[k - 1].advertiser {
        throw .duplicateEdge(arrival: v, offline: sorted[k].advertiser)
      }
      checked.append(sorted.filter { $0.amount > 0 })
    }
    self.budgets = budgets
    self.queries = checked
  }

  /// The largest revenue of any fractional assignment, the bound that competitive ratios of AdWords are taken to:
  ///
  /// ```
  /// maximise Σ b_uv x_uv,   Σ_v b_uv x_uv ≤ B_u for each u,   Σ_u x_uv ≤ 1 for each v,   x ≥ 0
  /// ```
  ///
  /// - Throws: ``MatchingError/linearProgram(name:reason:)``.
  public func allocationBound() throws(MatchingError) -> BenchmarkValue {
    let solution: LinearProgramSolution
    do throws(LinearProgramError) {
      var program = LinearProgram(.maximise)
      var spent = [[(column: Int, value: Double)]](repeating: [], count: budgets.count)
      for bids in queries where !bids.isEmpty {
        var entries: [(column: Int, value: Double)] = []
        for bid in bids {
          let column = try program.addColumn(cost: bid.amount)
          entries.append((column, 1))
          spent[bid.advertiser].append((column, bid.amount))
        }
        try program.addRow(.atMost(1), entries: entries)
      }
      for (u, entries) in spent.enumerated() where !entries.isEmpty {
        try program.addRow(.atMost(budgets[u]), entries: entries)
      }
      solution = try program.solve()
    } catch { throw .linearProgram(name: "lp-allocation", reason: error.description) }
    return BenchmarkValue(try solution.optimum(of: .matchingProgram))
  }
}

/// The algorithms for AdWords, by the name used in files and on the command line. Ties go to the lowest advertiser.
public enum AdWordsAlgorithm: String, CaseIterable, Sendable {
  /// To the largest payment min(bid, what is left of the budget). Ratio 1/2.
  case greedy
  /// To the bidder who has spent the least fraction of the budget: deterministic Balance of b-matching where bids are equal.
  ///
  /// Source: Kalyanasundaram, Pruhs (2000).
  case balance
  /// To the largest bid · (1 − e^(fraction spent − 1)): ratio 1 − 1/e for bids small against budgets.
  ///
  /// Source: Mehta, Saberi, Vazirani, Vazirani (2007).
  case smallBids = "msvv"
  /// The same in infinitesimal pieces of each query: water-filling, ratio 1 − 1/e for any bids.
  case waterFilling = "water-filling"

  /// What each advertiser pays in all, shape (n).
  ///
  /// - Complexity: O(bids); water-filling times the number of bits.
  public func payments(on instance: AdWordsInstance) -> [Double] {
    var spent = [Double](repeating: 0, count: instance.budgets.count)
    for bids in instance.queries {
      let open = bids.filter { spent[$0.advertiser] < instance.budgets[$0.advertiser] }
      if self == .waterFilling {
        Self.pour(open, instance.budgets, &spent)
        continue
      }
      var best: (bid: AdWordsInstance.Bid, score: Double)?
      for bid in open {
        let budget = instance.budgets[bid.advertiser]
        let fraction = spent[bid.advertiser] / budget
        let score =
          switch self {
          case .greedy: min(bid.amount, budget - spent[bid.advertiser])
          case .balance: -fraction
          case .smallBids, .waterFilling: bid.amount * -Double.expMinusOne(fraction - 1)
          }
        if score > (best?.score ?? -.infinity) + tieTolerance { best = (bid, score) }
      }
      guard let bid = best?.bid else { continue }
      spent[bid.advertiser] = min(instance.budgets[bid.advertiser], spent[bid.advertiser] + bid.amount)
    }
    return spent
  }

  /// Spreads one query: the largest level τ with Σ_u x_u = 1, where u takes x_u until bid (1 − e^(fraction − 1)) falls to τ;
  /// all budgets are used up where not even τ = 0 reaches 1.
  private static func pour(_ bids: [AdWordsInstance.Bid], _ budgets: [Double], _ spent: inout [Double]) {
    func parts(_ level: Double) -> [Double] {
      bids.map { bid in
        guard level < bid.amount else { return 0 }
        let budget = budgets[bid.advertiser]
        let fraction = min(1, 1 + Double.log(onePlus: -level / bid.amount))
        return max(0, fraction * budget - spent[bid.advertiser]) / bid.amount
      }
    }
    var low = 0.0
    var high = bids.reduce(0) { max($0, $1.amount) }
    guard parts(0).reduce(0, +) > 1 else {
      for bid in bids { spent[bid.advertiser] = budgets[bid.advertiser] }
      return
    }
    for _ in 0..<100 {
      let middle = (low + high) / 2
      if parts(middle).reduce(0, +) > 1 { low = middle } else { high = middle }
    }
    for (bid, part) in zip(bids, parts(high)) {
      spent[bid.advertiser] = min(budgets[bid.advertiser], spent[bid.advertiser] + part * bid.amount)
    }
  }
}
