public import LinearAlgebra
internal import MDPs

/// Policies that are optimal for *all* discounts near enough to 1, found and proven in rational arithmetic.
///
/// With ρ = (1 − γ) / γ the values of a policy have a Laurent series
///
/// ```
/// v_γ = (1 + ρ) Σ_{n ≥ −1} ρⁿ y_n,   y_{−1} the gain, y_0 the bias, y_n = −H y_{n−1} for n ≥ 1
/// ```
///
/// (H the deviation matrix), and playing action a once before it changes the value in s by the series with coefficients
///
/// ```
/// Σ p y_n − y_n(s) − y_{n−1}(s)   (+ r(s, a) for n = 0;  y_{−2} = 0).
/// ```
///
/// Policy iteration switches where the first coefficient that is not 0 is positive. The terms up to n = S − m, m being the
/// number of recurrent classes, decide: H has rank S − m, so that later ones vanish with these. A Blackwell-optimal policy
/// is average-optimal and bias-optimal, and optimal for every discount in an interval up to 1.
///
/// Source: Blackwell, Discrete dynamic programming (1962); Veinott, Discrete dynamic programming with sensitive discount
/// optimality criteria (1969); Puterman, Markov Decision Processes (1994), §8.2.3, §10.1 to §10.3.
public struct BlackwellOptimality: Sendable {
  /// Whether the reward is a gain or a cost.
  public var direction: Direction
  /// Options of the floating-point start.
  public var options: SolverOptions
  /// The most states that are taken on: rational arithmetic grows with the cube at least.
  public var stateLimit: Int

  /// The criterion.
  public init(direction: Direction = .maximise, options: SolverOptions = SolverOptions(), stateLimit: Int = 2000) {
    self.direction = direction
    self.options = options
    self.stateLimit = stateLimit
  }

  /// A Blackwell-optimal policy.
  ///
  /// - Throws: ``SolverError/tooLarge(_:count:limit:)`` above ``stateLimit``, ``SolverError/exactSystem(_:)``, and
  ///   ``SolverError/rowSum(state:action:)`` where the rationals of a row do not sum to 1.
  public func solve(_ model: RationalModel) throws(SolverError) -> BlackwellSolution {
    let mdp = model.mdp
    guard mdp.stateCount <= stateLimit else {
      throw .tooLarge("Blackwell optimality in rationals: states", count: Double(mdp.stateCount), limit: stateLimit)
    }
    let isAvailable = mdp.availability ?? [Bool](repeating: true, count: model.rewards.count)
    for k in isAvailable.indices where isAvailable[k] {
      let sum = model.rows.positions(ofRow: k).reduce(Rational(0)) { $0 + model.probabilities[$1] }
      guard sum == 1 else { throw .rowSum(state: k / mdp.actionCount, action: k % mdp.actionCount) }
    }
    let sign = Rational(direction == .maximise ? 1 : -1)
    let rewards = model.rewards.map { sign * $0 }
    let start = try AverageReward(direction: direction, options: options).solve(
      mdp, pairReward: model.roundedRewards)
    var policy = start.policy
    var iterations = 0
    var levels = 0
    while true {
      iterations += 1
      var series = try LaurentSeries(model, rewards: rewards, policy: policy)
      var isTied = isAvailable
      var switched = false
      // Rows and rewards that are the same are tied at every level.
      var isSettled = isAvailable.map { !$0 }
      for s in policy.indices {
        let own = s * mdp.actionCount + policy[s]
        for a in 0..<mdp.actionCount {
          let k = s * mdp.actionCount + a
          if k == own || isAvailable[k] && model.isSame(k, own) { isSettled[k] = true }
        }
      }
      var level = -1
      while level <= mdp.stateCount - series.classCount, !isSettled.allSatisfy({ $0 }) {
        let (term, before) = (try series.term(level), try series.term(level - 1))
        for k in isSettled.indices where !isSettled[k] {
          let s = k / mdp.actionCount
          var change = -(term[s] + before[s])
          if level == 0 { change = change + rewards[k] }
          for j in model.rows.positions(ofRow: k) {
            change = change + model.probabilities[j] * term[Int(model.rows.columns[j])]
          }
          guard change.sign != 0 else { continue }
          isSettled[k] = true
          isTied[k] = false
          guard change.sign > 0 else { continue }
          policy[s] = k % mdp.actionCount
          switched = true
          // The other actions of the state wait for the next step.
          for other in (s * mdp.actionCount)..<((s + 1) * mdp.actionCount) { isSettled[other] = true }
        }
        levels = max(levels, level + 2)
        level += 1
        if switched { break }
      }
      guard !switched else { continue }
      let ties = policy.indices.map { s in (0..<mdp.actionCount).filter { isTied[s * mdp.actionCount + $0] } }
      let (gain, bias) = (try series.term(-1), try series.term(0))
      return BlackwellSolution(
        gain: gain.map { sign * $0 }, bias: bias.map { sign * $0 }, policy: ties.map { $0[0] }, ties: ties,
        termCount: levels, iterations: iterations, model: model)
    }
  }
}

