internal import LinearAlgebra
internal import MDPs
internal import MDPSolvers
internal import RealModule

/// A distance with what must be known to read it.
public struct DistanceValue: Sendable, Equatable {
  /// Which distance.
  public let distance: RewardDistance
  /// Its value; finite and not negative.
  public let value: Double
  /// Why the value is a convention, where it is one: a reward that is trivial or constant.
  public let note: String?
}

extension ComparisonWorld {
  /// The given distance between two rewards.
  ///
  /// - Parameters:
  ///   - distance: which one.
  ///   - first: R₁, admitted to this world.
  ///   - second: R₂, admitted to this world.
  /// - Returns: the value, and a note where it is a convention.
  /// - Throws: ``RewardDistanceError``
  /// - Complexity: O(size of the canonical forms) once they are made.
  public func distance(
    _ distance: RewardDistance, _ first: ComparedReward, _ second: ComparedReward
  ) throws(RewardDistanceError) -> DistanceValue {
    let (value, note): (Double, String?) =
      switch distance {
      case .standardised(let canonicalisation, let norm, let metric):
        try standardised(canonicalisation, norm, metric, first, second, name: distance.name)
      case .half(let distance): try halved(distance, first, second)
      case .range: (try rangeDistance(first, second), nil)
      case .pearson(let canonicalisation, let weighting):
        try pearson(canonicalisation, weighting, first, second, name: distance.name)
      case .spearman: try spearman(first, second)
      case .nearestPoint: (try nearestPoint(first, second, normalised: false), nil)
      case .normalisedNearestPoint: (try nearestPoint(first, second, normalised: true), nil)
      case .policyNearestPoint: (try policyNearestPoint(first, second), nil)
      case .episodeReturnCorrelation: try episodeReturnCorrelation(first, second)
      }
    precondition(value.isFinite, "\(distance.name) is not finite")
    return DistanceValue(distance: distance, value: value, note: note)
  }

  private func halved(
    _ distance: RewardDistance, _ first: ComparedReward, _ second: ComparedReward
  ) throws(RewardDistanceError) -> (Double, String?) {
    let whole = try self.distance(distance, first, second)
    return (whole.value / 2, whole.note)
  }

  // MARK: Standardised distances

  private func standardised(
    _ canonicalisation: Canonicalisation, _ norm: RewardNorm, _ metric: RewardMetric, _ first: ComparedReward,
    _ second: ComparedReward, name: String
  ) throws(RewardDistanceError) -> (Double, String?) {
    let normWeights = try weights(norm.weighting, for: name)
    var vanishing = false
    func scale(_ reward: ComparedReward) throws(RewardDistanceError) -> Double {
      if try reward.isCanonicallyZero(canonicalisation) { return 0 }
      let size = normWeights.norm(try reward.canonical(canonicalisation), order: norm.order)
      if size > 0 { return 1 / size }
      vanishing = true
      return 0
    }
    let (a, b) = (try scale(first), try scale(second))
    let (f, g) = (try first.canonical(canonicalisation), try second.canonical(canonicalisation))
    var note: String?
    if vanishing {
      note = "a canonical reward is 0 wherever the weights are positive, and counts as trivial"
    } else if a == 0 || b == 0 {
      note = a == 0 && b == 0 ? "both rewards are trivial" : "one of the rewards is trivial"
    }
    switch metric {
    case .norm(let m):
      let metricWeights = m.weighting == norm.weighting ? normWeights : try weights(m.weighting, for: name)
      return (metricWeights.norm(.combination(a, f, -b, g), order: m.order), note)
    case .angle:
      if a == 0, b == 0 { return (0, note) }
      if a == 0 || b == 0 { return (.pi / 2, note) }
      let (u, v) = (normWeights.norm(f, order: .two), normWeights.norm(g, order: .two))
      guard u > 0, v > 0 else { return (u == v ? 0 : .pi / 2, note) }
      return (angle(normWeights, f, u, g, v), note)
    }
  }

  /// The angle between f and g of L2 norms u and v, accurate at both ends: 2 atan2(|f/u − g/v|, |f/u + g/v|).
  private func angle(
    _ weights: TransitionWeights, _ f: TransitionFunction, _ u: Double, _ g: TransitionFunction, _ v: Double
  ) -> Double {
    let difference = weights.norm(.combination(1 / u, f, -1 / v, g), order: .two)
    let sum = weights.norm(.combination(1 / u, f, 1 / v, g), order: .two)
    return 2 * Double.atan2(y: difference, x: sum)
  }

