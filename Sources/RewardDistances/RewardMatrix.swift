public import LinearAlgebra
internal import JSON
internal import MDPs
internal import RealModule

/// What can be measured between two rewards: a distance, or the worst-case regret of the second when the first is meant.
public enum PairMeasure: Sendable, Hashable {
  /// A distance.
  case distance(RewardDistance)
  /// Worst-case regret over the range of the first reward, in [0, 1]. Not symmetric.
  case regret

  /// The measure with the given name: `regret`, or the name of a distance.
  ///
  /// - Throws: ``RewardDistanceError/unknownDistance(name:nearest:)`` with the nearest names.
  public init(name: String) throws(RewardDistanceError) {
    if name == "regret" {
      self = .regret
      return
    }
    do {
      self = .distance(try RewardDistance(name: name))
    } catch {
      guard case .unknownDistance(_, let nearest) = error, nearestNames(to: name, among: ["regret"]).isEmpty else {
        throw .unknownDistance(name: name, nearest: ["regret"])
      }
      throw .unknownDistance(name: name, nearest: nearest)
    }
  }

  /// The name from which ``init(name:)`` makes the same measure.
  public var name: String {
    switch self {
    case .distance(let distance): distance.name
    case .regret: "regret"
    }
  }

  /// Whether exchanging the rewards changes nothing.
  public var isSymmetric: Bool {
    switch self {
    case .distance(let distance): distance.isSymmetric
    case .regret: false
    }
  }
}

/// One measure between all pairs of several rewards.
public struct RewardMatrix: Sendable, Equatable {
  /// What was measured.
  public let measure: PairMeasure
  /// The names of the rewards.
  public let names: [String]
  /// From the reward of the row (the true one, where it matters) to that of the column, shape (n, n).
  public let values: Matrix
  /// What a reader should know, one sentence each.
  public let notes: [String]
}

extension ComparisonWorld {
  /// One measure between all pairs of `rewards`.
  ///
  /// Canonical forms are made for all rewards at once and kept; distances by L2 norms, angles and correlations are one
  /// product of the normalised forms with themselves, taken from the differences where that would lose digits. `range` and
  /// `regret` solve planning problems for each pair, in parallel.
  ///
  /// - Parameters:
  ///   - measure: what to measure.
  ///   - rewards: admitted to this world.
  /// - Returns: the matrix; the same numbers as ``distance(_:_:_:)`` gives for each pair, up to rounding.
  /// - Throws: ``RewardDistanceError``
  /// - Complexity: O(n S² (A + 1) + n² S A) for distances of n rewards by pair on a dense model.
  public func matrix(
    of measure: PairMeasure, _ rewards: [ComparedReward]
  ) throws(RewardDistanceError) -> RewardMatrix {
    let values: Matrix
    var notes: [String] = []
    switch measure {
    case .regret:
      try prepareProjections(rewards)
      values = try pairwise(rewards.count, isSymmetric: false) { i, j throws(RewardDistanceError) in
        i == j ? 0 : try self.worstCaseRegret(of: rewards[j], truth: rewards[i]).normalised
      }
    case .distance(let distance):
      try prepare(rewards, for: distance)
      (values, notes) = try matrix(of: distance, rewards)
    }
    precondition(values.elements.allSatisfy(\.isFinite), "\(measure.name) is not finite")
    return RewardMatrix(measure: measure, names: rewards.map(\.name), values: values, notes: notes)
  }

  private func matrix(
    of distance: RewardDistance, _ rewards: [ComparedReward]
  ) throws(RewardDistanceError) -> (Matrix, [String]) {
    let vectors: (values: Matrix, notes: [String])?
    switch distance {
    case .half(let distance):
      let (values, notes) = try matrix(of: distance, rewards)
      return (values.scaled(0.5), notes)
    case .standardised(let canonicalisation, let norm, let metric):
      vectors = try standardised(canonicalisation, norm, metric, rewards, name: distance.name)
    case .pearson(let canonicalisation, let weighting):
      let (coverage, mass) = try self.coverage(weighting, name: distance.name)
      var forms: [TransitionFunction?] = []
      for reward in rewards { forms.append(try reward.correlated(canonicalisation, coverage, mass: mass)) }
      vectors = correlations(forms, coverage, rewards)
    case .spearman:
      vectors = try ranks(rewards).map { correlations(rows: $0, rewards) }
    case .nearestPoint, .normalisedNearestPoint: vectors = try nearestPoints(distance, rewards)
    case .policyNearestPoint: vectors = try policyNearestPoints(rewards)
    case .episodeReturnCorrelation: vectors = try episodeReturns(rewards)
    case .range: vectors = nil
    }
    if let vectors { return vectors }
    return (
      try pairwise(rewards.count, isSymmetric: distance.isSymmetric) { i, j throws(RewardDistanceError) in
        i == j ? 0 : try self.distance(distance, rewards[i], rewards[j]).value
      }, []
    )
  }