/// A Blackwell-optimal policy with its gain and bias, in rationals: level E4.
public struct BlackwellSolution: Sendable, Equatable {
  /// The gain of every state, shape (S).
  public let gain: [Rational]
  /// The bias of every state, shape (S).
  public let bias: [Rational]
  /// One action a state, the lowest of the tied ones.
  public let policy: [Int]
  /// All Blackwell-optimal actions of each state; every choice among them is a Blackwell-optimal policy.
  public let ties: [[Int]]
  /// The number of terms of the series that had to be compared; 2 means gain and bias.
  public let termCount: Int
  /// Improvement steps in rationals.
  public let iterations: Int
  /// μ₀ᵀ g.
  public let objective: Rational
  /// How the numbers of the input were read, in words.
  public let source: String

  init(
    gain: [Rational], bias: [Rational], policy: [Int], ties: [[Int]], termCount: Int, iterations: Int,
    model: RationalModel
  ) {
    self.gain = gain
    self.bias = bias
    self.policy = policy
    self.ties = ties
    self.termCount = termCount
    self.iterations = iterations
    source = model.source
    objective = zip(model.initialDistribution, gain).reduce(Rational(0)) { $0 + $1.0 * $1.1 }
  }

  /// What is known of the gain rounded to doubles.
  public var guarantee: Guarantee {
    let error = gain.reduce(0.0) { max($0, ($1.enclosure.upperBound - $1.enclosure.lowerBound).nextUp) }
    return Guarantee(
      level: .exactValue, errorBound: error, policyLoss: 0, tolerance: 0, ending: .converged,
      proof: "every action compared term by term in rational arithmetic; gains rounded once")
  }
}

/// The terms of the Laurent series of a policy's values, in rationals, made when they are asked for.
private struct LaurentSeries {
  private let model: RationalModel
  private let rewards: [Rational]
  private let rows: [Int]
  private let classes: [RecurrentClass]
  private let transient: [Int]
  private let transientSystem: ExactLinearSolver?
  private let isTransient: [Bool]
  /// y_{−1}, y_0, …
  private var terms: [[Rational]] = []

  private struct RecurrentClass {
    let states: [Int]
    let system: ExactLinearSolver
    let stationary: [Rational]
  }

  /// The number of recurrent classes.
  var classCount: Int { classes.count }

