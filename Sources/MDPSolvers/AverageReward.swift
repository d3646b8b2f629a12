internal import LinearAlgebra
public import MDPs

/// The gain and bias of a problem under the average criterion.
public struct AverageSolution: Sendable, Equatable {
  /// g(s): the largest average reward a step from each state, shape (S).
  public let gain: [Double]
  /// h(s): the bias of the policy, normalised by P* h = 0 on each recurrent class, shape (S).
  public let bias: [Double]
  /// One action a state.
  public let policy: [Int]
  /// The recurrent classes of the policy's chain, each ascending.
  public let recurrentClasses: [[Int]]
  /// Whether the optimal gain is the same from every state, to rounding; certain where the structure is not multichain.
  public let hasConstantGain: Bool
  /// How the states of the model hang together.
  public let structure: ChainStructure
  /// μ₀ᵀ g.
  public let objective: Double
  /// Where the true objective lies for certain; without a proof, everywhere.
  public let objectiveBounds: ClosedRange<Double>
  /// What is proven about the gain.
  public let guarantee: Guarantee
  /// The algorithm, in words.
  public let method: String
  /// Improvement steps.
  public let iterations: Int
}

/// The largest or smallest long-run average reward a step, for models of any chain structure.
///
/// Multichain policy iteration: evaluate gain and bias of the policy by its recurrent classes, improve the gain first and
/// the bias among the actions that keep the gain. The optimality equations are
///
/// ```
/// g(s) = max_a Σ_t P(t | s, a) g(t)
/// g(s) + h(s) = max over the maximisers of [ r(s, a) + Σ_t P(t | s, a) h(t) ]
/// ```
///
/// The gain of every state is enclosed with rounding included, whatever the structure (level E2).
///
/// Source: Puterman, Markov Decision Processes (1994), §8.2 (evaluation), §9.2 (multichain policy iteration), §9.3 (linear
/// program), theorem 8.5.5 and theorem 9.1.2 (bounds); Hordijk and Kallenberg, Linear programming and Markov decision
/// chains (1979).
public struct AverageReward: Sendable {
  /// Where policy iteration starts.
  public enum Start: String, Sendable, CaseIterable {
    /// At the lowest action of each state.
    case lowestActions
    /// At the policy of the multichain linear program.
    case linearProgram
  }

  /// Whether the reward is a gain or a cost.
  public var direction: Direction
  /// Tolerance, limits, threads.
  public var options: SolverOptions

  /// Where policy iteration starts.
  public var start: Start

  /// The criterion.
  public init(
    direction: Direction = .maximise, options: SolverOptions = SolverOptions(), start: Start = .lowestActions
  ) {
    self.direction = direction
    self.options = options
    self.start = start
  }

  /// The optimal gain from every state.
  ///
  /// - Throws: ``SolverError/model(_:)``, ``SolverError/reward(state:action:value:)``.
  public func solve(_ mdp: MDP, reward: Reward) throws(SolverError) -> AverageSolution {
    let pairs: [Double]
    do { pairs = try reward.expected(in: mdp) } catch { throw .model(error) }
    return try solve(mdp, pairReward: pairs)
  }

  /// As ``solve(_:reward:)`` for a reward by pairs, shape (S·A).
  ///
  /// - Throws: ``SolverError/shape(of:expected:got:)``, ``SolverError/reward(state:action:value:)``, and
  ///   ``SolverError/linearProgram(_:)`` when it was to start from one that was not solved.
  /// - Complexity: a few linear solves an improvement step.
  public func solve(_ mdp: MDP, pairReward: [Double]) throws(SolverError) -> AverageSolution {
    let masked = try maskedRewards(pairReward, in: mdp, direction: direction, allowed: nil)
    var bellman = BellmanOperator(
      undiscounted: mdp.transitions, actionCount: mdp.actionCount, discount: 1, rewards: masked,
      rowSumDefect: mdp.largestRowSumDefect)
    bellman.threads = options.threads
    var policy = mdp.lowestActions.map { Int32($0) }
    if start == .linearProgram { policy = try MultichainProgram(bellman, weights: mdp.initialDistribution).policy() }
    var chain = ChainGain(bellman, policy: policy)
    var iterations = 0
    var ending: Ending?
    while true {
      iterations += 1
      let improved = chain.improve(&policy, bellman)
      guard improved else { break }
      chain = ChainGain(bellman, policy: policy)
      if options.progress?(iterations, .infinity) == false { ending = .cancelled }
      if iterations >= options.iterationLimit ?? 1000 { ending = .iterationLimit }
      if ending != nil { break }
    }
    return answer(mdp, bellman, chain, policy: policy, iterations: iterations, ending: ending)
  }