  // MARK: Distances between vectors

  private func standardised(
    _ canonicalisation: Canonicalisation, _ norm: RewardNorm, _ metric: RewardMetric, _ rewards: [ComparedReward],
    name: String
  ) throws(RewardDistanceError) -> (values: Matrix, notes: [String])? {
    let normWeights = try weights(norm.weighting, for: name)
    var forms: [TransitionFunction] = []
    var factors: [Double] = []
    for reward in rewards {
      let form = try reward.canonical(canonicalisation)
      forms.append(form)
      let isZero = try reward.isCanonicallyZero(canonicalisation)
      // An angle needs unit vectors, whatever the normalising exponent.
      let order: RewardNorm.Order = metric == .angle ? .two : norm.order
      let size = isZero ? 0 : normWeights.norm(form, order: order)
      factors.append(size > 0 ? 1 / size : 0)
    }
    let notes = Self.trivialityNotes(rewards, factors.map { $0 == 0 }, "trivial")
    switch metric {
    case .angle:
      guard let rows = normWeights.coordinates(forms, order: .two) else { return nil }
      var angles = rows.rowsScaled(factors).rowAngles()
      angles.settle(zeros: factors.map { $0 == 0 }, both: 0, one: .pi / 2)
      return (angles, notes)
    case .norm(let m):
      let metricWeights = m.weighting == norm.weighting ? normWeights : try weights(m.weighting, for: name)
      guard let rows = metricWeights.coordinates(forms, order: m.order)?.rowsScaled(factors) else { return nil }
      return (m.order == .two ? rows.rowChords() : rows.rowDistances(order: m.order), notes)
    }
  }

  private func correlations(
    _ forms: [TransitionFunction?], _ coverage: TransitionWeights, _ rewards: [ComparedReward]
  ) -> (values: Matrix, notes: [String])? {
    let zero = TransitionFunction(
      stateCount: mdp.stateCount, actionCount: mdp.actionCount,
      pair: [Double](repeating: 0, count: mdp.stateCount * mdp.actionCount))
    guard let rows = coverage.coordinates(forms.map { $0 ?? zero }, order: .two) else { return nil }
    return correlations(rows: (rows, forms.map { $0 == nil }), rewards)
  }

  /// Half chords between unit rows; those that stand for constants are at √½ of all others.
  private func correlations(
    rows: (values: Matrix, isConstant: [Bool]), _ rewards: [ComparedReward]
  ) -> (values: Matrix, notes: [String]) {
    var values = rows.values.rowChords().scaled(0.5)
    values.withUnsafeMutableElements { x in for k in x.indices { x[k] = min(1, x[k]) } }
    values.settle(zeros: rows.isConstant, both: 0, one: 0.5.squareRoot())
    return (values, Self.trivialityNotes(rewards, rows.isConstant, "constant, and their correlation is taken as 0"))
  }

  private func ranks(_ rewards: [ComparedReward]) throws(RewardDistanceError) -> (values: Matrix, isConstant: [Bool])? {
    var rows: [[Double]] = []
    var byPair = true
    for reward in rewards where try !reward.raw().isByPair { byPair = false }
    for reward in rewards { rows.append(try reward.centredRanks(byPair: byPair)) }
    guard rows.count * (rows.first?.count ?? 0) <= 1 << 25 else { return nil }
    let sizes = rows.map { norm2($0) }
    guard let matrix = try? Matrix(rows: rows) else { return nil }
    return (matrix.rowsScaled(sizes.map { $0 > 0 ? 1 / $0 : 0 }), sizes.map { $0 == 0 })
  }

  private func nearestPoints(
    _ distance: RewardDistance, _ rewards: [ComparedReward]
  ) throws(RewardDistanceError) -> (values: Matrix, notes: [String])? {
    let uniform = try weights(.uniform, for: distance.name)
    var forms: [TransitionFunction] = []
    var sizes: [Double] = []
    for reward in rewards {
      let form = try reward.minimalPotential().function
      forms.append(form)
      sizes.append(try reward.isCanonicallyZero(.minimalPotential) ? 0 : uniform.norm(form, order: .two))
    }
    guard let rows = uniform.coordinates(forms, order: .two) else { return nil }
    return (nearest(rows, sizes, isNormalised: distance == .normalisedNearestPoint), [])
  }

