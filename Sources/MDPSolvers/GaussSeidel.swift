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
    var sweeps = BoundedSweeps(problem, options, from: start)
    let bellman = sweeps.bellman
    let order = StrongComponents(bellman.transitions, actionCount: bellman.actionCount) { k in
      bellman.rewards[k] > -.infinity
    }.order
    var iterations = 0
    var hasChanged = false
    sweeping: while true {
      iterations += 1
      let (bounds, isEnd) = sweeps.look(iterations: iterations)
      hasChanged = false
      if isEnd { break }
      if bounds.middle.isFinite { sweeps.values = sweeps.swept.map { $0 + bounds.middle } }
      for _ in 0..<sweepsPerCheck {
        _ = bellman.gaussSeidelSweep(&sweeps.values, order: order)
        iterations += 1
        hasChanged = true
        if sweeps.isInterrupted(iterations: iterations) { break sweeping }
      }
    }
    return sweeps.solution(
      of: problem, options: options, method: "Gauss-Seidel value iteration", iterations: iterations,
      hasChanged: hasChanged)
  }
}
