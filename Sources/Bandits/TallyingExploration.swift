public import Simulation

/// The exact method for tallying bandits without noise (ALGdet): plays every arm m times in a row, which reveals all its
/// losses, then an optimal continuation from the history that this leaves.
///
/// Complete policy regret is at most m (K + 1).
///
/// Source: Malik, Li, Singh, COLT 2022.
public struct TallyingExploration: EnumerablePolicy {
  private let armCount: Int
  private let memory: Int
  private let horizon: Int
  /// The losses seen at the counts 1, 2, … of each arm.
  private var tables: [[Double]]
  private var step = 0
  /// The plays after the exploration, once it is over.
  private var plan: [Int] = []

  /// A fresh learner.
  ///
  /// - Parameters:
  ///   - armCount: K.
  ///   - memory: m.
  ///   - horizon: T.
  public init(armCount: Int, memory: Int, horizon: Int) {
    self.armCount = armCount
    self.memory = memory
    self.horizon = horizon
    tables = [[Double]](repeating: [], count: armCount)
  }

  private var next: Int {
    let exploring = armCount * memory
    if step < exploring { return step / memory }
    return plan.isEmpty ? 0 : plan[min(step - exploring, plan.count - 1)]
  }

  /// The next play.
  public mutating func choose(using stream: inout RandomStream) -> Int {
    let arm = next
    step += 1
    return arm
  }

  /// Takes in the loss of an exploring play; after the last of them the plan is made.
  public mutating func learn(arm: Int, reward: Double, using stream: inout RandomStream) {
    guard tables[arm].count < memory, plan.isEmpty else { return }
    tables[arm].append(1 - reward)
    if step == armCount * memory, horizon > step { makePlan() }
  }

  private mutating func makePlan() {
    let history = [Int](repeating: armCount - 1, count: memory - 1)
    do throws(BanditError) {
      let learnt = try TallyingBandit(losses: tables.map { .table($0) }, weights: .unit(memory: memory))
      plan = try learnt.optimalContinuation(after: history, steps: horizon - step)
    } catch {
      // Checked before the first play; a bandit whose histories are too many all the same gets its best single arm.
      let last = tables.map { $0.last ?? 1 }
      plan = [last.indices.min { last[$0] < last[$1] } ?? 0]
    }
  }

  /// All mass on the next arm.
  public func distribution() -> [Double] {
    let next = next
    return (0..<armCount).map { $0 == next ? 1 : 0 }
  }
}

extension TallyingBandit {
  /// The lexicographically first sequence of `steps` plays of least total loss after the plays `history`.
  ///
  /// - Parameters:
  ///   - history: The last plays, oldest first.
  ///   - steps: How many plays follow.
  ///   - stateBudget: The most histories to make.
  /// - Returns: The plays.
  /// - Throws: ``BanditError/tooManyStates(needed:budget:)``.
  /// - Complexity: O(steps · states · arms).
  public func optimalContinuation(
    after history: [Int], steps: Int, stateBudget: Int = MinimumMeanCycle.defaultStateBudget
  ) throws(BanditError) -> [Int] {
    guard steps > 0 else { return [] }
    if armCount == 1 { return [Int](repeating: 0, count: steps) }
    let graph = try HistoryGraph(self, horizon: nil, budget: stateBudget)
    return BackwardRecursion(graph: graph).solve(horizon: steps, from: graph.code(after: history)).sequence
  }
}
