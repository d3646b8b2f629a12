internal import MDPs

/// Gauss–Seidel value iteration: sweeps in place, so that each state sees the new values of those before it.
///
/// States are swept against the flow: strong components from the sinks upwards. The span bounds do not hold for such a
/// sweep, so every few sweeps, and at the end, one plain (Jacobi) sweep gives bounds that do; between them the max norm
/// contracts by γ at least.
///
/// Source: Puterman, Markov Decision Processes (1994), §6.3.3.
public struct GaussSeidel: DiscountedSolver {
  /// When to stop; an iteration is one sweep, at most 1 000 000 by default.
  public var options: SolverOptions
  /// How many sweeps are made between two looks at the bounds.
  public var sweepsPerCheck: Int

  /// Gauss–Seidel sweeps with the given options.
  public init(options: SolverOptions = SolverOptions(), sweepsPerCheck: Int = 8) {
    self.options = options
    self.sweepsPerCheck = max(1, sweepsPerCheck)
  }

  /// Solves `problem`; see ``DiscountedSolver/solve(_:from:)``.
  public func solve(_ problem: DiscountedProblem, from start: [Int]?) -> Solution {
    var bellman = problem.bellman
    bellman.threads = options.threads
    let order = StrongComponents(bellman.transitions, actionCount: bellman.actionCount) { k in
      bellman.rewards[k] > -.infinity
    }.order
    var values = [Double](repeating: 0, count: bellman.stateCount)
    if start != nil {
      let (policy, _) = bellman.firstPolicy(from: start)
      values = ChainSystem(bellman, policy: policy).solve(bellman.rewards(of: policy))
    }
    var swept = values
    var greedy = [Int32](repeating: 0, count: values.count)
    var iterations = 0
    var ending = Ending.toleranceNotReached
    var tolerance = 0.0
    let limit = options.iterationLimit ?? 1_000_000
    sweeping: while true {
      let magnitude = values.largestMagnitude
      let change = bellman.sweep(values, into: &swept, greedy: &greedy)
      iterations += 1
      let bounds = ValueBounds(bellman, change, startMagnitude: magnitude)
      let error = bounds.halfWidth(magnitude: change.magnitude)
      tolerance = options.tolerance.absolute(for: change.magnitude)
      if error <= tolerance || error.isNaN || error <= 1.25 * bounds.floor { break }
      if options.progress?(iterations, error) == false {
        ending = .cancelled
        break
      }
      if iterations >= limit {
        ending = .iterationLimit
        break
      }
      if bounds.middle.isFinite { for s in values.indices { values[s] = swept[s] + bounds.middle } }
      for _ in 0..<min(sweepsPerCheck, limit - iterations) {
        _ = bellman.gaussSeidelSweep(&values, order: order)
        iterations += 1
        guard options.progress?(iterations, error) == false else { continue }
        ending = .cancelled
        swept = values
        break sweeping
      }
    }
    return bellman.certificate(from: swept, tolerance: tolerance).solution(
      of: problem, options: options, method: "Gauss-Seidel value iteration", iterations: iterations, ending: ending)
  }
}
