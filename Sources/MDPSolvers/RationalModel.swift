public import LinearAlgebra
public import MDPs

/// How doubles are taken when a problem is to be solved in rational numbers.
public enum NumberReading: String, Sendable, Equatable, CaseIterable {
  /// ``fractions`` where every row then sums to exactly 1, else ``dyadic``.
  case automatic
  /// Each double is the binary fraction that its bits say; rows may then be off 1 by rounding.
  case dyadic
  /// Each double is the simple number that it was rounded from: a binary fraction with a denominator up to 2³²; else the
  /// fraction nearest to it with a denominator up to 3000, or the decimal of at most 15 digits, that is within 4 units in
  /// the last place; else what its bits say.
  case fractions
  /// As ``dyadic``, and what a row is off 1 goes to its largest entry.
  case absorb

  /// The rational that a finite double stands for.
  func rational(_ value: Double) -> Rational {
    let exact = Rational(exactly: value) ?? 0
    guard self == .automatic || self == .fractions, exact.denominator > Integer(1 << 32) else { return exact }
    let nearest = exact.approximation(denominatorLimit: 3000)
    if abs(Double(nearest) - value) <= 4 * value.ulp { return nearest }
    let text = value.description
    if text.filter(\.isNumber).count <= 15, let decimal = try? Rational(parsing: text) { return decimal }
    return exact
  }
}

/// The numbers of a problem as rationals, beside the model that holds them as doubles.
public struct RationalModel: Sendable {
  /// The world in doubles: its graph, names and sizes.
  public let mdp: MDP
  /// One probability a stored transition, in the order of `mdp.transitions.sparseRows`.
  public let probabilities: [Rational]
  /// r(s, a), index `s * A + a`.
  public let rewards: [Rational]
  /// γ: the decimal that the double prints as, so that 0.99 is 99/100.
  public let discount: Rational
  /// μ₀, shape (S).
  public let initialDistribution: [Rational]
  /// How the numbers were read, in words for the answer.
  public let source: String
  let rows: SparseRows
  /// How the doubles of rewards were read; nil where the file holds rationals.
  let reading: NumberReading?

  /// A model with rationals that a file holds as such.
  ///
  /// - Parameters:
  ///   - mdp: the world in doubles.
  ///   - probabilities: one a stored transition, in the order of `mdp.transitions.sparseRows`.
  ///   - rewards: r(s, a), shape (S·A).
  /// - Throws: ``SolverError/shape(of:expected:got:)``, or ``SolverError/model(_:)`` naming a row that does not sum to 1.
  public init(_ mdp: MDP, probabilities: [Rational], rewards: [Rational]) throws(SolverError) {
    try self.init(
      mdp, rows: mdp.transitions.sparseRows, probabilities: probabilities, rewards: rewards,
      source: "rationals of the file", mustSumToOne: true, reading: nil)
  }

  /// A model whose rationals are read from the doubles of `mdp` and `reward`.
  ///
  /// - Parameters:
  ///   - mdp: the world.
  ///   - reward: its reward; nil where none counts.
  ///   - reading: how doubles are taken.
  /// - Throws: ``SolverError/model(_:)`` when the reward does not fit, or `fractions` do not sum to 1 in a row.
  public init(_ mdp: MDP, reward: Reward?, reading: NumberReading = .automatic) throws(SolverError) {
    if let reward { do { _ = try reward.expected(in: mdp) } catch { throw .model(error) } }
    let rows = mdp.transitions.sparseRows
    if reading == .automatic || reading == .fractions {
      let probabilities = rows.values.map { NumberReading.fractions.rational($0) }
      if reading == .fractions || rows.badRow(probabilities, in: mdp) == nil {
        try self.init(
          mdp, rows: rows, probabilities: probabilities,
          rewards: Self.rewards(reward, mdp, rows, probabilities, .fractions),
          source:
            "doubles read as the simple fractions or decimals they were rounded from; every row sums to exactly 1",
          mustSumToOne: true, reading: .fractions)
        return
      }
    }
    var probabilities = rows.values.map { NumberReading.dyadic.rational($0) }
    let isExact = rows.badRow(probabilities, in: mdp) == nil
    if reading == .absorb { rows.absorbDefects(&probabilities) }
    let off =
      reading == .absorb
      ? "what rows were off 1, at most \(mdp.largestRowSumDefect), was put on their largest entries"
      : "rows are off 1 by rounding, at most \(mdp.largestRowSumDefect)"
    try self.init(
      mdp, rows: rows, probabilities: probabilities,
      rewards: Self.rewards(reward, mdp, rows, probabilities, .dyadic),
      source: "doubles taken as the binary fractions they are; "
        + (isExact ? "every row sums to exactly 1" : off),
      mustSumToOne: false, reading: .dyadic)
  }

