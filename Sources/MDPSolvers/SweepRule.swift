internal import MDPs

/// When methods that sweep come to an end: asked after each plain (Jacobi) sweep, whose bounds hold whatever the values that
/// it started from.
struct SweepRule {
  private let options: SolverOptions
  /// How the method ended, once it has.
  private(set) var ending = Ending.toleranceNotReached
  /// The absolute tolerance for values of the size last seen.
  private(set) var tolerance = 0.0
  /// The proven error after the last sweep, at the middle of its bounds.
  private(set) var error = Double.infinity
  private var leastSpan = Double.infinity
  private var sweepsWithoutProgress = 0

  /// Sweeps allowed without a new least span of T v − v. In exact arithmetic it falls by γ each time once the policy has
  /// settled; near discount 1 rounding may stop it long before it is as small as the rounding itself.
  private static let patience = 100

  init(_ options: SolverOptions) { self.options = options }

  /// Whether to stop after a sweep that saw `change` and proves `bounds`, `iterations` being what the caller counts so far.
  mutating func isEnd(_ change: BellmanOperator.Change, _ bounds: ValueBounds, iterations: Int) -> Bool {
    error = bounds.halfWidth(magnitude: change.magnitude)
    tolerance = options.tolerance.absolute(for: change.magnitude)
    // Beyond the floor of rounding further sweeps prove nothing more.
    if error <= tolerance || error.isNaN || error <= 1.25 * bounds.floor { return true }
    sweepsWithoutProgress = change.span < leastSpan ? 0 : sweepsWithoutProgress + 1
    leastSpan = min(leastSpan, change.span)
    return sweepsWithoutProgress >= Self.patience || isInterrupted(iterations: iterations)
  }

  /// Whether the caller cancels or the limit of iterations is met, with the bound of the last sweep.
  mutating func isInterrupted(iterations: Int) -> Bool {
    if options.progress?(iterations, error) == false {
      ending = .cancelled
      return true
    }
    guard iterations >= limit else { return false }
    ending = .iterationLimit
    return true
  }

  /// The most iterations.
  var limit: Int { options.iterationLimit ?? 1_000_000 }
}

/// Values under way in a method that works between plain sweeps, each of which bounds them and may end it.
///
/// The method changes ``values`` as it likes; the answer is what the last look at all actions proves.
struct BoundedSweeps {
  let bellman: BellmanOperator
  /// The values that the next sweep starts from.
  var values: [Double]
  /// T v of the last sweep.
  private(set) var swept: [Double]
  /// The greedy policy of the last sweep.
  private(set) var greedy: [Int32]
  /// What the last sweep saw.
  private(set) var change = BellmanOperator.Change()
  private(set) var rule: SweepRule

  /// From the values of the policy `start`, if there is one; else from 0.
  init(_ problem: DiscountedProblem, _ options: SolverOptions, from start: [Int]?) {
    var bellman = problem.bellman
    bellman.threads = options.threads
    self.bellman = bellman
    values = [Double](repeating: 0, count: bellman.stateCount)
    if start != nil {
      let (policy, _) = bellman.firstPolicy(from: start)
      values = ChainSystem(bellman, policy: policy).solve(bellman.rewards(of: policy))
    }
    swept = values
    greedy = [Int32](repeating: 0, count: values.count)
    rule = SweepRule(options)
  }

  /// T v − v of the last sweep.
  var residual: [Double] { zip(swept, values).map { $0 - $1 } }

  /// One plain sweep from ``values``: its bounds, and whether they, or the caller, end the method.
  mutating func look(iterations: Int) -> (bounds: ValueBounds, isEnd: Bool) {
    let magnitude = values.largestMagnitude
    change = bellman.sweep(values, into: &swept, greedy: &greedy)
    let bounds = ValueBounds(bellman, change, startMagnitude: magnitude)
    return (bounds, rule.isEnd(change, bounds, iterations: iterations))
  }

  /// Whether to stop between two sweeps.
  mutating func isInterrupted(iterations: Int) -> Bool { rule.isInterrupted(iterations: iterations) }

  /// Moves the values to `other` and sweeps there, if that brings the span of T v − v down; else they stay.
  mutating func tryValues(_ other: [Double]) {
    var (tried, policy) = (swept, greedy)
    let found = bellman.sweep(other, into: &tried, greedy: &policy)
    guard found.span < change.span else { return }
    (values, swept, greedy, change) = (other, tried, policy, found)
  }

  /// The answer, proven by one more look at all actions; `hasChanged` says whether ``values`` have changed since the last
  /// sweep.
  mutating func solution(
    of problem: DiscountedProblem, options: SolverOptions, method: String, iterations: Int, hasChanged: Bool
  ) -> Solution {
    bellman.certificate(from: hasChanged ? values : swept, tolerance: rule.tolerance).solution(
      of: problem, options: options, method: method, iterations: iterations, ending: rule.ending)
  }
}
