internal import LinearAlgebra
internal import MDPs

/// Value iteration from below and above on a problem that ends: interval iteration, and the optimistic variant that guesses
/// the upper end.
///
/// Both ends are swept in place, states near the end first (Gauss–Seidel). Rounded sums with non-negative weights are
/// monotone, so that an end which starts on the right side of its own sweep stays there to within the rounding of one
/// sweep. At last both ends are moved apart by a multiple of the expected number of steps h ≥ 1 + Σ p h, which makes room
/// for that rounding, and handed to ``EnclosureCheck``: the check alone is the proof.
///
/// Source: Haddad and Monmege, Interval iteration algorithm for MDPs and IMDPs (2018); Baier, Klein, Leuschner, Parker and
/// Wunderlich, Ensuring the reliability of your model checker (2017); Hartmanns and Kaminski (2020).
struct StoppingIteration {
  let problem: StoppingProblem
  let options: SolverOptions
  /// Where all values lie, when that is known: [0, 1] for probabilities, in maximum form.
  let range: ClosedRange<Double>?

  /// Solves by one of the two methods.
  ///
  /// - Parameters:
  ///   - method: not `.automatic`.
  ///   - start: a policy that ends from every state.
  /// - Returns: values with what each may be off; not reaching the tolerance is part of the answer.
  /// - Throws: ``SolverError/noStartingBounds``.
  func solve(by method: StoppingMethod, from start: [Int32]) throws(SolverError) -> StoppingSolver.Answer {
    var run = Run(self, from: start)
    switch method {
    case .optimisticValueIteration: run.runOptimistically()
    case .automatic, .intervalIteration:
      guard let upper = startAbove() else { throw .noStartingBounds }
      run.upper = upper
      run.squeeze()
    }
    return run.answer(method.rawValue)
  }

  /// Values below v* that rise under T: those of a policy that ends, a little lowered.
  fileprivate func startBelow(from policy: [Int32]) -> [Double] {
    let bellman = problem.bellman
    if let range { return [Double](repeating: range.lowerBound, count: bellman.stateCount) }
    var values = [Double](repeating: 0, count: bellman.stateCount)
    if bellman.rewards.allSatisfy({ $0 >= 0 || $0 == -.infinity }) { return values }
    let system = ChainSystem(
      chain: bellman.transitions.rows(of: policy, actionCount: bellman.actionCount), discount: 1)
    let own = system.solve(bellman.rewards(of: policy))
    let steps = system.solve([Double](repeating: 1, count: values.count))
    let room = 1e-6 * max(own.largestMagnitude, bellman.rewardMagnitude, .leastNormalMagnitude)
    for s in values.indices { values[s] = own[s] - room * steps[s] }
    return values
  }

  /// Values above v* that fall under T; nil where none are known.
  private func startAbove() -> [Double]? {
    let bellman = problem.bellman
    if let range { return [Double](repeating: range.upperBound, count: bellman.stateCount) }
    let most = bellman.rewards.reduce(-Double.infinity) { max($0, $1) }
    if most <= 0 { return [Double](repeating: 0, count: bellman.stateCount) }
    guard problem.everyPolicyEnds, let steps = problem.mostSteps() else { return nil }
    return steps.map { 2 * most * $0 }
  }
}

/// The two ends as they move.
private struct Run {
  let iteration: StoppingIteration
  let bellman: BellmanOperator
  let order: [Int32]
  var lower: [Double]
  var upper: [Double] = []
  var sweeps = 0
  var ending: Ending?
  let limit: Int

  init(_ iteration: StoppingIteration, from start: [Int32]) {
    self.iteration = iteration
    bellman = iteration.problem.bellman
    order = iteration.problem.nearestFirst()
    lower = iteration.startBelow(from: start)
    limit = iteration.options.iterationLimit ?? max(10_000, 4_000_000_000 / max(1, bellman.transitions.storedCount))
  }

  private var tolerance: Double { iteration.options.tolerance.absolute(for: lower.largestMagnitude) }

  /// Half the largest distance of the ends.
  private var halfWidth: Double { zip(lower, upper).reduce(0) { max($0, $1.1 - $1.0) } / 2 }

  private mutating func mayGoOn(_ width: Double) -> Bool {
    sweeps += 1
    if sweeps >= limit { ending = .iterationLimit }
    if iteration.options.progress?(sweeps, width) == false { ending = .cancelled }
    return ending == nil
  }

  /// Sweeps both ends until they meet, or neither moves.
  mutating func squeeze() {
    while halfWidth > tolerance * 0.9 {
      let below = bellman.gaussSeidelSweep(&lower, order: order)
      let above = bellman.gaussSeidelSweep(&upper, order: order)
      if below.largest <= 0, above.least >= 0 { return }
      if !mayGoOn(halfWidth) { return }
    }
  }