  init(_ model: RationalModel, rewards: [Rational], policy: [Int]) throws(SolverError) {
    self.model = model
    self.rewards = rewards
    let width = model.mdp.actionCount
    rows = policy.indices.map { $0 * width + policy[$0] }
    let chain = Transitions.sparse(model.rows).rows(of: policy.map { Int32($0) }, actionCount: width)
    var isTransient = [Bool](repeating: true, count: policy.count)
    var classes: [RecurrentClass] = []
    for states in ChainGain.recurrentClasses(of: chain.sparseRows) {
      for s in states { isTransient[s] = false }
      var place: [Int32: Int] = [:]
      for (i, s) in states.enumerated() { place[Int32(s)] = i }
      // Unknowns: the constant in column 0, y of the states but the first in the others.
      var equations: [[ExactLinearSolver.Entry]] = []
      var transposed = [[ExactLinearSolver.Entry]](repeating: [], count: states.count)
      for (i, s) in states.enumerated() {
        var row = [ExactLinearSolver.Entry(column: 0, value: 1)]
        if i > 0 { row.append(.init(column: i, value: 1)) }
        for j in model.rows.positions(ofRow: rows[s]) {
          if let t = place[model.rows.columns[j]], t > 0 {
            row.append(.init(column: t, value: -model.probabilities[j]))
          }
        }
        for entry in row { transposed[entry.column].append(.init(column: i, value: entry.value)) }
        equations.append(row)
      }
      do {
        let unit = [Rational(1)] + [Rational](repeating: 0, count: states.count - 1)
        classes.append(
          RecurrentClass(
            states: states, system: try ExactLinearSolver(rows: equations),
            stationary: try ExactLinearSolver(rows: transposed).solve(unit).values))
      } catch {
        throw .exactSystem(error)
      }
    }
    let transient = isTransient.indices.filter { isTransient[$0] }
    var place = [Int](repeating: -1, count: policy.count)
    for (i, s) in transient.enumerated() { place[s] = i }
    var equations: [[ExactLinearSolver.Entry]] = []
    for (i, s) in transient.enumerated() {
      var row = [ExactLinearSolver.Entry(column: i, value: 1)]
      for j in model.rows.positions(ofRow: rows[s]) where isTransient[Int(model.rows.columns[j])] {
        row.append(.init(column: place[Int(model.rows.columns[j])], value: -model.probabilities[j]))
      }
      equations.append(row)
    }
    do {
      transientSystem = transient.isEmpty ? nil : try ExactLinearSolver(rows: equations)
    } catch {
      throw .exactSystem(error)
    }
    self.classes = classes
    self.transient = transient
    self.isTransient = isTransient
  }

  /// y_n; 0 for n = −2.
  mutating func term(_ n: Int) throws(SolverError) -> [Rational] {
    guard n >= -1 else { return [Rational](repeating: 0, count: rows.count) }
    while terms.count < n + 2 { terms.append(try next()) }
    return terms[n + 1]
  }

  /// Solves y − P y = b with πᵀ y = 0, where b is what the terms before leave: r − y_{−1} for the bias, −y_{n−1} after.
  /// The gain is the constant that the equations of the bias need.
  private func next() throws(SolverError) -> [Rational] {
    var y = [Rational](repeating: 0, count: rows.count)
    let isGain = terms.isEmpty
    func right(_ s: Int) -> Rational {
      terms.count <= 1 ? rewards[rows[s]] : -(terms.last?[s] ?? 0)
    }
    do {
      for part in classes {
        let solved = try part.system.solve(part.states.map(right)).values
        if isGain {
          for s in part.states { y[s] = solved[0] }
        } else {
          let relative = [Rational(0)] + solved.dropFirst()
          let mean = zip(part.stationary, relative).reduce(Rational(0)) { $0 + $1.0 * $1.1 }
          for (s, value) in zip(part.states, relative) { y[s] = value - mean }
        }
      }
      guard let transientSystem else { return y }
      let inflow = transient.map { s in
        var sum = isGain ? Rational(0) : right(s)
        if terms.count == 1 { sum = sum - terms[0][s] }
        for j in model.rows.positions(ofRow: rows[s]) where !isTransient[Int(model.rows.columns[j])] {
          sum = sum + model.probabilities[j] * y[Int(model.rows.columns[j])]
        }
        return sum
      }
      for (s, value) in zip(transient, try transientSystem.solve(inflow).values) { y[s] = value }
      return y
    } catch {
      throw .exactSystem(error)
    }
  }
}

extension RationalModel {
  /// Whether two pairs have the same reward and the same row.
  fileprivate func isSame(_ k: Int, _ other: Int) -> Bool {
    let (first, second) = (rows.positions(ofRow: k), rows.positions(ofRow: other))
    return rewards[k] == rewards[other] && first.count == second.count
      && zip(first, second).allSatisfy {
        rows.columns[$0] == rows.columns[$1] && probabilities[$0] == probabilities[$1]
      }
  }
}