  // MARK: Range

  /// d_J: the range of R₁/range(R₁) − R₂/range(R₂).
  private func rangeDistance(_ first: ComparedReward, _ second: ComparedReward) throws(RewardDistanceError) -> Double {
    let (first, second) = (try first.core(), try second.core())
    let (u, v) = (try first.returnRange().value, try second.returnRange().value)
    if u == 0 || v == 0 { return u == v ? 0 : 1 }
    let x = combine(1 / u, try first.projected().values, -1 / v, try second.projected().values)
    let largest = max(normInfinity(try first.projected().values) / u, normInfinity(try second.projected().values) / v)
    // What rounding leaves of two equal directions is no reward to plan for.
    guard normInfinity(x) > 8 * .ulpOfOne * largest else { return 0 }
    return max(0, try ReturnPlanner(first.world).extremes(of: x, isTight: false).lower)
  }

  // MARK: Pearson

  /// Half the chord between the centred unit vectors: √((1 − ρ)/2) without the loss of digits near 0.
  private func pearson(
    _ canonicalisation: Canonicalisation, _ weighting: RewardNorm.Weighting, _ first: ComparedReward,
    _ second: ComparedReward, name: String
  ) throws(RewardDistanceError) -> (Double, String?) {
    let (coverage, mass) = try coverage(weighting, name: name)
    return halfChord(
      try first.correlated(canonicalisation, coverage, mass: mass),
      try second.correlated(canonicalisation, coverage, mass: mass), coverage)
  }

  /// The weights of a coverage and their sum.
  func coverage(
    _ weighting: RewardNorm.Weighting, name: String
  ) throws(RewardDistanceError) -> (weights: TransitionWeights, mass: Double) {
    let coverage = try weights(weighting, for: name)
    let mass = coverage.total
    guard mass > 0 else { throw .weights(of: "coverage", reason: "it is 0 everywhere") }
    return (coverage, mass)
  }

  private func halfChord(
    _ u: TransitionFunction?, _ v: TransitionFunction?, _ weights: TransitionWeights
  ) -> (Double, String?) {
    switch (u, v) {
    case (nil, nil): (0, "both canonical rewards are constant: no correlation is defined, and the distance is set to 0")
    case (nil, _), (_, nil):
      (0.5.squareRoot(), "one canonical reward is constant: the correlation is taken as 0")
    case (let u?, let v?): (min(1, 0.5 * weights.norm(.combination(1, u, -1, v), order: .two)), nil)
    }
  }

  /// Pearson distance of the ranks of the raw rewards over all transitions, ties sharing their average rank.
  private func spearman(_ first: ComparedReward, _ second: ComparedReward) throws(RewardDistanceError) -> (
    Double, String?
  ) {
    let (f, g) = (try first.raw(), try second.raw())
    let byPair = f.isByPair && g.isByPair
    let (x, y) = (try first.centredRanks(byPair: byPair), try second.centredRanks(byPair: byPair))
    func standard(_ x: [Double]) -> TransitionFunction? {
      let size = norm2(x)
      guard size > 0 else { return nil }
      return TransitionFunction(stateCount: 1, actionCount: x.count, pair: x.map { $0 / size })
    }
    let ones = TransitionWeights(scale: [Double](repeating: 1, count: x.count), law: .all, mdp: mdp)
    return halfChord(standard(x), standard(y), ones)
  }

  // MARK: Nearest points

  /// min over k ≥ 0 and Φ of ‖k R₁ + γ Φ(t) − Φ(s) − R₂‖ in root mean square over all transitions.
  private func nearestPoint(
    _ first: ComparedReward, _ second: ComparedReward, normalised: Bool
  ) throws(RewardDistanceError) -> Double {
    let (f, g) = (try first.minimalPotential().function, try second.minimalPotential().function)
    let uniform = try weights(.uniform, for: RewardDistance.nearestPoint.name)
    let v = try second.isCanonicallyZero(.minimalPotential) ? 0 : uniform.norm(g, order: .two)
    let u = try first.isCanonicallyZero(.minimalPotential) ? 0 : uniform.norm(f, order: .two)
    guard v > 0 else { return 0 }
    let sine = u > 0 ? sineUpToRight(angle(uniform, f, u, g, v)) : 1
    return normalised ? sine : v * sine
  }

