internal import LinearAlgebra
public import MDPs

/// A deterministic policy found for some reward, with how often it visits each state.
public struct Play: Sendable {
  /// The action of each state, shape (S).
  public let policy: [Int]
  /// A, the number of actions.
  public let actionCount: Int
  /// Σ_a d(s, a), shape (S): the discounted number of visits.
  public let visits: [Double]
  /// The optimal values under the reward it was found for, negated when that was minimised, shape (S): where the next
  /// search starts.
  public let values: [Double]
  /// The factored system of the policy, where that is small enough to keep.
  fileprivate let system: ChainSystem?

  /// ⟨x, d⟩ for a reward by pairs, with a compensated sum.
  ///
  /// - Complexity: O(S)
  public func expectedReturn(of x: [Double]) -> Double {
    precondition(x.count == policy.count * actionCount, "one reward a state-action pair is needed")
    var (sum, lost) = (0.0, 0.0)
    for s in policy.indices {
      let term = visits[s] * x[s * actionCount + policy[s]]
      let next = sum + term
      lost += abs(sum) >= abs(term) ? (sum - next) + term : (term - next) + sum
      sum = next
    }
    return sum + lost
  }

  /// The same play for the reward times `factor` > 0.
  public func scaled(by factor: Double) -> Play {
    Play(
      policy: policy, actionCount: actionCount, visits: visits, values: values.map { factor * $0 }, system: system)
  }

  /// d, shape (S·A).
  public var occupancy: OccupancyMeasure {
    var values = [Double](repeating: 0, count: policy.count * actionCount)
    for s in policy.indices { values[s * actionCount + policy[s]] = visits[s] }
    return OccupancyMeasure(values: values, actionCount: actionCount)
  }
}

/// Finds optimal play for one reward after another on one model: for searches that look at many neighbouring rewards.
///
/// Each search starts from the play of a neighbour. On small and on dense models it is policy iteration on factored
/// systems, which are kept with the play; on larger sparse ones sweeps from the neighbour's values, as long as the model
/// mixes well. What is found comes with the bounds that one plain sweep proves; ``provenBounds(of:direction:near:)`` asks
/// for tight ones.
///
/// Source: Puterman, Markov Decision Processes (1994), §6.4 and §6.5.
public struct PlaySearch: Sendable {
  /// The world.
  public let mdp: MDP
  private let allowed: [Bool]?
  /// How many threads one search may use; results do not depend on it.
  public var threads = processorCount

  /// The most states for which a factored system is kept with its play.
  private static let keptSystemLimit = 1500

  /// A search on `mdp`.
  ///
  /// - Parameters:
  ///   - mdp: the world; its discount must be below 1.
  ///   - allowed: shape (S·A): the actions that may be played, beside availability; nil allows all.
  public init(_ mdp: MDP, allowed: [Bool]? = nil) {
    self.mdp = mdp
    self.allowed = allowed
  }

  /// Whether searches are made of sweeps and may well run at the same time.
  public var isSwept: Bool { mdp.isSwept }

  /// A policy of largest (or least) return under `x`, shape (S·A), and bounds of that return.
  ///
  /// - Throws: ``SolverError``
  /// - Complexity: O(S³) a policy tried up to the direct limit; O(stored transitions) a sweep beyond.
  public func optimum(
    of x: [Double], direction: Direction, from start: Play? = nil
  ) throws(SolverError) -> (play: Play, bounds: ClosedRange<Double>) {
    let problem = try DiscountedProblem(mdp, pairReward: x, direction: direction, allowed: allowed)
    return isSwept ? sweptOptimum(problem, from: start) : factoredOptimum(problem, from: start)
  }

  /// Bounds of the optimal return under `x`, as tight as the solvers prove, from a play that is near the optimum.
  ///
  /// - Throws: ``SolverError``
  public func provenBounds(
    of x: [Double], direction: Direction, near play: Play
  ) throws(SolverError) -> ClosedRange<Double> {
    let problem = try DiscountedProblem(mdp, pairReward: x, direction: direction, allowed: allowed)
    let solver = AutomaticSolver(options: SolverOptions(tolerance: .relative(1e-11), threads: threads))
    return problem.solve(using: solver, from: play.policy).objectiveBounds
  }

