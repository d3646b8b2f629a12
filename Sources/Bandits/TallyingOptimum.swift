internal import LinearAlgebra

/// The least total mean loss of a tallying bandit over a horizon, and the sequence of plays that has it.
///
/// ```
/// V_T = 0,   V_t(s) = min_a [ h_a(tally(s, a)) + V_{t+1}(s · a) ],   OPT_T = V_0(empty)
/// ```
///
/// over compressed histories (`HistoryGraph`); when no play is forgotten within the horizon and all weights are 1, only
/// counts matter and a knapsack over arms gives the same (``Method/counts``).
///
/// Source: Malik, Li, Singh, COLT 2022, lemma 1.
public struct TallyingOptimum: Sendable {
  /// How the optimum was found.
  public enum Method: String, Sendable {
    /// Backward recursion over histories.
    case histories
    /// Knapsack over how often each arm is played.
    case counts
  }

  /// OPT_T, the least total of mean losses.
  public let totalLoss: Double
  /// The lexicographically first optimal sequence, shape (T): at each step the lowest arm within 1e-12 of the best.
  public let sequence: [Int]
  /// How the optimum was found.
  public let method: Method
  /// How many states the recursion had, after compression.
  public let compressedStateCount: Int

  /// The most states that are made unless another budget is given.
  public static let defaultStateBudget = 20_000_000

  /// Solves `bandit` over `horizon` steps.
  ///
  /// - Parameters:
  ///   - bandit: The bandit.
  ///   - horizon: T ≥ 0.
  ///   - stateBudget: The most states to make.
  /// - Throws: ``BanditError/horizon(_:)``, ``BanditError/tooManyStates(needed:budget:)``.
  /// - Complexity: O(T · states · arms) time; the sequence costs a factor log T more when all layers do not fit memory.
  public init(
    _ bandit: TallyingBandit, horizon: Int, stateBudget: Int = TallyingOptimum.defaultStateBudget
  ) throws(BanditError) {
    guard horizon >= 0 else { throw .horizon(horizon) }
    if bandit.armCount == 1 || horizon == 0 {
      totalLoss = horizon == 0 ? 0 : bandit.constantLoss(of: 0, horizon: horizon)
      sequence = [Int](repeating: 0, count: horizon)
      method = .counts
      compressedStateCount = 1
      return
    }
    if bandit.countsSuffice(horizon: horizon) {
      let work = Double(bandit.armCount) * Double(horizon) * Double(horizon)
      guard work <= 1e11 else { throw .tooManyStates(needed: work, budget: stateBudget) }
      let counts = Self.knapsack(bandit, horizon: horizon)
      totalLoss = counts.totals[horizon]
      sequence = counts.plays.enumerated().flatMap { [Int](repeating: $0, count: $1) }
      method = .counts
      compressedStateCount = bandit.armCount * (horizon + 1)
      return
    }
    let graph = try HistoryGraph(bandit, horizon: horizon, budget: stateBudget)
    let recursion = BackwardRecursion(graph: graph)
    (totalLoss, sequence) = recursion.solve(horizon: horizon)
    method = .histories
    compressedStateCount = graph.stateCount
  }

  /// Least totals by number of plays for every suffix of arms; then the most plays of the lowest arm first.
  fileprivate static func knapsack(
    _ bandit: TallyingBandit, horizon: Int
  ) -> (totals: [Double], plays: [Int]) {
    let counts = 0...horizon
    var cumulative: [[Double]] = []
    for arm in 0..<bandit.armCount {
      var total = 0.0
      cumulative.append(
        counts.map { n in
          if n > 0 { total += bandit.losses[arm](Double(n)) }
          return total
        })
    }
    var suffix = [cumulative[bandit.armCount - 1]]
    for arm in (0..<(bandit.armCount - 1)).reversed() {
      let own = cumulative[arm]
      let rest = suffix[0]
      suffix.insert(
        counts.map { n in
          var best = Double.infinity
          for k in 0...n {
            let total = own[k] + rest[n - k]
            if total < best { best = total }
          }
          return best
        }, at: 0)
    }
    var plays: [Int] = []
    var left = horizon
    for arm in 0..<(bandit.armCount - 1) {
      let n = left
      let own = cumulative[arm], rest = suffix[arm + 1]
      let enough = suffix[arm][n] + 1e-12
      let most = (0...n).last { (k: Int) -> Bool in own[k] + rest[n - k] <= enough } ?? 0
      plays.append(most)
      left -= most
    }
    plays.append(left)
    return (suffix[0], plays)
  }
}

extension TallyingBandit {
  /// Whether only counts matter within `horizon`: unit weights and nothing forgotten.
  func countsSuffice(horizon: Int) -> Bool { memory >= horizon && weights.allSatisfy(\.areUnit) }

  /// How many (time, history) pairs the recursion over full histories visits in `horizon` steps: Σ_t K^min(t, m−1);
  /// nil when that is beyond 2⁵³.
  public func fullStateCount(horizon: Int) -> Int? {
    var count = 0.0
    var layer = 1.0
    for t in 0..<max(0, horizon) {
      if t >= memory - 1 || (t > 0 && armCount == 1) {
        count += layer * Double(horizon - t)
        break
      }
      count += layer
      layer *= Double(armCount)
      if count > 0x1p53 { return nil }
    }
    return count > 0x1p53 ? nil : Int(count)
  }

