public import LinearAlgebra
public import MDPs

/// The values of one policy for any number of rewards, and its occupancy measure: the linear system is factored once.
///
/// ```
/// (I − γ P_π) v = r_π,   d(s, a) = π(a | s) · ((I − γ P_π)⁻ᵀ μ₀)(s)
/// ```
///
/// Source: Puterman, Markov Decision Processes (1994), theorem 6.1.1 and §6.9.
public struct PolicyEvaluation: Sendable {
  /// The policy.
  public let policy: Policy
  /// The world.
  public let mdp: MDP
  private let system: ChainSystem

  /// Factors the system of `policy`.
  ///
  /// - Throws: ``SolverError/model(_:)`` when the policy does not fit,
  ///   ``SolverError/discountOutOfRange(discount:largestRowSumDefect:)``.
  /// - Complexity: O(S³) for a dense factorisation; what the fill asks for with a sparse one.
  public init(of policy: Policy, in mdp: MDP, method: LinearMethod = .automatic) throws(SolverError) {
    do { try policy.validate(for: mdp) } catch { throw .model(error) }
    guard mdp.discount < 1, mdp.discount >= 0 else {
      throw .discountOutOfRange(discount: mdp.discount, largestRowSumDefect: mdp.largestRowSumDefect)
    }
    self.policy = policy
    self.mdp = mdp
    system = ChainSystem(chain: policy.transitions(in: mdp), discount: mdp.discount, method: method)
  }

  /// The values of the policy for `reward`, proven to `tolerance` where floating point allows.
  ///
  /// - Throws: ``SolverError/model(_:)`` when the reward does not fit.
  public func evaluate(
    _ reward: Reward, tolerance: Tolerance = .absolute(1e-9)
  ) throws(SolverError) -> PolicyValue {
    let pairs: [Double]
    do { pairs = try reward.expected(in: mdp) } catch { throw .model(error) }
    return try evaluate(pairReward: pairs, tolerance: tolerance)
  }

  /// The values of the policy for a reward by pairs, shape (S·A) with index `s * A + a`.
  ///
  /// - Throws: ``SolverError/shape(of:expected:got:)``, ``SolverError/reward(state:action:value:)``.
  /// - Complexity: O(S²) after a dense factorisation.
  public func evaluate(
    pairReward: [Double], tolerance: Tolerance = .absolute(1e-9)
  ) throws(SolverError) -> PolicyValue {
    _ = try maskedRewards(pairReward, in: mdp, direction: .maximise, allowed: nil)
    let rewards = policy.average(of: pairReward, actionCount: mdp.actionCount)
    let defect = Up.sum(mdp.largestRowSumDefect, policy.isDeterministic ? 0 : Policy.sumTolerance)
    let bellman = try BellmanOperator(
      transitions: system.chain, actionCount: 1, discount: mdp.discount, rewards: rewards,
      rowSumDefect: policy.isDeterministic ? mdp.largestRowSumDefect : system.chain.rowSumDefect(atMost: defect))
    let v = system.solve(rewards)
    let target = tolerance.absolute(for: v.largestMagnitude)
    var certificate = bellman.certificate(from: v, tolerance: target)
    if !(certificate.errorBound <= target) {
      let extended = bellman.extendedCertificate(
        values: v, policy: [Int32](repeating: 0, count: v.count), system: system, tolerance: target)
      if extended.errorBound < certificate.errorBound { certificate = extended }
    }
    return PolicyValue(
      certificate, initialDistribution: mdp.initialDistribution, tolerance: target, method: system.name)
  }

  /// v_π for a reward by pairs, to working precision and without a proof: for inner loops.
  ///
  /// - Precondition: one finite reward a pair.
  /// - Complexity: O(S²) after a dense factorisation.
  public func values(pairReward: [Double]) -> ValueFunction {
    let rewards = policy.average(of: pairReward, actionCount: mdp.actionCount)
    var values = system.solve(rewards)
    guard system.isIterative else { return values }
    // An iteration ends at a residual of its own choice: a second one corrects what is left.
    let image = system.chain.expectation(of: values)
    let correction = system.solve(values.indices.map { rewards[$0] + mdp.discount * image[$0] - values[$0] })
    for s in values.indices { values[s] += correction[s] }
    return values
  }