  private func factoredOptimum(
    _ problem: DiscountedProblem, from start: Play?
  ) -> (play: Play, bounds: ClosedRange<Double>) {
    var bellman = problem.bellman
    bellman.threads = threads
    var (policy, _) = bellman.firstPolicy(from: start?.policy)
    var system =
      start.flatMap { $0.policy.elementsEqual(policy.lazy.map { Int($0) }) ? $0.system : nil }
      ?? ChainSystem(bellman, policy: policy)
    var v: [Double]
    var q: [Double]
    var steps = 0
    while true {
      v = system.solve(bellman.rewards(of: policy))
      var swept = v
      _ = bellman.sweep(v, into: &swept, policy: policy)
      for s in v.indices { swept[s] -= v[s] }
      let correction = system.solve(swept)
      for s in v.indices { v[s] += correction[s] }
      q = bellman.actionValues(of: v)
      let threshold = 2 * bellman.backupError(valueMagnitude: v.largestMagnitude)
      steps += 1
      guard steps < 1000, bellman.improve(&policy, by: q, threshold: threshold) else { break }
      system = ChainSystem(bellman, policy: policy)
    }
    let chosen = policy.map { Int($0) }
    let visits: [Double]
    if let start, start.policy == chosen {
      visits = start.visits
    } else {
      visits = system.refinedVisits(from: mdp.initialDistribution)
    }
    let play = Play(
      policy: chosen, actionCount: mdp.actionCount, visits: visits, values: v,
      system: mdp.stateCount <= Self.keptSystemLimit ? system : nil)
    return (play, bounds(problem, values: v, actionValues: q))
  }

  private func sweptOptimum(
    _ problem: DiscountedProblem, from start: Play?
  ) -> (play: Play, bounds: ClosedRange<Double>) {
    var bellman = problem.bellman
    bellman.threads = threads
    let swept = bellman.sweptPolicy(from: start?.values)
    if swept == nil, mdp.stateCount <= AutomaticSolver.directStateLimit {
      return factoredOptimum(problem, from: start)
    }
    let (values, policy) = swept.map { ($0.values, $0.policy) } ?? solvedPolicy(problem, from: start)
    return (
      play(of: policy, values: values, near: start), bounds(problem, values: values, actionValues: nil)
    )
  }

  /// Where sweeps contract slowly: by the solvers for such problems.
  private func solvedPolicy(_ problem: DiscountedProblem, from start: Play?) -> (values: [Double], policy: [Int32]) {
    let solver = AutomaticSolver(options: SolverOptions(tolerance: .relative(1e-11), threads: threads))
    let solution = problem.solve(using: solver, from: start?.policy)
    let sign = problem.direction.sign
    return (sign < 0 ? solution.values.map { -$0 } : solution.values, solution.policy.map { Int32($0) })
  }

  /// What one sweep proves about the optimal return.
  private func bounds(
    _ problem: DiscountedProblem, values: [Double], actionValues: [Double]?
  ) -> ClosedRange<Double> {
    let certificate = problem.bellman.certificate(from: values, actionValues: actionValues, tolerance: 0)
    return problem.returnBounds(values: certificate.values, error: certificate.errorBound)
  }

  /// The play of a policy whose values are known, negated where the reward was minimised.
  ///
  /// - Parameters:
  ///   - policy: the action of each state.
  ///   - values: its values, shape (S).
  ///   - start: a play that is not far.
  /// - Returns: the play with its visits.
  public func play(of policy: [Int32], values: [Double], near start: Play?) -> Play {
    let visits: [Double]
    if let start, start.policy.elementsEqual(policy.lazy.map { Int($0) }) {
      visits = start.visits
    } else {
      let chain = mdp.transitions.rows(of: policy, actionCount: mdp.actionCount)
      visits = chain.visits(from: mdp.initialDistribution, discount: mdp.discount, near: start?.visits)
    }
    return Play(
      policy: policy.map { Int($0) }, actionCount: mdp.actionCount, visits: visits, values: values, system: nil)
  }
}

extension DiscountedProblem {
  /// Where the optimal return lies, from optimal values in maximum form that are off by at most `error`.
  func returnBounds(values: [Double], error: Double) -> ClosedRange<Double> {
    let (value, error) = mdp.initialDistribution.expectation(of: values, error: error)
    guard error < .infinity else { return -(.infinity)...(.infinity) }
    let range = (value - error).nextDown...(value + error).nextUp
    return direction == .minimise ? -range.upperBound...(-range.lowerBound) : range
  }
}

extension MDP {
  /// Whether sweeps are tried before factorisations: on sparse models of more than a few hundred states, and on all that
  /// are too large to factor.
  var isSwept: Bool {
    guard case .sparse = transitions else { return stateCount > AutomaticSolver.directStateLimit }
    return stateCount > 400
  }
}

