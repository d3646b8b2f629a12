internal import MDPs

/// Modified policy iteration: improve by one Bellman sweep, then evaluate the greedy policy by a few sweeps of its own.
///
/// Evaluation sweeps touch one action a state, so they cost 1 / A of an improvement. They go on while they pay: until
/// the span of their change is a twentieth of the improvement's or the limit is reached. Before them the values are
/// shifted by the middle of the bounds, which makes the span, not the max norm, set the pace; where even the span falls
/// slowly, groups of states whose values are off alike are shifted apart from each other. Stops by the span bounds of the
/// improvement sweep, with rounding.
///
/// With ``eliminatesActions`` an improvement sweep looks only at the actions that the bounds have not yet proven worse
/// than another of their state (MacQueen's test); bounds and proof stay the same.
///
/// Source: Puterman and Shin, Modified policy iteration algorithms for discounted Markov decision problems (1978);
/// Puterman, Markov Decision Processes (1994), §6.5; for elimination §6.7; Bertsekas and Castañon, Adaptive aggregation
/// methods for infinite horizon dynamic programming (1989).
public struct ModifiedPolicyIteration: DiscountedSolver {
  /// When to stop; an iteration is one improvement sweep, at most 1 000 000 by default.
  public var options: SolverOptions
  /// The most evaluation sweeps between two improvements.
  public var evaluationSweepLimit: Int
  /// Whether actions that the bounds prove worse than another are left out of later sweeps.
  public var eliminatesActions: Bool

  /// Modified policy iteration with the given options.
  public init(
    options: SolverOptions = SolverOptions(), evaluationSweepLimit: Int = 100, eliminatesActions: Bool = false
  ) {
    self.options = options
    self.evaluationSweepLimit = evaluationSweepLimit
    self.eliminatesActions = eliminatesActions
  }

  /// Solves `problem`; see ``DiscountedSolver/solve(_:from:)``.
  public func solve(_ problem: DiscountedProblem, from start: [Int]?) -> Solution {
    solveBySweeps(
      problem, from: start, method: "modified policy iteration", eliminatesActions: eliminatesActions
    ) { run in
      if !run.evaluate(sweepLimit: evaluationSweepLimit) { run.correctGroups() }
    }
  }
}

/// Value iteration: repeats v ← T v, where
///
/// ```
/// (T v)(s) = max_a [ r(s, a) + γ Σ_t P(t | s, a) v(t) ]
/// ```
///
/// and stops by the span of T v − v, rounding included; the answer is the middle of the bounds, not the last iterate.
/// The span contracts by γ times the mixing rate of the chain, the max norm only by γ.
///
/// Source: Puterman, Markov Decision Processes (1994), §6.3 and §6.6; MacQueen (1966) for the bounds.
public struct ValueIteration: DiscountedSolver {
  /// When to stop; an iteration is one sweep, at most 1 000 000 by default.
  public var options: SolverOptions
  /// Whether actions that the bounds prove worse than another are left out of later sweeps.
  public var eliminatesActions: Bool

  /// Value iteration with the given options.
  public init(options: SolverOptions = SolverOptions(), eliminatesActions: Bool = false) {
    self.options = options
    self.eliminatesActions = eliminatesActions
  }

  /// Solves `problem`; see ``DiscountedSolver/solve(_:from:)``.
  public func solve(_ problem: DiscountedProblem, from start: [Int]?) -> Solution {
    solveBySweeps(problem, from: start, method: "value iteration", eliminatesActions: eliminatesActions) { _ in }
  }
}