  /// With d = T h − h (no discount), min d ≤ the gain of the greedy policy ≤ the optimal gain ≤ max d in every state of
  /// every finite model, which closes where the gain is constant; ``GainBounds`` closes always.
  private func answer(
    _ mdp: MDP, _ bellman: BellmanOperator, _ chain: ChainGain, policy: [Int32], iterations: Int, ending: Ending?
  ) -> AverageSolution {
    let sign = direction.sign
    let components = EndComponents(
      mdp.transitions.sparseRows, actionCount: mdp.actionCount, allowed: bellman.rewards.map { $0 > -.infinity })
    var swept = chain.bias
    var greedy = policy
    let change = bellman.sweep(chain.bias, into: &swept, greedy: &greedy)
    let magnitude = chain.bias.largestMagnitude
    let noise = Up.sum(
      bellman.backupError(valueMagnitude: magnitude), Up.product(2 * unitRoundoff, Up.sum(magnitude, change.magnitude)),
      Up.product(mdp.largestRowSumDefect, magnitude))
    let least = -Up.sum(-change.least, noise)
    let largest = Up.sum(change.largest, noise)
    let spread = chain.gain.reduce(-Double.infinity, max) - chain.gain.reduce(.infinity, min)
    let isConstant = spread <= 1e-9 * max(bellman.rewardMagnitude, 1e-300)
    let single = chain.gain.reduce(0.0) { max($0, Up.sum(largest, -$1), Up.sum($1, -least)) }
    var (bound, loss) = (Double.infinity, Double.infinity)
    var (lower, upper) = (chain.gain.map { _ in least }, chain.gain.map { _ in largest })
    var proof = "none: the bounds on the number of transient steps drown in rounding"
    if single.isFinite, isConstant {
      (bound, loss) = (single, Up.sum(largest, -least))
      proof = "min and max of T h − h with rounding"
    }
    let tolerance = options.tolerance.absolute(for: chain.gain.largestMagnitude)
    if !(bound <= tolerance),
      let bounds = GainBounds(
        bellman, gain: chain.gain, bias: chain.bias, policy: policy, classes: chain.classes, components: components)
    {
      let other = chain.gain.indices.reduce(0.0) {
        max($0, Up.sum(bounds.upper[$1], -chain.gain[$1]), Up.sum(chain.gain[$1], -bounds.lower[$1]))
      }
      if other < bound {
        bound = other
        (lower, upper) = (bounds.lower, bounds.upper)
        loss = lower.indices.reduce(0.0) { max($0, Up.sum(upper[$1], -lower[$1])) }
        proof = "both optimality inequalities in every end component, and the policy's gain, with rounding"
      }
    }
    let start = mdp.initialDistribution
    let objective = start.expectation(of: chain.gain, error: 0).value
    let (low, high) = (start.expectation(of: lower, error: 0), start.expectation(of: upper, error: 0))
    let (bottom, top) = ((low.value - low.error).nextDown, Up.sum(high.value, high.error))
    let enclosure = bound < .infinity ? min(bottom, objective)...max(top, objective) : -(.infinity)...(.infinity)
    return AverageSolution(
      gain: chain.gain.map { sign < 0 ? 0 - $0 : $0 }, bias: chain.bias.map { sign < 0 ? 0 - $0 : $0 },
      policy: policy.map { Int($0) }, recurrentClasses: chain.classes, hasConstantGain: isConstant,
      structure: ChainStructure(components), objective: sign < 0 ? 0 - objective : objective,
      objectiveBounds: sign > 0 ? enclosure : -enclosure.upperBound ... -enclosure.lowerBound,
      guarantee: Guarantee(
        level: bound < .infinity ? .bounded : .approximate, errorBound: bound, policyLoss: loss, tolerance: tolerance,
        ending: bound <= tolerance ? .converged : ending ?? .toleranceNotReached, proof: proof),
      method: (self.start == .linearProgram ? "multichain linear program, then " : "") + "multichain policy iteration",
      iterations: iterations)
  }
}

