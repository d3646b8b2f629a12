internal import LinearAlgebra

/// A decision problem in rational numbers and maximum form: v(s) = max_a [ r(s, a) + Σ_t w(t | s, a) v(t) ], where the
/// weights hold the discount, or lose what ends.
struct RationalProblem {
  let stateCount: Int
  let actionCount: Int
  let rowStarts: [Int]
  let columns: [Int32]
  let weights: [Rational]
  /// nil where an action may not be played.
  let rewards: [Rational?]

  /// An exact optimum.
  struct Answer {
    let values: [Rational]
    let policy: [Int32]
    /// The rows that attain v(s) exactly, shape (S·A).
    let isOptimal: [Bool]
    /// How many linear systems were solved.
    let solveCount: Int
  }

  /// Policy iteration in rationals: the system of the policy is solved exactly and every action compared exactly, after a
  /// filter in floating point has settled those that are clearly worse. With a good start one solve is enough.
  ///
  /// Source: Dixon, Exact solution of linear equations using p-adic expansions (1982) for the solves; Howard (1960).
  ///
  /// - Parameters:
  ///   - start: a policy whose system has a unique solution, and from which improvements keep to such policies.
  ///   - keepsPolicy: whether to return the last policy rather than the lowest optimal actions.
  /// - Returns: the optimum.
  /// - Throws: ``SolverError/exactSystem(_:)`` when a system cannot be solved.
  func solve(from start: [Int32], keepsPolicy: Bool) throws(SolverError) -> Answer {
    var policy = start
    var solveCount = 0
    while true {
      solveCount += 1
      let solution = try values(of: policy)
      var isOptimal = [Bool](repeating: false, count: rewards.count)
      var switched = false
      let undecided = undecidedRows(solution)
      for s in 0..<stateCount {
        var best = s * actionCount + Int(policy[s])
        isOptimal[best] = true
        for k in (s * actionCount)..<((s + 1) * actionCount) where undecided[k] && k != s * actionCount + Int(policy[s])
        {
          let comparison = advantageSign(k, over: s, solution)
          if comparison == 0 { isOptimal[k] = true }
          if comparison > 0 { best = k }
        }
        if best != s * actionCount + Int(policy[s]) {
          policy[s] = Int32(best - s * actionCount)
          switched = true
        }
      }
      guard !switched else { continue }
      if !keepsPolicy {
        for s in 0..<stateCount {
          policy[s] = Int32((0..<actionCount).first { isOptimal[s * actionCount + $0] } ?? Int(policy[s]))
        }
      }
      return Answer(values: solution.values, policy: policy, isOptimal: isOptimal, solveCount: solveCount)
    }
  }

  /// The exact values of a policy.
  func values(of policy: [Int32]) throws(SolverError) -> ExactLinearSolver.Solution {
    var rows: [[ExactLinearSolver.Entry]] = []
    var right: [Rational] = []
    rows.reserveCapacity(stateCount)
    for s in 0..<stateCount {
      let k = s * actionCount + Int(policy[s])
      var row = [ExactLinearSolver.Entry(column: s, value: 1)]
      for j in rowStarts[k]..<rowStarts[k + 1] { row.append(.init(column: Int(columns[j]), value: -weights[j])) }
      rows.append(row)
      right.append(rewards[k] ?? 0)
    }
    do {
      return try ExactLinearSolver(rows: rows).solve(right)
    } catch {
      throw .exactSystem(error)
    }
  }

  /// The sign of q(k) − v(s), compared as integers over the common denominator of the values.
  private func advantageSign(_ k: Int, over s: Int, _ v: ExactLinearSolver.Solution) -> Int {
    let reward = rewards[k] ?? 0
    var scale = reward.denominator
    for j in rowStarts[k]..<rowStarts[k + 1] { scale = scale.leastCommonMultiple(with: weights[j].denominator) }
    let factor = Rational(scale)
    var sum = (reward * factor).numerator * v.denominator
    for j in rowStarts[k]..<rowStarts[k + 1] {
      sum = sum + (weights[j] * factor).numerator * v.numerators[Int(columns[j])]
    }
    return (sum - scale * v.numerators[s]).sign
  }

  /// The rows that floating point does not prove worse than the value of their state.
  private func undecidedRows(_ solution: ExactLinearSolver.Solution) -> [Bool] {
    let v = solution.values.map { Double($0) }
    let magnitude = v.largestMagnitude
    var undecided = rewards.map { $0 != nil }
    guard magnitude < 1e300 else { return undecided }
    for s in 0..<stateCount {
      for k in (s * actionCount)..<((s + 1) * actionCount) {
        guard let reward = rewards[k] else { continue }
        let r = Double(reward)
        var q = r
        var size = abs(r)
        for j in rowStarts[k]..<rowStarts[k + 1] {
          let term = Double(weights[j]) * v[Int(columns[j])]
          q += term
          size += abs(term)
        }
        // Values, weights and reward were each rounded once, then b products and sums.
        let error = Up.product(accumulatedRoundoff(rowStarts[k + 1] - rowStarts[k] + 6), Up.sum(size, abs(v[s])).nextUp)
        if Up.sum(q, 2 * error, 1e-300) < v[s] { undecided[k] = false }
      }
    }
    return undecided
  }
}