  /// OPT_t, the least total loss of t steps, for every t in 0...`horizon`.
  ///
  /// - Parameters:
  ///   - horizon: T ≥ 0.
  ///   - stateBudget: The most states to make.
  /// - Returns: T + 1 totals; the first is 0.
  /// - Throws: ``BanditError/tooManyStates(needed:budget:)``.
  /// - Complexity: O(T · states · arms).
  public func optimalTotals(
    horizon: Int, stateBudget: Int = TallyingOptimum.defaultStateBudget
  ) throws(BanditError) -> [Double] {
    if armCount == 1 { return (0...horizon).map { constantLoss(of: 0, horizon: $0) } }
    if countsSuffice(horizon: horizon), armCount * horizon <= stateBudget {
      return TallyingOptimum.knapsack(self, horizon: horizon).totals
    }
    let graph = try HistoryGraph(self, horizon: horizon, budget: stateBudget)
    let n = graph.stateCount, edges = graph.edgeCount
    var cheapest = [Double](repeating: .infinity, count: n)
    cheapest[0] = 0
    var totals = [0.0]
    for _ in 0..<horizon {
      var arrived = [Double](repeating: .infinity, count: n)
      var least = Double.infinity
      for state in 0..<n where cheapest[state] < .infinity {
        for edge in (state * edges)..<((state + 1) * edges) {
          let total = cheapest[state] + graph.cost[edge]
          if total < arrived[Int(graph.next[edge])] { arrived[Int(graph.next[edge])] = total }
          if total < least { least = total }
        }
      }
      totals.append(least)
      cheapest = arrived
    }
    return totals
  }
}

/// The recursion over a history graph, with the sequence recovered by halving the horizon when layers do not fit memory.
struct BackwardRecursion {
  let graph: HistoryGraph
  /// How many numbers of layers may be kept at once.
  private let keptNumbers = 1 << 26

  /// A walk from the empty history along optimal plays.
  private struct Walk {
    var code: HistoryGraph.Code = 0
    var sequence: [Int] = []
    /// The optimum of the whole horizon, known at the first step.
    var total: Double?
  }

  /// OPT from a history, the empty one by default, and the lexicographically first sequence.
  func solve(horizon: Int, from start: HistoryGraph.Code = 0) -> (loss: Double, sequence: [Int]) {
    var walk = Walk(code: start)
    walk.sequence.reserveCapacity(horizon)
    descend(steps: horizon, from: [Double](repeating: 0, count: graph.stateCount), isEnd: true, &walk)
    return (walk.total ?? 0, walk.sequence)
  }

  /// V_{t} from V_{t+1}.
  private func step(_ values: [Double]) -> [Double] {
    let edges = graph.edgeCount
    return [Double](unsafeUninitializedCapacity: graph.stateCount) { buffer, count in
      let out = UncheckedBuffer(buffer)
      // Pointers: the gather is the whole cost of the recursion, and the graph's indices were made by us.
      graph.next.withUnsafeBufferPointer { next in
        graph.cost.withUnsafeBufferPointer { cost in
          values.withUnsafeBufferPointer { values in
            let (next, cost, values) = (UncheckedBuffer(next), UncheckedBuffer(cost), UncheckedBuffer(values))
            forEachRange(of: graph.stateCount, minimumPerWorker: 1 << 15) { states in
              for state in states {
                var best = Double.infinity
                var edge = state &* edges
                for _ in 0..<edges {
                  let total = cost.base[edge] + values.base[Int(next.base[edge])]
                  if total < best { best = total }
                  edge &+= 1
                }
                out.base[state] = best
              }
            }
          }
        }
      }
      count = graph.stateCount
    }
  }

  /// Walks `steps` plays, given the values after them.
  private func descend(steps: Int, from end: [Double], isEnd: Bool, _ walk: inout Walk) {
    let block = max(1, keptNumbers / max(1, graph.stateCount))
    if steps > block {
      let half = steps / 2
      var middle = end
      for _ in 0..<(steps - half) { middle = step(middle) }
      descend(steps: half, from: middle, isEnd: false, &walk)
      descend(steps: steps - half, from: end, isEnd: isEnd, &walk)
      return
    }
    // layers[k] holds the values with k plays of this block to go.
    var layers = [end]
    for _ in 0..<max(0, steps - 1) { layers.append(step(layers[layers.count - 1])) }
    for t in 0..<steps {
      let after = layers[steps - 1 - t]
      let isLast = isEnd && t == steps - 1
      let totals = graph.arms.indices.map { edge -> Double in
        let loss = graph.loss(walk.code, edge: edge)
        return isLast ? loss : loss + after[graph.state(of: graph.appending(edge, to: walk.code))]
      }
      let best = totals.min() ?? 0
      if walk.total == nil { walk.total = best }
      let edge = totals.firstIndex { $0 <= best + 1e-12 } ?? 0
      walk.sequence.append(graph.arms[edge])
      walk.code = graph.appending(edge, to: walk.code)
    }
  }
}

/// A pointer handed to parallel ranges that touch disjoint places, or only read.
private struct UncheckedBuffer<Base>: @unchecked Sendable {
  let base: Base
  init<Element>(_ buffer: UnsafeMutableBufferPointer<Element>) where Base == UnsafeMutableBufferPointer<Element> {
    base = buffer
  }
  init<Element>(_ buffer: UnsafeBufferPointer<Element>) where Base == UnsafeBufferPointer<Element> { base = buffer }
}