/// Gain and bias of one policy.
struct ChainGain {
  var gain: [Double]
  var bias: [Double]
  let classes: [[Int]]

  init(_ bellman: BellmanOperator, policy: [Int32]) {
    let chain = bellman.transitions.rows(of: policy, actionCount: bellman.actionCount).sparseRows
    let rewards = bellman.rewards(of: policy)
    let stateCount = rewards.count
    classes = Self.recurrentClasses(of: chain)
    gain = [Double](repeating: 0, count: stateCount)
    bias = gain
    var isRecurrent = [Bool](repeating: false, count: stateCount)
    for states in classes {
      let (classGain, classBias) = Self.recurrent(chain, rewards, states)
      for (i, s) in states.enumerated() {
        isRecurrent[s] = true
        gain[s] = classGain
        bias[s] = classBias[i]
      }
    }
    let transient = (0..<stateCount).filter { !isRecurrent[$0] }
    guard !transient.isEmpty else { return }
    var place = [Int32](repeating: -1, count: stateCount)
    for (i, s) in transient.enumerated() { place[s] = Int32(i) }
    var builder = SparseRowsBuilder(columnCount: transient.count)
    for s in transient {
      for j in chain.positions(ofRow: s) where place[Int(chain.columns[j])] >= 0 {
        builder.append(column: place[Int(chain.columns[j])], value: chain.values[j])
      }
      builder.endRow()
    }
    let system = ChainSystem(chain: .sparse(builder.build()), discount: 1)
    func outflow(_ values: [Double], _ s: Int) -> Double {
      var sum = 0.0
      for j in chain.positions(ofRow: s) where place[Int(chain.columns[j])] < 0 {
        sum += chain.values[j] * values[Int(chain.columns[j])]
      }
      return sum
    }
    let gains = system.solve(transient.map { outflow(gain, $0) })
    for (i, s) in transient.enumerated() { gain[s] = gains[i] }
    let biases = system.solve(transient.map { rewards[$0] - gain[$0] + outflow(bias, $0) })
    for (i, s) in transient.enumerated() { bias[s] = biases[i] }
  }

  /// The strong components that nothing leaves, each ascending.
  static func recurrentClasses(of chain: SparseRows) -> [[Int]] {
    let strong = StrongComponents(.sparse(chain), actionCount: 1) { _ in true }
    var isClosed = [Bool](repeating: true, count: strong.count)
    for s in 0..<chain.rowCount {
      for j in chain.positions(ofRow: s) where chain.values[j] > 0 {
        if strong.component[Int(chain.columns[j])] != strong.component[s] { isClosed[Int(strong.component[s])] = false }
      }
    }
    var members = [[Int]](repeating: [], count: strong.count)
    for s in 0..<chain.rowCount { members[Int(strong.component[s])].append(s) }
    return (0..<strong.count).filter { isClosed[$0] }.map { members[$0] }
  }