extension DiscountedSolver {
  /// Improvement sweeps with `between` after each, until the span bounds meet the tolerance or rounding stops them.
  fileprivate func solveBySweeps(
    _ problem: DiscountedProblem, from start: [Int]?, method: String, eliminatesActions: Bool,
    between: (inout ModifiedPolicyIterationRun) -> Void
  ) -> Solution {
    var bellman = problem.bellman
    bellman.threads = options.threads
    var run = ModifiedPolicyIterationRun(bellman)
    if eliminatesActions { run.remaining = RemainingActions(bellman) }
    if start != nil {
      let (policy, _) = bellman.firstPolicy(from: start)
      run.start(from: policy)
    }
    var iterations = 0
    var rule = SweepRule(options)
    while true {
      run.improve()
      iterations += 1
      let bounds = ValueBounds(bellman, run.change, startMagnitude: run.startMagnitude)
      if rule.isEnd(run.change, bounds, iterations: iterations) { break }
      let rounding = bellman.backupError(valueMagnitude: run.startMagnitude)
      run.remaining?.removeWorse(than: run.swept, by: Up.sum(Up.product(2, rounding), bounds.spread))
      run.shift(by: bounds.middle)
      between(&run)
    }
    let certificate = bellman.certificate(from: run.swept, tolerance: rule.tolerance)
    return certificate.solution(
      of: problem, options: options,
      method: method + (run.remaining.map { ", \($0.count) actions left by elimination" } ?? ""),
      iterations: iterations, ending: rule.ending)
  }
}

/// The vectors of a modified policy iteration under way.
struct ModifiedPolicyIterationRun {
  let bellman: BellmanOperator
  /// v before the last improvement sweep.
  private var values: [Double]
  /// T v.
  private(set) var swept: [Double]
  /// The greedy policy of v.
  private(set) var policy: [Int32]
  /// What the last improvement sweep saw.
  private(set) var change = BellmanOperator.Change()
  /// The largest |v(s)| before the last improvement sweep.
  private(set) var startMagnitude = 0.0
  /// The actions that improvement sweeps look at; nil for all.
  var remaining: RemainingActions?

  init(_ bellman: BellmanOperator) {
    self.bellman = bellman
    values = [Double](repeating: 0, count: bellman.stateCount)
    swept = values
    policy = [Int32](repeating: 0, count: bellman.stateCount)
  }

  /// Begins at the given values.
  mutating func start(from values: [Double]) {
    swept = values
    change.magnitude = values.largestMagnitude
  }

  /// Begins near the values of a policy: sweeps of its own from 0 until their span has fallen a thousandfold, then the
  /// constant that is still missing.
  mutating func start(from policy: [Int32]) {
    self.policy = policy
    swap(&values, &swept)
    change = bellman.sweep(values, into: &swept, policy: policy)
    let goal = change.span / 1000
    for _ in 0..<100 where change.span > goal {
      startMagnitude = change.magnitude
      swap(&values, &swept)
      change = bellman.sweep(values, into: &swept, policy: policy)
    }
    shift(by: ValueBounds(bellman, change, startMagnitude: startMagnitude).middle)
  }

  /// One improvement sweep from where the last step ended.
  mutating func improve() {
    swap(&values, &swept)
    startMagnitude = change.magnitude
    if var left = remaining.take() {
      change = bellman.sweep(values, into: &swept, greedy: &policy, among: &left)
      remaining = left
    } else {
      change = bellman.sweep(values, into: &swept, greedy: &policy)
    }
  }

  /// Adds a constant to T v.
  mutating func shift(by offset: Double) {
    guard offset.isFinite, offset != 0 else { return }
    swept.withUnsafeMutableBufferPointer { for s in $0.indices { $0[s] += offset } }
    change.magnitude = change.magnitude + abs(offset)
  }

  /// Sweeps of the greedy policy from T v, down to a span of `goal`: by default as far as they pay, to a twentieth.
  ///
  /// - Returns: whether the span came down to the goal within the limit.
  @discardableResult mutating func evaluate(sweepLimit: Int, to goal: Double? = nil) -> Bool {
    let target = goal ?? change.span / 20
    for _ in 0..<sweepLimit {
      swap(&values, &swept)
      let sweep = bellman.sweep(values, into: &swept, policy: policy)
      change.magnitude = sweep.magnitude
      if !(sweep.span > target) { return true }
    }
    return false
  }

  /// Shifts groups of states, if one more sweep of the policy shows that this brings the span of its change down.
  mutating func correctGroups() {
    let residual = zip(swept, values).map { $0 - $1 }
    guard let offsets = GroupCorrection.offsets(bellman, residual: residual, policy: policy) else { return }
    let tried = zip(values, offsets).map { $0 + $1 }
    var next = swept
    let found = bellman.sweep(tried, into: &next, policy: policy)
    guard found.span < (residual.max() ?? 0) - (residual.min() ?? 0) else { return }
    (values, swept) = (tried, next)
    change.magnitude = found.magnitude
  }
}
