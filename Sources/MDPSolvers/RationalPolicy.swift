public import LinearAlgebra
public import MDPs

/// A stationary policy whose probabilities are rationals that sum to exactly 1 in every state.
public struct RationalPolicy: Sendable, Equatable {
  /// π(a | s), index `s * A + a`.
  public let probabilities: [Rational]
  /// A
  public let actionCount: Int
  /// Whether probabilities had to be changed to sum to 1.
  public let absorbsDefects: Bool

  /// S
  public var stateCount: Int { probabilities.count / actionCount }

  /// The policy that plays one action a state.
  public init(actions: [Int], actionCount: Int) {
    var probabilities = [Rational](repeating: 0, count: actions.count * actionCount)
    for (s, a) in actions.enumerated() { probabilities[s * actionCount + a] = 1 }
    self.init(probabilities: probabilities, actionCount: actionCount)
  }

  /// A policy of probabilities that are known to be right.
  package init(probabilities: [Rational], actionCount: Int) {
    self.probabilities = probabilities
    self.actionCount = actionCount
    absorbsDefects = false
  }

  /// A policy of given rationals, shape (S, A).
  ///
  /// - Throws: ``MDPError`` with the first state that is wrong; the sums must be exactly 1.
  public init(rows: [[Rational]], for mdp: MDP) throws(MDPError) {
    guard rows.count == mdp.stateCount, rows.allSatisfy({ $0.count == mdp.actionCount }) else {
      throw .shape(
        of: "policy", expected: [mdp.stateCount, mdp.actionCount], got: [rows.count, rows.first?.count ?? 0])
    }
    for (s, row) in rows.enumerated() {
      for (a, p) in row.enumerated() where p < 0 || (!p.isZero && !mdp.isAvailable(s, a)) {
        throw .policyProbability(state: s, action: a, value: Double(p))
      }
      let sum = row.reduce(0, +)
      guard sum == 1 else { throw .policySum(state: s, sum: Double(sum), tolerance: 0) }
    }
    self.init(probabilities: rows.flatMap(\.self), actionCount: mdp.actionCount)
  }

  /// The simple fraction or decimal that a double was rounded from.
  package static func rational(_ value: Double) -> Rational { NumberReading.fractions.rational(value) }

  /// The rationals that the doubles of `policy` stand for: the simple fractions or decimals they were rounded from; where
  /// those do not sum to 1, the binary fractions they are, with the defect put on the largest.
  ///
  /// - Parameters:
  ///   - policy: a policy that fits the model.
  ///   - actionCount: A.
  public init(_ policy: Policy, actionCount: Int) {
    let matrix = policy.probabilities(actionCount: actionCount)
    var probabilities: [Rational] = []
    var absorbs = false
    for s in 0..<matrix.rowCount {
      let doubles = matrix.row(s)
      var row = doubles.map { NumberReading.fractions.rational($0) }
      if row.reduce(0, +) != 1 {
        row = doubles.map { NumberReading.dyadic.rational($0) }
        let defect = 1 - row.reduce(0, +)
        if !defect.isZero, let largest = row.indices.max(by: { row[$0] < row[$1] }) {
          row[largest] = row[largest] + defect
          absorbs = true
        }
      }
      probabilities += row
    }
    self.probabilities = probabilities
    self.actionCount = actionCount
    absorbsDefects = absorbs
  }

  /// π(a | s) = d(s, a) / Σ_a d(s, a); the available actions with equal probability where the state is never visited.
  ///
  /// - Parameters:
  ///   - occupancy: d(s, a) ≥ 0 on the states `states` of the model, in their order, shape (S'·A).
  ///   - states: their numbers in `mdp`.
  ///   - mdp: the model that the policy is for.
  package init(occupancy: [Rational], on states: [Int], of mdp: MDP) {
    let width = mdp.actionCount
    var probabilities = [Rational](repeating: 0, count: mdp.stateCount * width)
    var isKnown = [Bool](repeating: false, count: mdp.stateCount)
    for (i, s) in states.enumerated() {
      let visits = occupancy[(i * width)..<((i + 1) * width)].reduce(0, +)
      guard visits > 0 else { continue }
      isKnown[s] = true
      for a in 0..<width where !occupancy[i * width + a].isZero {
        probabilities[s * width + a] = occupancy[i * width + a] / visits
      }
    }
    for s in 0..<mdp.stateCount where !isKnown[s] {
      let actions = mdp.availableActions(in: s)
      for a in actions { probabilities[s * width + a] = Rational(1) / Rational(actions.count) }
    }
    self.init(probabilities: probabilities, actionCount: width)
  }

  /// The same policy in doubles, each rounded once.
  public var rounded: Policy {
    var matrix = Matrix(rowCount: stateCount, columnCount: actionCount)
    for (k, p) in probabilities.enumerated() { matrix[k / actionCount, k % actionCount] = Double(p) }
    return .stochastic(matrix)
  }
}

extension RationalModel {
  /// The chain of a policy with its expected rewards, as a model of one action: its optimum under any criterion is the
  /// exact value of the policy.
  ///
  /// - Parameter policy: one that fits the model.
  /// - Returns: P_π and r_π in rationals, beside their roundings.
  /// - Throws: ``SolverError/shape(of:expected:got:)``, ``SolverError/model(_:)``.
  /// - Complexity: O(stored transitions)
  public func induced(by policy: RationalPolicy) throws(SolverError) -> RationalModel {
    let width = mdp.actionCount
    guard policy.probabilities.count == mdp.stateCount * width else {
      throw .shape(of: "the policy", expected: mdp.stateCount * width, got: policy.probabilities.count)
    }
    var builder = SparseRowsBuilder(columnCount: mdp.stateCount)
    var chain: [Rational] = []
    var chainRewards: [Rational] = []
    for s in 0..<mdp.stateCount {
      var merged: [Int32: Rational] = [:]
      var reward = Rational(0)
      for k in (s * width)..<((s + 1) * width) where !policy.probabilities[k].isZero {
        guard mdp.isAvailable(s, k - s * width) else {
          throw .model(.policyProbability(state: s, action: k - s * width, value: Double(policy.probabilities[k])))
        }
        reward = reward + policy.probabilities[k] * rewards[k]
        for j in rows.positions(ofRow: k) where rows.values[j] > 0 {
          merged[rows.columns[j]] = (merged[rows.columns[j]] ?? 0) + policy.probabilities[k] * probabilities[j]
        }
      }
      for (t, p) in merged.sorted(by: { $0.key < $1.key }) {
        builder.append(column: t, value: Double(p))
        chain.append(p)
      }
      builder.endRow()
      chainRewards.append(reward)
    }
    do {
      let model = try MDP(
        actionCount: 1, transitions: .sparse(builder.build()), discount: mdp.discount,
        initialDistribution: mdp.initialDistribution, stateNames: mdp.stateNames,
        rowSumTolerance: max(MDP.defaultRowSumTolerance, 2 * mdp.largestRowSumDefect))
      return RationalModel(
        mdp: model, rows: model.transitions.sparseRows, probabilities: chain, rewards: chainRewards, like: self,
        start: initialDistribution,
        source: policy.absorbsDefects
          ? source + "; the policy's probabilities had the rest to 1 put on the largest" : source)
    } catch {
      throw .model(error)
    }
  }
}