  /// v_π for many rewards at once, to working precision and without a proof.
  ///
  /// - Parameter pairRewards: one reward a row, shape (k, S·A); finite.
  /// - Returns: one value function a column, shape (S, k).
  /// - Complexity: O(k S²) after a dense factorisation, in products of matrices.
  public func values(pairRewards: Matrix) -> Matrix {
    let (S, A, k) = (mdp.stateCount, mdp.actionCount, pairRewards.rowCount)
    precondition(pairRewards.columnCount == S * A, "one reward a pair is needed")
    let probabilities = policy.probabilities(actionCount: A).elements
    var right = Matrix(rowCount: S, columnCount: k)
    right.withUnsafeMutableElements { out in
      pairRewards.elements.withUnsafeBufferPointer { rewards in
        for i in 0..<k {
          for s in 0..<S {
            var sum = 0.0
            for a in 0..<A where probabilities[s * A + a] > 0 {
              sum += probabilities[s * A + a] * rewards[i * S * A + s * A + a]
            }
            out[s * k + i] = sum
          }
        }
      }
    }
    return system.solve(right)
  }

  /// (I − γ P_π)⁻¹ b for a right-hand side by states.
  ///
  /// - Precondition: one finite number a state.
  public func solve(_ b: [Double]) -> [Double] { system.solve(b) }

  /// (I − γ P_π)⁻ᵀ b: the discounted visits from the start weights b.
  ///
  /// - Precondition: one finite number a state.
  public func solveTransposed(_ b: [Double]) -> [Double] { system.solveTransposed(b) }

  /// The discounted occupancy measure of the policy, not normalised: it sums to 1 / (1 − γ).
  ///
  /// Refined with residuals in twice the working precision until they no longer shrink.
  public func occupancy() -> OccupancyMeasure {
    let visits = system.refinedVisits(from: mdp.initialDistribution)
    let probabilities = policy.probabilities(actionCount: mdp.actionCount)
    var values = [Double](repeating: 0, count: mdp.stateCount * mdp.actionCount)
    for s in 0..<mdp.stateCount {
      for a in 0..<mdp.actionCount { values[mdp.pair(s, a)] = visits[s] * probabilities[s, a] }
    }
    return OccupancyMeasure(values: values, actionCount: mdp.actionCount)
  }
}

/// The values of a policy and what is proven about them.
public struct PolicyValue: Sendable, Equatable {
  /// v_π(s), shape (S).
  public let values: ValueFunction
  /// J = μ₀ᵀ v_π.
  public let expectedReturn: Double
  /// Where the true expected return lies for certain.
  public let expectedReturnBounds: ClosedRange<Double>
  /// What is proven about the values.
  public let guarantee: Guarantee
  /// How the linear system was solved, in words.
  public let method: String

  init(_ certificate: Certificate, initialDistribution: [Double], tolerance: Double, method: String) {
    values = certificate.values
    let (value, error) = initialDistribution.expectation(of: values, error: certificate.errorBound)
    expectedReturn = value
    expectedReturnBounds =
      error < .infinity ? (value - error).nextDown...(value + error).nextUp : -(.infinity)...(.infinity)
    guarantee = Guarantee(
      level: min(certificate.level, .bounded), errorBound: certificate.errorBound, policyLoss: 0, tolerance: tolerance,
      ending: certificate.errorBound <= tolerance ? .converged : .toleranceNotReached,
      proof: "residual of the linear system with rounding")
    self.method = method
  }
}

extension Policy {
  /// Whether the policy never draws.
  var isDeterministic: Bool {
    if case .deterministic = self { true } else { false }
  }

  /// P_π, shape (S, S), dense where the model is.
  func transitions(in mdp: MDP) -> Transitions {
    switch (self, mdp.transitions) {
    case (.deterministic(let actions), _):
      return mdp.transitions.rows(of: actions.map { Int32($0) }, actionCount: mdp.actionCount)
    case (.stochastic, .sparse): return .sparse(chain(in: mdp))
    case (.stochastic(let probabilities), .dense(let matrix)):
      let (S, A) = (mdp.stateCount, mdp.actionCount)
      var result = Matrix(rowCount: S, columnCount: S)
      result.withUnsafeMutableElements { out in
        matrix.elements.withUnsafeBufferPointer { p in
          for s in 0..<S {
            for a in 0..<A where probabilities[s, a] > 0 {
              let (row, weight) = ((s * A + a) * S, probabilities[s, a])
              for t in 0..<S { out[s &* S &+ t] += weight * p[row &+ t] }
            }
          }
        }
      }
      return .dense(result)
    }
  }
}