  private init(
    _ mdp: MDP, rows: SparseRows, probabilities: [Rational], rewards: [Rational], source: String, mustSumToOne: Bool,
    reading: NumberReading?
  ) throws(SolverError) {
    guard probabilities.count == rows.nonZeroCount else {
      throw .shape(of: "exact probabilities", expected: rows.nonZeroCount, got: probabilities.count)
    }
    guard rewards.count == rows.rowCount else {
      throw .shape(of: "exact rewards", expected: rows.rowCount, got: rewards.count)
    }
    if mustSumToOne, let (row, sum) = rows.badRow(probabilities, in: mdp) {
      throw .model(
        .rowSum(state: row / mdp.actionCount, action: row % mdp.actionCount, sum: Double(sum), tolerance: 0))
    }
    self.mdp = mdp
    self.rows = rows
    self.probabilities = probabilities
    self.rewards = rewards
    self.source = source
    self.reading = reading
    discount = (try? Rational(parsing: mdp.discount.description)) ?? NumberReading.dyadic.rational(mdp.discount)
    let start = mdp.initialDistribution.map { NumberReading.fractions.rational($0) }
    initialDistribution =
      start.reduce(Rational(0), +) == 1 ? start : mdp.initialDistribution.map { NumberReading.dyadic.rational($0) }
  }

  /// r(s, a) as rationals, transition rewards weighted by the rational probabilities.
  private static func rewards(
    _ reward: Reward?, _ mdp: MDP, _ rows: SparseRows, _ probabilities: [Rational], _ reading: NumberReading
  ) -> [Rational] {
    (0..<rows.rowCount).map { k in
      guard let reward, mdp.availability?[k] ?? true else { return 0 }
      let (s, a) = (k / mdp.actionCount, k % mdp.actionCount)
      switch reward.values {
      case .state(let r): return reading.rational(r[s])
      case .pair(let r): return reading.rational(r[s, a])
      case .transition, .sparseTransition:
        var sum = Rational(0)
        for j in rows.positions(ofRow: k) where rows.values[j] > 0 {
          let value = reward.value(state: s, action: a, next: Int(rows.columns[j]), actionCount: mdp.actionCount)
          if value != 0 { sum = sum + probabilities[j] * reading.rational(value) }
        }
        return sum
      }
    }
  }
}

extension RationalModel {
  /// R(s, a, t) of a reward whose expected form is ``rewards``, read as the model was.
  ///
  /// - Parameters:
  ///   - reward: the reward that the model was made with.
  ///   - k: the row s · A + a.
  ///   - next: t, which need not be possible.
  /// - Returns: the number; nil when it is NaN or infinite there.
  package func transitionReward(_ reward: Reward, row k: Int, next: Int) -> Rational? {
    let isByTransition =
      switch reward.values {
      case .transition, .sparseTransition: true
      case .state, .pair: false
      }
    guard isByTransition, let reading else { return rewards[k] }
    let value = reward.value(
      state: k / mdp.actionCount, action: k % mdp.actionCount, next: next, actionCount: mdp.actionCount)
    return value.isFinite ? reading.rational(value) : nil
  }

  /// A model made of parts that fit each other.
  init(
    mdp: MDP, rows: SparseRows, probabilities: [Rational], rewards: [Rational], like model: RationalModel,
    start: [Rational], source: String, discount: Rational? = nil
  ) {
    self.mdp = mdp
    self.rows = rows
    self.probabilities = probabilities
    self.rewards = rewards
    self.source = source
    reading = model.reading
    self.discount = discount ?? model.discount
    initialDistribution = start
  }

  /// The first available row that does not sum to exactly 1, as the error that names it.
  func requireExactRows() throws(SolverError) {
    if let (row, sum) = rows.badRow(probabilities, in: mdp) {
      throw .inexactRow(state: row / mdp.actionCount, action: row % mdp.actionCount, sum: sum)
    }
  }
}

extension SparseRows {
  /// Puts what each row is off 1 on its largest entry.
  fileprivate func absorbDefects(_ weights: inout [Rational]) {
    for k in 0..<rowCount {
      let largest = positions(ofRow: k).max { values[$0] < values[$1] }
      guard let largest, values[largest] > 0 else { continue }
      let sum = positions(ofRow: k).reduce(Rational(0)) { $0 + weights[$1] }
      weights[largest] = weights[largest] + (1 - sum)
    }
  }

  /// The first available row whose weights do not sum to exactly 1.
  fileprivate func badRow(_ weights: [Rational], in mdp: MDP) -> (row: Int, sum: Rational)? {
    for k in 0..<rowCount where mdp.availability?[k] ?? true {
      let sum = positions(ofRow: k).reduce(Rational(0)) { $0 + weights[$1] }
      if sum != 1 { return (k, sum) }
    }
    return nil
  }
}
