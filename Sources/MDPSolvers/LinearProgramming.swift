internal import LinearPrograms
internal import MDPs

/// Discounted problems as linear programs, solved by the simplex method:
///
/// ```
/// primal   min Σ_s w(s) v(s)            subject to   v(s) − γ Σ_t p(t | s, a) v(t) ≥ r(s, a)
/// dual     max Σ_{s,a} r(s, a) x(s, a)  subject to   Σ_a x(t, a) − γ Σ_{s,a} p(t | s, a) x(s, a) = w(t),   x ≥ 0
/// ```
///
/// The weights w are positive everywhere (half the start distribution, half uniform), so that the optimal values and
/// actions of all states are determined. Both programs have the same optimum; the answer of either is accepted only when
/// its residuals and its duality gap say so. The values are then proven like those of every other method, by one look at
/// all actions, in extended precision where the tolerance asks for it.
///
/// The simplex method starts at the basis of a policy, by default that of a short modified policy iteration: from there it
/// has a few pivots to make, or only to confirm that there are none, where a cold start needs about two a state. In the dual
/// form that basis is feasible for every policy (primal simplex); in the primal form it is when the policy is optimal (dual
/// simplex).
///
/// A way to check other methods, and the ground of constrained problems; seldom the fastest.
///
/// Source: Puterman, Markov Decision Processes (1994), §6.9; d'Epenoux, A probabilistic production and inventory problem
/// (1963).
public struct LinearProgramming: DiscountedSolver {
  /// Which of the two programs is handed to the simplex method.
  public enum Form: String, Sendable, CaseIterable {
    /// One variable a state: its value.
    case primal
    /// One variable a pair: its discounted occupancy.
    case dual
  }

  /// Tolerance; an iteration is a pivot.
  public var options: SolverOptions
  /// Which program is solved.
  public var form: Form

  /// The linear program of the given form.
  public init(_ form: Form = .primal, options: SolverOptions = SolverOptions()) {
    self.form = form
    self.options = options
  }

  /// Solves `problem`; see ``DiscountedSolver/solve(_:from:)``.
  public func solve(_ problem: DiscountedProblem, from start: [Int]?) -> Solution {
    var bellman = problem.bellman
    bellman.threads = options.threads
    // The simplex method wants numbers of ordinary size; values scale with rewards.
    let scale = bellman.rewardMagnitude > 0 ? bellman.rewardMagnitude : 1
    let solved = try? solve(
      bellman, problem.mdp.initialDistribution, scale: scale, first: bellman.firstPolicy(from: start).policy)
    var values = solved?.values.map { $0 * scale } ?? [Double](repeating: 0, count: bellman.stateCount)
    if !values.allSatisfy(\.isFinite) { values = [Double](repeating: 0, count: bellman.stateCount) }
    let tolerance = options.tolerance.absolute(for: values.largestMagnitude)
    var certificate = bellman.certificate(from: values, tolerance: tolerance)
    if let policy = solved?.policy, !(certificate.errorBound <= tolerance) {
      let extended = bellman.extendedCertificate(values: values, policy: policy, system: nil, tolerance: tolerance)
      if extended.errorBound < certificate.errorBound { certificate = extended }
    }
    let name =
      switch form {
      case .primal: "linear program of values (primal)"
      case .dual: "linear program of occupancies (dual)"
      }
    return certificate.solution(
      of: problem, options: options,
      method: name + (solved.map { ", duality gap \($0.gap)" } ?? ", which the simplex method did not solve"),
      iterations: solved?.pivots ?? 0, ending: solved == nil ? .iterationLimit : nil)
  }

  private struct Answer {
    var values: [Double]
    var policy: [Int32]
    var gap: Double
    var pivots: Int
  }

  /// The optimum of the program with rewards divided by `scale`, sought from the basis of the policy `first`; nil when it
  /// was not solved.
  private func solve(
    _ bellman: BellmanOperator, _ start: [Double], scale: Double, first: [Int32]
  ) throws(LinearProgramError) -> Answer? {
    let (stateCount, width) = (bellman.stateCount, bellman.actionCount)
    let weights = start.map { $0 / 2 + 0.5 / Double(stateCount) }
    let pairs = bellman.rewards.indices.filter { bellman.rewards[$0] > -.infinity }
    let flows = pairs.map { k in bellman.flow(ofPair: k) }
    var program: LinearProgram
    switch form {
    case .primal:
      program = LinearProgram(.minimise)
      // No value is below this, so that the bound only gives the simplex method a feasible start.
      let floor = -1 / bellman.slack - 1
      for w in weights { try program.addColumn(cost: w, bounds: .atLeast(floor)) }
      for (k, flow) in zip(pairs, flows) {
        try program.addRow(.atLeast(bellman.rewards[k] / scale), entries: flow.map { (column: $0.0, value: $0.1) })
      }
    case .dual:
      program = LinearProgram(.maximise)
      for w in weights { try program.addRow(.equal(w)) }
      for (k, flow) in zip(pairs, flows) {
        try program.addColumn(cost: bellman.rewards[k] / scale, entries: flow.map { (row: $0.0, value: $0.1) })
      }
    }
    let isPlayed = pairs.map { Int32($0 % width) == first[$0 / width] }
    let all = [Bool](repeating: true, count: stateCount)
    let basis =
      form == .primal
      ? try Basis(of: program, basicColumns: all, basicRows: isPlayed.map { !$0 })
      : try Basis(of: program, basicColumns: isPlayed, basicRows: all.map { !$0 })
    let solution = try SimplexMethod(
      variant: form == .primal ? .dual : .primal, iterationLimit: max(1, options.iterationLimit ?? 10_000_000)
    ).solve(program, from: basis)
    guard solution.status == .optimal else { return nil }
    let (values, visits) = form == .primal ? (solution.primal, solution.dual) : (solution.dual, solution.primal)
    // The action of a state is the one that is played in the basic optimum.
    var policy = [Int32](repeating: 0, count: stateCount)
    var most = [Double](repeating: -.infinity, count: stateCount)
    for (k, x) in zip(pairs, visits) where abs(x) > most[k / width] {
      most[k / width] = abs(x)
      policy[k / width] = Int32(k % width)
    }
    return Answer(values: values, policy: policy, gap: solution.dualityGap * scale, pivots: solution.iterations)
  }
}

extension BellmanOperator {
  /// The coefficients of a pair in the flow equations, ascending: 1 at its state, less γ p(t | s, a) at each t.
  func flow(ofPair k: Int) -> [(Int, Double)] {
    var entries: [(Int, Double)] = []
    let s = k / actionCount
    var isPlaced = false
    transitions.forEachStored(ofRow: k) { t, p in
      if !isPlaced, t >= s {
        isPlaced = true
        entries.append((s, t == s ? 1 - discount * p : 1))
        if t == s { return }
      }
      if p != 0 { entries.append((t, -discount * p)) }
    }
    if !isPlaced { entries.append((s, 1)) }
    return entries
  }
}