  private func policyNearestPoints(_ rewards: [ComparedReward]) throws(RewardDistanceError) -> (
    values: Matrix, notes: [String]
  )? {
    var rows: [[Double]] = []
    var sizes: [Double] = []
    for reward in rewards {
      rows.append(try reward.projected().values)
      sizes.append(try reward.isTrivial() ? 0 : try reward.projected().norm)
    }
    return (try? Matrix(rows: rows)).map { (nearest($0, sizes, isNormalised: false), []) }
  }

  /// ‖second‖ sin θ, θ at most π/2; 0 for a second one that is 0, ‖second‖ for a first one that is.
  private func nearest(_ rows: Matrix, _ sizes: [Double], isNormalised: Bool) -> Matrix {
    var values = rows.rowsScaled(sizes.map { $0 > 0 ? 1 / $0 : 0 }).rowAngles()
    let n = sizes.count
    values.withUnsafeMutableElements { x in
      for i in 0..<n {
        for j in 0..<n {
          let angle = sizes[i] > 0 ? x[i * n + j] : .pi / 2
          let sine = angle < .pi / 2 ? Double.sin(angle) : 1
          x[i * n + j] = sizes[j] == 0 ? 0 : isNormalised ? sine : sizes[j] * sine
        }
      }
    }
    return values
  }

  private func episodeReturns(_ rewards: [ComparedReward]) throws(RewardDistanceError) -> (
    values: Matrix, notes: [String]
  )? {
    guard rewards.count * mdp.transitions.storedCount <= 1 << 25 else { return nil }
    let moments = try EpisodeReturns(self)
    var rows: [[Double]] = []
    var factors: [Double] = []
    for reward in rewards {
      let row = try moments.coordinates(reward)
      let deviation = norm2(row)
      rows.append(row)
      factors.append(deviation <= options.trivialityTolerance * (try moments.size(reward)) ? 0 : 1 / deviation)
    }
    guard let matrix = try? Matrix(rows: rows) else { return nil }
    return correlations(rows: (matrix.rowsScaled(factors), factors.map { $0 == 0 }), rewards)
  }

  private static func trivialityNotes(_ rewards: [ComparedReward], _ flags: [Bool], _ what: String) -> [String] {
    let names = zip(rewards, flags).filter(\.1).map { "\"\($0.0.name)\"" }
    guard !names.isEmpty else { return [] }
    let shown = names.prefix(4).joined(separator: ", ") + (names.count > 4 ? " and \(names.count - 4) more" : "")
    return ["\(names.count == 1 ? "reward" : "rewards") \(shown): \(what)"]
  }

  // MARK: Pair by pair

  /// `value` for all pairs, in parallel; the diagonal too.
  private func pairwise(
    _ count: Int, isSymmetric: Bool,
    _ value: @Sendable (_ i: Int, _ j: Int) throws(RewardDistanceError) -> Double
  ) throws(RewardDistanceError) -> Matrix {
    let pairs = (0..<count).flatMap { i in ((isSymmetric ? i : 0)..<count).map { (i, $0) } }
    let values = try inParallel(pairs.count) { k throws(RewardDistanceError) in try value(pairs[k].0, pairs[k].1) }
    var result = Matrix(rowCount: count, columnCount: count)
    for (pair, x) in zip(pairs, values) {
      result[pair.0, pair.1] = x
      if isSymmetric { result[pair.1, pair.0] = x }
    }
    return result
  }
}

extension Matrix {
  /// Row i times `factors[i]`; a factor of 0 makes a row of zeros.
  fileprivate func rowsScaled(_ factors: [Double]) -> Matrix {
    var result = self
    let width = columnCount
    result.withUnsafeMutableElements { out in
      for (i, factor) in factors.enumerated() {
        for k in (i * width)..<((i + 1) * width) { out[k] = factor == 0 ? 0 : out[k] * factor }
      }
    }
    return result
  }

  /// Sets the entries of rewards that have no direction: `one` beside others, `both` among themselves.
  fileprivate mutating func settle(zeros: [Bool], both: Double, one: Double) {
    guard zeros.contains(true) else { return }
    let n = rowCount
    withUnsafeMutableElements { x in
      for i in 0..<n { for j in 0..<n where zeros[i] || zeros[j] { x[i * n + j] = zeros[i] && zeros[j] ? both : one } }
    }
  }
}