extension BellmanOperator {
  /// Modified policy iteration from given values until they are within `tolerance`, or down to the rounding of a sweep;
  /// nil when that takes many sweeps.
  ///
  /// - Returns: values with a bound of their error, and the greedy policy of the values before the last sweep.
  func sweptPolicy(
    from values: [Double]?, tolerance: Double = 0
  ) -> (values: [Double], policy: [Int32], error: Double)? {
    var run = ModifiedPolicyIterationRun(self)
    if let values { run.start(from: values) }
    var (previous, slow) = (Double.infinity, 0)
    var (depth, reached) = (20.0, Double.infinity)
    for _ in 0..<60 {
      run.improve()
      let bounds = ValueBounds(self, run.change, startMagnitude: run.startMagnitude)
      let error = bounds.halfWidth(magnitude: run.change.magnitude)
      guard error.isFinite else { return nil }
      run.shift(by: bounds.middle)
      let goal = max(4 * bounds.floor, tolerance)
      if error <= goal { return (run.swept, run.policy, error) }
      slow = error > 0.3 * previous ? slow + 1 : 0
      if slow >= 5 { return nil }
      previous = error
      // Where a look at all actions undoes nothing of what the last policy's sweeps gained, the policy is nearly settled,
      // and its sweeps may go further. A span of `enough` leaves half of the goal.
      depth = run.change.span <= reached ? min(50 * depth, 1e8) : 20
      let enough = (goal - bounds.floor) * slack / contraction
      reached = max(run.change.span / depth, enough)
      run.evaluate(sweepLimit: 100, to: reached)
    }
    return nil
  }
}

extension Transitions {
  /// (I − γ P)⁻ᵀ μ of a square chain.
  ///
  /// The iteration d ← μ + γ Pᵀ d keeps a total mass that is right from the start, so that its error shrinks at the rate at
  /// which the chain mixes. Where that is slow, Krylov methods take over.
  ///
  /// - Parameters:
  ///   - start: μ.
  ///   - discount: γ.
  ///   - guess: the visits of a chain that is not far.
  /// - Returns: the visits, with the residual of rounding.
  func visits(from start: [Double], discount: Double, near guess: [Double]? = nil) -> [Double] {
    var visits = guess ?? start
    let mass = visits.reduce(0, +)
    let goal = start.reduce(0, +) / (1 - discount)
    let ratio = mass > 0 ? goal / mass : 0
    if ratio > 0, ratio.isFinite { for s in visits.indices { visits[s] *= ratio } }
    var (previous, slow) = (Double.infinity, 0)
    for step in 0..<400 {
      let next = visitSweep(visits, start: start, discount: discount)
      let change = next.withUnsafeBufferPointer { x in
        visits.withUnsafeBufferPointer { y in
          var sum = 0.0
          for s in 0..<x.count { sum += abs(x[s] - y[s]) }
          return sum
        }
      }
      visits = next
      // What is left is the rounding of a sweep: it no longer falls.
      if change <= 4e-16 * goal || (change <= 1e-13 * goal && change > 0.7 * previous) { return visits }
      slow = step > 10 && change > 0.8 * previous ? slow + 1 : 0
      if slow >= 5 { break }
      previous = change
    }
    let method: LinearMethod = rowCount > AutomaticSolver.directStateLimit ? .krylov : .automatic
    return ChainSystem(chain: self, discount: discount, method: method).refinedVisits(from: start)
  }

  /// μ + γ Pᵀ d.
  private func visitSweep(_ visits: [Double], start: [Double], discount: Double) -> [Double] {
    var result = start
    result.withUnsafeMutableBufferPointer { out in
      visits.withUnsafeBufferPointer { d in
        switch self {
        case .dense(let matrix):
          let n = matrix.columnCount
          matrix.elements.withUnsafeBufferPointer { p in
            for s in 0..<d.count {
              let weight = discount * d[s]
              for t in 0..<n { out[t] += weight * p[s &* n &+ t] }
            }
          }
        case .sparse(let rows):
          rows.rowStarts.withUnsafeBufferPointer { starts in
            rows.columns.withUnsafeBufferPointer { columns in
              rows.values.withUnsafeBufferPointer { p in
                for s in 0..<d.count {
                  let weight = discount * d[s]
                  for k in starts[s]..<starts[s &+ 1] { out[Int(columns[k])] += weight * p[k] }
                }
              }
            }
          }
        }
      }
    }
    return result
  }
}