  /// Gain and bias of a recurrent class: g + (I − P) h = r with h(first) = 0, then shifted so that πᵀ h = 0 for the
  /// stationary distribution π.
  private static func recurrent(
    _ chain: SparseRows, _ rewards: [Double], _ states: [Int]
  ) -> (gain: Double, bias: [Double]) {
    let n = states.count
    guard n > 1 else { return (rewards[states[0]], [0]) }
    var place: [Int32: Int] = [:]
    for (i, s) in states.enumerated() { place[Int32(s)] = i }
    guard n <= 2000 else { return largeClass(chain, rewards, states) }
    // Unknowns: g in column 0, h of the states but the first in the others.
    var matrix = Matrix(rowCount: n, columnCount: n)
    for (i, s) in states.enumerated() {
      matrix[i, 0] = 1
      if i > 0 { matrix[i, i] += 1 }
      for j in chain.positions(ofRow: s) where chain.values[j] > 0 {
        if let t = place[chain.columns[j]], t > 0 { matrix[i, t] -= chain.values[j] }
      }
    }
    guard let factors = try? LUFactorisation(matrix), let x = try? factors.solve(states.map { rewards[$0] }),
      // Row 0 of the inverse is π: M x = r has x₀ = πᵀ r.
      let stationary = try? factors.solveTransposed([1] + [Double](repeating: 0, count: n - 1))
    else { return (.nan, [Double](repeating: .nan, count: n)) }
    let relative = [0] + x.dropFirst()
    var mean = 0.0
    for (p, h) in zip(stationary, relative) { mean += p * h }
    return (x[0], relative.map { $0 - mean })
  }

  /// As above for a class whose matrix is better kept sparse.
  private static func largeClass(
    _ chain: SparseRows, _ rewards: [Double], _ states: [Int]
  ) -> (gain: Double, bias: [Double]) {
    var place: [Int32: Int] = [:]
    for (i, s) in states.enumerated() { place[Int32(s)] = i }
    var builder = SparseRowsBuilder(columnCount: states.count)
    for (i, s) in states.enumerated() {
      var row: [Int: Double] = [0: 1]
      if i > 0 { row[i, default: 0] += 1 }
      for j in chain.positions(ofRow: s) where chain.values[j] > 0 {
        if let t = place[chain.columns[j]], t > 0 { row[t, default: 0] -= chain.values[j] }
      }
      for (t, value) in row.sorted(by: { $0.key < $1.key }) where value != 0 {
        builder.append(column: Int32(t), value: value)
      }
      builder.endRow()
    }
    guard let factors = try? SparseLU(builder.build()), let x = try? factors.solve(states.map { rewards[$0] }),
      let stationary = try? factors.solveTransposed([1] + [Double](repeating: 0, count: states.count - 1))
    else { return (.nan, [Double](repeating: .nan, count: states.count)) }
    let relative = [0] + x.dropFirst()
    var mean = 0.0
    for (p, h) in zip(stationary, relative) { mean += p * h }
    return (x[0], relative.map { $0 - mean })
  }

  /// Improves the gain where it can be, the bias among gain-ties otherwise; the present action is kept on ties.
  func improve(_ policy: inout [Int32], _ bellman: BellmanOperator) -> Bool {
    let width = bellman.actionCount
    let expectedGain = bellman.transitions.expectation(of: gain)
    let tolerance = 1e-11 * max(gain.largestMagnitude, bellman.rewardMagnitude, 1e-300)
    var switched = false
    for s in policy.indices {
      let present = s * width + Int(policy[s])
      var best = present
      for k in (s * width)..<((s + 1) * width)
      where bellman.rewards[k] > -.infinity && expectedGain[k] > expectedGain[best] + tolerance {
        best = k
      }
      if best != present {
        policy[s] = Int32(best - s * width)
        switched = true
      }
    }
    if switched { return true }
    let q = bellman.actionValues(of: bias)
    let biasTolerance = 1e-11 * max(bias.largestMagnitude, bellman.rewardMagnitude, 1e-300)
    for s in policy.indices {
      let present = s * width + Int(policy[s])
      var best = present
      for k in (s * width)..<((s + 1) * width)
      where q[k] > q[best] + biasTolerance && expectedGain[k] >= expectedGain[present] - tolerance {
        best = k
      }
      if best != present {
        policy[s] = Int32(best - s * width)
        switched = true
      }
    }
    return switched
  }
}