  /// Sweeps from below until little changes, guesses the upper end, and verifies it; with a tighter rule where that fails.
  mutating func runOptimistically() {
    var rule = max(tolerance, 1e-12)
    while true {
      while true {
        let change = bellman.gaussSeidelSweep(&lower, order: order)
        if change.largest <= rule { break }
        if !mayGoOn(.infinity) { return guess(floor) }
      }
      guess(max(1.8 * tolerance, floor))
      let budget = sweeps + 100
      while true {
        let above = bellman.gaussSeidelSweep(&upper, order: order)
        // The whole sweep went down: T upper ≤ upper.
        if above.largest <= 0 {
          squeeze()
          return
        }
        _ = bellman.gaussSeidelSweep(&lower, order: order)
        if !mayGoOn(.infinity) { return }
        if sweeps > 2 * budget || zip(lower, upper).contains(where: { $0 > $1 }) { break }
      }
      rule /= 4
      if rule < 1e-300 {
        ending = .toleranceNotReached
        return
      }
    }
  }

  /// Below this a guess is no wider than the rounding of the sweeps that should verify it.
  private var floor: Double { 16 * bellman.backupError(valueMagnitude: lower.largestMagnitude) }

  private mutating func guess(_ width: Double) { upper = lower.map { $0 + width } }

  /// Moves the ends apart by what rounding needs, and has them checked.
  func answer(_ name: String) -> StoppingSolver.Answer {
    let problem = iteration.problem
    let check = EnclosureCheck(problem: problem)
    let q = bellman.actionValues(of: lower)
    var policy: [Int32]?
    var slack = bellman.backupError(valueMagnitude: max(lower.largestMagnitude, upper.largestMagnitude))
    // The policy ends and plays only what holds the lower end up.
    for margin in [0, slack, 8 * slack] where policy == nil {
      let width = bellman.actionCount
      policy = problem.policyThatEnds(by: q.indices.map { q[$0] > -.infinity && q[$0] >= lower[$0 / width] - margin })
    }
    let middle = zip(lower, upper).map { $0 + ($1 - $0) / 2 }
    let method = name.split(separator: "-").joined(separator: " ")
    let unproven = StoppingSolver.Answer(
      values: ExtendedVector(middle), policy: policy ?? problem.policyThatEnds(),
      errors: [Double](repeating: .infinity, count: lower.count), level: .approximate,
      proof: "none: the ends did not pass the check", iterations: sweeps, ending: ending, method: method)
    guard let policy, let most = problem.mostSteps(near: upper) else { return unproven }
    let own = ChainSystem(
      chain: bellman.transitions.rows(of: policy, actionCount: bellman.actionCount), discount: 1
    ).solve([Double](repeating: 1, count: lower.count))
    slack = max(4 * slack, .leastNormalMagnitude)
    for _ in 0..<24 {
      let low = zip(lower, own).map { $0 - slack * $1 }
      let high = zip(upper, most).map { $0 + slack * $1 }
      if check.holdsAbove(high), check.holdsBelow(low, policy: policy) {
        let values = zip(low, high).map { $0 + ($1 - $0) / 2 }
        return StoppingSolver.Answer(
          values: ExtendedVector(values), policy: policy,
          errors: values.indices.map { max(high[$0] - values[$0], values[$0] - low[$0]).nextUp }, level: .bounded,
          proof:
            "no action leads above the upper end, a policy that ends attains the lower; checked without the solver",
          iterations: sweeps, ending: ending, method: method)
      }
      slack *= 4
    }
    return unproven
  }
}

extension StoppingProblem {
  /// The states by their distance from the end, nearest first, so that a sweep in place carries news all the way.
  fileprivate func nearestFirst() -> [Int32] {
    let rows = bellman.transitions.sparseRows
    let width = bellman.actionCount
    var into = [[Int32]](repeating: [], count: bellman.stateCount)
    var isSeen = [Bool](repeating: false, count: bellman.stateCount)
    var order: [Int32] = []
    for s in isSeen.indices {
      for k in (s * width)..<((s + 1) * width) where bellman.rewards[k] > -.infinity {
        if !staysInside[k], !isSeen[s] {
          isSeen[s] = true
          order.append(Int32(s))
        }
        for j in rows.positions(ofRow: k) { into[Int(rows.columns[j])].append(Int32(s)) }
      }
    }
    var next = 0
    while next < order.count {
      for s in into[Int(order[next])] where !isSeen[Int(s)] {
        isSeen[Int(s)] = true
        order.append(s)
      }
      next += 1
    }
    return order + isSeen.indices.filter { !isSeen[$0] }.map { Int32($0) }
  }
}
