internal import LinearAlgebra
internal import MDPs

/// All deterministic stationary policies of a small problem with their values: brute force, to check everything else by.
///
/// Neighbours in the order (a reflected mixed-radix Gray code) differ in one action of one state, hence in one row of
/// I − γ P_π, so that its inverse follows by the formula of Sherman and Morrison in O(S²); it is made afresh every 256
/// policies, before rounding adds up.
///
/// Source: Knuth, The Art of Computer Programming 4A, §7.2.1.1, algorithm H; Sherman and Morrison (1950).
public struct PolicyEnumeration: Sendable {
  /// The problem.
  public let problem: DiscountedProblem
  /// The number of policies: the product of the numbers of allowed actions.
  public let count: Int
  private let choices: [[Int]]

  /// All policies of `problem`.
  ///
  /// - Throws: ``SolverError/tooLarge(_:count:limit:)`` when there are more than `limit`.
  public init(_ problem: DiscountedProblem, limit: Int = 1_000_000) throws(SolverError) {
    let width = problem.mdp.actionCount
    choices = (0..<problem.mdp.stateCount).map { s in
      (0..<width).filter { problem.bellman.rewards[s * width + $0] > -.infinity }
    }
    let total = choices.reduce(1.0) { $0 * Double($1.count) }
    guard total <= Double(limit) else { throw .tooLarge("policies", count: total, limit: limit) }
    self.problem = problem
    count = Int(total)
  }

  /// Calls `body` with every policy and its values, to working precision, once each.
  ///
  /// - Complexity: O(S²) a policy.
  public func forEach(_ body: (_ policy: [Int], _ values: ValueFunction) -> Void) {
    let bellman = problem.bellman
    let n = bellman.stateCount
    let sign = problem.direction.sign
    var places = [Int](repeating: 0, count: n)
    var steps = [Int](repeating: 1, count: n)
    var policy = choices.map { $0[0] }
    var inverse = Self.inverse(bellman, policy)
    var sinceFresh = 0
    while true {
      let rewards = bellman.rewards(of: policy.map { Int32($0) })
      body(policy, inverse.multiplied(by: rewards).map { sign * $0 })
      // The first state whose action can go on in its direction; those before it turn round.
      var s = 0
      while s < n {
        let next = places[s] + steps[s]
        if choices[s].indices.contains(next) { break }
        steps[s] = -steps[s]
        s += 1
      }
      guard s < n else { return }
      places[s] += steps[s]
      let (old, new) = (s * bellman.actionCount + policy[s], s * bellman.actionCount + choices[s][places[s]])
      policy[s] = choices[s][places[s]]
      sinceFresh += 1
      if sinceFresh == 256 {
        sinceFresh = 0
        inverse = Self.inverse(bellman, policy)
      } else {
        Self.update(&inverse, bellman, row: s, from: old, to: new)
      }
    }
  }

  /// The best of all policies, proven like any other answer.
  public func solve(options: SolverOptions = SolverOptions()) -> Solution {
    let sign = problem.direction.sign
    var (best, bestValues, most) = ([Int](), ValueFunction(), -Double.infinity)
    // A policy whose values sum to the most is best in every state.
    forEach { policy, values in
      let sum = sign * values.reduce(0, +)
      if sum > most { (best, bestValues, most) = (policy, values, sum) }
    }
    var bellman = problem.bellman
    bellman.threads = options.threads
    let values = bestValues.map { sign * $0 }
    let tolerance = options.tolerance.absolute(for: values.largestMagnitude)
    var certificate = bellman.certificate(from: values, tolerance: tolerance)
    if !(certificate.errorBound <= tolerance) {
      let extended = bellman.extendedCertificate(
        values: values, policy: best.map { Int32($0) }, system: nil, tolerance: tolerance)
      if extended.errorBound < certificate.errorBound { certificate = extended }
    }
    return certificate.solution(
      of: problem, options: options, method: "enumeration of \(count) policies", iterations: count)
  }

  private static func inverse(_ bellman: BellmanOperator, _ policy: [Int]) -> Matrix {
    let n = bellman.stateCount
    let chain = bellman.transitions.rows(of: policy.map { Int32($0) }, actionCount: bellman.actionCount)
    let system = ChainSystem(chain: chain, discount: bellman.discount, method: .denseLU)
    var inverse = Matrix(rowCount: n, columnCount: n)
    for t in 0..<n {
      var unit = [Double](repeating: 0, count: n)
      unit[t] = 1
      for (s, x) in system.solve(unit).enumerated() { inverse[s, t] = x }
    }
    return inverse
  }

  /// (M + e_s δᵀ)⁻¹ = M⁻¹ − M⁻¹ e_s δᵀ M⁻¹ / (1 + δᵀ M⁻¹ e_s), δ = −γ (p_new − p_old).
  private static func update(
    _ inverse: inout Matrix, _ bellman: BellmanOperator, row s: Int, from old: Int, to new: Int
  ) {
    let n = bellman.stateCount
    var change = [Double](repeating: 0, count: n)
    bellman.transitions.forEachStored(ofRow: new) { t, p in change[t] -= bellman.discount * p }
    bellman.transitions.forEachStored(ofRow: old) { t, p in change[t] += bellman.discount * p }
    var product = [Double](repeating: 0, count: n)
    for t in 0..<n where change[t] != 0 { for j in 0..<n { product[j] += change[t] * inverse[t, j] } }
    let scale = 1 / (1 + product[s])
    for i in 0..<n {
      let factor = inverse[i, s] * scale
      for j in 0..<n { inverse[i, j] -= factor * product[j] }
    }
  }
}

extension Matrix {
  /// The matrix times a vector.
  fileprivate func multiplied(by x: [Double]) -> [Double] {
    (0..<rowCount).map { i in
      var sum = 0.0
      for j in 0..<columnCount { sum += self[i, j] * x[j] }
      return sum
    }
  }
}