extension Transitions {
  /// The largest |row sum − 1|, computed; at most `bound`.
  fileprivate func rowSumDefect(atMost bound: Double) -> Double {
    var defect = 0.0
    for row in 0..<rowCount {
      var sum = 0.0
      forEachStored(ofRow: row) { _, p in sum += p }
      defect = max(defect, abs(sum - 1))
    }
    return min(defect, bound)
  }
}

extension ChainSystem {
  /// (I − γ P)⁻ᵀ μ with refinement: residuals are summed in twice the working precision.
  func refinedVisits(from start: [Double]) -> [Double] {
    let solve = transposedSolver()
    var visits = solve(start)
    var smallest = Double.infinity
    for _ in 0..<10 {
      let residual = visitResidual(visits, start: start)
      var size = 0.0
      for r in residual { size += abs(r) }
      guard size < smallest / 2, size > 0 else { break }
      smallest = size
      let correction = solve(residual)
      for s in visits.indices { visits[s] += correction[s] }
    }
    return visits
  }

  /// start − (I − γ P)ᵀ visits, with the sums of each state in twice the working precision.
  private func visitResidual(_ visits: [Double], start: [Double]) -> [Double] {
    var sum = start
    var carry = [Double](repeating: 0, count: start.count)
    sum.withUnsafeMutableBufferPointer { sum in
      carry.withUnsafeMutableBufferPointer { carry in
        // Checked arrays cost a third of the time of this loop, which runs once a policy.
        func add(_ x: Double, _ error: Double, to t: Int) {
          let (next, lost) = exactSum(sum[t], x)
          sum[t] = next
          carry[t] += lost + error
        }
        for s in visits.indices where visits[s] != 0 {
          add(-visits[s], 0, to: s)
          let (weight, weightError) = exactProduct(discount, visits[s])
          switch chain {
          case .dense(let matrix):
            matrix.elements.withUnsafeBufferPointer { p in
              for t in 0..<sum.count {
                let (product, error) = exactProduct(weight, p[s &* sum.count &+ t])
                add(product, error + weightError * p[s &* sum.count &+ t], to: t)
              }
            }
          case .sparse(let rows):
            for k in rows.positions(ofRow: s) {
              let (product, error) = exactProduct(weight, rows.values[k])
              add(product, error + weightError * rows.values[k], to: Int(rows.columns[k]))
            }
          }
        }
      }
    }
    return zip(sum, carry).map { $0 + $1 }
  }
}

extension Policy {
  /// The discounted occupancy measure of the policy, not normalised: it sums to 1 / (1 − γ).
  ///
  /// On small and on dense models from a factorisation, refined in twice the working precision; on larger sparse ones from
  /// sweeps where the chain mixes well.
  ///
  /// - Parameters:
  ///   - mdp: the world; its discount must be below 1.
  ///   - guess: the occupancy of a policy that is not far: the nearer, the quicker.
  /// - Returns: the occupancy.
  /// - Throws: ``SolverError/model(_:)`` when the policy does not fit,
  ///   ``SolverError/discountOutOfRange(discount:largestRowSumDefect:)``.
  public func occupancy(in mdp: MDP, near guess: OccupancyMeasure? = nil) throws(SolverError) -> OccupancyMeasure {
    guard mdp.isSwept else {
      return try PolicyEvaluation(of: self, in: mdp).occupancy()
    }
    do { try validate(for: mdp) } catch { throw .model(error) }
    guard mdp.discount < 1, mdp.discount >= 0 else {
      throw .discountOutOfRange(discount: mdp.discount, largestRowSumDefect: mdp.largestRowSumDefect)
    }
    let visits = transitions(in: mdp).visits(
      from: mdp.initialDistribution, discount: mdp.discount, near: guess?.stateVisits)
    let (A, probabilities) = (mdp.actionCount, probabilities(actionCount: mdp.actionCount))
    var values = probabilities.elements
    for k in values.indices { values[k] *= visits[k / A] }
    return OccupancyMeasure(values: values, actionCount: A)
  }
}

/// a b as rounded product and exact error, without a fused instruction, which a portable build has to call for.
///
/// Source: Dekker, Numerische Mathematik 18 (1971). Factors above 2⁹⁹⁵ would overflow; probabilities and visits are not.
@inline(__always) private func exactProduct(_ a: Double, _ b: Double) -> (product: Double, error: Double) {
  func split(_ x: Double) -> (high: Double, low: Double) {
    let scaled = 0x1p27 * x + x
    let high = scaled - (scaled - x)
    return (high, x - high)
  }
  let product = a * b
  let (x, y) = (split(a), split(b))
  return (product, ((x.high * y.high - product) + x.high * y.low + x.low * y.high) + x.low * y.low)
}