  /// The same with redistribution allowed: ‖p₂‖ sin θ of the projections.
  private func policyNearestPoint(_ first: ComparedReward, _ second: ComparedReward) throws(RewardDistanceError)
    -> Double
  {
    if try second.isTrivial() { return 0 }
    let norm = try second.projected().norm
    if try first.isTrivial() { return norm }
    return norm * sineUpToRight(try projectedAngle(first, second))
  }

  /// sin θ for θ ≤ π/2, else 1: the distance of a unit vector to a ray.
  private func sineUpToRight(_ angle: Double) -> Double { angle < .pi / 2 ? Double.sin(angle) : 1 }

  /// The angle of the projections of two rewards that are not trivial.
  func projectedAngle(_ first: ComparedReward, _ second: ComparedReward) throws(RewardDistanceError) -> Double {
    let (p, q) = (try first.projected(), try second.projected())
    let difference = norm2(combine(1 / p.norm, p.values, -1 / q.norm, q.values))
    let sum = norm2(combine(1 / p.norm, p.values, 1 / q.norm, q.values))
    return 2 * Double.atan2(y: difference, x: sum)
  }

  // MARK: Episode returns

  /// √((1 − ρ)/2) of the two discounted returns of one trajectory of the comparison's policy, exactly.
  private func episodeReturnCorrelation(
    _ first: ComparedReward, _ second: ComparedReward
  ) throws(RewardDistanceError) -> (Double, String?) {
    let moments = try EpisodeReturns(self)
    let (u, v) = (try moments.deviation(1, first, 0, second), try moments.deviation(0, first, 1, second))
    let (sizeU, sizeV) = (try moments.size(first), try moments.size(second))
    let (flatU, flatV) = (u <= options.trivialityTolerance * sizeU, v <= options.trivialityTolerance * sizeV)
    if flatU || flatV {
      return flatU && flatV
        ? (0, "both returns are constant: no correlation is defined, and the distance is set to 0")
        : (0.5.squareRoot(), "one of the returns is constant: the correlation is taken as 0")
    }
    return (min(1, 0.5 * (try moments.deviation(1 / u, first, -1 / v, second))), nil)
  }
}

extension ComparedReward {
  /// The canonical reward less its mean, of unit L2 norm under `coverage`; nil when it is constant to within the
  /// triviality tolerance times the raw reward.
  func correlated(
    _ canonicalisation: Canonicalisation, _ coverage: TransitionWeights, mass: Double
  ) throws(RewardDistanceError) -> TransitionFunction? {
    let form = try canonical(canonicalisation)
    let mean = coverage.sum(form) / mass
    let centred = form.adding(pair: [Double](repeating: -mean, count: form.pair.count))
    let size = coverage.norm(centred, order: .two)
    let rawSize = coverage.norm(try raw(), order: .two)
    guard size > world.options.trivialityTolerance * rawSize, size > 0 else { return nil }
    return .combination(1 / size, centred, 0, centred)
  }

  /// The ranks of the raw reward less their mean, ties sharing their average: over pairs, or over all transitions.
  func centredRanks(byPair: Bool) throws(RewardDistanceError) -> [Double] {
    let (f, mdp) = (try raw(), world.mdp)
    let available = f.pair.indices.filter { mdp.isAvailable($0 / mdp.actionCount, $0 % mdp.actionCount) }
    let values: [Double]
    if byPair {
      values = available.map { f.pair[$0] }
    } else {
      let (entries, limit) = (available.count * mdp.stateCount, ComparisonWorld.transitionLimit / 4)
      guard entries <= limit else { throw .tooLarge(quantity: "the rank correlation", entries: entries, limit: limit) }
      values = available.flatMap { k in (0..<mdp.stateCount).map { f[k, $0] } }
    }
    let mean = Double(values.count + 1) / 2
    return averageRanks(values).map { $0 - mean }
  }
}

/// Ranks from 1, ties sharing their average.
func averageRanks(_ x: [Double]) -> [Double] {
  let order = x.indices.sorted { x[$0] < x[$1] }
  var ranks = [Double](repeating: 0, count: x.count)
  var i = 0
  while i < order.count {
    var j = i
    while j + 1 < order.count, x[order[j + 1]] == x[order[i]] { j += 1 }
    for k in i...j { ranks[order[k]] = Double(i + j) / 2 + 1 }
    i = j + 1
  }
  return ranks
}
